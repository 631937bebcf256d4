/**
 * @typedef {object} RecordingControlsProps
 * @property {boolean} [confirmStop] false: stop without asking
 * @property {import('janus-recroom').StartOptions} [options] of a recording that is started
 * @property {string} [className]
 */
/** @param {RecordingControlsProps} props */
export function RecordingControls({ confirmStop, options, className }: RecordingControlsProps): import("react").DetailedReactHTMLElement<{
    className: string;
    role: "group";
    'aria-label': string;
    'data-rr-status': import("janus-recroom/types/recording_state.js").RecordingStatus;
    onKeyDown: ({ key }: any) => false | void;
}, HTMLElement> | null;
export type RecordingControlsProps = {
    /**
     * false: stop without asking
     */
    confirmStop?: boolean | undefined;
    /**
     * of a recording that is started
     */
    options?: import("janus-recroom/types/recording.js").StartOptions | undefined;
    className?: string | undefined;
};
