// SPDX-License-Identifier: GPL-3.0-or-later
// Events of a real recording, posted to a receiver that judges them with the verifier of the specification's authors, and that is not always well.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';

import { Person, launch } from '../lib/browser.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';

const secret = () => `whsec_${randomBytes(32).toString('base64')}`;
const OLD = secret();
const NEW = secret();

/** Keeps what comes; `refuse` says what the next answers are instead of 204. */
class Receiver {
	requests = [];
	refuse = [];

	async listen() {
		this.server = createServer(async (request, response) => {
			const parts = [];

			for await (const part of request)
				parts.push(part);
			const status = this.refuse.shift() ?? 204;

			this.requests.push({ path: request.url, headers: request.headers, body: Buffer.concat(parts).toString(), status });
			if (status === 0)
				request.socket.destroy();
			else
				response.writeHead(status).end();
		});
		await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
		this.url = `http://127.0.0.1:${this.server.address().port}`;
	}

	/** What an endpoint has taken, in the order in which it came. */
	taken(path) {
		return this.requests.filter((request) => request.path === path && request.status === 204).map(({ body }) => JSON.parse(body));
	}
}

function endpoint(name, url, file, more = '') {
	return `{ name = "${name}"; url = "${url}/${name}"; secret_file = "${file}"; private = true; plain = true; ${more} }`;
}

async function record(stack, browser) {
	const ann = await Person.join(browser, stack, { name: 'Ann', role: 'host', colour: [180, 50, 50], hz: 500 });

	await ann.record();
	await sleep(2000);
	await ann.stop();
	return ann.completed();
}

const ALL = ['recordingstarting', 'recordingstarted', 'recordingstopped', 'recordingcompleted'];

export async function run(report, options) {
	const receiver = new Receiver();
	const file = join(options.out, 'portal.whsec');

	await receiver.listen();
	await writeFile(file, `${OLD}\n`, { mode: 0o600 });
	const stack = await Stack.start(options, {
		extra: `webhooks: ( ${endpoint('portal', receiver.url, file, 'urls = true')}, ${endpoint('plain', receiver.url, file, 'events = "recordingcompleted"')} )`,
	});
	const browser = await launch();
	let id;

	try {
		receiver.refuse = [0];                 // the first attempt
		await report.test('each event of a recording arrives, in order, though the receiver cut the first one off', async () => {
			id = await record(stack, browser);
			await until('the events', () => receiver.taken('/portal').length >= ALL.length && receiver.taken('/plain').length >= 1, 60_000);
			const events = receiver.taken('/portal');

			assert.deepEqual(events.map(({ type }) => type), ALL);
			assert.deepEqual(events.map(({ data }) => data.seq), [1, 2, 3, 4]);
			assert.ok(events.every(({ data }) => data.recordingId === id && data.roomId === 'demo'));
			assert.deepEqual(receiver.taken('/plain').map(({ type }) => type), ['recordingcompleted']);
		});
		await report.test('the package standardwebhooks accepts every one of them, and no other secret', async () => {
			for (const { body, headers } of receiver.requests) {
				assert.deepEqual(new Webhook(OLD).verify(body, headers), JSON.parse(body));
				assert.throws(() => new Webhook(NEW).verify(body, headers));
				assert.throws(() => new Webhook(OLD).verify(`${body} `, headers));
				assert.match(headers['webhook-id'], /^msg_[a-z0-9]{26,}$/);
				assert.equal(headers['content-type'], 'application/json');
				assert.match(headers['user-agent'], /^janus-recroom\//);
				assert.ok(body.length < 20_000);
			}
		});
		await report.test('what was sent twice has the same id, and nothing else has', async () => {
			const ids = new Map(receiver.requests.map(({ path, headers, body }) => [headers['webhook-id'], path + JSON.parse(body).type]));

			assert.equal(receiver.requests.length, ALL.length + 1 + 1);
			assert.equal(ids.size, ALL.length + 1);
			assert.equal(new Set(ids.values()).size, ids.size);
		});
		await report.test('recordingcompleted has links that work, only where the settings say so', async () => {
			const { data } = receiver.taken('/portal').at(-1);
			const answer = await fetch(data.url);

			assert.equal(answer.status, 200);
			assert.equal((await answer.arrayBuffer()).byteLength, data.size);
			assert.equal((await fetch(data.thumbnailUrl)).headers.get('content-type'), 'image/jpeg');
			assert.ok(data.expiresAt > Date.now());
			assert.ok(!receiver.taken('/plain')[0].data.url);
		});
		await report.test('while the secret is changed both signatures are there, without a restart', async () => {
			await writeFile(file, `${NEW}\n${OLD}\n`, { mode: 0o600 });
			const before = receiver.requests.length;
			const [summary] = (await stack.pp('webhook', 'replay', 'portal', '--recording', id)).slice(-1);

			assert.equal(summary.messages, ALL.length);
			await until('the replay', () => receiver.requests.length >= before + ALL.length, 60_000);
			for (const { body, headers } of receiver.requests.slice(before)) {
				new Webhook(OLD).verify(body, headers);
				new Webhook(NEW).verify(body, headers);
			}
			assert.deepEqual(receiver.requests.slice(before).map(({ body }) => JSON.parse(body).type), ALL);
		});
		await report.test('webhook test and list say how it goes', async () => {
			const [attempt] = await stack.pp('webhook', 'test', 'portal');
			const rows = (await stack.pp('webhook', 'list')).filter(({ message_type: type }) => type === 'endpoint');

			assert.equal(attempt.status, 204);
			new Webhook(NEW).verify(receiver.requests.at(-1).body, receiver.requests.at(-1).headers);
			assert.deepEqual(rows.map(({ name, state, queued, failed }) => [name, state, queued, failed]), [['plain', 'on', 0, 0], ['portal', 'on', 0, 0]]);
		});
		await report.test('no secret is in a log', async () => {
			const log = await stack.log('worker');

			assert.ok(![OLD, NEW].some((text) => log.includes(text.slice(6))));
		});
	} finally {
		await browser.close();
		await stack.stop();
		receiver.server.closeAllConnections?.();
		receiver.server.close();
	}
}
