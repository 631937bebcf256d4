/** @extends {Emitter<RoomEvents>} */
export class Room extends Emitter<RoomEvents> {
    /** @param {RoomOptions} [options] */
    constructor(options?: RoomOptions);
    id: string;
    callId: string;
    description: string;
    /** @type {'host' | 'guest'} */
    role: "host" | "guest";
    /** For REST; another one every half an hour. */
    token: string;
    admission: string;
    locked: boolean;
    devices: Devices;
    participants: Participants;
    publisher: Publisher;
    host: Host;
    recording: Recording;
    /** @type {Recordings | null} null: no apiUrl is known */
    recordings: Recordings | null;
    get state(): import("./membership.js").RoomState;
    get name(): string | number;
    get apiUrl(): string;
    get isHost(): boolean;
    get permissions(): import("./token.js").Permissions;
    /** The receiving connection, for statistics. @returns {any} */
    get receiving(): any;
    /**
     * Ends when we are in; that may take as long as people do (event `waiting`). `leave()` gives up.
     * @param {Wish} wish
     */
    join(wish: Wish): Promise<void>;
    /** A join() that is under way is given up; one that comes meanwhile waits for the end of this. @returns {Promise<void>} */
    leave(): Promise<void>;
    /**
     * The network is another one, as when a phone leaves the house: media look for another way now, not when the old one is found to be dead; while the connection is
     * being made again, as soon as it is.
     */
    restartIce(): void;
    /** Another token for REST. @returns {Promise<string>} */
    renewToken(): Promise<string>;
    /** Another name for the others to see. @param {string} display */
    rename(display: string): Promise<void>;
    /**
     * At most this layer of somebody's picture (`send: false`: nothing of it for now).
     * @param {string} participant
     * @param {string} source
     * @param {{substream?: number, temporal?: number, spatial_layer?: number, temporal_layer?: number, send?: boolean}} layers
     */
    setQuality(participant: string, source: string, layers: {
        substream?: number;
        temporal?: number;
        spatial_layer?: number;
        temporal_layer?: number;
        send?: boolean;
    }): Promise<void>;
    /** Any request of docs/api.md on the publishing handle. @param {string} name @param {object} [body] @returns {Promise<Record<string, any>>} */
    request(name: string, body?: object): Promise<Record<string, any>>;
    #private;
}
export type Handle = import("./handle.js").Handle;
export type Answer = import("./handle.js").Answer;
export type Wish = import("./entrance.js").Wish;
export type Waiting = import("./entrance.js").Waiting;
export type Message = Record<string, any>;
export type RoomState = import("./membership.js").RoomState;
export type RoomOptions = {
    /**
     * http(s): of `recroom-pp serve`, which knows where Janus is; or of Janus itself: ws(s):, or http(s): with a path that ends in /janus
     */
    serverUrl?: string | undefined;
    /**
     * only this one; otherwise a WebSocket, and HTTP where that cannot be had
     */
    transport?: "websocket" | "http" | undefined;
    /**
     * of `recroom-pp serve`, where serverUrl is that of Janus
     */
    apiUrl?: string | undefined;
    /**
     * configuration of RTCPeerConnection: iceServers, …
     */
    rtc?: any;
    /**
     * false: nothing of the others is received
     */
    subscribe?: boolean | undefined;
    platform?: import("./platform.js").PlatformOptions | undefined;
};
export type RoomEvents = {
    state: RoomState;
    /**
     * a host has to let us in
     */
    waiting: Waiting;
    /**
     * also after each reconnection
     */
    joined: null;
    closed: {
        code: string;
        reason: string;
    };
    participants: import("./participants.js").Participant[];
    participantjoined: import("./participants.js").Participant;
    participantleft: import("./participants.js").Participant;
    /**
     * null: it ended
     */
    track: {
        participant: string;
        source: string;
        kind: "audio" | "video";
        track: any;
    };
    recording: import("./recording_state.js").RecordingState;
    /**
     * of the recording
     */
    pending: import("./recording.js").Pending;
    /**
     * as the server told it; of other recordings and outputs, too
     */
    recordingevent: {
        event: string;
        recordingId: string;
    } & Record<string, any>;
    waitinglist: import("./host.js").Waiter[];
    locked: {
        locked: boolean;
        by?: string;
    };
    /**
     * ours
     */
    role: "host" | "guest";
    moderated: {
        id: string;
        muted: boolean;
        source?: string;
        by: string;
    };
    connectionquality: {
        id: string;
        quality: import("./participants.js").Quality;
        uplink?: object;
        downlink?: object;
    };
    /**
     * something went wrong that nobody waited for
     */
    error: RecroomError;
};
/**
 * What the room's parts see of it.
 */
export type RoomLink = {
    name: string | number;
    id: string;
    resume: string;
    handle: Handle;
    isReady: boolean;
    /**
     * in the room, or on the way back
     */
    isIn: boolean;
    whenReady: () => Promise<Handle>;
    request: (name: string, body: object, options?: {
        jsep?: any;
        handle?: Handle;
    }) => Promise<Answer>;
    attach: () => Promise<Handle>;
    makePeer: (handle: Handle) => Peer;
    complain: (error: unknown) => void;
    /**
     * gives what takes it back
     */
    later: (run: () => void, ms: number) => () => void;
    look: (recordingId: string) => Promise<Message | null>;
};
import { Emitter } from './events.js';
import { Devices } from './devices.js';
import { Participants } from './participants.js';
import { Publisher } from './publisher.js';
import { Host } from './host.js';
import { Recording } from './recording.js';
import { Recordings } from './recordings.js';
import { RecroomError } from './errors.js';
import { Peer } from './peer.js';
