// SPDX-License-Identifier: GPL-3.0-or-later
// The gallery of the page, in Chromium against real Janus and worker. The recordings are made without a call (tests/e2e/meeting.c), put into the catalog by
// `recroom-pp repair` and mixed by the worker. States that last too short to be looked at, or that nobody wants to bring about, are answered by the test.
// Screenshots stay in out/gallery.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { Person, launch } from '../lib/browser.mjs';
import { capture } from '../lib/ffmpeg.mjs';
import { Stack } from '../lib/stack.mjs';
import { sleep, until } from '../lib/wait.mjs';
import { Library, matches } from '../../../html/gallery/library.js';
import { filesOf, playable, typeOf } from '../../../html/gallery/sources.js';
import { cueAt, parseVtt, pictureOf } from '../../../html/gallery/vtt.js';
import { plain } from '../../../html/gallery/words.js';
import { messages as arabic } from '../../../html/gallery/strings/ar.js';
import { messages as english } from '../../../html/gallery/strings/en.js';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
const DESKTOP = { viewport: { width: 1360, height: 900 } }, PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const HOST = { name: 'Ann', role: 'host', camera: false, microphone: false };
const DAY_MS = 24 * 3600_000, LENGTH_S = 54;
/** Markup, and a mark that would turn all that follows round. */
const HOSTILE = '<img src=x onerror="globalThis.hit = 1"><b>Bold</b> \u202egnp.exe';
const HOSTILE_SEEN = '<img src=x onerror="globalThis.hit = 1"><b>Bold</b> gnp.exe';
const MEETINGS = [{ title: 'Weekly planning', ageMs: 2 * DAY_MS, lengthS: LENGTH_S }, { title: HOSTILE, ageMs: 9 * DAY_MS, lengthS: 20 }, { title: '', ageMs: 10 * DAY_MS, lengthS: 8 }];
/** A browser without WebM. */
const NO_WEBM = `(() => {
	const real = HTMLMediaElement.prototype.canPlayType;
	HTMLMediaElement.prototype.canPlayType = function (type) { return /webm/i.test(type) ? '' : real.call(this, type); };
})()`;

async function makeMeetings({ build }, stack) {
	const now = Date.now();

	await Promise.all(MEETINGS.map(async (meeting, i) => {
		const startedMs = now - meeting.ageMs, dir = join(stack.recordings, `rec_demo_${startedMs}_gallr${'abc'[i]}`);

		meeting.id = dir.split('/').at(-1);
		meeting.startedMs = startedMs;
		await capture(join(build, 'e2e-meeting'), [dir, String(startedMs), String(meeting.lengthS * 1000), meeting.title], () => {});
		await stack.pp('repair', dir);
	}));
}

/** Somebody with the page open at the gallery. */
class Visitor {
	/** The one at a desk stays from test to test, and so hears by events what others do. */
	static async desk(walk) {
		walk.desk ??= await Visitor.open(walk);
		return walk.desk;
	}

	static async open(walk, { who = HOST, context = DESKTOP, init = '', lang = 'en' } = {}) {
		const visitor = new Visitor(), person = await Person.open(walk.browser, walk.stack, { ...who }, { ...context, acceptDownloads: true });

		Object.assign(visitor, { walk, person, page: person.page, context: person.context, errors: person.errors });
		visitor.page.on('console', (message) => message.type() === 'error' && visitor.errors.push(message.text()));
		if (init || lang !== 'en') {
			await visitor.page.addInitScript(init || ';');
			await visitor.page.goto(person.link(walk.stack).replace('?', `?lang=${lang}&`));
			await visitor.page.waitForSelector('html[data-rr-ready="true"]');
		}
		await person.join();
		await visitor.page.click('#gallery-button');
		await visitor.page.waitForSelector('.rr-g-card[data-rr-status=completed] [data-rr-do=play]:enabled');
		return visitor;
	}

	card(id) { return this.page.locator(`.rr-g-card[data-rr-recording="${id}"]`); }
	do(id, name) { return this.card(id).locator(`[data-rr-do=${name}]`); }
	dialog(name = '') { return this.page.locator(`dialog[open] ${name}`.trim()); }
	says(text) { return this.page.waitForFunction((words) => [...document.querySelectorAll('[role=status]')].some((node) => node.textContent.includes(words)), text); }
	shot(name, options) { return this.page.screenshot({ path: join(this.walk.out, `${name}.png`), ...options }); }
	titles() { return this.page.locator('.rr-g-card h3').allTextContents(); }

	async choose(id, name) {
		await this.do(id, 'more').click();
		await this.page.locator(`[role=menu] [data-rr-do=${name}]`).click();
	}

	async close() {
		await this.page.keyboard.press('Escape');
		await this.page.waitForSelector('dialog[open]', { state: 'detached' });
	}

	video(read) { return this.page.$eval('.rr-g-player video', read); }
	playing(timeout = 30_000) {
		return this.page.waitForFunction(() => {
			const video = document.querySelector('.rr-g-player video');

			return video && !video.paused && video.currentTime > 0.2;
		}, null, { timeout });
	}

