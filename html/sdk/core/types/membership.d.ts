/**
 * @typedef {object} MembershipEvents
 * @property {RoomState} state
 * @property {Waiting} waiting
 * @property {Message} message what the server says of the room
 * @property {RecroomError} over
 */
/**
 * @typedef {object} Tenant what the room does with what it is told
 * @property {(message: Message) => Promise<void>} entered the answer to join, the first time and again
 * @property {(people: Message, recording: Message) => Promise<void>} found how the room stands, after the session was claimed
 * @property {() => void} restore media, after either
 */
/** @extends {Emitter<MembershipEvents>} */
export class Membership extends Emitter<MembershipEvents> {
    /** @param {import('./platform.js').Platform} platform @param {Tenant} tenant */
    constructor(platform: import("./platform.js").Platform, tenant: Tenant);
    resume: string;
    get state(): RoomState;
    get name(): string | number;
    get display(): string | undefined;
    get isReady(): boolean;
    /** In the room, or on the way back. */
    get isIn(): boolean;
    /** The handle that publishes. @returns {Handle} */
    get handle(): Handle;
    /** Gives the id of a recording that was not finished before the tab was reloaded, or ''. @param {Wish} wish @param {() => Promise<string[]>} findServer addresses of Janus, best first */
    join(wish: Wish, findServer: () => Promise<string[]>): Promise<string>;
    /** @returns {Promise<Handle>} */
    attach(): Promise<Handle>;
    /** The handle that publishes, when there is a connection again; waits for it. @returns {Promise<Handle>} */
    whenReady(): Promise<Handle>;
    /**
     * While a connection is being made again, requests wait for it.
     * @param {string} name @param {object} body
     * @param {{jsep?: any, handle?: Handle}} [options] handle: on this one or not at all
     * @returns {Promise<Answer>}
     */
    request(name: string, body: object, { jsep, handle: wanted }?: {
        jsep?: any;
        handle?: Handle;
    }): Promise<Answer>;
    /** @returns {Promise<void>} */
    leave(): Promise<void>;
    /** For a reload of the tab. @param {string} [recordingId] that runs or is made */
    remember(recordingId?: string): void;
    /** @param {RecroomError} why */
    close(why: RecroomError): void;
    #private;
}
export type Handle = import("./handle.js").Handle;
export type Answer = import("./handle.js").Answer;
export type Wish = import("./entrance.js").Wish;
export type Waiting = import("./entrance.js").Waiting;
export type Message = Record<string, any>;
export type RoomState = "idle" | "connecting" | "waiting" | "joined" | "reconnecting" | "closed";
export type MembershipEvents = {
    state: RoomState;
    waiting: Waiting;
    /**
     * what the server says of the room
     */
    message: Message;
    over: RecroomError;
};
/**
 * what the room does with what it is told
 */
export type Tenant = {
    /**
     * the answer to join, the first time and again
     */
    entered: (message: Message) => Promise<void>;
    /**
     * how the room stands, after the session was claimed
     */
    found: (people: Message, recording: Message) => Promise<void>;
    /**
     * media, after either
     */
    restore: () => void;
};
import { Emitter } from './events.js';
import { RecroomError } from './errors.js';
