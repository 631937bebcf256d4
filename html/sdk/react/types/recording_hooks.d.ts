/** Is this call being recorded right now? (Not while it is paused.) */
export function useIsRecording(): boolean;
/**
 * State, actions, and props for buttons of yours. `isPending`: asked for, and not so yet. `canRecord`: the buttons may be shown.
 * @param {import('janus-recroom').StartOptions} [options] of a recording that is started
 */
export function useRecording(options?: import("janus-recroom").StartOptions): {
    status: import("janus-recroom/types/recording_state.js").RecordingStatus;
    isRecording: boolean;
    isPaused: boolean;
    isPending: boolean;
    pending: import("janus-recroom/types/recording.js").Pending;
    isRunning: boolean;
    percent: number | null;
    stage: string | null;
    etaMs: number | null;
    recordingId: string;
    startedAt: number | null;
    startedBy: string | null;
    startedByName: string | null;
    endsAt: number | null;
    layout: string | null;
    reason: string | null;
    warning: string | null;
    flags: string[];
    error: string | null;
    canRecord: boolean;
    startRecording: (more: import("janus-recroom/types/recording.js").StartOptions | undefined) => Promise<void>;
    stopRecording: () => Promise<void>;
    pauseRecording: () => Promise<void>;
    resumeRecording: () => Promise<void>;
    recordButtonProps: {
        'aria-pressed': boolean;
        onClick: () => void;
        type: "button";
        'data-rr-status': import("janus-recroom/types/recording_state.js").RecordingStatus;
        disabled: boolean;
    };
    pauseButtonProps: {
        'aria-pressed': boolean;
        disabled: boolean;
        onClick: () => void;
        type: "button";
        'data-rr-status': import("janus-recroom/types/recording_state.js").RecordingStatus;
    };
};
/** Recorded time in ms, for a clock; renders when the second changes. It is the server's, so a reload does not set it back. */
export function useRecordingClock(): number;
/** Are we asked whether we may be recorded, and the answer. */
export function useConsent(): {
    isNeeded: boolean;
    state: import("janus-recroom/types/recording_state.js").ConsentState | null;
    policy: "require" | "notice" | null;
    text: string;
    url: string;
    pending: boolean;
    status: import("janus-recroom/types/recording_state.js").RecordingStatus;
    agree: () => Promise<void>;
    decline: () => Promise<void>;
};
