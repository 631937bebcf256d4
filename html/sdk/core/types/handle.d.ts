/** @typedef {Record<string, any>} Message */
/** @typedef {{type: string, sdp: string}} Description */
/** @typedef {{message: Message, jsep?: Description}} Answer */
/**
 * @typedef {object} HandleEvents
 * @property {Answer} event what the plugin said without being asked
 * @property {Message} candidate from Janus' trickle
 * @property {string} hangup the peer connection is over; the reason
 * @property {null} gone the handle is not there any more
 */
/** @extends {Emitter<HandleEvents>} */
export class Handle extends Emitter<HandleEvents> {
    /**
     * @param {import('./session.js').Session} session
     * @param {number} id
     */
    constructor(session: import("./session.js").Session, id: number);
    id: number;
    get isGone(): boolean;
    /**
     * Sends {recroom: name, ...body} and gives the answer.
     * @param {string} name
     * @param {Message} body
     * @param {{jsep?: Description, timeoutMs?: number}} [options]
     * @returns {Promise<Answer>}
     */
    request(name: string, body: Message, { jsep, timeoutMs }?: {
        jsep?: Description;
        timeoutMs?: number;
    }): Promise<Answer>;
    /**
     * Null: that was the last one. Nobody waits for the answer: what is lost is lost with the connection, and ICE begins again.
     * @param {any} candidate
     */
    trickle(candidate: any): void;
    detach(): void;
    /** The session says so. */
    gone(): void;
    /**
     * What the session heard for us.
     * @param {Message} message
     */
    heard(message: Message): void;
    #private;
}
export type Message = Record<string, any>;
export type Description = {
    type: string;
    sdp: string;
};
export type Answer = {
    message: Message;
    jsep?: Description;
};
export type HandleEvents = {
    /**
     * what the plugin said without being asked
     */
    event: Answer;
    /**
     * from Janus' trickle
     */
    candidate: Message;
    /**
     * the peer connection is over; the reason
     */
    hangup: string;
    /**
     * the handle is not there any more
     */
    gone: null;
};
import { Emitter } from './events.js';
