// SPDX-License-Identifier: MIT
// Somebody rings: the phone takes the microphone away, and gives it back. Meanwhile ours rests, so that the others see it muted rather than hear nothing.

import { Emitter } from 'janus-recroom';

const REASON = 'interruption';

/**
 * @typedef {object} InterruptionEvents
 * @property {boolean} change
 */

/** @extends {Emitter<InterruptionEvents>} */
export class Interruption extends Emitter {
	#isInterrupted = false;
	#end;

	/** @param {import('./platform.js').Adapter} adapter */
	constructor(adapter) {
		super();
		this.#end = adapter.onAudioFocus?.((focus) => this.#take(focus === 'lost'));
	}

	get isInterrupted() { return this.#isInterrupted; }

	/** The microphone rests with us; gives what ends it. @param {import('./rests.js').Rests} rests */
	bind(rests) {
		const obey = () => (this.#isInterrupted ? rests.rest('audio', REASON) : rests.wake('audio', REASON));

		obey();
		return this.on('change', obey);
	}

	close() {
		this.#end?.();
	}

	/** Both are said more than once. @param {boolean} isInterrupted */
	#take(isInterrupted) {
		if (isInterrupted === this.#isInterrupted)
			return;
		this.#isInterrupted = isInterrupted;
		this.emit('change', isInterrupted);
	}
}
