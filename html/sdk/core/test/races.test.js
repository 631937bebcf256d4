// SPDX-License-Identifier: MIT
// An application that does everything at once and in any order, on a network and with a server that do what they like: nothing hangs, nothing is left open, no
// camera stays on, and whoever is in the room in the end sees what is so.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RecroomError } from '../src/index.js';
import { chance, flush } from './lib/clock.js';
import { fired, STREAMS, World } from './lib/harness.js';
import { makeTrack } from './lib/tracks.js';
import { FAULTS, isTrue } from './lib/truth.js';

const own = (world) => [...world.janus.room.people.values()].find(({ handle }) => handle);

/** What an application asks for: a promise, or nothing. */
const ACTIONS = {
	join: (room) => room.join({ room: 'demo', display: 'Ann', secret: 'host' }),
	leave: (room) => room.leave(),
	leaveAndJoin: (room) => Promise.all([room.leave(), room.join({ room: 'demo', display: 'Ann', secret: 'host' })]),
	publish: (room) => room.publisher.publish(),
	publishAudio: (room) => room.publisher.publish({ audio: true, video: false }),
	shareScreen: (room) => room.publisher.shareScreen(),
	stopScreen: (room) => room.publisher.stopScreen(),
	endAll: (room) => room.publisher.end(),
	mute: (room) => room.publisher.mute('audio'),
	unmute: (room) => room.publisher.unmute('audio'),
	switchDevice: (room) => room.publisher.switchDevice('video', 'cam2'),
	replaceTrack: (room, world) => {
		const track = makeTrack('audio');

		world.devices.made.push(track);
		return room.publisher.replaceTrack('audio', track);
	},
	start: (room) => room.recording.start(),
	stopRecording: (room) => room.recording.stop(),
	pauseRecording: (room) => room.recording.pause(),
	consent: (room) => room.recording.consent(true),
	refresh: (room) => room.recording.refresh(),
	rename: (room) => room.rename('Ann'),
	renewToken: (room) => room.renewToken(),
	lock: (room) => room.host.lock(),
};

/** What else befalls it. */
const MORE_FAULTS = {
	kick: (world) => own(world) && world.janus.room.tellAll({ kicked: own(world).id }),
	callEnds: (world) => world.janus.room.tellAll({ event: 'callended', reason: 'host' }),
	detached: (world) => own(world) && world.janus.endHandle(own(world).handle),
	hangup: (world, random, room) => {
		if (own(world)) {
			world.janus.hangup(own(world).handle);
			room.publisher.connection?.ice('disconnected');      // as a browser sees it, if the word of it is lost
		}
	},
	trackEnds: (world, random, room) => room.publisher.sources[0]?.track.onended?.(),
	refused: (world, random) => {
		const name = ['join', 'publish', 'configure', 'update', 'start', 'listparticipants'][Math.floor(random() * 6)];

		world.janus.room.refuse[name] = [['too_many_requests', 500], ['unavailable'], ['not_joined'], ['internal']][Math.floor(random() * 4)];
	},
	restart: (world, random) => world.janus.restart(Math.floor(random() * 3000)),
	deviceRefused: (world) => { world.devices.refuse = world.devices.refuse ? '' : 'NotReadableError'; },
};

/** Nothing is heard of a room that is over, until it is entered again. */
function watch(room) {
	const faults = [];
	let isOver = true;

	for (const name of ['waiting', 'joined', 'participantjoined', 'track', 'recordingevent', 'waitinglist', 'moderated'])
		room.on(name, (detail) => {
			if (isOver && !(name === 'waitinglist' && !detail.length) && !(name === 'track' && !detail.track))
				faults.push(`${name} after the end`);
		});
	room.on('closed', () => { isOver = true; });
	room.on('state', (state) => { isOver &&= state !== 'connecting'; });
	room.on('error', ({ code, message, cause }) => {
		if (code === 'internal' && message !== 'Refused.')
			faults.push(cause?.stack ?? message);
	});
	return faults;
}

async function act(world, room, random, settled) {
	const wild = { ...FAULTS, ...MORE_FAULTS };
	const isOurs = random() < 0.6, table = isOurs ? ACTIONS : wild, names = Object.keys(table), name = names[Math.floor(random() * names.length)];

	if (isOurs) {
		const promise = Promise.resolve(table[name](room, world));
		const entry = { name, isSettled: false, error: null };

		settled.push(entry);
		promise.then(() => { entry.isSettled = true; }, (error) => Object.assign(entry, { isSettled: true, error }));
	} else {
		table[name](world, random, room);
	}
	await (random() < 0.4 ? flush() : world.clock.advance(Math.floor(random() ** 4 * 6000)));
	return name;
}

