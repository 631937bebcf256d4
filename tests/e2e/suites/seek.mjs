// SPDX-License-Identifier: GPL-3.0-or-later
// Outputs in players: as long as the recording, and wherever one is put to, the picture and the sound of that time. The recording is made without a call
// (tests/e2e/marked.c): each frame of a shared screen carries its number,
// nothing is sent for a while, and it was paused once.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { Firefox } from '../lib/bidi.mjs';
import { launch } from '../lib/browser.mjs';
import { capture } from '../lib/ffmpeg.mjs';
import { Mpv, beepsFrom } from '../lib/mpv.mjs';
import { serveFiles } from '../lib/web.mjs';

const FORMATS = [{ format: 'webm', codec: 'vp8' }, { format: 'webm', codec: 'vp9' }, { format: 'mp4', codec: 'h264' }];
const WHOLE = JSON.stringify([{ x: 0, y: 0, w: 1, h: 1, show: 'screen' }]);
/** Ends in the middle of a second, and of a frame. The long one is longer than the room for the index that an MP4 begins with. */
const DURATION_MS = process.env.RECROOM_FULL ? 300_345 : 14_345;
/** mpv's sound begins with the first picture it shows: from there on, where one begins. */
const SOUND_BEFORE_END_S = 4.945, SOUND_S = 3;
const RANDOM_SEEKS = 10, BEEP_MS = 40;
const seed = Number(process.env.RECROOM_SEED ?? randomInt(2 ** 31));

/** Numbers from 0 to 1, the same for the same seed. */
function* random() {
	for (let state = seed || 1;;) {
		state = Number(BigInt(state) * 48271n % 2147483647n);
		yield state / 2147483647;
	}
}

/** The number of the frame that belongs to a time. */
function frameAt(made, s) {
	const ms = Math.min(Math.max(0, s * 1000), made.durationMs - 1);
	const [from, to] = made.still;

	return Math.floor((ms >= from && ms < to ? from - 1 : ms) * made.fps / 1000);
}

/** A frame more or less is none of the file's doing: its times are whole milliseconds, the players' are not. */
function asked(made, s) {
	const accepted = [0, -1, 1].map((frames) => frameAt(made, s + frames / made.fps));

	return { s, accepted: [...new Set(accepted)] };
}

function places(made) {
	const numbers = random(), end = made.durationMs / 1000, still = made.still.map((ms) => ms / 1000);
	const draw = () => numbers.next().value * end;
	const chosen = [end - 0.5 / made.fps, 0, end, (still[0] + still[1]) / 2, still[1] - 0.2, still[1] + 0.05, made.pauseMs / 1000 + 0.05, made.pauseMs / 1000 - 0.05];

	return [...chosen, ...Array.from({ length: RANDOM_SEEKS }, draw), 0].map((s) => asked(made, Math.round(s * 1000) / 1000));
}

class Files {
	constructor({ build, out }) {
		Object.assign(this, { build, out });
	}

	async make() {
		const recording = join(this.out, 'rec_seek'), said = [];

		await capture(join(this.build, 'e2e-marked'), [recording, String(DURATION_MS)], (data) => said.push(data));
		this.made = { durationMs: DURATION_MS, ...JSON.parse(Buffer.concat(said).toString()) };
		this.places = places(this.made);
		for (const { format, codec } of FORMATS) {
			await capture(join(this.build, 'recroom-pp'), ['compose', '-q', '-d', this.out, '--overwrite', '--format', format, '--codec', codec,
				'--width', String(this.made.width), '--height', String(this.made.height), '--layout', 'custom', '--regions', WHOLE, recording]);
			await rename(join(recording, `output.${format}`), join(this.out, `${codec}.${format}`));
		}
	}

	path({ format, codec }) {
		return join(this.out, `${codec}.${format}`);
	}

	hasLength(duration) {
		const wanted = this.made.durationMs / 1000;

		assert.ok(Math.abs(duration - wanted) <= 1 / this.made.fps, `${duration} s long, not ${wanted}`);
	}

