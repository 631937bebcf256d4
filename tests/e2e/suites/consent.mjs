// SPDX-License-Identifier: GPL-3.0-or-later
// Who says no is in the call and not in the file, who must say yes is captured from their yes on. The file is looked at and listened to, not asked.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Person, launch } from '../lib/browser.mjs';
import { loudest } from '../lib/pulses.mjs';
import { Recording } from '../lib/recording.mjs';
import { Stack } from '../lib/stack.mjs';
import { findTile } from '../lib/tiles.mjs';
import { sleep } from '../lib/wait.mjs';

const ROOM = 'asks', PURPOSE = 'For those who are ill today.';
const ANN = { name: 'Annette', role: 'host', room: ROOM, colour: [180, 50, 50], hz: 500 };
const BEN = { name: 'Benedict', room: ROOM, colour: [40, 140, 70], hz: 900, phaseMs: 300 };
const CLEO = { name: 'Cleopatra', room: ROOM, colour: [210, 40, 200], hz: 1300, phaseMs: 600 };
/** A picture may come later than it is allowed to, as it waits for a keyframe; never earlier, and it goes at once. */
const LATE_MS = 2000, GONE_MS = 200;
/** What somebody else's beep leaves at another frequency is weaker by more than this. */
const QUIET = 4;

const barSays = (person, state) => person.page.waitForSelector(`#consent[data-rr-state="${state}"]:not([hidden])`);

async function answers(person, yes) {
	await person.page.waitForSelector('#consent:not([hidden])');
	const word = yes ? 'yes' : 'no', isAsked = await person.page.isVisible('#ask');

	await person.page.click(isAsked ? `#ask-${word}` : `#consent-${word}`);
	await barSays(person, yes ? 'agreed' : 'declined');
}

/** The call: Ann records, Ben says yes after a while, and no in the end; Cleo says no at once. */
async function call(people) {
	const [ann, ben, cleo] = people;
	const id = await ann.record();

	await barSays(ann, 'agreed');
	await barSays(ben, 'told');
	assert.equal(await ben.page.textContent('#ask[open] #ask-purpose'), PURPOSE);
	assert.match(await ben.page.textContent('#consent-text'), new RegExp(`^${PURPOSE} May `));
	await answers(cleo, false);
	await sleep(1500);
	await answers(ben, true);
	await sleep(2500);
	await answers(ben, false);
	await sleep(1000);
	await Promise.all(people.map((person) => person.sees(2)));
	await ann.stop();
	await ann.completed();
	return id;
}

async function filesOf(directory) {
	const entries = await readdir(directory, { withFileTypes: true });
	const nested = await Promise.all(entries.map((entry) => (entry.isDirectory() ? filesOf(join(directory, entry.name)) : [join(directory, entry.name)])));

	return nested.flat();
}

async function namesNowhere(recording, text) {
	for (const path of await filesOf(recording.directory))
		assert.ok(!path.includes(text) && !(await readFile(path)).includes(text), `${text} stands in ${path}`);
}

/** From when to when [ms] a colour stands in the mixed picture, null: never. */
function seen(frames, colour) {
	const times = frames.filter(({ rgb }) => findTile(rgb, colour)).map(({ t }) => t);

	return times.length ? { from: times[0], to: times.at(-1) } : null;
}

function within(t, from, to, what) {
	assert.ok(t >= from && t <= to, `${what} at ${t.toFixed(0)} ms, not from ${from} to ${to} ms`);
}

async function judge(report, recording) {
	const [ann, ben] = await Promise.all([ANN, BEN].map(({ name }) => recording.idOf(name)));
	const states = (id) => recording.lines('consent', { participant: id }).map(({ state }) => state);
	const cleo = recording.lines('consent', { state: 'declined' }).find(({ participant }) => participant !== ben).participant;
	const at = (state) => recording.lines('consent', { participant: ben, state })[0].t_ms;
	const frames = await recording.outputFrames(), sound = await recording.outputSound();
	const end = recording.stop.duration_ms;
	const loud = (who, from = 0, to = end) => loudest(sound, who.hz, from, to);

	await report.test('who said no is in the call, and nothing of theirs is kept: no chunk, no name, no picture, no sound', async () => {
		assert.deepEqual(states(cleo), ['told', 'declined']);
		assert.deepEqual(recording.timeline.filter(({ type, participant }) => ['segment', 'chunk'].includes(type) && participant === cleo), []);
		await namesNowhere(recording, CLEO.name);
		assert.equal(seen(frames, CLEO.colour), null);
		assert.ok(loud(CLEO) < loud(ANN) / QUIET, `${loud(CLEO)} of Cleo, ${loud(ANN)} of Ann`);
	});
	await report.test('who must say yes is captured from their yes on, and until they take it back', () => {
		assert.deepEqual(states(ben), ['told', 'agreed', 'declined']);
		const chunks = recording.lines('chunk', { participant: ben });

		assert.ok(chunks.length >= 2 && chunks.every(({ t_ms: from, end_ms: to }) => from >= at('agreed') && to <= at('declined') + 100),
			`kept ${JSON.stringify(chunks.map(({ t_ms: from, end_ms: to }) => [from, to]))} of ${at('agreed')} to ${at('declined')}`);
		const { from, to } = seen(frames, BEN.colour);

		within(from, at('agreed'), at('agreed') + LATE_MS, 'Ben appears');
		within(to, at('agreed'), at('declined') + GONE_MS, 'Ben goes');
		const levels = [loud(BEN, at('agreed'), at('declined')), loud(BEN, 0, at('agreed')), loud(BEN, at('declined') + GONE_MS)];

		assert.ok(levels.slice(1).every((level) => level < levels[0] / QUIET), `Ben sounds with ${levels.join(' ')} while recorded, before and after`);
	});
	await report.test('who recorded is there all the time', () => {
		assert.ok(states(ann).includes('agreed'));
		assert.ok(loud(ANN, 0, at('agreed')) > 0.02 && loud(ANN, at('declined')) > 0.02);
		assert.ok(seen(frames, ANN.colour).to > end - LATE_MS / 2);
	});
}

export async function run(report, options) {
	const stack = await Stack.start(options, {
		rooms: [{ id: ROOM, more: `consent = "require"; consent_text = "${PURPOSE}";` }], extra: 'mix: { width = 640; height = 360; fps = 15 }',
	});
	const browser = await launch();

	try {
		const people = [];

		for (const who of [ANN, BEN, CLEO])
			people.push(await Person.join(browser, stack, who));
		await Promise.all(people.map((person) => person.sees(2)));
		let id = '';

		await report.test('a page that says no, one that says yes and takes it back: all see each other all the time', async () => {
			id = await call(people);
		});
		if (id)
			await judge(report, await Recording.open(join(stack.recordings, id)));
	} finally {
		await browser.close();
		await stack.stop();
	}
}
