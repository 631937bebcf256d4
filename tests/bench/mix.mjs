// SPDX-License-Identifier: GPL-3.0-or-later
// Measures the mix. Prints `figure` lines (report.mjs), and on stderr what is going on.
//
//   node mix.mjs BUILD WORK [FIGURE…]

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { lines as ffmpegLine, composition } from './mix-ffmpeg.mjs';
import { follow } from './mix-follow.mjs';

const [build, work, ...only] = process.argv.slice(2);
const full = Boolean(process.env.BENCH_FULL);
const CORES = availableParallelism();
const CANVAS = { width: 1280, height: 720, fps: 20, bitrate: 1500000 };

/* ---- running and timing ---- */

/** Runs a program; { wall, cpu } in seconds, its peak memory in MiB where asked for, and what it printed. */
function run(argv, { memory = false, input = null } = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn('bash', ['-c', 'TIMEFORMAT="times %R %U %S"; time "$@"', 'bash', ...argv], { stdio: [input ?? 'ignore', 'pipe', 'pipe'] });
		const out = [], err = [];
		let peak = 0;
		const timer = memory && setInterval(() => { peak = Math.max(peak, peakMiB(child.pid)); }, 50);

		child.stdout.on('data', (data) => out.push(data));
		child.stderr.on('data', (data) => err.push(data));
		child.on('close', (code) => {
			const text = Buffer.concat(err).toString(), times = /times ([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(text);

			clearInterval(timer);
			if (code || !times)
				reject(new Error(`${argv.slice(0, 3).join(' ')} …: exit status ${code}: ${text.trim().split('\n').slice(-3).join(' / ')}`));
			else
				resolve({ wall: Number(times[1]), cpu: Number(times[2]) + Number(times[3]), peak, stdout: Buffer.concat(out).toString(), stderr: text });
		});
	});
}

/** Of the one child that bash has. */
function peakMiB(pid) {
	try {
		const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();

		return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))[1]) / 1024;
	} catch {
		return 0;
	}
}

function figure(name, { ours, peer, ...members }) {
	const words = Object.entries({ ours, peer, ...members }).filter(([, value]) => value !== undefined)
		.map(([key, value]) => `${key}=${[value].flat().map((v) => typeof v === 'number' ? Number(v.toPrecision(5)) : v).join(',')}`);

	console.log(['figure', name, ...words].join(' '));
}

function say(text) {
	process.stderr.write(`bench: ${text}\n`);
}

const sum = (values) => values.reduce((a, b) => a + b, 0);
const seconds = (runs, what) => runs.map((r) => r[what]);
const program = (name) => join(build, name);

/* ---- what is measured ---- */

/** A recording, and the same frames for the other side; made once. */
const made = new Map();

function recording({ people, seconds: length = 60, size = '640x480', fps = 20, peer = false, more = [] }) {
	const name = `rec_${people}_${size}_${fps}_${length}${more.join('')}`;

	if (!made.has(name))
		made.set(name, (async () => {
			const dir = join(work, name), clips = join(work, `${name}_peer`);

			await run([program('bench-mix-make'), '--people', people, '--seconds', length, '--size', size, '--fps', fps, ...(peer ? ['--peer', clips] : []), ...more, dir].map(String));
			return { dir, clips, people, seconds: length, fps };
		})());
	return made.get(name);
}

async function forget(rec) {
	await rm(rec.dir, { recursive: true, force: true });
	await rm(rec.clips, { recursive: true, force: true });
	made.clear();
}

async function configure(canvas) {
	const conf = join(work, 'conf.jcfg');

	await writeFile(conf, `general: { recordings = "${work}" }\nmix: { width = ${canvas.width} height = ${canvas.height} fps = ${canvas.fps} video_bitrate = ${canvas.bitrate} }\n`);
	return conf;
}

async function compose(rec, canvas = CANVAS, more = []) {
	return run([program('recroom-pp'), 'compose', '--config', await configure(canvas), '--overwrite', '--quiet', ...more, rec.dir], { memory: true });
}

async function parts(what, rec, canvas = CANVAS, ...more) {
	const { stdout } = await run([program('bench-mix-parts'), what, rec.dir, canvas.width, canvas.height, canvas.fps, canvas.bitrate, ...more].map(String));

	return JSON.parse(stdout);
}

/* ---- SSIM against the uncompressed composition ---- */

async function ssimOf(file) {
	const values = readFileSync(file, 'utf8').trim().split('\n').map((line) => Number(/All:([\d.]+)/.exec(line)[1])).sort((a, b) => a - b);

	await rm(file);
	return { mean: sum(values) / values.length, low: values[Math.floor(values.length / 100)], frames: values.length };
}

