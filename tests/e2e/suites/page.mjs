// SPDX-License-Identifier: GPL-3.0-or-later
// The demo page: the whole story on a desktop and on a phone, by keyboard alone, by hosts' buttons, through a reload and a broken connection; what axe-core
// says of each view in both themes and languages, and what it weighs. Screenshots stay in out/page/.

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { Person, launch } from '../lib/browser.mjs';
import { Recording } from '../lib/recording.mjs';
import { Relay } from '../lib/relay.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';
import { accessible, DESKTOP, fitsWidth, moved, NARROW, PHONE, press, said, tabTo, watch } from '../lib/walk.mjs';

const ANN = { name: 'Ann Berg', role: 'host', colour: [180, 50, 50], hz: 500 };
const BEN = { name: 'Ben', colour: [40, 140, 70], hz: 900, phaseMs: 500 };
const CLEO = { name: 'Chloé Dubois', colour: [50, 80, 190], hz: 1400, phaseMs: 250 };
const SCREEN = [150, 60, 170];
/** A room with both. */
const LOBBY = 'lobby', WAYS = ['desktop', 'phone'], PURPOSE = 'For those who are ill today.';
const MOST_KB = 200;
/** What is said of a recording, in this order. */
const RECORDING_WORDS = [/started, of those who agree/, /paused/, /goes on/, /stopped/, /ready/];

class Walk {
	/** Each test has a room of its own: who was in the one before is there until the server gives them up. */
	constructor(report, stack, browser, relay, out, room) {
		Object.assign(this, { report, stack, browser, relay, out, room });
	}

	shot({ page }, name) {
		return page.screenshot({ path: join(this.out, `${name}.png`) });
	}

	async open(who, options = DESKTOP) {
		const person = await Person.open(this.browser, this.stack, { room: this.room, ...who }, options);

		person.page.on('console', (message) => message.type() === 'error' && person.errors.push(message.text()));
		return person;
	}

	async joins(who, options) {
		return (await this.open(who, options)).join();
	}
}

const isView = ({ page }, view) => page.waitForSelector(`html[data-rr-view="${view}"]`);
const hasSaid = (person, words) => until(`${person.who.name} to be told ${words}`, async () => (await person.page.textContent('[role=status]')).match(words));

/** Ben knocks, Ann lets him in. */
async function letIn(walk, ann, ben, name) {
	await ben.page.click('#join-button');
	await isView(ben, 'waiting');
	await accessible(ben.page, walk.out, `${name}-waiting`);
	await ann.page.waitForSelector('#knock:not([hidden])');
	await walk.shot(ann, `${name}-knock`);
	await ann.page.click('#knock-admit');
	await isView(ben, 'call');
	await Promise.all([ann.sees(1), ben.sees(1)]);
}

/** Lobby → consent → record → pause → resume → stop → play. */
async function story(walk, name, options) {
	const room = `${LOBBY}-${name}`;
	const ann = await walk.joins({ ...ANN, room }, options), ben = await walk.open({ ...BEN, room }, options);

	await letIn(walk, ann, ben, name);
	await Promise.all([watch(ann.page), watch(ben.page)]);
	const place = await ben.page.locator('.rr-tiles').boundingBox();
	const id = await ann.record();

	await ben.page.waitForSelector('#ask[open]');
	assert.equal(await ben.page.textContent('#ask-purpose'), PURPOSE);
	await accessible(ben.page, walk.out, `${name}-ask`);
	await ben.page.click('#ask-yes');
	await ben.page.waitForSelector('#consent[data-rr-state=agreed]');
	await walk.shot(ben, `${name}-recorded`);
	await ben.page.click('#consent-seen');
	await sleep(1500);
	await ann.page.click('#pause');
	await Promise.all([ann, ben].map((person) => person.indicator('paused')));
	const clock = await ben.page.textContent('#clock');

	await walk.shot(ann, `${name}-paused`);
	await sleep(1200);
	assert.equal(await ben.page.textContent('#clock'), clock, 'the clock goes on in a pause');
	await ann.page.click('#pause');
	await Promise.all([ann, ben].map((person) => person.indicator('recording')));
	await sleep(1500);
	await ann.stop();
	await walk.shot(ann, `${name}-processing`);
	await Promise.all([ann, ben].map((person) => person.completed()));
	assert.deepEqual(await ben.page.locator('.rr-tiles').boundingBox(), place, 'the page moved when the indicator came');
	for (const person of [ann, ben]) {
		const heard = await said(person.page);
		let from = 0;

		for (const words of RECORDING_WORDS) {
			from = heard.findIndex((sentence, i) => i >= from && words.test(sentence));
			assert.ok(from >= 0, `${person.who.name} was not told ${words}, but ${heard.join(' | ')}`);
		}
	}
	assert.deepEqual(await moved(ben.page), [], 'something moved by itself');
	await plays(walk, ann, id, name);
	assert.deepEqual([...ann.errors, ...ben.errors], []);
	await ann.leave();
	await accessible(ann.page, walk.out, `${name}-left`);
}

