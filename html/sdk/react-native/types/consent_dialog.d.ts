/** @param {{onAnswer?: (agreed: boolean) => void, styles?: {shade?: import('./parts.js').ViewStyle, root?: import('./parts.js').ViewStyle, title?: import('./parts.js').TextStyle, text?: import('./parts.js').TextStyle, button?: import('./parts.js').ViewStyle, buttonText?: import('./parts.js').TextStyle}}} props */
export function ConsentDialog({ onAnswer, styles }: {
    onAnswer?: (agreed: boolean) => void;
    styles?: {
        shade?: import("./parts.js").ViewStyle;
        root?: import("./parts.js").ViewStyle;
        title?: import("./parts.js").TextStyle;
        text?: import("./parts.js").TextStyle;
        button?: import("./parts.js").ViewStyle;
        buttonText?: import("./parts.js").TextStyle;
    };
}): import("react").CElement<import("react-native").ModalProps, Modal> | null;
import { Modal } from 'react-native';
