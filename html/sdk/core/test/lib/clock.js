// SPDX-License-Identifier: MIT
// Time that passes when a test says so.

/** Everything that was promised and can be known has been. */
export const flush = () => new Promise((resolve) => {
	setImmediate(resolve);
});

export class Clock {
	time = 0;
	#timers = new Map();
	#next = 1;

	now = () => this.time;

	setTimeout = (run, ms = 0) => {
		this.#timers.set(this.#next, { at: this.time + Math.max(0, ms), run });
		return this.#next++;
	};

	clearTimeout = (id) => {
		this.#timers.delete(id);
	};

	/** A timer that does not count among those that wait: the server's. */
	unseen(run, ms) {
		this.#timers.set(this.#next++, { at: this.time + ms, run, isUnseen: true });
	}

	/** How many timers wait. */
	get waiting() { return [...this.#timers.values()].filter(({ isUnseen }) => !isUnseen).length; }

	async #step(until) {
		let id = 0, timer = null;

		for (const [one, candidate] of this.#timers)       // in the order they were made
			if (candidate.at <= until && !(timer?.at <= candidate.at))
				[id, timer] = [one, candidate];
		if (!timer)
			return false;
		this.#timers.delete(id);
		this.time = Math.max(this.time, timer.at);
		timer.run();
		await flush();
		return true;
	}

	async advance(ms) {
		const until = this.time + ms;

		await flush();
		while (await this.#step(until));
		this.time = until;
	}

	/** Lets time pass until the promise is settled, and gives its value; `limit` ms of this clock at most. */
	async run(promise, limit = 120_000) {
		const until = this.time + limit;
		let done = false;

		promise.then(() => { done = true; }, () => { done = true; });
		await flush();
		while (!done && await this.#step(until));
		if (!done)
			throw new Error(`not settled after ${limit} ms`);
		return promise;
	}

	/** Until it is so. */
	async until(what, check, limit = 120_000) {
		const until = this.time + limit;

		await flush();
		while (!check())
			if (!await this.#step(until))
				throw new Error(`waited ${limit} ms for ${what}`);
	}
}

/** Numbers that look like chance and come again with the same seed (a linear congruence modulo 2^32, upper bits). */
export function chance(seed) {
	let state = (seed * 2654435761 + 12345) >>> 0;

	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}