async function plays(walk, ann, id, name) {
	await ann.openList();
	await ann.page.locator(`.rr-recording[data-rr-recording="${id}"][data-rr-status=completed] [data-rr-do=play]`).click();
	await ann.page.waitForFunction(() => document.getElementById('player-video')?.currentTime > 0.3);
	await walk.shot(ann, `${name}-plays`);
	await ann.page.keyboard.press('Escape');
	await ann.page.click('#gallery-button');
}

/** What the hosts' buttons do, seen by whom it concerns. */
async function manages(walk, ann, ben) {
	const act = async (name) => {
		await ann.page.click(`.rr-person[data-rr-participant="${ben.id}"] [data-rr-act=${name}]`);
	};

	await ann.page.click('#panel-button');
	await ann.page.click(`.rr-person[data-rr-participant="${ben.id}"] .rr-person-more`);
	await accessible(ann.page, walk.out, 'panel');
	await act('mute');
	await hasSaid(ben, /A host has muted you/);
	await ann.page.waitForSelector(`#tiles [data-rr-participant="${ben.id}"][data-rr-muted=true]`);
	await act('mute');
	await hasSaid(ben, /lets you speak/);
	await ann.page.click('#lock');
	await hasSaid(ben, /locked/);
	const cleo = await walk.open(CLEO);

	await cleo.page.click('#join-button');
	await cleo.page.waitForSelector('#alert:not([hidden])');
	assert.match(await cleo.page.textContent('#alert-text'), /locked/);
	await ann.page.click('#lock');
	await hasSaid(ben, /open again/);
	await cleo.join();
	await act('transfer');
	await ann.page.click('#confirm-yes');
	await hasSaid(ben, /You are a host now/);
	await ben.page.waitForSelector('#record:not([hidden])');
	await ann.page.waitForSelector('#record[hidden]', { state: 'attached' });
	return cleo;
}

/** Ben, host now, records in a layout of his choice, removes Cleo and ends the call. */
async function endsIt(walk, ann, ben, cleo) {
	const cleoId = await cleo.page.getAttribute('#tiles .rr-self', 'data-rr-participant');

	await ben.page.click('#panel-button');
	await ben.page.fill('#recording-title', 'Weekly');
	await ben.page.check('#layouts input[value=speaker]');
	const id = await ben.record();

	await ben.page.check('#layouts input[value=grid]');
	await ben.heard('the layout to change', (m) => m.event === 'layoutchanged' && m.layout === 'grid');
	await ben.page.click(`.rr-person[data-rr-participant="${cleoId}"] .rr-person-more`);
	await ben.page.click(`.rr-person[data-rr-participant="${cleoId}"] [data-rr-act=kick]`);
	await ben.page.click('#confirm-yes');
	await isView(cleo, 'left');
	assert.match(await cleo.page.textContent('#left-title'), /removed you/);
	await ben.page.click('#end-call');
	await walk.shot(ben, 'end');
	await ben.page.click('#confirm-yes');
	await Promise.all([ann, ben].map((person) => isView(person, 'left')));
	const { body } = await walk.stack.rest(`/recording/${id}`, { token: await walk.stack.token(walk.room) });

	assert.equal(body.title, 'Weekly');
}

