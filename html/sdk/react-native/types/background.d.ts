/**
 * @typedef {object} BackgroundEvents
 * @property {ActivityState} change
 * @property {null} back looked at again, after the background
 */
/** @extends {Emitter<BackgroundEvents>} */
export class Background extends Emitter<BackgroundEvents> {
    /** @param {import('./platform.js').Adapter} adapter @param {import('./permissions.js').Permissions} permissions */
    constructor(adapter: import("./platform.js").Adapter, permissions: import("./permissions.js").Permissions);
    get state(): import("./platform.js").ActivityState;
    get isBackground(): boolean;
    /** These sources rest with us; gives what ends it. @param {import('./rests.js').Rests} rests @param {string[]} sources */
    bind(rests: import("./rests.js").Rests, sources: string[]): () => void;
    close(): void;
    #private;
}
export type ActivityState = import("./platform.js").ActivityState;
export type BackgroundEvents = {
    change: ActivityState;
    /**
     * looked at again, after the background
     */
    back: null;
};
import { Emitter } from 'janus-recroom';
