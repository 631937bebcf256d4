// SPDX-License-Identifier: GPL-3.0-or-later
// Four people, each with a colour and a tone, flash and beep; the host presses Record and Stop. Then everything they drew and sounded is
// looked for, first in the chunks and then in the finished file.
//
//   page: truth (drawn, sounded) ──▶ chunks ──▶ output.webm          recording time 0 is when the host was told that it runs

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { Person, launch } from '../lib/browser.mjs';
import { loudness, probe } from '../lib/ffmpeg.mjs';
import { between, findBeeps, findFlashes, match, quantile } from '../lib/pulses.mjs';
import { Recording } from '../lib/recording.mjs';
import { Relay } from '../lib/relay.mjs';
import { Stack } from '../lib/stack.mjs';
import { brightnessCurve, readingOrder, usualTile, whole } from '../lib/tiles.mjs';
import { sleep } from '../lib/wait.mjs';

const PEOPLE = [
	{ name: 'Ann', role: 'host', colour: [180, 50, 50], hz: 500, phaseMs: 0 },
	{ name: 'Ben', colour: [40, 140, 70], hz: 900, phaseMs: 250 },
	{ name: 'Chloé', colour: [50, 80, 190], hz: 1400, phaseMs: 500 },
	{ name: 'Dmitri', colour: [180, 150, 40], hz: 2000, phaseMs: 750 },
];

/** A pulse belongs to the one that was sent if it is not further away [ms]. */
const WITHIN_MS = 200;
/** At the beginning a keyframe is waited for; the last frames may be cut [ms]. */
const LEAD_MS = 1000, TAIL_MS = 300;
const QUIET_FROM_MS = 5000, QUIET_MOMENTS = 5;

const milliseconds = (n) => `${n.toFixed(1)} ms`;
const percent = (n) => `${(100 * n).toFixed(2)} %`;

async function makeCall(stack, relay, { quick, out }) {
	const browser = await launch();

	try {
		const people = [];

		for (const who of PEOPLE)
			people.push(await Person.join(browser, stack, who));
		await Promise.all(people.map((person) => person.sees(PEOPLE.length - 1)));
		const call = await recordCall(people, relay, quick ? 15 : 60);

		await people[0].page.screenshot({ path: join(out, 'call.png') });
		return { ...call, address: await playedAddress(stack, call.id), errors: people.flatMap(({ errors }) => errors) };
	} finally {
		await browser.close();
	}
}

async function recordCall(people, relay, seconds) {
	const [host] = people;
	const id = await host.record();

	await Promise.all(people.map((person) => person.indicator('recording')));
	await sleep(seconds * 1000);
	await host.stop();
	const stopped = Date.now();

	await Promise.all(people.map((person) => person.completed()));
	const completedMs = Date.now() - stopped;
	const truths = await Promise.all(people.map((person) => person.truth()));
	const event = (name) => host.messages.find(({ data }) => data.event === name && data.recordingId === id);
	const [began, ended] = relay.times('"recroom":"recording"');

	return { id, truths, completedMs, event, told: began, repliesApartMs: ended - began };
}

/** A recording time [ms] behind `from`, long after somebody's last flash: codecs need a few frames to settle. */
function quietTime(zero, { phaseMs }, from) {
	return from + (((phaseMs - 400 - zero - from) % 1000) + 1000) % 1000;
}

/** The signed address at which a host's player plays the finished file. */
async function playedAddress(stack, id) {
	const { body } = await stack.rest(`/recording/${id}`, { token: await stack.token() });

	return new URL(body.url, stack.url).href;
}

/** The finished file as Chromium shows it: 160 × 90 pixels, of each the median of quiet times of each participant, since what a sender's codec leaves in one is no colour of ours. */
async function readPictures(address, zero, everyMs) {
	const browser = await launch({ graphics: true });

	try {
		const page = await browser.newPage();
		const pictures = [];

		await page.goto(address);
		await page.waitForFunction(() => document.querySelector('video').readyState >= 2);
		for (const who of PEOPLE) {
			const several = [];

			for (let i = 0; i < QUIET_MOMENTS; i++)
				several.push(await page.locator('video').evaluate(readPicture, quietTime(zero, who, QUIET_FROM_MS + i * everyMs) / 1000));
			pictures.push(several[0].map((_, i) => quantile(several.map((one) => one[i]), 0.5)));
		}
		return pictures;
	} finally {
		await browser.close();
	}
}

