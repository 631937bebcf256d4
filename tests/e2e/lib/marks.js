// SPDX-License-Identifier: GPL-3.0-or-later
// Reads what tests/e2e/marked.c draws and sounds: in the page (player.js) and in the tests.

/** Pictures are made this small before they are read. */
export const MAP = { width: 64, height: 36 };

const BITS = 16, COLUMNS = 8;

/** The frame's number; brightness(i): 0 to 255, of pixel i of a picture of the size above. */
export function readMark(brightness) {
	const width = MAP.width / COLUMNS, height = MAP.height / 4;
	let number = 0;

	for (let bit = 0; bit < BITS; bit++) {
		const x = (bit % COLUMNS + 0.5) * width, y = MAP.height / 8 + (Math.floor(bit / COLUMNS) + 0.5) * height;

		number += brightness(Math.floor(y) * MAP.width + Math.floor(x)) > 128 ? 2 ** bit : 0;
	}
	return number;
}

const SILENCE_S = 0.4, LOUD = 0.1;     /* of the loudest sample */

/** When beeps begin [s]. */
export function beepStarts(samples, rate) {
	const threshold = LOUD * samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
	const starts = [];
	let heard = -Infinity;

	samples.forEach((value, i) => {
		if (Math.abs(value) <= threshold)
			return;
		if (i - heard > SILENCE_S * rate)
			starts.push(i / rate);
		heard = i;
	});
	return starts;
}
