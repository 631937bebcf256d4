// SPDX-License-Identifier: GPL-3.0-or-later
// A recording's directory: timeline, chunks, output.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { decodeAudio, decodeVideo } from './ffmpeg.mjs';
import { MAP } from './tiles.mjs';
import { spliceChunks } from './webm.mjs';

export class Recording {
	static async open(directory) {
		const recording = new Recording();
		const text = await readFile(join(directory, 'timeline.jsonl'), 'utf8');

		recording.directory = directory;
		recording.timeline = text.trim().split('\n').map((line) => JSON.parse(line));
		recording.start = recording.timeline[0];
		recording.stop = recording.lines('stop')[0];
		recording.output = join(directory, 'output.webm');
		return recording;
	}

	lines(type, matches = {}) {
		return this.timeline.filter((line) => line.type === type && Object.entries(matches).every(([key, value]) => line[key] === value));
	}

	json(name) {
		return readFile(join(this.directory, name), 'utf8').then(JSON.parse);
	}

	/** user1 … → {name, identity, role}. */
	async people() {
		return (await this.json('participants.json')).participants;
	}

	async idOf(name) {
		return Object.entries(await this.people()).find(([, person]) => person.name === name)?.[0];
	}

	/** Paths of files with the chunks of each segment of a source put together, made in `scratch`. */
	async segments(participant, source, scratch) {
		const chunks = this.lines('chunk', { participant, source });
		const numbers = [...new Set(chunks.map(({ segment }) => segment))];

		return Promise.all(numbers.map(async (number) => {
			const files = chunks.filter(({ segment }) => segment === number).sort((a, b) => a.index - b.index)
				.map(({ file }) => readFile(join(this.directory, 'chunks', file)));
			const path = join(scratch, `${participant}_${source}_${number}.webm`);

			await writeFile(path, spliceChunks(await Promise.all(files)));
			return path;
		}));
	}

	/** The pictures of a source as captured: [{t, rgb}]. */
	async capturedFrames(participant, source, scratch) {
		const frames = [];

		for (const path of await this.segments(participant, source, scratch))
			await decodeVideo(path, { ...MAP, matrix: 'bt601' }, (t, rgb) => frames.push({ t, rgb }));
		return frames;
	}

	/** The sound of a source as captured. */
	async capturedSound(participant, source, scratch) {
		const total = new Float32Array(Math.ceil((this.stop.duration_ms / 1000 + 2) * 48000));

		for (const path of await this.segments(participant, source, scratch)) {
			const sound = await decodeAudio(path, this.stop.duration_ms);

			for (let i = 0; i < Math.min(sound.length, total.length); i++)
				total[i] += sound[i];
		}
		return total;
	}

	async outputFrames() {
		const frames = [];

		await decodeVideo(this.output, { ...MAP, matrix: 'bt709' }, (t, rgb) => frames.push({ t, rgb }));
		return frames;
	}

	outputSound() {
		return decodeAudio(this.output, this.stop.duration_ms);
	}

	/** The picture that stands at a time. */
	static frameAt(frames, t) {
		return frames.filter((frame) => frame.t <= t).at(-1) ?? frames[0];
	}
}
