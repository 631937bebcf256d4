/**
 * @typedef {object} PeerEvents
 * @property {null} broken it carries nothing, and will not by itself
 * @property {string} state of ICE, as the browser says it
 */
/** @extends {Emitter<PeerEvents>} */
export class Peer extends Emitter<PeerEvents> {
    /**
     * @param {import('./platform.js').Platform} platform
     * @param {Handle} handle
     * @param {any} [configuration] of RTCPeerConnection: iceServers, iceTransportPolicy
     */
    constructor(platform: import("./platform.js").Platform, handle: Handle, configuration?: any);
    /** Janus has ended it: it cannot be restarted, only made anew. */
    isOver: boolean;
    /** @type {any} */
    connection: any;
    get isClosed(): boolean;
    get handle(): import("./handle.js").Handle;
    get isConnected(): boolean;
    /** It may be used on. */
    get isUsable(): boolean;
    /** @param {{iceRestart?: boolean}} [options] @returns {Promise<Description>} */
    offer(options?: {
        iceRestart?: boolean;
    }): Promise<Description>;
    /** @param {Description} answer */
    accept(answer: Description): Promise<void>;
    /** @param {Description} offer @returns {Promise<Description>} */
    answer(offer: Description): Promise<Description>;
    /** Our last offer was refused: as if it had not been made. */
    rollback(): Promise<void>;
    /** @param {string} mid @returns {any} */
    transceiver(mid: string): any;
    close(): void;
    #private;
}
export type Handle = import("./handle.js").Handle;
export type Description = import("./handle.js").Description;
export type PeerEvents = {
    /**
     * it carries nothing, and will not by itself
     */
    broken: null;
    /**
     * of ICE, as the browser says it
     */
    state: string;
};
import { Emitter } from './events.js';
