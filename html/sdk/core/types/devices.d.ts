/**
 * @typedef {object} DevicesEvents
 * @property {DeviceInfo[]} change what there is now
 * @property {boolean} blocked whether something waits for a click before it may be played
 */
/** @extends {Emitter<DevicesEvents>} */
export class Devices extends Emitter<DevicesEvents> {
    /** @hidden @param {import('./platform.js').Platform} platform */
    constructor(platform: import("./platform.js").Platform);
    /** False where pages are not secure, and where there is no WebRTC at all. */
    get isSupported(): boolean;
    get canShareScreen(): boolean;
    /** @returns {Promise<DeviceInfo[]>} */
    list(): Promise<DeviceInfo[]>;
    /** Fires `change` from now on, when something is plugged in or out; gives what ends it. */
    watch(): () => void;
    /**
     * All that play() was given comes out of this loudspeaker, from now on. Not every browser can: `no_media`.
     * @param {string} deviceId '': the usual one
     */
    setSpeaker(deviceId: string): Promise<void>;
    /** The chosen loudspeaker; '': the usual one. */
    get speaker(): string;
    /**
     * Plays an element, through the chosen loudspeaker. False: the browser wants a click or a tap first; call unblock() in its handler.
     * @param {any} element of audio or video; forget() it when it goes
     */
    play(element: any): Promise<boolean>;
    /** Something may not be heard (or seen) before a click. */
    get isBlocked(): boolean;
    /** Plays what was kept from it: in the handler of a click or a tap. */
    unblock(): Promise<boolean>;
    /** An element is not there any more. @param {any} element */
    forget(element: any): void;
    /**
     * Tracks of camera and microphone, as sources to publish. Each is `true`, a device id or constraints.
     * @param {{audio?: boolean | string | object, video?: boolean | string | object}} [wish]
     * @returns {Promise<SourceInit[]>}
     */
    open({ audio, video }?: {
        audio?: boolean | string | object;
        video?: boolean | string | object;
    }): Promise<SourceInit[]>;
    /**
     * A screen, a window or a tab, with its sound if it may be had.
     * @param {object} [options] of getDisplayMedia
     * @returns {Promise<SourceInit[]>}
     */
    openScreen(options?: object): Promise<SourceInit[]>;
    #private;
}
export type SourceName = "audio" | "video" | "screen" | "screenaudio" | string;
export type SourceInit = {
    source: SourceName;
    track: any;
    muted?: boolean;
    simulcast?: boolean;
};
export type DeviceInfo = {
    deviceId: string;
    groupId: string;
    label: string;
    kind: "audioinput" | "videoinput" | "audiooutput";
};
export type DevicesEvents = {
    /**
     * what there is now
     */
    change: DeviceInfo[];
    /**
     * whether something waits for a click before it may be played
     */
    blocked: boolean;
};
import { Emitter } from './events.js';
