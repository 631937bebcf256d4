/** @param {{styles?: {root?: import('./parts.js').ViewStyle, row?: import('./parts.js').ViewStyle, text?: import('./parts.js').TextStyle, button?: import('./parts.js').ViewStyle, buttonText?: import('./parts.js').TextStyle}}} props */
export function PhoneNotice({ styles }: {
    styles?: {
        root?: import("./parts.js").ViewStyle;
        row?: import("./parts.js").ViewStyle;
        text?: import("./parts.js").TextStyle;
        button?: import("./parts.js").ViewStyle;
        buttonText?: import("./parts.js").TextStyle;
    };
}): import("react").CElement<import("react-native").ViewProps, View>;
export type PermissionName = import("./platform.js").PermissionName;
import { View } from 'react-native';
