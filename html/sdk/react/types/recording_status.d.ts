/** Visible if you style it so; without a style sheet it is a line of text. @param {{visible?: boolean, className?: string}} props */
export function RecordingStatus({ visible, className }: {
    visible?: boolean;
    className?: string;
}): import("react").DetailedReactHTMLElement<{
    className: string;
    'data-rr-status': import("janus-recroom/types/recording_state.js").RecordingStatus;
}, HTMLElement>;
