/**
 * @typedef {object} ButtonProps
 * @property {string} label what stands on it
 * @property {string} [name] what it is called, where that is more
 * @property {() => void} onPress
 * @property {'plain' | 'primary' | 'danger'} [tone]
 * @property {boolean} [disabled]
 * @property {boolean} [busy]
 * @property {boolean} [checked] makes it a switch
 * @property {import('react').Ref<any>} [node]
 * @property {ViewStyle} [style]
 * @property {TextStyle} [textStyle]
 */
/** @param {ButtonProps} props */
export function Button({ label, name, onPress, tone, disabled, busy, checked, node, style, textStyle }: ButtonProps): import("react").FunctionComponentElement<import("react-native").PressableProps & import("react").RefAttributes<View>>;
/** A shape for each state, so that colour is not all there is: disc, bars, check, triangle; a ring while something is being done. @param {{status: string, color: string, style?: ViewStyle}} props */
export function StatusShape({ status, color, style }: {
    status: string;
    color: string;
    style?: ViewStyle;
}): import("react").CElement<import("react-native").ViewProps, View>;
/** @param {{percent: number | null, label: string, style?: ViewStyle, barStyle?: ViewStyle}} props */
export function Progress({ percent, label, style, barStyle }: {
    percent: number | null;
    label: string;
    style?: ViewStyle;
    barStyle?: ViewStyle;
}): import("react").CElement<import("react-native").ViewProps, View> | null;
/** Read out: live regions are Android's and the web's; iOS is told. @param {string} words */
export function useSpoken(words: string): void;
/** What was just put on the screen is what is read next. @param {any} node */
export function focus(node: any): void;
/**
 * `…ButtonProps` of the hooks for a Pressable of yours.
 * @param {{disabled?: boolean, onClick: () => void, 'aria-pressed'?: boolean}} buttonProps
 */
export function pressProps({ disabled, onClick, "aria-pressed": isOn }: {
    disabled?: boolean;
    onClick: () => void;
    "aria-pressed"?: boolean;
}): {
    onPress: () => void;
    'aria-selected'?: boolean | undefined;
    role: "button";
    disabled: boolean;
    'aria-disabled': boolean;
};
export function rowOf(theme: Theme): import("react-native").ViewStyle;
export type ButtonProps = {
    /**
     * what stands on it
     */
    label: string;
    /**
     * what it is called, where that is more
     */
    name?: string | undefined;
    onPress: () => void;
    tone?: "plain" | "primary" | "danger" | undefined;
    disabled?: boolean | undefined;
    busy?: boolean | undefined;
    /**
     * makes it a switch
     */
    checked?: boolean | undefined;
    node?: import("react").Ref<any> | undefined;
    style?: ViewStyle;
    textStyle?: TextStyle;
};
export type ViewStyle = import("react-native").StyleProp<import("react-native").ViewStyle>;
export type TextStyle = import("react-native").StyleProp<import("react-native").TextStyle>;
export type Theme = import("./theme.js").Theme;
import { View } from 'react-native';