/** Frames we left out, because nothing changed in them, are shown again. */
async function ourSsim(rec, canvas = CANVAS) {
	const stats = join(work, 'ssim.log');
	const raw = `"$0" raw "$1" ${canvas.width} ${canvas.height} ${canvas.fps} ${canvas.bitrate}`;

	await run(['bash', '-c', `${raw} | ffmpeg -v error -i "$1/output.webm" -f yuv4mpegpipe -i - -lavfi "[0:v]fps=${canvas.fps}[a];[a][1:v]ssim=stats_file=${stats}" -f null -`,
		program('bench-mix-parts'), rec.dir]);
	return ssimOf(stats);
}

async function theirSsim(rec, out, fps) {
	const stats = join(work, 'ssim.log'), { inputs, graph } = composition(rec, CANVAS, fps);

	await run(['ffmpeg', '-v', 'error', ...inputs, '-i', out, '-filter_complex',
		`${graph};[${2 * rec.people}:v]fps=${fps}[coded];[coded][v]ssim=stats_file=${stats}`, '-f', 'null', '-']);
	return ssimOf(stats);
}

/* ---- against ffmpeg ---- */

async function theirs(rec, line) {
	const out = join(work, `${line.name}.webm`);
	const found = await run(['ffmpeg', '-v', 'error', '-y', ...ffmpegLine(rec, CANVAS, line), out]);

	say(`${rec.people} people: ffmpeg ${line.name}: ${found.wall} s, ${found.cpu.toFixed(1)} s of CPU`);
	return { ...found, out, bytes: (await stat(out)).size };
}

async function ours(rec) {
	const found = await compose(rec);

	say(`${rec.people} people: ours: ${found.wall} s, ${found.cpu.toFixed(1)} s of CPU, ${found.peak.toFixed(0)} MiB`);
	return { ...found, bytes: (await stat(join(rec.dir, 'output.webm'))).size };
}

const GUIDES = { name: 'guides', fps: 30, cpuUsed: 8, threads: CORES };
/* What has been fastest on one machine or another; the best of this run counts. */
const FAST = [
	{ name: 'fast-8', fps: 20, cpuUsed: -8, threads: CORES, flags: 'fast_bilinear' },
	{ name: 'fast-12', fps: 20, cpuUsed: -12, threads: CORES, flags: 'fast_bilinear' },
	{ name: 'fast-16', fps: 20, cpuUsed: -16, threads: CORES, flags: 'fast_bilinear' },
];

/** At most this much less SSIM counts as the same; where no line comes up to ours, the best that there is must do. */
const SAME = 0.002;

async function againstFfmpeg(people) {
	const rec = await recording({ people, peer: true }), n = full ? 5 : 2, mine = [], guides = [];

	for (let i = 0; i < n; i++) {
		mine.push(await ours(rec));
		guides.push(await theirs(rec, GUIDES));
	}
	const quality = await ourSsim(rec), guidesQuality = await theirSsim(rec, guides[0].out, GUIDES.fps);
	const note = `cores=${CORES}`;

	figure(`mix${people}_guides`, { ours: seconds(mine, 'wall'), peer: seconds(guides, 'wall'), unit: 's', n: people });
	figure(`mix${people}_guides_cpu`, { ours: seconds(mine, 'cpu'), peer: seconds(guides, 'cpu'), unit: 's', n: people, note });
	figure(`mix${people}_guides_ssim`, { ours: quality.mean, peer: guidesQuality.mean, unit: 'mean', n: people });
	figure(`mix${people}_guides_ssim_1st`, { ours: quality.low, peer: guidesQuality.low, unit: 'percentile', n: people });
	figure(`mix${people}_bytes`, { ours: mine[0].bytes, peer: guides[0].bytes, unit: 'bytes', n: people });
	await fastest(rec, quality);
	await fromDump(rec, mine);
}

