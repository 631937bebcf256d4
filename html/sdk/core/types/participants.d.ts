/** @extends {Emitter<ParticipantsEvents>} */
export class Participants extends Emitter<ParticipantsEvents> {
    constructor();
    /** Do not change it: another array comes with each change. */
    get list(): Participant[];
    get local(): Participant | null;
    get remote(): Participant[];
    /** @param {string} id */
    get(id: string): Participant | null;
    /**
     * Exactly these are here: after joining, and after each reconnection.
     * @param {string} own our id
     * @param {{id: string, display?: string, role?: string, streams?: Stream[]}[]} people
     */
    reset(own: string, people: {
        id: string;
        display?: string;
        role?: string;
        streams?: Stream[];
    }[]): void;
    /** @param {{id: string} & Record<string, any>} person */
    meet(person: {
        id: string;
    } & Record<string, any>): void;
    /** Of people who are here; of others it comes too late. @param {string} id @param {Partial<Participant>} members */
    update(id: string, members: Partial<Participant>): void;
    /** @param {string} id */
    part(id: string): void;
    /** @param {string} id @param {string} source @param {any} track null: it ended */
    setTrack(id: string, source: string, track: any): void;
    /** @param {string} id @param {string} mid @param {Partial<Stream>} members */
    setStream(id: string, mid: string, members: Partial<Stream>): void;
    #private;
}
export type Stream = {
    mid: string;
    type: "audio" | "video";
    source: string;
    codec?: string;
    muted: boolean;
    moderated?: boolean;
    talking?: boolean;
};
export type Quality = "excellent" | "good" | "poor" | "lost" | null;
export type Participant = {
    id: string;
    display: string;
    role: "host" | "guest";
    /**
     * that is us
     */
    isLocal: boolean;
    /**
     * what they send, as the server says it
     */
    streams: Stream[];
    /**
     * source → MediaStreamTrack that we receive (of us: that we send)
     */
    tracks: Record<string, any>;
    isTalking: boolean;
    /**
     * of their connection
     */
    quality: Quality;
};
export type ParticipantsEvents = {
    /**
     * everybody, we first, the others in the order they came
     */
    change: Participant[];
    joined: Participant;
    left: Participant;
};
import { Emitter } from './events.js';
