// SPDX-License-Identifier: MIT
// Cameras, microphones, loudspeakers, screens: which there are, when that changes, and everything that goes wrong with them, by its code.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Devices } from '../src/devices.js';
import { platformOf } from '../src/platform.js';
import { fired, World } from './lib/harness.js';
import { fakeDevices } from './lib/tracks.js';

const named = (name) => Object.assign(new Error(name), { name });
/** What a browser throws, and what we make of it. */
const PROBLEMS = [['NotAllowedError', 'permission_denied'], ['SecurityError', 'permission_denied'], ['NotFoundError', 'no_device'], ['OverconstrainedError', 'no_device'],
	['NotReadableError', 'device_busy'], ['AbortError', 'device_busy'], ['TypeError', 'no_media']];

test('which there are, with one of them by its id', async () => {
	const media = fakeDevices(), devices = new Devices(platformOf({ mediaDevices: media }));

	assert.deepEqual(await devices.list(), [{ deviceId: 'cam1', groupId: 'g', label: 'Camera', kind: 'videoinput' }]);
	assert.deepEqual((await devices.open({ audio: 'mic2', video: false })).map(({ source }) => source), ['audio']);
	assert.deepEqual(media.asked.at(-1), { audio: { deviceId: { exact: 'mic2' } }, video: false });
	assert.deepEqual((await devices.openScreen()).map(({ source, simulcast }) => [source, simulcast]), [['screen', false], ['screenaudio', undefined]]);
});

test('permission denied, no device, in use by another program, anything else: a code and a sentence, the cause beside it', async () => {
	const media = fakeDevices(), devices = new Devices(platformOf({ mediaDevices: media }));

	for (const [name, code] of PROBLEMS) {
		media.refuse = name;
		await assert.rejects(devices.open(), (error) => error.name === 'RecroomError' && error.code === code && /\.$|Error/.test(error.message) && error.cause.name === name, name);
	}
	media.refuse = 'NotAllowedError';
	await assert.rejects(devices.openScreen(), { code: 'cancelled' });
	media.refuse = 'NotReadableError';
	await assert.rejects(devices.openScreen(), { code: 'device_busy' });
});

test('nothing of that kind here: no HTTPS, no screens', async () => {
	const none = new Devices(platformOf({ mediaDevices: {} }));

	await assert.rejects(none.open(), { code: 'no_media' });
	await assert.rejects(none.openScreen(), { code: 'no_media' });
	assert.deepEqual([none.isSupported, none.canShareScreen, await none.list()], [false, false, []]);
});

test('plugged in and out: told for as long as anybody watches, to all who do', async () => {
	const media = fakeDevices(), devices = new Devices(platformOf({ mediaDevices: media })), changes = [];

	devices.on('change', (list) => changes.push(list.length));
	const [first, second] = [devices.watch(), devices.watch()];

	assert.equal(media.listeners.size, 1);
	second();
	second();
	await [...media.listeners][0]();
	assert.deepEqual(changes, [1]);
	media.enumerateDevices = async () => { throw named('InvalidStateError'); };
	await [...media.listeners][0]();               // nothing is known then, and nothing told
	first();
	assert.deepEqual([changes, media.listeners.size], [[1], 0]);
	devices.watch()();
	assert.equal(media.listeners.size, 0);
	new Devices(platformOf({ mediaDevices: {} })).watch()();
});

test('a loudspeaker: where it can be chosen, and what goes wrong', async () => {
	const devices = new Devices(platformOf({ mediaDevices: fakeDevices() }));
	const speaker = (sink = '') => ({ sink, refuse: '', play: async () => {}, async setSinkId(id) {
		if (this.refuse)
			throw named(this.refuse);
		this.sink = id;
	} });
	const [one, later, gone] = [speaker(), speaker(), speaker()];

	await Promise.all([devices.play(one), devices.play(gone)]);
	devices.forget(gone);
	await devices.setSpeaker('speaker2');
	await devices.play(later);
	assert.deepEqual([one.sink, later.sink, gone.sink, devices.speaker], ['speaker2', 'speaker2', '', 'speaker2']);
	for (const [name, code] of [['NotAllowedError', 'permission_denied'], ['NotFoundError', 'no_device'], ['AbortError', 'device_busy'], ['TypeError', 'no_media']]) {
		one.refuse = name;
		await assert.rejects(devices.setSpeaker('x'), { code });
		assert.equal(devices.speaker, 'speaker2');
	}
	assert.equal(await devices.play({ play: async () => {} }), true);
	await assert.rejects(devices.setSpeaker('x'), { code: 'no_media' });
});

test('playing is blocked until somebody clicks', async () => {
	const devices = new Devices(platformOf({ mediaDevices: fakeDevices() })), told = [];
	let mayPlay = false;
	const element = () => ({ play: async () => { if (!mayPlay) throw named('NotAllowedError'); } });
	const [one, two] = [element(), element()];

	devices.on('blocked', (isBlocked) => told.push(isBlocked));
	assert.deepEqual([await devices.play(one), await devices.play(two), devices.isBlocked], [false, false, true]);
	devices.forget(two);
	assert.equal(await devices.unblock(), false);
	mayPlay = true;
	assert.equal(await devices.unblock(), true);
	assert.deepEqual([told, devices.isBlocked], [[true, false], false]);
	assert.equal(await devices.play({ play: async () => { throw named('AbortError'); } }), true, 'another track came in between');
});

test('no camera goes on for a call that is over, that is another one by now, or that we are not in', async () => {
	const world = new World(), idle = world.room();

	await assert.rejects(idle.publisher.publish(), { code: 'not_joined' });
	assert.equal(world.devices.asked.length, 0);
	const room = await world.join();
	const asked = [];

	world.devices.slow = () => new Promise((resolve) => { asked.push(resolve); });
	const publishing = assert.rejects(room.publisher.publish(), { code: 'closed' }), sharing = assert.rejects(room.publisher.shareScreen(), { code: 'closed' });

	await world.clock.run(room.leave());
	await world.clock.run(room.join({ room: 'demo', display: 'Ann', secret: 'host' }));
	asked.forEach((allow) => allow());
	await Promise.all([world.clock.run(publishing), world.clock.run(sharing)]);
	assert.ok(world.devices.made.length === 4 && world.devices.made.every(({ readyState }) => readyState === 'ended'));
	assert.deepEqual([room.publisher.sources, world.janus.asked('publish').length], [[], 0]);
});

test('a camera that is unplugged, a screen taken back in the browser\'s own bar: it ends, and the others see that', async () => {
	const world = new World(), room = await world.join(), ended = [];

	await world.clock.run(room.publisher.publish());
	await world.clock.run(room.publisher.shareScreen());
	room.publisher.on('ended', ({ source }) => ended.push(source));
	for (const source of ['screen', 'video'])
		room.publisher.source(source).track.onended();
	await world.clock.advance(500);
	assert.deepEqual([ended, room.publisher.sources.map(({ source }) => source)], [['screen', 'video'], ['audio', 'screenaudio']]);
	assert.deepEqual([...world.janus.room.people.values()][0].streams.map(({ source }) => source), ['audio', 'screenaudio']);
	assert.deepEqual(fired(room, 'error'), []);
});
