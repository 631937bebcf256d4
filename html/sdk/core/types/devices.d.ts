/**
 * @typedef {object} DevicesEvents
 * @property {DeviceInfo[]} change what there is now
 */
/** @extends {Emitter<DevicesEvents>} */
export class Devices extends Emitter<DevicesEvents> {
    /** @param {import('./platform.js').Platform} platform */
    constructor(platform: import("./platform.js").Platform);
    /** False where pages are not secure, and where there is no WebRTC at all. */
    get isSupported(): boolean;
    get canShareScreen(): boolean;
    /** @returns {Promise<DeviceInfo[]>} */
    list(): Promise<DeviceInfo[]>;
    /** Fires `change` from now on, when something is plugged in or out; gives what ends it. */
    watch(): () => void;
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
};
import { Emitter } from './events.js';
