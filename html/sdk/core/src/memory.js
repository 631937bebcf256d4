// SPDX-License-Identifier: MIT
// What outlives a reload of the tab: who we were in this room. The `resume` secret makes whoever has it that person, so it is kept for the tab only
// (sessionStorage), unless the application hands in another storage, and forgotten when the room is left.

/** @typedef {{resume: string, recordingId?: string}} Remembered */

export class Memory {
	#platform;
	#key;

	/** @param {import('./platform.js').Platform} platform @param {string} server @param {string} room */
	constructor(platform, server, room) {
		this.#platform = platform;
		this.#key = `janus-recroom ${server} ${room}`;
	}

	/** @returns {Remembered | null} */
	read() {
		try {
			const kept = JSON.parse(this.#platform.storage?.getItem(this.#key) ?? 'null');

			return typeof kept?.resume === 'string' ? kept : null;
		} catch {
			return null;
		}
	}

	/** @param {Remembered | null} what */
	write(what) {
		try {
			if (what)
				this.#platform.storage?.setItem(this.#key, JSON.stringify(what));
			else
				this.#platform.storage?.removeItem(this.#key);
		} catch { /* full, or forbidden: then a reload is a new participant */ }
	}
}
