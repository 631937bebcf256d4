// SPDX-License-Identifier: GPL-3.0-or-later
// docs/openapi.yaml against a real server: each example request is sent, about real recordings, and each answer is as the document says. And REST with all
// its connections taken by slow clients: calls do not notice.

import assert from 'node:assert/strict';
import { get } from 'node:http';
import { join } from 'node:path';

import { Person, launch } from '../lib/browser.mjs';
import { Described } from '../lib/described.mjs';
import { everyFrame } from '../lib/load.mjs';
import { SlowClients } from '../lib/slow.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';

const ROOM = 'demo', LOAD_ROOM = '1234';
/** The ids of the document's examples. */
const ID = 'rec_demo_1760090400123_k3v7qa', CALL = 'call_demo_1760090380000_m2x7qa';
const CONNECTIONS = 512;

function is(answer, ...statuses) {
	assert.ok(statuses.includes(answer.status), `${answer.status}, not ${statuses}: ${JSON.stringify(answer.body)}`);
	return answer.body;
}

/** Three recordings: by room, by call with everything, with regions. Gives the second, which has two outputs. */
async function calls(api) {
	const headers = { 'Idempotency-Key': '"8e03978e-40d5-43dd-bc93-6894a57f9324"' };
	const { callId, recordingId: first } = is(await api.send('startRecording', { example: 'room', headers }), 201);
	const again = await api.send('startRecording', { example: 'room', headers });
	const words = { [CALL]: callId };

	assert.deepEqual([is(again, 201).recordingId, again.headers.get('idempotent-replayed')], [first, 'true']);
	is(await api.send('startRecording', { example: 'whole', words, headers }), 422);
	is(await api.send('startRecording', { example: 'room' }), 409);
	is(await api.send('stopRecording', { example: 'room' }), 202);
	const { recordingId } = is(await api.send('startRecording', { example: 'whole', words }), 201);
	const params = { recordingId };

	is(await api.send('getRecording', { params }), 200);
	is(await api.send('pauseRecording', { params, example: 'nothing' }), 200);
	is(await api.send('resumeRecording', { params, example: 'nothing' }), 200);
	await sleep(1500);          /* something to see, beside those that are over at once */
	is(await api.send('deleteRecording', { params }), 409);
	is(await api.send('recomposeRecording', { params, example: 'sound' }), 409);
	is(await api.send('stopRecording', { example: 'recording', words: { [ID]: recordingId } }), 202);
	is(await api.send('pauseRecording', { params }), 409);
	is(await api.send('startRecording', { example: 'regions' }), 201);
	is(await api.send('stopRecording', { example: 'call', words }), 202);
	return recordingId;
}

async function completed(api, recordingId) {
	let answer;

	await until(`${recordingId} to be completed`, async () => {
		answer = is(await api.send('getRecording', { params: { recordingId } }), 200);
		assert.notEqual(answer.status, 'failed', answer.reason);
		return answer.status === 'completed' && answer.outputs.every(({ state }) => state !== 'queued' && state !== 'running');
	}, 60_000, 300);
	return answer;
}

/** An output that is cancelled before it is done; a quick machine may need some tries. */
async function cancelledOne(api, params) {
	for (let i = 0; i < 10; i++) {
		const { outputId } = is(await api.send('recomposeRecording', { params, example: 'another' }), 202);
		const words = { 2: outputId };

		if (is(await api.send('cancelOutput', { params, example: 'second', words }), 202, 409).state)
			return outputId;
	}
	throw new Error('none could be cancelled');
}

async function outputs(api, recordingId) {
	const params = { recordingId };

	is(await api.send('recomposeRecording', { params, example: 'sound' }), 202);
	const outputId = await cancelledOne(api, params);

	is(await api.send('recomposeRecording', { params, example: 'again', words: { 2: outputId } }), 202);
	is(await api.send('cancelOutput', { params, example: 'primary' }), 409);
	is(await api.send('recomposeRecording', { params, body: { layout: 'circle' } }), 400);
	is(await api.send('recomposeRecording', { params, body: { only: ['user9'] } }), 404);
	return completed(api, recordingId);
}

