// SPDX-License-Identifier: GPL-3.0-or-later
// One page that joins a room with fifteen publishers of the load generator (320 × 192), sees them, and leaves, over and over: memory, listeners, documents and peer
// connections are in the end what they were; how long the first picture takes. RECROOM_FULL: fifty times.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { launch } from '../lib/browser.mjs';
import { Generator } from '../lib/generators.mjs';
import { Stack } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';

const ROOM = 'many', OTHERS = 15, WARM = 3, VISITS = process.env.RECROOM_FULL ? 50 : 8;
/** What the engine keeps for itself goes up and down by so much. */
const HEAP_NOISE = 300_000;
const [COUNTING, VISITING] = await Promise.all(['counting_page.js', 'visits_page.js'].map((name) => readFile(new URL(`../lib/${name}`, import.meta.url), 'utf8')));

async function measured(page, tools) {
	await page.evaluate('rrForget()');
	for (const _ of [1, 2, 3])
		await tools.send('HeapProfiler.collectGarbage');
	const { metrics } = await tools.send('Performance.getMetrics');
	const named = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));

	return { heap: named.JSHeapUsedSize, documents: named.Documents, listeners: named.JSEventListeners, nodes: named.Nodes, open: await page.evaluate('rrConnections.open') };
}

const middle = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function visits(page, stack, from, count) {
	const all = [];

	for (let i = from; i < from + count; i++) {
		const one = await page.evaluate(`rrVisit(${JSON.stringify({ options: { serverUrl: stack.ws, apiUrl: stack.url.replace(/\/$/, '') }, wish: { room: ROOM, display: 'Ann' }, others: OTHERS, isNew: i % 2 === 0 })})`);

		assert.deepEqual([one.state, one.people], ['closed', 0]);
		all.push(one);
	}
	return all;
}

export async function run(report, options) {
	const stack = await Stack.start(options, { rooms: [{ id: ROOM, more: 'publishers = 20;' }] });
	const browser = await launch();
	let others = null;

	try {
		others = await Generator.start(stack, ROOM, join(options.out, 'generator'), { publishers: OTHERS, bitrate: 60_000, 'warmup-ms': 300 });
		const page = await (await browser.newContext({ bypassCSP: true, viewport: { width: 400, height: 300 } })).newPage(), errors = [];

		page.on('pageerror', (error) => errors.push(String(error)));
		await page.addInitScript(`(${COUNTING})()`);
		await page.goto(new URL('sdk/core/test/blank.html', stack.url).href);
		await page.evaluate(`(${VISITING})()`);
		const tools = await page.context().newCDPSession(page);

		await tools.send('Performance.enable');
		await report.test(`${OTHERS} publishers seen; ${VISITS} joins and leaves later everything is as it was`, async () => {
			const token = await stack.token(ROOM);

			await until('all to be there', async () => (await stack.rest(`/calls?room=${ROOM}`, { token })).body?.calls?.[0]?.people === OTHERS, 30_000).catch(() => {});
			await visits(page, stack, 0, WARM);
			const before = await measured(page, tools);
			const all = await visits(page, stack, WARM, VISITS);
			const after = await measured(page, tools);
			const made = await page.evaluate('rrConnections.made');

			report.figure(`first picture of ${OTHERS} publishers, after join()`, `${middle(all.map(({ first }) => first)).toFixed(0)} ms in the middle of ${VISITS}, all tracks after ${middle(all.map((one) => one.all)).toFixed(0)} ms`);
			report.figure(`after ${VISITS} joins and leaves`, `heap ${before.heap} → ${after.heap} bytes, listeners ${before.listeners} → ${after.listeners}, nodes ${before.nodes} → ${after.nodes}, ` +
				`documents ${before.documents} → ${after.documents}, connections open ${after.open} of ${made}`);
			assert.ok(made >= WARM + VISITS);
			assert.deepEqual([after.open, after.documents <= before.documents, after.listeners <= before.listeners, after.nodes <= before.nodes], [0, true, true, true]);
			assert.ok(after.heap < before.heap + HEAP_NOISE, `${after.heap - before.heap} bytes more`);
			assert.deepEqual(errors, []);
		});
	} finally {
		others?.kill();
		await browser.close();
		await stack.stop();
	}
}
