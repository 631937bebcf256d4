// SPDX-License-Identifier: MIT
// Tries until it is done: at once, then after 0.5 s, doubling to 8 s, twelve times, as long as the room is there. One at a time; what is asked for meanwhile is part of it.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const MOST_TRIES = 12;

export class Repair {
	#room;
	#run;
	#tries = 0;
	/** @type {(() => void) | null} */
	#cancel = null;

	/**
	 * @param {import('./room.js').RoomLink} room
	 * @param {() => Promise<unknown>} run
	 */
	constructor(room, run) {
		this.#room = room;
		this.#run = run;
	}

	/** Never rejects. */
	async now() {
		this.#drop();
		try {
			await this.#run();
			this.#tries = 0;
		} catch (error) {
			this.#room.complain(error);
			this.later(/** @type {any} */ (error).retryAfterMs ?? 0);
		}
	}

	/** After a while, which grows. @param {number} [atLeastMs] */
	later(atLeastMs = 0) {
		if (this.#cancel || !this.#room.isReady || this.#tries >= MOST_TRIES)
			return;                        // coming back begins it anew
		const ms = Math.max(atLeastMs, Math.min(FIRST_WAIT_MS * 2 ** this.#tries++, LONGEST_WAIT_MS));

		this.#cancel = this.#room.later(() => {
			this.#cancel = null;
			if (this.#room.isReady)
				this.now();
		}, ms);
	}

	/** All is well. */
	done() {
		this.#tries = 0;
	}

	close() {
		this.#tries = 0;
		this.#drop();
	}

	#drop() {
		this.#cancel?.();
		this.#cancel = null;
	}
}
