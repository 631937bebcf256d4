// SPDX-License-Identifier: MIT
// What must be so in the end, whatever has happened; and what may happen.

import assert from 'node:assert/strict';

import { STREAMS } from './harness.js';

/** The client says what the server says. */
export function isTrue(world, room, what) {
	const server = world.janus.room;
	const people = (list) => list.map(({ id, display, role }) => `${id} ${display} ${role}`).sort();

	assert.equal(room.state, 'joined', what);
	assert.deepEqual(people(room.participants.list), people([...server.people.values()]), what);
	assert.deepEqual([...server.people.values()].filter(({ handle }) => handle).length, 1, `${what}: we are there once`);
	const { status, recordingId } = room.recording.state;

	if (server.recording)
		assert.deepEqual([status, recordingId], [server.recording.status, server.recording.recordingId], what);
	else if (server.last && recordingId === server.last.recordingId)
		assert.equal(status, server.last.status === 'completed' ? 'completed' : 'processing', what);
	else
		assert.ok(!['starting', 'recording', 'paused'].includes(status), `${what}: ${status}`);
	for (const { id, streams, handle } of server.people.values())
		if (!handle)
			assert.deepEqual(Object.keys(room.participants.get(id).tracks).sort(), streams.map(({ source }) => source).sort(), `${what}: ${id}`);
	const own = [...server.people.values()].find(({ handle }) => handle);

	assert.deepEqual(own.streams.map(({ source, muted }) => `${source} ${muted}`), room.publisher.sources.map(({ source, muted }) => `${source} ${muted}`), what);
	if (server.recording)
		assert.ok(Math.abs(room.recording.duration - server.measured().duration) < 50, `${what}: ${room.recording.duration} of ${server.measured().duration} ms`);
}

/** What befalls a room without its doing: (world, random, room). */
export const FAULTS = {
	cut: (world, random) => world.janus.cut(Math.floor(random() * 6000)),
	deafen: (world, random) => world.janus.deafen(Math.floor(random() * 12_000)),
	restartSession: (world) => [...world.janus.sessions.values()].forEach((session) => world.janus.end(session)),
	reclaim: (world, random) => { world.janus.reclaim = random() < 0.5; },
	hint: (world, random) => world.hint(random() < 0.5),
	ice: (world, random) => world.webrtc.made.at(Math.floor(random() * world.webrtc.made.length))?.ice(random() < 0.5 ? 'failed' : 'disconnected'),
	come: (world) => world.janus.room.come(`P${world.clock.time}`, STREAMS),
	go: (world) => {
		const other = [...world.janus.room.people.values()].find(({ handle, resume }) => !handle && !resume);

		if (other)
			world.janus.room.go(other.id);
	},
	record: (world) => (world.janus.room.recording ? undefined : world.janus.room.startRecording()),
	pause: (world) => (world.janus.room.recording ? world.janus.room.setRecording(world.janus.room.recording.status === 'paused' ? 'recording' : 'paused') : undefined),
	stop: (world) => (world.janus.room.recording ? world.janus.room.setRecording('processing') : undefined),
	complete: (world) => (world.janus.room.last && !world.janus.room.recording && world.janus.room.last.status === 'processing' ? world.janus.room.complete() : undefined),
	mute: (world, random, room) => { room.publisher[random() < 0.5 ? 'mute' : 'unmute']('audio').catch(() => {}); },
	elsewhere: (world, random, room) => room.restartIce(),
	screen: (world, random, room) => { (random() < 0.5 ? room.publisher.shareScreen() : room.publisher.stopScreen()).catch(() => {}); },
};