	async accessible(view) {
		await this.page.evaluate(AXE);
		for (const theme of ['light', 'dark']) {
			await this.page.evaluate((name) => { document.documentElement.dataset.rrTheme = name; }, theme);
			await this.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
			await this.page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
			const { violations } = await this.page.evaluate(() => globalThis.axe.run(document.querySelector('dialog[open]') ?? document.querySelector('.rr-gallery'),
				{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false } } }));

			assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`), [], `${view}, ${theme}`);
			await this.shot(`${view}-${theme}`);
		}
		await this.page.evaluate(() => { document.documentElement.dataset.rrTheme = 'auto'; });
		await this.page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
	}

	/** Nothing sticks out, and all that can be touched is large enough. */
	async fits(view, leastPx = 44) {
		const faults = await this.page.evaluate((least) => {
			const root = document.querySelector('dialog[open]') ?? document.querySelector('.rr-gallery');
			const shown = [...root.querySelectorAll('button, a[href], input, select')].filter((node) => node.checkVisibility() && !node.matches('.rr-g-unseen'));
			const boxes = shown.map((node) => [node.closest('label')?.getBoundingClientRect() ?? node.getBoundingClientRect(), node.outerHTML.slice(0, 90)]);

			return [...document.documentElement.scrollWidth > innerWidth ? [`${document.documentElement.scrollWidth} px wide`] : [],
				...boxes.filter(([box]) => box.left < -0.5 || box.right > innerWidth + 0.5).map(([, html]) => `outside: ${html}`),
				...boxes.filter(([box]) => box.height < least - 0.5 || box.width < least - 0.5).map(([box, html]) => `${box.width}×${box.height}: ${html}`)];
		}, leastPx);

		assert.deepEqual(faults, [], view);
	}
}

/** The gallery by itself, in the page that is open, with a session of the test's own; its node is #mine. */
function mount(page, { token, more = {} }) {
	return page.evaluate(async ({ secret, options }) => {
		const [{ createGallery }, { Recordings }] = await Promise.all([import('/gallery/gallery.js'), import('/sdk/core/src/index.js')]);
		const element = Object.assign(document.createElement('section'), { className: 'rr-gallery', id: 'mine' });
		const made = (room) => new Recordings({ url: location.origin, room, token: secret });
		const said = [];

		document.body.replaceChildren(element);
		globalThis.mine = createGallery({ element, session: { recordings: made('demo'), events: null, can: () => true, announce: (text) => said.push(text), alert: (text) => said.push(text), ...options } });
		globalThis.said = said;
		await globalThis.mine.show();
	}, { secret: token, options: more });
}

const pure = {
	'texts, cues, types and searches'() {
		const cues = parseVtt('WEBVTT\r\n\r\nNOTE no cue\r\n\r\n1\r\n00:01.500 --> 01:02:03.000 line:0\r\n<v Ann &amp; Ben>Ann &amp; Ben</v>\r\n\r\n00:00:00.000 --> 00:00:01.500\r\nfirst\r\n\r\n00:09.000 --> 00:08.000\r\nbackwards\r\n\r\nrubbish --> more\r\nx');

		assert.deepEqual(cues, [{ from: 0, to: 1.5, text: 'first' }, { from: 1.5, to: 3723, text: 'Ann & Ben' }]);
		assert.deepEqual([cueAt(cues, 1.4).text, cueAt(cues, 1.5).text, cueAt(cues, -1), cueAt([], 3)], ['first', 'Ann & Ben', undefined, undefined]);
		assert.deepEqual(pictureOf('s.jpg?sig=1#xywh=160,0,160,90', 'http://a/x/s.vtt?y'), { url: 'http://a/x/s.jpg?sig=1', x: 160, y: 0, w: 160, h: 90 });
		assert.deepEqual(['s.jpg', 'javascript:alert(1)#xywh=0,0,1,1', 's.jpg#xywh=0,0,0,0', 'http://[#xywh=0,0,1,1'].map((text) => pictureOf(text, 'http://a/b')), [null, null, null, null]);
		assert.equal(plain('a\u202eb\u2066c\u0007d\n'), 'abc d');
		const done = (outputId, spec) => ({ outputId, state: 'done', url: 'u', spec }), outputs = [done(1, { format: 'opus' }), done(2, { format: 'webm', video_codec: 'av1' }), done(3, { format: 'mp4' }), done(4, { format: 'stems' }), { ...done(5, { format: 'mp4' }), state: 'running' }];

		assert.deepEqual(playable(outputs, () => 'maybe').map(({ outputId }) => outputId), [2, 3, 1]);
		assert.deepEqual(playable(outputs, (type) => (type.includes('webm') ? '' : 'maybe')).map(({ outputId }) => outputId), [3, 1]);
		assert.equal(typeOf(outputs[1]), 'video/webm; codecs="av01.0.08M.08, opus"');
		assert.equal(typeOf({ mime: 'video/webm', spec: null }), 'video/webm; codecs="vp8, opus"');
		const files = ['2-stems-user1.opus', '2-stems-user11-screen.opus', 'other.opus'].map((name) => ({ name: `outputs/${name}`, kind: 'participant', downloadUrl: 'd' }));

		assert.deepEqual(filesOf({ files: [...files, { kind: 'metadata', name: 'user1.json', downloadUrl: 'd' }] }, [{ id: 'user1' }, { id: 'user11' }]).map(({ participant }) => participant), ['user1', 'user11', '']);
		assert.ok(matches({ title: 'Café Überblick', roomId: 'demo', recordingId: 'rec', participants: [{ name: 'Zoë' }] }, 'zoe uberblick CAFE'));
		assert.ok(!matches({ title: 'Weekly', participants: [] }, 'weekly ann'));
	},

	'every word is there in both languages, with the same places to fill'() {
		const places = (message) => [...new Set((typeof message === 'string' ? message : Object.values(message).join(' ')).match(/\{\w+\}/g))].sort().join();

		assert.deepEqual(Object.keys(arabic), Object.keys(english));
		for (const [key, message] of Object.entries(english)) {
			const forms = typeof message === 'string' ? null : new Intl.PluralRules('ar').resolvedOptions().pluralCategories;

			assert.equal(places(arabic[key]), places(message), key);
			assert.ok(!forms || 'other' in arabic[key], key);
		}
	},

	async 'pages, searches and events, without a document'() {
		const rows = Array.from({ length: 130 }, (_, i) => ({ recordingId: `r${i}`, roomId: 'demo', title: i % 60 === 59 ? 'rare' : 'common', status: 'completed', participants: [] }));
		let asked = 0, told = 0;
		const recordings = {
			async list({ pageSize, pageToken, status }) {
				const from = Number(pageToken ?? 0), all = status ? [] : rows;

				asked++;
				assert.ok(pageSize >= 1 && pageSize <= 100);
				return { recordings: all.slice(from, from + pageSize), nextPageToken: from + pageSize < all.length ? String(from + pageSize) : null };
			},
		};
		const library = new Library({ recordings, events: null, changed: () => { told++; } });

		await library.refresh();
		assert.deepEqual([library.state, library.shown.length, library.hasMore], ['ready', 24, true]);
		await library.more();
		assert.deepEqual([library.shown.length, library.hasMore], [48, true]);
		await library.narrow({ text: 'RARE' });
		assert.deepEqual(library.shown.map(({ recordingId }) => recordingId), ['r59', 'r119'], 'a search reads on');
		assert.equal(library.hasMore, false);
		const before = asked;

		await library.narrow({ text: 'rare r119' });
		assert.deepEqual([library.shown.length, asked], [1, before], 'all was read: nothing is asked for');
		await library.narrow({ text: '', status: 'failed' });
		assert.deepEqual([library.shown.length, library.isNarrowed], [0, true]);
		library.sleep();
		assert.ok(told > 4);
	},
};

const tests = {
	async 'the list says it all in words, and takes titles for words alone'(walk) {
		const ann = await Visitor.desk(walk), { page } = ann, [weekly, hostile, untitled] = MEETINGS;

		assert.deepEqual(await ann.titles(), [weekly.title, HOSTILE_SEEN, (await ann.titles())[2]]);
		assert.match((await ann.titles())[2], /^Recording of .*\d/);
		await page.waitForFunction(() => [...document.querySelectorAll('.rr-g-thumb img')].filter((image) => image.naturalWidth > 0).length === 3);
		const text = await ann.card(weekly.id).innerText();

		assert.match(text, /0:54/);
		assert.match(text.replace(/[\u2068\u2069]/g, ''), /Ann, Ben, and Chloé Dubois/);
		assert.match(await page.locator('.rr-g-count').innerText(), /^3 recordings$/);
		assert.equal(await ann.card(hostile.id).locator('h3 *:not(bdi)').count(), 0);
		assert.equal(await page.evaluate(() => globalThis.hit), undefined);
		const named = await ann.do(hostile.id, 'play').innerText();

		assert.ok(named.includes(`\u2068${HOSTILE_SEEN}\u2069`), named);
		assert.match(await ann.do(untitled.id, 'delete').innerText(), /Delete .*Recording of/);
		await ann.accessible('list');
		await ann.choose(hostile.id, 'details');
		assert.match(await ann.dialog().innerText(), /Kept until\s+somebody deletes it/);
		assert.match(await ann.dialog().innerText(), /Checksum\s+[0-9a-f]{64}/);
		await ann.accessible('details');
		await ann.close();
		assert.equal(await ann.do(hostile.id, 'more').evaluate((node) => node === document.activeElement), true, 'the keyboard is where it was');
		assert.deepEqual(ann.errors, []);
	},

	async 'search, state and days narrow it; nothing found is said, and undone'(walk) {
		const ann = await Visitor.desk(walk), { page } = ann, field = (name) => page.locator(`[data-rr-filter=${name}]`);
		const counts = (n) => page.waitForFunction((wanted) => document.querySelectorAll('.rr-g-card').length === wanted, n);
		const day = (ms) => { const at = new Date(ms); return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`; };

		await field('text').fill('chloe weekly');
		await counts(1);
		await ann.says('1 recording');
		await field('text').fill('');
		await counts(3);
		await field('from').fill(day(MEETINGS[0].startedMs));
		await counts(1);
		await field('from').fill('');
		await field('to').fill(day(MEETINGS[1].startedMs));
		await counts(2);
		await field('to').fill('');
		await field('status').selectOption('failed');
		await counts(0);
		assert.match(await page.locator('.rr-g-empty').innerText(), /No recording fits/);
		await ann.shot('none');
		await page.click('[data-rr-do=clear]');
		await counts(3);
		assert.equal(await field('status').inputValue(), '');
	},

	async 'the storyboard under the pointer, and by the keyboard'(walk) {
		const ann = await Visitor.open(walk, { context: { ...DESKTOP, reducedMotion: 'reduce' } }), thumb = ann.do(MEETINGS[0].id, 'play');
		const { x, y, width, height } = await thumb.boundingBox(), shown = () => thumb.getAttribute('data-rr-picture').then(Number);
		const picture = () => thumb.locator('.rr-g-thumb-pictures').evaluate((node) => `${node.style.backgroundImage} ${node.style.backgroundPosition}`);

		await ann.page.mouse.move(x + width * 0.1, y + height / 2);
		await ann.page.waitForSelector('.rr-g-thumb[data-rr-picture]');
		const [early, first] = [await shown(), await picture()];

		await ann.page.mouse.move(x + width * 0.9, y + height / 2, { steps: 3 });
		await until('another picture', async () => await shown() > early);
		assert.notEqual(await picture(), first);
		assert.match(first, /storyboard\.jpg\?exp=/);
		assert.match(await thumb.locator('.rr-g-thumb-length').innerText(), /^0:4[5-9]$/);
		await ann.shot('storyboard');
		await ann.page.mouse.move(2, 2);
		await until('the thumbnail again', async () => await thumb.getAttribute('data-rr-picture') === null);
		await thumb.focus();
		await ann.page.keyboard.press('ArrowRight');
		await ann.page.waitForSelector('.rr-g-thumb[data-rr-picture="0"]');
		await ann.page.keyboard.press('ArrowRight');
		await ann.page.waitForSelector('.rr-g-thumb[data-rr-picture="1"]');
		await ann.page.emulateMedia({ reducedMotion: 'no-preference' });
		await ann.page.keyboard.press('Tab');
		await ann.page.keyboard.press('Shift+Tab');
		await until('it to go by itself', async () => await shown() > 8);
	},

	async 'the player: chapters, who speaks, keys, seeking with pictures'(walk) {
		const ann = await Visitor.desk(walk), { page } = ann, time = () => ann.video(({ currentTime }) => currentTime), press = (key) => page.keyboard.press(key);

		await ann.do(MEETINGS[0].id, 'play').press('Enter');
		await ann.playing();
		const chapters = ann.dialog('.rr-g-chapters button');

		await until('chapters', async () => await chapters.count() === 3);
		assert.match((await chapters.allTextContents()).join('|'), /^0:00 [^|]*Ann[^|]*\|0:20 Ann shares a screen\|0:32 [^|]*Ben/);
		assert.equal(await ann.dialog('.rr-g-marks span').count(), 2);
		await press('k');
		await until('it to stand', () => ann.video(({ paused }) => paused));
		await press('Home');
		for (const [keys, wanted] of [[['l', 'l'], 20], [['j'], 10], [['ArrowRight'], 15], [['ArrowLeft', 'ArrowLeft'], 5], [['n'], 20], [['n'], 32], [['p'], 20], [['End'], LENGTH_S], [['Home'], 0]]) {
			for (const key of keys)
				await press(key);
			await until(`${keys} to lead to ${wanted} s`, async () => Math.abs(await time() - wanted) < 0.3);
		}
		await press('m');
		assert.equal(await ann.video(({ muted }) => muted), true);
		await press('m');
		await press('ArrowDown');
		assert.equal(await ann.video(({ volume }) => volume), 0.9);
		await press('c');
		assert.equal(await ann.dialog('[data-rr-do=speakers]').getAttribute('aria-pressed'), 'true');
		await press('l');
		await until('who speaks', () => ann.video(({ textTracks }) => textTracks[0].activeCues?.[0]?.text === '<v Ann>Ann</v>'));
		await press('f');
		await page.waitForFunction(() => document.fullscreenElement?.classList.contains('rr-g-stage'));
		await press('f');
		await page.waitForFunction(() => !document.fullscreenElement);
		await press('?');
		assert.match(await ann.dialog('.rr-g-help').innerText(), /Space\s*K\s+Play or pause/);
		await ann.accessible('player');
		await press('?');
		await chapters.nth(2).press('Enter');
		await until('the chapter', async () => Math.abs(await time() - 32) < 0.3 && await chapters.nth(2).getAttribute('aria-current') === 'true');
		await press(' ');
		await until('a chapter pressed again, as it is a button', async () => Math.abs(await time() - 32) < 0.3 && await ann.video(({ paused }) => paused));
		const seek = ann.dialog('[data-rr-seek]'), box = await seek.boundingBox();

		await page.mouse.move(box.x + box.width * 0.2, box.y + box.height / 2);
		await page.mouse.down();
		await page.mouse.move(box.x + box.width * 0.45, box.y + box.height / 2, { steps: 4 });
		const preview = ann.dialog('.rr-g-preview');

		assert.match(await preview.innerText(), /0:2[3-5]\s+Ann shares a screen/);
		assert.match(await preview.locator('.rr-g-preview-picture').evaluate((node) => node.style.backgroundImage), /storyboard\.jpg/);
		await ann.shot('seeking');
		await page.mouse.up();
		await until('the time it was dragged to', async () => Math.abs(await time() - LENGTH_S * 0.45) < 2);
		assert.match(await seek.getAttribute('aria-valuetext'), /^2[3-5] seconds of 54 seconds, .*Ann shares a screen/);
		await ann.close();
		await page.waitForSelector('.rr-g-player', { state: 'detached' });
		assert.equal(await page.isVisible('#gallery'), true, 'Escape closed the dialog alone');
		assert.deepEqual(ann.errors, []);
	},

	async 'a link for others: made, copied, followed without a token, listed, taken back'(walk) {
		const ann = await Visitor.desk(walk), { page } = ann, { id } = MEETINGS[0];

		await ann.context.grantPermissions(['clipboard-read', 'clipboard-write']);
		await ann.do(id, 'share').click();
		await ann.dialog('input[type=radio][value="3600"]').check();
		await ann.dialog('[data-rr-do=create]').click();
		const address = ann.dialog('[data-rr-share=address]');

		await address.waitFor();
		const url = await address.inputValue(), follow = () => fetch(url, { headers: { Range: 'bytes=0-9' } }).then(({ status }) => status);

		assert.ok(url.startsWith(`${walk.stack.url}s/`), url);
		assert.equal(await follow(), 206);
		await ann.dialog('[data-rr-do=copy]').click();
		await ann.says('The link is copied.');
		assert.equal(await ann.dialog('.rr-g-made .rr-g-faint').innerText(), 'The link is copied.');
		assert.equal(await page.evaluate(() => navigator.clipboard.readText()), url);
		const { body } = await walk.stack.rest(`/recording/${id}/shares`, { token: walk.token });

		assert.ok(Math.abs(body.shares[0].expiresAt - Date.now() - 3600_000) < 60_000);
		await page.locator('dialog[open] [data-rr-good=true]').waitFor();
		await ann.accessible('share');
		await ann.dialog('[data-rr-do=revoke]').click();
		await page.locator('dialog[open] [data-rr-good=false]').waitFor();
		assert.match(await ann.dialog('.rr-g-links').innerText(), /Taken back[^]*used 1 time/);
		assert.equal(await follow(), 410);
		await ann.close();
	},

	async 'another version: made with progress, played, saved; a file for each person'(walk) {
		const ann = await Visitor.desk(walk), { page } = ann, { id } = MEETINGS[2], output = (n) => ann.dialog(`[data-rr-output="${n}"]`);
		const done = (n) => page.waitForSelector(`dialog[open] [data-rr-output="${n}"][data-rr-state=done]`, { timeout: 90_000 });

		await ann.choose(id, 'versions');
		await output(1).waitFor();
		await ann.dialog('[data-rr-order=format]').selectOption('stems');
		assert.equal(await ann.dialog('[data-rr-order=layout]').isVisible(), false);
		await ann.dialog('[data-rr-do=recompose]').click();
		await ann.says('The new version is being made.');
		await ann.dialog('[data-rr-order=format]').selectOption('webm');
		await ann.dialog('[data-rr-order=layout]').selectOption('speaker');
		await ann.dialog('[data-rr-order=without][value=user2]').check();
		await ann.dialog('[data-rr-do=recompose]').click();
		await output(3).locator('[role=progressbar]').waitFor();
		await ann.shot('versions-made');
		await done(2);
		await done(3);
		assert.match((await output(3).innerText()).replace(/[\u2068\u2069]/g, ''), /WebM video · Speaker · without Ben/);
		assert.deepEqual((await output(2).locator('[data-rr-do=download] > span:first-of-type').allTextContents()).map((text) => text.replace(/[\u2068\u2069]/g, '')), ['Ann', 'Ben', 'Chloé Dubois']);
		await ann.accessible('versions');
		const [download] = await Promise.all([page.waitForEvent('download'), output(2).locator('[data-rr-do=download]').nth(1).click()]);

		assert.match(download.suggestedFilename(), /^recording 20\d\d-\d\d-\d\d \d\d\.\d\d-user2\.opus$/);
		await output(3).locator('[data-rr-do=play]').click();
		await ann.playing();
		assert.equal(await ann.video(({ dataset }) => dataset.rrOutput), '3');
		await ann.dialog('[data-rr-player=version]').selectOption('1');
		await ann.playing();
		assert.equal(await ann.video(({ dataset }) => dataset.rrOutput), '1');
		await ann.close();
		const [whole] = await Promise.all([page.waitForEvent('download'), ann.do(MEETINGS[0].id, 'download').click()]);

		assert.match(whole.suggestedFilename(), /^Weekly planning 20\d\d-\d\d-\d\d \d\d\.\d\d\.webm$/);
		assert.deepEqual(ann.errors, []);
	},

	async 'a browser without WebM: says so, makes an MP4 and plays it; the next time it is chosen'(walk) {
		const ann = await Visitor.open(walk, { init: NO_WEBM, context: PHONE }), { id } = MEETINGS[1];

		await ann.do(id, 'play').tap();
		await ann.dialog('[data-rr-do=make-mp4]').waitFor();
		assert.match(await ann.dialog('.rr-g-instead').innerText(), /This browser cannot play/);
		await ann.fits('nothing to play');
		await ann.shot('phone-unplayable');
		await ann.dialog('[data-rr-do=make-mp4]').tap();
		await ann.dialog('.rr-g-instead [role=progressbar]').waitFor();
		await ann.shot('phone-making');
		await ann.playing(90_000);
		const mp4 = () => ann.video((video) => [video.currentSrc.includes('.mp4'), video.videoWidth > 0]);

		assert.deepEqual(await mp4(), [true, true]);
		await ann.fits('player on a phone');
		await ann.shot('phone-player');
		await ann.dialog('[data-rr-do=close]').first().tap();
		await ann.do(id, 'play').tap();
		await ann.playing();
		assert.deepEqual(await mp4(), [true, true]);
		assert.deepEqual(ann.errors, []);
	},

	async 'held: not to be deleted until it is released; somebody taken out for good'(walk) {
		const ann = await Visitor.desk(walk), { id } = MEETINGS[1];

		await ann.choose(id, 'hold');
		await ann.dialog('[data-rr-hold=reason]').fill('Case 4711');
		await ann.dialog('[data-rr-do=yes]').click();
		await ann.says('is held');
		await ann.card(id).locator('[data-rr-flag=held]').waitFor();
		assert.equal(await ann.do(id, 'delete').isVisible(), false);
		await ann.choose(id, 'release');
		await ann.dialog('[data-rr-do=yes]').click();
		await ann.do(id, 'delete').waitFor();
		await ann.choose(id, 'erase');
		const yes = ann.dialog('[data-rr-do=yes]');

		assert.equal(await yes.isEnabled(), false);
		await ann.dialog('[data-rr-erase=user3]').check();
		assert.equal(await yes.isEnabled(), false);
		await ann.accessible('erase');
		await ann.dialog('[data-rr-erase=sure]').check();
		await yes.click();
		await ann.card(id).locator('[data-rr-flag=erased]').waitFor({ timeout: 60_000 });
		await ann.page.waitForFunction((one) => !document.querySelector(`[data-rr-recording="${one}"] .rr-g-who`).textContent.includes('Chloé'), id);
	},

	async 'by the keyboard alone: to a card, its menu, and what is deleted is named'(walk) {
		const ann = await Visitor.desk(walk), { page } = ann, { id } = MEETINGS[2], more = ann.do(id, 'more');
		const title = (await ann.titles())[2], at = () => page.evaluate(() => document.activeElement.dataset.rrDo ?? document.activeElement.dataset.rrFilter ?? '');
		const way = [];

		await page.locator('[data-rr-do=refresh]').focus();
		for (let i = 0; i < 30 && !await more.evaluate((node) => node === document.activeElement); i++) {
			way.push(await at());
			await page.keyboard.press('Tab');
		}
		assert.deepEqual(way.filter((one, i) => one !== way[i - 1]).slice(0, 10), ['refresh', 'text', 'status', 'from', 'to', 'play', 'download', 'share', 'delete', 'more']);
		await page.keyboard.press('Enter');
		await page.waitForSelector('[role=menu]');
		assert.equal(await at(), 'details');
		await page.keyboard.press('End');
		assert.equal(await at(), 'erase');
		await page.keyboard.press('v');
		assert.equal(await at(), 'versions');
		await ann.shot('menu');
		await page.keyboard.press('Escape');
		await page.waitForSelector('[role=menu]', { state: 'detached' });
		assert.equal(await at(), 'more');
		await page.keyboard.press('Shift+Tab');
		await page.keyboard.press('Enter');
		assert.ok((await ann.dialog().innerText()).includes(title), 'it is named');
		assert.equal(await at(), 'no', 'who presses Enter twice has deleted nothing');
		await ann.accessible('delete');
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await ann.says('is being deleted');
		await ann.card(id).waitFor({ state: 'detached' });
		assert.equal((await walk.stack.rest(`/recording/${id}`, { token: walk.token })).status, 404);
		assert.equal(await page.evaluate(() => document.activeElement !== document.body), true);
	},

	async 'a phone in Arabic: from right to left, nothing sticks out, all large enough'(walk) {
		const ann = await Visitor.open(walk, { context: PHONE, lang: 'ar' }), { page } = ann;

		assert.deepEqual(await page.evaluate(() => [document.documentElement.dir, document.querySelector('.rr-g-head h2').textContent]), ['rtl', 'التسجيلات']);
		await ann.fits('list');
		await ann.accessible('phone-arabic');
		await page.tap('[data-rr-do=filters]');
		await ann.fits('filters');
		await ann.shot('phone-arabic-filters');
		await ann.choose(MEETINGS[0].id, 'versions');
		await ann.dialog('[data-rr-output="1"]').waitFor();
		await ann.fits('versions');
		await ann.shot('phone-arabic-versions');
		await ann.dialog('[data-rr-do=close]').tap();
		await ann.do(MEETINGS[0].id, 'share').tap();
		await ann.fits('share');
		await ann.shot('phone-arabic-share');
		await ann.dialog('[data-rr-do=close]').tap();
		await page.setViewportSize(DESKTOP.viewport);
		await ann.shot('arabic');
		assert.deepEqual(ann.errors, []);
	},
};

