// SPDX-License-Identifier: GPL-3.0-or-later
// The mix from end to end: made while the call runs, in layouts the host changes, in several formats at once; made again differently; and made again
// without somebody who wants to be forgotten.
//
//   call of three, 24 s ──▶ Stop ──▶ output.webm, output 2 (MP4), output 3 (sound alone) ──▶ recompose without Ben ──▶ Chloé erased

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Person, launch } from '../lib/browser.mjs';
import { decodeVideo, loudness, probe } from '../lib/ffmpeg.mjs';
import { overHttp } from '../lib/janus_api.mjs';
import { Recording } from '../lib/recording.mjs';
import { Stack } from '../lib/stack.mjs';
import { MAP, findTile } from '../lib/tiles.mjs';
import { sleep, until } from '../lib/wait.mjs';

const ANN = { name: 'Ann', role: 'host', colour: [180, 50, 50], hz: 500 };
const BEN = { name: 'Ben', colour: [40, 140, 70], hz: 900, phaseMs: 250 };
const CHLOE = { name: 'Chloé', colour: [50, 80, 190], hz: 1400, phaseMs: 500 };
/** From the request to stop until everybody has heard that the file is there [ms]: 5 s on a machine that does nothing else, and here three browsers draw. */
const READY_MS = 15_000;
/** Of the picture: more than a tile of a grid has, less than somebody alone. */
const LARGE = 0.5;

async function framesOf(path) {
	const frames = [];

	await decodeVideo(path, { ...MAP, matrix: 'bt709' }, (t, rgb) => frames.push({ t, rgb }));
	return frames;
}

/** How much of the picture somebody's tile takes in the middle of these frames; 0 where it is not there. Flashes have another colour. */
function size(frames, who, from, to) {
	const sizes = frames.filter(({ t }) => t >= from && t <= to).map(({ rgb }) => findTile(rgb, who.colour))
		.map((box) => (box ? (box.x1 - box.x0 + 1) * (box.y1 - box.y0 + 1) / (MAP.width * MAP.height) : 0)).sort((x, y) => x - y);

	assert.ok(sizes.length > 0, `no frames from ${from} to ${to} ms`);
	return sizes[sizes.length >> 1];
}

const seen = (frames, who, from, to) => frames.filter(({ t, rgb }) => t >= from && t <= to && findTile(rgb, who.colour)).length;

class Mix {
	constructor(stack, browser) {
		Object.assign(this, { stack, browser });
	}

	/** A host of its own beside the page's, for what the page has no buttons for. */
	async control() {
		this.client = await overHttp(this.stack.http);
		this.handle = await this.client.attach();
		const joined = await this.client.ask(this.handle, { recroom: 'join', room: 'demo', ptype: 'publisher', display: 'Control', secret: this.stack.secret });

		assert.equal(joined.role, 'host', JSON.stringify(joined));
		this.token = joined.token;
	}

	async ask(recroom, more = {}) {
		const answer = await this.client.ask(this.handle, { recroom, room: 'demo', ...more });

		assert.ok(!answer.error_code, `${recroom}: ${JSON.stringify(answer)}`);
		return answer;
	}

	async row() {
		const { status, body } = await this.stack.rest(`recording/${this.id}`, { token: this.token });

		assert.equal(status, 200, JSON.stringify(body));
		return body;
	}

	/** The output when it is made. */
	output(number, timeoutMs = 90_000) {
		return until(`output ${number}`, async () => {
			const found = (await this.row()).outputs.find(({ outputId }) => outputId === number);

			assert.notEqual(found?.state, 'failed', JSON.stringify(found));
			return found?.state === 'done' ? found : null;
		}, timeoutMs);
	}

	path(output) {
		return join(this.stack.recordings, this.id, output.files.find(({ kind }) => kind === 'media').name);
	}
}

/** The call: grid, then Ann alone, then grid again. */
async function call(mix, report) {
	const people = [];

	for (const who of [ANN, BEN, CHLOE])
		people.push(await Person.join(mix.browser, mix.stack, who));
	const [ann] = people;

	await Promise.all(people.map((person) => person.sees(2)));
	await mix.control();
	mix.id = (await mix.ask('start_recording', { title: 'All of it', outputs: [{ format: 'webm' }, { format: 'mp4', width: 640, height: 360 }, { format: 'opus' }] })).recordingId;
	const began = Date.now();

	await ann.indicator('recording');
	await sleep(8000);
	await mix.ask('set_layout', { layout: 'single', focus: 'user1' });
	await ann.heard('layoutchanged', (m) => m.event === 'layoutchanged' && m.layout === 'single', 5000);
	await sleep(8000);
	mix.progress = await until('the mix to follow the call', async () => {
		const { progress } = await mix.row();

		return ['composing', 'following'].includes(progress?.stage) ? progress : null;
	}, 10_000);
	await mix.ask('set_layout', { layout: 'grid' });
	await until('pieces of the mix that are finished before the call is', async () =>
		(await readdir(join(mix.stack.recordings, mix.id, '.compose', 'output'))).filter((name) => name.startsWith('v-')).length >= 2, 20_000);
	await sleep(Math.max(0, 24_000 - (Date.now() - began)));
	const asked = Date.now();

	await mix.ask('stop_recording');
	await ann.heard('recordingcompleted', (m) => m.event === 'recordingcompleted' && m.recordingId === mix.id, 60_000);
	mix.readyMs = Date.now() - asked;
	report.figure('from the request to stop to the finished file', `${mix.readyMs} ms; behind the call at 16 s: ${mix.progress.lagMs} ms`);
	mix.recording = await Recording.open(join(mix.stack.recordings, mix.id));
	mix.duration = mix.recording.stop.duration_ms;
	await Promise.all(people.map((person) => person.close()));
}

