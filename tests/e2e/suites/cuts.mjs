// SPDX-License-Identifier: GPL-3.0-or-later
// Networks that break while a call is recorded, several at a time, each in a room of its own: pulled for 5 s and for 30 s (signalling and media, without a word),
// WebSockets refused for 5 s, HTTP instead of a WebSocket, a tab that is reloaded, Janus killed and started again. Each time: how long it takes until the client
// shows what is so, that media flow again both ways, and that the recording is one file in which Ben is one participant.
//
//   Ann, host of every room ── Janus ── a relay for each room ── what cuts ── Ben

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

import { blackhole } from '../lib/blackhole.mjs';
import { launch } from '../lib/browser.mjs';
import { Recording } from '../lib/recording.mjs';
import { Relay } from '../lib/relay.mjs';
import { keepSecret } from '../lib/secrets.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';

/** From the server's being back to the client's showing what is so; on a machine that is busy with other things that many answers more. */
const TRUTH_MS = 3000, ANSWERS = 12;
const RECLAIM_S = 3, BEFORE_MS = 2500, AFTER_MS = 1500;
const MIX = 'mix: { width = 320; height = 180; fps = 10 }', OPUS = 'outputs = "opus";';
const PAGE = await readFile(new URL('../lib/rooms_page.js', import.meta.url), 'utf8');

/** A page with people in it. */
class Tab {
	static async open(browser, stack, name) {
		const tab = new Tab();

		Object.assign(tab, { name, errors: [], address: new URL('sdk/core/test/blank.html', stack.url).href });
		tab.page = await (await browser.newContext({ bypassCSP: true })).newPage();          // the page's policy knows no relay
		tab.page.on('pageerror', (error) => tab.errors.push(String(error)));
		await tab.load();
		return tab;
	}

	async load() {
		await this.page.goto(this.address);
		await this.page.evaluate(`(${PAGE})()`);
	}

	/** body: of an async function of `room`, and of what it is called. */
	async run(name, body) {
		try {
			return await this.page.evaluate(`(async (room, name) => { ${body} })(rr.rooms[${JSON.stringify(name)}], ${JSON.stringify(name)})`);
		} catch (error) {
			throw new Error(`${this.name} in ${name}: ${error.message.split('\n')[0]}; last ${JSON.stringify((await this.log(name).catch(() => []))?.slice(-12))}`);
		}
	}

	async join(name, options, wish) {
		await this.page.evaluate(([one, how]) => { globalThis.rr.open(one, how); }, [name, options]);
		await this.run(name, `await room.join(${JSON.stringify({ room: name, ...wish })})`);
		keepSecret(await this.run(name, 'return room.token'));
	}

	until(name, what, expression, timeout = 20_000) {
		return until(`${this.name} in ${name} to have ${what}`, () => this.run(name, `return ${expression}`), timeout, 50).catch(async (error) => {
			throw new Error(`${error.message}; last ${JSON.stringify((await this.log(name)).slice(-12))}`);
		});
	}

	log(name) {
		return this.page.evaluate((one) => globalThis.rr.logs[one], name);
	}

	/** When that was noted first after a moment [ms since 1970]. */
	async noted(name, after, what, detail) {
		return (await until(`${this.name} in ${name} to note ${what} ${detail}`, async () =>
			(await this.log(name)).find(([at, one, more]) => at >= after && one === what && more === detail), 20_000, 50))[0];
	}

	/** More media than a moment ago. */
	async flows(name, direction) {
		const count = () => this.page.evaluate(([one, which]) => globalThis.rr[which](one), [name, direction]);
		const before = await count();

		await until(`${this.name} in ${name}: media ${direction}`, async () => {
			const now = await count();

			return now > before + 500 || now < before;      // of another connection
		}, 20_000, 100);
	}
}

/** Ann and Ben in one room, with a relay before Ben. */
class Pair {
	async meet({ ann, ben, stack, room, port, http = false }) {
		const pair = this, target = new URL(http ? stack.http : stack.ws);

		Object.assign(pair, { ann, ben, stack, room, target: Number(target.port), relay: await Relay.listen(port, Number(target.port)) });
		const apiUrl = stack.url.replace(/\/$/, '');
		const address = http ? `http://127.0.0.1:${port}/janus` : pair.relay.url;

		await Promise.all([ann.join(room, { serverUrl: stack.ws, apiUrl }, { display: 'Ann', secret: stack.secret }), ben.join(room, { serverUrl: address, apiUrl }, { display: 'Ben' })]);
		await Promise.all([ann.run(room, 'await room.publisher.publish({ video: false })'), pair.publish()]);
		await pair.flows();
		pair.own = await ben.run(room, 'return room.id');
		({ recordingId: pair.id } = await ann.run(room, 'return room.recording.start()'));
		await ben.until(room, 'the recording', 'room.recording.isRecording');
		assert.equal(await ben.run(room, 'return room.recording.state.startedByName'), 'Ann');
		return pair;
	}

