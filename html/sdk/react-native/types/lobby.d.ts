/** @param {{styles?: {root?: import('./parts.js').ViewStyle, title?: import('./parts.js').TextStyle, row?: import('./parts.js').ViewStyle, name?: import('./parts.js').TextStyle, button?: import('./parts.js').ViewStyle, buttonText?: import('./parts.js').TextStyle}}} props */
export function Lobby({ styles }: {
    styles?: {
        root?: import("./parts.js").ViewStyle;
        title?: import("./parts.js").TextStyle;
        row?: import("./parts.js").ViewStyle;
        name?: import("./parts.js").TextStyle;
        button?: import("./parts.js").ViewStyle;
        buttonText?: import("./parts.js").TextStyle;
    };
}): import("react").CElement<import("react-native").TextProps, Text> | import("react").CElement<import("react-native").ViewProps, View> | null;
import { Text } from 'react-native';
import { View } from 'react-native';
