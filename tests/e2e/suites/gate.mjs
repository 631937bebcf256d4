// SPDX-License-Identifier: GPL-3.0-or-later
// Only the host records, whatever a client says; who has not proved to be somebody gets nothing.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';

import { Person, launch } from '../lib/browser.mjs';
import { overHttp, overWebSocket } from '../lib/janus_api.mjs';
import { Stack } from '../lib/stack.mjs';

const ROOM = 'demo';
const REQUESTS = ['start_recording', 'stop_recording', 'pause_recording', 'resume_recording', 'list_recordings'];

async function nothingWritten(stack) {
	assert.deepEqual((await readdir(stack.recordings)).filter((name) => name.startsWith('rec_')), []);
	assert.deepEqual((await stack.pp('list')).filter(({ message_type: type }) => type === 'recording'), []);
}

async function guestIsRefused(client, stack) {
	const handle = await client.attach();
	const joined = await client.ask(handle, { recroom: 'join', room: ROOM, ptype: 'publisher', display: 'Mallory' });

	assert.equal(joined.role, 'guest');
	for (const recroom of REQUESTS)
		assert.equal((await client.ask(handle, { recroom, room: ROOM })).code, 'not_host', recroom);
	for (const role of ['host', ['host'], true])
		assert.equal((await client.ask(handle, { recroom: 'start_recording', room: ROOM, role, secret: 'wrong' })).code, 'not_host');
	await nothingWritten(stack);
}

/** A handle without resume or token. */
async function strangerIsRefused(client) {
	const handle = await client.attach();
	const refused = async (body, codes) => {
		const answer = await client.ask(handle, { room: ROOM, ...body });

		assert.ok(codes.includes(answer.code), `${body.recroom}: ${JSON.stringify(answer)}`);
	};
	const subscriber = { recroom: 'join', ptype: 'subscriber', streams: [{ feed: 'user1' }] };
	const proofs = [{}, { resume: '' }, { resume: 'aaaaaaaaaaaaaaaaaaaaaaaaaa' }, { token: 'eyJhbGciOiJub25lIn0.eyJyb2xlIjoiaG9zdCJ9.' }, { id: 'user1' }];

	for (const proof of proofs)
		await refused({ ...subscriber, ...proof }, ['unauthorized', 'id_taken', 'missing_element', 'invalid_element', 'token_expired']);
	for (const recroom of ['subscribe', 'update', 'configure', 'start', 'listparticipants', ...REQUESTS])
		await refused({ recroom, streams: [{ feed: 'user1' }], subscribe: [{ feed: 'user1' }] }, ['not_joined', 'unauthorized', 'not_host', 'missing_element', 'invalid_element']);
}

async function wrongSecretIsNoHost(client, stack) {
	const handle = await client.attach();
	const answer = await client.ask(handle, { recroom: 'join', room: ROOM, display: 'Mallory', secret: 'wrong' });

	if (answer.recroom === 'joined')
		assert.equal(answer.role, 'guest');
	else
		assert.ok(answer.error_code && answer.error.length > 10, JSON.stringify(answer));
	assert.ok((await client.ask(handle, { recroom: 'start_recording', room: ROOM })).error_code);
	await nothingWritten(stack);
}

async function restIsRefused(stack) {
	assert.equal((await stack.rest(`/recordings?room=${ROOM}`)).status, 401);
	assert.equal((await stack.rest(`/recordings?room=${ROOM}`, { token: 'no.such.token' })).status, 401);
	const guest = await stack.token(ROOM, 'guest');
	const { status, body } = await stack.rest(`/recording/rec_${ROOM}_1760000000000_aaaaaa`, { token: guest, method: 'DELETE' });

	assert.ok([403, 404].includes(status), `${status} ${JSON.stringify(body)}`);
}

export async function run(report, options) {
	const stack = await Stack.start(options);
	const browser = await launch();

	try {
		const ann = await Person.join(browser, stack, { name: 'Ann', role: 'host', colour: [180, 50, 50], hz: 500 });
		const ben = await Person.join(browser, stack, { name: 'Ben', colour: [40, 140, 70], hz: 900 });
		const apis = {
			WebSocket: await overWebSocket(await (await browser.newContext()).newPage(), stack.ws),
			HTTP: await overHttp(stack.http),
		};

		await ann.sees(1);
		for (const [name, client] of Object.entries(apis)) {
			await report.test(`${name}: a guest's recording requests are refused, nothing is written`, () => guestIsRefused(client, stack));
			await report.test(`${name}: a handle without resume or token gets nothing`, () => strangerIsRefused(client));
			await report.test(`${name}: a wrong secret makes no host`, () => wrongSecretIsNoHost(client, stack));
		}
		await report.test('REST: without a token nothing, with a guest\'s no deletion', () => restIsRefused(stack));
		await report.test('the page shows Record to the host alone', async () => {
			assert.equal(await ann.page.isVisible('#record'), true);
			assert.equal(await ben.page.isVisible('#record'), false);
		});
		await report.test('the host still records after all that', async () => {
			await ann.record();
			await ben.indicator('recording');
			await ann.stop();
			await ann.completed();
		});
	} finally {
		await browser.close();
		await stack.stop();
	}
}
