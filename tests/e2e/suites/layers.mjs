// SPDX-License-Identifier: GPL-3.0-or-later
// Simulcast in real browsers: a subscriber gets the layer it asks for, one on a slow link less for as long as that lasts, the recording the best.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { launch } from '../lib/browser.mjs';
import { Recording } from '../lib/recording.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';

const command = promisify(execFile);
const CALLER = await readFile(new URL('../lib/caller.js', import.meta.url), 'utf8');
const WIDTH = 960, HEIGHT = 540;
const ENCODINGS = [
	{ rid: 'h', maxBitrate: 900_000 }, { rid: 'm', maxBitrate: 300_000, scaleResolutionDownBy: 2 }, { rid: 'l', maxBitrate: 100_000, scaleResolutionDownBy: 4 },
];
/** What the slow link carries [kilobytes/s]: the lowest two layers, not the highest. */
const SLOW = 32;

async function caller(browser, stack) {
	const page = await (await browser.newContext({ bypassCSP: true })).newPage();    // of an origin that lets nothing be loaded

	await page.goto(`${stack.url}livez`);
	await page.evaluate(`(${CALLER})(${JSON.stringify(stack.ws)})`);
	return page;
}

const configure = (page, stream) => page.evaluate(async (s) => (await globalThis.rrCaller.handle.ask({ recroom: 'configure', streams: [s] })).plugindata.data, stream);
const told = (page) => page.evaluate(() => globalThis.rrCaller.handle.events.filter(({ substream }) => substream !== undefined));
const width = (page) => page.evaluate(() => globalThis.rrCaller.video.videoWidth);
const ask = (page, body) => page.evaluate(async (b) => (await globalThis.rrCaller.handle.ask(b)).plugindata.data, body);

/** Until the subscriber was told, after `since` of its events, of a substream that `fits`. */
async function changes(page, since, fits, timeoutMs) {
	let found;

	await until('another substream', async () => {
		found = (await told(page)).slice(since).find(({ substream }) => fits(substream));
		return found;
	}, timeoutMs);
	return found;
}

/** One stream with three sizes in it. */
async function scalable(stack, browser) {
	const room = 'svc', chloe = await caller(browser, stack), dan = await caller(browser, stack);
	const { id } = await chloe.evaluate(([join_, w, h, e]) => globalThis.rrCaller.publish(join_, w, h, e, 'VP9'),
		[{ room, display: 'Chloé', secret: stack.secret }, WIDTH, HEIGHT, [{ scalabilityMode: 'L3T3_KEY', maxBitrate: 1_200_000 }]]);

	await dan.evaluate(([join_, feed]) => globalThis.rrCaller.subscribe(join_, feed), [{ room, display: 'Dan' }, id]);
	await until('the widest picture', async () => await width(dan) === WIDTH, 20_000);
	const { recordingId } = await ask(chloe, { recroom: 'start_recording', room });

	for (const [layer, wide] of [[0, WIDTH / 4], [1, WIDTH / 2], [2, WIDTH]]) {
		assert.equal((await configure(dan, { mid: '0', spatial_layer: layer })).configured, 'ok');
		await until(`a picture ${wide} wide`, async () => await width(dan) === wide, 10_000);
	}
	await ask(chloe, { recroom: 'stop_recording', room });
	const recording = await until('the end of the recording', async () => {
		const r = await Recording.open(join(stack.recordings, recordingId)).catch(() => null);

		return r?.stop && r;
	});
	const [segment] = recording.lines('segment', { source: 'video' });

	assert.deepEqual([segment.codec, segment.width], ['vp9', WIDTH]);
	assert.ok(recording.lines('chunk', { source: 'video' }).reduce((n, { frames }) => n + frames, 0) > 10 * (recording.stop.duration_ms / 1000 - 1));
}

async function byRequest(page) {
	for (const [substream, wide] of [[0, WIDTH / 4], [1, WIDTH / 2], [2, WIDTH]]) {
		assert.equal((await configure(page, { mid: '0', substream })).configured, 'ok');
		await until(`a picture ${wide} wide`, async () => await width(page) === wide, 10_000);
	}
}

/** Until the subscriber gets so much [kilobytes/s] in the highest layer: senders take their time. */
async function gets(page, rate) {
	const bytes = async () => (await page.evaluate(() => globalThis.rrCaller.stats('inbound-rtp')))[0].bytesReceived;

	await until(`${rate} kilobytes a second`, async () => {
		const before = await bytes();

		await sleep(500);
		return await bytes() - before > rate * 500;
	});
}

async function slowLink(report, page) {
	await gets(page, 1.4 * SLOW);
	const port = await page.evaluate(() => globalThis.rrCaller.port());
	const since = (await told(page)).length;

	await command('nft', ['add', 'table', 'inet', 'slow']);
	await command('nft', ['add', 'chain', 'inet', 'slow', 'input', '{ type filter hook input priority 0 ; }']);
	await command('nft', ['add', 'rule', 'inet', 'slow', 'input', 'udp', 'dport', String(port), 'limit', 'rate', 'over', String(SLOW), 'kbytes/second', 'burst', '10',
		'kbytes', 'drop']);
	const slow = Date.now();
	const down = await changes(page, since, (substream) => substream < 2, 10_000);

	report.figure('a slow link, until it gets less', `${((down.at - slow) / 1000).toFixed(1)} s`);
	await sleep(1000);
	await command('nft', ['delete', 'table', 'inet', 'slow']);
	const fast = Date.now(), before = (await told(page)).length;
	const up = await changes(page, before, (substream) => substream === 2, 40_000);

	report.figure('a link that is fast again, until it gets the most', `${((up.at - fast) / 1000).toFixed(1)} s`);
	await until('the widest picture', async () => await width(page) === WIDTH);
}

export async function run(report, options) {
	const stack = await Stack.start(options, { rooms: ['svc'] });
	const browser = await launch();

	try {
		const ann = await caller(browser, stack), ben = await caller(browser, stack);
		const { id } = await ann.evaluate(([join_, w, h, e]) => globalThis.rrCaller.publish(join_, w, h, e),
			[{ room: 'demo', display: 'Ann', secret: stack.secret }, WIDTH, HEIGHT, ENCODINGS]);

		await ben.evaluate(([join_, feed]) => globalThis.rrCaller.subscribe(join_, feed), [{ room: 'demo', display: 'Ben' }, id]);
		await report.test('the highest layer by itself', () => until('the widest picture', async () => await width(ben) === WIDTH, 20_000));
		const { recordingId } = await ask(ann, { recroom: 'start_recording', room: 'demo' });

		await report.test('the layer that is asked for', () => byRequest(ben));
		await report.test('less on a slow link, and more again', () => slowLink(report, ben));
		await ask(ann, { recroom: 'stop_recording', room: 'demo' });
		await ann.close();
		await ben.close();
		await report.test('scalable VP9: the layer that is asked for, and the recording has all', () => scalable(stack, browser));
		await report.test('the recording has the highest layer', async () => {
			const recording = await until('the end of the recording', async () => {
				const r = await Recording.open(join(stack.recordings, recordingId)).catch(() => null);

				return r?.stop && r;
			});
			const segments = recording.lines('segment', { source: 'video' });

			assert.ok(segments.length >= 1 && segments.length <= 3, `${segments.length} segments`);
			assert.equal(segments.at(-1).layer, 2);
			assert.equal(segments.at(-1).width, WIDTH);
		});
	} finally {
		await browser.close();
		await stack.stop();
	}
}
