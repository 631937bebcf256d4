// SPDX-License-Identifier: MIT
// Connections that break, at every moment and in every order: in the end what is shown is what the server says, and we are one participant.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chance } from './lib/clock.js';
import { fired, STREAMS, World } from './lib/harness.js';
import { FAULTS, isTrue } from './lib/truth.js';

for (const reclaim of [true, false]) {
	test(`5 s without a network while it is recorded (${reclaim ? 'the session is claimed' : 'the session is gone'}): the truth within 3 s`, async () => {
		const world = new World();
		const bob = world.janus.room.come('Bob', STREAMS);
		const room = await world.join();

		await world.clock.run(room.publisher.publish());
		await world.clock.run(room.recording.start());
		const { id } = room;

		world.janus.reclaim = reclaim;
		world.janus.cut(5000);
		assert.equal(room.state, 'reconnecting');
		world.janus.room.setRecording('paused');
		world.janus.room.go(bob.id);
		world.janus.room.come('Cleo', STREAMS);
		await world.clock.advance(5000);
		const back = world.clock.time;

		await world.clock.until('joined', () => room.state === 'joined', 3000);
		await world.clock.advance(Math.max(0, 3000 - (world.clock.time - back)));
		isTrue(world, room, 'after 3 s');
		assert.equal(room.id, id);
		assert.deepEqual([fired(room, 'joined').length, fired(room, 'error')], [2, []]);
		assert.equal(world.webrtc.made.filter(({ closed }) => !closed).length, 2);
	});
}

test('the session is claimed: what flows goes on flowing; an offer that was lost on the way is found out', async () => {
	const world = new World();
	const bob = world.janus.room.come('Bob', STREAMS);
	const room = await world.join();
	const { receiving } = room;

	world.janus.cut(1000);
	await world.clock.advance(4000);
	isTrue(world, room, 'nothing was lost');
	assert.equal(room.receiving, receiving);
	world.janus.cut(1000);
	world.janus.room.go(bob.id);
	await world.clock.advance(4000);
	world.janus.room.come('Cleo', STREAMS);
	await world.clock.advance(1000);
	isTrue(world, room, 'an offer was lost');
	assert.notEqual(room.receiving, receiving);
});

test('another network: media look for another way at once; or when the connection is there again, however it was lost', async () => {
	const world = new World();

	world.janus.room.come('Bob', STREAMS);
	const room = await world.join();

	await world.clock.run(room.publisher.publish());
	const sending = room.publisher.connection, misfortunes = [() => {}, () => world.janus.cut(1000), () => world.janus.deafen(10_000)];

	for (const [i, befalls] of misfortunes.entries()) {
		const { receiving } = room;

		befalls();
		room.restartIce();
		await world.clock.advance(20_000);
		isTrue(world, room, `misfortune ${i}`);
		assert.ok(sending.restarts > i, `misfortune ${i}: ${sending.restarts} restarts`);
		assert.notEqual(room.receiving, receiving, `misfortune ${i}`);
		assert.deepEqual([room.publisher.connection, world.webrtc.made.filter(({ closed }) => !closed).length], [sending, 2], `misfortune ${i}`);
	}
	assert.deepEqual(fired(room, 'error'), []);
	await world.clock.run(room.leave());
	room.restartIce();
	await world.clock.advance(5000);
	assert.deepEqual([room.state, world.clock.waiting], ['closed', 0]);
});

test('Janus starts again and knows nobody: we are in, as somebody else, and the recording that ran does not', async () => {
	const world = new World();
	const room = await world.join();

	await world.clock.run(room.publisher.publish());
	await world.clock.run(room.recording.start());
	world.janus.restart(2000);
	await world.clock.advance(5000);
	isTrue(world, room, 'after a restart');
	world.janus.restart(1000);
	const other = world.janus.room.come('Bob', STREAMS);

	await world.clock.advance(5000);
	assert.notEqual(room.id, other.id);
	isTrue(world, room, 'somebody else has the id that was ours');
	assert.equal(room.isHost, true);
});