	/** Sound alone: what ten cameras would cost says nothing about connections. */
	publish() {
		return this.ben.run(this.room, 'await room.publisher.publish({ video: false })');
	}

	flows() {
		return Promise.all([this.ann.flows(this.room, 'received'), this.ben.flows(this.room, 'received')]).catch(async (error) => {
			throw new Error(`${error.message}; Ben ${JSON.stringify((await this.ben.log(this.room)).slice(-20))}`);
		});
	}

	/** Nothing of Ben's gets through, and nobody is told. */
	async swallow(ms, meanwhile) {
		const end = await blackhole({ tcp: [Number(new URL(this.relay.url).port)], udp: await this.ben.page.evaluate((name) => globalThis.rr.ports(name), this.room) });

		await sleep(500);
		await meanwhile();
		await sleep(ms - 500);
		const back = Date.now();

		await end();
		return back;
	}

	/** Connections break, and new ones are refused. */
	async refuse(ms, meanwhile) {
		const port = Number(new URL(this.relay.url).port);

		this.relay.close();
		await this.ben.until(this.room, 'the loss', 'room.state === "reconnecting"');
		await meanwhile();
		await sleep(ms);
		this.relay = await Relay.listen(port, this.target);
		return Date.now();
	}

	pause() {
		return this.ann.run(this.room, 'await room.recording.pause()');
	}

	/** Ben shows the pause that he could not hear of; gives how long that took. */
	async truth(back) {
		let late = await this.ben.noted(this.room, back, 'recording', 'paused') - back;

		if ((await this.ben.log(this.room)).some(([, what, detail]) => what === 'state' && detail === 'reconnecting'))
			late = Math.max(late, await this.ben.noted(this.room, 0, 'state', 'joined') && (await this.ben.log(this.room)).filter(([, what, detail]) => what === 'state' && detail === 'joined').at(-1)[0] - back);
		assert.equal(await this.ben.run(this.room, 'return room.id'), this.own);
		return late;
	}

	/** Says how late that was, and whether it was in time. */
	async judge(report, what, late, back) {
		const took = await this.ben.run(this.room, 'const before = Date.now(); await room.request("recording_status"); return Date.now() - before');

		report.figure(`${what}: the truth is shown`, `${late} ms after the server is back; an answer takes ${took} ms`);
		assert.ok(late < TRUTH_MS + ANSWERS * took, `after ${late} ms: ${JSON.stringify((await this.ben.log(this.room)).map(([at, ...more]) => [at - back, ...more]))}`);
	}

	/** Recorded on for a while, and stopped. */
	async goOn() {
		await this.ann.run(this.room, 'if (room.recording.isPaused) await room.recording.resume()');
		await this.ben.until(this.room, 'the recording', 'room.recording.isRecording');
		await this.flows();
		await sleep(AFTER_MS);
		await this.ann.run(this.room, 'await room.recording.stop()');
	}

	/** One file, in which Ben is one participant, recorded before and after. */
	async isOne() {
		await Promise.all([this.ann, this.ben].map((tab) => tab.until(this.room, 'completion', 'room.recording.status === "completed"', 60_000)));
		const { recordings } = await this.ann.run(this.room, 'return room.recordings.list()');

		assert.deepEqual(recordings.map(({ recordingId, participants }) => [recordingId, participants.map(({ name }) => name).sort()]), [[this.id, ['Ann', 'Ben']]]);
		const { outputs } = await this.ann.run(this.room, `return room.recordings.get('${this.id}')`);

		assert.deepEqual(outputs.map(({ status, state }) => status ?? state), ['done']);
		return this.chunksOf();
	}

	async chunksOf() {
		const recording = await Recording.open(join(this.stack.recordings, this.id));
		const people = new Set(recording.lines('chunk').map(({ participant }) => participant));

		assert.equal(people.size, 2, [...people].join(' '));
		assert.equal(Object.values(await recording.people()).filter(({ name }) => name === 'Ben').length, 1);
		return recording.lines('chunk', { participant: this.own, source: 'audio' });
	}
}

