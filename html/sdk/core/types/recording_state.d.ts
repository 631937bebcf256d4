/** Recorded time, by the server's last word and the time since. @param {RecordingState} state @param {number} now */
export function durationAt(state: RecordingState, now: number): number;
/** The same with pauses. @param {RecordingState} state @param {number} now */
export function elapsedAt(state: RecordingState, now: number): number;
/**
 * What an event of the room makes of it. Events of other recordings change nothing, unless one begins when none runs.
 * @param {RecordingState} state
 * @param {Record<string, any>} event
 * @param {number} now
 * @returns {RecordingState}
 */
export function onEvent(state: RecordingState, event: Record<string, any>, now: number): RecordingState;
/**
 * What the server said when it was asked: the truth, whatever we thought. Of `recording_status`, of `recording` in the answer to join, of REST; null: none runs.
 * @param {RecordingState} state
 * @param {Record<string, any> | null} said
 * @param {number} now
 * @returns {RecordingState}
 */
export function onTruth(state: RecordingState, said: Record<string, any> | null, now: number): RecordingState;
/**
 * The answer to start, stop, pause, resume: the truth, unless an event has overtaken it that leads further.
 * @param {RecordingState} state
 * @param {Record<string, any>} said
 * @param {number} now
 * @returns {RecordingState}
 */
export function onAnswer(state: RecordingState, said: Record<string, any>, now: number): RecordingState;
/** @typedef {'idle' | 'starting' | 'recording' | 'paused' | 'processing' | 'uploading' | 'completed' | 'failed' | 'deleting'} RecordingStatus */
/** @typedef {'untold' | 'told' | 'agreed' | 'declined' | 'left_out'} ConsentState */
/** @typedef {{policy: 'notice' | 'require', text: string, url: string, you: ConsentState}} Consent */
/**
 * @typedef {object} RecordingState
 * @property {RecordingStatus} status
 * @property {string} recordingId '' when there is none
 * @property {number | null} startedAt ms since 1970
 * @property {string | null} startedBy a participant; null: the room's configuration, or an application from outside
 * @property {string | null} startedByName what they were called then; they may have left since
 * @property {number} duration ms recorded, when it was last said
 * @property {number} elapsed the same with pauses
 * @property {number} saidAt when that was, on the platform's clock
 * @property {number | null} percent 0..100 in processing and uploading
 * @property {string | null} stage what the server is about
 * @property {number | null} etaMs time left; null: not known
 * @property {string[]} flags interrupted, degraded, repaired, erased
 * @property {string | null} reason why it stopped or failed
 * @property {string | null} warning of the last recordingdegraded: disk, disk_low, tracks, quota
 * @property {number} bytes
 * @property {number} tracks
 * @property {number | null} endsAt when it ends by itself, ms since 1970
 * @property {string | null} layout
 * @property {string | null} url for those who may download, relative to the server
 * @property {Consent | null} consent
 * @property {number} seq of the last event taken
 */
/** @type {RecordingState} */
export const IDLE: RecordingState;
export function isRunning({ status }: RecordingState): boolean;
export function isBeingMade({ status }: RecordingState): boolean;
export type RecordingStatus = "idle" | "starting" | "recording" | "paused" | "processing" | "uploading" | "completed" | "failed" | "deleting";
export type ConsentState = "untold" | "told" | "agreed" | "declined" | "left_out";
export type Consent = {
    policy: "notice" | "require";
    text: string;
    url: string;
    you: ConsentState;
};
export type RecordingState = {
    status: RecordingStatus;
    /**
     * '' when there is none
     */
    recordingId: string;
    /**
     * ms since 1970
     */
    startedAt: number | null;
    /**
     * a participant; null: the room's configuration, or an application from outside
     */
    startedBy: string | null;
    /**
     * what they were called then; they may have left since
     */
    startedByName: string | null;
    /**
     * ms recorded, when it was last said
     */
    duration: number;
    /**
     * the same with pauses
     */
    elapsed: number;
    /**
     * when that was, on the platform's clock
     */
    saidAt: number;
    /**
     * 0..100 in processing and uploading
     */
    percent: number | null;
    /**
     * what the server is about
     */
    stage: string | null;
    /**
     * time left; null: not known
     */
    etaMs: number | null;
    /**
     * interrupted, degraded, repaired, erased
     */
    flags: string[];
    /**
     * why it stopped or failed
     */
    reason: string | null;
    /**
     * of the last recordingdegraded: disk, disk_low, tracks, quota
     */
    warning: string | null;
    bytes: number;
    tracks: number;
    /**
     * when it ends by itself, ms since 1970
     */
    endsAt: number | null;
    layout: string | null;
    /**
     * for those who may download, relative to the server
     */
    url: string | null;
    consent: Consent | null;
    /**
     * of the last event taken
     */
    seq: number;
};
