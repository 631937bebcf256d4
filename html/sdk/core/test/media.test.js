// SPDX-License-Identifier: MIT
// Sending and receiving: what is negotiated, in which order, with which lines.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fired, STREAMS, World } from './lib/harness.js';
import { makeTrack } from './lib/tracks.js';

const offers = (world) => world.janus.requests.filter(({ body, jsep }) => jsep && ['publish', 'configure'].includes(body.recroom));

test('camera and microphone: one offer, named lines, simulcast for the picture', async () => {
	const world = new World();
	const room = await world.join();

	await world.clock.run(room.publisher.publish());
	const [{ body }] = offers(world);
	const [, video] = world.webrtc.made[0].getTransceivers();

	assert.deepEqual(body, { recroom: 'publish', room: 'demo', descriptions: [{ mid: '0', source: 'audio' }, { mid: '1', source: 'video' }], streams: [{ mid: '0', send: true }, { mid: '1', send: true }] });
	assert.deepEqual(video.encodings.map(({ rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy]), [['h', undefined], ['m', 2], ['l', 4]]);
	assert.equal(video.direction, 'sendonly');
	assert.deepEqual(room.publisher.sources.map(({ source, muted }) => [source, muted]), [['audio', false], ['video', false]]);
	assert.deepEqual(Object.keys(room.participants.local.tracks), ['audio', 'video']);
	await world.clock.advance(50);
	assert.deepEqual(world.janus.asked('publish')[0].handle.candidates.map((c) => c.completed ?? c.sdpMid), ['0', true]);
});

test('mute is silence at once, and the others are told; what was asked for twice is asked for once', async () => {
	const world = new World();
	const room = await world.join();

	await world.clock.run(room.publisher.publish());
	const muting = room.publisher.mute('audio');

	assert.equal(room.publisher.source('audio').track.enabled, false);
	assert.equal(room.publisher.source('audio').muted, true);
	await world.clock.run(muting);
	assert.deepEqual(world.janus.asked('configure').at(-1).body.streams, [{ mid: '0', send: false }, { mid: '1', send: true }]);
	const asked = world.janus.requests.length;

	await world.clock.run(room.publisher.mute('audio'));
	await world.clock.run(room.publisher.mute('screen'));
	assert.equal(world.janus.requests.length, asked);
	await world.clock.run(room.publisher.unmute('audio'));
	assert.deepEqual([room.publisher.source('audio').track.enabled, world.janus.asked('configure').at(-1).body.streams[0]], [true, { mid: '0', send: true }]);
});

test('a screen comes and goes on lines that stay; taken back by the browser it ends by itself', async () => {
	const world = new World();
	const room = await world.join();

	await world.clock.run(room.publisher.publish());
	await world.clock.run(room.publisher.shareScreen());
	assert.deepEqual(offers(world)[1].body.descriptions.map(({ source }) => source), ['audio', 'video', 'screen', 'screenaudio']);
	assert.deepEqual(world.webrtc.made[0].getTransceivers()[2].encodings, []);
	await world.clock.run(room.publisher.stopScreen());
	assert.deepEqual(world.webrtc.made[0].getTransceivers().map(({ direction }) => direction), ['sendonly', 'sendonly', 'inactive', 'inactive']);
	await world.clock.run(room.publisher.shareScreen());
	assert.equal(world.webrtc.made[0].getTransceivers().length, 4);
	const ended = [];

	room.publisher.on('ended', ({ source }) => ended.push(source));
	room.publisher.source('screen').track.onended();
	await world.clock.advance(200);
	assert.deepEqual([ended, room.publisher.sources.map(({ source }) => source)], [['screen'], ['audio', 'video', 'screenaudio']]);
	world.devices.refuse = 'NotAllowedError';
	await assert.rejects(room.publisher.shareScreen(), { code: 'cancelled' });
});

test('another camera without a negotiation; its predecessor is stopped', async () => {
	const world = new World();
	const room = await world.join();

	await world.clock.run(room.publisher.publish());
	const { track } = room.publisher.source('video');
	const before = offers(world).length;

	await world.clock.run(room.publisher.mute('video'));
	await world.clock.run(room.publisher.switchDevice('video', 'cam2'));
	assert.deepEqual(world.devices.asked.at(-1), { audio: false, video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 }, deviceId: { exact: 'cam2' } } });
	assert.deepEqual([offers(world).length, track.readyState, room.publisher.source('video').track.enabled], [before, 'ended', false]);
	assert.equal(world.webrtc.made[0].getTransceivers()[1].sender.track, room.publisher.source('video').track);
	await world.clock.run(room.publisher.replaceTrack('audio2', makeTrack('audio')));
	assert.deepEqual(offers(world).at(-1).body.descriptions.at(-1), { mid: '2', source: 'audio2' });
});

