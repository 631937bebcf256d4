/** @param {RecroomProviderProps} props */
export function RecroomProvider(props: RecroomProviderProps): import("react").FunctionComponentElement<import("react").ProviderProps<import("./context.js").RecroomValue | null>>;
export type RecordingEvent = {
    event: string;
    recordingId: string;
} & Record<string, any>;
export type RecroomProviderProps = {
    /**
     * of recroom-pp serve, or of Janus: ws(s):, or http(s): with a path that ends in /janus
     */
    serverUrl?: string | undefined;
    /**
     * of recroom-pp serve, where serverUrl is Janus'
     */
    apiUrl?: string | undefined;
    roomId?: string | number | undefined;
    token?: string | undefined;
    /**
     * of the host
     */
    secret?: string | undefined;
    pin?: string | undefined;
    /**
     * the name that the others see
     */
    display?: string | undefined;
    /**
     * false: not yet
     */
    connect?: boolean | undefined;
    /**
     * publish the microphone, this one, or with these constraints
     */
    audio?: string | boolean | object | undefined;
    video?: string | boolean | object | undefined;
    /**
     * configuration of RTCPeerConnection
     */
    rtc?: any;
    platform?: import("janus-recroom/types/platform.js").PlatformOptions | undefined;
    /**
     * a room of yours: you join it and leave it
     */
    room?: Room | undefined;
    labels?: Partial<{
        record: string;
        stop: string;
        stopSure: string;
        keepRecording: string;
        pause: string;
        resume: string;
        recordingControls: string;
        statusStarting: string;
        statusRecording: string;
        statusPaused: string;
        statusProcessing: string;
        statusUploading: string;
        statusCompleted: string;
        statusFailed: string;
        statusDeleting: string;
        progress: string;
        startedBy: string;
        saidStarted: string;
        saidAsked: string;
        saidInProgress: string;
        saidPaused: string;
        saidResumed: string;
        saidStopped: string;
        saidCompleted: string;
        saidFailed: string;
        saidDegraded: string;
        consentTitle: string;
        consentText: string;
        consentMore: string;
        consentYes: string;
        consentNo: string;
        waitingHost: string;
        waitingLobby: string;
        lobby: string;
        admit: string;
        deny: string;
        admitAll: string;
        nameless: string;
        you: string;
        host: string;
        muted: string;
        screenOf: string;
        participants: string;
        playSound: string;
        recordings: string;
        refresh: string;
        more: string;
        empty: string;
        loading: string;
        download: string;
        play: string;
        remove: string;
        removeSure: string;
        removeNot: string;
        untitled: string;
    }> | undefined;
    onConnected?: (() => void) | undefined;
    onDisconnected?: ((why: {
        code: string;
        reason: string;
    }) => void) | undefined;
    onError?: ((error: RecroomError) => void) | undefined;
    onRecordingStarted?: ((event: RecordingEvent) => void) | undefined;
    onRecordingPaused?: ((event: RecordingEvent) => void) | undefined;
    onRecordingResumed?: ((event: RecordingEvent) => void) | undefined;
    onRecordingStopped?: ((event: RecordingEvent) => void) | undefined;
    onRecordingCompleted?: ((event: RecordingEvent) => void) | undefined;
    onRecordingFailed?: ((event: RecordingEvent) => void) | undefined;
    children?: import("react").ReactNode;
};
import { Room } from 'janus-recroom';
import { RecroomError } from 'janus-recroom';
