// SPDX-License-Identifier: MIT
// The sign that this call is recorded, for everybody: word, shape and colour, never blinking, and the clock. It keeps its width, so that nothing moves when
// it appears. What it says when it changes is RecordingStatus' to announce: a running clock must not be in a live region.

import { createElement as h } from 'react';

import { useLabels } from './context.js';
import { clockText, STATUS_LABELS } from './labels.js';
import { classes, Progress, StatusShape } from './parts.js';
import { useRecording, useRecordingClock } from './recording_hooks.js';

/**
 * @typedef {object} RecordingIndicatorProps
 * @property {boolean} [clock] false: without
 * @property {() => void} [onClick] makes it a button
 * @property {string} [className]
 */

/** @param {RecordingIndicatorProps} props */
export function RecordingIndicator({ clock = true, onClick, className }) {
	const labels = useLabels();
	const { status, percent, isRunning, startedByName } = useRecording();
	const duration = useRecordingClock();
	const word = STATUS_LABELS[status];
	const common = { className: classes('rr-indicator', className), 'data-rr-status': status };

	if (!word)
		return h('span', { ...common, 'aria-hidden': true });
	return h(onClick ? 'button' : 'span', { ...common, title: isRunning && startedByName ? `${labels.startedBy} ${startedByName}` : undefined, ...onClick ? { type: 'button', onClick } : {} },
		h(StatusShape, { status }),
		h('span', { className: 'rr-word' }, labels[word]),
		clock && isRunning && h('time', { className: 'rr-clock', 'aria-live': 'off', dateTime: `PT${Math.floor(duration / 1000)}S` }, clockText(duration)),
		h(Progress, { percent: status === 'processing' || status === 'uploading' ? percent : null, label: labels.progress }));
}
