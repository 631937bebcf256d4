// SPDX-License-Identifier: GPL-3.0-or-later
// Measures; inside the network namespace that run.sh makes. Prints `figure` lines (report.mjs), and on stderr what is going on.

import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const [build, ...only] = process.argv.slice(2);
const full = Boolean(process.env.BENCH_FULL);
const PAIRS = Number(process.env.BENCH_PAIRS) || (full ? 9 : 5);
const PLUGINS = { ours: 'recroom', peer: 'videoroom' };
const BEHIND_MS = 100;
let runs = 0;

function figure(name, { ours, peer, ...members }) {
	const words = Object.entries({ ours, peer, ...members }).filter(([, value]) => value !== undefined).map(([key, value]) => `${key}=${[value].flat().join(',')}`);

	console.log(['figure', name, ...words].join(' '));
}

function say(text) {
	process.stderr.write(`bench: ${text}\n`);
}

function options(given) {
	return Object.entries(given).flatMap(([key, value]) => value === true ? [`--${key}`] : value === false ? [] : [`--${key}`, String(value)]);
}

/** One run of the generator against a fresh Janus; what it printed, and what the reader found if it recorded. */
async function load(side, given, { lossPercent = 0, decode = false } = {}) {
	const state = join(build, 'bench', 'disk', `run${++runs}`);
	const env = { ...process.env, ...(lossPercent && { BENCH_LOSS: String(lossPercent) }) };
	const { stdout } = await run('bash', [join(here, 'one.sh'), state, build, PLUGINS[side], ...options(given)], { env });
	const result = JSON.parse(stdout.trim().split('\n').at(-1));
	const fell = Math.round(result.behind_us / 1000);

	if (given.record)
		result.read = await read(side, state, result, given.publishers, decode);
	await run('rm', ['-rf', state]);
	say(`run ${runs}: ${PLUGINS[side]} ${options(given).join(' ')}: ${result.cpu_us_per_packet.toFixed(1)} us a packet, ${result.cores.toFixed(2)} cores`
		+ `${result.refused ? `, ${result.refused} datagrams not taken by the kernel` : ''}${fell > BEHIND_MS ? `, the generator fell behind by ${fell} ms` : ''}`
		+ `${result.read ? `, missing ${missing(result.read)}` : ''}`);
	return result;
}

async function read(side, state, result, publishers, decode) {
	const args = ['dump', join(state, 'dump')];

	if (side === 'ours') {
		const names = await readdir(join(state, 'recordings'));

		args.splice(0, 2, 'chunks', join(state, 'recordings', names.find((name) => name.startsWith('rec_'))));
	}
	const { stdout } = await run(join(build, 'bench-reader'), [...args, join(state, 'sent'), publishers, result.record_us, decode ? 'decode' : 'nodecode'].map(String));

	return JSON.parse(stdout);
}

function missing({ sound, pictures, damaged, wrong }) {
	return sound.missing + pictures.missing + damaged + wrong;
}

/** ABAB: the sides take turns, and who begins changes with each pair. */
async function pairs(given, n = PAIRS) {
	const found = { ours: [], peer: [] };

	for (let i = 0; i < n; i++)
		for (const side of i % 2 ? ['peer', 'ours'] : ['ours', 'peer'])
			found[side].push(await load(side, given));
	return found;
}

const cost = (found) => found.map((result) => result.cpu_us_per_packet.toFixed(3));

async function costRecord() {
	const publishers = 25;
	const found = await pairs({ publishers, seconds: full ? 20 : 8, record: true });

	figure('cost_record', { ours: cost(found.ours), peer: cost(found.peer), unit: 'us/packet', n: publishers, policy: 'interval' });
	figure('frames_missing', { ours: found.ours.map(({ read: r }) => missing(r)), peer: found.peer.map(({ read: r }) => missing(r)), unit: 'frames', n: publishers,
		policy: 'interval' });
	figure('first_picture', { ours: found.ours.map(({ read: r }) => r.first_ms.toFixed(1)), unit: 'ms', n: publishers, policy: 'interval' });
}

async function costForward() {
	const publishers = 3;
	const found = await pairs({ publishers, viewers: 10, seconds: full ? 20 : 6 });

	figure('cost_forward', { ours: cost(found.ours), peer: cost(found.peer), unit: 'us/packet', n: `${publishers}x10`, policy: '-' });
}

/** Nothing lost, by number, and the generator itself held its pace. */
async function holds(side, publishers) {
	const result = await load(side, { publishers, seconds: full ? 15 : 5, record: true });

	return missing(result.read) === 0 && result.refused === 0 && result.behind_us < BEHIND_MS * 1000;
}

