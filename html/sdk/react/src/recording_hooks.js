// SPDX-License-Identifier: MIT
// The recording of this call: as the server says it is, and what may be done with it.

import { isRunning } from 'janus-recroom';
import { useEffect, useState } from 'react';

import { useRecroom, useRoomValue } from './context.js';
import { useAsked, useRoom } from './room_hooks.js';

const RECORDING = /** @type {const} */ (['recording']), PENDING = /** @type {const} */ (['pending', 'recording']);
const TICK_MS = 250;

/** @returns {import('janus-recroom').RecordingState} */
function useRecordingState() {
	const { room } = useRecroom();

	return useRoomValue(room, RECORDING, () => room.recording.state);
}

/** Is this call being recorded right now? (Not while it is paused.) */
export function useIsRecording() {
	return useRecordingState().status === 'recording';
}

/**
 * State, actions, and props for buttons of yours. `isPending`: asked for, and not so yet. `canRecord`: the buttons may be shown.
 * @param {import('janus-recroom').StartOptions} [options] of a recording that is started
 */
export function useRecording(options) {
	const { room } = useRecroom();
	const { permissions, isConnected } = useRoom();
	const state = useRecordingState();
	const pending = useRoomValue(room, PENDING, () => room.recording.pending);
	const [startRecording] = useAsked((/** @type {import('janus-recroom').StartOptions | undefined} */ more) => room.recording.start({ ...options, ...more }));
	const [stopRecording] = useAsked(() => room.recording.stop());
	const [pauseRecording] = useAsked(() => room.recording.pause());
	const [resumeRecording] = useAsked(() => room.recording.resume());
	const isRecording = state.status === 'recording', isPaused = state.status === 'paused', runs = isRunning(state);
	const isPending = pending !== null || state.status === 'starting';
	const canRecord = permissions.canRecord;
	const common = { type: /** @type {'button'} */ ('button'), 'data-rr-status': state.status, disabled: !isConnected || !canRecord || isPending };

	return {
		status: state.status, isRecording, isPaused, isPending, pending, isRunning: runs, percent: state.percent, stage: state.stage, etaMs: state.etaMs,
		recordingId: state.recordingId, startedAt: state.startedAt, startedBy: state.startedBy, startedByName: state.startedByName, endsAt: state.endsAt, layout: state.layout, reason: state.reason,
		warning: state.warning, flags: state.flags, error: state.status === 'failed' ? state.reason ?? 'failed' : null, canRecord,
		startRecording, stopRecording, pauseRecording, resumeRecording,
		recordButtonProps: { ...common, 'aria-pressed': runs, onClick: () => { (runs ? stopRecording() : startRecording(undefined)); } },
		pauseButtonProps: { ...common, 'aria-pressed': isPaused, disabled: common.disabled || !runs, onClick: () => { (isPaused ? resumeRecording() : pauseRecording()); } },
	};
}

/** Recorded time in ms, for a clock; renders when the second changes. It is the server's, so a reload does not set it back. */
export function useRecordingClock() {
	const { room } = useRecroom();
	const { status } = useRecordingState();
	const [, setSecond] = useState(0);

	useEffect(() => {
		if (status !== 'recording')
			return undefined;
		const timer = setInterval(() => setSecond(Math.floor(room.recording.duration / 1000)), TICK_MS);

		return () => clearInterval(timer);
	}, [room, status]);
	return room.recording.duration;
}

/** Are we asked whether we may be recorded, and the answer. */
export function useConsent() {
	const { room } = useRecroom();
	const { consent, status } = useRecordingState();
	const [answer, pending] = useAsked((/** @type {boolean} */ agree) => room.recording.consent(agree));

	return { isNeeded: room.recording.needsConsent, state: consent?.you ?? null, policy: consent?.policy ?? null, text: consent?.text ?? '', url: consent?.url ?? '',
		pending, status, agree: () => answer(true), decline: () => answer(false) };
}
