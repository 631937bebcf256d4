/** @typedef {import('janus-recroom').RecordingInfo} RecordingInfo */
/**
 * @typedef {object} ItemProps
 * @property {RecordingInfo} recording
 * @property {boolean} canDelete
 * @property {(recording: RecordingInfo, url: string) => void} [onPlay] with a fresh address
 * @property {(id: string) => Promise<unknown>} onDelete
 * @property {(id: string) => Promise<string>} addressOf
 */
/**
 * @typedef {object} RecordingsListParts
 * @property {import('react').ComponentType<{onRefresh: () => void, loading: boolean}>} [Header]
 * @property {import('react').ComponentType<ItemProps>} [Item]
 * @property {import('react').ComponentType<{}>} [Empty]
 * @property {import('react').ComponentType<{}>} [Loading]
 */
/** @param {{onRefresh: () => void, loading: boolean}} props */
export function RecordingsListHeader({ onRefresh, loading }: {
    onRefresh: () => void;
    loading: boolean;
}): import("react").DetailedReactHTMLElement<{
    className: string;
}, HTMLElement>;
/** @param {ItemProps} props */
export function RecordingsListItem({ recording, canDelete, onPlay, onDelete, addressOf }: ItemProps): import("react").DetailedReactHTMLElement<{
    className: string;
    'data-rr-recording': string;
    'data-rr-status': import("janus-recroom/types/recording_state.js").RecordingStatus;
}, HTMLElement>;
/**
 * @param {{components?: RecordingsListParts, pageSize?: number, status?: string, onPlay?: (recording: RecordingInfo, url: string) => void, className?: string}} props
 */
export function RecordingsList({ components, pageSize, status, onPlay, className }: {
    components?: RecordingsListParts;
    pageSize?: number;
    status?: string;
    onPlay?: (recording: RecordingInfo, url: string) => void;
    className?: string;
}): import("react").DetailedReactHTMLElement<{
    className: string;
    'aria-label': string;
    'aria-busy': boolean;
}, HTMLElement>;
export type RecordingInfo = import("janus-recroom").RecordingInfo;
export type ItemProps = {
    recording: RecordingInfo;
    canDelete: boolean;
    /**
     * with a fresh address
     */
    onPlay?: ((recording: RecordingInfo, url: string) => void) | undefined;
    onDelete: (id: string) => Promise<unknown>;
    addressOf: (id: string) => Promise<string>;
};
export type RecordingsListParts = {
    Header?: import("react").ComponentType<{
        onRefresh: () => void;
        loading: boolean;
    }> | undefined;
    Item?: import("react").ComponentType<ItemProps> | undefined;
    Empty?: import("react").ComponentType<{}> | undefined;
    Loading?: import("react").ComponentType<{}> | undefined;
};
