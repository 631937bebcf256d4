/**
 * @typedef {object} RecordingIndicatorProps
 * @property {boolean} [clock] false: without
 * @property {() => void} [onPress] makes it a button
 * @property {{root?: import('./parts.js').ViewStyle, shape?: import('./parts.js').ViewStyle, word?: import('./parts.js').TextStyle, clock?: import('./parts.js').TextStyle, progress?: import('./parts.js').ViewStyle}} [styles]
 */
/** @param {RecordingIndicatorProps} props */
export function RecordingIndicator({ clock, onPress, styles }: RecordingIndicatorProps): import("react").FunctionComponentElement<import("react-native").PressableProps & import("react").RefAttributes<View>> | import("react").CElement<import("react-native").ViewProps, View>;
export type RecordingIndicatorProps = {
    /**
     * false: without
     */
    clock?: boolean | undefined;
    /**
     * makes it a button
     */
    onPress?: (() => void) | undefined;
    styles?: {
        root?: import("./parts.js").ViewStyle;
        shape?: import("./parts.js").ViewStyle;
        word?: import("./parts.js").TextStyle;
        clock?: import("./parts.js").TextStyle;
        progress?: import("./parts.js").ViewStyle;
    } | undefined;
};
import { View } from 'react-native';
