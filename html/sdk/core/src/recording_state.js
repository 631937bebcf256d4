// SPDX-License-Identifier: MIT
// What is known of the recording of this call, as a value; how the server's words change it, as functions. No clock, no network: `now` is handed in.
//
//   idle → starting → recording ⇄ paused → processing → uploading → completed | failed → deleting      a new recording begins at `starting` again
//
// Events that count are numbered (`seq`), and each is taken once. Those that are told again and again (recordingstatus, recordingprogress) have no number:
// they may come late, and lead to nothing that was already over.

/** @typedef {'idle' | 'starting' | 'recording' | 'paused' | 'processing' | 'uploading' | 'completed' | 'failed' | 'deleting'} RecordingStatus */
/** @typedef {'untold' | 'told' | 'agreed' | 'declined' | 'left_out'} ConsentState */
/** @typedef {{policy: 'notice' | 'require', text: string, url: string, you: ConsentState}} Consent */

/**
 * @typedef {object} RecordingState
 * @property {RecordingStatus} status
 * @property {string} recordingId '' when there is none
 * @property {number | null} startedAt ms since 1970
 * @property {string | null} startedBy a participant; null: the room's configuration, or an application from outside
 * @property {string | null} startedByName what they were called then; they may have left since
 * @property {number} duration ms recorded, when it was last said
 * @property {number} elapsed the same with pauses
 * @property {number} saidAt when that was, on the platform's clock
 * @property {number | null} percent 0..100 in processing and uploading
 * @property {string | null} stage what the server is about
 * @property {number | null} etaMs time left; null: not known
 * @property {string[]} flags interrupted, degraded, repaired, erased
 * @property {string | null} reason why it stopped or failed
 * @property {string | null} warning of the last recordingdegraded: disk, disk_low, tracks, quota
 * @property {number} bytes
 * @property {number} tracks
 * @property {number | null} endsAt when it ends by itself, ms since 1970
 * @property {string | null} layout
 * @property {string | null} url for those who may download, relative to the server
 * @property {Consent | null} consent
 * @property {number} seq of the last event taken
 */

/** @type {RecordingState} */
export const IDLE = Object.freeze({
	status: 'idle', recordingId: '', startedAt: null, startedBy: null, startedByName: null, duration: 0, elapsed: 0, saidAt: 0, percent: null, stage: null, etaMs: null, flags: [], reason: null,
	warning: null, bytes: 0, tracks: 0, endsAt: null, layout: null, url: null, consent: null, seq: 0,
});

/** @type {Record<RecordingStatus, number>} How far it is. */
const RANK = { idle: 0, starting: 1, recording: 2, paused: 2, processing: 3, uploading: 4, completed: 5, failed: 5, deleting: 6 };

/** @type {Record<string, RecordingStatus>} */
const STATUS_OF = {
	recordingstarting: 'starting', recordingstarted: 'recording', recordingpaused: 'paused', recordingresumed: 'recording', recordingstopped: 'processing',
	recordingcompleted: 'completed', recordingfailed: 'failed', recordingdeleted: 'deleting',
};
const BEGINS = new Set(['recordingstarting', 'recordingstarted', 'recordingpaused', 'recordingresumed', 'recordingstatus']);

/** The call is being recorded, or is about to be, or will be again. @param {RecordingState} state */
export const isRunning = ({ status }) => status === 'starting' || status === 'recording' || status === 'paused';

/** It is being made into a file. @param {RecordingState} state */
export const isBeingMade = ({ status }) => status === 'processing' || status === 'uploading';

/** Recorded time, by the server's last word and the time since. @param {RecordingState} state @param {number} now */
export function durationAt(state, now) {
	return state.duration + (state.status === 'recording' ? Math.max(0, now - state.saidAt) : 0);
}

/** The same with pauses. @param {RecordingState} state @param {number} now */
export function elapsedAt(state, now) {
	return state.elapsed + (state.status === 'recording' || state.status === 'paused' ? Math.max(0, now - state.saidAt) : 0);
}

/** @param {Record<string, any>} said @param {Consent | null} before @returns {Consent | null} */
function consentOf(said, before) {
	if (typeof said.consent !== 'string')
		return before;
	const you = said.excluded ? 'left_out' : before && before.you !== 'untold' && before.you !== 'left_out' ? before.you : 'told';

	return { policy: said.consent === 'require' ? 'require' : 'notice', text: said.consentText ?? '', url: said.consentUrl ?? '', you };
}

/** Time stands still but in `recording`: what the clock showed is kept when it stops. @param {RecordingState} state @param {RecordingStatus} status @param {number} now */
function move(state, status, now) {
	const made = status === 'processing' || status === 'uploading';
	const percent = made ? (status === state.status ? state.percent : 0) : status === 'completed' ? 100 : null;

	return { ...state, status, duration: durationAt(state, now), elapsed: elapsedAt(state, now), saidAt: now, percent,
		...made ? {} : { stage: null, etaMs: null } };
}

