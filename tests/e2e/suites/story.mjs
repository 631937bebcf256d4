// SPDX-License-Identifier: GPL-3.0-or-later
// What happens in calls: people come late and leave early, cameras go off, hosts press the button twice, screens are shared, nobody speaks.
// Each test has a room of its own and looks at the finished file. Janus runs with two loop threads that all handles share (`event_loops`); in the other
// suites each handle has one of its own.

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { Person, launch } from '../lib/browser.mjs';
import { probe } from '../lib/ffmpeg.mjs';
import { Recording } from '../lib/recording.mjs';
import { Stack } from '../lib/stack.mjs';
import { findTile } from '../lib/tiles.mjs';
import { sleep } from '../lib/wait.mjs';

const ANN = { name: 'Ann', role: 'host', colour: [180, 50, 50], hz: 500 };
const BEN = { name: 'Ben', colour: [40, 140, 70], hz: 900, phaseMs: 500 };
const SCREEN = [150, 60, 170];

/** Is a colour in the picture in (nearly) all frames between two recording times? Flashes are short. */
function share(frames, colour, from, to) {
	const some = frames.filter(({ t }) => t >= from && t <= to);

	assert.ok(some.length > 0, `no frames from ${from} to ${to} ms`);
	return some.filter(({ rgb }) => findTile(rgb, colour)).length / some.length;
}

const seen = (frames, who, from, to) => assert.ok(share(frames, who.colour, from, to) > 0.6, `${who.name} is not seen from ${Math.round(from)} to ${Math.round(to)} ms`);
const unseen = (frames, who, from, to) => assert.ok(share(frames, who.colour, from, to) < 0.05, `${who.name} is seen from ${Math.round(from)} to ${Math.round(to)} ms`);

class Story {
	constructor(stack, browser, room) {
		Object.assign(this, { stack, browser, room });
	}

	comes(who) {
		return Person.join(this.browser, this.stack, { ...who, room: this.room });
	}

	/** Stops, waits for the file and opens it. */
	async finish(host) {
		await host.stop();
		const recording = await Recording.open(join(this.stack.recordings, await host.completed()));

		recording.frames = await recording.outputFrames();
		return recording;
	}
}

/** Recording time of something in a person's life. */
const when = (recording, type, matches) => recording.lines(type, matches)[0].t_ms;

