// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of html/sdk/README.md, as they stand there but for address, room and names, built with Vite, in Chromium against real Janus: a host and a guest, from the
// lobby to the finished recording, by buttons alone. What axe-core says of it, in light and in dark. Screenshots stay in out/react.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { launch } from '../lib/browser.mjs';
import { build, codeOf } from '../lib/bundle.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';

const ROOM = 'react';
const SYNTHETIC = await readFile(new URL('../lib/synthetic.js', import.meta.url), 'utf8');
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

class Visitor {
	static async open(browser, stack, { name, ...who }) {
		const visitor = new Visitor();

		visitor.name = name;
		visitor.errors = [];
		visitor.page = await browser.newPage({ viewport: { width: 900, height: 900 } });
		visitor.page.on('console', (message) => message.type() === 'error' && visitor.errors.push(message.text()));
		visitor.page.on('pageerror', (error) => visitor.errors.push(String(error)));
		await visitor.page.addInitScript(`(${SYNTHETIC})(${JSON.stringify({ camera: true, microphone: true, phaseMs: 0, ...who })})`);
		await visitor.page.goto(new URL(`${name}/index.html`, stack.url).href);
		return visitor;
	}

	button(name) {
		return this.page.getByRole('button', { name, exact: true });
	}

	/** By keyboard. */
	press(name) {
		return this.button(name).press('Enter');
	}

	says(words) {
		return until(`${this.name} to be told "${words}"`, async () => (await this.page.locator('[role=status]').allTextContents()).includes(words));
	}

	shows(status, timeout = 20_000) {
		return this.page.waitForSelector(`.rr-indicator[data-rr-status="${status}"]`, { timeout });
	}

	/** Until so many pictures move. */
	sees(count) {
		return until(`${this.name} to see ${count}`, () => this.page.evaluate((n) => [...document.querySelectorAll('.rr-tile video')]
			.filter((video) => video.videoWidth > 0 && video.currentTime > 0).length === n, count));
	}

	/** What axe-core finds, in words. */
	async faults() {
		await this.page.evaluate(AXE);         // not by a script element: the page's policy stands
		const { violations } = await this.page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));

		return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 100)).join(' | ')}`);
	}
}

async function accessible(visitor, out, view) {
	for (const colorScheme of ['light', 'dark']) {
		await visitor.page.emulateMedia({ colorScheme });
		assert.deepEqual(await visitor.faults(), [], `${view}, ${colorScheme}`);
		await visitor.page.screenshot({ path: join(out, `${view}-${colorScheme}.png`) });
	}
}

async function story(report, { stack, out }, ann, ben) {
	await report.test('a guest waits, and is let in; both see both', async () => {
		await ben.says('Please wait until a host lets you in.');
		await ann.press('Admit: Ben');
		await Promise.all([ann.sees(2), ben.sees(2)]);
		await accessible(ann, out, 'call');
	});
	await report.test('record: the guest is asked and agrees; pause, resume; everybody is told in words', async () => {
		const place = await ann.page.locator('.rr-grid').boundingBox();

		await ann.press('Record');
		await ann.shows('recording');
		assert.deepEqual(await ann.page.locator('.rr-grid').boundingBox(), place, 'the page moved when the indicator came');
		await ann.says('Recording has started, of those who agree.');
		await ben.page.waitForSelector('dialog[open]');
		assert.deepEqual(await ben.faults(), []);
		await ben.page.screenshot({ path: join(out, 'consent.png') });
		await ben.press('Agree');
		await ben.page.waitForSelector('dialog', { state: 'detached' });
		await sleep(1500);
		await ann.press('Pause');
		await Promise.all([ann, ben].map((one) => one.says('Recording is paused.')));
		await accessible(ann, out, 'paused');
		await ann.press('Resume');
		await Promise.all([ann, ben].map((one) => one.says('Recording goes on.')));
		assert.equal(await ben.button('Stop').count(), 0);
		await sleep(1500);
	});
	await report.test('stopped after a question; the recording is in the list, to play and to download', async () => {
		await ann.press('Stop');
		await ann.press('Stop');
		await Promise.all([ann, ben].map((one) => one.shows('completed', 90_000)));
		await ann.says('The recording is ready.');
		const row = ann.page.locator('.rr-recording[data-rr-status=completed]');

		await row.waitFor();
		const link = await row.getByRole('link').getAttribute('href');

		assert.equal((await fetch(link, { method: 'HEAD' })).status, 200);
		await ann.page.waitForSelector('img.rr-thumbnail');
		await accessible(ann, out, 'completed');
		assert.deepEqual([...ann.errors, ...ben.errors], []);
		assert.equal((await stack.pp('list')).filter(({ status }) => status === 'completed').length, 1);
	});
}

export async function run(report, options) {
	const code = await codeOf('README.md', 'jsx'), pages = join(options.out, 'page');
	const made = (name, secret) => build(code.replace('http://127.0.0.1:8090', `http://127.0.0.1:${options.port}`).replace('"demo"', `"${ROOM}"`).replace('"Ann"', `"${name}"`)
		.replace('the secret of the host', secret), join(options.out, `app-${name}`), join(pages, name));
	const [said] = await Promise.all([made('Ann', 'the secret of the host'), made('Ben', '')]);
	const stack = await Stack.start(options, { page: pages, rooms: [{ id: ROOM, more: 'admission = "lobby"; consent = "require"; guests_download = true;' }], extra: 'mix: { width = 320; height = 180; fps = 10 }' });
	const browser = await launch();

	try {
		assert.ok(code.trim().split('\n').length < 20, 'the README promises less than 20 lines');
		const ann = await Visitor.open(browser, stack, { name: 'Ann', colour: [200, 40, 40], hz: 440 });

		await ann.page.waitForSelector('.rr-grid[data-rr-people="1"]', { timeout: 10_000 }).catch(async (error) => {
			throw new Error(`${error.message}: ${ann.errors.join('; ')} ${await ann.page.content()}`);
		});
		report.figure('the README\'s application', said.match(/\S+\.js\s.*/)[0].replace(/\s+/g, ' '));
		await story(report, { stack, out: options.out }, ann, await Visitor.open(browser, stack, { name: 'Ben', colour: [40, 40, 200], hz: 880 }));
	} finally {
		await browser.close();
		await stack.stop();
	}
}
