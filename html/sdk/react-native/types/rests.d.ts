/** @typedef {import('janus-recroom').Room} Room */
/**
 * @typedef {object} RestsEvents
 * @property {string[]} change the sources that we have silenced
 */
/** @extends {Emitter<RestsEvents>} */
export class Rests extends Emitter<RestsEvents> {
    /** @param {Room} room */
    constructor(room: Room);
    /** The sources that we have silenced. */
    get list(): string[];
    /** @param {string} source @param {string} reason */
    rest(source: string, reason: string): void;
    /** @param {string} source @param {string} reason */
    wake(source: string, reason: string): void;
    close(): void;
    #private;
}
export type Room = import("janus-recroom").Room;
export type RestsEvents = {
    /**
     * the sources that we have silenced
     */
    change: string[];
};
import { Emitter } from 'janus-recroom';
