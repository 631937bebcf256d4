/**
 * @typedef {object} RecordingControlsProps
 * @property {boolean} [confirmStop] false: stop without asking
 * @property {import('janus-recroom').StartOptions} [options] of a recording that is started
 * @property {{root?: import('./parts.js').ViewStyle, button?: import('./parts.js').ViewStyle, buttonText?: import('./parts.js').TextStyle, question?: import('./parts.js').TextStyle}} [styles]
 */
/** @param {RecordingControlsProps} props */
export function RecordingControls({ confirmStop, options, styles }: RecordingControlsProps): import("react").CElement<import("react-native").ViewProps, View> | null;
export type RecordingControlsProps = {
    /**
     * false: stop without asking
     */
    confirmStop?: boolean | undefined;
    /**
     * of a recording that is started
     */
    options?: import("janus-recroom/types/recording.js").StartOptions | undefined;
    styles?: {
        root?: import("./parts.js").ViewStyle;
        button?: import("./parts.js").ViewStyle;
        buttonText?: import("./parts.js").TextStyle;
        question?: import("./parts.js").TextStyle;
    } | undefined;
};
import { View } from 'react-native';
