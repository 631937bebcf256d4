// SPDX-License-Identifier: MIT
// Whether somebody looks at the application. In the background the camera rests, since phones give no picture there; the microphone goes on. A question of the system's
// (may the camera be used?) covers the application, too, and Android calls that background: it is none while the question is ours.

import { Emitter } from 'janus-recroom';

/** @typedef {import('./platform.js').ActivityState} ActivityState */

const REASON = 'background';

/**
 * @typedef {object} BackgroundEvents
 * @property {ActivityState} change
 * @property {null} back looked at again, after the background
 */

/** @extends {Emitter<BackgroundEvents>} */
export class Background extends Emitter {
	#permissions;
	/** @type {ActivityState} */
	#state;
	#wasAway = false;
	#ends;

	/** @param {import('./platform.js').Adapter} adapter @param {import('./permissions.js').Permissions} permissions */
	constructor(adapter, permissions) {
		super();
		this.#permissions = permissions;
		this.#state = adapter.activity();
		this.#ends = [adapter.onActivity((state) => this.#take(state)), permissions.on('asking', () => this.#take(adapter.activity()))];
	}

	get state() { return this.#state; }
	get isBackground() { return this.#state === 'background'; }

	/** These sources rest with us; gives what ends it. @param {import('./rests.js').Rests} rests @param {string[]} sources */
	bind(rests, sources) {
		const obey = () => {
			for (const source of sources)
				if (this.isBackground)
					rests.rest(source, REASON);
				else if (this.#state === 'active')
					rests.wake(source, REASON);
		};

		obey();
		return this.on('change', obey);
	}

	close() {
		this.#ends.forEach((end) => end());
	}

	/** @param {ActivityState} said */
	#take(said) {
		const state = said === 'background' && this.#permissions.isAsking ? 'inactive' : said;

		if (state === this.#state)
			return;
		this.#state = state;
		this.#wasAway ||= state === 'background';
		this.emit('change', state);
		if (state !== 'active' || !this.#wasAway)
			return;
		this.#wasAway = false;
		this.emit('back', null);
	}
}
