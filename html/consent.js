// SPDX-License-Identifier: MIT
// Whether what we send is recorded: told with the notice of a recording, answered here. The server keeps what is said; nothing is kept of who was not told.
//
//   notice ─▶ told ─ Record me ─▶ agreed        a dialog in a room that requires a yes; put off by Escape it is a bar, as everywhere else
//                  └ Leave me out ─▶ declined   in any

import { t } from './i18n.js';
import { Part } from './part.js';
import { $, announce, attempt, setText } from './ui.js';

const RUNS = new Set(['starting', 'recording', 'paused']);
const ANSWERED = new Set(['agreed', 'declined', 'left_out']);

export class ConsentPart extends Part {
	#pending = false;
	/** Recording whose notice was taken away by Understood; the panel has a button that shows it again. */
	#seen = '';
	/** Recording about which we were asked by the dialog already. */
	#asked = '';

	constructor(room) {
		super(room);
		for (const [id, agree] of [['consent-yes', true], ['consent-no', false], ['ask-yes', true], ['ask-no', false]])
			this.listen($(id), 'click', () => this.#answer(agree));
		this.listen($('consent-seen'), 'click', () => {
			this.#seen = this.room.recording.id;
			this.#paint();
			$('room-title').focus();
		});
		this.listen($('consent-again'), 'click', () => {
			this.#seen = '';
			this.#paint();
			$('consent').querySelector('button:not([hidden])').focus();
		});
		this.paintAfter('recording', () => this.#paint());
	}

	close() {
		super.close();
		$('ask').close();
	}

	async #answer(agree) {
		this.#pending = true;
		this.#paint();
		const state = await attempt(() => this.room.recording.consent(agree));

		this.#pending = false;
		this.#paint();
		if (state)
			announce(t(`page.consent.${state}`));
	}

	#paint() {
		const { recording } = this.room, { consent, status, recordingId } = recording.state;
		const isTold = RUNS.has(status) && consent !== null && consent.you !== 'untold';

		$('consent').hidden = !isTold || (this.#seen === recordingId && !recording.needsConsent);
		$('consent-again').hidden = !isTold || !$('consent').hidden;
		if (isTold)
			this.#paintBar(consent);
		this.#ask(isTold && recording.needsConsent, recordingId);
	}

	#paintBar({ you, policy, text }) {
		const isAsked = you === 'told' && policy === 'require', isDecided = ANSWERED.has(you);

		$('consent').dataset.rrState = you;
		setText($('consent-purpose'), isAsked && text ? `${text} ` : '');
		setText($('consent-words'), t(`page.consent.${isDecided ? you : policy}`));
		$('consent-yes').hidden = !(isAsked || you === 'declined');
		$('consent-no').hidden = you === 'declined' || you === 'left_out';
		$('consent-seen').hidden = isAsked;
		for (const id of ['consent-yes', 'consent-no', 'ask-yes', 'ask-no'])
			$(id).disabled = this.#pending;
	}

	#ask(isNeeded, recordingId) {
		const dialog = $('ask'), { text = '', url = '' } = this.room.recording.state.consent ?? {};

		setText($('ask-purpose'), text);
		$('ask-purpose').hidden = !text;
		$('ask-more').hidden = !/^https?:/.test(url);
		$('ask-more').href = url;
		if (isNeeded && !dialog.open && this.#asked !== recordingId) {
			this.#asked = recordingId;
			dialog.showModal();
		} else if (!isNeeded && dialog.open) {
			dialog.close();
		}
	}
}
