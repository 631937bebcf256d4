// SPDX-License-Identifier: GPL-3.0-or-later
// Processes of this namespace, which holds nothing but the tests.

import { readFile, readdir } from 'node:fs/promises';

import { until } from './wait.mjs';

async function describe(pid) {
	const [status, command] = await Promise.all(['status', 'cmdline'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')));
	const field = (name) => status.match(new RegExp(`^${name}:\\s*(\\S+)`, 'm'))?.[1] ?? '';

	return { pid: Number(pid), parent: Number(field('PPid')), state: field('State'), command: command.replaceAll('\0', ' ').trim() };
}

/** [{pid, parent, state, command}] of all that live. */
export async function processes() {
	const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));

	return (await Promise.all(pids.map(describe))).filter(({ state }) => state && state !== 'Z');
}

/** Everything but ourselves and those we descend from, if it has not ended by itself within a few seconds. */
export async function strays() {
	let left = [];

	await until('stray processes to end', async () => {
		const all = await processes();
		const ours = new Set();

		for (let pid = process.pid; pid; pid = all.find((p) => p.pid === pid)?.parent)
			ours.add(pid);
		left = all.filter(({ pid }) => !ours.has(pid));
		return left.length === 0;
	}, 5000).catch(() => {});
	return left.map(({ pid, command }) => `${pid} ${command}`);
}
