// SPDX-License-Identifier: GPL-3.0-or-later
// REST about a call that is under way: real Janus, real browsers, requests by hand.

import assert from 'node:assert/strict';

import { Person, launch } from '../lib/browser.mjs';
import { Stack } from '../lib/stack.mjs';

const ROOM = 'demo';

async function post(stack, token, path, body, headers) {
	return stack.rest(path, { token, method: 'POST', body, headers });
}

function problem({ status, headers, body }, want, code) {
	assert.equal(status, want, JSON.stringify(body));
	assert.equal(headers.get('content-type'), 'application/problem+json');
	assert.equal(body.code, code);
	assert.ok(body.detail && body.requestId === headers.get('x-request-id'));
}

async function refused(stack, host, guest) {
	problem(await post(stack, null, '/recording/start', { roomId: ROOM }), 401, 'unauthorized');
	problem(await post(stack, guest, '/recording/start', { roomId: ROOM }), 403, 'not_host');
	problem(await post(stack, host, '/recording/start', { roomId: 'other' }), 403, 'forbidden');
	problem(await post(stack, host, '/recording/start', {}), 400, 'missing_element');
	problem(await post(stack, host, '/recording/start', { roomId: ROOM, layot: 'grid' }), 400, 'invalid_element');
	problem(await post(stack, host, '/recording/start', { roomId: ROOM, layout: 'circle' }), 400, 'invalid_element');
	problem(await post(stack, host, '/recording/start', { callId: 'call_demo_1_aaaaaa' }), 409, 'no_call');
	problem(await post(stack, host, '/recording/stop', { roomId: ROOM }), 409, 'not_recording');
	problem(await post(stack, host, '/recording/rec_demo_1760000000000_aaaaaa/pause'), 404, 'no_such_recording');
}

async function wholeLife(stack, token, people) {
	const started = await post(stack, token, '/recording/start', { roomId: ROOM, title: 'By REST', custom: { ticket: 7 } });
	const { recordingId, callId } = started.body;

	assert.equal(started.status, 201, JSON.stringify(started.body));
	assert.equal(started.headers.get('location'), `/recording/${recordingId}`);
	assert.deepEqual([started.body.roomId, started.body.status], [ROOM, 'recording']);
	assert.ok(callId.startsWith('call_demo_') && Math.abs(started.body.startedAt - Date.now()) < 60_000);
	for (const person of people)
		await person.indicator('recording');
	problem(await post(stack, token, '/recording/start', { callId }), 409, 'already_recording');
	const paused = await post(stack, token, `/recording/${recordingId}/pause`);

	assert.deepEqual([paused.status, paused.body.status], [200, 'paused']);
	const resumed = await post(stack, token, `/recording/${recordingId}/resume`, {});

	assert.deepEqual([resumed.status, resumed.body.status], [200, 'recording']);
	const stopped = await post(stack, token, '/recording/stop', { recordingId });

	assert.deepEqual([stopped.status, stopped.body.status, stopped.body.recordingId], [202, 'processing', recordingId]);
	assert.ok(stopped.body.duration >= 0);
	problem(await post(stack, token, '/recording/stop', { recordingId }), 409, 'not_recording');
	return recordingId;
}

export async function run(report, options) {
	const stack = await Stack.start(options);
	const browser = await launch();

	try {
		const host = await stack.token(ROOM, 'host');
		const guest = await stack.token(ROOM, 'guest');

		await report.test('nobody is there: no_call', async () => {
			problem(await post(stack, host, '/recording/start', { roomId: ROOM }), 409, 'no_call');
		});
		const ann = await Person.join(browser, stack, { name: 'Ann', role: 'host', colour: [180, 50, 50], hz: 500 });
		const ben = await Person.join(browser, stack, { name: 'Ben', colour: [40, 140, 70], hz: 900 });

		await ann.sees(1);
		await report.test('who may not, or asks for nonsense, is refused', () => refused(stack, host, guest));
		await report.test('start, pause, resume and stop; everybody sees it', async () => {
			const id = await wholeLife(stack, host, [ann, ben]);

			await ann.completed();
			const { body } = await stack.rest(`/recording/${id}`, { token: host });

			assert.deepEqual([body.status, body.title], ['completed', 'By REST']);
		});
		await report.test('without Janus: 503, and when to try again', async () => {
			await stack.endJanus('KILL');
			const answer = await post(stack, host, '/recording/start', { roomId: ROOM });

			problem(answer, 503, 'unavailable');
			assert.ok(Number(answer.headers.get('retry-after')) > 0);
		});
	} finally {
		await browser.close();
		await stack.stop();
	}
}
