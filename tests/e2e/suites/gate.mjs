// SPDX-License-Identifier: GPL-3.0-or-later
// Only the host records, whatever a client says; who has not proved to be somebody gets nothing; who must wait waits, and what follows when the host has
// gone does.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';

import { Person, launch } from '../lib/browser.mjs';
import { overHttp, overWebSocket } from '../lib/janus_api.mjs';
import { Stack } from '../lib/stack.mjs';

const ROOM = 'demo';
const LOBBY = 'lobby';
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

/** Presses Join, and waits until the page says that somebody must let in. */
async function knock(person) {
	await person.page.click('#join-button');
	await person.page.waitForSelector('html[data-rr-view="waiting"]');
	assert.match(await person.page.textContent('#waiting-text'), /wait until a host lets you in/);
}

const isIn = (person) => person.page.waitForSelector('html[data-rr-view="call"]');

/** The host speaks by hand, and so sees the answers; the page's buttons are the suite page's. */
async function lobby(report, browser, stack, client) {
	const ask = (handle, recroom, more = {}) => client.ask(handle, { recroom, room: LOBBY, ...more });
	const come = async (more) => {
		const handle = await client.attach();

		return { handle, joined: await ask(handle, 'join', { display: 'Hana', ...more }) };
	};
	let host = await come({ secret: stack.secret });
	const gus = await Person.open(browser, stack, { name: 'Gus', room: LOBBY, colour: [70, 90, 200], hz: 700 });
	const mia = await Person.open(browser, stack, { name: 'Mia', room: LOBBY, colour: [200, 150, 30], hz: 1100 });

	await report.test('lobby: people wait, hear nothing, and are let in; media flow', async () => {
		await knock(gus);
		await knock(mia);
		const { waiting } = await ask(host.handle, 'listparticipants');

		assert.deepEqual(waiting.map(({ display }) => display), ['Gus', 'Mia']);
		assert.ok(!mia.messages.some(({ data }) => data.joining || data.publishers));
		await ask(host.handle, 'admit', { id: waiting[0].id });
		await isIn(gus);
		assert.deepEqual((await ask(host.handle, 'listparticipants')).waiting.map(({ display }) => display), ['Mia']);
		await ask(host.handle, 'admit', { all: true });
		await isIn(mia);
		await Promise.all([gus.sees(1), mia.sees(1)]);
	});
	await report.test('the host is gone, and back in time: the recording goes on', async () => {
		assert.equal((await ask(host.handle, 'start_recording')).status, 'recording');
		await gus.indicator('recording');
		await ask(host.handle, 'leave');
		await gus.heard('the host leaving', ({ leaving }) => leaving === host.joined.id);
		host = await come({ resume: host.joined.resume });
		assert.equal(host.joined.role, 'host');
		assert.equal(host.joined.recording.status, 'recording');
	});
	await report.test('the host is gone for good: the recording stops, the call goes on', async () => {
		await ask(host.handle, 'leave');
		await gus.heard('the end of the recording', ({ event }) => event === 'recordingstopped');
		const { body } = await stack.rest(`/recordings?room=${LOBBY}`, { token: await stack.token(LOBBY) });

		assert.equal(body.recordings[0].reason, 'host_left');
		await gus.sees(1);
	});
	await report.test('a host ends the call for all', async () => {
		host = await come({ secret: stack.secret });
		await ask(host.handle, 'end_call');
		await Promise.all([gus, mia].map(({ page }) => page.waitForSelector('html[data-rr-view="left"]')));
	});
	await Promise.all([gus.close(), mia.close()]);
}

export async function run(report, options) {
	const stack = await Stack.start(options, { rooms: [{ id: LOBBY, more: 'admission = "lobby"; host_leaves = "stop"; host_grace_s = 4;' }] });
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
		await lobby(report, browser, stack, apis.WebSocket);
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
