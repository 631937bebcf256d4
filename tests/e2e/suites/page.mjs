// SPDX-License-Identifier: GPL-3.0-or-later
// The demo page itself: by keyboard, on a phone, by link; the list that plays, seeks and deletes. Screenshots stay in out/page/.

import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';

import { Person, launch } from '../lib/browser.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';

const ANN = { name: 'Ann', role: 'host', colour: [180, 50, 50], hz: 500 };
const BEN = { name: 'Ben', colour: [40, 140, 70], hz: 900, phaseMs: 500 };
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const DESKTOP = { viewport: { width: 1280, height: 800 } };

/** Presses Tab until the focus is where `selector` says; fails when it comes round without. */
async function tabTo(page, selector) {
	const way = [];

	for (let i = 0; i < 40; i++) {
		const [there, where] = await page.evaluate((s) => {
			const node = document.activeElement;

			return [node?.matches(s), node?.id || node?.dataset.rrDo || node?.tagName];
		}, selector);

		if (there)
			return;
		way.push(where);
		await page.keyboard.press('Tab');
	}
	throw new Error(`the keyboard does not reach ${selector}, but ${way.join(' ')}`);
}

/** What has the focus is marked. */
async function focusShows(page) {
	const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);

	assert.notEqual(outline, 'none');
}

async function press(page, selector) {
	await tabTo(page, selector);
	await focusShows(page);
	await page.keyboard.press('Enter');
}

async function fitsWidth(page) {
	const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);

	assert.ok(content <= width, `${content} px wide in ${width} px`);
	const small = await page.$$eval('button, a, input', (nodes) => nodes.filter((node) => node.checkVisibility())
		.map((node) => ({ box: (node.closest('label') ?? node).getBoundingClientRect(), what: node.id || node.name || node.textContent.trim() }))
		.filter(({ box }) => box.left < -0.5 || box.right > innerWidth + 0.5 || box.height < 24 || box.width < 24).map(({ what }) => what));

	assert.deepEqual(small, [], 'too small to touch, or outside');
}

class Walk {
	constructor(stack, browser, out) {
		Object.assign(this, { stack, browser, out });
	}

	shot(page, name) {
		return page.screenshot({ path: join(this.out, `${name}.png`) });
	}

	open(who, options = DESKTOP) {
		return Person.open(this.browser, this.stack, who, options);
	}

	async everybody(options) {
		const ann = await (await this.open(ANN, options)).join(), ben = await (await this.open(BEN, options)).join();

		await ann.sees(1);
		return { ann, ben };
	}
}

