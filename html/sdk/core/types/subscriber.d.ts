export class Subscriber {
    /**
     * @param {import('./room.js').RoomLink} room
     * @param {(flow: Flow, track: any) => void} onTrack a track to show, or null where one ended
     */
    constructor(room: import("./room.js").RoomLink, onTrack: (flow: Flow, track: any) => void);
    /** The connection itself, for statistics. @returns {any} */
    get connection(): any;
    /** All that we want; asks for what is missing, and gives back what is too much. @param {Wanted[]} list */
    want(list: Wanted[]): void;
    /**
     * At most this layer of somebody's picture, or nothing of it for now.
     * @param {string} participant
     * @param {string} source
     * @param {{substream?: number, temporal?: number, spatial_layer?: number, temporal_layer?: number, send?: boolean}} layers
     */
    configure(participant: string, source: string, layers: {
        substream?: number;
        temporal?: number;
        spatial_layer?: number;
        temporal_layer?: number;
        send?: boolean;
    }): Promise<void>;
    /**
     * After another connection. Where our handle is still there and the media flow they go on, unless an offer was lost with the old connection: it is
     * never made again, so then from the beginning.
     */
    restore(): Promise<void>;
    /** Another network: from the beginning, now or when we are back. */
    moved(): void;
    close(): void;
    #private;
}
export type Handle = import("./handle.js").Handle;
export type Answer = import("./handle.js").Answer;
export type Flow = {
    participant: string;
    source: string;
    kind: "audio" | "video";
    mid: string;
};
export type Wanted = {
    feed: string;
    mid: string;
};
