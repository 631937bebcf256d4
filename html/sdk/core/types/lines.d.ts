export class Lines {
    /** @param {(source: import('./devices.js').SourceName) => void} onEnded a track ended by itself */
    constructor(onEnded: (source: import("./devices.js").SourceName) => void);
    /** Those that send. */
    get active(): Line[];
    /** Those that have been negotiated. */
    get named(): Line[];
    /** @returns {LocalSource[]} */
    get sources(): LocalSource[];
    /** Who of them is silent, as the server wants to be told. */
    get sends(): {
        mid: any;
        send: boolean;
    }[];
    /** @param {import('./devices.js').SourceName} source */
    get(source: import("./devices.js").SourceName): Line | undefined;
    /** @param {string} mid */
    sourceOf(mid: string): string;
    /** A source begins, on its old line if there is one. @param {SourceInit} init */
    put({ source, track, muted, simulcast }: SourceInit): Promise<void>;
    /** Another track in the place of a line's. @param {Line} line @param {any} track */
    replace(line: Line, track: any): Promise<void>;
    /** A source ends. @param {Line} line */
    empty(line: Line): Promise<void>;
    /** Every active line has its place in this connection. @param {any} connection */
    addTo(connection: any): void;
    /** The connection is gone, and with it all places. */
    unplace(): void;
    clear(): void;
    #private;
}
export type SourceInit = import("./devices.js").SourceInit;
export type LocalSource = {
    source: import("./devices.js").SourceName;
    kind: "audio" | "video";
    track: any;
    muted: boolean;
};
export type Line = LocalSource & {
    simulcast: boolean;
    transceiver: any;
};
