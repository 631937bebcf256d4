/**
 * @typedef {object} TransportEvents
 * @property {Record<string, any>} message what Janus said
 * @property {null} up a connection is there, for the first time or again
 * @property {null} down it was lost; another is being made
 * @property {null} doubt the network said that it is away
 */
/** @extends {Emitter<TransportEvents>} */
export class Transport extends Emitter<TransportEvents> {
    /**
     * @param {Platform} platform
     * @param {string} url ws(s): or http(s):
     */
    constructor(platform: Platform, url: string);
    get isUp(): boolean;
    get url(): string;
    /** The first connection: once, without trying again. */
    open(): Promise<any>;
    /** @param {Record<string, any>} message */
    send(message: Record<string, any>): void;
    /** What was made is of use: the next break is a new one. */
    good(): void;
    /** What is open answers no more: another one, now. */
    renew(): void;
    close(): void;
    #private;
}
export type Platform = import("./platform.js").Platform;
export type TransportEvents = {
    /**
     * what Janus said
     */
    message: Record<string, any>;
    /**
     * a connection is there, for the first time or again
     */
    up: null;
    /**
     * it was lost; another is being made
     */
    down: null;
    /**
     * the network said that it is away
     */
    doubt: null;
};
import { Emitter } from './events.js';
