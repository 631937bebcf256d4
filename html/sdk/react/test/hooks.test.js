// SPDX-License-Identifier: MIT
// The provider's life, and what the hooks give.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { STREAMS } from '../../core/test/lib/harness.js';
import { h, Screen } from './lib/screen.js';

const { act } = await import('react');
const { clockText, RecroomProvider, sizeText, useDevices, useIsRecording, useLocalParticipant, useParticipants, useRecording, useRemoteParticipants, useRoom, useTrackToggle } = await import('../src/index.js');

/** A component that keeps what a hook gives. */
function spy(hook) {
	const seen = { now: null, renders: 0 };
	const Spy = () => {
		seen.now = hook();
		seen.renders++;
		return null;
	};

	return [Spy, seen];
}

test('the provider joins once, also in strict mode, publishes, tells, and leaves', async () => {
	for (const strict of [false, true]) {
		const screen = new Screen(), told = [];
		const [Spy, seen] = spy(useRoom);

		await screen.render(h(Spy), { strict, audio: true, video: true, onConnected: () => told.push('in'), onDisconnected: ({ code }) => told.push(code), onRecordingStarted: ({ recordingId }) => told.push(recordingId) });
		assert.deepEqual([seen.now.state, seen.now.isConnected, seen.now.isHost, seen.now.permissions.canRecord], ['joined', true, true, true]);
		assert.deepEqual(['join', 'publish'].map((name) => screen.world.janus.asked(name).length), [1, 1], `strict ${strict}`);
		await screen.happens((room) => room.startRecording());
		await screen.happens(() => screen.world.janus.cut(500), 100);
		assert.equal(seen.now.isReconnecting, true);
		await screen.pass(3000);
		assert.equal(seen.now.isConnected, true);
		await screen.close();
		assert.deepEqual([told, screen.world.janus.room.people.size, screen.world.janus.sockets.size], [['in', 'rec_1'], 0, 0]);
	}
});

test('errors: of joining, of devices; joined again by hand', async () => {
	const screen = new Screen(), errors = [];
	const [Spy, seen] = spy(useRoom);

	screen.world.janus.room.pin = '1';
	await screen.render(h(Spy), { onError: ({ code }) => errors.push(code) });
	assert.deepEqual([errors, seen.now.error.code, seen.now.state, seen.now.closed.code], [['wrong_pin'], 'wrong_pin', 'closed', 'wrong_pin']);
	screen.world.janus.room.pin = '';
	await screen.happens(() => { seen.now.join(); });
	assert.deepEqual([seen.now.state, seen.now.error, seen.now.closed], ['joined', null, null]);
	await screen.happens(() => { seen.now.leave(); });
	assert.deepEqual([seen.now.state, seen.now.closed.code], ['closed', 'left']);
	await screen.close();
	const deaf = new Screen();

	deaf.world.devices.refuse = 'NotAllowedError';
	await deaf.render(h(Spy), { audio: true, onError: ({ code }) => errors.push(code) });
	assert.deepEqual([seen.now.state, errors.at(-1)], ['joined', 'permission_denied']);
	await deaf.close();
});

test('not connected before it is wanted; another room is another call; a room of yours stays yours', async () => {
	const screen = new Screen();
	const [Spy, seen] = spy(useRoom);

	await screen.render(h(Spy), { connect: false });
	assert.equal(seen.now.state, 'idle');
	await screen.render(h(Spy), {});
	assert.equal(seen.now.state, 'joined');
	await screen.close();
	const other = new Screen(), room = other.world.room();

	await other.render(h(Spy), { room });
	assert.equal(seen.now.state, 'idle');
	await other.happens(() => { room.join({ room: 'demo', secret: 'host' }); });
	assert.equal(seen.now.state, 'joined');
	await other.close();
	assert.equal(room.state, 'joined');
	await other.world.clock.run(room.leave());
});

test('another room while in one: left, then joined, without an error; gone while it joins: no camera goes on', async () => {
	const screen = new Screen(), errors = [];
	const [Spy, seen] = spy(useRoom);
	const onError = ({ code }) => errors.push(code);

	await screen.render(h(Spy), { audio: true, video: true, onError });
	screen.world.janus.room.name = 'other';
	await screen.render(h(Spy), { audio: true, video: true, onError, roomId: 'other' });
	await screen.pass(1000);
	assert.deepEqual([seen.now.state, seen.now.room.name, errors, screen.world.janus.room.people.size], ['joined', 'other', [], 1]);
	await screen.close();
	assert.equal(screen.world.devices.made.filter(({ readyState }) => readyState === 'live').length, 0);
	const short = new Screen();

	await act(async () => short.root.render(h(RecroomProvider, { serverUrl: 'ws://janus', platform: short.world.platform, roomId: 'demo', audio: true, video: true, onError })));
	await short.pass(12);
	await short.close();
	await short.pass(5000);
	assert.deepEqual([short.world.devices.asked, short.world.janus.room.people.size, errors], [[], 0, []]);
});

test('who started the recording, how it looks, that the room is locked: known to who comes late', async () => {
	const screen = new Screen();
	const [Spy, seen] = spy(() => ({ ...useRecording(), locked: useRoom().locked }));

	screen.world.janus.room.locked = true;
	screen.world.janus.room.startRecording(screen.world.janus.room.come('Bob'));
	await screen.render(h(Spy));
	assert.deepEqual([seen.now.status, seen.now.startedBy, seen.now.startedByName, seen.now.layout, seen.now.locked], ['recording', 'user1', 'Bob', 'grid', true]);
	screen.world.janus.room.locked = false;
	await screen.happens(() => screen.world.janus.cut(500), 4000);
	assert.deepEqual([seen.now.startedByName, seen.now.locked], ['Bob', false]);
	await screen.close();
});

