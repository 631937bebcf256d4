// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of html/sdk/react-native/README.md, as they stand there but for address, room and names: React Native's components as react-native-web shows them, on the
// browser's WebRTC under react-native-webrtc's names, in a phone's Chromium against real Janus. A host and a guest, from the lobby to the finished recording; the
// guest's phone goes into the background and back. What axe-core says, in light and in dark. Screenshots stay in out/native.

import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { launch } from '../lib/browser.mjs';
import { build, codeOf } from '../lib/bundle.mjs';
import { Stack } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';

const ROOM = 'native', SECRET = 'the secret of the host';
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, bypassCSP: true };       // react-native-web writes a style sheet
const SYNTHETIC = await readFile(new URL('../lib/synthetic.js', import.meta.url), 'utf8');
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
/** What an application's index.js is on the web. */
const ROOT = `
import { createRoot } from 'react-dom/client';
document.body.style.margin = 0;
Object.assign(document.getElementById('root').style, { display: 'flex', minHeight: '100vh' });
createRoot(document.getElementById('root')).render(<App />);
`;

class Phone {
	static async open(browser, stack, { name, ...who }) {
		const phone = new Phone();

		phone.name = name;
		phone.errors = [];
		phone.page = await (await browser.newContext(PHONE)).newPage();
		phone.page.on('console', (message) => message.type() === 'error' && phone.errors.push(message.text()));
		phone.page.on('pageerror', (error) => phone.errors.push(String(error)));
		await phone.page.addInitScript(`(${SYNTHETIC})(${JSON.stringify({ camera: true, microphone: true, phaseMs: 0, ...who })})`);
		await phone.page.goto(new URL(`${name}/index.html`, stack.url).href);
		return phone;
	}

	button(name) {
		return this.page.getByRole('button', { name, exact: true });
	}

	tap(name) {
		return this.button(name).tap();
	}

	says(words) {
		return until(`${this.name} to be told "${words}"`, async () => (await this.page.locator('[data-testid=rr-status] [role=status], [data-testid=rr-lobby]').allTextContents()).includes(words))
			.catch(async (error) => {
				throw new Error(`${error.message}; ${this.errors.join('; ')}; ${(await this.page.locator('body').innerText()).slice(0, 300)}`);
			});
	}

	shows(word, timeout = 20_000) {
		return this.page.locator('[data-testid=rr-word]').getByText(word, { exact: true }).waitFor({ timeout });
	}

	/** Until so many pictures move. */
	sees(count) {
		return until(`${this.name} to see ${count}`, () => this.page.evaluate((n) => [...document.querySelectorAll('[data-testid=rr-tile] video')]
			.filter((video) => video.videoWidth > 0 && video.currentTime > 0).length === n, count));
	}

	/** As the phone's system would tell it. */
	goes(state) {
		return this.page.evaluate((hidden) => {
			Object.defineProperty(document, 'visibilityState', { value: hidden ? 'hidden' : 'visible', configurable: true });
			document.dispatchEvent(new Event('visibilitychange'));
		}, state === 'background');
	}

