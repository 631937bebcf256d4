// SPDX-License-Identifier: MIT
// One thing after the other: negotiations must not overlap.

export class Queue {
	/** @type {Promise<unknown>} */
	#last = Promise.resolve();

	/**
	 * Runs `action` when everything before has ended, well or not.
	 * @template T
	 * @param {() => Promise<T> | T} action
	 * @returns {Promise<T>}
	 */
	run(action) {
		const result = this.#last.then(action);

		this.#last = result.catch(() => {});
		return result;
	}
}