	/** Every picture seen is the one that belongs there; gives how many are so to the frame. */
	areRight(seen) {
		const wrong = this.places.map(({ s, accepted }, i) => ({ s, accepted, seen: seen[i] })).filter(({ accepted, seen: n }) => !accepted.includes(n));

		assert.equal(seen.length, this.places.length);
		assert.deepEqual(wrong, []);
		return `${this.places.filter(({ accepted }, i) => accepted[0] === seen[i]).length} of ${seen.length} seeks to the very frame`;
	}

	/** Beeps begin with the recording's seconds; gives how far off they are. */
	inTime(starts, from, to) {
		const off = starts.map((s) => ((from + s) * 1000 + 500) % 1000 - 500);
		const seconds = starts.map((s) => Math.round(from + s));
		const wanted = Array.from({ length: Math.ceil(to) - Math.ceil(from) }, (_, i) => Math.ceil(from) + i);

		assert.deepEqual(seconds, wanted, `beeps begin at ${starts}`);
		assert.ok(off.every((ms) => Math.abs(ms) <= BEEP_MS), `beeps are off by ${off} ms`);
		return `${Math.min(...off).toFixed(1)} to ${Math.max(...off).toFixed(1)} ms after their seconds`;
	}
}

/** A browser's page; evaluate(body, value) runs in it. */
async function inPage(report, files, name, page, url) {
	for (const kind of FORMATS) {
		const file = `${url}${kind.codec}.${kind.format}`, what = `${name}, ${kind.format} ${kind.codec}`;

		await report.test(`${what}: length, seeks`, async () => {
			const { duration, seekable } = await page.evaluate((source) => globalThis.rrPlayer.open(source), file);

			files.hasLength(duration);
			assert.deepEqual(seekable, [[0, duration]]);
			report.figure(what, files.areRight(await page.evaluate((seeks) => globalThis.rrPlayer.seek(seeks), files.places)));
		});
		await report.test(`${what}: sound`, async () => {
			const beeps = await page.evaluate((source) => globalThis.rrPlayer.beeps(source), file);

			report.figure(`${what}: beeps`, files.inTime(beeps, 0, files.made.durationMs / 1000));
		});
	}
}

async function inChromium(report, files, url) {
	const browser = await launch();

	try {
		const page = await browser.newPage();

		await page.goto(url);
		await page.waitForSelector('html[data-ready]');
		await inPage(report, files, 'Chromium', page, url);
	} finally {
		await browser.close();
	}
}

async function inFirefox(report, files, url) {
	const firefox = await Firefox.launch();

	try {
		await firefox.goto(url);
		await inPage(report, files, `Firefox ${firefox.version}`, firefox, url);
	} finally {
		await firefox.close();
	}
}

async function inMpv(report, files, kind) {
	const what = `mpv, ${kind.format} ${kind.codec}`, folder = join(files.out, `mpv-${kind.codec}`);

	await mkdir(folder, { recursive: true });
	await report.test(`${what}: length, seeks`, async () => {
		const mpv = await Mpv.open(files.path(kind), folder);

		try {
			files.hasLength(await mpv.get('duration'));
			assert.equal(await mpv.get('seekable'), true);
			report.figure(what, files.areRight(await mpv.seek(files.places.map(({ s }) => s))));
		} finally {
			await mpv.close();
		}
	});
	await report.test(`${what}: sound`, async () => {
		const from = DURATION_MS / 1000 - SOUND_BEFORE_END_S, beeps = await beepsFrom(files.path(kind), from, SOUND_S, folder);

		report.figure(`${what}: beeps`, files.inTime(beeps, from, from + SOUND_S));
	});
}

export async function run(report, options) {
	const files = new Files(options), web = await serveFiles(options.out);

	report.figure('seed', `RECROOM_SEED=${seed}`);
	try {
		if (!await report.test('a recording in all formats', () => files.make()))
			return;
		await inChromium(report, files, web.url);
		await inFirefox(report, files, web.url);
		for (const kind of FORMATS)
			await inMpv(report, files, kind);
	} finally {
		web.close();
	}
}
