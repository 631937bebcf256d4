// SPDX-License-Identifier: MIT
// What is kept of a call over the end of the process: read before joining, written in order, and done without where there is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Kept } from '../src/storage.js';
import { PhoneWorld } from './lib/world.js';

/** Answers a turn later, as the real one. */
function slowStorage(kept = {}) {
	const turn = () => new Promise((resolve) => { setImmediate(resolve); });

	return { kept, writes: [], async getItem(key) { await turn(); return kept[key] ?? null; },
		async setItem(key, value) { await turn(); kept[key] = value; this.writes.push(value); }, async removeItem(key) { await turn(); delete kept[key]; } };
}

test('what was kept is there when it has been read; what is written is written in order; what was written meanwhile is newer', async () => {
	const storage = slowStorage({ 'janus-recroom': '{"a":"1","b":"2","c":3}' }), kept = new Kept(storage);

	assert.deepEqual([kept.isReady, kept.getItem('a')], [false, null]);
	kept.setItem('a', 'new');
	kept.removeItem('b');
	await kept.ready;
	assert.deepEqual([kept.isReady, kept.getItem('a'), kept.getItem('b'), kept.getItem('c')], [true, 'new', null, null]);
	await new Promise((resolve) => { setTimeout(resolve, 20); });
	kept.setItem('d', '4');
	kept.removeItem('a');
	kept.removeItem('d');
	kept.removeItem('never');
	await new Promise((resolve) => { setTimeout(resolve, 20); });
	assert.deepEqual([storage.kept, [...new Set(storage.writes)]], [{}, ['{"a":"new"}']]);
});

test('nonsense, or a storage that fails: as if nothing had been kept', async () => {
	const fails = async () => { throw new Error('no'); };

	for (const storage of [slowStorage({ 'janus-recroom': '{' }), slowStorage({ 'janus-recroom': '7' }), { getItem: fails, setItem: fails, removeItem: fails }]) {
		const kept = new Kept(storage);

		await kept.ready;
		kept.setItem('a', '1');
		assert.equal(kept.getItem('a'), '1');
	}
});

test('the process is ended in a call, and begun again: the same participant', async () => {
	const storage = slowStorage(), world = new PhoneWorld({ adapter: { storage } });
	const room = await world.call({ publish: false });

	await new Promise((resolve) => { setTimeout(resolve, 20); });
	world.janus.reclaim = false;
	world.janus.cut(100_000);
	const next = new PhoneWorld({ adapter: { storage } });

	next.janus.room.known = world.janus.room.known;
	assert.equal(next.phone.isReady, false);
	await next.phone.ready;
	const again = await next.call({ publish: false });

	assert.equal(again.id, room.id);
	await next.clock.run(again.leave());
	await new Promise((resolve) => { setTimeout(resolve, 20); });
	assert.deepEqual(storage.kept, {});
});
