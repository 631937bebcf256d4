/** @typedef {{root?: import('./parts.js').ViewStyle, picture?: import('./parts.js').ViewStyle, face?: import('./parts.js').ViewStyle, initial?: import('./parts.js').TextStyle, name?: import('./parts.js').TextStyle}} TileStyles */
/** @typedef {{participant: import('janus-recroom').Participant, source: string, styles?: TileStyles}} TileProps source: of the picture */
/**
 * Shows a track of a picture.
 * @param {{track: any, mirror?: boolean, fit?: 'contain' | 'cover', label?: string, style?: import('./parts.js').ViewStyle}} props
 */
export function Picture({ track, mirror, fit, label, style }: {
    track: any;
    mirror?: boolean;
    fit?: "contain" | "cover";
    label?: string;
    style?: import("./parts.js").ViewStyle;
}): import("react").CElement<import("react-native").ViewProps, View> | import("react").CElement<import("react-native-webrtc").RTCVideoViewProps, import("react").Component<import("react-native-webrtc").RTCVideoViewProps, {}, any> & import("react-native").NativeMethods>;
/** @param {TileProps} props */
export function ParticipantTile({ participant, source, styles }: TileProps): import("react").CElement<import("react-native").ViewProps, View>;
/** @param {{renderTile?: (tile: TileProps) => import('react').ReactNode, styles?: {root?: import('./parts.js').ViewStyle, tiles?: import('./parts.js').ViewStyle, tile?: TileStyles}}} props */
export function ParticipantGrid({ renderTile, styles }: {
    renderTile?: (tile: TileProps) => import("react").ReactNode;
    styles?: {
        root?: import("./parts.js").ViewStyle;
        tiles?: import("./parts.js").ViewStyle;
        tile?: TileStyles;
    };
}): import("react").CElement<import("react-native").ScrollViewProps, ScrollView>;
export type TileStyles = {
    root?: import("./parts.js").ViewStyle;
    picture?: import("./parts.js").ViewStyle;
    face?: import("./parts.js").ViewStyle;
    initial?: import("./parts.js").TextStyle;
    name?: import("./parts.js").TextStyle;
};
/**
 * source: of the picture
 */
export type TileProps = {
    participant: import("janus-recroom").Participant;
    source: string;
    styles?: TileStyles;
};
import { View } from 'react-native';
import { ScrollView } from 'react-native';
