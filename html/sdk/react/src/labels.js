// SPDX-License-Identifier: MIT
// Every word that a component shows or says. `labels` of the provider replaces any of them.

export const LABELS = {
	record: 'Record',
	stop: 'Stop',
	stopSure: 'Stop recording?',
	keepRecording: 'Keep recording',
	pause: 'Pause',
	resume: 'Resume',
	recordingControls: 'Recording',

	statusStarting: 'Starting…',
	statusRecording: 'Recording',
	statusPaused: 'Recording paused',
	statusProcessing: 'Processing',
	statusUploading: 'Storing',
	statusCompleted: 'Recording ready',
	statusFailed: 'Recording failed',
	statusDeleting: 'Being deleted',
	progress: 'Progress of the recording',
	startedBy: 'Started by',

	saidStarted: 'Recording has started.',
	saidAsked: 'Recording has started, of those who agree.',
	saidInProgress: 'This call is being recorded.',
	saidPaused: 'Recording is paused.',
	saidResumed: 'Recording goes on.',
	saidStopped: 'Recording has stopped. It is being processed.',
	saidCompleted: 'The recording is ready.',
	saidFailed: 'The recording could not be finished.',
	saidDegraded: 'Part of the recording is damaged.',

	consentTitle: 'May you be recorded?',
	consentText: 'The host wants to record this call. Until you agree, nothing of you is kept.',
	consentMore: 'Learn more',
	consentYes: 'Agree',
	consentNo: 'Do not record me',

	waitingHost: 'The call has not begun. You come in by yourself when the host does.',
	waitingLobby: 'Please wait until a host lets you in.',
	lobby: 'Waiting to come in',
	admit: 'Admit',
	deny: 'Turn away',
	admitAll: 'Admit all',
	nameless: 'Somebody',

	you: 'you',
	host: 'Host',
	muted: 'muted',
	screenOf: 'Screen of',
	participants: 'People in this call',
	playSound: 'Play sound',

	recordings: 'Recordings',
	refresh: 'Refresh',
	more: 'Show more',
	empty: 'Nothing has been recorded in this room.',
	loading: 'Loading…',
	download: 'Download',
	play: 'Play',
	remove: 'Delete',
	removeSure: 'Delete for everybody?',
	removeNot: 'Keep',
	untitled: 'Recording of',
};

/** @typedef {typeof LABELS} Labels */

/** @type {Record<import('janus-recroom').RecordingStatus, keyof Labels | null>} */
export const STATUS_LABELS = {
	idle: null, starting: 'statusStarting', recording: 'statusRecording', paused: 'statusPaused', processing: 'statusProcessing', uploading: 'statusUploading',
	completed: 'statusCompleted', failed: 'statusFailed', deleting: 'statusDeleting',
};

/** h:mm:ss, or m:ss in the first hour. @param {number} ms */
export function clockText(ms) {
	const s = Math.floor(Math.max(0, ms) / 1000);
	const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
	const minutes = Math.floor(s / 60) % 60, hours = Math.floor(s / 3600);

	return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** @param {number} bytes */
export function sizeText(bytes) {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));

	return `${(bytes / 1000 ** power).toFixed(power > 1 ? 1 : 0)} ${units[power]}`;
}
