// SPDX-License-Identifier: MIT
// The door: who waits hears so; a host sees who does, and lets them in.

import { useLobby, useRoom } from 'janus-recroom-react/hooks';
import { createElement as h } from 'react';
import { Text, View } from 'react-native';

import { useLabels } from './context.js';
import { Button, rowOf, useSpoken } from './parts.js';
import { useTheme } from './theme.js';

/** @param {{styles?: {root?: import('./parts.js').ViewStyle, title?: import('./parts.js').TextStyle, row?: import('./parts.js').ViewStyle, name?: import('./parts.js').TextStyle, button?: import('./parts.js').ViewStyle, buttonText?: import('./parts.js').TextStyle}}} props */
export function Lobby({ styles = {} }) {
	const labels = useLabels(), theme = useTheme();
	const { isWaiting, reason, waiters, pending, admit, deny, admitAll } = useLobby();
	const { permissions } = useRoom();
	const text = { color: theme.text, fontSize: theme.textSize }, look = { style: styles.button, textStyle: styles.buttonText };
	const words = !isWaiting ? '' : reason === 'host' ? labels.waitingHost : labels.waitingLobby;

	useSpoken(words);
	if (isWaiting)
		return h(Text, { role: 'status', 'aria-live': 'polite', testID: 'rr-lobby', style: [text, styles.title] }, words);
	if (!permissions.canAdmit || !waiters.length)
		return null;
	return h(View, { role: 'region', 'aria-label': labels.lobby, testID: 'rr-lobby', style: [{ gap: theme.space / 2 }, styles.root] },
		h(Text, { role: 'heading', style: [text, { fontWeight: '600' }, styles.title] }, labels.lobby),
		waiters.map(({ id, display }) => {
			const name = display || labels.nameless;

			return h(View, { key: id, style: [rowOf(theme), styles.row] },
				h(Text, { style: [text, { flexGrow: 1 }, styles.name] }, name),
				h(Button, { ...look, label: labels.deny, name: `${labels.deny}: ${name}`, disabled: pending, onPress: () => { deny(id); } }),
				h(Button, { ...look, label: labels.admit, name: `${labels.admit}: ${name}`, tone: 'primary', disabled: pending, onPress: () => { admit(id); } }));
		}),
		waiters.length > 1 && h(Button, { ...look, label: labels.admitAll, disabled: pending, onPress: () => { admitAll(); } }));
}
