// SPDX-License-Identifier: MIT
// A room: in, out, the lobby, people, hosts, the recording, each event.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

import { fired, STREAMS, World } from './lib/harness.js';

test('join: who we are, who is here, what is known', async () => {
	const world = new World();

	world.janus.room.come('Bob', STREAMS);
	const room = await world.join();

	assert.deepEqual([room.state, room.id, room.role, room.callId, room.description, room.isHost], ['joined', 'user2', 'host', 'call_1', 'Demo room', true]);
	assert.deepEqual(room.participants.list.map(({ id, display, isLocal, streams }) => [id, display, isLocal, streams.length]), [['user2', 'Ann', true, 0], ['user1', 'Bob', false, 2]]);
	assert.deepEqual(fired(room, 'state'), ['connecting', 'joined']);
	assert.equal(room.recording.status, 'idle');
	assert.deepEqual(room.permissions, { isHost: true, canRecord: true, canDelete: true, canAdmit: true, canDownload: true, canPublish: true, canSubscribe: true });
	await assert.rejects(room.join({ room: 'demo' }), { code: 'already_joined' });
});

test('join refused: the reason, and it may be tried again', async () => {
	const world = new World();

	world.janus.room.pin = '1234';
	const room = world.room();

	await assert.rejects(world.clock.run(room.join({ room: 'demo', pin: '1' })), { code: 'wrong_pin', number: 414 });
	assert.deepEqual([room.state, fired(room, 'closed')[0].code], ['closed', 'wrong_pin']);
	await world.clock.run(room.join({ room: 'demo', pin: '1234' }));
	assert.equal(room.state, 'joined');
	await assert.rejects(world.clock.run(world.room().join({ room: 'other' })), { code: 'no_such_room' });
	await assert.rejects(new World().room().recording.start(), { code: 'not_joined' });
});

test('the lobby: waiting, then let in', async () => {
	const world = new World();
	const ann = await world.join();

	world.janus.room.lobby = true;
	const bob = world.room();
	const joining = bob.join({ room: 'demo', display: 'Bob' });

	await world.clock.advance(100);
	assert.deepEqual([bob.state, fired(bob, 'waiting')[0].reason], ['waiting', 'lobby']);
	assert.deepEqual(ann.host.waiting, [{ id: 'wait1', display: 'Bob', reason: 'lobby' }]);
	await assert.rejects(bob.recording.start(), { code: 'not_joined' });
	await world.clock.advance(600_000);
	assert.deepEqual(await world.clock.run(ann.host.admit('wait1')), ['wait1']);
	await world.clock.run(joining);
	await world.clock.advance(100);
	assert.equal(bob.state, 'joined');
	assert.deepEqual(ann.host.waiting, []);
	assert.ok(ann.participants.list.some(({ display }) => display === 'Bob'));
	await assert.rejects(world.clock.run(ann.host.admit('wait1')), { code: 'no_such_participant' });
});

test('the lobby: turned away, given up, left', async () => {
	const world = new World();
	const ann = await world.join();

	world.janus.room.lobby = true;
	for (const [reason, code] of [['denied', 'denied'], ['timeout', 'timeout'], ['callended', 'callended']]) {
		const bob = world.room();
		const joining = assert.rejects(bob.join({ room: 'demo', display: 'Bob' }), { code });

		await world.clock.advance(100);
		world.janus.room.deny([...world.janus.room.waiting.keys()][0], reason);
		await world.clock.advance(100);
		await joining;
		assert.equal(bob.state, 'closed');
	}
	const cleo = world.room();
	const joining = assert.rejects(cleo.join({ room: 'demo', display: 'Cleo' }));

	await world.clock.advance(100);
	await world.clock.run(cleo.leave());
	await joining;
	await world.clock.advance(100);
	assert.equal(world.janus.room.waiting.size, 0);
	assert.deepEqual(ann.host.waiting, []);
});

