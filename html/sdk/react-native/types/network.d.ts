/** @typedef {{online: boolean | null, type: string | null}} NetworkState null: not known */
/**
 * @typedef {object} NetworkEvents
 * @property {NetworkState} change
 * @property {boolean} hint is there a network? Said again when it may be another
 * @property {null} moved another network than the one before
 */
/** @extends {Emitter<NetworkEvents>} */
export class Network extends Emitter<NetworkEvents> {
    /** @param {import('./platform.js').Adapter} adapter @param {import('./background.js').Background} background */
    constructor(adapter: import("./platform.js").Adapter, background: import("./background.js").Background);
    /** Do not change it: another object comes with each change. */
    get state(): NetworkState;
    /** Media of this room go with us; gives what ends it. @param {import('janus-recroom').Room} room */
    bind(room: import("janus-recroom").Room): () => void;
    close(): void;
    #private;
}
/**
 * null: not known
 */
export type NetworkState = {
    online: boolean | null;
    type: string | null;
};
export type NetworkEvents = {
    change: NetworkState;
    /**
     * is there a network? Said again when it may be another
     */
    hint: boolean;
    /**
     * another network than the one before
     */
    moved: null;
};
import { Emitter } from 'janus-recroom';