const tests = {
	async 'late joiner'(story) {
		const ann = await story.comes(ANN);

		await ann.record();
		await sleep(4000);
		const ben = await story.comes(BEN);

		await ben.indicator('recording');
		assert.match(await ben.page.textContent('#announcer'), /being recorded/);
		assert.notEqual(await ben.page.textContent('#clock'), '0:00');
		await ann.sees(1);
		await sleep(4000);
		const recording = await story.finish(ann);
		const joined = when(recording, 'joined', { participant: 'user2' });

		assert.ok(joined > 3000, `joined at ${joined} ms`);
		seen(recording.frames, ANN, 1000, recording.stop.duration_ms - 300);
		unseen(recording.frames, BEN, 500, joined - 200);
		seen(recording.frames, BEN, joined + 2500, recording.stop.duration_ms - 300);
	},

	async 'early leaver'(story) {
		const ann = await story.comes(ANN), ben = await story.comes(BEN);

		await ann.sees(1);
		await ann.record();
		await sleep(4000);
		await ben.leave();
		await sleep(5000);
		assert.equal(await ann.page.locator('#tiles .rr-tile').count(), 1);
		const recording = await story.finish(ann);
		const left = when(recording, 'left', { participant: 'user2' });

		seen(recording.frames, BEN, 1500, left - 500);
		unseen(recording.frames, BEN, left + 3500, recording.stop.duration_ms - 300);
		seen(recording.frames, ANN, 1500, recording.stop.duration_ms - 300);
	},

	async 'camera off'(story) {
		const ann = await story.comes(ANN), ben = await story.comes(BEN);

		await ann.sees(1);
		await ann.record();
		await sleep(4000);
		await ben.page.click('.rr-controls [data-rr-toggle=video]');
		await ann.page.waitForSelector('.rr-tile[data-rr-participant="user2"][data-rr-picture="false"]');
		await sleep(4500);
		await ben.page.click('.rr-controls [data-rr-toggle=video]');
		await ann.sees(1);
		await sleep(6000);
		const recording = await story.finish(ann);
		const of = { participant: 'user2', source: 'video' };
		const off = when(recording, 'muted', of), on = when(recording, 'unmuted', of);

		seen(recording.frames, BEN, 1500, off - 300);
		unseen(recording.frames, BEN, off + 3200, on - 100);
		seen(recording.frames, BEN, on + 3200, recording.stop.duration_ms - 200);
		seen(recording.frames, ANN, 1500, recording.stop.duration_ms - 300);
	},

	async 'two start/stop cycles in one call'(story) {
		const ann = await story.comes(ANN), ben = await story.comes(BEN);

		await ann.sees(1);
		const first = await ann.record();

		await sleep(4000);
		await ann.stop();
		const second = await ann.record();

		assert.notEqual(first, second);
		await sleep(4000);
		await ann.stop();
		for (const id of [first, second]) {
			await ann.heard(`${id} to be completed`, (m) => m.event === 'recordingcompleted' && m.recordingId === id, 60_000);
			const recording = await Recording.open(join(story.stack.recordings, id));
			const frames = await recording.outputFrames();

			seen(frames, ANN, 1500, recording.stop.duration_ms - 300);
			seen(frames, BEN, 1500, recording.stop.duration_ms - 300);
			assert.ok(Math.abs(recording.stop.duration_ms - 4300) < 1500, `${recording.stop.duration_ms} ms`);
		}
		await ben.indicator('completed');
	},

	async 'screen share'(story) {
		const ann = await story.comes(ANN), ben = await story.comes({ ...BEN, screen: SCREEN });

		await ann.sees(1);
		await ann.record();
		await sleep(3000);
		await ben.page.click('#share');
		await ann.sees(2);
		await ann.page.waitForSelector('.rr-tile.rr-screen[data-rr-picture="true"]');
		await sleep(4500);
		await ben.page.click('#share');
		await ann.sees(1);
		await sleep(4500);
		const recording = await story.finish(ann);
		const shared = { name: 'the screen', colour: SCREEN };
		const from = when(recording, 'segment', { participant: 'user2', source: 'screen' });
		const to = Math.max(...recording.lines('chunk', { participant: 'user2', source: 'screen' }).map(({ end_ms: end }) => end));

		unseen(recording.frames, shared, 500, from - 100);
		seen(recording.frames, shared, from + 3200, to - 300);
		unseen(recording.frames, shared, to + 3300, recording.stop.duration_ms - 200);
		seen(recording.frames, ANN, from + 3200, to - 300);
		seen(recording.frames, BEN, from + 3200, to - 300);
	},

	async 'empty recording: nobody publishes'(story) {
		const ann = await story.comes({ ...ANN, camera: false, microphone: false });

		await ann.record();
		await sleep(3000);
		const recording = await story.finish(ann);
		const { format } = await probe(recording.output);

		assert.ok(Math.abs(Number(format.duration) * 1000 - recording.stop.duration_ms) < 100, `${format.duration} s, ${recording.stop.duration_ms} ms`);
		assert.deepEqual(recording.lines('chunk'), []);
	},

	async 'camera without microphone, and the other way round'(story) {
		const ann = await story.comes({ ...ANN, microphone: false }), ben = await story.comes({ ...BEN, camera: false });

		await ben.sees(1);
		await ann.record();
		await sleep(4000);
		const recording = await story.finish(ann);

		seen(recording.frames, ANN, 1500, recording.stop.duration_ms - 300);
		assert.ok(recording.lines('chunk', { participant: 'user2', source: 'audio' }).length > 0);
		await ben.close();
	},
};

export async function run(report, options) {
	const rooms = Object.keys(tests).map((_, i) => `story${i}`);
	const stack = await Stack.start(options, { rooms, loops: 2 });
	const browser = await launch();

	try {
		await report.test('Janus shares two loops', async () => assert.match(await stack.log('janus'), /Spawned 2 static event loops/));
		for (const [i, [name, body]] of Object.entries(tests).entries()) {
			const story = new Story(stack, browser, rooms[i]);

			await report.test(name, () => body(story));
			await Promise.all(browser.contexts().map((context) => context.close()));
		}
	} finally {
		await browser.close();
		await stack.stop();
	}
}
