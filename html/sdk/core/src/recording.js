// SPDX-License-Identifier: MIT
// The recording of this call: state as the server tells it, and what a host does with it. What is shown changes when the server says so, not when a button
// was pressed; in between there is `pending`.

import { Emitter } from './events.js';
import { durationAt, elapsedAt, IDLE, isBeingMade, isRunning, onAnswer, onEvent, onTruth } from './recording_state.js';

/** @typedef {import('./recording_state.js').RecordingState} RecordingState */
/** @typedef {'start' | 'stop' | 'pause' | 'resume' | null} Pending */

/**
 * @typedef {object} StartOptions
 * @property {string} [title]
 * @property {string} [layout] grid, speaker, presentation, single, audio, custom
 * @property {string} [focus]
 * @property {object[]} [regions]
 * @property {(string | object)[]} [outputs]
 * @property {string[]} [exclude] ids and identities of people to leave out
 * @property {unknown} [custom] anything of yours, up to 4096 bytes of JSON
 */

/**
 * @typedef {object} RecordingEvents
 * @property {RecordingState} change
 * @property {Pending} pending
 */

const LOOKS_MS = [500, 1000, 2000, 4000, 8000, 16_000];

/** @extends {Emitter<RecordingEvents>} */
export class Recording extends Emitter {
	#room;
	#platform;
	/** @type {RecordingState} */
	#state = IDLE;
	/** @type {Pending} */
	#pending = null;
	/** The call that it is of: an answer that comes after its end says nothing of the next. */
	#call = 0;
	/** Ends the wait for another look. */
	#cancel = () => {};

	/**
	 * @hidden made by a room
	 * @param {import('./room.js').RoomLink} room
	 * @param {import('./platform.js').Platform} platform
	 */
	constructor(room, platform) {
		super();
		this.#room = room;
		this.#platform = platform;
	}

	/** Do not change it: another object comes with each change. */
	get state() { return this.#state; }
	get status() { return this.#state.status; }
	get id() { return this.#state.recordingId; }
	get isRecording() { return this.#state.status === 'recording'; }
	get isPaused() { return this.#state.status === 'paused'; }
	/** What was asked for, until it is answered. */
	get pending() { return this.#pending; }
	get isPending() { return this.#pending !== null || this.#state.status === 'starting'; }
	/** ms recorded so far, pauses left out: what a clock shows, also after a reload. */
	get duration() { return durationAt(this.#state, this.#platform.now()); }
	/** ms since the start, with pauses. */
	get elapsed() { return elapsedAt(this.#state, this.#platform.now()); }
	/** Somebody asks us whether we may be recorded. */
	get needsConsent() {
		const { consent } = this.#state;

		return isRunning(this.#state) && consent?.policy === 'require' && consent.you === 'told';
	}

	/** @param {StartOptions} [options] */
	start(options = {}) { return this.#ask('start', 'start_recording', options); }

	stop() { return this.#ask('stop', 'stop_recording', this.#which()); }

	pause() { return this.#ask('pause', 'pause_recording', this.#which()); }

	resume() { return this.#ask('resume', 'resume_recording', this.#which()); }

	/** May we be recorded? A no counts also where nobody asks for a yes. @param {boolean} agree */
	async consent(agree) {
		const call = this.#call, { message } = await this.#room.request('consent', { agree, ...this.#which() });

		if (call === this.#call)
			this.take({ ...message, event: 'consentchanged' });
		return message.state;
	}

	/** Asks the server how it stands. */
	async refresh() {
		const call = this.#call, { message } = await this.#room.request('recording_status', {});

		if (call === this.#call)
			await this.know(message.recordingId ? message : null);
	}

	/**
	 * The server's word that no event brought; where none runs but one did, what became of it.
	 * @param {Record<string, any> | null} said
	 */
	async know(said) {
		const before = this.#state;

		this.#set(onTruth(before, said, this.#platform.now()));
		if (!said && before.recordingId && before.status !== 'idle' && before.status !== 'completed')
			await this.look(before.recordingId);
		if (!said && isRunning(before) && this.#state.status === 'idle')
			this.#lookAgain(before.recordingId, 0);
	}

	/** A server that was killed closes what it recorded when it is back, in a while. @param {string} recordingId @param {number} tries */
	#lookAgain(recordingId, tries) {
		if (tries >= LOOKS_MS.length)
			return;
		this.#cancel();
		this.#cancel = this.#room.later(async () => {
			await this.look(recordingId);
			if (this.#state.status === 'idle')
				this.#lookAgain(recordingId, tries + 1);
		}, LOOKS_MS[tries]);
	}

	/**
	 * What became of a recording that does not run any more, as far as we may know.
	 * @param {string} recordingId
	 * @param {(state: {status: any}) => boolean} [matters] others are of no interest
	 */
	async look(recordingId, matters = () => true) {
		const call = this.#call, found = await this.#room.look(recordingId).catch(() => null);

		if (call === this.#call && found && !isRunning(this.#state) && !isRunning(/** @type {any} */ (found)) && matters(/** @type {any} */ (found)))
			this.#set(onTruth(this.#state, found, this.#platform.now()));
	}

	/** After a reload: one that ran before it may still be in the making. @param {string} recordingId */
	recall(recordingId) {
		return this.look(recordingId, (found) => isBeingMade(/** @type {RecordingState} */ (found)));
	}

	/** An event of the room. @param {Record<string, any>} event */
	take(event) {
		if (event.event === 'consentchanged' && event.id !== undefined && event.id !== this.#room.id)
			return;
		this.#set(onEvent(this.#state, event, this.#platform.now()));
	}

	/** Nothing is known. */
	reset() {
		this.#call++;
		this.#cancel();
		this.#setPending(null);
		this.#set(IDLE);
	}

	#which() {
		return this.#state.recordingId && isRunning(this.#state) ? { recordingId: this.#state.recordingId } : {};
	}

	/** @param {Exclude<Pending, null>} pending @param {string} name @param {object} body */
	async #ask(pending, name, body) {
		const call = this.#call;

		this.#setPending(pending);
		try {
			const { message } = await this.#room.request(name, body);

			if (call === this.#call)
				this.#set(onAnswer(this.#state, message, this.#platform.now()));
			if (pending === 'start')
				this.take({ event: 'consentchanged', recordingId: message.recordingId, state: 'agreed' });
			return { recordingId: message.recordingId, status: message.status, startedAt: message.startedAt, duration: message.duration, elapsed: message.elapsed };
		} finally {
			if (call === this.#call && this.#pending === pending)
				this.#setPending(null);
		}
	}

	/** @param {Pending} pending */
	#setPending(pending) {
		if (pending === this.#pending)
			return;
		this.#pending = pending;
		this.emit('pending', pending);
	}

	/** @param {RecordingState} state */
	#set(state) {
		if (state === this.#state)
			return;
		this.#state = Object.freeze(state);
		this.emit('change', state);
	}
}
