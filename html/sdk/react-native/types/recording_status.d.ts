/** @param {{visible?: boolean, styles?: {root?: import('./parts.js').ViewStyle, said?: import('./parts.js').TextStyle, alert?: import('./parts.js').TextStyle}}} props */
export function RecordingStatus({ visible, styles }: {
    visible?: boolean;
    styles?: {
        root?: import("./parts.js").ViewStyle;
        said?: import("./parts.js").TextStyle;
        alert?: import("./parts.js").TextStyle;
    };
}): import("react").CElement<import("react-native").ViewProps, View>;
import { View } from 'react-native';