test('the tab is reloaded: the same participant, the same recording, its clock', async () => {
	const world = new World();
	const room = await world.join();

	await world.clock.run(room.recording.start());
	await world.clock.advance(10_000);
	world.janus.reclaim = false;
	world.janus.cut();
	const again = await world.join({ secret: undefined });

	assert.deepEqual([again.id, again.role, again.recording.status], [room.id, 'host', 'recording']);
	assert.ok(again.recording.duration >= 10_000);
	assert.equal(again.recording.state.startedAt, world.janus.room.recording.startedAt);
});

test('the tab is reloaded while the recording is made: that is shown, and what was finished before is not', async () => {
	const world = new World();
	const room = await world.join();

	await world.clock.run(room.recording.start());
	await world.clock.run(room.recording.stop());
	const again = await world.join();

	assert.equal(again.recording.status, 'processing');
	world.janus.room.complete();
	await world.clock.advance(100);
	assert.equal(again.recording.status, 'completed');
	assert.equal((await world.join()).recording.status, 'idle');
});

test('who has answered is not asked again: after a break, after a reload, not even for a moment', async () => {
	const world = new World();

	world.janus.room.consent = 'require';
	world.janus.room.startRecording();
	const room = await world.join({ secret: undefined });

	await world.clock.run(room.recording.consent(false));
	for (const reclaim of [true, false]) {
		world.janus.reclaim = reclaim;
		world.janus.cut(1000);
		await world.clock.advance(4000);
		assert.deepEqual([room.state, room.recording.state.consent.you], ['joined', 'declined'], `reclaim ${reclaim}`);
	}
	const again = world.room({ storage: world.storage });
	let asked = false;

	again.on('recording', () => { asked ||= again.recording.needsConsent; });
	await world.clock.run(again.join({ room: 'demo', display: 'Ann' }));
	await world.clock.advance(100);
	assert.deepEqual([again.id, again.recording.state.consent.you, asked], [room.id, 'declined', false]);
});

test('a storage that refuses, or holds nonsense, or none at all: everything else works', async () => {
	const world = new World();
	const broken = { getItem() { throw new Error('no'); }, setItem() { throw new Error('no'); }, removeItem() { throw new Error('no'); } };

	for (const storage of [broken, null, { ...broken, getItem: () => '{', setItem() {} }, { getItem: () => '{"resume":7}', setItem() {}, removeItem() {} }]) {
		const room = world.room({ storage });

		await world.clock.run(room.join({ room: 'demo', display: 'Ann' }));
		await world.clock.run(room.leave());
	}
});

test('an old secret is shown once, and then we come as anybody', async () => {
	const world = new World();
	const room = await world.join({ resume: 'of another call' });

	assert.deepEqual(world.janus.asked('join').map(({ body }) => body.resume), ['of another call', undefined]);
	assert.equal(room.state, 'joined');
});

test('the connection breaks in the lobby: still waiting, once, and let in', async () => {
	for (const reclaim of [true, false]) {
		const world = new World();

		world.janus.room.lobby = true;
		world.janus.reclaim = reclaim;
		const room = world.room();
		const joining = room.join({ room: 'demo', display: 'Bob' });

		await world.clock.advance(1000);
		world.janus.cut(1000);
		await world.clock.advance(5000);
		assert.deepEqual([room.state, world.janus.room.waiting.size], ['waiting', 1], `reclaim ${reclaim}`);
		world.janus.room.admit([...world.janus.room.waiting.keys()][0]);
		await world.clock.run(joining);
		assert.equal(room.state, 'joined');
	}
});

