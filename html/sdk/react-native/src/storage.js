// SPDX-License-Identifier: MIT
// A storage that answers at once, as core wants it, above one that does not. Everything is under one key, read once; what is written goes down in order.

const KEY = 'janus-recroom';
/** A call begins without it rather than later than this. */
const PATIENCE_MS = 2000;

export class Kept {
	#storage;
	/** @type {Record<string, string>} */
	#items = {};
	/** @type {Set<string>} Changed since: what is read says nothing of them. */
	#changed = new Set();
	/** @type {Promise<unknown>} */
	#last;

	isReady = false;

	/** @param {import('./platform.js').AsyncStorage} storage */
	constructor(storage) {
		this.#storage = storage;
		this.#last = this.#read();
		/** @type {Promise<unknown>} What was kept is here, or will not come. */
		this.ready = this.#patiently(this.#last);
	}

	/** @param {string} key @returns {string | null} */
	getItem(key) {
		return this.#items[key] ?? null;
	}

	/** @param {string} key @param {string} value */
	setItem(key, value) {
		this.#put(key, { [key]: value });
	}

	/** @param {string} key */
	removeItem(key) {
		if (key in this.#items || !this.isReady)
			this.#put(key, {});
	}

	/** @param {string} key @param {Record<string, string>} item */
	#put(key, item) {
		const { [key]: old, ...others } = this.#items;

		this.#items = { ...others, ...item };
		this.#changed.add(key);
		this.#last = this.#last.then(() => this.#write()).catch(() => {});
	}

	async #read() {
		try {
			const kept = JSON.parse(await this.#storage.getItem(KEY) ?? 'null') ?? {};

			for (const [key, value] of Object.entries(kept))
				if (!this.#changed.has(key) && typeof value === 'string')
					this.#items = { ...this.#items, [key]: value };
		} catch { /* nonsense, or nothing to be read: as if nothing had been kept */ }
	}

	#write() {
		return Object.keys(this.#items).length ? this.#storage.setItem(KEY, JSON.stringify(this.#items)) : this.#storage.removeItem(KEY);
	}

	/** @param {Promise<unknown>} reading */
	async #patiently(reading) {
		/** @type {any} */
		let timer = null;
		const late = new Promise((resolve) => {
			timer = setTimeout(() => resolve(null), PATIENCE_MS);
		});

		await Promise.race([reading, late]);
		clearTimeout(timer);
		this.isReady = true;
	}
}
