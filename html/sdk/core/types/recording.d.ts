/** @extends {Emitter<RecordingEvents>} */
export class Recording extends Emitter<RecordingEvents> {
    /**
     * @hidden made by a room
     * @param {import('./room.js').RoomLink} room
     * @param {import('./platform.js').Platform} platform
     */
    constructor(room: import("./room.js").RoomLink, platform: import("./platform.js").Platform);
    /** Do not change it: another object comes with each change. */
    get state(): import("./recording_state.js").RecordingState;
    get status(): import("./recording_state.js").RecordingStatus;
    get id(): string;
    get isRecording(): boolean;
    get isPaused(): boolean;
    /** What was asked for, until it is answered. */
    get pending(): Pending;
    get isPending(): boolean;
    /** ms recorded so far, pauses left out: what a clock shows, also after a reload. */
    get duration(): number;
    /** ms since the start, with pauses. */
    get elapsed(): number;
    /** Somebody asks us whether we may be recorded. */
    get needsConsent(): boolean;
    /** @param {StartOptions} [options] */
    start(options?: StartOptions): Promise<{
        recordingId: any;
        status: any;
        startedAt: any;
        duration: any;
        elapsed: any;
    }>;
    stop(): Promise<{
        recordingId: any;
        status: any;
        startedAt: any;
        duration: any;
        elapsed: any;
    }>;
    pause(): Promise<{
        recordingId: any;
        status: any;
        startedAt: any;
        duration: any;
        elapsed: any;
    }>;
    resume(): Promise<{
        recordingId: any;
        status: any;
        startedAt: any;
        duration: any;
        elapsed: any;
    }>;
    /** May we be recorded? A no counts also where nobody asks for a yes. @param {boolean} agree */
    consent(agree: boolean): Promise<any>;
    /** Asks the server how it stands. */
    refresh(): Promise<void>;
    /**
     * The server's word that no event brought; where none runs but one did, what became of it.
     * @param {Record<string, any> | null} said
     */
    know(said: Record<string, any> | null): Promise<void>;
    /**
     * What became of a recording that does not run any more, as far as we may know.
     * @param {string} recordingId
     * @param {(state: {status: any}) => boolean} [matters] others are of no interest
     */
    look(recordingId: string, matters?: (state: {
        status: any;
    }) => boolean): Promise<void>;
    /** After a reload: one that ran before it may still be in the making. @param {string} recordingId */
    recall(recordingId: string): Promise<void>;
    /** An event of the room. @param {Record<string, any>} event */
    take(event: Record<string, any>): void;
    /** Nothing is known. */
    reset(): void;
    #private;
}
export type RecordingState = import("./recording_state.js").RecordingState;
export type Pending = "start" | "stop" | "pause" | "resume" | null;
export type StartOptions = {
    title?: string | undefined;
    /**
     * grid, speaker, presentation, single, audio, custom
     */
    layout?: string | undefined;
    focus?: string | undefined;
    regions?: object[] | undefined;
    outputs?: (string | object)[] | undefined;
    /**
     * ids and identities of people to leave out
     */
    exclude?: string[] | undefined;
    /**
     * anything of yours, up to 4096 bytes of JSON
     */
    custom?: unknown;
};
export type RecordingEvents = {
    change: RecordingState;
    pending: Pending;
};
import { Emitter } from './events.js';
