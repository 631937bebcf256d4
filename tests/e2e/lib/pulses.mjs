// SPDX-License-Identifier: GPL-3.0-or-later
// Flashes and beeps: found in pictures and sound, matched with each other and with what was sent.

import { RATE_HZ } from './ffmpeg.mjs';

/** Pulses come once a second: what follows sooner belongs to the last one. */
const APART_MS = 400;

/** Times at which a curve [{t, level}] rises over the threshold; between two points, where the line crosses it if `between`. */
function onsets(curve, threshold, between) {
	const found = [];
	let before = null, last = -Infinity;

	for (const point of curve) {
		if (before && before.level < threshold && point.level >= threshold) {
			const part = between ? (threshold - before.level) / (point.level - before.level) : 1;
			const t = before.t + part * (point.t - before.t);

			if (t - last > APART_MS)
				found.push(t);
		}
		if (point.level >= threshold)
			last = point.t;
		before = point;
	}
	return found;
}

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];

export { quantile };

/** curve: [{t, level}] of a tile's brightness, 0–255, over a base that `colour` has. */
export function findFlashes(curve, colour) {
	return onsets(curve, (brightness(colour) + 255) / 2, false);
}

export const brightness = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** Strength of one frequency in n samples from `at` on (Goertzel), as an amplitude. */
function strength(samples, at, n, hz) {
	const factor = 2 * Math.cos(2 * Math.PI * hz / RATE_HZ);
	let s1 = 0, s2 = 0;

	for (let i = at; i < at + n; i++)
		[s1, s2] = [samples[i] + factor * s1 - s2, s1];
	return 2 * Math.sqrt(Math.max(0, s1 * s1 + s2 * s2 - factor * s1 * s2)) / n;
}

/** How strong a frequency is at each time. */
function strengths(samples, hz) {
	const WINDOW = RATE_HZ / 50, HOP = RATE_HZ / 400;
	const curve = [];

	for (let at = 0; at + WINDOW <= samples.length; at += HOP)
		curve.push({ t: (at + WINDOW / 2) * 1000 / RATE_HZ, level: strength(samples, at, WINDOW, hz) });
	return curve;
}

/** The most between two times [ms], as an amplitude. */
export function loudest(samples, hz, from, to) {
	return strengths(samples.subarray(Math.max(0, Math.round(from * RATE_HZ / 1000)), Math.round(to * RATE_HZ / 1000)), hz)
		.reduce((most, { level }) => Math.max(most, level), 0);
}

/** Beeps of a frequency that is a multiple of 50 Hz: in windows of 20 ms the others' vanish. A window half full is half as strong. */
export function findBeeps(samples, hz) {
	const curve = strengths(samples, hz);
	const full = quantile(curve.map(({ level }) => level), 0.96);

	return full < 0.003 ? [] : onsets(curve, full / 2, true);
}

/** Pairs each expected time with the nearest found one not further than `within`. */
export function match(expected, found, within) {
	const free = new Set(found);
	const pairs = [], missing = [];

	for (const t of expected) {
		const nearest = [...free].reduce((best, f) => (Math.abs(f - t) < Math.abs(best - t) ? f : best), Infinity);

		if (Math.abs(nearest - t) <= within) {
			free.delete(nearest);
			pairs.push([t, nearest]);
		} else {
			missing.push(t);
		}
	}
	return { pairs, missing, extra: [...free] };
}

export const between = (list, from, to) => list.filter((t) => t >= from && t <= to);