async function fastest(rec, quality) {
	const tried = [];

	for (const line of FAST) {
		const mine = await ours(rec), found = await theirs(rec, line);

		tried.push({ line, mine, found, quality: await theirSsim(rec, found.out, line.fps) });
		say(`${rec.people} people: ${line.name}: SSIM ${tried.at(-1).quality.mean.toFixed(4)}, 1st percentile ${tried.at(-1).quality.low.toFixed(4)}, ours ${quality.mean.toFixed(4)}, ${quality.low.toFixed(4)}`);
	}
	const enough = Math.min(quality.mean, Math.max(...tried.map((t) => t.quality.mean))) - SAME;
	const best = tried.filter((t) => t.quality.mean >= enough).reduce((a, b) => a.found.wall < b.found.wall ? a : b);

	figure(`mix${rec.people}_fastest`, { ours: best.mine.wall, peer: best.found.wall, unit: 's', n: rec.people, note: best.line.name });
	figure(`mix${rec.people}_fastest_cpu`, { ours: best.mine.cpu, peer: Math.min(...tried.map((t) => t.found.cpu)), unit: 's', n: rec.people });
	figure(`mix${rec.people}_fastest_ssim`, { ours: quality.mean, peer: best.quality.mean, unit: 'mean', n: rec.people, note: best.line.name });
	figure(`mix${rec.people}_fastest_ssim_1st`, { ours: quality.low, peer: best.quality.low, unit: 'percentile', n: rec.people, note: best.line.name });
}

/** Today's way: janus-pp-rec for each track of Janus' own dump, then the line of the guides. */
async function fromDump(rec, mine) {
	const dir = join(work, 'pp'), dumps = (await readdir(rec.clips)).filter((name) => name.endsWith('.mjr'));

	await mkdir(dir);
	const all = dumps.map((name) => `janus-pp-rec '${join(rec.clips, name)}' '${join(dir, name.replace('.mjr', name.includes('audio') ? '.opus' : '.webm'))}'`).join(' && ');
	const first = await run(['bash', '-c', all]), then = await theirs({ ...rec, clips: dir, sound: 'opus' }, GUIDES);

	say(`${rec.people} people: janus-pp-rec: ${first.wall} s, then ${then.wall} s`);
	figure(`mix${rec.people}_today`, { ours: mine[0].wall, peer: first.wall + then.wall, unit: 's', n: rec.people, note: 'janus-pp-rec_then_ffmpeg' });
	await rm(dir, { recursive: true });
}

/* ---- against the limit ---- */

async function limit(people) {
	const rec = await recording({ people, peer: true }), pairs = [];
	const videos = (await readdir(rec.clips)).filter((name) => name.endsWith('video.webm')).map((name) => join(rec.clips, name));

	for (let i = 0; i < (full ? 5 : 2); i++) {
		const mine = await ours(rec), encoder = await parts('encode', rec, CANVAS, CORES);
		const decoder = JSON.parse((await run([program('bench-mix-parts'), 'decode', CORES, ...videos].map(String))).stdout);

		say(`${people} people: encoder alone ${encoder.wall} s (${encoder.cpu} s of CPU), decoders alone ${decoder.wall} s (${decoder.cpu})`);
		pairs.push({ mine: mine.wall, limit: encoder.wall + decoder.wall, mineCpu: mine.cpu, limitCpu: encoder.cpu + decoder.cpu, encoder });
	}
	figure(`mix${people}_limit`, { ours: pairs.map((p) => p.mine), peer: pairs.map((p) => p.limit), unit: 's', n: people, note: 'encoder_and_decoders_alone' });
	figure(`mix${people}_limit_cpu`, { ours: pairs.map((p) => p.mineCpu), peer: pairs.map((p) => p.limitCpu), unit: 's', n: people });
	await vpxenc(rec, pairs);
}

/** Our encoder alone must be no slower than libvpx' own program, fed from a file in memory. */
async function vpxenc(rec, pairs) {
	const raw = join(work, 'raw.y4m'), out = join(work, 'vpxenc.webm'), c = CANVAS;

	await run(['bash', '-c', `"$0" raw "$1" ${c.width} ${c.height} ${c.fps} ${c.bitrate} >"$2"`, program('bench-mix-parts'), rec.dir, raw]);
	const found = await run(['vpxenc', '--codec=vp8', '--rt', '--cpu-used=-8', `--threads=${CORES}`, `--target-bitrate=${c.bitrate / 1000}`, '--end-usage=vbr', '--lag-in-frames=0',
		'--min-q=2', '--max-q=52', '--kf-max-dist=80', '--quiet', '-o', out, raw]);
	const stats = join(work, 'ssim.log');

	await run(['ffmpeg', '-v', 'error', '-i', out, '-i', raw, '-lavfi', `[0:v][1:v]ssim=stats_file=${stats}`, '-f', 'null', '-']);
	const theirQuality = await ssimOf(stats), quality = await ourSsim(rec);

	await rm(raw);
	figure(`mix${rec.people}_encoder`, { ours: pairs.map((p) => p.encoder.wall), peer: pairs.map(() => found.wall), unit: 's', n: rec.people, note: 'vpxenc_--rt_--cpu-used=-8' });
	figure(`mix${rec.people}_encoder_ssim`, { ours: quality.mean, peer: theirQuality.mean, unit: 'mean', n: rec.people, note: `${pairs[0].encoder.bytes}_and_${(await stat(out)).size}_bytes` });
}

