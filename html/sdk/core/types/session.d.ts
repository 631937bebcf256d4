/**
 * @typedef {object} SessionEvents
 * @property {null} lost the connection broke; it is being made again
 * @property {null} claimed it is there again, with all handles
 * @property {null} recreated it is there again, without any
 */
/** @typedef {{resolve: (message: Message) => void, reject: (error: Error) => void, byAck: boolean, timer: any}} Transaction */
/** @extends {Emitter<SessionEvents>} */
export class Session extends Emitter<SessionEvents> {
    /**
     * @param {Platform} platform
     * @param {string} url
     */
    constructor(platform: Platform, url: string);
    get isReady(): boolean;
    open(): Promise<void>;
    /** @returns {Promise<Handle>} */
    attach(): Promise<Handle>;
    /**
     * Sends, and gives the final answer (after an ack, if there is one).
     * @param {Message} message
     * @param {number} [timeoutMs]
     * @returns {Promise<Message>}
     */
    request(message: Message, timeoutMs?: number): Promise<Message>;
    /** @param {number} id */
    forget(id: number): void;
    /** Tells Janus, as far as it can be told, and ends. */
    close(): void;
    #private;
}
export type Platform = import("./platform.js").Platform;
export type Message = Record<string, any>;
export type SessionEvents = {
    /**
     * the connection broke; it is being made again
     */
    lost: null;
    /**
     * it is there again, with all handles
     */
    claimed: null;
    /**
     * it is there again, without any
     */
    recreated: null;
};
export type Transaction = {
    resolve: (message: Message) => void;
    reject: (error: Error) => void;
    byAck: boolean;
    timer: any;
};
import { Emitter } from './events.js';
import { Handle } from './handle.js';
