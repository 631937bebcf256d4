// SPDX-License-Identifier: MIT
// The connection to the call: a note for as long as it is broken, and words when it breaks and when it is back.

import { t } from './i18n.js';
import { Part } from './part.js';
import { $, alertSentence, announce } from './ui.js';

export class Connection extends Part {
	#isLost = false;

	constructor(room) {
		super(room);
		this.hear('state', (state) => this.#onState(state));
		this.hear('error', alertSentence);
	}

	close() {
		super.close();
		$('connection-note').hidden = true;
	}

	#onState(state) {
		const isLost = state === 'reconnecting';

		$('connection-note').hidden = !isLost;
		if (isLost !== this.#isLost && (isLost || state === 'joined'))
			announce(t(isLost ? 'page.connection.lost' : 'page.connection.back'));
		this.#isLost = isLost;
	}
}
