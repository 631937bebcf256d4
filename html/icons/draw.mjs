// SPDX-License-Identifier: MIT
// Draws the icons that have to be PNG, as icon.svg beside it has them: node html/icons/draw.mjs
// The maskable one goes to the edges and is smaller in the middle, since systems cut its corners off.

import { writeFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';

const TEAL = [15, 100, 104], WHITE = [255, 255, 255], RED = [200, 36, 43];
/** Parts of a pixel along each side, to round its edges. */
const FINE = 4;

const ICONS = [
	{ name: 'icon-192.png', size: 192, corner: 116 / 512, scale: 1 },
	{ name: 'icon-512.png', size: 512, corner: 116 / 512, scale: 1 },
	{ name: 'icon-maskable-512.png', size: 512, corner: 0, scale: 0.8 },
];

/** Is a point of the unit square in the rounded square? */
function isInside(x, y, corner) {
	const dx = Math.max(corner - x, x - (1 - corner), 0), dy = Math.max(corner - y, y - (1 - corner), 0);

	return dx * dx + dy * dy <= corner * corner;
}

/** [r, g, b, a] at a point. */
function colourAt(x, y, { corner, scale }) {
	const radius = Math.hypot(x - 0.5, y - 0.5) / scale;

	if (!isInside(x, y, corner))
		return [0, 0, 0, 0];
	return [...radius <= 68 / 512 ? RED : radius <= 128 / 512 ? WHITE : TEAL, 255];
}

/** The mean of a pixel's parts, weighted by how much they cover. */
function pixel(column, row, icon) {
	const sum = [0, 0, 0, 0];

	for (let i = 0; i < FINE * FINE; i++) {
		const at = (n, part) => (n + (part + 0.5) / FINE) / icon.size;
		const [r, g, b, a] = colourAt(at(column, i % FINE), at(row, Math.floor(i / FINE)), icon);

		[r * a, g * a, b * a, a].forEach((value, k) => { sum[k] += value; });
	}
	return sum[3] ? [sum[0] / sum[3], sum[1] / sum[3], sum[2] / sum[3], sum[3] / FINE ** 2].map(Math.round) : [0, 0, 0, 0];
}

function crc(bytes) {
	let c = ~0;

	for (const byte of bytes) {
		c ^= byte;
		for (let k = 0; k < 8; k++)
			c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
	}
	return ~c >>> 0;
}

/** A chunk of a PNG file: length, type, data, check sum. */
function chunk(type, data) {
	const body = Buffer.concat([Buffer.from(type), data]), out = Buffer.alloc(body.length + 8);

	out.writeUInt32BE(data.length, 0);
	body.copy(out, 4);
	out.writeUInt32BE(crc(body), body.length + 4);
	return out;
}

function draw(icon) {
	const { size } = icon, header = Buffer.alloc(13), rows = [];

	header.writeUInt32BE(size, 0);
	header.writeUInt32BE(size, 4);
	header.set([8, 6, 0, 0, 0], 8);            // 8 bits, RGBA
	for (let row = 0; row < size; row++) {
		rows.push(0);                          // no filter
		for (let column = 0; column < size; column++)
			rows.push(...pixel(column, row, icon));
	}
	return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.from(rows), { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

for (const icon of ICONS)
	writeFileSync(new URL(icon.name, import.meta.url), draw(icon));
