// SPDX-License-Identifier: MIT
// Connection, session, transactions: what comes back, when, and what does not.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RecroomError } from '../src/errors.js';
import { platformOf } from '../src/platform.js';
import { Session } from '../src/session.js';
import { World } from './lib/harness.js';

async function opened(world = new World()) {
	const session = new Session(platformOf(world.platform), 'ws://janus');
	const events = [];

	for (const name of ['lost', 'claimed', 'recreated'])
		session.on(name, () => events.push(name));
	await world.clock.run(session.open());
	return { world, session, events, clock: world.clock, janus: world.janus };
}

test('nobody there: said after one attempt, and nothing goes on in the background', async () => {
	const world = new World();

	world.janus.isDown = true;
	const session = new Session(platformOf(world.platform), 'ws://janus');

	await assert.rejects(world.clock.run(session.open()), { code: 'unreachable' });
	assert.equal(world.clock.waiting, 0);
	assert.equal(world.hints.size, 0);
});

test('a server that accepts and says nothing is not waited for', async () => {
	const world = new World();

	world.janus.isDeaf = true;
	await assert.rejects(world.clock.run(new Session(platformOf(world.platform), 'ws://janus').open()), { code: 'unreachable' });
	assert.ok(world.clock.time <= 5000);
});

test('keep-alives for an hour: one session, one connection', async () => {
	const { clock, janus, session, events } = await opened();

	await clock.advance(3_600_000);
	assert.deepEqual([janus.sessions.size, janus.sockets.size, session.isReady, events], [1, 1, true, []]);
});

test('a broken connection: what was asked is refused, the session claimed with its handles', async () => {
	const { clock, janus, session, events } = await opened();
	const handle = await clock.run(session.attach());

	janus.mute.add('hello');
	const lost = assert.rejects(clock.run(handle.request('hello', {})), { code: 'connection_lost' });

	await clock.advance(50);
	janus.cut();
	await lost;
	await clock.until('the claim', () => events.includes('claimed'), 3000);
	assert.deepEqual(events, ['lost', 'claimed']);
	assert.equal(handle.isGone, false);
	assert.equal(janus.sessions.size, 1);
});

test('the session is gone: another one, and no handle left', async () => {
	const { clock, janus, session, events } = await opened();
	const handle = await clock.run(session.attach());

	janus.reclaim = false;
	janus.cut(5000);
	await clock.until('another session', () => events.includes('recreated'), 8000);
	assert.deepEqual(events, ['lost', 'recreated']);
	assert.equal(handle.isGone, true);
	await assert.rejects(handle.request('hello', {}), { code: 'connection_lost' });
	assert.equal(session.isReady, true);
});

test('nothing comes through and nobody says so: found out within 10 s', async () => {
	const { clock, janus, events } = await opened();

	janus.isDeaf = true;
	await clock.until('the loss', () => events.includes('lost'), 10_000);
	janus.isDeaf = false;
	const back = clock.time;

	await clock.until('the claim', () => events.includes('claimed'), 10_000);
	assert.ok(clock.time - back < 6000, `${clock.time - back} ms`);
});

test('the network says that it is away, and back: no time is lost', async () => {
	const { world, clock, janus, events } = await opened();

	janus.isDeaf = true;
	world.hint(false);
	await clock.until('the loss', () => events.includes('lost'), 4100);
	await clock.advance(20_000);
	janus.isDeaf = false;
	for (const socket of [...janus.sockets])
		socket.close();
	await clock.advance(4100);
	world.hint(true);
	await clock.until('the claim', () => events.includes('claimed'), 3000);
});

test('Janus ends the session under us: another one', async () => {
	const { clock, janus, session, events } = await opened();

	janus.sessions.clear();
	await clock.until('another session', () => events.includes('recreated'), 12_000);
	assert.deepEqual([events, session.isReady], [['lost', 'recreated'], true]);
});

test('attempts come later and later, to 1 s, and not all at once', async () => {
	const times = [[], []];

	for (const seed of [1, 2]) {
		const { world, clock, janus } = await opened(new World({ seed }));
		const { WebSocket } = world.platform;

		world.platform.WebSocket = class extends WebSocket {
			constructor(...args) {
				super(...args);
				times[seed - 1].push(clock.time);
			}
		};
		janus.cut(30_000);
		const from = clock.time;

		await clock.advance(29_000);
		const gaps = times[seed - 1].map((at, i) => at - (times[seed - 1][i - 1] ?? from));

		assert.ok(gaps[0] <= 200 && Math.max(...gaps) <= 1010 && gaps.length > 25 && gaps.length < 60, String(gaps));
	}
	assert.notDeepEqual(times[0], times[1]);
});

test('a request that nobody answers is given up after 15 s', async () => {
	const { clock, janus, session } = await opened();
	const handle = await clock.run(session.attach());

	janus.mute.add('hello');
	const from = clock.time;

	await assert.rejects(clock.run(handle.request('hello', {})), { code: 'timeout' });
	assert.equal(clock.time - from, 15_000);
});

test('closing tells Janus, and leaves nothing behind', async () => {
	const { world, clock, janus, session } = await opened();
	const pending = assert.rejects(session.request({ janus: 'nonsense' }), { code: 'closed' });

	session.close();
	await pending;
	await clock.advance(100);
	assert.deepEqual([clock.waiting, janus.sockets.size, world.hints.size], [0, 0, 0]);
});

test('errors carry what the server said', () => {
	const error = RecroomError.ofAnswer({ error_code: 433, code: 'too_many_attempts', error: 'Wait.', retryAfterMs: 2000 });

	assert.ok(error instanceof Error);
	assert.deepEqual([error.name, error.code, error.number, error.message, error.retryAfterMs], ['RecroomError', 'too_many_attempts', 433, 'Wait.', 2000]);
	assert.equal(RecroomError.from(error), error);
	assert.deepEqual([RecroomError.from('x').code, RecroomError.from(new TypeError('y')).message], ['internal', 'y']);
	assert.equal(RecroomError.ofProblem(502, {}).code, 'unavailable');
});
