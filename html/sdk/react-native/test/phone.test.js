// SPDX-License-Identifier: MIT
// Background, calls, permissions, networks, the service: each alone, then in bad orders. What counts is what the others are told.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { STREAMS } from '../../core/test/lib/harness.js';
import { PhoneWorld } from './lib/world.js';

test('in the background the camera is off, and on again; the microphone goes on; a moment under a system dialog is nothing', async () => {
	const world = new PhoneWorld();
	const room = await world.call(), { adapter, phone } = world;

	assert.equal(world.sent, 'audio video');
	assert.equal(await world.then(() => adapter.goes('inactive')), 'audio video');
	assert.equal(await world.then(() => adapter.goes('background')), 'audio video-');
	assert.deepEqual([phone.state.activity, phone.state.resting], ['background', ['video']]);
	assert.equal(await world.then(() => adapter.goes('inactive')), 'audio video-');
	assert.equal(await world.then(() => adapter.goes('active')), 'audio video');
	assert.deepEqual([phone.state.resting, room.publisher.source('video').track.enabled], [[], true]);
});

test('both rest in the background, or neither, if that is wanted', async () => {
	for (const [options, sent] of [[{ microphoneInBackground: false }, 'audio- video-'], [{ cameraInBackground: true }, 'audio video']]) {
		const world = new PhoneWorld({ options });

		await world.call();
		assert.equal(await world.then(() => world.adapter.goes('background')), sent);
		assert.equal(await world.then(() => world.adapter.goes('active')), 'audio video');
	}
});

test('what the person has decided stands: off before, switched off or on meanwhile; and what a host has', async () => {
	const world = new PhoneWorld();
	const room = await world.call(), { adapter } = world;
	const away = async (...meanwhile) => {
		await world.then(() => adapter.goes('background'));
		for (const action of meanwhile)
			await world.then(action);
		return world.then(() => adapter.goes('active'));
	};

	await world.clock.run(room.publisher.mute('video'));
	assert.equal(await away(), 'audio video-', 'off before');
	assert.equal(await away(() => room.publisher.unmute('video')), 'audio video', 'switched on meanwhile');
	assert.equal(await away(() => room.publisher.unmute('video'), () => room.publisher.mute('video')), 'audio video-', 'switched on and off meanwhile');
	await world.clock.run(room.publisher.unmute('video'));
	assert.equal(await away(() => world.janus.room.tellAll({ event: 'moderated', id: room.id, muted: true, source: 'video', by: 'host' })), 'audio video-', 'moderated meanwhile');
	await world.clock.run(room.publisher.unmute('video'));
	assert.equal(await away(() => world.janus.room.tellAll({ event: 'moderated', id: 'somebody', muted: true, by: 'host' })), 'audio video', 'somebody else was');
	assert.equal(await away(() => room.publisher.end(['video'])), 'audio', 'ended meanwhile');
});

test('a track in the place of the one that rests, rests; another that is published in the background, too', async () => {
	const world = new PhoneWorld();
	const room = await world.call(), { adapter } = world;

	await world.then(() => adapter.goes('background'));
	assert.equal(await world.then(() => { room.publisher.switchDevice('video', { facingMode: 'environment' }); }), 'audio video-');
	assert.equal(room.publisher.source('video').track.enabled, false);
	await world.clock.run(room.publisher.end(['video']));
	assert.equal(await world.then(() => { room.publisher.publish({ audio: false, video: true }); }), 'audio video-');
	assert.equal(await world.then(() => adapter.goes('active')), 'audio video');
});

test('a phone call: the microphone rests; said twice it is one; a camera that the system took is opened again', async () => {
	const world = new PhoneWorld();
	const room = await world.call(), { adapter, phone } = world;

	for (const said of ['lost', 'lost'])
		assert.equal(await world.then(() => adapter.focus(said)), 'audio- video');
	assert.deepEqual([phone.state.isInterrupted, phone.state.resting], [true, ['audio']]);
	for (const said of ['gained', 'gained'])
		assert.equal(await world.then(() => adapter.focus(said)), 'audio video');
	await world.then(() => adapter.focus('lost'));
	const { track } = room.publisher.source('audio');

	track.readyState = 'ended';
	assert.equal(await world.then(() => track.onended()), 'video');
	assert.equal(await world.then(() => adapter.focus('gained'), 300), 'audio video');
	assert.notEqual(room.publisher.source('audio').track, track);
	assert.deepEqual(world.errors, []);
});

