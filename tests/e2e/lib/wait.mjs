// SPDX-License-Identifier: GPL-3.0-or-later
// Waiting, always for something and never longer than a deadline.

export const sleep = (ms) => new Promise((resolve) => {
	setTimeout(resolve, ms);
});

/** Calls `check` until it gives something true, and gives that. */
export async function until(what, check, timeoutMs = 20_000, everyMs = 100) {
	const deadline = Date.now() + timeoutMs;

	for (;;) {
		const result = await check();

		if (result)
			return result;
		if (Date.now() > deadline)
			throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
		await sleep(everyMs);
	}
}