async function files(api, recording) {
	const params = { recordingId: recording.recordingId, name: 'output.webm' };
	const later = recording.outputs.find(({ outputId, state }) => outputId > 1 && state === 'done').files.find(({ kind }) => kind === 'media').name;
	const [folder, name] = later.split('/');
	const whole = await api.send('getFile', { params });

	is(whole, 200);
	is(await api.send('getFile', { params, method: 'HEAD' }), 200);
	is(await api.send('getFile', { params, query: { download: 1 }, headers: { Range: 'bytes=0-99' } }), 206);
	is(await api.send('getFile', { params, headers: { 'If-None-Match': whole.headers.get('etag') } }), 304);
	is(await api.send('getFile', { params, headers: { Range: 'bytes=99999999999-' } }), 416);
	is(await api.send('getFile', { params: { ...params, name: 'none.webm' } }), 404);
	is(await api.send('getFileOfOutput', { params: { ...params, folder, name } }), 200);
	for (const link of [recording.url, recording.downloadUrl, recording.thumbnailUrl])
		is(await api.follow('getFile', link), 200);
	is(await api.follow('getFile', recording.url.replace(/sig=./, (at) => `sig=${at.endsWith('0') ? 1 : 0}`)), 403);
	is(await api.send('getFile', { params, query: { exp: 1, sig: 'a'.repeat(64) }, token: null }), 401, 403);
}

/** Links given away, followed and taken back; held, released, kept. */
async function sharing(api, recording) {
	const params = { recordingId: recording.recordingId };
	const { outputId, files: names } = recording.outputs.find((output) => output.outputId > 1 && output.state === 'done');
	const words = { 2: outputId, 'outputs/2-grid-1280x720.mp4': names.find(({ kind }) => kind === 'media').name };
	const { shareId, url } = is(await api.send('shareRecording', { params, example: 'plain' }), 201);
	const secret = new URL(url, api.stack.url).pathname.split('/').at(-1);

	is(await api.send('shareRecording', { params, example: 'file', words }), 201);
	is(await api.send('getShared', { params: { secret }, token: null }), 200);
	is(await api.send('getShared', { params: { secret }, token: null, headers: { Range: 'bytes=0-99' } }), 206);
	is(await api.send('listShares', { params }), 200);
	is(await api.send('revokeShare', { params: { ...params, share: shareId } }), 204);
	is(await api.send('getShared', { params: { secret }, token: null }), 410);
	is(await api.send('holdRecording', { params, example: 'why' }), 200);
	is(await api.send('holdRecording', { params, example: 'plain' }), 200);
	is(await api.send('deleteRecording', { params }), 409);
	is(await api.send('releaseRecording', { params }), 200);
	is(await api.send('keepRecording', { params, example: 'year' }), 200);
	is(await api.send('keepRecording', { params, example: 'ever' }), 200);
}

/** All of a recording's events, page by page; each is as webhooks tell it. */
async function events(api, recordingId) {
	const found = [], params = { recordingId };
	let page = { nextPageToken: '' };

	while (page.nextPageToken !== null) {
		page = is(await api.send('listEvents', { params, query: { since: 0, pageSize: 3, ...(page.nextPageToken ? { pageToken: page.nextPageToken } : {}) } }), 200);
		found.push(...page.events);
	}
	for (const { seq, type, data } of found)
		api.heard(type, { roomId: ROOM, recordingId, seq, ...data });
	assert.equal(found.at(-1).seq, page.lastSeq);
	for (const type of ['recordingstarting', 'recordingstarted', 'recordingpaused', 'recordingresumed', 'recordingstopped', 'recordingcompleted', 'outputcompleted', 'outputfailed'])
		assert.ok(found.some((event) => event.type === type), `no ${type}: ${found.map((event) => event.type)}`);
	is(await api.send('listEvents', { params, query: { since: -1 } }), 400);
}

async function lists(api, guest) {
	const query = { room: ROOM, status: 'completed', from: 1760000000000, to: 4102444800000, pageSize: 1 };
	const { nextPageToken } = is(await api.send('listRecordings', { query }), 200);

	is(await api.send('listRecordings', { query: { ...query, pageToken: nextPageToken ?? '' } }), 200);
	is(await api.send('listRecordings', { token: guest }), 200);
	is(await api.send('listRecordings', { query: { pageSize: 0 } }), 400);
	is(await api.send('listRecordings', { query: { room: 'other' } }), 403);
	is(await api.send('listCalls', { query: { room: ROOM, pageSize: 1 } }), 200);
	is(await api.send('listCalls', { query: { pageToken: 'none of ours' } }), 400);
}

