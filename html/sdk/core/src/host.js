// SPDX-License-Identifier: MIT
// What a host does to people and to the call, and who waits to be let in. Refused to others by the server, with `not_host` or `forbidden`.

import { Emitter } from './events.js';

/** @typedef {{id: string, display: string, reason: 'lobby' | 'host', identity?: string}} Waiter */

/**
 * @typedef {object} HostEvents
 * @property {Waiter[]} waiting who waits now
 */

/** @extends {Emitter<HostEvents>} */
export class Host extends Emitter {
	#room;
	/** @type {Waiter[]} */
	#waiting = [];

	/** @hidden @param {import('./room.js').RoomLink} room */
	constructor(room) {
		super();
		this.#room = room;
	}

	/** Do not change it: another array comes with each change. */
	get waiting() { return this.#waiting; }

	/** @param {string} id of who waits @returns {Promise<string[]>} who was let in */
	async admit(id) { return (await this.#ask('admit', { id })).admitted ?? []; }

	/** @returns {Promise<string[]>} */
	async admitAll() { return (await this.#ask('admit', { all: true })).admitted ?? []; }

	/** @param {string} id @returns {Promise<string[]>} */
	async deny(id) { return (await this.#ask('deny', { id })).denied ?? []; }

	/** @returns {Promise<string[]>} */
	async denyAll() { return (await this.#ask('deny', { all: true })).denied ?? []; }

	/** @param {string} id @param {{backAfterS?: number}} [options] without it: for as long as this call lasts */
	kick(id, { backAfterS } = {}) {
		return this.#ask('kick', { id, ...backAfterS === undefined ? {} : { back_after_s: backAfterS } });
	}

	/**
	 * Mutes or unmutes somebody, wholly or one source or line; or keeps what they send below a bitrate.
	 * @param {string} id
	 * @param {{mute?: boolean, source?: string, mid?: string, bitrate?: number}} what
	 */
	moderate(id, what) { return this.#ask('moderate', { id, ...what }); }

	/** Nobody new comes in. @param {boolean} [locked] */
	lock(locked = true) { return this.#ask('lock', { locked }); }

	unlock() { return this.lock(false); }

	/** @param {string} id */
	promote(id) { return this.#ask('promote', { id }); }

	/** @param {string} id */
	demote(id) { return this.#ask('demote', { id }); }

	/** They become host, and you a guest. @param {string} id */
	transfer(id) { return this.#ask('transfer_host', { id }); }

	endCall() { return this.#ask('end_call', {}); }

	/** Of the recording that runs. @param {{layout: string, focus?: string, regions?: object[]}} layout */
	setLayout(layout) { return this.#ask('set_layout', layout); }

	/** Leaves somebody out of the recording that runs, or takes them in again. @param {string} id participant or identity @param {boolean} [exclude] */
	exclude(id, exclude = true) { return this.#ask('exclude', { id, exclude }); }

	/** @param {Waiter[]} list */
	reset(list) {
		this.#waiting = list;
		this.emit('waiting', list);
	}

	/** @param {Record<string, any>} event */
	onEvent({ event, id, display, reason, identity }) {
		const others = this.#waiting.filter((waiter) => waiter.id !== id);

		if (event === 'waiting')
			this.reset([...others, { id, display: display ?? '', reason, ...identity === undefined ? {} : { identity } }]);
		else if (others.length !== this.#waiting.length)
			this.reset(others);
	}

	/** @param {string} name @param {object} body @returns {Promise<Record<string, any>>} */
	async #ask(name, body) {
		return (await this.#room.request(name, body)).message;
	}
}
