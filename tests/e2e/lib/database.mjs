// SPDX-License-Identifier: GPL-3.0-or-later
// A PostgreSQL for one suite: tests/lib/postgres.sh, and questions to it that go by none of our code.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('../../lib/postgres.sh', import.meta.url));
const run = promisify(execFile);

export class Database {
	/** Of a directory with a short name, as its socket is in it. */
	static async start() {
		const database = new Database();

		database.directory = await mkdtemp(join(tmpdir(), 'rr-pg-'));
		await database.begin();
		return database;
	}

	async begin() {
		const { stdout } = await run(SCRIPT, ['start', this.directory]);

		this.address = stdout.trim();
	}

	/** At once, as when it crashes. */
	kill() {
		return run(SCRIPT, ['stop', this.directory]);
	}

	async end() {
		await this.kill().catch(() => {});
		await rm(this.directory, { recursive: true, force: true });
	}

	/** A statement that gives nothing. */
	async run(sql) {
		await run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', this.address, '-c', sql]);
	}

	/** Rows as objects. */
	async rows(sql) {
		const { stdout } = await run('psql', ['-X', '-q', '-A', '-t', '-d', this.address, '-c', `SELECT coalesce(json_agg(r), '[]') FROM (${sql}) AS r`],
			{ maxBuffer: 1 << 26 });

		return JSON.parse(stdout);
	}
}

/** What a recording's events must be: numbered from 1 without a hole, in the order in which they were put down, the steps of its life in order. */
export function eventFaults(events, want) {
	const seqs = events.map(({ seq }) => seq), types = events.map(({ type }) => type);
	const faults = [];

	if (seqs.some((seq, i) => seq !== i + 1))
		faults.push(`numbers ${seqs.join(' ')}`);
	if (types.join(' ') !== want.join(' '))
		faults.push(`events ${types.join(' ')} instead of ${want.join(' ')}`);
	return faults;
}
