/** @param {{source: 'audio' | 'video' | 'screen', styles?: {button?: import('./parts.js').ViewStyle, buttonText?: import('./parts.js').TextStyle}}} props */
export function TrackToggle({ source, styles }: {
    source: "audio" | "video" | "screen";
    styles?: {
        button?: import("./parts.js").ViewStyle;
        buttonText?: import("./parts.js").TextStyle;
    };
}): import("react").FunctionComponentElement<import("./parts.js").ButtonProps>;
