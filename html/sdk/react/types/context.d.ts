/** @returns {RecroomValue} */
export function useRecroom(): RecroomValue;
/** @returns {import('./labels.js').Labels} */
export function useLabels(): import("./labels.js").Labels;
/**
 * What read() gives, again after each of these events; it gives the same value while nothing has changed.
 * @template T
 * @param {Room} room
 * @param {readonly (keyof RoomEvents)[]} names a constant
 * @param {() => T} read
 * @returns {T}
 */
export function useRoomValue<T>(room: Room, names: readonly (keyof RoomEvents)[], read: () => T): T;
/** @typedef {import('janus-recroom').Room} Room */
/** @typedef {import('janus-recroom').RoomEvents} RoomEvents */
/** @typedef {import('janus-recroom').RecroomError} RecroomError */
/**
 * @typedef {object} RecroomValue
 * @property {Room} room
 * @property {import('./labels.js').Labels} labels
 * @property {RecroomError | null} error the last thing that went wrong
 * @property {import('janus-recroom').Waiting | null} waiting we are in the lobby
 * @property {{code: string, reason: string} | null} closed why the call is over
 * @property {() => Promise<void>} join again, after it was left or refused
 * @property {(error: unknown) => void} report
 */
/** @type {import('react').Context<RecroomValue | null>} */
export const RecroomContext: import("react").Context<RecroomValue | null>;
export type Room = import("janus-recroom").Room;
export type RoomEvents = import("janus-recroom").RoomEvents;
export type RecroomError = import("janus-recroom").RecroomError;
export type RecroomValue = {
    room: Room;
    labels: import("./labels.js").Labels;
    /**
     * the last thing that went wrong
     */
    error: RecroomError | null;
    /**
     * we are in the lobby
     */
    waiting: import("janus-recroom").Waiting | null;
    /**
     * why the call is over
     */
    closed: {
        code: string;
        reason: string;
    } | null;
    /**
     * again, after it was left or refused
     */
    join: () => Promise<void>;
    report: (error: unknown) => void;
};
