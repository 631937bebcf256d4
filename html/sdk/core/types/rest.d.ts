/**
 * Where Janus is, by what `recroom-pp serve` says at this address: its WebSockets, then its HTTP API, as far as they are there.
 * @param {Platform} platform
 * @param {string} url
 * @returns {Promise<string[]>}
 */
export function findJanus(platform: Platform, url: string): Promise<string[]>;
export class Rest {
    /**
     * @param {Platform} platform
     * @param {{url: string, token: () => string | Promise<string>, renew?: () => Promise<unknown>}} options url: of `recroom-pp serve`; renew: makes token() give a fresh one
     */
    constructor(platform: Platform, { url, token, renew }: {
        url: string;
        token: () => string | Promise<string>;
        renew?: () => Promise<unknown>;
    });
    /** An address that the server gave, complete. @param {string} path */
    resolve(path: string): string;
    /**
     * A POST carries an Idempotency-Key, so that sending it again is safe.
     * @param {string} method
     * @param {string} path
     * @param {{query?: Record<string, any>, body?: object, open?: boolean}} [options] open: needs no token
     * @returns {Promise<any>}
     */
    request(method: string, path: string, { query, body, open }?: {
        query?: Record<string, any>;
        body?: object;
        open?: boolean;
    }): Promise<any>;
    #private;
}
export type Platform = import("./platform.js").Platform;
