/**
 * @typedef {object} RecordingIndicatorProps
 * @property {boolean} [clock] false: without
 * @property {() => void} [onClick] makes it a button
 * @property {string} [className]
 */
/** @param {RecordingIndicatorProps} props */
export function RecordingIndicator({ clock, onClick, className }: RecordingIndicatorProps): import("react").DetailedReactHTMLElement<{
    'aria-hidden': true;
    className: string;
    'data-rr-status': import("janus-recroom/types/recording_state.js").RecordingStatus;
}, HTMLElement> | import("react").DetailedReactHTMLElement<{
    type?: string | undefined;
    onClick?: (() => void) | undefined;
    title: string | undefined;
    className: string;
    'data-rr-status': import("janus-recroom/types/recording_state.js").RecordingStatus;
}, HTMLElement>;
export type RecordingIndicatorProps = {
    /**
     * false: without
     */
    clock?: boolean | undefined;
    /**
     * makes it a button
     */
    onClick?: (() => void) | undefined;
    className?: string | undefined;
};
