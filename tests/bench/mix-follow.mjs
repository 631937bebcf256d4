// SPDX-License-Identifier: GPL-3.0-or-later
// A composer behind a recording that grows: everything but the end is there at once, as if it had been followed for that long; the rest comes by the clock.

import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const TICKS = Number(execFileSync('getconf', ['CLK_TCK']));
const CAUGHT_UP_MS = 1000, PATIENCE_MS = 1800000, IDLE_MS = 500;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function cpuOf(pid) {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');

	return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Lines of a timeline, those of a second together; the first part has everything before fromMs. */
async function parts(rec, fromMs) {
	const lines = (await readFile(join(rec.dir, 'timeline.jsonl'), 'utf8')).trim().split('\n'), stop = lines.pop(), seconds = [[]];

	for (const line of lines) {
		seconds.at(-1).push(line);
		if (line.includes('"type":"sealed"') && JSON.parse(line).t_ms + 1000 >= fromMs)
			seconds.push([]);
	}
	return { seconds: seconds.map((s) => s.map((line) => `${line}\n`).join('')), stop: `${stop}\n` };
}

/** Nothing of what was there at once is left to do: what is measured from here on is what comes by the clock. A composer that waits still polls. */
async function idle(child) {
	for (let before = -Infinity, until = Date.now() + PATIENCE_MS; child.exitCode === null && Date.now() < until; await sleep(IDLE_MS)) {
		const now = cpuOf(child.pid);

		if (now - before <= IDLE_MS / 1000 / 10)
			return;
		before = now;
	}
}

/**
 * { stopToEnd, cpuAfterStop, cores, lag }: seconds from the stop line to the end of the composer, what of them was work, the cores it took while the last
 * `liveSeconds` came by the clock, and how far behind it was at their end [ms].
 */
export async function follow(program, conf, rec, dir, liveSeconds) {
	const { seconds, stop } = await parts(rec, (rec.seconds - liveSeconds) * 1000), timeline = join(dir, 'timeline.jsonl');

	await mkdir(dir);
	execFileSync('cp', ['-al', join(rec.dir, 'chunks'), join(dir, 'chunks')]);
	await copyFile(join(rec.dir, 'participants.json'), join(dir, 'participants.json'));
	await writeFile(timeline, seconds.shift());

	const child = spawn(program, ['compose', '--config', conf, '--follow', '--json', dir], { stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = new Promise((resolve, reject) => child.on('close', (code) => code ? reject(new Error(`the composer that follows ended with ${code}`)) : resolve(Date.now())));
	let lag = Infinity, used = 0;

	ended.catch(() => {});
	const watch = setInterval(() => {
		try {
			used = cpuOf(child.pid);
		} catch { /* it is over */ }
	}, 50);

	child.on('close', () => clearInterval(watch));
	createInterface({ input: child.stdout }).on('line', (line) => { lag = JSON.parse(line).lag_ms ?? lag; });
	for (const until = Date.now() + PATIENCE_MS; lag > CAUGHT_UP_MS && child.exitCode === null && Date.now() < until;)
		await sleep(100);
	await idle(child);

	const cpu = cpuOf(child.pid), began = Date.now();

	for (const [i, lines] of seconds.entries()) {
		await sleep(Math.max(0, began + i * 1000 - Date.now()));
		await appendFile(timeline, lines);
	}
	const cores = (cpuOf(child.pid) - cpu) / ((Date.now() - began) / 1000), behind = lag, stopped = Date.now(), before = cpuOf(child.pid);

	await appendFile(timeline, stop);

	const stopToEnd = (await ended - stopped) / 1000;

	return { stopToEnd, cpuAfterStop: used - before, cores, lag: behind };
}