/** In the page: seeks, draws the picture and gives its pixels, RGBA. */
async function readPicture(video, seconds) {
	const seeked = new Promise((resolve) => {
		video.onseeked = resolve;
	});

	video.pause();
	video.currentTime = seconds;
	await seeked;
	const canvas = new OffscreenCanvas(160, 90);
	const context = canvas.getContext('2d', { colorSpace: 'srgb' });

	context.drawImage(video, 0, 0, 160, 90);
	return [...context.getImageData(0, 0, 160, 90).data];
}

/** What the chunks of one participant hold, and what the output shows and sounds of them. */
async function examine(recording, output, who, truth, scratch) {
	const id = await recording.idOf(who.name);
	const frames = await recording.capturedFrames(id, 'video', scratch);
	const tile = usualTile(output.frames.filter((_, i) => i % 10 === 0), who.colour);

	assert.ok(tile, `no tile of ${who.name}'s colour in the output`);
	return {
		who, id, tile,
		flashes: { truth: truth.flashes, captured: findFlashes(brightnessCurve(frames, whole), who.colour),
			output: findFlashes(brightnessCurve(output.frames, tile), who.colour) },
		beeps: { truth: truth.beeps, captured: findBeeps(await recording.capturedSound(id, 'audio', scratch), who.hz),
			output: findBeeps(output.sound, who.hz) },
	};
}

/**
 * When recording time 0 was, in ms since 1970, of all flashes in the chunks: about when the host was told that it runs, though on a busy machine
 * the reply may be late. Then gives each participant's pulses as recording times: all (`ever`), and those that must be there (`sent`).
 */
function setZero(all, told, durationMs) {
	const shifts = all.flatMap(({ flashes }) => match(flashes.truth.map((t) => t - told), flashes.captured, 490).pairs.map(([t, found]) => found - t));
	const zero = told - quantile(shifts, 0.5);

	for (const one of all)
		for (const kind of [one.flashes, one.beeps]) {
			kind.ever = kind.truth.map((t) => t - zero);
			kind.sent = between(kind.ever, LEAD_MS, durationMs - TAIL_MS);
			kind.inside = between(kind.captured, LEAD_MS, durationMs - TAIL_MS);
		}
	return zero;
}

/** How late pulses are in the chunks, against the clock of the page. */
function spread({ sent, captured }) {
	const late = match(sent, captured, WITHIN_MS).pairs.map(([t, found]) => found - t);
	const middle = quantile(late, 0.5);

	return `${milliseconds(middle)} ± ${milliseconds(quantile(late.map((t) => Math.abs(t - middle)), 0.95))}`;
}

const total = (all, count) => all.reduce((sum, one) => sum + count(one), 0);

/** Checks one kind of pulse, "flashes" or "beeps", of everybody. */
async function checkPulses(report, all, kind) {
	await report.test(`${kind}: at least 99 % of those sent are in the chunks`, () => {
		const sent = total(all, (one) => one[kind].sent.length);
		const missing = total(all, (one) => match(one[kind].sent, one[kind].captured, WITHIN_MS).missing.length);

		report.figure(`${kind} sent, not in the chunks`, `${missing} of ${sent}`);
		assert.ok(sent > 0 && missing <= sent / 100, lostOnes(all, kind, 'captured'));
	});
	await report.test(`${kind}: every one in the chunks is in the output, in the right tile or tone`, () => {
		for (const one of all) {
			const { missing } = match(one[kind].inside, one[kind].output, 100);

			assert.deepEqual(missing, [], `${one.who.name}`);
		}
	});
	await report.test(`${kind}: at least 99 % of those sent are in the output, no more than 1 % false`, () => {
		const sent = total(all, (one) => one[kind].sent.length);
		const missing = total(all, (one) => match(one[kind].sent, one[kind].output, WITHIN_MS).missing.length);
		const found = total(all, (one) => one[kind].output.length);
		const extra = total(all, (one) => match(one[kind].ever, one[kind].output, WITHIN_MS).extra.length);

		report.figure(`${kind} sent and in the output`, percent(1 - missing / sent));
		report.figure(`${kind} false`, `${extra} of ${found}`);
		assert.ok(missing <= sent / 100, lostOnes(all, kind, 'output'));
		assert.ok(extra <= found / 100);
	});
}

function lostOnes(all, kind, where) {
	return all.map((one) => `${one.who.name}: ${match(one[kind].sent, one[kind][where], WITHIN_MS).missing.map(Math.round).join(' ') || 'none'}`).join('; ');
}

/** Flash minus beep of each pulse. */
function skews(one, where) {
	const nearest = (list, t) => list.reduce((best, f) => (Math.abs(f - t) < Math.abs(best - t) ? f : best), Infinity);

	return one.flashes.sent.flatMap((t) => {
		const flash = nearest(one.flashes[where], t), beep = nearest(one.beeps[where], t);

		return Math.abs(flash - t) <= WITHIN_MS && Math.abs(beep - t) <= WITHIN_MS ? [flash - beep] : [];
	});
}