/* ---- what it takes ---- */

/* LiveKit egress admits a room composite where 4 cores are free (cpu_cost.room_composite_cpu_cost); OpenVidu's sizing counts 4 for one composed recording. */
const PUBLISHED = 4;

async function live() {
	const lengths = full ? [1, 10, 60] : [1, 10], found = [];

	for (const minutes of lengths) {
		const rec = await recording({ people: 3, seconds: minutes * 60 });

		found.push(await follow(program('recroom-pp'), await configure(CANVAS), rec, join(work, `live${minutes}`), minutes === 1 ? 30 : 15));
		say(`live: ${minutes} min: ${found.at(-1).cores.toFixed(2)} cores, ${found.at(-1).lag} ms behind, ${found.at(-1).stopToEnd.toFixed(1)} s from stop to the end, ${found.at(-1).cpuAfterStop.toFixed(1)} s of CPU`);
		await rm(join(work, `live${minutes}`), { recursive: true });
	}
	figure('live_cores', { ours: found[0].cores, peer: PUBLISHED, unit: 'cores', n: 3, note: 'published:_LiveKit_and_OpenVidu' });
	figure('live_stop', { ours: seconds(found, 'stopToEnd'), unit: 's', n: 3, note: `after_${lengths.join(',_').replaceAll(',', '_and')}_min` });
}

/** Each person's sound and pictures as they were sent. */
async function participants() {
	const rec = await recording({ people: 3, seconds: 600 }), found = await compose(rec, CANVAS, ['--format', 'participants']);

	figure('participants', { ours: rec.seconds / found.wall, unit: 'x_real_time', n: rec.people, note: `${found.wall}_s_for_${rec.seconds}_s` });
}

const SIZES = { '180p': '320x180', '360p': '640x360', '720p': '1280x720' };

async function table() {
	for (const [name, size] of Object.entries(SIZES))
		for (const people of [2, 4, 9, 16, 25, 49]) {
			const rec = await recording({ people, size, seconds: full ? 20 : 6, more: ['--clip', '6', '--bitrate', String({ '180p': 150000, '360p': 500000, '720p': 1500000 }[name])] });
			const found = await compose(rec);

			figure(`cores_${people}_${name}`, { ours: found.cpu / rec.seconds, peer: PUBLISHED, unit: 'cores', n: people, note: `${found.peak.toFixed(0)}_MiB` });
			await forget(rec);
		}
}

async function memory() {
	const canvas = { width: 320, height: 180, fps: 5, bitrate: 100000 }, lengths = full ? [300, 18000] : [300, 3600], peaks = [];

	for (const length of lengths) {
		const rec = await recording({ people: 3, size: '320x180', fps: 5, seconds: length, more: ['--bitrate', '60000', '--chunk-ms', '10000'] });
		const found = await compose(rec, canvas);

		say(`memory: ${length} s: ${found.peak.toFixed(1)} MiB, ${found.wall} s`);
		peaks.push(found.peak);
		await forget(rec);
	}
	figure('memory_mix', { ours: peaks, unit: 'MiB', n: 3, note: `${lengths.join('_and_')}_s` });
	figure('memory_flat', { ours: peaks[1] - peaks[0], unit: 'MiB', n: 3, note: `${lengths.join('_to_')}_s` });
	const rec = await recording({ people: 9, peer: true }), found = await ours(rec);

	figure('memory_mix9', { ours: found.peak, unit: 'MiB', n: 9, note: '1280x720' });
}

/* ---- all ---- */

const MEASURES = [
	['mix3_', () => againstFfmpeg(3)],
	['limit3', () => limit(3)],
	['mix9_', () => againstFfmpeg(9)],
	['limit9', () => limit(9)],
	['live_', live],
	['participants', participants],
	['memory_', memory],
	['cores_', table],
];

for (const [name, measure] of MEASURES) {
	if (only.length && !only.some((wanted) => wanted.startsWith(name) || name.startsWith(wanted)))
		continue;
	try {
		await measure();
	} catch (error) {
		say(`${name} could not be measured: ${error.message}`);
		process.exitCode = 1;
	}
}