/** What the server would say of recordings in every state. */
function inEveryState(body) {
	const [one] = body.recordings, now = Date.now(), bare = { ...one, url: undefined, downloadUrl: undefined, storyboardUrl: undefined, thumbnailUrl: undefined, size: 1_200_000 };
	const make = (title, change, of = bare) => ({ ...of, recordingId: `rec_demo_1_${title.toLowerCase().replace(/\W/g, '')}`, title, ...change });

	return [make('Live', { status: 'recording', duration: 65_000 }), make('Paused', { status: 'paused' }), make('Mixed', { status: 'processing', progress: { stage: 'composing', percent: 42, etaMs: 5000, lagMs: 0 } }),
		make('Sent away', { status: 'uploading', progress: { stage: 'uploading', percent: 80, etaMs: 1000, lagMs: 0 } }), make('Broken', { status: 'failed', reason: 'host_lost', flags: ['interrupted', 'degraded'] }),
		make('Going', { status: 'deleting' }), make('Kept for the court', { flags: ['held', 'repaired'] }, one), make('Soon gone', { keepUntil: now + 30 * 3600_000 }, one), make('A very long title that goes on and on, as titles do when nobody stops them, and then some more of it', { flags: ['erased'], keepUntil: now + 40 * DAY_MS, originalsUntil: now + 5 * DAY_MS }, one)];
}