test('people come, publish, mute, talk, leave; what did not change stays the same object', async () => {
	const world = new World();
	const room = await world.join();
	const bob = world.janus.room.come('Bob', STREAMS), cleo = world.janus.room.come('Cleo');

	await world.clock.advance(100);
	const before = room.participants.get(cleo.id);

	assert.deepEqual(fired(room, 'participantjoined').map(({ display }) => display), ['Bob', 'Cleo']);
	world.janus.room.tellAll({ event: 'trackmuted', id: bob.id, mid: '1', source: 'video' });
	world.janus.room.tellAll({ event: 'connectionquality', id: bob.id, quality: 'poor', uplink: { lost: 0.1 } });
	world.janus.room.tellAll({ recroom: 'talking', id: bob.id, mid: '0' });
	await world.clock.advance(100);
	const seen = room.participants.get(bob.id);

	assert.deepEqual([seen.streams[1].muted, seen.quality, seen.isTalking], [true, 'poor', true]);
	world.janus.room.tellAll({ event: 'moderated', id: bob.id, muted: true, source: 'audio', by: 'user9' });
	await world.clock.advance(100);
	assert.deepEqual(room.participants.get(bob.id).streams.map(({ moderated }) => Boolean(moderated)), STREAMS.map(({ source }) => source === 'audio'));
	world.janus.room.tellAll({ event: 'moderated', id: bob.id, muted: false, by: 'user9' });
	await world.clock.advance(100);
	assert.ok(room.participants.get(bob.id).streams.every(({ moderated }) => moderated === false));
	assert.equal(room.participants.get(cleo.id), before);
	assert.equal(fired(room, 'connectionquality')[0].uplink.lost, 0.1);
	world.janus.room.tellAll({ recroom: 'stopped-talking', id: bob.id, mid: '0' });
	world.janus.room.tellAll({ event: 'trackunmuted', id: bob.id, mid: '1', source: 'video' });
	world.janus.room.tellAll({ unpublished: bob.id });
	await world.clock.advance(100);
	assert.deepEqual([room.participants.get(bob.id).streams, room.participants.get(bob.id).isTalking], [[], false]);
	world.janus.room.go(bob.id);
	await world.clock.advance(100);
	assert.equal(room.participants.get(bob.id), null);
	assert.deepEqual(fired(room, 'participantleft').map(({ display }) => display), ['Bob']);
	world.janus.room.tellAll({ kicked: cleo.id });
	await world.clock.advance(100);
	assert.equal(room.participants.list.length, 1);
});

test('a room ends: kicked, destroyed, call ended, replaced by ourselves elsewhere', async () => {
	for (const [message, code] of [
		[(id) => ({ kicked: id }), 'kicked'], [() => ({ destroyed: 'demo' }), 'destroyed'], [() => ({ event: 'callended', reason: 'host' }), 'callended'],
		[() => ({ leaving: 'ok', reason: 'replaced' }), 'replaced'], [(id) => ({ leaving: id }), 'left'],
	]) {
		const world = new World();
		const room = await world.join();

		world.janus.room.tellAll(message(room.id));
		await world.clock.advance(200);
		assert.deepEqual([room.state, fired(room, 'closed').map((detail) => detail.code)], ['closed', [code]]);
		assert.deepEqual([world.clock.waiting, world.janus.sockets.size], [0, 0], code);
		await assert.rejects(room.recording.start(), { code: 'closed' });
	}
});

test('leave: the others see it at once, and nothing of us is left', async () => {
	const world = new World();
	const room = await world.join();

	assert.equal(world.storage.kept.size, 1);
	await world.clock.run(room.publisher.publish());
	await world.clock.run(room.leave());
	await world.clock.advance(100);
	assert.deepEqual([world.janus.room.people.size, world.storage.kept.size, world.clock.waiting, world.janus.sockets.size], [0, 0, 0, 0]);
	assert.ok(world.webrtc.made.every(({ closed }) => closed));
	assert.deepEqual(fired(room, 'closed')[0].code, 'left');
	await room.leave();
});

test('what a host asks for is asked for', async () => {
	const world = new World();
	const { host } = await world.join();
	const asked = [
		['kick', { id: 'user9', back_after_s: 60 }, () => host.kick('user9', { backAfterS: 60 })], ['kick', { id: 'user9' }, () => host.kick('user9')],
		['moderate', { id: 'user9', mute: true, source: 'audio' }, () => host.moderate('user9', { mute: true, source: 'audio' })],
		['lock', { locked: true }, () => host.lock()], ['lock', { locked: false }, () => host.unlock()], ['promote', { id: 'user9' }, () => host.promote('user9')],
		['demote', { id: 'user9' }, () => host.demote('user9')], ['transfer_host', { id: 'user9' }, () => host.transfer('user9')], ['end_call', {}, () => host.endCall()],
		['set_layout', { layout: 'single', focus: 'user9' }, () => host.setLayout({ layout: 'single', focus: 'user9' })],
		['exclude', { id: 'user9', exclude: true }, () => host.exclude('user9')], ['exclude', { id: 'user9', exclude: false }, () => host.exclude('user9', false)],
		['admit', { all: true }, () => host.admitAll()], ['deny', { all: true }, () => host.denyAll()],
	];

	for (const [name, body, act] of asked) {
		await world.clock.run(act());
		assert.deepEqual(world.janus.requests.at(-1).body, { recroom: name, room: 'demo', ...body });
	}
	const guest = await world.join({ display: 'Bob', secret: undefined, }, { storage: null });

	await assert.rejects(world.clock.run(guest.host.lock()), { code: 'not_host', number: 407 });
});

test('roles and the lock are what the server says', async () => {
	const world = new World();
	const room = await world.join({ secret: undefined });

	assert.equal(room.permissions.canRecord, false);
	world.janus.room.tellAll({ event: 'hostchanged', id: room.id, role: 'host', token: 'a.e30.b', waiting: [{ id: 'wait3', display: 'Bob', reason: 'lobby' }] });
	world.janus.room.tellAll({ event: 'locked', locked: true, by: 'user9' });
	world.janus.room.tellAll({ event: 'moderated', id: room.id, muted: true, by: 'user9' });
	await world.clock.advance(100);
	assert.deepEqual([room.role, room.token, room.permissions.canRecord, room.host.waiting.length, room.locked, room.participants.local.role], ['host', 'a.e30.b', true, 1, true, 'host']);
	assert.deepEqual([fired(room, 'role'), fired(room, 'locked'), fired(room, 'moderated').length], [['host'], [{ locked: true, by: 'user9' }], 1]);
	world.janus.room.tellAll({ event: 'admitted', id: 'wait3' });
	await world.clock.advance(100);
	assert.deepEqual(room.host.waiting, []);
});