/** Times and sizes, as far as they are said. @param {RecordingState} state @param {Record<string, any>} said @param {number} now */
function measure(state, said, now) {
	const next = { ...state };

	if (typeof said.duration === 'number')
		Object.assign(next, { duration: said.duration, elapsed: said.elapsed ?? Math.max(said.duration, elapsedAt(state, now)), saidAt: now });
	for (const name of /** @type {const} */ (['startedBy', 'startedByName', 'layout']))
		if (typeof said[name] === 'string')
			next[name] = said[name];
	for (const name of /** @type {const} */ (['startedAt', 'bytes', 'tracks', 'endsAt']))
		if (typeof said[name] === 'number')
			next[name] = said[name];
	return next;
}

/** @param {RecordingState} state @param {Record<string, any>} event @param {number} now */
function onProgress(state, event, now) {
	// live mixing goes on while the call is recorded, and other outputs are made of what is completed: neither is this recording's percent
	if (event.recordingId !== state.recordingId || !isBeingMade(state) || (event.outputId ?? 1) !== 1)
		return state;
	const next = event.stage === 'uploading' && state.status === 'processing' ? move(state, 'uploading', now) : state;

	return { ...next, percent: event.percent ?? next.percent, stage: event.stage ?? null, etaMs: event.etaMs >= 0 ? event.etaMs : null };
}

/** @param {RecordingState} state @param {Record<string, any>} event @param {number} now */
function onStatus(state, event, now) {
	return RANK[state.status] > RANK.paused ? state : { ...measure(move(state, event.status, now), event, now) };
}

/** @param {RecordingState} state @param {Record<string, any>} event */
function onConsent(state, event) {
	if (!state.consent || state.consent.you === event.state)
		return state;
	return { ...state, consent: { ...state.consent, you: event.state } };
}

/** @param {RecordingState} state @param {Record<string, any>} event @param {number} now */
function onNumbered(state, event, now) {
	if (event.seq && event.seq <= state.seq)
		return state;                          // told twice
	const status = STATUS_OF[event.event];
	const next = measure(status ? move(state, status, now) : { ...state }, event, now);

	next.seq = event.seq || state.seq;
	next.consent = consentOf(event, state.consent);
	if (event.event === 'recordingdegraded')
		Object.assign(next, { warning: event.reason ?? null, flags: event.reason === 'disk' || event.reason === 'tracks' ? withFlag(state.flags, 'degraded') : state.flags });
	if (event.event === 'recordingstopped' || event.event === 'recordingfailed')
		next.reason = event.reason ?? null;
	if (event.event === 'recordingcompleted')
		next.url = event.url ?? null;
	if (event.event === 'layoutchanged')
		next.layout = event.layout ?? null;
	return next;
}

/** @param {string[]} flags @param {string} flag */
function withFlag(flags, flag) {
	return flags.includes(flag) ? flags : [...flags, flag];
}

/**
 * What an event of the room makes of it. Events of other recordings change nothing, unless one begins when none runs.
 * @param {RecordingState} state
 * @param {Record<string, any>} event
 * @param {number} now
 * @returns {RecordingState}
 */
export function onEvent(state, event, now) {
	let from = state;

	if (event.recordingId !== state.recordingId) {
		if (!BEGINS.has(event.event) || (isRunning(state) && event.event === 'recordingstatus'))
			return state;
		from = { ...IDLE, recordingId: event.recordingId, saidAt: now };
	}
	if (event.event === 'recordingstatus')
		return onStatus(from, event, now);
	if (event.event === 'recordingprogress')
		return onProgress(from, event, now);
	if (event.event === 'consentchanged')
		return onConsent(from, event);
	return onNumbered(from, event, now);
}

/**
 * What the server said when it was asked: the truth, whatever we thought. Of `recording_status`, of `recording` in the answer to join, of REST; null: none runs.
 * @param {RecordingState} state
 * @param {Record<string, any> | null} said
 * @param {number} now
 * @returns {RecordingState}
 */
export function onTruth(state, said, now) {
	if (!said?.recordingId)
		return isRunning(state) ? { ...IDLE, recordingId: state.recordingId, seq: state.seq, saidAt: now } : state;
	const from = said.recordingId === state.recordingId ? state : { ...IDLE, recordingId: said.recordingId };
	const next = measure({ ...from, status: said.status, saidAt: now }, said, now);

	next.percent = isBeingMade(next) ? said.progress?.percent ?? (from.status === next.status ? from.percent : 0) : next.status === 'completed' ? 100 : null;
	next.stage = isBeingMade(next) ? said.progress?.stage ?? null : null;
	next.etaMs = isBeingMade(next) && said.progress?.etaMs >= 0 ? said.progress.etaMs : null;
	next.consent = consentOf(said, from.consent);
	if (next.consent && said.consents)
		next.consent = { ...next.consent, policy: said.consents.policy ?? next.consent.policy, you: said.consents.you ?? next.consent.you };
	for (const name of /** @type {const} */ (['flags', 'reason', 'url']))
		if (said[name] !== undefined)
			Object.assign(next, { [name]: said[name] });
	return next;
}

/**
 * The answer to start, stop, pause, resume: the truth, unless an event has overtaken it that leads further.
 * @param {RecordingState} state
 * @param {Record<string, any>} said
 * @param {number} now
 * @returns {RecordingState}
 */
export function onAnswer(state, said, now) {
	const isLate = said.recordingId === state.recordingId && RANK[state.status] > RANK[/** @type {RecordingStatus} */ (said.status)];

	return isLate ? state : onTruth(state, said, now);
}
