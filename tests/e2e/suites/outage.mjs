// SPDX-License-Identifier: GPL-3.0-or-later
// PostgreSQL dies in the middle of twenty recordings and comes back: nobody in a call notices, and in the end the catalog says what the timelines say.
// Each is a call of a publisher and a viewer of the load generator, with numbered sound and without pictures: what twenty cameras would cost says nothing
// about the database.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Database, eventFaults } from '../lib/database.mjs';
import { Generator, nowUs, share } from '../lib/generators.mjs';
import { overHttp } from '../lib/janus_api.mjs';
import { Recording } from '../lib/recording.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';

const execute = promisify(execFile);
const RUNNING = 20, STOPPED_MEANWHILE = 4, MEASURED_MS = 2500;
const ROOMS = Array.from({ length: RUNNING }, (_, i) => `running${i}`);
const BY_REST = 'by-rest', BY_JANUS = 'by-janus';
const LIFE = ['recordingstarting', 'recordingstarted', 'recordingstopped', 'recordingcompleted'];
const PAUSED_LIFE = ['recordingstarting', 'recordingstarted', 'recordingpaused', 'recordingresumed', 'recordingstopped', 'recordingcompleted'];
const TIMELINE = { start: 'recordingstarted', pause: 'recordingpaused', resume: 'recordingresumed', stop: 'recordingstopped' };
const DELAY_MORE_MS = 20, TOLD_MS = 3000;

/** Everything of one run: what is there, what was measured. */
class Outage {
	marks = [];
	results = new Map();

	static async open(options) {
		const outage = new Outage();

		outage.options = options;
		outage.database = await Database.start();
		outage.stack = await Stack.start(options, {
			general: `catalog = "${outage.database.address}"`,
			rooms: [...ROOMS, BY_REST, BY_JANUS].map((id) => ({ id, more: 'outputs = "opus";' })),
		}).catch(async (error) => {
			await outage.database.end();
			throw error;
		});
		return outage;
	}

	async close() {
		for (const generator of this.generators ?? [])
			generator.kill();
		await this.stack.stop();
		await this.database.end();
	}

	mark() {
		this.marks.push(nowUs());
	}

	async begin() {
		const options = { 'no-video': true, publishers: 1, viewers: 1, 'warmup-ms': 300 };
		const start = (room, more) => Generator.start(this.stack, room, join(this.options.out, 'generator'), { ...options, ...more });

		this.generators = await Promise.all([...ROOMS.map((room) => start(room, { record: true })), start(BY_REST, {}), start(BY_JANUS, {})]);
		await until('the recordings to run', async () => {
			const dead = this.generators.find(({ child }) => child.exitCode !== null);

			assert.ok(!dead, dead?.complaints);
			return (await this.database.rows('SELECT id FROM recordings WHERE status = \'recording\'')).length === RUNNING;
		}, 40_000);
	}

	async end(generators) {
		await Promise.all(generators.map(async (generator) => this.results.set(generator.room, await generator.end())));
	}

	running() {
		return this.generators.filter(({ room }) => ROOMS.includes(room));
	}
}

async function post(stack, token, path, body, status) {
	const answer = await stack.rest(path, { token, method: 'POST', body });

	assert.equal(answer.status, status, JSON.stringify(answer.body));
	return answer.body;
}

/** All by REST while there is no database. */
async function controlledByRest({ stack }, token) {
	const { recordingId, ...started } = await post(stack, token, '/recording/start', { roomId: BY_REST }, 201);

	assert.equal(started.catalog, 'behind');
	await sleep(500);
	for (const [path, status] of [['pause', 'paused'], ['resume', 'recording']]) {
		const answer = await post(stack, token, `/recording/${recordingId}/${path}`, undefined, 200);

		assert.deepEqual([answer.status, answer.catalog], [status, 'behind']);
	}
	await sleep(500);
	const stopped = await post(stack, token, '/recording/stop', { recordingId }, 202);

	assert.deepEqual([stopped.status, stopped.catalog], ['processing', 'behind']);
	return recordingId;
}

/** The same through Janus; somebody joins, too. */
async function controlledByJanus({ stack }) {
	const client = await overHttp(stack.http);
	const host = await client.attach();
	const ask = (recroom) => client.ask(host, { recroom, room: BY_JANUS });

	assert.equal((await client.ask(host, { recroom: 'join', room: BY_JANUS, display: 'Hana', secret: stack.secret })).role, 'host');
	const started = await ask('start_recording');

	assert.deepEqual([started.status, started.catalog], ['recording', 'behind']);
	await sleep(500);
	assert.equal((await ask('stop_recording')).catalog, 'behind');
	await ask('leave');
	return started.recordingId;
}

/** Before, during and after. */
async function delaysOf(outage) {
	const all = (await Promise.all(outage.running().map((generator) => generator.delays()))).flat();

	return [0, 2, 4].map((i) => all.filter(({ at }) => at >= outage.marks[i] && at < outage.marks[i + 1]).map(({ late }) => late / 1000));
}

async function everyFrame(outage, room) {
	const { recording, record_us: startUs } = outage.results.get(room);
	const generator = outage.generators.find((one) => one.room === room);
	const { stdout } = await execute(join(outage.stack.build, 'bench-reader'),
		['chunks', join(outage.stack.recordings, recording), generator.sent, '1', String(startUs)]);
	const { sound, absent, damaged, wrong, broken } = JSON.parse(stdout);

	assert.deepEqual({ missing: sound.missing, repeated: sound.repeated, absent, damaged, wrong, broken },
		{ missing: 0, repeated: 0, absent: 0, damaged: 0, wrong: 0, broken: 0 }, room);
	return sound.expected;
}