test('outside of a provider a hook says what is missing', async () => {
	const screen = new Screen();
	const [Spy] = spy(useRoom);

	await screen.bare(h(Spy)).catch((error) => { screen.thrown = error; });
	assert.match(String(screen.thrown?.message), /inside <RecroomProvider>/);
});

test('participants: the same objects while nothing changes', async () => {
	const screen = new Screen();
	const [Spy, seen] = spy(() => ({ all: useParticipants(), local: useLocalParticipant(), remote: useRemoteParticipants() }));

	await screen.render(h(Spy));
	await screen.happens((room) => room.come('Bob', STREAMS));
	assert.deepEqual([seen.now.all.map(({ display }) => display), seen.now.local.display, seen.now.remote.map(({ display }) => display)], [['Ann', 'Bob'], 'Ann', ['Bob']]);
	const before = seen.now, { renders } = seen;

	await screen.pass(5000);
	assert.deepEqual([seen.now, seen.renders], [before, renders]);
	await screen.close();
});

test('useRecording: the names that people know, and props for buttons of theirs', async () => {
	const screen = new Screen();
	const [Spy, seen] = spy(() => ({ ...useRecording({ title: 'Weekly' }), is: useIsRecording() }));

	await screen.render(h(Spy));
	for (const name of ['status', 'isRecording', 'isPaused', 'isPending', 'percent', 'recordingId', 'startedAt', 'startedBy', 'layout', 'error', 'flags', 'canRecord', 'startRecording', 'stopRecording',
		'pauseRecording', 'resumeRecording', 'recordButtonProps', 'pauseButtonProps'])
		assert.ok(name in seen.now, name);
	assert.deepEqual([seen.now.recordButtonProps.disabled, seen.now.pauseButtonProps.disabled, seen.now.is], [false, true, false]);
	await screen.happens(() => { seen.now.startRecording({ layout: 'speaker' }); }, 1);
	assert.deepEqual([seen.now.isPending, seen.now.recordButtonProps.disabled], [true, true]);
	await screen.pass();
	assert.deepEqual([seen.now.is, seen.now.status, seen.now.isPending, seen.now.startedBy, seen.now.recordButtonProps['aria-pressed']], [true, 'recording', false, 'user1', true]);
	assert.deepEqual(screen.world.janus.asked('start_recording')[0].body, { recroom: 'start_recording', room: 'demo', title: 'Weekly', layout: 'speaker' });
	await screen.happens(() => { seen.now.pauseButtonProps.onClick(); });
	assert.deepEqual([seen.now.isPaused, seen.now.is, seen.now.pauseButtonProps['aria-pressed']], [true, false, true]);
	await screen.happens(() => { seen.now.pauseButtonProps.onClick(); });
	await screen.happens(() => { seen.now.recordButtonProps.onClick(); });
	assert.deepEqual([seen.now.status, seen.now.percent], ['processing', 0]);
	await screen.happens((room) => {
		room.startRecording();
		room.event('recordingfailed', { reason: 'disk_full' });
	});
	assert.equal(seen.now.error, 'disk_full');
	await screen.close();
});

test('switches for microphone, camera, screen', async () => {
	const screen = new Screen();
	const [Spy, seen] = spy(() => ({ audio: useTrackToggle({ source: 'audio' }), screen: useTrackToggle({ source: 'screen' }) }));

	await screen.render(h(Spy));
	assert.equal(seen.now.audio.buttonProps['aria-pressed'], false);
	for (const on of [true, false, true]) {
		await screen.happens(() => { seen.now.audio.buttonProps.onClick(); });
		assert.deepEqual([seen.now.audio.enabled, seen.now.audio.pending], [on, false]);
	}
	await screen.happens(() => { seen.now.screen.toggle(); });
	assert.equal(seen.now.screen.enabled, true);
	await screen.happens(() => { seen.now.screen.toggle(); });
	assert.equal(seen.now.screen.enabled, false);
	await screen.close();
});

test('devices: which there are, another one, what is plugged in', async () => {
	const screen = new Screen();
	const [Spy, seen] = spy(() => ({ ...useDevices(), devices: useRoom().room.devices }));

	await screen.render(h(Spy));
	assert.deepEqual([seen.now.cameras.map(({ label }) => label), seen.now.microphones], [['Camera'], []]);
	screen.world.devices.list = [...screen.world.devices.list, { deviceId: 'mic1', groupId: 'g', label: 'Headset', kind: 'audioinput' }];
	await screen.happens(() => [...screen.world.devices.listeners].forEach((listener) => listener()));
	assert.equal(seen.now.microphones[0].label, 'Headset');
	await screen.happens(() => { seen.now.setMicrophone('mic1'); });
	assert.deepEqual(screen.world.devices.asked.at(-1), { audio: { deviceId: { exact: 'mic1' } }, video: false });
	const heard = { play: async () => {}, setSinkId: async (id) => { heard.sink = id; } };

	await seen.now.devices.play(heard);
	await screen.happens(() => { seen.now.setSpeaker('speaker2'); });
	assert.deepEqual([heard.sink, seen.now.speaker], ['speaker2', 'speaker2']);
	await screen.close();
	assert.equal(screen.world.devices.listeners.size, 0);
});

test('texts of times and sizes', () => {
	assert.deepEqual([0, 59_999, 61_000, 3_600_000, 36_061_000].map(clockText), ['0:00', '0:59', '1:01', '1:00:00', '10:01:01']);
	assert.deepEqual([0, 999, 1500, 2_500_000, 3.2e9].map(sizeText), ['0 B', '999 B', '2 kB', '2.5 MB', '3.2 GB']);
});