test('a call, and the application in the background, in every order: each wakes what it has put to rest', async () => {
	const options = { microphoneInBackground: false };
	const steps = { lost: ({ adapter }) => adapter.focus('lost'), gained: ({ adapter }) => adapter.focus('gained'), background: ({ adapter }) => adapter.goes('background'), active: ({ adapter }) => adapter.goes('active') };
	const orders = [
		[['lost', 'audio- video'], ['background', 'audio- video-'], ['active', 'audio- video'], ['gained', 'audio video']],
		[['lost', 'audio- video'], ['background', 'audio- video-'], ['gained', 'audio- video-'], ['active', 'audio video']],
		[['background', 'audio- video-'], ['lost', 'audio- video-'], ['active', 'audio- video'], ['gained', 'audio video']],
		[['background', 'audio- video-'], ['lost', 'audio- video-'], ['gained', 'audio- video-'], ['active', 'audio video']],
	];

	for (const order of orders) {
		const world = new PhoneWorld({ options });

		await world.call();
		for (const [step, sent] of order)
			assert.equal(await world.then(() => steps[step](world)), sent, `${step} of ${order.map(([name]) => name)}`);
	}
});

test('a call that came before the room was entered, and is over when its owner has left', async () => {
	const world = new PhoneWorld();

	world.adapter.focus('lost');
	const room = await world.call();

	assert.equal(world.sent, 'audio- video');
	await world.clock.run(room.leave());
	world.adapter.focus('gained');
	await world.clock.advance(1000);
	assert.deepEqual([room.state, world.errors, world.phone.state.resting], ['closed', [], []]);
});

test('permissions: asked for once; the camera refused, the microphone is sent; asked again and given, the camera, too', async () => {
	const world = new PhoneWorld(), { adapter, phone } = world;

	adapter.permissions = { camera: 'prompt', microphone: 'prompt' };
	adapter.answers.camera = 'denied';
	assert.deepEqual(phone.state.permissions, { camera: 'unknown', microphone: 'unknown' });
	await world.call();
	assert.equal(world.sent, 'audio');
	assert.deepEqual([adapter.log.filter((entry) => entry.startsWith('ask')), phone.state.permissions], [['ask microphone', 'ask camera'], { camera: 'denied', microphone: 'granted' }]);
	adapter.answers.camera = 'granted';
	assert.equal(await world.then(() => phone.permissions.ask(['camera']), 300), 'audio video');
	assert.deepEqual(world.errors, []);
});

test('refused for good: the settings change it, and what was missing is sent', async () => {
	const world = new PhoneWorld(), { adapter, phone } = world;

	adapter.permissions = { camera: 'blocked', microphone: 'prompt' };
	adapter.answers = { camera: 'blocked', microphone: 'blocked' };
	const room = await world.call({ publish: false });

	await assert.rejects(world.clock.run(room.publisher.publish()), { code: 'permission_denied' });
	assert.deepEqual([phone.state.permissions, room.publisher.sources], [{ camera: 'blocked', microphone: 'blocked' }, []]);
	await phone.permissions.openSettings();
	await world.then(() => adapter.goes('background'));
	adapter.permissions = { camera: 'granted', microphone: 'prompt' };        // Android: not granted yet, and that is all it says
	assert.equal(await world.then(() => adapter.goes('active'), 300), 'video');
	assert.deepEqual(phone.state.permissions, { camera: 'granted', microphone: 'blocked' });
	await world.clock.run(room.leave());
	adapter.goes('background');
	adapter.permissions.microphone = 'granted';
	adapter.goes('active');
	await world.clock.advance(500);
	assert.deepEqual([phone.state.permissions.microphone, room.publisher.sources, world.errors], ['granted', [], []]);
});

