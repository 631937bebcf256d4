// SPDX-License-Identifier: MIT
// Record, Stop, Pause, Resume, for those who may. Stopping asks once, starting does not. For buttons of yours see useRecording and pressProps.

import { useRecording, useRoom } from 'janus-recroom-react/hooks';
import { createElement as h, useEffect, useRef, useState } from 'react';
import { Text, View } from 'react-native';

import { useLabels } from './context.js';
import { Button, focus, rowOf } from './parts.js';
import { useTheme } from './theme.js';

/**
 * @typedef {object} RecordingControlsProps
 * @property {boolean} [confirmStop] false: stop without asking
 * @property {import('janus-recroom').StartOptions} [options] of a recording that is started
 * @property {{root?: import('./parts.js').ViewStyle, button?: import('./parts.js').ViewStyle, buttonText?: import('./parts.js').TextStyle, question?: import('./parts.js').TextStyle}} [styles]
 */

/** @param {RecordingControlsProps} props */
export function RecordingControls({ confirmStop = true, options, styles = {} }) {
	const labels = useLabels(), theme = useTheme();
	const { isConnected } = useRoom();
	const { isRunning, isPaused, isPending, canRecord, startRecording, stopRecording, pauseRecording, resumeRecording } = useRecording(options);
	const [asks, setAsks] = useState(false);
	const stop = useRef(null);
	const look = { style: styles.button, textStyle: styles.buttonText }, disabled = !isConnected || isPending;

	useEffect(() => {
		if (!isRunning)
			setAsks(false);                // stopped by somebody else
	}, [isRunning]);
	useEffect(() => {
		if (asks)
			focus(stop.current);
	}, [asks]);
	if (!canRecord)
		return null;
	const onRecord = () => (!isRunning ? startRecording(undefined) : confirmStop ? setAsks(true) : stopRecording());
	const sure = () => {
		setAsks(false);
		stopRecording();
	};

	return h(View, { role: 'group', 'aria-label': labels.recordingControls, testID: 'rr-controls', onAccessibilityEscape: () => setAsks(false), style: [rowOf(theme), styles.root] },
		asks ? [
			h(Text, { key: 'sure', style: [{ color: theme.text, fontSize: theme.textSize }, styles.question] }, labels.stopSure),
			h(Button, { ...look, key: 'yes', node: stop, label: labels.stop, tone: 'danger', disabled, onPress: sure }),
			h(Button, { ...look, key: 'no', label: labels.keepRecording, onPress: () => setAsks(false) }),
		] : [
			h(Button, { ...look, key: 'record', label: isRunning ? labels.stop : labels.record, tone: isRunning ? 'danger' : 'plain', disabled, busy: isPending, onPress: onRecord }),
			isRunning && h(Button, { ...look, key: 'pause', label: isPaused ? labels.resume : labels.pause, disabled, busy: isPending, onPress: () => { (isPaused ? resumeRecording() : pauseRecording()); } }),
		]);
}
