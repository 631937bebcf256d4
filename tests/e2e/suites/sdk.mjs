// SPDX-License-Identifier: GPL-3.0-or-later
// The package janus-recroom in Chromium against real Janus: lobby, consent, media, a recording; its connection broken for a moment and for longer, its tab
// reloaded. Ann, the host, has a connection of her own; Ben's goes through a relay, which is cut.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { launch } from '../lib/browser.mjs';
import { Recording } from '../lib/recording.mjs';
import { Relay } from '../lib/relay.mjs';
import { keepSecret } from '../lib/secrets.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';

const ROOM = 'sdk';
const PURPOSE = 'For those who are ill today.';
const RECLAIM_S = 3, SHORT_CUT_MS = 1000, LONG_CUT_MS = 5000;
/** From the server's being back to the client's showing what is so. */
const TRUTH_MS = 3000;
const [PAGE, SYNTHETIC] = await Promise.all(['sdk_page.js', 'synthetic.js'].map((name) => readFile(new URL(`../lib/${name}`, import.meta.url), 'utf8')));

class Client {
	static async open(browser, stack, who, serverUrl) {
		const client = new Client();

		client.who = who;
		client.options = { serverUrl, apiUrl: stack.url.replace(/\/$/, '') };
		client.address = new URL('sdk/core/test/blank.html', stack.url).href;
		client.errors = [];
		client.page = await (await browser.newContext({ bypassCSP: true })).newPage();      // the page's policy knows no relay
		client.page.on('pageerror', (error) => client.errors.push(String(error)));
		await client.page.addInitScript(`(${SYNTHETIC})(${JSON.stringify({ camera: true, microphone: true, phaseMs: 0, ...who })})`);
		await client.load();
		return client;
	}

	/** The page, from the beginning. */
	async load() {
		await this.page.goto(this.address);
		await this.page.evaluate(`(${PAGE})(${JSON.stringify(this.options)})`);
	}

	/** body: of an async function of `room`. */
	run(body) {
		return this.page.evaluate(`(async () => { ${body} })()`);
	}

	async joined() {
		await this.until('joined', 'room.state === "joined"');
		keepSecret(await this.run('return room.token'));
	}

	/** An expression that becomes true in the page. */
	until(what, expression, timeout = 20_000) {
		return until(`${this.who.name} to have ${what}`, () => this.page.evaluate(expression), timeout, 50).catch(async (error) => {
			throw new Error(`${error.message}; last ${JSON.stringify((await this.log()).slice(-12))}`);
		});
	}

	log() {
		return this.page.evaluate('rrLog');
	}

	/** When something was noted first after a moment [ms since 1970]. */
	async noted(after, name, detail) {
		return (await until(`${this.who.name} to note ${name} ${detail}`, async () =>
			(await this.log()).find(([at, one, more]) => at >= after && one === name && more === detail)))[0];
	}

	/** More pictures of so many others than a moment ago. */
	async sees(count) {
		const before = await this.page.evaluate('rrFrames()');

		await until(`${this.who.name} to see ${count}`, async () => {
			const now = Object.entries(await this.page.evaluate('rrFrames()'));

			return now.length === count && now.every(([key, frames]) => frames > (before[key] ?? 0));
		});
	}
}

/** What follows is of no use without it. */
async function must(report, name, body) {
	if (!await report.test(name, body))
		throw new Error(`nothing can be said after "${name}"`);
}

/** No new connection through it, and none of the old ones, for so long; gives the relay that follows and when it was there. */
async function cut(relay, stack, ms) {
	const port = Number(new URL(relay.url).port);

	relay.close();
	await sleep(ms);
	return { relay: await Relay.listen(port, Number(new URL(stack.ws).port)), back: Date.now() };
}

async function meet(report, ann, ben) {
	await must(report, 'the host joins; a guest waits in the lobby and is let in', async () => {
		await ann.run(`await room.join({ room: '${ROOM}', display: 'Ann', secret: ${JSON.stringify(ann.who.secret)} })`);
		await ann.joined();
		await ben.run(`room.join({ room: '${ROOM}', display: 'Ben' }).catch(() => {})`);
		await ann.until('Ben in the lobby', 'room.host.waiting.length === 1');
		assert.equal(await ben.run('return room.state'), 'waiting');
		await ann.run('await room.host.admit(room.host.waiting[0].id)');
		await ben.joined();
	});
	await must(report, 'both send, with simulcast, and see each other', async () => {
		await Promise.all([ann, ben].map((client) => client.run('await room.publisher.publish()')));
		await Promise.all([ann.sees(1), ben.sees(1)]);
		assert.equal(await ann.run('return room.publisher.connection.getSenders().find(({ track }) => track?.kind === "video").getParameters().encodings.length'), 3);
	});
}

