/** @type {Record<PermissionName, 'audio' | 'video'>} */
export const SOURCES: Record<PermissionName, "audio" | "video">;
/**
 * @typedef {object} PermissionsEvents
 * @property {PermissionStates} change
 * @property {boolean} asking a question of the system's is on the screen, or is not any more
 * @property {PermissionName} given what was refused before, when it was wanted
 */
/** @extends {Emitter<PermissionsEvents>} */
export class Permissions extends Emitter<PermissionsEvents> {
    /** @param {Adapter} adapter */
    constructor(adapter: Adapter);
    /** Do not change it: another object comes with each change. */
    get states(): PermissionStates;
    get isAsking(): boolean;
    /**
     * Asks for what is not granted yet; gives what each is then.
     * @param {PermissionName[]} [names]
     * @returns {Promise<PermissionStates>}
     */
    ask(names?: PermissionName[]): Promise<PermissionStates>;
    /** As they are, without asking: after the application was away. */
    check(): Promise<void>;
    openSettings(): Promise<unknown>;
    /** What was refused is not wanted any more: the call is over. */
    forget(): void;
    /** These devices, with a getUserMedia that asks, and does without what is refused. @param {any} devices */
    guard(devices: any): any;
    #private;
}
export type Adapter = import("./platform.js").Adapter;
export type PermissionName = import("./platform.js").PermissionName;
export type Permission = import("./platform.js").PermissionState | "unknown";
export type PermissionStates = {
    camera: Permission;
    microphone: Permission;
};
export type PermissionsEvents = {
    change: PermissionStates;
    /**
     * a question of the system's is on the screen, or is not any more
     */
    asking: boolean;
    /**
     * what was refused before, when it was wanted
     */
    given: PermissionName;
};
import { Emitter } from 'janus-recroom';