async function checkLipSync(report, all) {
	await report.test('lip sync: each participant within 40 ms at the 95th percentile', () => {
		for (const where of ['captured', 'output'])
			for (const one of all) {
				const list = skews(one, where);

				report.figure(`lip sync of ${one.who.name}, ${where}: p95, median`,
					`${milliseconds(quantile(list.map(Math.abs), 0.95))}, ${milliseconds(quantile(list, 0.5))}`);
			}
		for (const one of all)
			assert.ok(quantile(skews(one, 'output').map(Math.abs), 0.95) <= 40, one.who.name);
	});
}

async function checkDuration(report, call, recording) {
	await report.test('duration: file, event and replies agree', async () => {
		const { format, streams } = await probe(recording.output);
		const said = call.event('recordingstopped').data.duration;
		const fileMs = Number(format.duration) * 1000;
		const [num, den] = streams.find(({ codec_type: type }) => type === 'video').r_frame_rate.split('/').map(Number);

		report.figure('duration of the file, less recordingstopped', milliseconds(fileMs - said));
		report.figure('recordingstopped, less the time between the replies', milliseconds(said - call.repliesApartMs));
		assert.ok(Math.abs(fileMs - said) <= 1000 * den / num + 0.5);
		assert.ok(Math.abs(said - call.repliesApartMs) <= 250);
	});
}

async function checkColours(report, pictures, all) {
	await report.test('colours: Chromium shows each tile within 3 levels of what was sent', () => {
		for (const [i, { who, tile }] of all.entries()) {
			const x = Math.round(tile.x0 * 0.5 + tile.x1 * 0.5), y = Math.round(tile.y0 * 0.6 + tile.y1 * 0.4);
			const shown = pictures[i].slice((y * 160 + x) * 4, (y * 160 + x) * 4 + 3);

			report.figure(`colour of ${who.name}, sent and shown`, `${who.colour.join(' ')}, ${shown.join(' ')}`);
			assert.ok(who.colour.every((c, k) => Math.abs(c - shown[k]) <= 3), `${who.name}: ${shown}`);
		}
	});
}

export async function run(report, options) {
	const relay = await Relay.listen(options.port + 8, options.port + 1);
	const stack = await Stack.start(options, { proxy: relay.url });
	let call = null, recording = null, pictures = null;

	try {
		await report.test('four people in a call, recorded by the host, completed in everybody\'s browser', async () => {
			call = await makeCall(stack, relay, options);
			recording = await Recording.open(join(stack.recordings, call.id));
			pictures = await readPictures(call.address, call.told, options.quick ? 2000 : 9000);
			assert.deepEqual(call.errors, []);
		});
	} finally {
		await stack.stop();
		relay.close();
	}
	if (!pictures)
		return;
	report.figure('Stop to completed', `${(call.completedMs / 1000).toFixed(1)} s`);
	const output = { frames: await recording.outputFrames(), sound: await recording.outputSound() };
	const all = [];

	for (const [i, who] of PEOPLE.entries())
		all.push(await examine(recording, output, who, call.truths[i], options.out));
	await report.test('recording time begins between the press and the reply', () => {
		const zero = setZero(all, call.told, recording.stop.duration_ms);

		report.figure('recording time 0, less the time of the reply', milliseconds(zero - call.told));
		assert.ok(zero > recording.start.wall_ms - 100 && zero < call.told + 100, `${zero}, ${recording.start.wall_ms}, ${call.told}`);
	});
	for (const { who, flashes, beeps } of all)
		report.figure(`found less sent of ${who.name} in the chunks, median and p95 of its spread: flashes, beeps`, [flashes, beeps].map(spread).join(', '));
	await report.test('tiles stand in the order in which people came', () => {
		assert.deepEqual([...all].sort((a, b) => readingOrder(a.tile, b.tile)).map(({ who }) => who.name), PEOPLE.map(({ name }) => name));
	});
	await checkPulses(report, all, 'flashes');
	await checkPulses(report, all, 'beeps');
	await checkLipSync(report, all);
	await checkDuration(report, call, recording);
	await checkColours(report, pictures, all);
	await report.test('loudness: −16 ± 1 LUFS', async () => {
		const lufs = await loudness(recording.output);

		report.figure('loudness', `${lufs} LUFS`);
		assert.ok(Math.abs(lufs + 16) <= 1);
	});
}