test('an offer that the server refuses is taken back, and the next one is made', async () => {
	const world = new World();
	const room = await world.join();

	world.janus.room.refuse.publish = ['codec_not_supported'];
	await assert.rejects(world.clock.run(room.publisher.publish()), { code: 'codec_not_supported' });
	assert.deepEqual([world.webrtc.made[0].signalingState, room.publisher.sources], ['stable', []]);
	assert.ok(world.webrtc.made[0].getTransceivers().every(({ direction }) => direction === 'inactive'));
	await world.clock.run(room.publisher.shareScreen());
	assert.deepEqual(room.publisher.sources.map(({ source }) => source), ['screen', 'screenaudio']);
	assert.deepEqual(world.janus.asked('publish').length, 2);
});

test('negotiations do not overlap', async () => {
	const world = new World();
	const room = await world.join();

	await world.clock.run(Promise.all([room.publisher.publish(), room.publisher.shareScreen(), room.publisher.send([{ source: 'video2', track: makeTrack('video') }]), room.publisher.mute('audio'), room.publisher.end(['video2'])]));
	assert.deepEqual(room.publisher.sources.map(({ source }) => source), ['audio', 'video', 'screen', 'screenaudio']);
	assert.equal(world.webrtc.made[0].signalingState, 'stable');
});

test('ICE fails: begins again on the same connection; Janus hangs up: on another one', async () => {
	const world = new World();
	const room = await world.join();

	await world.clock.run(room.publisher.publish());
	await world.clock.run(room.publisher.mute('audio'));
	const [first] = world.webrtc.made;

	first.ice('disconnected');
	await world.clock.advance(1000);
	first.ice('connected');
	await world.clock.advance(5000);
	assert.equal(first.restarts, 0);
	first.ice('disconnected');
	await world.clock.advance(2500);
	assert.deepEqual([first.restarts, first.iceConnectionState, offers(world).at(-1).body.recroom], [1, 'connected', 'configure']);
	world.janus.core(world.janus.asked('publish')[0].handle, { janus: 'hangup', reason: 'ICE failed' });
	await world.clock.advance(500);
	assert.deepEqual([first.closed, world.webrtc.made.length, offers(world).at(-1).body.recroom], [true, 2, 'publish']);
	assert.deepEqual(offers(world).at(-1).body.streams, [{ mid: '0', send: false }, { mid: '1', send: true }]);
});

test('remote tracks come when line and track are known, and go with their stream', async () => {
	const world = new World();
	const bob = world.janus.room.come('Bob', STREAMS);
	const room = await world.join();

	assert.deepEqual(fired(room, 'track').map(({ participant, source, kind, track }) => [participant, source, kind, Boolean(track)]), [[bob.id, 'audio', 'audio', true], [bob.id, 'video', 'video', true]]);
	assert.deepEqual(Object.keys(room.participants.get(bob.id).tracks), ['audio', 'video']);
	await world.clock.run(room.setQuality(bob.id, 'video', { substream: 0 }));
	assert.deepEqual(world.janus.asked('configure').at(-1).body.streams, [{ mid: '1', substream: 0 }]);
	world.janus.room.setStreams(bob.id, STREAMS.slice(0, 1));
	await world.clock.advance(200);
	assert.deepEqual(Object.keys(room.participants.get(bob.id).tracks), ['audio']);
	const cleo = world.janus.room.come('Cleo', STREAMS);

	await world.clock.advance(200);
	assert.deepEqual(Object.keys(room.participants.get(cleo.id).tracks).sort(), ['audio', 'video']);
	world.janus.room.go(bob.id);
	await world.clock.advance(200);
	assert.deepEqual(fired(room, 'track').filter(({ track }) => !track).map(({ participant, source }) => `${participant} ${source}`), [`${bob.id} video`, `${bob.id} audio`]);
	assert.equal(world.webrtc.made.length, 1);
	assert.deepEqual(fired(room, 'error'), []);
});

test('twenty people come and go at once: offers are answered one by one, and in the end it is right', async () => {
	const world = new World();
	const room = await world.join();
	const seed = Number(process.env.RECROOM_SEED ?? Date.now() % 1e6);

	console.log(`seed ${seed}`);
	const random = (await import('./lib/clock.js')).chance(seed);

	for (let i = 0; i < 60; i++) {
		const others = [...world.janus.room.people.values()].filter(({ handle }) => !handle);
		const [one] = others.sort(() => random() - 0.5);
		const act = random();

		if (act < 0.5 || !one)
			world.janus.room.come(`P${i}`, STREAMS);
		else if (act < 0.75)
			world.janus.room.go(one.id);
		else
			world.janus.room.setStreams(one.id, random() < 0.5 ? STREAMS : STREAMS.slice(0, 1));
		await world.clock.advance(Math.floor(random() * 30));
	}
	await world.clock.advance(1000);
	for (const { id, streams, handle } of world.janus.room.people.values())
		if (!handle)
			assert.deepEqual(Object.keys(room.participants.get(id).tracks).sort(), streams.map(({ source }) => source).sort(), `seed ${seed}: ${id}`);
	assert.deepEqual(fired(room, 'error'), []);
});

test('subscribe: false receives nothing', async () => {
	const world = new World();

	world.janus.room.come('Bob', STREAMS);
	await world.join({}, { subscribe: false });
	assert.deepEqual([world.janus.asked('update'), world.webrtc.made], [[], []]);
});
