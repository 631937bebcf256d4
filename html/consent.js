// SPDX-License-Identifier: MIT
// Whether what we send is recorded: told with the notice of a recording, answered here. The server keeps what is said; nothing is kept of who was not told.
//
//   notice ─▶ told ─ Record me ─▶ agreed        in a room that requires a yes
//                  └ Leave me out ─▶ declined   in any

import { $, announce, attempt } from './ui.js';

const NOTICES = new Set(['recordingstarting', 'recordingstarted', 'recordingpaused', 'recordingresumed']);
const ENDS = new Set(['recordingstopped', 'recordingfailed', 'recordingcompleted']);

const SENTENCES = {
	notice: 'Your camera and microphone are recorded.',
	require: 'May your camera and microphone be recorded?',
	agreed: 'Your camera and microphone are recorded.',
	declined: 'You are not recorded. The others still see and hear you.',
	left_out: 'The host left you out of the recording.',
};

export class Consent {
	#room;
	#id = '';
	#policy = 'notice';
	#state = 'told';
	#purpose = '';
	#pending = false;

	/** room: the Room; started: `recording` of join's answer, or null. */
	constructor(room, started) {
		this.#room = room;
		$('consent-yes').onclick = () => this.#answer(true);
		$('consent-no').onclick = () => this.#answer(false);
		if (started)
			this.#take(started);
		this.#paint();
	}

	close() {
		this.#id = '';
		this.#paint();
	}

	/** An event of the room about a recording. */
	onEvent(event) {
		if (NOTICES.has(event.event))
			this.#take(event);
		else if (event.event === 'consentchanged' && event.id === this.#room.id && event.recordingId === this.#id)
			this.#state = event.state;
		else if (ENDS.has(event.event) && event.recordingId === this.#id)
			this.#id = '';
		this.#paint();
		if (this.#asked && event.event === 'recordingstarting')
			announce($('consent-text').textContent);
	}

	/** A notice says what holds, and of one recording it comes more than once. */
	#take({ recordingId, consent, consentText, excluded }) {
		if (recordingId !== this.#id)
			this.#state = 'told';
		this.#id = recordingId;
		this.#policy = consent ?? 'notice';
		this.#purpose = consentText ?? '';
		if (excluded)
			this.#state = 'left_out';
		else if (this.#state === 'left_out')
			this.#state = 'told';
	}

	/** The question waits for an answer. */
	get #asked() {
		return this.#state === 'told' && this.#policy === 'require';
	}

	async #answer(agree) {
		this.#pending = true;
		this.#paint();
		const answer = await attempt(() => this.#room.consent(agree));

		this.#pending = false;
		if (answer?.recordingId === this.#id) {
			this.#state = answer.state;
			announce(SENTENCES[this.#state]);
		}
		this.#paint();
	}

	#paint() {
		const bar = $('consent');

		bar.hidden = !this.#id;
		bar.dataset.rrState = this.#state;
		$('consent-text').textContent = [this.#asked ? this.#purpose : '', SENTENCES[this.#state] ?? SENTENCES[this.#policy]].filter(Boolean).join(' ');
		$('consent-yes').hidden = !(this.#asked || this.#state === 'declined');
		$('consent-no').hidden = this.#state === 'declined' || this.#state === 'left_out';
		$('consent-yes').disabled = $('consent-no').disabled = this.#pending;
	}
}