const tests = {
	async 'the link fills the form, and keeps the secret from the server; what the page weighs'(walk) {
		const { page, context } = await Person.open(walk.browser, walk.stack, { ...ANN, name: 'Ann <b>Bold</b> Ünal' }, DESKTOP);
		const asked = [], errors = [];
		const tools = await context.newCDPSession(page);
		let bytes = 0;

		page.on('request', (request) => asked.push(request.url()));
		page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
		tools.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
		await tools.send('Network.enable');
		await tools.send('Network.setCacheDisabled', { cacheDisabled: true });
		await page.reload();
		await page.waitForSelector('html[data-rr-ready="true"]');
		await accessible(page, walk.out, 'join');
		walk.report.figure('page_first_load', `${(bytes / 1000).toFixed(1)} kB in ${asked.length} requests`);
		assert.ok(bytes <= MOST_KB * 1000, `${bytes} bytes`);
		assert.equal(await page.inputValue('[name=room]'), 'demo');
		assert.equal(await page.inputValue('[name=name]'), 'Ann <b>Bold</b> Ünal');
		await page.click('#join-button');
		await page.waitForSelector('html[data-rr-view="call"]');
		assert.equal(await page.textContent('#tiles .rr-self .rr-label-name'), 'Ann <b>Bold</b> Ünal (you)');
		assert.ok(asked.every((url) => !decodeURIComponent(url).includes(walk.stack.secret)));
		assert.deepEqual((await tools.send('Page.getAppManifest')).errors, []);
		assert.deepEqual(errors, []);
	},

	async 'a wrong secret is told in a sentence; without camera and microphone one joins as a viewer'(walk) {
		const { page } = await walk.open({ ...ANN, camera: false, microphone: false });

		assert.match(await page.textContent('#media-problem'), /viewer/);
		await page.fill('[name=secret]', 'not the secret');
		await page.click('#join-button');
		await page.waitForSelector('#alert:not([hidden])');
		assert.match(await page.textContent('#alert-text'), /^[A-Z].*[.]$/);
		await page.fill('[name=secret]', walk.stack.secret);
		await page.click('#join-button');
		await page.waitForSelector('html[data-rr-view="call"]');
		assert.equal(await page.getAttribute('#tiles .rr-self', 'data-rr-picture'), 'false');
	},

	async 'the whole story, on a desktop'(walk) {
		await story(walk, 'desktop', DESKTOP);
	},

	async 'the whole story, on a phone'(walk) {
		await story(walk, 'phone', PHONE);
	},

	async 'the whole way by keyboard alone'(walk) {
		const { page } = await walk.open({ ...ANN, name: '' });

		await page.keyboard.type('Ann');
		await page.keyboard.press('Enter');
		await page.waitForSelector('html[data-rr-view="call"]');
		await press(page, '.rr-controls [data-rr-toggle=audio]');
		await page.waitForSelector('.rr-controls [data-rr-toggle=audio][aria-pressed=false]');
		await press(page, '#view');
		await press(page, '[data-rr-do=settings]');
		await tabTo(page, '#themes input:checked');
		await page.keyboard.press('ArrowRight');
		await page.waitForSelector('html[data-rr-theme=light]');
		await page.keyboard.press('Escape');
		await press(page, '#record');
		await page.waitForSelector('#indicator[data-rr-status=recording]');
		assert.match(await page.textContent('[role=status]'), /started/);
		assert.equal(await page.evaluate(() => Boolean(document.querySelector('[role=status] #clock, [role=alert] #clock'))), false);
		assert.equal(await page.evaluate(() => document.getElementById('indicator').getAnimations({ subtree: true }).length), 0);
		await sleep(1500);
		await press(page, '#record');
		await page.waitForSelector('#confirm[open]');
		await page.keyboard.press('Escape');
		assert.equal(await page.getAttribute('#indicator', 'data-rr-status'), 'recording');
		await press(page, '#record');
		await press(page, '#confirm-yes');
		await page.waitForSelector('#indicator[data-rr-status=completed]', { timeout: 60_000 });
		await press(page, '#panel-button');
		assert.equal(await page.evaluate(() => document.activeElement.id), 'panel-title');
		await page.keyboard.press('Escape');
		assert.equal(await page.evaluate(() => document.activeElement.id), 'panel-button');
		await press(page, '#leave');
		await page.waitForSelector('html[data-rr-view="left"]');
		assert.equal(await page.evaluate(() => document.activeElement.id), 'left-title');
	},

	async 'hosts mute, lock, hand over, choose the layout, remove and end the call'(walk) {
		const ann = await walk.joins(ANN), ben = await walk.joins(BEN);

		await ann.sees(1);
		ben.id = await ben.page.getAttribute('#tiles .rr-self', 'data-rr-participant');
		await endsIt(walk, ann, ben, await manages(walk, ann, ben));
	},

	async 'a tab reloaded in a recording, and a broken connection: the same person again, and the clock goes on'(walk) {
		const { relay } = walk;
		const ann = await walk.joins(ANN), ben = await walk.joins(BEN);

		await ann.sees(1);
		const own = () => ben.page.getAttribute('#tiles .rr-self', 'data-rr-participant');
		const id = await ann.record(), who = await own();

		await ben.page.click('.rr-controls [data-rr-toggle=audio]');
		await sleep(2500);
		await ben.page.reload();
		await isView(ben, 'call');
		await ben.page.waitForSelector('.rr-controls [data-rr-toggle=audio][aria-pressed=false]');
		await ben.indicator('recording');
		await hasSaid(ben, /being recorded/);
		assert.equal(await own(), who);
		assert.match(await ben.page.textContent('#clock'), /^0:(0[2-9]|[1-5]\d)$/);
		await ann.sees(1);
		relay.cut();
		await Promise.all([ann, ben].map((person) => person.page.waitForSelector('#connection-note:not([hidden])')));
		assert.match(await ben.page.textContent('#indicator-word'), /not known/);
		await walk.shot(ben, 'cut');
		relay.mend();
		const mended = Date.now();

		await Promise.all([ann, ben].map((person) => person.page.waitForSelector('#indicator[data-rr-status=recording][data-rr-stale=false]')));
		walk.report.figure('the truth is shown again after the connection is back', `${((Date.now() - mended) / 1000).toFixed(1)} s`);
		await hasSaid(ben, /connected again/);
		assert.equal(await own(), who);
		await ann.stop();
		assert.equal(await ann.completed(), id);
		const recording = await Recording.open(join(walk.stack.recordings, id));

		assert.equal(new Set(recording.lines('joined').map(({ participant }) => participant)).size, 2);
	},

	async 'four people and a shared screen: grid, speaker, one of them large'(walk) {
		const calm = { ...DESKTOP, reducedMotion: 'reduce' };
		const ann = await walk.joins({ ...ANN, colour: [70, 120, 130], portrait: '#e2b48f' }, calm), others = [];

		for (const who of [{ ...BEN, colour: [110, 140, 90], portrait: '#8d5a3c' }, { ...CLEO, colour: [120, 100, 160], portrait: '#f0cdb0' }, { name: 'Dmitri', colour: [180, 150, 40], hz: 2000, camera: false }])
			others.push(await walk.joins({ ...who, screen: SCREEN }, others.length ? calm : PHONE));
		await ann.sees(2);
		await ann.record();
		await ann.page.click('#consent-seen');
		await others[0].page.click('#consent-seen');
		await ann.page.click('#panel-button');
		await ann.page.click('#consent-again');
		await ann.page.click('#consent:not([hidden]) #consent-seen');
		await sleep(1000);
		await walk.shot(ann, 'people');
		await others[0].page.emulateMedia({ colorScheme: 'dark' });
		await walk.shot(others[0], 'people-phone');
		await ann.page.click('#panel-close');
		await ann.page.click('#view');
		await ann.page.waitForSelector('#tiles .rr-large');
		await walk.shot(ann, 'speaker');
		await ann.page.click('#share');
		await ann.page.waitForSelector('#tiles .rr-screen.rr-large[data-rr-picture=true]');
		await walk.shot(ann, 'screen');
		await ann.page.hover('#tiles [data-rr-participant]:not(.rr-self):not(.rr-screen)');
		await ann.page.click('#tiles [data-rr-participant]:not(.rr-self):not(.rr-screen) .rr-tile-pin');
		assert.equal(await ann.page.locator('#tiles .rr-large').count(), 1);
		await ann.page.click('#share');
		await ann.page.waitForSelector('#tiles .rr-screen', { state: 'detached' });
		await ann.stop();
		await ann.completed();
	},

	async '360 pixels are enough'(walk) {
		const ann = await walk.open(ANN, NARROW);

		await fitsWidth(ann.page);
		await ann.join();
		const ben = await walk.joins(BEN, NARROW);

		await ann.sees(1);
		await ann.record();
		for (const person of [ann, ben])
			await fitsWidth(person.page);
		await walk.shot(ann, 'narrow-call');
		await ann.page.click('#panel-button');
		await ann.page.click('.rr-person-more:not([hidden])');
		await fitsWidth(ann.page);
		await walk.shot(ann, 'narrow-panel');
		await ann.page.click('#panel-close');
		await ann.stop();
		await ann.completed();
		await ann.leave();
		await fitsWidth(ann.page);
	},
};

export async function run(report, options) {
	const relay = await Relay.listen(options.port + 8, options.port + 1);
	const rooms = Object.keys(tests).map((name, i) => ({ id: `page${i}`, more: /^four people/.test(name) ? 'description = "Monday meeting";' : '' }));
	const stack = await Stack.start(options, { proxy: relay.url, reclaim: 20, extra: 'mix: { width = 640; height = 360; fps = 15 }',
		rooms: [...rooms, ...WAYS.map((name) => ({ id: `${LOBBY}-${name}`, more: `admission = "lobby"; consent = "require"; consent_text = "${PURPOSE}"; guests_download = true;` }))] });
	const browser = await launch();

	try {
		for (const [i, [name, body]] of Object.entries(tests).entries()) {
			await report.test(name, () => body(new Walk(report, stack, browser, relay, options.out, rooms[i].id)));
			await Promise.all(browser.contexts().map((context) => context.close()));
		}
	} finally {
		await browser.close();
		await stack.stop();
		relay.close();
	}
}
