/**
 * @typedef {object} InterruptionEvents
 * @property {boolean} change
 */
/** @extends {Emitter<InterruptionEvents>} */
export class Interruption extends Emitter<InterruptionEvents> {
    /** @param {import('./platform.js').Adapter} adapter */
    constructor(adapter: import("./platform.js").Adapter);
    get isInterrupted(): boolean;
    /** The microphone rests with us; gives what ends it. @param {import('./rests.js').Rests} rests */
    bind(rests: import("./rests.js").Rests): () => void;
    close(): void;
    #private;
}
export type InterruptionEvents = {
    change: boolean;
};
import { Emitter } from 'janus-recroom';
