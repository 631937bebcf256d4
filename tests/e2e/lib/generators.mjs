// SPDX-License-Identifier: GPL-3.0-or-later
// The load generator of the benchmarks as a process that runs until it is told to end, and what its viewers saw.

import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** CLOCK_MONOTONIC, as the generator writes times [us]. */
export const nowUs = () => Number(process.hrtime.bigint() / 1000n);

const AUDIO_HZ = 48000;

export class Generator {
	/** In one room; `options` as its command line has them, {'no-video': true, viewers: 1}. What it writes goes to out/<room>/. */
	static async start(stack, room, out, options) {
		const generator = new Generator();
		const all = { url: stack.http, plugin: 'recroom', room, secret: stack.secret, threads: 1, seconds: 0, sent: join(out, room),
			arrivals: join(out, room, 'arrivals'), ...options };

		await mkdir(all.sent, { recursive: true });
		Object.assign(generator, { room, sent: all.sent, arrivals: all.arrivals, said: '', complaints: '' });
		generator.child = spawn(join(stack.build, 'bench-generator'),
			Object.entries(all).flatMap(([name, value]) => value === true ? [`--${name}`] : [`--${name}`, String(value)]));
		generator.child.stdout.on('data', (data) => {
			generator.said += data;
		});
		generator.child.stderr.on('data', (data) => {
			generator.complaints += data;
		});
		generator.ended = new Promise((resolve) => {
			generator.child.on('close', resolve);
		});
		return generator;
	}

	/** Lets it stop its recording, leave and write down what it did; gives its result. */
	async end() {
		this.child.stdin.end();
		if (await this.ended)
			throw new Error(`the generator in ${this.room}: ${this.complaints.trim()}`);
		return JSON.parse(this.said);
	}

	kill() {
		this.child.kill('SIGKILL');
	}

	/** [{at: us, late: us}] of each packet of sound that reached a viewer: how much later it came, by its own timestamp, than the quickest of its stream. */
	async delays() {
		const streams = new Map();

		for (const line of (await readFile(this.arrivals, 'utf8')).trim().split('\n')) {
			const [ssrc, at, timestamp] = line.split(' ').map(Number);

			if (!streams.has(ssrc))
				streams.set(ssrc, []);
			streams.get(ssrc).push([at, timestamp]);
		}
		return [...streams.values()].flatMap(lateness);
	}
}

function lateness(stream) {
	const [[, first]] = stream;
	const all = stream.map(([at, timestamp]) => ({ at, age: at - ((timestamp - first) | 0) * 1e6 / AUDIO_HZ }));
	const least = all.reduce((n, { age }) => Math.min(n, age), Infinity);

	return all.map(({ at, age }) => ({ at, late: age - least }));
}

export function share(values, part) {
	const sorted = [...values].sort((a, b) => a - b);

	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}
