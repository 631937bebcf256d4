// SPDX-License-Identifier: MIT
// The sign that this call is recorded, for everybody: word, shape and colour, never blinking, and the clock. It keeps its place while there is nothing to show. That it
// changes is RecordingStatus' to say: a running clock must not be in a live region.

import { clockText, STATUS_LABELS, useRecording, useRecordingClock } from 'janus-recroom-react/hooks';
import { createElement as h } from 'react';
import { Pressable, Text, View } from 'react-native';

import { useLabels } from './context.js';
import { Progress, StatusShape } from './parts.js';
import { useTheme } from './theme.js';

/**
 * @typedef {object} RecordingIndicatorProps
 * @property {boolean} [clock] false: without
 * @property {() => void} [onPress] makes it a button
 * @property {{root?: import('./parts.js').ViewStyle, shape?: import('./parts.js').ViewStyle, word?: import('./parts.js').TextStyle, clock?: import('./parts.js').TextStyle, progress?: import('./parts.js').ViewStyle}} [styles]
 */

/** @param {RecordingIndicatorProps} props */
export function RecordingIndicator({ clock = true, onPress, styles = {} }) {
	const labels = useLabels(), theme = useTheme();
	const { status, percent, isRunning } = useRecording();
	const duration = useRecordingClock();
	const word = STATUS_LABELS[status], color = status === 'recording' || status === 'failed' ? theme.red : theme.text;
	const style = [/** @type {const} */ ({ flexDirection: 'row', alignItems: 'center', gap: theme.space / 2, minHeight: theme.touch }), styles.root];

	if (!word)
		return h(View, { testID: 'rr-indicator', 'aria-hidden': true, style });
	const parts = [
		h(StatusShape, { key: 'shape', status, color, style: styles.shape }),
		h(Text, { key: 'word', testID: 'rr-word', style: [{ color, fontSize: theme.textSize, fontWeight: '600' }, styles.word] }, labels[word]),
		clock && isRunning && h(Text, { key: 'clock', role: 'timer', 'aria-live': 'off', testID: 'rr-clock', style: [{ color: theme.text, fontSize: theme.textSize, fontVariant: ['tabular-nums'] }, styles.clock] }, clockText(duration)),
		h(Progress, { key: 'progress', percent: status === 'processing' || status === 'uploading' ? percent : null, label: labels.progress, style: styles.progress }),
	];

	return onPress ? h(Pressable, { role: 'button', 'aria-label': labels[word], testID: 'rr-indicator', onPress, style }, parts) : h(View, { testID: 'rr-indicator', style }, parts);
}