const tests = {
	async 'the link fills the form, and keeps the secret from the server'(walk) {
		const asked = [];
		const ann = await Person.open(walk.browser, walk.stack, { ...ANN, name: 'Ann <b>Bold</b> Ünal' }, DESKTOP);

		ann.page.on('request', (request) => asked.push(request.url()));
		await walk.shot(ann.page, 'join');
		await ann.page.reload();
		await ann.page.waitForSelector('html[data-rr-ready="true"]');
		assert.equal(await ann.page.inputValue('[name=room]'), 'demo');
		assert.equal(await ann.page.inputValue('[name=name]'), 'Ann <b>Bold</b> Ünal');
		await ann.join();
		assert.equal(await ann.page.textContent('#tiles .rr-self .rr-label-name'), 'Ann <b>Bold</b> Ünal (you)');
		assert.ok(asked.length > 0 && asked.every((url) => !decodeURIComponent(url).includes(walk.stack.secret)));
		await ann.leave();
		assert.deepEqual(ann.errors, []);
	},

	async 'a wrong secret is told in a sentence'(walk) {
		const ann = await walk.open(ANN);

		await ann.page.fill('[name=secret]', 'not the secret');
		await ann.page.click('#join-button');
		await ann.page.waitForSelector('#alert:not([hidden])');
		assert.match(await ann.page.textContent('#alert-text'), /^[A-Z].*[.]$/);
		await walk.shot(ann.page, 'refused');
	},

	async 'the whole way by keyboard alone'(walk) {
		const { page } = await walk.open(ANN);

		await press(page, '#join-button');
		await page.waitForSelector('html[data-rr-view="call"]');
		await press(page, '.rr-controls [data-rr-toggle=audio]');
		await page.waitForSelector('.rr-controls [data-rr-toggle=audio][aria-pressed=false]');
		await press(page, '#record');
		await page.waitForSelector('#indicator[data-rr-status=recording]');
		assert.match(await page.textContent('[role=status]'), /started/);
		await sleep(3500);
		await press(page, '#record');
		await page.waitForSelector('#indicator[data-rr-status=completed]', { timeout: 60_000 });
		if (await page.isHidden('#recordings'))
			await press(page, '#recordings-button');
		await page.waitForSelector('[data-rr-do=play]:enabled');
		await press(page, '[data-rr-do=play]:enabled');
		await page.waitForSelector('#player[open]');
		await page.keyboard.press('Escape');
		await page.waitForSelector('#player:not([open])', { state: 'attached' });
		await press(page, '[data-rr-do=delete]');
		await page.waitForSelector('#confirm[open]');
		await tabTo(page, '#confirm-yes');
		await page.keyboard.press('Enter');
		await page.waitForSelector('.rr-recording', { state: 'detached' });
		await press(page, '#leave');
		await page.waitForSelector('html[data-rr-view="left"]');
	},

	async 'the indicator: in words, without blinking, its clock outside the live region'(walk) {
		const { ann, ben } = await walk.everybody(DESKTOP);

		const asked = Date.now();

		await ann.record();
		await sleep(2500);
		assert.match(await ben.page.textContent('#indicator-word'), /Recording/);
		const [, minutes, seconds] = /^(\d+):(\d\d)$/.exec(await ben.page.textContent('#clock')).map(Number);

		assert.ok(minutes * 60 + seconds >= 2 && minutes * 60 + seconds <= (Date.now() - asked) / 1000, `the clock shows ${minutes}:${seconds}`);
		assert.equal(await ben.page.evaluate(() => Boolean(document.querySelector('[role=status] #clock, [role=alert] #clock'))), false);
		assert.equal(await ben.page.evaluate(() => document.getElementById('indicator').getAnimations({ subtree: true }).length), 0);
		await walk.shot(ann.page, 'call-host');
		await walk.shot(ben.page, 'call-guest');
		await ann.stop();
		await walk.shot(ann.page, 'processing');
		await ann.completed();
		await walk.shot(ann.page, 'ready');
	},

	async 'a recording in the list plays, seeks and downloads'(walk) {
		const { ann } = await walk.everybody(DESKTOP);
		const { page } = ann;

		await ann.openList();
		await page.waitForFunction(() => document.querySelector('.rr-thumb img')?.naturalWidth > 0);
		await walk.shot(page, 'list');
		assert.match(await page.textContent('.rr-recording-facts'), /0:0\d · [\d.]+ (kB|MB)/);
		const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-rr-do=download]')]);

		assert.match(download.suggestedFilename(), /\.webm$/);
		await download.cancel();
		await page.click('[data-rr-do=play]:enabled');
		await page.waitForFunction(() => document.getElementById('player-video').currentTime > 0.5);
		const duration = await page.$eval('#player-video', (video) => video.duration);

		assert.ok(duration > 1.5 && duration < 60, `duration ${duration}`);
		await page.$eval('#player-video', (video, to) => new Promise((resolve) => {
			video.pause();
			video.onseeked = resolve;
			video.currentTime = to;
		}), duration - 1);
		assert.ok(Math.abs(await page.$eval('#player-video', (video) => video.currentTime) - (duration - 1)) < 0.1);
		await walk.shot(page, 'player');
	},

	async 'where the room does not let guests download, they see recordings, but may neither play nor delete'(walk) {
		const room = 'closed';
		const ann = await (await walk.open({ ...ANN, room })).join();
		const { page } = await (await walk.open({ ...BEN, room })).join();

		await ann.record();
		await sleep(1500);
		await ann.stop();
		await ann.completed();
		await page.click('#recordings-button');
		await page.waitForSelector('.rr-recording[data-rr-status=completed]');
		assert.equal(await page.isVisible('[data-rr-do=delete]'), false);
		assert.equal(await page.isVisible('[data-rr-do=download]'), false);
		assert.equal(await page.isEnabled('[data-rr-do=play]'), false);
	},

	async 'after leaving, the host still finds the recordings'(walk) {
		const ann = await (await walk.open(ANN)).join();

		await ann.leave();
		await ann.page.click('#recordings-button');
		await ann.page.waitForSelector('.rr-recording[data-rr-status=completed] [data-rr-do=play]:enabled');
		await walk.shot(ann.page, 'left');
		await ann.page.click('#rejoin');
		await ann.page.waitForSelector('html[data-rr-view="call"]');
	},

	async 'deleting asks first, and removes list entry and files'(walk) {
		const { page } = await (await walk.open(ANN)).join();

		await page.click('#recordings-button');
		const id = await page.getAttribute('.rr-recording[data-rr-status=completed]', 'data-rr-recording');

		await page.click(`[data-rr-recording="${id}"] [data-rr-do=delete]`);
		await walk.shot(page, 'delete');
		await page.click('#confirm button[value=no]');
		await sleep(300);
		assert.equal(await page.isVisible(`[data-rr-recording="${id}"]`), true);
		await page.click(`[data-rr-recording="${id}"] [data-rr-do=delete]`);
		await page.click('#confirm-yes');
		await page.waitForSelector(`[data-rr-recording="${id}"]`, { state: 'detached' });
		await until('the files to go', () => access(join(walk.stack.recordings, id)).then(() => false, () => true), 10_000);
	},

	async 'without camera and microphone one joins as a viewer'(walk) {
		const { page } = await walk.open({ ...BEN, camera: false, microphone: false });

		assert.match(await page.textContent('#media-problem'), /viewer/);
		await page.click('#join-button');
		await page.waitForSelector('html[data-rr-view="call"]');
		assert.equal(await page.isDisabled('.rr-controls [data-rr-toggle=video]'), true);
	},

	async 'a phone, 360 pixels wide'(walk) {
		const ann = await walk.open(ANN, PHONE);

		await fitsWidth(ann.page);
		await walk.shot(ann.page, 'phone-join');
		await ann.join();
		const ben = await (await walk.open(BEN, PHONE)).join();

		await ann.sees(1);
		await ann.record();
		await sleep(3000);
		await fitsWidth(ann.page);
		await walk.shot(ann.page, 'phone-call');
		await ann.stop();
		await ann.completed();
		await ann.page.click('#recordings-button');
		await ann.page.waitForFunction(() => document.querySelector('.rr-thumb img')?.naturalWidth > 0);
		await fitsWidth(ann.page);
		await walk.shot(ann.page, 'phone-list');
		await ben.close();
	},

	async 'dark, with four people and a shared screen'(walk) {
		const dark = { ...DESKTOP, colorScheme: 'dark', reducedMotion: 'reduce' };
		const ann = await (await walk.open(ANN, dark)).join();
		const others = [BEN, { name: 'Chloé Dubois', colour: [50, 80, 190], hz: 1400 }, { name: 'Dmitri', colour: [180, 150, 40], hz: 2000, camera: false }];

		for (const who of others)
			await (await walk.open({ ...who, screen: [150, 60, 170] }, dark)).join();
		await ann.sees(2);
		await ann.record();
		await sleep(2000);
		await walk.shot(ann.page, 'dark-call');
		await ann.page.click('#share');
		await ann.page.waitForSelector('#share[aria-pressed=true]');
		await sleep(1000);
		await walk.shot(ann.page, 'dark-screen');
		await ann.stop();
		await ann.completed();
		await walk.shot(ann.page, 'dark-list');
	},
};

export async function run(report, options) {
	const stack = await Stack.start(options, { rooms: ['closed'] });
	const browser = await launch();

	try {
		for (const [name, body] of Object.entries(tests)) {
			await report.test(name, () => body(new Walk(stack, browser, options.out)));
			await Promise.all(browser.contexts().map((context) => context.close()));
		}
	} finally {
		await browser.close();
		await stack.stop();
	}
}
