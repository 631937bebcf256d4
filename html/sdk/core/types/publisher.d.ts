/**
 * @typedef {object} PublisherEvents
 * @property {LocalSource[]} change what is sent now
 * @property {{source: SourceName}} ended a track ended by itself: the screen was taken back, the camera unplugged
 * @property {{source: SourceName, code: string}[]} refused the server does not take these
 */
/** @extends {Emitter<PublisherEvents>} */
export class Publisher extends Emitter<PublisherEvents> {
    /**
     * @hidden made by a room
     * @param {import('./room.js').RoomLink} room
     * @param {import('./devices.js').Devices} devices
     */
    constructor(room: import("./room.js").RoomLink, devices: import("./devices.js").Devices);
    /** Do not change it: another array comes with each change. */
    get sources(): import("./lines.js").LocalSource[];
    /** The connection itself, for statistics. @returns {any} */
    get connection(): any;
    /** @param {SourceName} name */
    source(name: SourceName): import("./lines.js").LocalSource | undefined;
    /**
     * Camera and microphone: asks for them, and sends them.
     * @param {{audio?: boolean | string | object, video?: boolean | string | object}} [wish]
     */
    publish(wish?: {
        audio?: boolean | string | object;
        video?: boolean | string | object;
    }): Promise<void>;
    /** @param {object} [options] of getDisplayMedia */
    shareScreen(options?: object): Promise<void>;
    stopScreen(): Promise<void>;
    /**
     * Sends tracks of yours; those of a source that is sent already take its place. They are the publisher's from then on, which stops them when they are not
     * sent any more, or cannot be.
     * @param {SourceInit[]} sources
     */
    send(sources: SourceInit[]): Promise<void>;
    /**
     * Ends sources and stops their tracks.
     * @param {SourceName[]} [names] all, if not given
     */
    end(names?: SourceName[]): Promise<void>;
    /** Silence, at once; the others are told. @param {SourceName} name */
    mute(name: SourceName): Promise<void>;
    /** @param {SourceName} name */
    unmute(name: SourceName): Promise<void>;
    /**
     * Another camera or microphone in its place, without a negotiation.
     * @param {'audio' | 'video'} name
     * @param {string | object} device its id, or constraints
     */
    switchDevice(name: "audio" | "video", device: string | object): Promise<void>;
    /**
     * @param {SourceName} name
     * @param {any} track the publisher's from then on, as with send()
     */
    replaceTrack(name: SourceName, track: any): Promise<void>;
    /** Another network: by another way, now or when we are back. */
    moved(): void;
    /** After another connection: whatever is needed to send again what was sent. */
    restore(): Promise<void>;
    close(): void;
    #private;
}
export type SourceInit = import("./devices.js").SourceInit;
export type SourceName = import("./devices.js").SourceName;
export type LocalSource = import("./lines.js").LocalSource;
export type Line = import("./lines.js").Line;
export type PublisherEvents = {
    /**
     * what is sent now
     */
    change: LocalSource[];
    /**
     * a track ended by itself: the screen was taken back, the camera unplugged
     */
    ended: {
        source: SourceName;
    };
    /**
     * the server does not take these
     */
    refused: {
        source: SourceName;
        code: string;
    }[];
};
import { Emitter } from './events.js';
