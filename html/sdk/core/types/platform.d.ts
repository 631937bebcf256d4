/** @param {PlatformOptions} given */
export function platformOf(given?: PlatformOptions): {
    /** @returns {any} */
    readonly WebSocket: any;
    /** @returns {any} */
    readonly RTCPeerConnection: any;
    /** @returns {any} */
    readonly MediaStream: any;
    /** @returns {any} */
    readonly mediaDevices: any;
    /** @returns {Storage | null} */
    readonly storage: Storage | null;
    /** @type {(url: string, init?: any) => Promise<any>} */
    fetch: (url: string, init?: any) => Promise<any>;
    /** @returns {AbortController | null} null where there is no such thing */
    abortController(): AbortController | null;
    /** @type {(listener: (online: boolean) => void) => () => void} */
    network: (listener: (online: boolean) => void) => () => void;
    now: () => number;
    random: () => number;
    /** @type {(run: () => void, ms: number) => any} */
    setTimeout: (run: () => void, ms: number) => any;
    /** @type {(timer: any) => void} */
    clearTimeout: (timer: any) => void;
};
/**
 * A word that has not been used before: for transactions and idempotency keys, not for secrets.
 * @param {Platform} platform
 */
export function freshId(platform: Platform): string;
/**
 * The promise, or an error when it takes longer.
 * @template T
 * @param {Platform} platform
 * @param {Promise<T>} promise
 * @param {number} ms
 * @param {() => Error} late
 * @returns {Promise<T>}
 */
export function within<T>(platform: Platform, promise: Promise<T>, ms: number, late: () => Error): Promise<T>;
export type Storage = {
    getItem: (key: string) => string | null;
    setItem: (key: string, value: string) => void;
    removeItem: (key: string) => void;
};
export type PlatformOptions = {
    /**
     * constructor, as in browsers
     */
    WebSocket?: any;
    /**
     * constructor
     */
    RTCPeerConnection?: any;
    /**
     * constructor; needed by nothing here but `streamOf`
     */
    MediaStream?: any;
    /**
     * as `navigator.mediaDevices`
     */
    mediaDevices?: any;
    fetch?: any;
    /**
     * constructor; ends requests that nobody waits for any more
     */
    AbortController?: any;
    /**
     * keeps the `resume` secret over a reload; default `sessionStorage`; null: nothing is kept
     */
    storage?: Storage | null | undefined;
    /**
     * calls the listener when the network comes and goes; gives what ends it
     */
    network?: ((listener: (online: boolean) => void) => () => void) | undefined;
    /**
     * a clock that never goes back, in ms
     */
    now?: (() => number) | undefined;
    /**
     * 0 ≤ n < 1
     */
    random?: (() => number) | undefined;
    setTimeout?: ((run: () => void, ms: number) => any) | undefined;
    clearTimeout?: ((timer: any) => void) | undefined;
};
export type Platform = ReturnType<typeof platformOf>;