async function server(api) {
	for (const id of ['getDescription', 'getConfig', 'getMetrics', 'isAlive', 'isAliveToo', 'isReady'])
		is(await api.send(id, { token: null }), 200);
	is(await api.send('isReady', { token: null, query: { verbose: '' } }), 200);
	is(await api.send('getPage', { token: null, params: { file: 'index.html' } }), 200);
	is(await api.send('getPage', { token: null, params: { file: 'none.html' } }), 404);
}

/** What is not allowed, or not there, of each operation that needs a token. */
async function refusals(api, recordingId, guest) {
	const params = { recordingId, participant: 'user2', name: 'output.webm', folder: 'outputs' };

	for (const id of ['listRecordings', 'getRecording', 'getFile', 'deleteRecording', 'pauseRecording', 'resumeRecording', 'recomposeRecording', 'cancelOutput', 'eraseParticipant'])
		is(await api.send(id, { params, token: null }), 401);
	for (const id of ['deleteRecording', 'pauseRecording', 'recomposeRecording', 'cancelOutput', 'eraseParticipant'])
		is(await api.send(id, { params, token: guest }), 403);
	for (const id of ['getRecording', 'getFile', 'deleteRecording', 'pauseRecording', 'resumeRecording', 'recomposeRecording', 'cancelOutput', 'eraseParticipant'])
		is(await api.send(id, { params: { ...params, recordingId: ID } }), 404);
	is(await api.send('startRecording', { example: 'room', token: null }), 401);
	is(await api.send('startRecording', { body: { roomId: ROOM, layot: 'grid' } }), 400);
	is(await api.send('stopRecording', { body: {} }), 400);
	is(await api.send('eraseParticipant', { params: { ...params, participant: 'user9' } }), 404);
}

async function goodbye(api, recordingId) {
	const params = { recordingId, participant: 'user2' };

	is(await api.send('eraseParticipant', { params }), 202);
	await completed(api, recordingId);
	is(await api.send('deleteRecording', { params }), 202);
}

async function described(report, options, stack) {
	const host = await stack.token(ROOM, 'host'), guest = await stack.token(ROOM, 'guest');
	const api = await Described.load(stack, host);
	const browser = await launch();
	let id;

	try {
		await Person.join(browser, stack, { name: 'Ann', role: 'host', colour: [180, 50, 50], hz: 500 });
		await (await Person.join(browser, stack, { name: 'Ben', colour: [40, 140, 70], hz: 900 })).sees(1);
		await report.test('calls: each example of the document', async () => {
			id = await calls(api);
			await completed(api, id);
		});
	} finally {
		await browser.close();
	}
	await report.test('recordings, files, server: each example of the document', async () => {
		const recording = await outputs(api, id);

		await files(api, recording);
		await sharing(api, recording);
		await events(api, id);
		await lists(api, guest);
		await server(api);
		for (const [, answer] of await api.sendOthers({ recordingId: id }))
			is(answer, 200);
		await refusals(api, id, guest);
		await goodbye(api, id);
	});
	await report.test('no example is left out, each answer is as described', async () => {
		report.figure('answers held against the document', await api.check(join(options.out, 'answers.jsonl')));
	});
}

/** Does REST answer on a new connection, within half a second? */
function answers(stack) {
	return new Promise((resolve) => {
		const request = get(new URL('/livez', stack.url), { agent: false, signal: AbortSignal.timeout(500) }, (response) => {
			resolve(response.resume().statusCode === 200);
		});

		request.on('error', () => resolve(false));
	});
}

async function exhausted(report, options, stack) {
	const slow = new SlowClients(options.port, CONNECTIONS + 64);

	try {
		await until('REST to have no connection left', async () => slow.connected >= CONNECTIONS && !await answers(stack));
		report.figure('slow clients that hold REST', slow.connected);
		await everyFrame(stack, LOAD_ROOM, options.out, report);
	} finally {
		slow.end();
	}
	await until('REST to answer again', () => answers(stack));
}

export async function run(report, options) {
	const stack = await Stack.start(options, { rooms: [LOAD_ROOM] });

	try {
		await described(report, options, stack);
		await report.test('REST held by slow clients: a new call connects, and every frame of it is recorded', () => exhausted(report, options, stack));
	} finally {
		await stack.stop();
	}
}
