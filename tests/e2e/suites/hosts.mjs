// SPDX-License-Identifier: GPL-3.0-or-later
// Two hosts, each a Janus and a worker, with one PostgreSQL and a directory that both have mounted: whichever is asked, the one whose call it is answers;
// what a worker leaves half done the other one finishes.

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { Person, launch } from '../lib/browser.mjs';
import { Database, eventFaults } from '../lib/database.mjs';
import { probe } from '../lib/ffmpeg.mjs';
import { overHttp } from '../lib/janus_api.mjs';
import { Recording } from '../lib/recording.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';

const HOSTS = ['host-a', 'host-b'];
const ROOMS = ['north', 'south'];
const LIFE = ['recordingstarting', 'recordingstarted', 'recordingpaused', 'recordingresumed', 'recordingstopped', 'recordingcompleted'];
const SHORT_LIFE = LIFE.filter((type) => !['recordingpaused', 'recordingresumed'].includes(type));

async function startHosts(options, database) {
	const stacks = [];

	for (const [i, id] of HOSTS.entries()) {
		const port = options.port + 5 * i;

		stacks.push(await Stack.start({ ...options, port }, {
			name: id, recordings: join(options.out, 'shared'), rooms: ROOMS, extra: 'mix: { width = 640; height = 360; fps = 15 }',
			general: `host_id = "${id}"; catalog = "${database.address}"`,
			serve: `address = "http://127.0.0.1:${port}"; reaches = "${HOSTS[1 - i]}"`,
		}));
	}
	return stacks;
}

/** Somebody who calls on each host, in a room that is nowhere else. */
function callers(browser, stacks) {
	const people = [{ name: 'Ann', colour: [180, 50, 50], hz: 500 }, { name: 'Bea', colour: [40, 140, 70], hz: 900 }];

	return Promise.all(people.map((who, i) => Person.join(browser, stacks[i], { ...who, role: 'host', room: ROOMS[i] })));
}

async function isElsewhere(stacks) {
	for (const [i, room] of ROOMS.entries()) {
		const other = await overHttp(stacks[1 - i].http);
		const answer = await other.ask(await other.attach(), { recroom: 'join', room, display: 'Cara' });

		assert.equal(answer.code, 'room_elsewhere', JSON.stringify(answer));
		assert.equal(answer.address, stacks[i].url.slice(0, -1));
	}
}

async function post(stack, token, path, body, status) {
	const answer = await stack.rest(path, { token, method: 'POST', body });

	assert.equal(answer.status, status, `${path} at ${stack.url}: ${JSON.stringify(answer.body)}`);
	return answer.body;
}

/** Start and resume by one host, pause and stop by another. */
async function controlled(room, person, one, another) {
	const token = await one.token(room);
	const { recordingId } = await post(one, token, '/recording/start', { roomId: room }, 201);

	assert.equal(await person.indicator('recording'), recordingId);
	await sleep(1000);
	assert.equal((await post(another, token, `/recording/${recordingId}/pause`, undefined, 200)).status, 'paused');
	await person.indicator('paused');
	assert.equal((await post(one, token, `/recording/${recordingId}/resume`, undefined, 200)).status, 'recording');
	await person.indicator('recording');
	await sleep(500);
	assert.equal((await post(another, token, '/recording/stop', { recordingId }, 202)).status, 'processing');
	return recordingId;
}

async function completed(database, id) {
	await until(`${id} to be completed`, async () => {
		const [{ status, reason }] = await database.rows(`SELECT status, reason FROM recordings WHERE id = '${id}'`);

		assert.notEqual(status, 'failed', reason);
		return status === 'completed';
	}, 60_000, 250);
}

async function isWhole(stack, database, id, life) {
	const recording = await Recording.open(join(stack.recordings, id));
	const { format } = await probe(recording.output);
	const events = await database.rows(`SELECT seq, type FROM events WHERE recording = '${id}' ORDER BY events.id`);

	assert.ok(Math.abs(Number(format.duration) * 1000 - recording.stop.duration_ms) < 150, `${format.duration} s, recorded ${recording.stop.duration_ms} ms`);
	assert.deepEqual(eventFaults(events, life), [], id);
}

/** Which host's worker has the recording's job. */
async function hostAtWork(database, id) {
	const rows = await database.rows(`SELECT w.host_id FROM jobs AS j JOIN workers AS w ON j.owner LIKE w.id || '%' WHERE j.recording = '${id}' AND j.state = 'running'`);

	return rows[0] && HOSTS.indexOf(rows[0].host_id) + 1;
}

/** Killed in mid-job; the call, on the other host or on the same, goes on and ends as ever. */
async function otherFinishes(report, database, stacks, people) {
	const id = await people[0].record();
	const working = await until('a worker to take the job', () => hostAtWork(database, id)) - 1;

	await sleep(2000);
	await stacks[working].endWorker('KILL');
	await people[0].stop();
	const stopped = Date.now();

	await completed(database, id);
	report.figure('from the end of the call to its file, its worker having been killed', `${((Date.now() - stopped) / 1000).toFixed(1)} s`);
	assert.equal(await people[0].completed(), id);
	await isWhole(stacks[0], database, id, SHORT_LIFE);
	await stacks[working].startWorker();
}

export async function run(report, options) {
	const database = await Database.start();
	let stacks = [], browser;

	try {
		stacks = await startHosts(options, database);
		browser = await launch();
		const people = await callers(browser, stacks);

		await report.test('a call of the same room on the other host: room_elsewhere, and where', () => isElsewhere(stacks));
		await report.test('start, pause, resume and stop by either host\'s REST, for a call on either', async () => {
			const ids = await Promise.all([controlled(ROOMS[0], people[0], stacks[1], stacks[0]), controlled(ROOMS[1], people[1], stacks[1], stacks[0])]);

			for (const [i, id] of ids.entries()) {
				assert.equal(await people[i].completed(), id);
				await completed(database, id);
				await isWhole(stacks[i], database, id, LIFE);
			}
		});
		await report.test('a worker is killed in mid-job, the other one finishes', () => otherFinishes(report, database, stacks, people));
	} finally {
		await browser?.close();
		await Promise.all(stacks.map((stack) => stack.stop()));
		await database.end();
	}
}
