// SPDX-License-Identifier: MIT
// The package as a bundler makes it, in a context that has the language and nothing else: no window, no document, no timers, no fetch. And its size.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

import { STREAMS, World } from './lib/harness.js';

/** 25 kB are allowed; this says when it grows. */
const BUDGET = 18_000;

async function bundle(options) {
	const { outputFiles } = await build({ entryPoints: [fileURLToPath(new URL('../src/index.js', import.meta.url))], bundle: true, write: false, target: 'es2022', ...options });

	return outputFiles[0].text;
}

test('in a bare context: joins, publishes, sees others, records, breaks, comes back, leaves', async () => {
	const world = new World();
	const context = createContext({});

	runInContext(`${await bundle({ format: 'iife', globalName: 'recroom' })}; globalThis.recroom = recroom;`, context);
	const bob = world.janus.room.come('Bob', STREAMS);
	const room = new context.recroom.Room({ serverUrl: 'ws://janus', platform: world.platform });

	await world.clock.run(room.join({ room: 'demo', display: 'Ann', secret: 'host' }));
	await world.clock.run(room.publisher.publish());
	await world.clock.run(room.recording.start());
	await world.clock.advance(100);
	assert.equal(Object.keys(room.participants.get(bob.id).tracks).length, 2);
	world.janus.cut(1000);
	await world.clock.advance(4000);
	assert.deepEqual([room.state, room.recording.status, room.id], ['joined', 'recording', 'user2']);
	await assert.rejects(world.clock.run(room.recording.start()), { code: 'already_recording' });
	await world.clock.run(room.leave());
});

test('nothing of the outer world is looked at before it is needed', async () => {
	const seen = [], world = {};

	for (const name of ['window', 'document', 'navigator', 'location', 'WebSocket', 'RTCPeerConnection', 'fetch', 'setTimeout', 'performance', 'sessionStorage', 'localStorage', 'addEventListener'])
		Object.defineProperty(world, name, { get: () => { seen.push(name); } });
	const context = createContext(world);

	runInContext(`${await bundle({ format: 'iife', globalName: 'recroom' })}; globalThis.made = new recroom.Room({ serverUrl: 'ws://janus' });`, context);
	assert.deepEqual(seen, []);
	await assert.rejects(context.made.join({ room: 'demo' }));
	assert.ok(!seen.includes('document') && !seen.includes('window') && !seen.includes('location') && !seen.includes('localStorage'), String(seen));
});

test('size', async () => {
	const small = gzipSync(await bundle({ format: 'esm', minify: true }), { level: 9 }).length;
	const plain = gzipSync(await bundle({ format: 'esm' }), { level: 9 }).length;

	console.log(`figure sdk: core gzipped ${small} bytes minified, ${plain} bundled as it is; ${BUDGET} allowed`);
	assert.ok(small <= BUDGET, 'too large');
});