test('record, pause, resume, stop: pending until it is answered, shown when it is so', async () => {
	const world = new World();
	const room = await world.join();
	const seen = [];

	room.on('recording', ({ status }) => seen.at(-1) !== status && seen.push(status));
	const starting = room.recording.start({ title: 'Weekly' });

	assert.deepEqual([room.recording.pending, room.recording.isPending, room.recording.status], ['start', true, 'idle']);
	const started = await world.clock.run(starting);

	assert.deepEqual([started.recordingId, room.recording.id, room.recording.pending, room.recording.isRecording, room.recording.state.consent.you], ['rec_1', 'rec_1', null, true, 'agreed']);
	assert.equal(room.recording.state.startedBy, room.id);
	await assert.rejects(world.clock.run(room.recording.start()), { code: 'already_recording' });
	assert.equal(room.recording.isPending, false);
	await world.clock.advance(10_000);
	assert.ok(Math.abs(room.recording.duration - 10_000) < 100, String(room.recording.duration));
	await world.clock.run(room.recording.pause());
	await world.clock.advance(5000);
	assert.ok(room.recording.isPaused && room.recording.duration < 10_200 && room.recording.elapsed > 14_900);
	await world.clock.run(room.recording.resume());
	await world.clock.run(room.recording.stop());
	assert.equal(room.recording.status, 'processing');
	world.janus.room.event('recordingprogress', { seq: undefined, outputId: 1, stage: 'composing', percent: 50, etaMs: 10 });
	await world.clock.advance(20);
	assert.equal(room.recording.state.percent, 50);
	world.janus.room.complete('/file');
	await world.clock.advance(20);
	assert.deepEqual(seen, ['starting', 'recording', 'paused', 'recording', 'processing', 'completed']);
	assert.equal(room.recording.state.url, '/file');
	await assert.rejects(world.clock.run(room.recording.stop()), { code: 'not_recording' });
	assert.deepEqual(fired(room, 'recordingevent').map(({ event }) => event).filter((name) => name !== 'recordingprogress'),
		['recordingstarting', 'recordingstarted', 'recordingpaused', 'recordingresumed', 'recordingstopped', 'recordingcompleted']);
});

test('who comes late sees the recording, its clock, and is asked for consent', async () => {
	const world = new World();

	world.janus.room.consent = 'require';
	world.janus.room.startRecording();
	await world.clock.advance(60_000);
	const room = await world.join({ secret: undefined });

	assert.ok(room.recording.isRecording && room.recording.duration >= 60_000);
	assert.equal(room.recording.needsConsent, true);
	assert.equal(await world.clock.run(room.recording.consent(true)), 'agreed');
	assert.deepEqual([room.recording.needsConsent, room.recording.state.consent.you], [false, 'agreed']);
	assert.deepEqual(world.janus.asked('consent')[0].body, { recroom: 'consent', room: 'demo', agree: true, recordingId: 'rec_1' });
	world.janus.room.tellAll({ event: 'consentchanged', recordingId: 'rec_1', id: 'somebody', state: 'declined' });
	await world.clock.advance(20);
	assert.equal(room.recording.state.consent.you, 'agreed');
	await assert.rejects(world.clock.run(room.recording.stop()), { code: 'not_host' });
});

test('rename, token, any other request', async () => {
	const world = new World();
	const room = await world.join();
	const { token } = room;

	await world.clock.run(room.rename('Anna'));
	assert.equal(room.participants.local.display, 'Anna');
	assert.notEqual(await world.clock.run(room.renewToken()), token);
	const renewed = room.token;

	await world.clock.advance(31 * 60_000);
	assert.notEqual(room.token, renewed);
	assert.equal((await world.clock.run(room.request('listparticipants'))).participants.length, 1);
	await assert.rejects(world.clock.run(room.request('nonsense')), { code: 'invalid_request' });
});

test('a listener that throws harms nobody else', async () => {
	// in a process of its own, since the test runner takes the error for the test's
	const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', `
		import { Emitter } from ${JSON.stringify(new URL('../src/events.js', import.meta.url).href)};
		const emitter = new Emitter(), said = [];
		process.on('unhandledRejection', ({ message }) => console.log([message, ...said].join(' ')));
		emitter.on('x', () => { throw new Error('mine'); });
		emitter.on('x', (detail) => said.push(detail));
		emitter.once('x', () => said.push('once'));
		const off = emitter.on('x', () => said.push('never'));
		off();
		emitter.emit('x', 1);
		emitter.clear();
		emitter.emit('x', 2);
	`], { encoding: 'utf8' });

	assert.equal(stdout.trim(), 'mine 1 once');
});
