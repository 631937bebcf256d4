/** h:mm:ss, or m:ss in the first hour. @param {number} ms */
export function clockText(ms: number): string;
/** @param {number} bytes */
export function sizeText(bytes: number): string;
export namespace LABELS {
    let record: string;
    let stop: string;
    let stopSure: string;
    let keepRecording: string;
    let pause: string;
    let resume: string;
    let recordingControls: string;
    let statusStarting: string;
    let statusRecording: string;
    let statusPaused: string;
    let statusProcessing: string;
    let statusUploading: string;
    let statusCompleted: string;
    let statusFailed: string;
    let statusDeleting: string;
    let progress: string;
    let startedBy: string;
    let saidStarted: string;
    let saidAsked: string;
    let saidInProgress: string;
    let saidPaused: string;
    let saidResumed: string;
    let saidStopped: string;
    let saidCompleted: string;
    let saidFailed: string;
    let saidDegraded: string;
    let consentTitle: string;
    let consentText: string;
    let consentMore: string;
    let consentYes: string;
    let consentNo: string;
    let waitingHost: string;
    let waitingLobby: string;
    let lobby: string;
    let admit: string;
    let deny: string;
    let admitAll: string;
    let nameless: string;
    let you: string;
    let host: string;
    let muted: string;
    let screenOf: string;
    let participants: string;
    let playSound: string;
    let recordings: string;
    let refresh: string;
    let more: string;
    let empty: string;
    let loading: string;
    let download: string;
    let play: string;
    let remove: string;
    let removeSure: string;
    let removeNot: string;
    let untitled: string;
}
/** @typedef {typeof LABELS} Labels */
/** @type {Record<import('janus-recroom').RecordingStatus, keyof Labels | null>} */
export const STATUS_LABELS: Record<import("janus-recroom").RecordingStatus, keyof Labels | null>;
export type Labels = typeof LABELS;
