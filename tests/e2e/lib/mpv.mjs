// SPDX-License-Identifier: GPL-3.0-or-later
// mpv without a window: put to places by its JSON IPC, and looked at by its own screenshots.

import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { capture } from './ffmpeg.mjs';
import { MAP, beepStarts, readMark } from './marks.js';

const ANSWER_MS = 15_000, END_MS = 5000, RATE_HZ = 48000;
const QUIET = ['--no-config', '--no-terminal', '--load-scripts=no', '--vo=null'];

export class Mpv {
	#waiting = new Map();
	#count = 0;

	/** The file, paused at its beginning; pictures go to `folder`. */
	static async open(path, folder) {
		const mpv = new Mpv();

		await mkdir(folder, { recursive: true });
		mpv.folder = folder;
		mpv.child = spawn(process.env.RECROOM_MPV ?? 'mpv',
			[...QUIET, '--ao=null', '--pause', '--keep-open=yes', '--hr-seek=yes', '--screenshot-png-compression=0', '--input-ipc-client=fd://3', path],
			{ stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
		mpv.ended = new Promise((resolve) => {
			mpv.child.on('error', resolve).on('close', resolve);
		});
		mpv.pipe = mpv.child.stdio[3];
		mpv.pipe.on('error', () => {});        /* it ended; said below */
		const loaded = mpv.#wait('playback-restart');

		mpv.ended.then((why) => mpv.#waiting.forEach(({ reject }) => reject(new Error(`mpv ended: ${why}`))));
		createInterface(mpv.pipe).on('line', (line) => mpv.#answer(JSON.parse(line)));
		try {
			await loaded;
		} catch (error) {
			await mpv.close();
			throw error;
		}
		return mpv;
	}

	#wait(key) {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`mpv: no answer (${key}) within ${ANSWER_MS / 1000} s`)), ANSWER_MS);

			this.#waiting.set(key, { resolve, reject });
			this.ended.then(() => clearTimeout(timer));
		});
	}

	#answer({ event, request_id: id, error, data }) {
		const { resolve, reject } = this.#waiting.get(event ?? id) ?? {};

		this.#waiting.delete(event ?? id);
		if (event || error === 'success')
			resolve?.(data);
		else
			reject?.(new Error(`mpv: ${error}`));
	}

	#command(...command) {
		const id = ++this.#count, answer = this.#wait(id);

		this.pipe.write(`${JSON.stringify({ command, request_id: id })}\n`);
		return answer;
	}

	get(property) {
		return this.#command('get_property', property);
	}

	/** Gives the numbers seen at these times [s]. */
	async seek(times) {
		for (const [i, s] of times.entries()) {
			const there = this.#wait('playback-restart');

			await this.#command('seek', s, 'absolute+exact');
			await there;
			await this.#command('screenshot-to-file', join(this.folder, `${String(i).padStart(3, '0')}.png`), 'video');
		}
		return this.#read();
	}

	async #read() {
		const size = MAP.width * MAP.height, parts = [];

		await capture('ffmpeg', ['-nostdin', '-v', 'error', '-i', join(this.folder, '%03d.png'), '-vf', `scale=${MAP.width}:${MAP.height}:flags=area,format=gray`, '-f',
			'rawvideo', 'pipe:1'], (data) => parts.push(data));
		const pixels = Buffer.concat(parts);

		return Array.from({ length: pixels.length / size }, (_, n) => readMark((i) => pixels[n * size + i]));
	}

	async close() {
		const timer = setTimeout(() => this.child.kill('SIGKILL'), END_MS);

		this.child.kill();
		await this.ended;
		clearTimeout(timer);
	}
}

/** When beeps begin [s], counted from the place played from. */
export async function beepsFrom(path, s, seconds, folder) {
	const file = join(folder, 'sound.f32');

	await capture('mpv', [...QUIET, '--untimed', `--start=${s}`, `--length=${seconds}`, '--hr-seek=yes', '--ao=pcm', `--ao-pcm-file=${file}`, '--ao-pcm-waveheader=no',
		`--audio-samplerate=${RATE_HZ}`, '--audio-format=float', '--audio-channels=mono', path]);
	const bytes = await readFile(file);

	return beepStarts(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)), RATE_HZ);
}
