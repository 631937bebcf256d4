export class Recordings {
    /** @param {RecordingsOptions} options */
    constructor({ url, room, token, renew, platform }: RecordingsOptions);
    /** Newest first. @param {ListOptions} [options] @returns {Promise<RecordingsPage>} */
    list(options?: ListOptions): Promise<RecordingsPage>;
    /** All of them, page by page. @param {ListOptions} [options] @returns {AsyncGenerator<RecordingInfo>} */
    all(options?: ListOptions): AsyncGenerator<RecordingInfo>;
    /** @param {string} id @returns {Promise<RecordingInfo>} */
    get(id: string): Promise<RecordingInfo>;
    /** @param {string} id @returns {Promise<{recordingId: string, status: string}>} */
    delete(id: string): Promise<{
        recordingId: string;
        status: string;
    }>;
    /** Another output, from the originals. @param {string} id @param {object} [spec] layout, format, only, from_ms, … @returns {Promise<OutputState>} */
    recompose(id: string, spec?: object): Promise<OutputState>;
    /** @param {string} id @param {number} [outputId] @returns {Promise<OutputState>} */
    cancel(id: string, outputId?: number): Promise<OutputState>;
    /** Takes somebody out for good. @param {string} id @param {string} participant @returns {Promise<{recordingId: string, participant: string, state: string}>} */
    erase(id: string, participant: string): Promise<{
        recordingId: string;
        participant: string;
        state: string;
    }>;
    /**
     * A link for people without a token: told this once. For a week, or so many seconds; 0: until it is taken back.
     * @param {string} id
     * @param {{outputId?: number, name?: string, expiresInS?: number}} [options]
     * @returns {Promise<{shareId: string, url: string, expiresAt: number | null}>}
     */
    share(id: string, options?: {
        outputId?: number;
        name?: string;
        expiresInS?: number;
    }): Promise<{
        shareId: string;
        url: string;
        expiresAt: number | null;
    }>;
    /** Its links. @param {string} id @returns {Promise<Share[]>} */
    shares(id: string): Promise<Share[]>;
    /** @param {string} id @param {string} shareId @returns {Promise<void>} */
    unshare(id: string, shareId: string): Promise<void>;
    /** Nothing of it is removed, whoever asks, until `release`. @param {string} id @param {string} [reason] @returns {Promise<{recordingId: string, held: boolean, reason: string | null}>} */
    hold(id: string, reason?: string): Promise<{
        recordingId: string;
        held: boolean;
        reason: string | null;
    }>;
    /** @param {string} id @returns {Promise<{recordingId: string, held: boolean, reason: string | null}>} */
    release(id: string): Promise<{
        recordingId: string;
        held: boolean;
        reason: string | null;
    }>;
    /**
     * When it, and when its originals are removed: ms since 1970, null for never.
     * @param {string} id
     * @param {{keepUntil?: number | null, originalsUntil?: number | null}} until
     * @returns {Promise<Record<string, any>>}
     */
    keep(id: string, until: {
        keepUntil?: number | null;
        originalsUntil?: number | null;
    }): Promise<Record<string, any>>;
    /**
     * What happened to it, oldest first.
     * @param {string} id
     * @param {PageOptions & {since?: number}} [options]
     * @returns {Promise<{events: StoredEvent[], lastSeq: number, nextPageToken: string | null}>}
     */
    events(id: string, options?: PageOptions & {
        since?: number;
    }): Promise<{
        events: StoredEvent[];
        lastSeq: number;
        nextPageToken: string | null;
    }>;
    /** Who did what with it, newest first. @param {string} id @param {PageOptions} [options] @returns {Promise<{accesses: Access[], nextPageToken: string | null}>} */
    accesses(id: string, options?: PageOptions): Promise<{
        accesses: Access[];
        nextPageToken: string | null;
    }>;
    /** Of this room, newest first. @param {PageOptions} [options] @returns {Promise<{calls: Record<string, any>[], nextPageToken: string | null}>} */
    calls(options?: PageOptions): Promise<{
        calls: Record<string, any>[];
        nextPageToken: string | null;
    }>;
    #private;
}
export type RecordingInfo = {
    recordingId: string;
    roomId: string;
    callId: string;
    title: string | null;
    status: import("./recording_state.js").RecordingStatus;
    flags: string[];
    reason: string | null;
    /**
     * ms since 1970
     */
    startedAt: number;
    /**
     * ms
     */
    duration: number;
    /**
     * ms
     */
    elapsed: number;
    /**
     * bytes
     */
    size: number;
    chainHash: string | null;
    participants: {
        id: string;
        name: string;
        role?: string;
        consent?: string | null;
    }[];
    progress: {
        stage: string;
        percent: number;
        etaMs: number;
        lagMs: number;
    } | null;
    /**
     * when it is removed, ms since 1970; null: never
     */
    keepUntil?: number | null | undefined;
    /**
     * when what new outputs are made of is
     */
    originalsUntil?: number | null | undefined;
    /**
     * addresses are complete, and good until expiresAt: use them, do not keep them
     */
    url?: string | undefined;
    downloadUrl?: string | undefined;
    thumbnailUrl?: string | undefined;
    captionsUrl?: string | undefined;
    chaptersUrl?: string | undefined;
    storyboardUrl?: string | undefined;
    /**
     * ms since 1970
     */
    expiresAt?: number | undefined;
    /**
     * with `get`
     */
    outputs?: Record<string, any>[] | undefined;
    /**
     * with `get`
     */
    lastSeq?: number | undefined;
};
/**
 * a link, without its address
 */
export type Share = {
    shareId: string;
    outputId: number;
    name: string;
    createdAt: number;
    expiresAt: number | null;
    revokedAt: number | null;
    createdBy: string;
    uses: number;
};
export type RecordingsOptions = {
    /**
     * of `recroom-pp serve`
     */
    url: string;
    room: string;
    token: string | (() => string | Promise<string>);
    /**
     * called when the token has run out: makes token() give another
     */
    renew?: (() => Promise<unknown>) | undefined;
    platform?: import("./platform.js").PlatformOptions | undefined;
};
export type PageOptions = {
    pageSize?: number;
    pageToken?: string | null;
};
export type StoredEvent = {
    seq: number;
    type: string;
    at: number;
    data: any;
};
export type Access = {
    at: number;
    action: string;
    item: string | null;
    actor: string;
};
export type OutputState = {
    recordingId: string;
    outputId: number;
    state: string;
};
export type RecordingsPage = {
    recordings: RecordingInfo[];
    nextPageToken: string | null;
};
export type ListOptions = {
    status?: string;
    from?: number;
    to?: number;
    pageSize?: number;
    pageToken?: string | null;
};
