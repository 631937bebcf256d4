// SPDX-License-Identifier: MIT
// Small parts that several components use. role and aria-… are React Native's other names of accessibilityRole, accessibilityLabel and accessibilityState.

import { createElement as h, useEffect } from 'react';
import { AccessibilityInfo, Platform, Pressable, Text, View } from 'react-native';

import { useTheme } from './theme.js';

/** @typedef {import('react-native').StyleProp<import('react-native').ViewStyle>} ViewStyle */
/** @typedef {import('react-native').StyleProp<import('react-native').TextStyle>} TextStyle */
/** @typedef {import('./theme.js').Theme} Theme */

/** @type {Record<string, (theme: Theme) => [string, string]>} ground, text */
const TONES = { plain: ({ raised, text }) => [raised, text], primary: ({ accent, onAccent }) => [accent, onAccent], danger: ({ red, onRed }) => [red, onRed] };

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
export function Button({ label, name = label, onPress, tone = 'plain', disabled = false, busy = false, checked, node, style, textStyle }) {
	const theme = useTheme(), [ground, ink] = TONES[tone](theme);
	const isSwitch = checked !== undefined;

	return h(Pressable, { ref: node, role: isSwitch ? 'switch' : 'button', 'aria-label': name, 'aria-disabled': disabled, 'aria-busy': busy, ...isSwitch ? { 'aria-checked': checked } : {}, disabled, onPress,
		style: ({ pressed }) => [{
			minHeight: theme.touch, minWidth: theme.touch, paddingHorizontal: theme.space, borderRadius: theme.radius, borderWidth: 1, borderColor: theme.edge, backgroundColor: ground,
			alignItems: 'center', justifyContent: 'center', opacity: disabled || pressed ? 0.6 : 1,
		}, style] },
	h(Text, { style: [{ color: ink, fontSize: theme.textSize, fontWeight: '600' }, textStyle] }, label));
}

/** Buttons side by side, or below one another where there is no room. @param {Theme} theme @returns {import('react-native').ViewStyle} */
export const rowOf = (theme) => ({ flexDirection: 'row', flexWrap: 'wrap', alignItems: 'center', gap: theme.space / 2 });

/** @type {Record<string, (size: number, color: string) => import('react-native').ViewStyle>} */
const SHAPES = {
	recording: (size, color) => ({ width: size, height: size, borderRadius: size / 2, backgroundColor: color }),
	paused: (size, color) => ({ width: size * 0.8, height: size, borderStartWidth: size / 3.5, borderEndWidth: size / 3.5, borderColor: color }),
	completed: (size, color) => ({ width: size * 0.6, height: size, borderEndWidth: 3, borderBottomWidth: 3, borderColor: color, transform: [{ rotate: '45deg' }] }),
	failed: (size, color) => ({ width: 0, height: 0, borderLeftWidth: size * 0.6, borderRightWidth: size * 0.6, borderBottomWidth: size, borderLeftColor: 'transparent', borderRightColor: 'transparent', borderBottomColor: color }),
};
/** @param {number} size @param {string} color @returns {import('react-native').ViewStyle} */
const working = (size, color) => ({ width: size, height: size, borderRadius: size / 2, borderWidth: 3, borderColor: color });

/** A shape for each state, so that colour is not all there is: disc, bars, check, triangle; a ring while something is being done. @param {{status: string, color: string, style?: ViewStyle}} props */
export function StatusShape({ status, color, style }) {
	const { textSize } = useTheme();

	return h(View, { 'aria-hidden': true, importantForAccessibility: 'no', testID: `rr-shape-${status}`, style: [{ width: textSize * 1.25, height: textSize * 1.25, alignItems: 'center', justifyContent: 'center' }, style] },
		h(View, { style: (SHAPES[status] ?? working)(textSize, color) }));
}

/** @param {{percent: number | null, label: string, style?: ViewStyle, barStyle?: ViewStyle}} props */
export function Progress({ percent, label, style, barStyle }) {
	const { raised, accent } = useTheme();

	if (percent === null)
		return null;
	return h(View, { role: 'progressbar', 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.round(percent),
		style: [{ height: 6, minWidth: 80, borderRadius: 3, backgroundColor: raised, overflow: 'hidden' }, style] },
	h(View, { style: [{ height: 6, width: /** @type {`${number}%`} */ (`${percent}%`), backgroundColor: accent }, barStyle] }));
}

/** Read out: live regions are Android's and the web's; iOS is told. @param {string} words */
export function useSpoken(words) {
	useEffect(() => {
		if (words && Platform.OS === 'ios')
			AccessibilityInfo.announceForAccessibility(words);
	}, [words]);
}

/** What was just put on the screen is what is read next. @param {any} node */
export function focus(node) {
	if (node && Platform.OS === 'web')
		node.focus();
	else if (node)
		AccessibilityInfo.sendAccessibilityEvent(node, 'focus');
}

/**
 * `…ButtonProps` of the hooks for a Pressable of yours.
 * @param {{disabled?: boolean, onClick: () => void, 'aria-pressed'?: boolean}} buttonProps
 */
export function pressProps({ disabled = false, onClick, 'aria-pressed': isOn }) {
	return { role: /** @type {'button'} */ ('button'), disabled, 'aria-disabled': disabled, ...isOn === undefined ? {} : { 'aria-selected': isOn }, onPress: () => onClick() };
}
