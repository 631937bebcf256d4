export class Kept {
    /** @param {import('./platform.js').AsyncStorage} storage */
    constructor(storage: import("./platform.js").AsyncStorage);
    isReady: boolean;
    /** @type {Promise<unknown>} What was kept is here, or will not come. */
    ready: Promise<unknown>;
    /** @param {string} key @returns {string | null} */
    getItem(key: string): string | null;
    /** @param {string} key @param {string} value */
    setItem(key: string, value: string): void;
    /** @param {string} key */
    removeItem(key: string): void;
    #private;
}
