// SPDX-License-Identifier: GPL-3.0-or-later
// A host burns down in mid-call, with its disk, while its recordings are backed up into a store: another host with the same catalog and store finishes each of
// them. Every frame is numbered, so what was lost is counted: nothing but the end, and no more of that than the documentation says.
//
//   Janus a ─▶ recordings a ─▶ worker a: bundles ─▶ store          both are killed, recordings a removed
//                                                   store ─▶ worker b: fetch, close, compose ─▶ completed

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Database, eventFaults } from '../lib/database.mjs';
import { probe } from '../lib/ffmpeg.mjs';
import { Generator, nowUs } from '../lib/generators.mjs';
import { Recording } from '../lib/recording.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';

const execute = promisify(execFile);
const ROUNDS = process.env.RECROOM_FULL ? 8 : 1;
const ROOMS = ['north', 'south', 'west'];
const LIFE = ['recordingstarting', 'recordingstarted', 'recordingstopped', 'recordingcompleted'];
const BUNDLE_MS = 5000, CHUNK_MS = 1000, SEALING_MS = 1500, SENDING_MS = 2500;
const BOUND_MS = BUNDLE_MS + CHUNK_MS + SEALING_MS;    // and the time that sending takes
const AT_LEAST_MS = 9000, RANDOM_MS = 6000, APART_MS = 1700;

class Fire {
	static async open(options, round) {
		const fire = new Fire();

		fire.options = { ...options, out: join(options.out, `round${round}`) };
		fire.store = join(fire.options.out, 'store');
		await mkdir(fire.store, { recursive: true });
		fire.database = await Database.start();
		try {
			fire.a = await fire.start('host-a', 0);
		} catch (error) {
			await fire.close();
			throw error;
		}
		return fire;
	}

	start(id, number) {
		return Stack.start({ ...this.options, port: this.options.port + 5 * number }, {
			name: id, recordings: join(this.options.out, id, 'recordings'), rooms: ROOMS.map((room) => ({ id: room, more: 'outputs = "opus";' })),
			general: `host_id = "${id}"; catalog = "${this.database.address}"`,
			extra: `store: { backup = true; bundle_s = ${BUNDLE_MS / 1000}; takeover_min = 15 }
storage: ( { name = "main"; kind = "local"; directory = "${this.store}" } )`,
		});
	}

	async close() {
		for (const generator of this.generators ?? [])
			generator.kill();
		await Promise.all([this.a, this.b].map((stack) => stack?.stop()));
		await this.database.end();
	}

	/** Calls that begin one after the other, so that the fire meets each at another moment of its bundles. */
	async begin() {
		const options = { publishers: 1, viewers: 0, 'warmup-ms': 300, record: true, abandon: true, bitrate: 300000 };

		this.generators = [];
		for (const [i, room] of ROOMS.entries()) {
			this.generators.push(await Generator.start(this.a, room, join(this.options.out, 'generator'), { ...options, ...(i ? { 'no-video': true } : {}) }));
			await sleep(APART_MS);
		}
		await until('the recordings to run', async () => (await this.database.rows('SELECT id FROM recordings WHERE status = \'recording\'')).length === ROOMS.length);
	}

	/** What was sent until now was sent in time; both processes and the disk are gone, and as far as the others can tell have been for 16 minutes. */
	async burn() {
		this.burntUs = nowUs();
		await Promise.all([this.a.endJanus('KILL'), this.a.endWorker('KILL')]);
		await rm(this.a.recordings, { recursive: true, force: true });
		this.results = await Promise.all(this.generators.map((generator) => generator.end()));
		await this.database.run('UPDATE hosts SET heartbeat_ms = heartbeat_ms - 960000');
		await this.database.run('UPDATE workers SET heartbeat_ms = heartbeat_ms - 960000');
		await this.database.run('DELETE FROM leases');
		await this.database.run('CREATE OR REPLACE FUNCTION uptime_ms() RETURNS BIGINT LANGUAGE SQL AS \'SELECT CAST(100000000 AS BIGINT)\'');
	}

	/** What is brought back was written seconds ago, and nobody closes what is perhaps still written: it is made 16 minutes old, too. */
	async age() {
		const then = Date.now() / 1000 - 960;

		await Promise.all(this.results.map(async ({ recording }) => {
			const directory = join(this.b.recordings, recording);
			const brought = await until(`${recording} to be brought back`, async () => (await readFile(join(directory, '.fetched'), 'utf8').catch(() => '')).trim(), 60_000, 20);

			assert.equal(brought, 'main');
			for (const name of ['timeline.jsonl', 'chunks'])
				await utimes(join(directory, name), then, then);
		}));
	}