test('the connection breaks while we join, at every moment', async () => {
	for (let ms = 0; ms < 60; ms += 3) {
		const world = new World();
		const room = world.room();
		const joining = room.join({ room: 'demo', display: 'Ann', secret: 'host' });

		joining.catch(() => {});
		await world.clock.advance(ms);
		world.janus.cut(500);
		const outcome = await world.clock.run(joining.then(() => 'joined', ({ code }) => code));

		assert.ok(['joined', 'unreachable', 'connection_lost'].includes(outcome), `${ms} ms: ${outcome}`);
		await world.clock.advance(5000);
		if (outcome === 'joined')
			isTrue(world, room, `cut after ${ms} ms`);
		else
			assert.deepEqual([room.state, world.clock.waiting], ['closed', 0], `${ms} ms`);
	}
});

test('what is asked while there is no connection waits for it; what was under way is refused, and looked up', async () => {
	const world = new World();
	const room = await world.join();

	world.janus.mute.add('start_recording');
	const under = assert.rejects(room.recording.start(), { code: 'connection_lost' });

	await world.clock.advance(50);
	world.janus.mute.clear();
	world.janus.room.startRecording();
	world.janus.cut(2000);
	await under;
	const stopping = room.recording.stop();

	await world.clock.run(stopping);
	assert.equal(room.recording.status, 'processing');
	world.janus.isDown = true;
	world.janus.cut(100_000);
	await assert.rejects(world.clock.run(room.recording.start()), { code: 'connection_lost' });
	assert.deepEqual([room.recording.pending, room.state], [null, 'reconnecting']);
});

test('coming back is refused: for good, or for a while', async () => {
	const world = new World();
	const room = await world.join();

	world.janus.reclaim = false;
	world.janus.room.refuse.join = ['too_many_requests', 3000];
	world.janus.cut();
	await world.clock.advance(2500);
	assert.equal(room.state, 'reconnecting');
	await world.clock.advance(3000);
	isTrue(world, room, 'after a while');
	world.janus.room.refuse.join = ['denied'];
	world.janus.cut();
	await world.clock.advance(2500);
	assert.deepEqual([room.state, fired(room, 'closed')[0].code, world.storage.kept.size, world.clock.waiting], ['closed', 'denied', 0, 0]);
});

test('the handle is gone although the session is there: joined again', async () => {
	const world = new World();
	const room = await world.join();

	world.janus.cut();
	for (const session of world.janus.sessions.values())
		session.handles.clear();
	await world.clock.advance(3000);
	isTrue(world, room, 'without a handle');
});

test('left, or ended, while there is no connection: nothing goes on', async () => {
	const world = new World();
	const room = await world.join();

	world.janus.cut(1000);
	await world.clock.run(room.leave());
	await world.clock.advance(5000);
	assert.deepEqual([room.state, world.janus.sockets.size, world.clock.waiting], ['closed', 0, 0]);
});

test('60 random misfortunes each with its own seed: a minute of peace later everything is true', async () => {
	const seed = Number(process.env.RECROOM_SEED ?? Date.now() % 1e6);
	const runs = process.env.RECROOM_FULL ? 1000 : 60;

	console.log(`seed ${seed}`);
	for (let n = 0; n < runs; n++) {
		const random = chance(seed + n), world = new World({ seed: seed + n });
		const room = await world.join();
		const done = [];

		world.clock.run(room.publisher.publish()).catch(() => {});
		await world.clock.advance(100);
		for (let i = 0; i < 14; i++) {
			const names = Object.keys(FAULTS), name = names[Math.floor(random() * names.length)];

			done.push(name);
			FAULTS[name](world, random, room);
			await world.clock.advance(Math.floor(random() ** 3 * 8000));
		}
		await world.clock.advance(60_000);
		world.janus.room.status();
		await world.clock.advance(20);
		isTrue(world, room, `RECROOM_SEED=${seed + n}: ${done.join(' ')}`);
		assert.ok(world.webrtc.made.filter(({ closed }) => !closed).length <= 2, `RECROOM_SEED=${seed + n}: connections left open`);
		await world.clock.run(room.leave());
		await world.clock.advance(1000);
		assert.deepEqual([world.clock.waiting, world.janus.sockets.size], [0, 0], `RECROOM_SEED=${seed + n}: something goes on`);
	}
});
