// SPDX-License-Identifier: MIT
// Janus over HTTP: what a WebSocket does, by requests and long polls.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fired, STREAMS, World } from './lib/harness.js';

const HTTP = 'http://host/janus';

async function joined(world, options = {}) {
	return world.join({}, { serverUrl: HTTP, ...options });
}

test('a call from join to leave: people, media, a recording, in order and nothing twice', async () => {
	const world = new World(), room = await joined(world);
	const bob = world.janus.room.come('Bob', STREAMS);

	await world.clock.advance(200);
	assert.deepEqual(Object.keys(room.participants.get(bob.id).tracks), ['audio', 'video']);
	await world.clock.run(room.publisher.publish());
	assert.deepEqual(world.janus.asked('publish')[0].handle.candidates.map((c) => c.completed ?? c.sdpMid), ['0', true]);
	await world.clock.run(room.recording.start());
	await world.clock.advance(100);
	await world.clock.run(room.recording.stop());
	await world.clock.advance(100_000);                 // several polls without a word
	assert.deepEqual(fired(room, 'recordingevent').map(({ event }) => event), ['recordingstarting', 'recordingstarted', 'recordingstopped']);
	assert.deepEqual([fired(room, 'state'), fired(room, 'error')], [['connecting', 'joined'], []]);
	await world.clock.run(room.leave());
	await world.clock.advance(100);
	assert.deepEqual([world.janus.sessions.size, world.janus.sockets.size, world.clock.waiting], [0, 0, 0]);
});

test('no WebSocket gets through: over HTTP, by what the server says of itself; or only the one that is asked for', async () => {
	const world = new World(), { WebSocket } = world.janus;

	world.rest = () => ({ body: { janus: { ws: 'ws://janus', http: HTTP } } });
	world.platform.WebSocket = class {
		constructor() {
			world.clock.setTimeout(() => this.onerror?.(), 10);
		}

		close() {}
	};
	const room = await joined(world, { serverUrl: 'http://pp' });

	assert.deepEqual([room.state, world.janus.sockets.size, room.apiUrl], ['joined', 0, 'http://pp']);
	await world.clock.run(room.leave());
	await assert.rejects(world.clock.run(world.room({ serverUrl: 'http://pp', transport: 'websocket' }).join({ room: 'demo' })), { code: 'unreachable' });
	world.platform.WebSocket = WebSocket;
	for (const [transport, sockets] of [['http', 0], ['websocket', 1], [undefined, 1]]) {
		const other = await joined(world, { serverUrl: 'http://pp', transport });

		assert.equal(world.janus.sockets.size, sockets, transport);
		await world.clock.run(other.leave());
		await world.clock.advance(100);
	}
	world.rest = () => ({ body: { janus: { ws: 'ws://janus', http: '' } } });
	await assert.rejects(world.clock.run(world.room({ serverUrl: 'http://pp', transport: 'http' }).join({ room: 'demo' })), { code: 'unreachable' });
});

test('broken, deaf, restarted, ended: the truth again, as with a WebSocket', async () => {
	const world = new World(), room = await joined(world), { id } = room;

	await world.clock.run(room.recording.start());
	world.janus.cut(5000);
	await world.clock.advance(100);
	assert.equal(room.state, 'reconnecting');
	world.janus.room.setRecording('paused');
	world.janus.room.come('Cleo', STREAMS);
	await world.clock.advance(5000);
	await world.clock.until('joined', () => room.state === 'joined', 3000);
	await world.clock.advance(500);
	assert.deepEqual([room.id, room.recording.status, room.participants.remote.map(({ display }) => display)], [id, 'paused', ['Cleo']]);
	world.janus.deafen(12_000);
	await world.clock.until('the loss', () => room.state === 'reconnecting', 12_000);
	await world.clock.advance(20_000);
	assert.equal(room.state, 'joined');
	for (const session of [...world.janus.sessions.values()])
		world.janus.end(session);
	await world.clock.advance(10_000);
	assert.deepEqual([room.state, room.id, world.janus.sessions.size], ['joined', id, 1]);
	world.janus.restart(1000);
	await world.clock.advance(10_000);
	assert.equal(room.state, 'joined');
	await world.clock.run(room.leave());
});

test('nobody there; left while it is tried', async () => {
	const world = new World();

	world.janus.isDown = true;
	await assert.rejects(world.clock.run(world.room({ serverUrl: HTTP }).join({ room: 'demo' })), { code: 'unreachable' });
	world.janus.isDown = false;
	world.janus.isDeaf = true;
	const room = world.room({ serverUrl: HTTP }), joining = assert.rejects(room.join({ room: 'demo' }), { code: 'left' });

	await world.clock.advance(100);
	await world.clock.run(room.leave());
	await joining;
	assert.equal(world.clock.waiting, 0);
});
