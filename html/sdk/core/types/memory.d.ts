/** @typedef {{resume: string, recordingId?: string}} Remembered */
export class Memory {
    /** @param {import('./platform.js').Platform} platform @param {string} server @param {string} room */
    constructor(platform: import("./platform.js").Platform, server: string, room: string);
    /** @returns {Remembered | null} */
    read(): Remembered | null;
    /** @param {Remembered | null} what */
    write(what: Remembered | null): void;
    #private;
}
export type Remembered = {
    resume: string;
    recordingId?: string;
};
