/**
 * @param {{status?: string, from?: number, to?: number, pageSize?: number}} [options]
 */
export function useRecordings(options?: {
    status?: string;
    from?: number;
    to?: number;
    pageSize?: number;
}): {
    recordings: import("janus-recroom/types/recordings.js").RecordingInfo[];
    loading: boolean;
    error: any;
    hasMore: boolean;
    loadMore: () => void;
    refresh: () => Promise<void>;
    remove: (id: string) => Promise<any>;
    recompose: (id: string, spec: object) => Promise<any>;
    cancel: (id: string, outputId: number | undefined) => Promise<any>;
    share: (id: string, how: object | undefined) => Promise<any>;
    /** A fresh address to play: those of the list run out. @param {string} id @returns {Promise<string>} */
    addressOf: (id: string) => Promise<string>;
};
export type RecordingInfo = import("janus-recroom").RecordingInfo;
