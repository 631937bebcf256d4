export class Polling {
    /** @param {import('./platform.js').Platform} platform @param {string} url http(s), of Janus */
    constructor(platform: import("./platform.js").Platform, url: string);
    /** @type {(() => void) | null} */
    onopen: (() => void) | null;
    /** @type {(() => void) | null} */
    onclose: (() => void) | null;
    /** @type {(() => void) | null} */
    onerror: (() => void) | null;
    /** @type {((event: {data: Message}) => void) | null} */
    onmessage: ((event: {
        data: Message;
    }) => void) | null;
    /** @param {string} text */
    send(text: string): void;
    close(): void;
    #private;
}
export type Message = Record<string, any>;
