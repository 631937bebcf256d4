// SPDX-License-Identifier: GPL-3.0-or-later
// Frames and samples with their times, decoded by Debian's ffmpeg: an opinion that is not ours.

import { spawn } from 'node:child_process';

/** Runs a program; stdout goes to onData, stderr is given back. */
export function capture(program, args, onData = () => {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
		const talk = [];

		child.stdout.on('data', onData);
		child.stderr.on('data', (data) => talk.push(data));
		child.on('error', reject);
		child.on('close', (code) => {
			const text = Buffer.concat(talk).toString();

			if (code === 0)
				resolve(text);
			else
				reject(new Error(`${program} left with status ${code}: ${text.slice(-600)}`));
		});
	});
}

export async function probe(path) {
	const out = [];

	await capture('ffprobe', ['-v', 'error', '-show_format', '-show_streams', '-of', 'json', path], (data) => out.push(data));
	return JSON.parse(Buffer.concat(out).toString());
}

/** Sizes of a file's packets, in its order [bytes]. */
export async function packetSizes(path) {
	const out = [];

	await capture('ffprobe', ['-v', 'error', '-show_entries', 'packet=size', '-of', 'csv=p=0', path], (data) => out.push(data));
	return Buffer.concat(out).toString().trim().split('\n').map((line) => parseInt(line, 10));
}

const times = (text, pattern) => [...text.matchAll(pattern)].map((match) => Number(match[1]));

/**
 * Every frame of a video as it is shown (nothing repeated), scaled to width × height: onFrame(ms, rgb). Times and pixels come by two
 * ways; frames wait until both are there, so onFrame is called at the end, in order. matrix: "bt709" or "bt601"; ffmpeg's VP8 decoder
 * forgets what the container says.
 */
export async function decodeVideo(path, { width, height, matrix }, onFrame) {
	const size = width * height * 3;
	const frames = [];
	let rest = Buffer.alloc(0);

	const talk = await capture('ffmpeg', [
		'-nostdin', '-v', 'info', '-copyts', '-i', path, '-map', '0:v:0', '-vf', `scale=${width}:${height}:flags=area:in_color_matrix=${matrix}:in_range=limited,format=rgb24,showinfo`,
		'-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1',
	], (data) => {
		rest = Buffer.concat([rest, data]);
		for (; rest.length >= size; rest = rest.subarray(size))
			frames.push(Buffer.from(rest.subarray(0, size)));
	});
	const at = times(talk, /\bpts_time:\s*(-?[\d.]+)/g);

	if (at.length !== frames.length)
		throw new Error(`${path}: ${frames.length} frames, but ${at.length} times`);
	frames.forEach((rgb, i) => onFrame(at[i] * 1000, rgb));
}

export const RATE_HZ = 48000;

/** The sound as one mono Float32Array at 48 kHz, in which sample i belongs to the time i / 48000 s; silence where there is none. */
export async function decodeAudio(path, durationMs) {
	const parts = [];
	const talk = await capture('ffmpeg', [
		'-nostdin', '-v', 'info', '-copyts', '-i', path, '-map', '0:a:0',
		'-af', `aformat=sample_fmts=flt:sample_rates=${RATE_HZ}:channel_layouts=mono,ashowinfo`, '-f', 'f32le', 'pipe:1',
	], (data) => parts.push(data));
	const pcm = Buffer.concat(parts);
	const samples = new Float32Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.length));
	const out = new Float32Array(Math.ceil(durationMs * RATE_HZ / 1000) + RATE_HZ);
	let from = 0;

	for (const [, time, count] of talk.matchAll(/\bpts_time:\s*(-?[\d.]+).*?\bnb_samples:(\d+)/g)) {
		place(out, samples.subarray(from, from + Number(count)), Math.round(Number(time) * RATE_HZ));
		from += Number(count);
	}
	return out;
}

function place(out, samples, at) {
	const skip = Math.max(0, -at);

	if (at < out.length && skip < samples.length)
		out.set(samples.subarray(skip, Math.min(samples.length, out.length - at)), Math.max(0, at));
}

/** Integrated loudness [LUFS]. */
export async function loudness(path) {
	const talk = await capture('ffmpeg', ['-nostdin', '-v', 'info', '-i', path, '-map', '0:a:0', '-af', 'ebur128', '-f', 'null', '-']);

	return Number(talk.slice(talk.lastIndexOf('Integrated loudness')).match(/I:\s*(-?[\d.]+) LUFS/)[1]);
}
