/** @typedef {{id: string, display: string, reason: 'lobby' | 'host', identity?: string}} Waiter */
/**
 * @typedef {object} HostEvents
 * @property {Waiter[]} waiting who waits now
 */
/** @extends {Emitter<HostEvents>} */
export class Host extends Emitter<HostEvents> {
    /** @hidden @param {import('./room.js').RoomLink} room */
    constructor(room: import("./room.js").RoomLink);
    /** Do not change it: another array comes with each change. */
    get waiting(): Waiter[];
    /** @param {string} id of who waits @returns {Promise<string[]>} who was let in */
    admit(id: string): Promise<string[]>;
    /** @returns {Promise<string[]>} */
    admitAll(): Promise<string[]>;
    /** @param {string} id @returns {Promise<string[]>} */
    deny(id: string): Promise<string[]>;
    /** @returns {Promise<string[]>} */
    denyAll(): Promise<string[]>;
    /** @param {string} id @param {{backAfterS?: number}} [options] without it: for as long as this call lasts */
    kick(id: string, { backAfterS }?: {
        backAfterS?: number;
    }): Promise<Record<string, any>>;
    /**
     * Mutes or unmutes somebody, wholly or one source or line; or keeps what they send below a bitrate.
     * @param {string} id
     * @param {{mute?: boolean, source?: string, mid?: string, bitrate?: number}} what
     */
    moderate(id: string, what: {
        mute?: boolean;
        source?: string;
        mid?: string;
        bitrate?: number;
    }): Promise<Record<string, any>>;
    /** Nobody new comes in. @param {boolean} [locked] */
    lock(locked?: boolean): Promise<Record<string, any>>;
    unlock(): Promise<Record<string, any>>;
    /** @param {string} id */
    promote(id: string): Promise<Record<string, any>>;
    /** @param {string} id */
    demote(id: string): Promise<Record<string, any>>;
    /** They become host, and you a guest. @param {string} id */
    transfer(id: string): Promise<Record<string, any>>;
    endCall(): Promise<Record<string, any>>;
    /** Of the recording that runs. @param {{layout: string, focus?: string, regions?: object[]}} layout */
    setLayout(layout: {
        layout: string;
        focus?: string;
        regions?: object[];
    }): Promise<Record<string, any>>;
    /** Leaves somebody out of the recording that runs, or takes them in again. @param {string} id participant or identity @param {boolean} [exclude] */
    exclude(id: string, exclude?: boolean): Promise<Record<string, any>>;
    /** @param {Waiter[]} list */
    reset(list: Waiter[]): void;
    /** @param {Record<string, any>} event */
    onEvent({ event, id, display, reason, identity }: Record<string, any>): void;
    #private;
}
export type Waiter = {
    id: string;
    display: string;
    reason: "lobby" | "host";
    identity?: string;
};
export type HostEvents = {
    /**
     * who waits now
     */
    waiting: Waiter[];
};
import { Emitter } from './events.js';