/** What else is done with media: each seen on the other side. */
async function media(report, ann, ben) {
	const ofBen = (name) => `room.participants.remote[0].streams.find(({ source }) => source === "${name}")`;

	await report.test('muted and unmuted, another camera, a screen that comes, goes and comes again', async () => {
		await ben.run('await room.publisher.mute("audio")');
		await ann.until('Ben muted', `${ofBen('audio')}.muted`);
		await ben.run('await room.publisher.unmute("audio")');
		await ann.until('Ben heard', `!${ofBen('audio')}.muted`);
		await ben.run('await room.publisher.switchDevice("video", { width: 320 })');
		await ann.sees(1);
		for (const _ of [1, 2]) {
			await ben.run('await room.publisher.shareScreen()');
			await ann.sees(2);
			await ben.run('await room.publisher.stopScreen()');
			await ann.until('no screen', 'Object.keys(rrFrames()).length === 1');
		}
		assert.equal(await ben.run('return room.publisher.connection.getTransceivers().length'), 3);
	});
	await report.test('ICE fails: it begins again on the same connection, and the other sees on; Janus hangs up: on another one', async () => {
		const fail = `Object.defineProperty(before, "iceConnectionState", { get: () => "failed", configurable: true });
			before.oniceconnectionstatechange();
			setTimeout(() => delete before.iceConnectionState, 50);`;
		const name = 'room.publisher.connection.localDescription.sdp.match(/ice-ufrag:(.*)/)[1]';

		await ben.run(`globalThis.before = room.publisher.connection; globalThis.ufrag = ${name}; ${fail}`);
		await ben.until('another round of ICE', `${name} !== ufrag && room.publisher.connection.signalingState === "stable"`);
		assert.ok(await ben.run('return room.publisher.connection === before'));
		await ann.sees(1);
		await ben.run('before.close()');
		await ben.until('another connection', 'room.publisher.connection !== before && room.publisher.connection?.connectionState === "connected"', 40_000);
		await ann.sees(1);
	});
}

async function record(report, ann, ben) {
	let id = '';

	await must(report, 'recorded; the guest is asked and says yes; pause and resume, on both sides', async () => {
		({ recordingId: id } = await ann.run('return room.recording.start({ title: "Weekly" })'));
		await ben.until('the question', 'room.recording.needsConsent');
		assert.equal(await ben.run('return room.recording.state.consent.text'), PURPOSE);
		await ben.run('await room.recording.consent(true)');
		await sleep(1500);
		await ann.run('await room.recording.pause()');
		await ben.until('the pause', 'room.recording.isPaused');
		const shown = await ben.run('return room.recording.duration');

		await sleep(1000);
		const later = await ben.run('return room.recording.duration');

		assert.ok(Math.abs(later - shown) < 300, `the clock of the pause went from ${shown} to ${later}`);
		await ann.run('await room.recording.resume()');
		await ben.until('its end', 'room.recording.isRecording');
	});
	return id;
}

/** Ben's clock says what Ann's says. */
async function sameClock(ann, ben) {
	const [here, there] = await Promise.all([ann, ben].map((client) => client.run('return [Date.now(), room.recording.duration]')));
	const off = Math.abs((there[1] - there[0]) - (here[1] - here[0]));

	assert.ok(off < 700, `the clocks differ by ${off.toFixed(0)} ms`);
}

