// SPDX-License-Identifier: MIT
// Which network there is. That it comes and goes is a hint for the connection (core's `network`), as is coming back from the background, where it may have died unheard;
// that it is another one makes media look for another way.

import { Emitter } from 'janus-recroom';

/** @typedef {{online: boolean | null, type: string | null}} NetworkState null: not known */

/**
 * @typedef {object} NetworkEvents
 * @property {NetworkState} change
 * @property {boolean} hint is there a network? Said again when it may be another
 * @property {null} moved another network than the one before
 */

/** @extends {Emitter<NetworkEvents>} */
export class Network extends Emitter {
	/** @type {NetworkState} */
	#state = { online: null, type: null };
	/** @type {string | null} The last one that carried us. */
	#carrier = null;
	#ends;

	/** @param {import('./platform.js').Adapter} adapter @param {import('./background.js').Background} background */
	constructor(adapter, background) {
		super();
		this.#ends = [adapter.onNetwork?.(({ isConnected, type }) => this.#take(isConnected, type)), background.on('back', () => this.emit('hint', this.#state.online !== false))];
	}

	/** Do not change it: another object comes with each change. */
	get state() { return this.#state; }

	/** Media of this room go with us; gives what ends it. @param {import('janus-recroom').Room} room */
	bind(room) {
		return this.on('moved', () => room.restartIce());
	}

	close() {
		this.#ends.forEach((end) => end?.());
	}

	/** Said often, and of much that is nothing to us: signal strength, the network's name. @param {boolean | null} online @param {string} type */
	#take(online, type) {
		const was = this.#state;

		if (online === null || (online === was.online && type === was.type))
			return;
		this.#state = { online, type };
		this.emit('change', this.#state);
		if (was.online !== null || !online)              // how it is at first is no news, unless there is none
			this.emit('hint', online);
		if (online)
			this.#carried(type, was.online === false);
	}

	/** Even the same kind of network, after none, may be another. @param {string} type @param {boolean} wasOff */
	#carried(type, wasOff) {
		const hasMoved = this.#carrier !== null && (wasOff || type !== this.#carrier);

		this.#carrier = type;
		if (hasMoved)
			this.emit('moved', null);
	}
}
