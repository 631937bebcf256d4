// SPDX-License-Identifier: MIT
// A small typed emitter: EventTarget is not in every place this package runs, and knows no types.

/**
 * @template {Record<string, any>} Map
 */
export class Emitter {
	/** @type {globalThis.Map<keyof Map, Set<(detail: any) => void>>} */
	#listeners = new globalThis.Map();

	/**
	 * Calls `listener` with each event of this name; gives the function that ends it.
	 * @template {keyof Map} Name
	 * @param {Name} name
	 * @param {(detail: Map[Name]) => void} listener
	 * @returns {() => void}
	 */
	on(name, listener) {
		const set = this.#listeners.get(name) ?? new Set();

		this.#listeners.set(name, set.add(listener));
		return () => this.off(name, listener);
	}

	/**
	 * @template {keyof Map} Name
	 * @param {Name} name
	 * @param {(detail: Map[Name]) => void} listener
	 * @returns {() => void}
	 */
	once(name, listener) {
		const off = this.on(name, (detail) => {
			off();
			listener(detail);
		});

		return off;
	}

	/**
	 * @template {keyof Map} Name
	 * @param {Name} name
	 * @param {(detail: Map[Name]) => void} listener
	 */
	off(name, listener) {
		this.#listeners.get(name)?.delete(listener);
	}

	/**
	 * A listener that throws stops neither the others nor us; its error shows as an unhandled rejection.
	 * @template {keyof Map} Name
	 * @param {Name} name
	 * @param {Map[Name]} detail
	 */
	emit(name, detail) {
		for (const listener of [...this.#listeners.get(name) ?? []]) {
			try {
				listener(detail);
			} catch (error) {
				Promise.reject(error);
			}
		}
	}

	/** Forgets all listeners. */
	clear() {
		this.#listeners.clear();
	}
}
