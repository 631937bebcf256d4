// SPDX-License-Identifier: GPL-3.0-or-later
// The same job in ffmpeg, as guides for Janus recordings give it: scale, xstack, amix, loudnorm, libvpx, libopus.

import { join } from 'node:path';

/** Columns and rows as our grid has them. */
function grid(people) {
	const columns = Math.ceil(Math.sqrt(people));

	return { columns, rows: Math.ceil(people / columns) };
}

/** Inputs (picture and sound of each) and the graph that makes [v], before encoding. */
export function composition(rec, canvas, fps, flags = 'bicubic') {
	const { columns, rows } = grid(rec.people), w = Math.floor(canvas.width / columns / 2) * 2, h = Math.floor(canvas.height / rows / 2) * 2;
	const people = Array.from({ length: rec.people }, (_, i) => i);
	const inputs = people.flatMap((i) => ['-i', join(rec.clips, `user${i + 1}_video.webm`), '-i', join(rec.clips, `user${i + 1}_audio.${rec.sound ?? 'webm'}`)]);
	const tiles = people.map((i) => `[${2 * i}:v]scale=${w}:${h}:force_original_aspect_ratio=increase:flags=${flags},crop=${w}:${h},setsar=1[t${i}]`);
	const places = people.map((i) => `${(i % columns) * w}_${Math.floor(i / columns) * h}`).join('|');
	const stack = `${people.map((i) => `[t${i}]`).join('')}xstack=inputs=${rec.people}:layout=${places}:fill=black`;

	return { inputs, graph: `${tiles.join(';')};${stack},scale=${canvas.width}:${canvas.height},fps=${fps}[v]` };
}

/** Arguments up to the output's name. */
export function lines(rec, canvas, { fps, cpuUsed, threads, flags }) {
	const { inputs, graph } = composition(rec, canvas, fps, flags);
	const sound = `${Array.from({ length: rec.people }, (_, i) => `[${2 * i + 1}:a]`).join('')}amix=inputs=${rec.people},loudnorm=I=-16:TP=-1.5[a]`;

	return [...inputs, '-filter_complex', `${graph};${sound}`, '-map', '[v]', '-map', '[a]', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', String(cpuUsed),
		'-threads', String(threads), '-b:v', String(canvas.bitrate), '-c:a', 'libopus', '-ar', '48000', '-b:a', '96k'];
}
