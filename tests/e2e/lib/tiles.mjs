// SPDX-License-Identifier: GPL-3.0-or-later
// Where in a mixed picture somebody's flat colour stands: tiles are found by looking, not by asking the program under test.

import { brightness } from './pulses.mjs';

export const MAP = { width: 160, height: 90 };
const NEAR = 24;

const near = (rgb, at, colour) => colour.every((c, i) => Math.abs(rgb[at + i] - c) <= NEAR);

/** Bounding box {x0, y0, x1, y1} of a colour in a frame of MAP's size, or null when less than 1 % of the picture has it. */
export function findTile(rgb, colour) {
	const box = { x0: MAP.width, y0: MAP.height, x1: -1, y1: -1 };
	let count = 0;

	for (let y = 0; y < MAP.height; y++)
		for (let x = 0; x < MAP.width; x++)
			if (near(rgb, (y * MAP.width + x) * 3, colour)) {
				count++;
				box.x0 = Math.min(box.x0, x);
				box.x1 = Math.max(box.x1, x);
				box.y0 = Math.min(box.y0, y);
				box.y1 = Math.max(box.y1, y);
			}
	return count * 100 < MAP.width * MAP.height ? null : box;
}

/** Mean colour of the middle of a tile, away from its edges and its label. */
export function meanColour(rgb, { x0, y0, x1, y1 }) {
	const sum = [0, 0, 0];
	let n = 0;

	for (let y = Math.ceil(y0 + (y1 - y0) * 0.3); y <= y0 + (y1 - y0) * 0.6; y++)
		for (let x = Math.ceil(x0 + (x1 - x0) * 0.3); x <= x0 + (x1 - x0) * 0.7; x++, n++)
			for (let i = 0; i < 3; i++)
				sum[i] += rgb[(y * MAP.width + x) * 3 + i];
	return sum.map((s) => s / n);
}

export const whole = { x0: 0, y0: 0, x1: MAP.width - 1, y1: MAP.height - 1 };

/** frames: [{t, rgb}] → [{t, level}] of a tile. */
export function brightnessCurve(frames, box) {
	return frames.map(({ t, rgb }) => ({ t, level: brightness(meanColour(rgb, box)) }));
}

/** Brightness of a colour's tile wherever it stands, for it moves when somebody comes or goes; in a flash, which has no colour, where it was last seen. */
export function followedCurve(frames, colour) {
	let box = null;

	return frames.map(({ t, rgb }) => {
		box = findTile(rgb, colour) ?? box;
		return { t, level: box ? brightness(meanColour(rgb, box)) : 0 };
	});
}

/** The tile of a colour as most of the frames show it. */
export function usualTile(frames, colour) {
	const boxes = frames.map(({ rgb }) => findTile(rgb, colour)).filter(Boolean);
	const counts = new Map();

	for (const box of boxes) {
		const key = JSON.stringify(box);

		counts.set(key, (counts.get(key) ?? 0) + 1);
	}
	const best = [...counts].sort((a, b) => b[1] - a[1])[0];

	return best ? JSON.parse(best[0]) : null;
}

/** Left to right, then top to bottom. */
export function readingOrder(a, b) {
	return Math.abs(a.y0 - b.y0) > MAP.height / 8 ? a.y0 - b.y0 : a.x0 - b.x0;
}
