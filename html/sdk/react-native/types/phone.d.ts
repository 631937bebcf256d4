/** @typedef {import('./platform.js').Adapter} Adapter */
/** @typedef {import('janus-recroom').Room} Room */
/**
 * @typedef {object} PhoneState
 * @property {import('./platform.js').ActivityState} activity
 * @property {boolean} isInterrupted by a call: the microphone is the phone's
 * @property {import('./network.js').NetworkState} network
 * @property {import('./permissions.js').PermissionStates} permissions
 * @property {string[]} resting what we have silenced for as long as that lasts: audio, video
 */
/**
 * @typedef {object} PhoneOptions
 * @property {boolean} [cameraInBackground] true: the camera goes on there (with what that takes: picture in picture, a foreground service of the type camera)
 * @property {boolean} [microphoneInBackground] false: the microphone rests there, too
 */
/**
 * @typedef {object} PhoneEvents
 * @property {PhoneState} change
 */
/** @extends {Emitter<PhoneEvents>} */
export class Phone extends Emitter<PhoneEvents> {
    /** @param {Adapter} adapter @param {PhoneOptions} [options] */
    constructor(adapter: Adapter, { cameraInBackground, microphoneInBackground }?: PhoneOptions);
    permissions: Permissions;
    background: Background;
    interruption: Interruption;
    network: Network;
    /** For `new Room({ platform })`. @type {import('janus-recroom').PlatformOptions} */
    platform: import("janus-recroom").PlatformOptions;
    /** Do not change it: another object comes with each change. */
    get state(): PhoneState;
    /** What was kept of earlier calls has been read: join not before. @returns {Promise<unknown>} */
    get ready(): Promise<unknown>;
    get isReady(): boolean;
    /** This room does as the phone does; gives what ends it. @param {Room} room */
    bind(room: Room): () => void;
    /** Nothing more is heard. */
    close(): void;
    #private;
}
export type Adapter = import("./platform.js").Adapter;
export type Room = import("janus-recroom").Room;
export type PhoneState = {
    activity: import("./platform.js").ActivityState;
    /**
     * by a call: the microphone is the phone's
     */
    isInterrupted: boolean;
    network: import("./network.js").NetworkState;
    permissions: import("./permissions.js").PermissionStates;
    /**
     * what we have silenced for as long as that lasts: audio, video
     */
    resting: string[];
};
export type PhoneOptions = {
    /**
     * true: the camera goes on there (with what that takes: picture in picture, a foreground service of the type camera)
     */
    cameraInBackground?: boolean | undefined;
    /**
     * false: the microphone rests there, too
     */
    microphoneInBackground?: boolean | undefined;
};
export type PhoneEvents = {
    change: PhoneState;
};
import { Emitter } from 'janus-recroom';
import { Permissions } from './permissions.js';
import { Background } from './background.js';
import { Interruption } from './interruption.js';
import { Network } from './network.js';