async function most(side, low, high, steps) {
	for (let i = 0; i < steps && high - low > 1; i++) {
		const middle = Math.round((low + high) / 2);

		if (await holds(side, middle))
			low = middle;
		else
			high = middle;
	}
	return low;
}

async function publishers() {
	const peer = await most('peer', 1, 101, full ? 7 : 4);
	const ours = await holds('ours', peer) || await holds('ours', peer) ? peer : await most('ours', 1, peer, full ? 7 : 3);

	figure('publishers', { ours, peer, unit: 'publishers', n: 1, policy: 'interval', note: `the_generator_shares_the_cores` });
}

async function publishersFake() {
	const { stdout } = await run(join(build, 'many'), ['200', full ? '30' : '10']).catch((error) => error);

	say(stdout.trim());
	figure('publishers_fake', { ours: /(\d+) frames missing|missing (\d+)/.exec(stdout)?.slice(1).find(Boolean) ?? -1, unit: 'frames', n: 200, policy: 'interval' });
}

/** A packet in Janus' thread while the disk stands still (hook_cost.c). Wake-ups of the capture are futex calls, too, but no waits. */
async function hook() {
	const scenario = 'record-forward10', packets = full ? 200000 : 30000;
	const { stdout } = await run(join(build, 'hook_cost'), [scenario, String(packets), 'calls']);
	const value = (name) => Number(new RegExp(`${name} (\\d+)`).exec(stdout)[1]);
	const others = stdout.split('\n').filter((line) => line.includes('saw system call') && !line.endsWith(' 202')).length;

	say(stdout.trim().split('\n')[0]);
	figure('hook_syscalls', { ours: others, unit: 'calls', n: packets, policy: 'interval', note: 'but_futex' });
	figure('hook_waits', { ours: value('futex-waits'), unit: 'waits', n: packets, policy: 'interval' });
	figure('hook_p999', { ours: value('cpu-p999-ns') / 1000, unit: 'us', n: packets, policy: 'interval' });
}

/** What a recorded track holds in memory when the disk has stood still for ten minutes, as a share of design's formula (test_memory.c). */
async function memory() {
	const { stdout } = await run(join(build, 'test_memory'), [], { cwd: build, env: { ...process.env, RECROOM_FULL: '1' } });
	const [, more] = /memory_video_after_3600_s (-?\d+) bytes/.exec(stdout);

	figure('memory_hour', { ours: more, unit: 'bytes', n: 1, policy: 'interval', note: 'an_hour_less_a_minute' });

	for (const kind of ['video', 'audio']) {
		const [, kib, bound] = new RegExp(`memory_${kind}_track_stalled .* (\\d+) KiB after 600 s \\(bound (\\d+) KiB\\)`).exec(stdout);

		figure(`memory_${kind}`, { ours: (kib / bound).toFixed(3), unit: 'of_the_bound', n: 1, policy: 'interval', note: `${kib}_KiB` });
	}
}

async function loss() {
	const given = { publishers: 12, seconds: full ? 60 : 15, 'warmup-ms': 2000, record: true, red: true };
	const ours = await load('ours', given, { lossPercent: 3, decode: true }), peer = await load('peer', given, { lossPercent: 3 });

	figure('loss_video', { ours: ours.read.pictures.share, peer: peer.read.pictures.share, unit: 'share', n: given.publishers, policy: 'interval' });
	figure('loss_audio', { ours: ours.read.sound.share, peer: peer.read.sound.share, unit: 'share', n: given.publishers, policy: 'interval' });
	figure('loss_corrupt', { ours: ours.read.wrong + ours.read.damaged + ours.read.broken, peer: peer.read.damaged + peer.read.broken, unit: 'pictures',
		n: given.publishers, policy: 'interval' });
}

async function sync() {
	const given = { publishers: 4, seconds: full ? 120 : 10, 'warmup-ms': 3000, record: true, 'audio-delay-ms': 200, 'skew-ppm': 100, 'jitter-ms': 50 };
	const ours = await load('ours', given), peer = await load('peer', given);

	figure('sync_error', { ours: ours.read.drift_ms, peer: peer.read.drift_ms, unit: 'ms', n: given.publishers, policy: 'interval' });
}

const MEASURES = [
	[['cost_record', 'frames_missing', 'first_picture'], costRecord],
	[['cost_forward'], costForward],
	[['loss_video', 'loss_audio', 'loss_corrupt'], loss],
	[['sync_error'], sync],
	[['publishers'], publishers],
	[['publishers_fake'], publishersFake],
	[['hook_syscalls', 'hook_waits', 'hook_p999'], hook],
	[['memory_hour', 'memory_video', 'memory_audio'], memory],
];

for (const [names, measure] of MEASURES)
	if (!only.length || names.some((name) => only.includes(name)))
		await measure();