const tests = {
	async 'ready seconds after the request to stop'(mix) {
		assert.ok(mix.readyMs <= READY_MS, `${mix.readyMs} ms`);
	},

	async 'the picture follows the host\'s layout'(mix) {
		const [single, grid] = mix.recording.lines('layout').map(({ t_ms: t }) => t);

		mix.frames = await framesOf(mix.recording.output);
		for (const who of [ANN, BEN, CHLOE]) {
			assert.ok(size(mix.frames, who, 3000, single) > 0.1 && size(mix.frames, who, 3000, single) < LARGE, who.name);
			assert.ok(size(mix.frames, who, grid + 3500, mix.duration - 100) > 0.1, who.name);
		}
		assert.ok(size(mix.frames, ANN, single + 3500, grid - 100) > LARGE);
		assert.equal(seen(mix.frames, BEN, single + 3500, grid - 100), 0);
	},

	async 'everything beside it is there, and the metadata holds'(mix) {
		const metadata = await mix.recording.json('metadata.json');
		const names = await readdir(mix.recording.directory);

		for (const name of ['output.webm', 'output.vtt', 'chapters.vtt', 'thumbnail.jpg', 'storyboard.jpg', 'storyboard.vtt'])
			assert.ok(names.includes(name), `${name} is not there: ${names.join(' ')}`);
		assert.ok(metadata.outputs.length >= 1);
		assert.ok(Math.abs(await loudness(mix.recording.output) + 16) <= 1);
	},

	async 'an MP4 and the sound alone besides'(mix) {
		const [mp4, opus] = [await mix.output(2), await mix.output(3)];
		const { format, streams } = await probe(mix.path(mp4));

		assert.deepEqual(streams.map(({ codec_name: name }) => name).sort(), ['aac', 'h264']);
		assert.equal(streams.find(({ codec_type: type }) => type === 'video').width, 640);
		assert.ok(Math.abs(format.duration * 1000 - mix.duration) < 100, `${format.duration} s`);
		const sound = await probe(mix.path(opus));

		assert.deepEqual(sound.streams.map(({ codec_name: name }) => name), ['opus']);
		assert.ok(Math.abs(sound.format.duration * 1000 - mix.duration) < 100, `${sound.format.duration} s`);
		assert.ok(!(await readdir(mix.recording.directory)).includes('.compose'), 'what was kept for a restart is still there');
	},

	async 'again, without Ben, from the third second to the seventh'(mix) {
		const { outputId } = await mix.ask('recompose', { recordingId: mix.id, output: { layout: 'grid', without: ['user2'], from_ms: 3000, to_ms: 7000 } });
		const path = mix.path(await mix.output(outputId));
		const frames = await framesOf(path);

		assert.ok(Math.abs((await probe(path)).format.duration * 1000 - 4000) < 100);
		assert.equal(seen(frames, BEN, 0, 4000), 0);
		assert.ok(seen(frames, CHLOE, 500, 4000) > 5);
		assert.equal((await mix.row()).status, 'completed');
		mix.withoutBen = path;
	},

	async 'somebody erased is in nothing that is left, and verify passes'(mix) {
		const { status, body } = await mix.stack.rest(`recording/${mix.id}/participants/user3`, { token: mix.token, method: 'DELETE' });

		assert.equal(status, 202, JSON.stringify(body));
		await until('the mix without Chloé', async () => {
			const row = await mix.row();

			assert.notEqual(row.status, 'failed', JSON.stringify(row));
			return row.status === 'completed' && row.flags.includes('erased') ? row : null;
		}, 90_000);
		const frames = await framesOf(mix.recording.output), names = await readdir(join(mix.recording.directory, 'chunks'));

		assert.equal(seen(frames, CHLOE, 0, mix.duration), 0);
		assert.ok(seen(frames, BEN, 3000, 7000) > 5);
		assert.ok(!names.some((name) => name.startsWith('user3_')));
		assert.ok(!(await readFile(join(mix.recording.directory, 'participants.json'), 'utf8')).includes(CHLOE.name));
		const verdict = (await mix.stack.pp('verify', mix.recording.directory)).at(-1);

		assert.ok(verdict.ok, JSON.stringify(verdict));
	},
};

export async function run(report, options) {
	const stack = await Stack.start(options);
	const browser = await launch();
	const mix = new Mix(stack, browser);

	try {
		if (await report.test('a call of three is recorded and mixed while it runs', () => call(mix, report)))
			for (const [name, body] of Object.entries(tests))
				await report.test(name, () => body(mix));
	} finally {
		await browser.close();
		await stack.stop();
	}
}