const mounted = {
	async 'every state in words; without events it asks again; hidden or ended it does nothing more'(walk, page) {
		let asked = 0, fail = false, slow = 0;

		await page.route('**/recordings?*', async (route) => {
			asked++;
			await sleep(slow);
			if (fail)
				return route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify({ type: '/problems/forbidden', title: 'No.', status: 403, detail: 'No.', code: 'forbidden', requestId: '1' }) });
			const answer = await route.fetch(), body = await answer.json();

			return route.fulfill({ response: answer, json: { ...body, recordings: inEveryState(body) } });
		});
		await mount(page, walk);
		const words = (title) => page.locator('.rr-g-card', { hasText: title }).innerText(), visitor = Object.assign(new Visitor(), { walk, page });

		assert.match(await words('Live'), /Recording now/);
		assert.match(await words('Mixed'), /Processing, 42%/);
		assert.match(await words('Sent away'), /Uploading, 80%/);
		assert.match(await words('Broken'), /Failed[\s\S]*server that has it is gone[\s\S]*Interrupted[\s\S]*Parts missing/i);
		assert.match(await words('Kept for the court'), /Held[\s\S]*Repaired/);
		assert.match(await words('Soon gone'), /Will be deleted (tomorrow|in 1 day|in 30 hours)/);
		assert.match(await words('A very long'), /Kept until/);
		assert.equal(await page.locator('.rr-g-card', { hasText: 'Sent away' }).getByRole('progressbar').getAttribute('aria-valuenow'), '80');
		await visitor.accessible('states');
		await visitor.shot('states', { fullPage: true });
		const before = asked;

		await until('it to ask again', () => asked > before, 8000);
		fail = true;
		await page.locator('.rr-g-failed p').waitFor();
		assert.equal(await page.locator('.rr-g-failed p').innerText(), 'You may not do this. (forbidden)');
		assert.equal(await page.locator('.rr-g-card').count(), 9, 'what was there is still there');
		fail = false;
		await page.click('[data-rr-do=retry]');
		await page.waitForSelector('.rr-g-failed', { state: 'hidden' });
		await page.evaluate(() => globalThis.mine.hide());
		const hidden = asked;

		await sleep(2600);
		assert.equal(asked, hidden, 'hidden, it asks for nothing');
		await page.evaluate(() => globalThis.mine.show());
		assert.ok(asked > hidden);
		await page.evaluate(() => globalThis.mine.destroy());
		assert.equal(await page.locator('#mine *').count(), 0);
		fail = true;
		slow = 400;
		await mount(page, walk);
		await page.locator('.rr-g-failed p').waitFor();
		await visitor.shot('failed');
		await page.unroute('**/recordings?*');
	},

	async 'events are shown as they come; that it expires is told; several rooms can be chosen from'(walk, page) {
		const { id } = MEETINGS[0], card = page.locator(`.rr-g-card[data-rr-recording="${id}"]`);
		let status = 'processing';

		await page.route('**/recordings?*', async (route) => {
			const answer = await route.fetch(), body = await answer.json();

			return route.fulfill({ response: answer, json: { ...body, recordings: body.recordings.map((one) => (one.recordingId === id ? { ...one, status } : one)) } });
		});
		await page.evaluate(async ([token, annexe]) => {
			const [{ createGallery }, { Recordings }] = await Promise.all([import('/gallery/gallery.js'), import('/sdk/core/src/index.js')]);
			const element = Object.assign(document.createElement('section'), { className: 'rr-gallery', id: 'mine' }), made = (room, secret) => ({ room, recordings: new Recordings({ url: location.origin, room, token: secret }) });

			globalThis.said = [];
			globalThis.events = new EventTarget();
			globalThis.tell = (detail) => globalThis.events.dispatchEvent(new CustomEvent('recordingevent', { detail }));
			document.body.replaceChildren(element);
			globalThis.mine = createGallery({ element, session: { rooms: [made('demo', token), made('annexe', annexe)], events: globalThis.events, can: () => false, announce: (text) => globalThis.said.push(text), alert() {} } });
			await globalThis.mine.show();
		}, [walk.token, walk.annexe]);
		assert.equal(await page.locator('[data-rr-do=share]:visible, [data-rr-do=delete]:visible').count(), 0, 'who may not is not offered it');
		await page.evaluate((one) => globalThis.tell({ event: 'recordingprogress', recordingId: one, outputId: 1, stage: 'composing', percent: 63 }), id);
		assert.match(await card.innerText(), /Processing, 63%/);
		status = 'completed';
		await page.evaluate((one) => globalThis.tell({ event: 'recordingcompleted', recordingId: one }), id);
		await page.waitForSelector(`[data-rr-recording="${id}"][data-rr-status=completed]`);
		await page.evaluate((one) => globalThis.tell({ event: 'recordingexpiring', recordingId: one, at: Date.now() + 86_400_000 }), id);
		assert.match((await page.evaluate(() => globalThis.said.join())).replace(/[\u2068\u2069]/g, ''), /Weekly planning will be deleted on/);
		await page.locator('[data-rr-filter=room]').selectOption('annexe');
		await page.locator('.rr-g-empty').waitFor();
		assert.match(await page.locator('.rr-g-empty').innerText(), /No recordings yet/);
		await Object.assign(new Visitor(), { walk, page }).accessible('empty');
		await page.unroute('**/recordings?*');
	},

	async 'who may see but not watch is told so; titles, dates and sizes in the language that is chosen'(walk, page) {
		await mount(page, { token: walk.guest, more: {} });
		await page.evaluate(() => import('/i18n.js').then(({ setLanguage }) => setLanguage('ar')));
		await page.waitForFunction(() => document.querySelector('#mine h2').textContent === 'التسجيلات');
		assert.equal(await page.locator('.rr-g-card').first().locator('[data-rr-do=play]').isDisabled(), true);
		assert.equal(await page.locator('[data-rr-do=download]:visible').count(), 0);
		await page.evaluate(() => import('/i18n.js').then(({ setLanguage }) => setLanguage('en')));
		await page.waitForFunction(() => document.querySelector('#mine h2').textContent === 'Recordings');
	},
};

export async function run(report, options) {
	for (const [name, body] of Object.entries(pure))
		await report.test(name, body);
	const stack = await Stack.start(options, { rooms: ['annexe'], extra: 'mix: { width = 320; height = 180; fps = 8 }' });
	const browser = await launch();

	try {
		const [token, guest, annexe] = await Promise.all([stack.token('demo', 'host'), stack.token('demo', 'guest'), stack.token('annexe', 'host'), makeMeetings(options, stack)]);
		const walk = { stack, browser, out: options.out, token, guest, annexe }, ready = async () => (await stack.rest('/recordings', { token })).body.recordings.filter(({ status }) => status === 'completed').length === MEETINGS.length;

		await report.test('recordings without a call', () => until('them to be mixed', ready, 60_000));
		for (const [name, body] of Object.entries(tests)) {
			if (!await report.test(name, () => body(walk)))
				walk.desk = null;
			await Promise.all(browser.contexts().filter((context) => context !== walk.desk?.context).map((context) => context.close()));
		}
		const page = await browser.newPage(DESKTOP);

		for (const [name, body] of Object.entries(mounted)) {
			await page.goto(stack.url);
			await report.test(name, () => body(walk, page));
		}
	} finally {
		await browser.close();
		await stack.stop();
	}
}