	async completed() {
		await until('all recordings to be completed', async () => {
			const rows = await this.database.rows('SELECT id, status, reason, host_id FROM recordings');
			const failed = rows.find(({ status }) => status === 'failed');

			assert.ok(!failed, JSON.stringify(failed));
			return rows.every(({ status, host_id: host }) => status === 'completed' && host === 'host-b');
		}, 90_000, 250);
	}
}

/** The first frames of a publisher, as many of each kind as said. */
async function sentUpTo(file, counts, to) {
	const lines = (await readFile(file, 'utf8')).trim().split('\n').filter((line) => {
		const [kind, number] = line.split(' ');

		return Number(number) < counts[kind];
	});

	await mkdir(to, { recursive: true });
	await writeFile(join(to, 'p0.txt'), `${lines.join('\n')}\n`);
	return to;
}

async function read(fire, id, sent, recordUs) {
	const { stdout } = await execute(join(fire.b.build, 'bench-reader'), ['chunks', join(fire.b.recordings, id), sent, '1', String(recordUs), 'nodecode']);

	return JSON.parse(stdout);
}

/** What is there is the beginning, without a hole; how many frames and milliseconds of the end are not. */
async function lossOf(fire, generator, { recording: id, record_us: recordUs }) {
	const file = join(generator.sent, 'p0.txt');
	const frames = (await readFile(file, 'utf8')).trim().split('\n').map((line) => line.split(' ')).map(([kind, number, at]) => ({ kind, number: Number(number), at: Number(at) }))
		.filter(({ at }) => at < fire.burntUs);
	const sent = (kind) => frames.filter((frame) => frame.kind === kind);
	const whole = await read(fire, id, await sentUpTo(file, { audio: sent('audio').length, video: sent('video').length }, join(generator.sent, 'all')), recordUs);
	const there = { audio: sent('audio').length - whole.sound.missing, video: sent('video').length - whole.pictures.missing };
	const { sound, pictures, absent, damaged, broken } = await read(fire, id, await sentUpTo(file, there, join(generator.sent, 'there')), recordUs);

	assert.deepEqual({ sound: sound.missing, pictures: pictures.missing, repeated: sound.repeated + pictures.repeated, absent, damaged, broken },
		{ sound: 0, pictures: 0, repeated: 0, absent: 0, damaged: 0, broken: 0 }, id);
	return ['audio', 'video'].filter((kind) => sent(kind).length).map((kind) => {
		const last = sent(kind)[there[kind] - 1];

		return { id, kind, frames: sent(kind).length - there[kind], ms: last ? (fire.burntUs - last.at) / 1000 : Infinity };
	});
}

async function isWhole(fire, { recording: id }) {
	const { stop, start, lines, directory } = await Recording.open(join(fire.b.recordings, id)).then((r) => ({ ...r, lines: r.lines('chunk') }));
	const { format } = await probe(join(directory, 'output.opus'));
	const events = await fire.database.rows(`SELECT seq, type FROM events WHERE recording = '${id}' ORDER BY events.id`);
	const [row] = await fire.database.rows(`SELECT flags FROM recordings WHERE id = '${id}'`);

	assert.ok(lines.length > 0 && start);
	assert.ok(row.flags.includes('interrupted'), row.flags);
	assert.ok(Math.abs(Number(format.duration) * 1000 - stop.duration_ms) < 200, `${format.duration} s, recorded ${stop.duration_ms} ms`);
	assert.deepEqual(eventFaults(events, LIFE), [], id);
}

async function burnOne(report, options, round) {
	const fire = await Fire.open(options, round);

	try {
		await fire.begin();
		await sleep(AT_LEAST_MS + Math.random() * RANDOM_MS);
		await fire.burn();
		fire.b = await fire.start('host-b', 1);
		await report.test('another host finishes what was recorded when it burnt down', async () => {
			await fire.age();
			await fire.completed();
			for (const result of fire.results)
				await isWhole(fire, result);
		});
		await report.test('nothing but the end is lost, and of that no more than was said', async () => {
			const losses = (await Promise.all(fire.generators.map((generator, i) => lossOf(fire, generator, fire.results[i])))).flat();

			for (const { id, kind, frames, ms } of losses)
				report.figure(`lost of ${id}, ${kind}`, `${frames} frames, ${ms.toFixed(0)} ms (target ${BOUND_MS} ms and the sending) ${ms <= BOUND_MS + SENDING_MS ? 'ok' : 'short'}`);
			assert.ok(losses.every(({ ms }) => ms <= BOUND_MS + SENDING_MS), JSON.stringify(losses));
		});
	} finally {
		await fire.close();
	}
}

export async function run(report, options) {
	for (let round = 1; round <= ROUNDS; round++)
		await burnOne(report, options, round);
}