async function breaks(report, stack, ann, ben, first) {
	let relay = first;
	const own = await ben.run('return room.id');
	const broken = async (ms, meanwhile) => {
		const cutting = cut(relay, stack, ms);
		let back = 0;

		try {
			await ben.until('the loss', 'room.state === "reconnecting"');
			await meanwhile();
		} finally {
			({ relay, back } = await cutting);
		}
		return back;
	};
	const judge = async (what, back, status) => {
		const late = Math.max(await ben.noted(back, 'state', 'joined'), await ben.noted(back, 'recording', status)) - back;

		report.figure(`${what}: the truth is shown`, `${late} ms after the server is back`);
		assert.ok(late < TRUTH_MS, `after ${late} ms`);
		assert.equal(await ben.run('return room.id'), own);
		await Promise.all([ann.sees(1), ben.sees(1)]);
	};

	await report.test(`without a connection for ${SHORT_CUT_MS / 1000} s: the session is claimed, media go on, what was missed is shown`, async () => {
		const connection = await ben.run('globalThis.before = [room.publisher.connection, room.receiving]; return before.every(Boolean)');
		const back = await broken(SHORT_CUT_MS, () => ann.run('await room.recording.pause()'));

		await judge('claimed', back, 'paused');
		assert.ok(connection && await ben.run('return room.publisher.connection === before[0] && room.receiving === before[1]'), 'another connection was made');
	});
	await report.test(`without a connection for ${LONG_CUT_MS / 1000} s: the session is gone, and the same participant is back`, async () => {
		const back = await broken(LONG_CUT_MS, () => ann.run('await room.recording.resume()'));

		await judge('joined again', back, 'recording');
		await sameClock(ann, ben);
	});
	await report.test('the tab is reloaded: the same participant, the same recording, its clock, its consent', async () => {
		await ben.load();
		await ben.run(`await room.join({ room: '${ROOM}', display: 'Ben' })`);
		await ben.joined();
		assert.deepEqual(await ben.run('return [room.id, room.recording.status, room.recording.needsConsent]'), [own, 'recording', false]);
		await ben.run('await room.publisher.publish()');
		await Promise.all([ann.sees(1), ben.sees(1)]);
		await sameClock(ann, ben);
		await sleep(1000);
	});
	return relay;
}

async function finish(report, stack, ann, ben, id) {
	await report.test('stopped: processed, completed, in the library, with a link that works', async () => {
		await ann.run('await room.recording.stop()');
		await Promise.all([ann, ben].map((client) => client.until('completion', 'room.recording.status === "completed"', 90_000)));
		assert.ok((await ben.log()).some(([, name, detail]) => name === 'recording' && detail === 'processing'));
		const [one] = await ann.run('return (await room.recordings.list()).recordings');

		assert.deepEqual([one.recordingId, one.title, one.status, one.participants.map(({ name }) => name).sort()], [id, 'Weekly', 'completed', ['Ann', 'Ben']]);
		assert.equal((await fetch(one.url)).status, 200);
		await assert.rejects(ben.run(`await room.recordings.delete('${id}')`), /host/);
	});
	await report.test('one file, in which Ben is one participant', async () => {
		const recording = await Recording.open(join(stack.recordings, id));
		const people = new Set(recording.lines('chunk').map(({ participant }) => participant));

		assert.equal(people.size, 2, [...people].join(' '));
		assert.equal(Object.keys(await recording.people()).length, 2);
	});
	await report.test('leaving: the other sees it; nothing went wrong that nobody was told of', async () => {
		await ben.run('await room.leave()');
		await ann.until('Ben gone', 'room.participants.list.length === 1');
		for (const client of [ann, ben]) {
			assert.deepEqual(client.errors, []);
			assert.deepEqual((await client.log()).filter(([, name]) => name === 'error'), []);
		}
		await ann.run('await room.leave()');
	});
}

export async function run(report, options) {
	const stack = await Stack.start(options, {
		rooms: [{ id: ROOM, more: `admission = "lobby"; consent = "require"; consent_text = "${PURPOSE}"; guests_download = true;` }], reclaim: RECLAIM_S,
		extra: 'mix: { width = 320; height = 180; fps = 10 }',
	});
	let relay = await Relay.listen(options.port + 4, Number(new URL(stack.ws).port));
	const browser = await launch();

	try {
		const ann = await Client.open(browser, stack, { name: 'Ann', colour: [200, 40, 40], hz: 440, secret: stack.secret }, stack.ws);
		const ben = await Client.open(browser, stack, { name: 'Ben', colour: [40, 40, 200], hz: 880 }, relay.url);

		await meet(report, ann, ben);
		await media(report, ann, ben);
		const id = await record(report, ann, ben);

		relay = await breaks(report, stack, ann, ben, relay);
		await finish(report, stack, ann, ben, id);
	} finally {
		await browser.close();
		relay.close();
		await stack.stop();
	}
}
