// SPDX-License-Identifier: MIT
// Whether camera and microphone may be used. Every way to them leads through guard(): it asks first, leaves out what was refused, and so knows. What was refused for good
// only the settings can change; who comes back from there is looked at again.
//
//   unknown ─▶ prompt ─ asked ─▶ granted | denied (may be asked again) | blocked (settings) ─ back from the settings ─▶ granted

import { Emitter } from 'janus-recroom';

/** @typedef {import('./platform.js').Adapter} Adapter */
/** @typedef {import('./platform.js').PermissionName} PermissionName */
/** @typedef {import('./platform.js').PermissionState | 'unknown'} Permission */
/** @typedef {{camera: Permission, microphone: Permission}} PermissionStates */

/** In the order in which they are asked for. @type {PermissionName[]} */
const NAMES = ['microphone', 'camera'];
/** @type {Record<PermissionName, 'audio' | 'video'>} */
export const SOURCES = { microphone: 'audio', camera: 'video' };

/**
 * @typedef {object} PermissionsEvents
 * @property {PermissionStates} change
 * @property {boolean} asking a question of the system's is on the screen, or is not any more
 * @property {PermissionName} given what was refused before, when it was wanted
 */

/** @extends {Emitter<PermissionsEvents>} */
export class Permissions extends Emitter {
	#adapter;
	/** @type {PermissionStates} */
	#states = { camera: 'unknown', microphone: 'unknown' };
	/** @type {Set<PermissionName>} Were wanted, and refused. */
	#missed = new Set();
	/** @type {Promise<unknown>} The system shows one question at a time. */
	#last = Promise.resolve();
	#asking = 0;

	/** @param {Adapter} adapter */
	constructor(adapter) {
		super();
		this.#adapter = adapter;
	}

	/** Do not change it: another object comes with each change. */
	get states() { return this.#states; }
	get isAsking() { return this.#asking > 0; }

	/**
	 * Asks for what is not granted yet; gives what each is then.
	 * @param {PermissionName[]} [names]
	 * @returns {Promise<PermissionStates>}
	 */
	async ask(names = NAMES) {
		this.#count(1);
		try {
			for (const name of NAMES.filter((one) => names.includes(one)))
				await this.#queued(() => this.#askFor(name));
		} finally {
			this.#count(-1);
		}
		return this.#states;
	}

	/** As they are, without asking: after the application was away. */
	async check() {
		for (const name of NAMES) {
			const state = await this.#adapter.checkPermission(name).catch(() => null), isRefused = ['denied', 'blocked'].includes(this.#states[name]);

			if (state && !(state === 'prompt' && isRefused) && !this.isAsking)
				this.#set(name, state);
		}
	}

	openSettings() {
		return this.#adapter.openSettings();
	}

	/** What was refused is not wanted any more: the call is over. */
	forget() {
		this.#missed.clear();
	}

	/** These devices, with a getUserMedia that asks, and does without what is refused. @param {any} devices */
	guard(devices) {
		return { ...devices, getUserMedia: (/** @type {any} */ wish) => this.#open(devices, wish) };
	}

	/** @param {any} devices @param {any} wish */
	async #open(devices, wish) {
		const wanted = NAMES.filter((name) => wish[SOURCES[name]]);
		const states = await this.ask(wanted), refused = wanted.filter((name) => states[name] !== 'granted');

		for (const name of refused)
			this.#missed.add(name);
		if (refused.length === wanted.length)
			throw Object.assign(new Error('Permission was denied.'), { name: 'NotAllowedError' });
		return devices.getUserMedia({ ...wish, ...Object.fromEntries(refused.map((name) => [SOURCES[name], false])) });
	}

	/** @param {PermissionName} name */
	async #askFor(name) {
		const now = await this.#adapter.checkPermission(name).catch(() => 'prompt');

		this.#set(name, now === 'granted' ? now : await this.#adapter.askPermission(name).catch(() => 'denied'));
	}

	/** @param {() => Promise<unknown>} action */
	#queued(action) {
		const result = this.#last.then(action);

		this.#last = result.catch(() => {});
		return result;
	}

	/** @param {number} more */
	#count(more) {
		const was = this.isAsking;

		this.#asking += more;
		if (this.isAsking !== was)
			this.emit('asking', this.isAsking);
	}

	/** @param {PermissionName} name @param {any} state */
	#set(name, state) {
		if (this.#states[name] === state)
			return;
		this.#states = { ...this.#states, [name]: state };
		this.emit('change', this.#states);
		if (state === 'granted' && this.#missed.delete(name))
			this.emit('given', name);
	}
}