function isClean(world, room, what) {
	const live = world.devices.made.filter(({ readyState }) => readyState === 'live');

	assert.deepEqual(live.map(({ id }) => id).sort(), room.publisher.sources.map(({ track }) => track.id).filter((id) => live.some((one) => one.id === id)).sort(), `${what}: tracks are left on`);
	assert.ok(world.webrtc.made.filter(({ closed }) => !closed).length <= 2, `${what}: connections are left open`);
	assert.equal(room.recording.pending, null, what);
}

async function once(seed) {
	const random = chance(seed), world = new World({ seed }), room = world.room({ storage: world.storage, serverUrl: seed % 3 ? 'ws://janus' : 'http://host/janus' });
	const faults = watch(room), done = [], settled = [];

	world.devices.slow = () => new Promise((resolve) => { world.clock.setTimeout(resolve, Math.floor(random() ** 2 * 3000)); });
	for (let i = 0; i < 30; i++)
		done.push(await act(world, room, random, settled));
	const what = `RECROOM_SEED=${seed}: ${done.join(' ')}`;

	world.devices.refuse = '';
	world.janus.room.refuse = {};
	await world.clock.advance(90_000);
	for (const { name, isSettled, error } of settled) {
		assert.ok(isSettled, `${what}: ${name} never ended`);
		assert.ok(!error || (error instanceof RecroomError && (error.code !== 'internal' || error.message === 'Refused.')), `${what}: ${name}: ${error?.cause?.stack ?? error?.stack}`);
	}
	assert.deepEqual(faults, [], what);
	assert.ok(['idle', 'joined', 'closed'].includes(room.state), `${what}: ${room.state}`);
	isClean(world, room, what);
	if (room.state === 'joined') {
		world.janus.room.status();
		await world.clock.advance(20);
		isTrue(world, room, what);
		await world.clock.run(room.leave());
	}
	await world.clock.advance(1000);
	isClean(world, room, what);
	assert.deepEqual([world.clock.waiting, world.janus.sockets.size, room.publisher.sources.length, room.participants.list.length, room.recording.status, world.hints.size],
		[0, 0, 0, 0, 'idle', 0], `${what}: something goes on`);
	assert.ok(world.webrtc.made.every(({ closed }) => closed), `${what}: connections are left open`);
}

/** Sessions with anything in them: one whose making was not waited for ends by itself. */
const inUse = ({ janus }) => [...janus.sessions.values()].filter(({ handles }) => handles.size).length;
const JOIN = { room: 'demo', display: 'Ann', secret: 'host' };

test('left while joining, at every moment: join() is refused with `left`, and nothing stays', async () => {
	for (const serverUrl of ['ws://janus', 'http://host/janus', 'http://pp'])
		for (let ms = 0; ms < 60; ms += 2) {
			const world = new World(), room = world.room({ serverUrl });

			world.rest = () => ({ body: { janus: { ws: 'ws://janus' } } });
			const joining = room.join(JOIN).then(() => 'joined', ({ code }) => code);

			await world.clock.advance(ms);
			const leaving = room.leave();

			assert.ok(['left', 'joined'].includes(await world.clock.run(joining)), `${ms} ms`);
			await world.clock.run(leaving);
			await world.clock.advance(100);
			assert.deepEqual([room.state, world.janus.room.people.size, inUse(world), world.clock.waiting], ['closed', 0, 0, 0], `${serverUrl} ${ms} ms`);
		}
});

test('left and joined again at once, at every moment of the first: in once, by the second', async () => {
	for (let ms = 0; ms < 60; ms += 2) {
		const world = new World(), room = world.room();
		const first = room.join(JOIN).then(() => 'joined', ({ code }) => code);

		await world.clock.advance(ms);
		const leaving = room.leave(), second = room.join(JOIN);

		await world.clock.run(Promise.all([first, leaving, second]));
		await world.clock.advance(100);
		assert.deepEqual([room.state, world.janus.room.people.size, inUse(world), world.janus.sockets.size], ['joined', 1, 1, 1], `${ms} ms`);
		await assert.rejects(room.join(JOIN), { code: 'already_joined' });
	}
});

