// SPDX-License-Identifier: MIT
// What stands in the way just now, in words, and what can be done about it: a permission that was refused, a phone call, no network.

import { useRoom } from 'janus-recroom-react/hooks';
import { createElement as h } from 'react';
import { Text, View } from 'react-native';

import { useLabels, usePhone } from './context.js';
import { Button, rowOf, useSpoken } from './parts.js';
import { useTheme } from './theme.js';

/** @typedef {import('./platform.js').PermissionName} PermissionName */

/** @type {{name: PermissionName, label: 'cameraDenied' | 'microphoneDenied'}[]} */
const REFUSALS = [{ name: 'microphone', label: 'microphoneDenied' }, { name: 'camera', label: 'cameraDenied' }];

/** @param {{styles?: {root?: import('./parts.js').ViewStyle, row?: import('./parts.js').ViewStyle, text?: import('./parts.js').TextStyle, button?: import('./parts.js').ViewStyle, buttonText?: import('./parts.js').TextStyle}}} props */
export function PhoneNotice({ styles = {} }) {
	const labels = useLabels(), theme = useTheme();
	const { permissions, isInterrupted, isOffline, ask, openSettings } = usePhone();
	const { isReconnecting } = useRoom();
	const refused = REFUSALS.filter(({ name }) => permissions[name] === 'denied' || permissions[name] === 'blocked');
	/** @type {{words: string, name?: PermissionName, isBlocked?: boolean}[]} */
	const rows = [
		...refused.map(({ name, label }) => ({ words: labels[label], name, isBlocked: permissions[name] === 'blocked' })),
		...isInterrupted ? [{ words: labels.interrupted }] : [],
		...isOffline ? [{ words: labels.offline }] : isReconnecting ? [{ words: labels.reconnecting }] : [],
	];

	useSpoken(rows.map(({ words }) => words).join(' '));
	return h(View, { role: 'status', 'aria-live': 'polite', testID: 'rr-notice', style: [{ gap: theme.space / 2 }, styles.root] },
		rows.map(({ words, name, isBlocked }) => h(View, { key: words, style: [rowOf(theme), styles.row] },
			h(Text, { style: [{ color: theme.text, fontSize: theme.textSize, flexShrink: 1 }, styles.text] }, words),
			name && h(Button, { label: isBlocked ? labels.openSettings : labels.askAgain, name: `${isBlocked ? labels.openSettings : labels.askAgain}: ${labels[name]}`,
				onPress: () => { (isBlocked ? openSettings() : ask([name])); }, style: styles.button, textStyle: styles.buttonText }))));
}
