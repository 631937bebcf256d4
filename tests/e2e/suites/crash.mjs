// SPDX-License-Identifier: GPL-3.0-or-later
// Janus stops in mid-recording, the worker dies in mid-job, in the call and after it: after a restart every recording is completed all the same. One that is
// deleted while it is mixed is gone.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Person, launch } from '../lib/browser.mjs';
import { probe } from '../lib/ffmpeg.mjs';
import { processes } from '../lib/processes.mjs';
import { Recording } from '../lib/recording.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';

const ANN = { name: 'Ann', role: 'host', colour: [180, 50, 50], hz: 500 };
const BEN = { name: 'Ben', colour: [40, 140, 70], hz: 900, phaseMs: 500 };

const names = (directory) => readdir(directory).catch(() => []);
const workers = async () => (await processes()).filter(({ command }) => /\brecroom-pp\b/.test(command));

/** Until the mix follows the call: its first segment is finished, and kept. */
function followed(stack, id) {
	return until('the first segment of the mix', async () => (await names(join(stack.recordings, id, '.compose', 'output'))).includes('v-000000.seg'), 60_000, 100);
}

async function killWorker(stack) {
	await stack.endWorker('KILL');
	await until('the job\'s process to end with its parent', async () => (await workers()).length === 0, 5000);
}

async function completed(stack, id) {
	const token = await stack.token();

	return until(`${id} to be completed`, async () => {
		const { body } = await stack.rest(`/recording/${id}`, { token });

		if (body?.status === 'failed')
			throw new Error(`failed: ${body.reason}`);
		return body?.status === 'completed' && body;
	}, 60_000, 250);
}

async function isWhole(stack, id, atLeastMs) {
	const recording = await Recording.open(join(stack.recordings, id));
	const { format, streams } = await probe(recording.output);

	assert.deepEqual(streams.map(({ codec_name: name }) => name).sort(), ['opus', 'vp8']);
	assert.ok(Number(format.duration) * 1000 >= atLeastMs, `${format.duration} s of ${atLeastMs} ms`);
	assert.ok(Math.abs(Number(format.duration) * 1000 - recording.stop.duration_ms) < 100, `${format.duration} s, recorded ${recording.stop.duration_ms} ms`);
	assert.ok(!(await names(recording.directory)).includes('.compose'), 'what was kept for a restart is still there');
	return recording;
}

async function startCall(browser, stack) {
	const ann = await Person.join(browser, stack, ANN);
	const ben = await Person.join(browser, stack, BEN);

	await ann.sees(1);
	return { ann, ben, id: await ann.record() };
}

async function janusStops(browser, stack, report) {
	const { ann, ben, id } = await startCall(browser, stack);

	await sleep(5000);
	const started = Date.now();

	await stack.endJanus('TERM');
	report.figure('Janus needs to stop in mid-recording', `${Date.now() - started} ms`);
	for (const person of [ann, ben])
		await person.page.waitForSelector('#connection-note:not([hidden])');
	await stack.startJanus();
	const row = await completed(stack, id);
	const recording = await isWhole(stack, id, 4000);

	assert.ok(row.flags.includes('interrupted'), `flags ${JSON.stringify(row.flags)}`);
	assert.ok(recording.stop, 'no stop line');
	await Promise.all([ann, ben].map((person) => person.close()));
}

async function janusIsKilled(browser, stack) {
	const { ann, ben, id } = await startCall(browser, stack);

	await followed(stack, id);
	await stack.endJanus('KILL');
	await stack.startJanus();
	const row = await completed(stack, id);

	await isWhole(stack, id, 3000);
	assert.ok(row.flags.includes('interrupted'), `flags ${JSON.stringify(row.flags)}`);
	await Promise.all([ann, ben].map((person) => person.close()));
}

async function workerIsKilled(browser, stack) {
	const { ann, ben, id } = await startCall(browser, stack);

	await sleep(8000);
	await ann.pressStop();
	await ann.heard('the job to begin', (m) => m.event === 'recordingprogress' && m.recordingId === id);
	await killWorker(stack);
	assert.notEqual(await ann.page.getAttribute('#indicator', 'data-rr-status'), 'completed', 'the job was done before the worker was killed');
	await stack.startWorker();
	assert.equal(await ann.completed(), id);
	await isWhole(stack, id, 7000);
	await Promise.all([ann, ben].map((person) => person.close()));
}

/** While nobody mixes, the call goes on being recorded; the next worker has to catch up. */
async function workerIsKilledInTheCall(browser, stack) {
	const { ann, ben, id } = await startCall(browser, stack);

	await followed(stack, id);
	await killWorker(stack);
	await sleep(1500);
	await stack.startWorker();
	await sleep(1500);
	await ann.stop();
	assert.equal(await ann.completed(), id);
	await isWhole(stack, id, 5000);
	await Promise.all([ann, ben].map((person) => person.close()));
}

async function deletedWhileMixed(browser, stack) {
	const { ann, ben, id } = await startCall(browser, stack);
	const token = await stack.token();
	const composing = async () => (await workers()).some(({ command }) => command.includes(id));

	await until('its composer to begin', composing, 20_000);
	await sleep(1000);
	await ann.pressStop();
	const status = await until('the recording to be over', async () => {
		const answer = await stack.rest(`recording/${id}`, { token, method: 'DELETE' });

		return answer.status !== 409 && answer.status;
	}, 10_000, 20);

	assert.equal(status, 202);
	await until('everything of it to be gone', async () => (await names(stack.recordings)).includes(id) === false, 20_000, 100);
	await until('the catalog to say so', async () => (await stack.rest(`recording/${id}`, { token })).status === 404, 10_000, 50);
	await sleep(500);      /* nobody makes its folder again */
	assert.ok(!(await names(stack.recordings)).includes(id));
	await until('its composer to end', async () => !await composing(), 10_000);
	await Promise.all([ann, ben].map((person) => person.close()));
}

export async function run(report, options) {
	const stack = await Stack.start(options);
	const browser = await launch();

	try {
		await report.test('Janus stopped by SIGTERM in mid-recording: completed after a restart', () => janusStops(browser, stack, report));
		await report.test('Janus killed by SIGKILL in mid-recording: completed after a restart', () => janusIsKilled(browser, stack));
		await report.test('worker killed by SIGKILL in mid-job: completed after a restart', () => workerIsKilled(browser, stack));
		await report.test('worker killed by SIGKILL in mid-call: completed after a restart', () => workerIsKilledInTheCall(browser, stack));
		await report.test('deleted right after the stop, while it is mixed: gone', () => deletedWhileMixed(browser, stack));
	} finally {
		await browser.close();
		await stack.stop();
	}
}