test('the way back is broken once more: events of the handle that was let in are heard', async () => {
	for (let ms = 0; ms < 60; ms += 2) {
		const world = new World(), room = await world.join();

		world.janus.reclaim = false;
		world.janus.cut();
		await world.clock.until('another session', () => world.janus.sessions.size === 1, 5000);
		world.janus.reclaim = true;
		await world.clock.advance(ms);
		world.janus.cut();
		await world.clock.advance(5000);
		world.janus.room.come('Bob', STREAMS);
		await world.clock.advance(500);
		isTrue(world, room, `cut again after ${ms} ms`);
	}
});

test('the server ends our handle, and not the session: in again, with all that was sent', async () => {
	const world = new World(), room = await world.join(), { id } = room;

	await world.clock.run(room.publisher.publish());
	world.janus.endHandle(own(world).handle);
	await world.clock.advance(3000);
	isTrue(world, room, 'after its end');
	assert.deepEqual([room.id, fired(room, 'state')], [id, ['connecting', 'joined', 'reconnecting', 'joined']]);
	world.janus.endHandle(own(world).sub?.handle ?? own(world).handle);
	world.janus.room.come('Bob', STREAMS);
	await world.clock.advance(3000);
	isTrue(world, room, 'after the end of the other');
});

test('what could not be said while away is said afterwards: the last source ended, the lock of the room', async () => {
	const world = new World(), room = await world.join();

	await world.clock.run(room.publisher.publish({ audio: true, video: false }));
	world.janus.cut(1000);
	const ending = room.publisher.end().catch(({ code }) => code);

	world.janus.room.locked = true;
	await world.clock.advance(5000);
	await ending;
	isTrue(world, room, 'ended');
	assert.deepEqual([own(world).streams, room.locked], [[], true]);
});

test('refused for a while: subscriptions and offers are made again', async () => {
	const world = new World(), room = await world.join();

	world.janus.room.refuse.join = ['too_many_requests', 300];      // of the subscribing handle
	world.janus.room.come('Bob', STREAMS);
	await world.clock.advance(3000);
	world.janus.room.refuse.update = ['unavailable'];
	world.janus.room.come('Cleo', STREAMS);
	await world.clock.advance(3000);
	await world.clock.run(room.publisher.publish());
	world.janus.room.refuse.configure = ['internal'];
	await assert.rejects(world.clock.run(room.publisher.end(['video'])), RecroomError);
	await world.clock.advance(3000);
	isTrue(world, room, 'after all');
	world.janus.room.refuse.configure = ['too_many_requests', 300];
	await assert.rejects(world.clock.run(room.publisher.mute('audio')), { code: 'too_many_requests' });
	await world.clock.advance(3000);
	isTrue(world, room, 'muted');
	world.janus.room.refuse.configure = ['internal'];
	await assert.rejects(world.clock.run(room.publisher.end()), RecroomError);
	room.restartIce();
	await world.clock.advance(3000);
	isTrue(world, room, 'with another network meanwhile');
});

test('an answer and the end of the call come in one and the same breath: it says nothing of a call that is over', async () => {
	for (const ask of [(room) => room.recording.start(), (room) => room.recording.refresh()]) {
		const world = new World(), room = await world.join({}, { serverUrl: 'http://host/janus' });

		if (!world.janus.room.recording)
			world.janus.room.startRecording();
		world.janus.room.recording = ask.toString().includes('refresh') ? world.janus.room.recording : null;
		const asked = ask(room).catch(() => {});

		await world.clock.until('the request', () => world.janus.requests.at(-1).body.recroom !== 'join', 1000);
		world.janus.room.tellAll({ kicked: room.id });
		await world.clock.run(asked);
		await world.clock.advance(2000);
		assert.deepEqual([room.state, room.recording.status, room.recording.pending], ['closed', 'idle', null]);
	}
});

test('another room with the same object: its own library', async () => {
	const world = new World(), room = world.room({ apiUrl: 'http://pp' }), asked = [];

	world.rest = (url) => {
		asked.push(url);
		return { body: { recordings: [], nextPageToken: null } };
	};
	for (const name of ['demo', 'other']) {
		world.janus.room.name = name;
		await world.clock.run(room.join({ ...JOIN, room: name }));
		await world.clock.run(room.recordings.list());
		await world.clock.run(room.leave());
	}
	assert.deepEqual(asked, ['http://pp/recordings?room=demo', 'http://pp/recordings?room=other']);
});

test('random actions and misfortunes, many at once', async () => {
	const seed = Number(process.env.RECROOM_SEED ?? Date.now() % 1e6);

	console.log(`seed ${seed}`);
	for (let n = 0; n < (process.env.RECROOM_FULL ? 3000 : 80); n++)
		await once(seed + n);
});