	/** What axe-core finds, in words; and what can be pressed and is too small. */
	async faults() {
		await this.page.evaluate(AXE);
		const { violations } = await this.page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
		const small = await this.page.evaluate(() => [...document.querySelectorAll('button,[role=button],[role=switch]')].filter((one) => one.getBoundingClientRect().width < 44 || one.getBoundingClientRect().height < 44)
			.map((one) => `smaller than 44: ${one.textContent}`));

		return [...violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`), ...small];
	}
}

async function accessible(phone, out, view) {
	for (const colorScheme of ['light', 'dark']) {
		await phone.page.emulateMedia({ colorScheme });
		await phone.page.evaluate((dark) => { document.body.style.background = dark ? '#1a2326' : '#ffffff'; }, colorScheme === 'dark');
		assert.deepEqual(await phone.faults(), [], `${view}, ${colorScheme}`);
		await phone.page.screenshot({ path: join(out, `${view}-${colorScheme}.png`) });
	}
}

async function story(report, { stack, out }, ann, ben) {
	await report.test('a guest waits, and is let in; both see both', async () => {
		await ben.says('Please wait until a host lets you in.');
		await ann.tap('Admit: Ben');
		await Promise.all([ann.sees(2), ben.sees(2)]);
		await accessible(ann, out, 'call');
	});
	await report.test('in the background the camera is off, for the others, too; looked at again, it is on', async () => {
		await ben.goes('background');
		await ann.sees(1);
		await ben.goes('active');
		await ann.sees(2);
	});
	await report.test('record: the guest is asked and agrees; pause, resume; everybody is told in words', async () => {
		const place = await ann.page.locator('[data-testid=rr-grid]').boundingBox();

		await ann.tap('Record');
		await ann.shows('Recording');
		assert.deepEqual((await ann.page.locator('[data-testid=rr-grid]').boundingBox()).y, place.y, 'the screen moved when the indicator came');
		await ann.says('Recording has started, of those who agree.');
		await ben.button('Agree').waitFor();
		assert.deepEqual(await ben.faults(), []);
		await ben.page.screenshot({ path: join(out, 'consent.png') });
		await ben.tap('Agree');
		await ben.button('Agree').waitFor({ state: 'detached' });
		await ann.tap('Pause');
		await Promise.all([ann, ben].map((one) => one.says('Recording is paused.')));
		await accessible(ann, out, 'paused');
		await ann.tap('Resume');
		await Promise.all([ann, ben].map((one) => one.says('Recording goes on.')));
		assert.equal(await ben.button('Stop').count(), 0);
	});
	await report.test('stopped after a question, and finished; no error was said', async () => {
		await ann.tap('Stop');
		await ann.tap('Stop');
		await Promise.all([ann, ben].map((one) => one.shows('Recording ready', 90_000)));
		await ann.says('The recording is ready.');
		await accessible(ann, out, 'completed');
		assert.deepEqual([...ann.errors, ...ben.errors], []);
		assert.equal((await stack.pp('list')).filter(({ status }) => status === 'completed').length, 1);
	});
}

/** The same application in the hands of Ben, who is no host; building it takes most of the time here. */
async function guest(from, to) {
	await cp(from, to, { recursive: true });
	for (const name of await readdir(join(to, 'assets'))) {
		const text = await readFile(join(to, 'assets', name), 'utf8');

		await writeFile(join(to, 'assets', name), text.replace('"Ann"', '"Ben"').replace(JSON.stringify(SECRET), '""'));
	}
}

export async function run(report, options) {
	const code = await codeOf('react-native/README.md', 'jsx'), pages = join(options.out, 'page');
	const said = await build(code.replace('http://10.0.2.2:8090', `http://127.0.0.1:${options.port}`).replace('"demo"', `"${ROOM}"`) + ROOT, join(options.out, 'app'), join(pages, 'Ann'));

	await guest(join(pages, 'Ann'), join(pages, 'Ben'));
	const stack = await Stack.start(options, { page: pages, rooms: [{ id: ROOM, more: 'admission = "lobby"; consent = "require";' }], extra: 'mix: { width = 320; height = 180; fps = 10 }' });
	const browser = await launch();

	try {
		const ann = await Phone.open(browser, stack, { name: 'Ann', colour: [200, 40, 40], hz: 440 });

		await ann.button('Record').waitFor({ timeout: 10_000 }).catch(async (error) => {
			throw new Error(`${error.message}: ${ann.errors.join('; ')} ${await ann.page.content()}`);
		});
		report.figure('React Native\'s application', said.match(/\S+\.js\s.*/)[0].replace(/\s+/g, ' '));
		await story(report, { stack, out: options.out }, ann, await Phone.open(browser, stack, { name: 'Ben', colour: [40, 40, 200], hz: 880 }));
	} finally {
		await browser.close();
		await stack.stop();
	}
}