test('the question covers the application, which is no background; who really leaves it meanwhile is in the background when it is gone', async () => {
	for (const leaves of [false, true]) {
		const world = new PhoneWorld(), { adapter, phone } = world;

		adapter.permissions.camera = 'prompt';
		adapter.questions = [];
		const room = await world.call({ publish: false });

		await world.clock.run(room.publisher.publish({ audio: true, video: false }));
		const publishing = room.publisher.publish({ audio: false, video: true });

		await world.clock.advance(10);
		assert.equal(await world.then(() => adapter.goes('background')), 'audio');
		assert.equal(phone.state.activity, 'inactive');
		if (!leaves)
			adapter.goes('active');
		adapter.questions.shift()();
		await world.clock.run(publishing);
		await world.clock.advance(100);
		assert.deepEqual([world.sent, phone.state.activity], leaves ? ['audio video-', 'background'] : ['audio video', 'active']);
		assert.equal(await world.then(() => adapter.goes('active')), 'audio video');
	}
});

test('the call is over while the question is on the screen: nothing stays open', async () => {
	const world = new PhoneWorld(), { adapter } = world;

	adapter.permissions = { camera: 'prompt', microphone: 'prompt' };
	adapter.questions = [];
	const room = await world.call({ publish: false });
	const publishing = assert.rejects(room.publisher.publish(), { code: 'closed' });

	await world.clock.advance(10);
	await world.clock.run(room.leave());
	for (let i = 0; i < 2; i++) {
		adapter.questions.shift()();
		await world.clock.advance(10);
	}
	await publishing;
	assert.deepEqual([room.publisher.sources, world.adapter.log.filter((entry) => entry.startsWith('ask'))], [[], ['ask microphone', 'ask camera']]);
});

test('two who ask at once: one question after the other, each once', async () => {
	const world = new PhoneWorld(), { adapter, phone } = world;

	adapter.permissions = { camera: 'prompt', microphone: 'prompt' };
	adapter.questions = [];
	const both = Promise.all([phone.permissions.ask(), phone.permissions.ask(['camera'])]);

	for (const name of ['microphone', 'camera']) {
		await world.clock.advance(10);
		assert.deepEqual([adapter.log.at(-1), adapter.questions.length], [`ask ${name}`, 1]);
		adapter.questions.shift()();
	}
	await world.clock.run(both);
	assert.deepEqual([adapter.log, phone.permissions.isAsking], [['ask microphone', 'ask camera'], false]);
});

test('a system that fails when it is asked has denied', async () => {
	const fails = async () => { throw new Error('no activity'); };
	const world = new PhoneWorld({ adapter: { checkPermission: fails, askPermission: fails } });

	assert.deepEqual(await world.clock.run(world.phone.permissions.ask()), { camera: 'denied', microphone: 'denied' });
	await world.phone.permissions.check();
	assert.deepEqual(world.phone.state.permissions, { camera: 'denied', microphone: 'denied' });
});

test('another network: media look for another way, once; the first one, its name and nonsense are no news', async () => {
	const world = new PhoneWorld(), { adapter, phone } = world;

	world.janus.room.come('Bob', STREAMS);
	const room = await world.call(), { connection } = room.publisher;
	const restarts = async (...types) => {
		const before = connection.restarts;

		for (const type of types) {
			adapter.network(type);
			await world.clock.advance(2);                // an offer is under way, and not answered
		}
		await world.clock.advance(10_000);
		return connection.restarts - before;
	};

	assert.equal(await restarts('wifi', 'wifi', 'unknown'), 0);
	assert.equal(await restarts('cellular'), 1);
	assert.equal(await restarts('none', 'cellular'), 1);
	assert.equal(await restarts('none', 'wifi', 'cellular'), 2);
	assert.deepEqual([phone.state.network, room.state, world.errors], [{ online: true, type: 'cellular' }, 'joined', []]);
});

test('another network while the connection is being made again, or while we come in', async () => {
	const world = new PhoneWorld(), { adapter } = world;
	const room = world.enter();

	adapter.network('wifi');
	await world.clock.advance(5);
	adapter.network('cellular');
	await world.joined;
	await world.clock.run(room.publisher.publish());
	const { connection } = room.publisher;

	assert.equal(connection.restarts, 0);
	world.janus.cut(3000);
	adapter.network('none');
	adapter.network('wifi');
	assert.equal(room.state, 'reconnecting');
	adapter.goes('background');
	await world.clock.advance(6000);
	assert.deepEqual([room.state, connection.restarts, world.sent], ['joined', 1, 'audio video-']);
	adapter.goes('active');
	await world.clock.advance(100);
	assert.deepEqual([world.sent, world.errors], ['audio video', []]);
});

