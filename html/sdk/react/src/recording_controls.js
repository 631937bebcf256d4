// SPDX-License-Identifier: MIT
// Record, Stop, Pause, Resume, for those who may. Stopping asks once, starting does not. For buttons of yours see useRecording.

import { createElement as h, useEffect, useRef, useState } from 'react';

import { useLabels } from './context.js';
import { classes } from './parts.js';
import { useRecording } from './recording_hooks.js';

/**
 * @typedef {object} RecordingControlsProps
 * @property {boolean} [confirmStop] false: stop without asking
 * @property {import('janus-recroom').StartOptions} [options] of a recording that is started
 * @property {string} [className]
 */

/** @param {RecordingControlsProps} props */
export function RecordingControls({ confirmStop = true, options, className }) {
	const labels = useLabels();
	const recording = useRecording(options);
	const [asks, setAsks] = useState(false);
	const stop = useRef(/** @type {HTMLButtonElement | null} */ (null));
	const { isRunning, isPaused, recordButtonProps, pauseButtonProps } = recording;

	useEffect(() => {
		if (!isRunning)
			setAsks(false);                // stopped by somebody else
	}, [isRunning]);
	useEffect(() => {
		if (asks)
			stop.current?.focus();
	}, [asks]);
	if (!recording.canRecord)
		return null;
	const onRecord = () => (isRunning && confirmStop ? setAsks(true) : recordButtonProps.onClick());
	const sure = () => {
		setAsks(false);
		recording.stopRecording();
	};

	return h('div', { className: classes('rr-controls', className), role: 'group', 'aria-label': labels.recordingControls, 'data-rr-status': recording.status,
		onKeyDown: (/** @type {any} */ { key }) => key === 'Escape' && setAsks(false) },
	asks ? [
		h('span', { key: 'sure', className: 'rr-question' }, labels.stopSure),
		h('button', { key: 'yes', ref: stop, type: 'button', className: 'rr-button rr-danger', onClick: sure }, labels.stop),
		h('button', { key: 'no', type: 'button', className: 'rr-button', onClick: () => setAsks(false) }, labels.keepRecording),
	] : [
		h('button', { key: 'record', ...recordButtonProps, 'aria-pressed': undefined, className: classes('rr-button rr-record', isRunning && 'rr-danger'), onClick: onRecord },
			isRunning ? labels.stop : labels.record),
		isRunning && h('button', { key: 'pause', ...pauseButtonProps, 'aria-pressed': undefined, className: 'rr-button rr-pause' }, isPaused ? labels.resume : labels.pause),
	]);
}
