// SPDX-License-Identifier: GPL-3.0-or-later
// People in Chromium, who use the real page.

import { readFile } from 'node:fs/promises';

import { chromium } from 'playwright-core';

import { keepSecretsIn } from './secrets.mjs';
import { until } from './wait.mjs';

const FLAGS = [
	'--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
	'--disable-features=WebRtcHideLocalIpsWithMdns', '--allow-loopback-in-peer-connection', '--disable-background-networking',
	'--disable-component-update', '--disable-sync', '--disable-quic', '--no-first-run', '--autoplay-policy=no-user-gesture-required',
	'--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
];
const SYNTHETIC = await readFile(new URL('synthetic.js', import.meta.url), 'utf8');
const CODECS = await readFile(new URL('codecs.js', import.meta.url), 'utf8');

/** Without these Chromium makes RGB of BT.709 by a software path whose coefficient for blue is cut to 2.0 (2.11 is right). */
const GRAPHICS = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--enable-gpu-rasterization'];

/** options: {graphics: true} for one that shows colours as a graphics card does. */
export function launch({ graphics = false } = {}) {
	return chromium.launch({ executablePath: process.env.RECROOM_BROWSER ?? '/usr/bin/chromium', args: [...FLAGS, ...(graphics ? GRAPHICS : [])] });
}

/** Painting is what costs most where there is no graphics card. */
const SMALL = { viewport: { width: 640, height: 400 } };

export class Person {
	/** Messages from Janus: {at: ms since 1970 when the browser's network stack got them, data: plugin data or the message itself}. */
	messages = [];
	/** What the page complained about. */
	errors = [];

	/**
	 * who: {name, role, room, colour: [r, g, b], hz, phaseMs, camera, microphone, codecs}; no media at all with camera and microphone false.
	 * codecs: {send: "VP9", refuse: "AV1"}: all the page offers, and what it does not take (see codecs.js).
	 */
	static async open(browser, stack, who, contextOptions = SMALL) {
		const person = new Person();

		person.who = { role: 'guest', room: 'demo', camera: true, microphone: true, phaseMs: 0, ...who };
		person.context = await browser.newContext(contextOptions);
		person.page = await person.context.newPage();
		await person.#listen();
		person.page.on('pageerror', (error) => person.errors.push(String(error)));
		await person.page.addInitScript(`(${SYNTHETIC})(${JSON.stringify(person.who)})`);
		if (who.codecs)
			await person.page.addInitScript(`(${CODECS})(${JSON.stringify(who.codecs)})`);
		await person.page.goto(person.link(stack));
		await person.page.waitForSelector('html[data-rr-ready="true"]');
		return person;
	}

	link(stack) {
		const { room, name, role } = this.who;

		return `${stack.url}?${new URLSearchParams({ room, name, role })}${role === 'host' ? `#secret=${encodeURIComponent(stack.secret)}` : ''}`;
	}

	async #listen() {
		const tools = await this.context.newCDPSession(this.page);
		let wallOffset = 0;

		tools.on('Network.webSocketWillSendHandshakeRequest', ({ timestamp, wallTime }) => {
			wallOffset = wallTime - timestamp;
		});
		tools.on('Network.webSocketFrameReceived', ({ timestamp, response }) => {
			const message = JSON.parse(response.payloadData);

			keepSecretsIn(message.plugindata?.data);
			this.messages.push({ at: (timestamp + wallOffset) * 1000, data: message.plugindata?.data ?? message });
		});
		await tools.send('Network.enable');
	}

	async join() {
		await this.page.click('#join-button');
		await this.page.waitForSelector('html[data-rr-view="call"]');
		return this;
	}

	/** Opens the page and joins. */
	static async join(browser, stack, who, contextOptions) {
		return (await Person.open(browser, stack, who, contextOptions)).join();
	}

	/** Until so many pictures of other people (or screens) move here. */
	sees(count) {
		return this.page.waitForFunction((n) => [...document.querySelectorAll('#tiles .rr-tile:not(.rr-self) video')]
			.filter((video) => !video.hidden && video.videoWidth > 0 && video.currentTime > 0).length === n, count, { timeout: 20_000 });
	}

	/** Until the indicator says so; gives the recording's id. */
	async indicator(status, timeout = 20_000) {
		await this.page.waitForSelector(`#indicator[data-rr-status="${status}"]`, { timeout });
		return this.page.getAttribute('#indicator', 'data-rr-recording');
	}

	/** Presses Record, and waits until the page shows that it runs. */
	async record() {
		await this.page.click('#record');
		return this.indicator('recording');
	}

	/** Presses Stop, and says that it is meant. */
	async pressStop() {
		await this.page.click('#record');
		await this.page.click('#confirm-yes');
	}

	async stop() {
		await this.pressStop();
		return this.page.waitForSelector('#indicator[data-rr-status="processing"], #indicator[data-rr-status="completed"]');
	}

	/** Until the browser was told that the file is there. */
	completed() {
		return this.indicator('completed', 120_000);
	}

	/** The recordings of the room. */
	async openList() {
		if (await this.page.isHidden('#gallery'))
			await this.page.click('#gallery-button');
	}

	/** The first message of which `matches` is true, when it comes. */
	heard(what, matches, timeoutMs) {
		return until(what, () => this.messages.find(({ data }) => matches(data)), timeoutMs);
	}

	/** What the page drew and sounded: {flashes, beeps} in ms since 1970. */
	truth() {
		return this.page.evaluate(() => globalThis.rrTruth);
	}

	/** With codecs: what the connections carry now: [{direction, kind, codec, frames, packets}]. */
	traffic() {
		return this.page.evaluate(() => globalThis.rrTraffic());
	}

	async leave() {
		await this.page.click('#leave');
		await this.page.waitForSelector('html[data-rr-view="left"]');
	}

	async close() {
		await this.context.close();
	}
}
