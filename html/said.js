// SPDX-License-Identifier: MIT
// What is said of the recording to those who hear the page, by the one role="status" region: start, pause, resume, stop, completion; to who comes late that
// it runs. Failures are an alert.

import { t } from './i18n.js';
import { Part } from './part.js';
import { alertSentence, announce } from './ui.js';

const SAID = { recording: 'started', paused: 'paused', processing: 'stopped', completed: 'completed' };

export class Said extends Part {
	#status = 'idle';

	constructor(room) {
		super(room);
		this.hear('recording', () => this.#onState());
		this.#onState();
	}

	#onState() {
		const { status, consent } = this.room.recording.state;
		const before = this.#status;

		if (status === before)
			return;
		this.#status = status;
		if (status === 'failed')
			alertSentence(t('page.said.failed'));
		else if (before === 'idle' && (status === 'recording' || status === 'paused'))
			announce(t('page.said.running'));        // begun before we came: else there was `starting`
		else if (status === 'recording' && before === 'paused')
			announce(t('page.said.resumed'));
		else if (status === 'recording' && consent?.policy === 'require')
			announce(t('page.said.asked'));
		else if (SAID[status])
			announce(t(`page.said.${SAID[status]}`));
	}
}