/** The catalog's row and events of a recording against its timeline. */
async function agrees(outage, row, events) {
	const { start, stop, timeline } = await Recording.open(join(outage.stack.recordings, row.id));
	const steps = timeline.filter(({ type }) => TIMELINE[type]).map(({ type, seq }) => [TIMELINE[type], seq]);
	const kept = events.filter(({ type }) => Object.values(TIMELINE).includes(type)).map(({ type, seq }) => [type, seq]);

	assert.deepEqual(eventFaults(events, row.room === BY_REST ? PAUSED_LIFE : LIFE), [], row.id);
	assert.deepEqual(kept, steps, row.id);
	assert.deepEqual([row.duration_ms, row.call_id, row.flags], [stop.duration_ms, start.call, JSON.stringify(stop.flags)], row.id);
	assert.ok(start.wall_ms >= row.started_ms && start.wall_ms - row.started_ms < TOLD_MS, `${row.id} began ${start.wall_ms - row.started_ms} ms after it was asked for`);
}

async function completed(outage, ids) {
	await until('all recordings to be completed', async () => {
		const rows = await outage.database.rows('SELECT id, status, reason FROM recordings');
		const failed = rows.find(({ status }) => status === 'failed');

		assert.ok(!failed, JSON.stringify(failed));
		return rows.filter(({ status }) => status === 'completed').length === ids.length;
	}, 60_000, 250);
	assert.deepEqual((await outage.database.rows('SELECT id FROM recordings ORDER BY id')).map(({ id }) => id), [...ids].sort());
}

async function whileItIsAway(report, outage, ids) {
	const [token, janus] = await Promise.all([outage.stack.token(BY_REST), outage.stack.token(BY_JANUS)]);

	assert.ok(token && janus);
	outage.mark();
	await sleep(MEASURED_MS);
	outage.mark();
	await outage.database.kill();
	outage.mark();
	await sleep(MEASURED_MS / 2);              // entries wait for over a second
	await report.test('start, pause, resume and stop by REST work meanwhile, and say that the catalog is behind', async () => {
		ids.push(await controlledByRest(outage, token));
	});
	await report.test('join, start and stop by Janus work meanwhile, and say so', async () => {
		ids.push(await controlledByJanus(outage));
	});
	await report.test(`${STOPPED_MEANWHILE} of the recordings are stopped meanwhile, the others go on`, async () => {
		await outage.end(outage.running().slice(0, STOPPED_MEANWHILE));
	});
	outage.mark();
	await outage.database.begin();
	await until('the catalog to have everything', async () => {
		const rows = await outage.database.rows('SELECT id FROM recordings WHERE stopped_ms IS NOT NULL').catch(() => []);

		return rows.length === STOPPED_MEANWHILE + ids.length;
	});
	outage.mark();
	await sleep(MEASURED_MS);
	outage.mark();
	await outage.end(outage.running().slice(STOPPED_MEANWHILE));
	for (const generator of outage.generators.slice(RUNNING))
		await generator.end();
}

function compareDelays(report, delays) {
	const [before, during, after] = delays.map((values) => [0.5, 0.99].map((part) => share(values, part)));

	for (const [name, [middle, high], { length }] of [['before', before, delays[0]], ['during', during, delays[1]], ['after', after, delays[2]]])
		report.figure(`forwarding delay ${name} the outage`, `median ${middle.toFixed(2)} ms, 99 % below ${high.toFixed(2)} ms, of ${length} packets`);
	assert.ok(delays.every(({ length }) => length > 1000), 'too little was measured');
	assert.ok(during[0] < before[0] + DELAY_MORE_MS && after[0] < before[0] + DELAY_MORE_MS, 'forwarding takes longer');
}

export async function run(report, options) {
	const outage = await Outage.open(options);
	const ids = [];

	try {
		await outage.begin();
		await whileItIsAway(report, outage, ids);
		await report.test(`none of ${RUNNING} recordings is lost`, () => {
			ids.push(...ROOMS.map((room) => outage.results.get(room).recording));
			return completed(outage, ids);
		});
		await report.test('every numbered frame is in the chunks', async () => {
			const frames = [];

			for (const room of ROOMS)
				frames.push(await everyFrame(outage, room));
			report.figure('frames sent and recorded', frames.reduce((a, b) => a + b));
			assert.ok(frames.every((n) => n > MEASURED_MS / 20), String(frames));
		});
		await report.test('the catalog says what the timelines say, events in order and without a hole', async () => {
			const events = await outage.database.rows('SELECT recording, seq, type FROM events ORDER BY id');

			for (const row of await outage.database.rows('SELECT * FROM recordings'))
				await agrees(outage, row, events.filter(({ recording }) => recording === row.id));
		});
		await report.test('the calls go on as before', async () => {
			compareDelays(report, await delaysOf(outage));
			for (const [room, { seen, seen_missing: missing }] of outage.results)
				assert.ok(seen > 0 && missing === 0, `${room}: the viewer missed ${missing} of ${seen}`);
		});
	} finally {
		await outage.close();
	}
}
