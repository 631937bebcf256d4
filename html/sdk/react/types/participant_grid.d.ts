/** @typedef {{participant: import('janus-recroom').Participant, source: string}} TileProps source: of the picture */
/**
 * Plays a track; nothing else in it but the element. Where the browser wants a click first usePlayback says so.
 * @param {{track: any, kind: 'audio' | 'video', isLocal?: boolean, label?: string}} props
 */
export function Track({ track, kind, isLocal, label }: {
    track: any;
    kind: "audio" | "video";
    isLocal?: boolean;
    label?: string;
}): import("react").DetailedReactHTMLElement<{
    ref: import("react").RefObject<any>;
    autoPlay: boolean;
    playsInline: boolean;
    muted: boolean;
    className: string;
    'aria-label': string | undefined;
}, any>;
/** @param {TileProps} props */
export function ParticipantTile({ participant, source }: TileProps): import("react").DetailedReactHTMLElement<{
    className: string;
    'data-rr-participant': string;
    'data-rr-source': string;
    'data-rr-local': string;
    'data-rr-talking': string;
    'data-rr-muted': string;
    'data-rr-quality': "excellent" | "good" | "poor" | "lost" | undefined;
}, HTMLElement>;
/**
 * @param {{renderTile?: (tile: TileProps) => import('react').ReactNode, className?: string}} props
 */
export function ParticipantGrid({ renderTile, className }: {
    renderTile?: (tile: TileProps) => import("react").ReactNode;
    className?: string;
}): import("react").DetailedReactHTMLElement<{
    className: string;
    'data-rr-people': number;
    'data-rr-state': import("janus-recroom/types/membership.js").RoomState;
}, HTMLElement>;
/**
 * source: of the picture
 */
export type TileProps = {
    participant: import("janus-recroom").Participant;
    source: string;
};