test('back from the background: a connection that died unheard is found out at once, not at the next pulse', async () => {
	const world = new PhoneWorld(), { adapter } = world;
	const room = await world.call();

	await world.then(() => adapter.goes('background'));
	world.janus.deafen(4000);
	await world.clock.advance(100);
	const asked = world.janus.asked('keepalive').length;

	await world.then(() => adapter.goes('active'), 50);
	assert.ok(room.state === 'joined' && world.janus.asked('keepalive').length >= asked);
	await world.clock.advance(8000);
	assert.deepEqual([room.state, world.sent, room.publisher.source('video').muted], ['joined', 'audio video', false]);
});

test('the service: started when we are in, told what is sent, not from the background, ended with the call; without it the call goes on', async () => {
	const world = new PhoneWorld(), { adapter } = world;
	const room = await world.call();

	await world.clock.run(room.publisher.shareScreen());
	adapter.goes('background');
	await world.clock.run(room.publisher.stopScreen());
	adapter.goes('active');
	world.janus.cut(1000);
	await world.clock.advance(5000);
	await world.clock.run(room.leave());
	await world.clock.advance(10);
	assert.deepEqual(adapter.log, ['start ', 'start camera,microphone', 'start camera,mediaProjection,microphone', 'start camera,microphone', 'stop']);
	const lame = new PhoneWorld({ adapter: { service: { start() { throw new Error('not allowed'); }, stop() {} } } });

	await lame.call();
	assert.deepEqual([lame.sent, lame.errors[0]], ['audio video', 'internal']);
	const without = new PhoneWorld({ adapter: { service: null, onNetwork: null, onAudioFocus: null } });

	await without.call();
	assert.equal(without.sent, 'audio video');
});

test('unbound, the room is as it was; closed, the phone hears nothing', async () => {
	const world = new PhoneWorld(), { adapter, phone } = world;

	await world.call();
	await world.then(() => adapter.goes('background'));
	assert.equal(await world.then(() => world.unbind()), 'audio video');
	assert.equal(adapter.log.at(-1), 'stop');
	assert.equal(await world.then(() => adapter.focus('lost')), 'audio video');
	phone.close();
	assert.equal(adapter.listeners, 0);
});

test('200 random things befall the phone: when all is well again everything is sent as before', async () => {
	const seed = Number(process.env.RECROOM_SEED ?? Date.now() % 1e6), runs = process.env.RECROOM_FULL ? 300 : 20;
	const { chance } = await import('../../core/test/lib/clock.js');

	console.log(`seed ${seed}`);
	for (let n = 0; n < runs; n++) {
		const random = chance(seed + n), world = new PhoneWorld({ options: { microphoneInBackground: random() < 0.5 } }), { adapter } = world;
		const pick = (...list) => list[Math.floor(random() * list.length)], done = [];
		const faults = {
			goes: () => adapter.goes(pick('active', 'inactive', 'background')), focus: () => adapter.focus(pick('lost', 'gained')), network: () => adapter.network(pick('wifi', 'cellular', 'none', 'unknown')),
			cut: () => world.janus.cut(Math.floor(random() * 5000)), deafen: () => world.janus.deafen(Math.floor(random() * 6000)),
			reclaim: () => { world.janus.reclaim = random() < 0.5; }, ask: () => { world.phone.permissions.ask().catch(() => {}); },
			ended: () => {
				const sent = room.publisher.source(pick('audio', 'video'));

				if (sent && world.phone.state.resting.includes(sent.source)) {
					sent.track.readyState = 'ended';
					sent.track.onended?.();
				}
			},
		};
		const room = await world.call();

		for (let i = 0; i < 15; i++) {
			const name = pick(...Object.keys(faults));

			done.push(name);
			faults[name]();
			await world.clock.advance(Math.floor(random() ** 3 * 6000));
		}
		adapter.goes('active');
		adapter.focus('gained');
		adapter.network('wifi');
		await world.clock.advance(60_000);
		assert.deepEqual([room.state, world.sent.split(' ').sort().join(' '), world.phone.state.resting], ['joined', 'audio video', []], `RECROOM_SEED=${seed + n}: ${done.join(' ')}`);
		await world.clock.run(room.leave());
		await world.clock.advance(1000);
		assert.deepEqual([world.clock.waiting, world.janus.sockets.size], [0, 0], `RECROOM_SEED=${seed + n}: something goes on`);
	}
});