async function cut(report, pair, what, how, ms) {
	await report.test(`${what}: the truth is shown within ${TRUTH_MS / 1000} s, media flow, one file, one participant`, async () => {
		await sleep(BEFORE_MS);
		const back = await pair[how](ms, () => pair.pause());

		await pair.judge(report, what, await pair.truth(back), back);
		await pair.goOn();
		const segments = new Set((await pair.isOne()).map(({ segment }) => segment));       // of before the pause, and of after it

		assert.ok(segments.size > 1, `segments ${[...segments].join(' ')}`);
	});
}

async function reloaded(report, pair) {
	await report.test('the tab is reloaded: the same participant, the clock goes on, one file', async () => {
		await sleep(BEFORE_MS);
		const started = Date.now();

		await pair.ben.load();
		await pair.ben.join(pair.room, { serverUrl: pair.relay.url, apiUrl: pair.stack.url.replace(/\/$/, '') }, { display: 'Ben' });
		report.figure('reloaded: the truth is shown', `${Date.now() - started} ms after the reload`);
		assert.deepEqual(await pair.ben.run(pair.room, 'return [room.id, room.recording.status, room.recording.duration > 2000, room.recording.state.startedByName]'), [pair.own, 'recording', true, 'Ann']);
		await pair.publish();
		await pair.goOn();
		assert.ok((await pair.isOne()).length >= 2);
	});
}

/** When somebody listens again [ms since 1970]. */
async function listening(port) {
	await until('Janus to listen', () => new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1', () => {
			socket.destroy();
			resolve(true);
		});

		socket.on('error', () => resolve(false));
	}), 20_000, 20);
	return Date.now();
}

async function restarted(report, pair) {
	await report.test('Janus is killed and started again: both are back, the recording is shown as over, and is one file, interrupted', async () => {
		const { ann, ben, room, stack } = pair;

		await sleep(BEFORE_MS);
		await stack.endJanus('KILL');
		await ben.until(room, 'the loss', 'room.state === "reconnecting"');
		const [back] = await Promise.all([listening(pair.target), stack.startJanus()]);
		const late = Math.max(...await Promise.all([ann, ben].map((tab) => tab.noted(room, back, 'state', 'joined')))) - back;

		await pair.judge(report, 'Janus killed', late, back);
		for (const tab of [ann, ben])
			assert.ok(!(await tab.run(room, 'return ["starting", "recording", "paused"].includes(room.recording.status)')), `${tab.name} shows a recording that does not run`);
		await pair.flows();
		await ann.until(room, 'its completion', 'room.recording.status === "completed" && room.recording.state.flags.includes("interrupted")', 60_000);
		assert.ok((await pair.isOne()).length >= 1);
	});
}

export async function run(report, options) {
	const rooms = ['five', 'thirty', 'refused', 'http', 'reload'].map((id) => ({ id, more: `guests_download = true; ${OPUS}` }));
	const [stack, other] = await Promise.all([Stack.start(options, { rooms, reclaim: RECLAIM_S, extra: MIX }),
		Stack.start({ ...options, port: options.port + 5 }, { name: 'other', rooms: [{ id: 'restart', more: `guests_download = true; ${OPUS}` }], reclaim: RECLAIM_S, extra: MIX, serve: `cors_origins = "http://127.0.0.1:${options.port}"` })]);
	const browser = await launch(), pairs = [];
	const port = options.port + 10_000;

	try {
		const [ann, ben, again] = await Promise.all(['Ann', 'Ben', 'Ben'].map((name) => Tab.open(browser, stack, name)));
		const meet = async (room, more = {}) => {
			const pair = new Pair();

			return pair.meet({ ann, ben, stack, room, port: port + pairs.push(pair), ...more });
		};

		await Promise.all([
			meet('thirty').then((pair) => cut(report, pair, 'network pulled for 30 s', 'swallow', 30_000)),
			meet('five').then((pair) => cut(report, pair, 'network pulled for 5 s', 'swallow', 5000)),
			meet('refused').then((pair) => cut(report, pair, 'WebSocket refused for 5 s', 'refuse', 5000)),
			meet('http', { http: true }).then((pair) => cut(report, pair, 'over HTTP, refused for 1 s', 'refuse', 1000)),
			meet('reload', { ben: again }).then((pair) => reloaded(report, pair)),
			meet('restart', { stack: other }).then((pair) => restarted(report, pair)),
		]);
		await report.test('nothing went wrong that nobody was told of', async () => {
			for (const tab of [ann, ben, again])
				assert.deepEqual(tab.errors, []);
			for (const { room } of pairs)
				assert.deepEqual((await ann.log(room)).filter(([, what]) => what === 'error'), [], room);
		});
	} finally {
		await browser.close();
		pairs.forEach((pair) => pair.relay?.close());
		await Promise.all([stack.stop(), other.stop()]);
	}
}
