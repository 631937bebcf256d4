// SPDX-License-Identifier: GPL-3.0-or-later
// A call of the load generator that is recorded: every numbered frame it sent is in the chunks.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const PUBLISHERS = 2;

async function generate(stack, room, out) {
	const sent = join(out, 'sent');
	const pid = (await readFile(join(stack.state, 'janus.pid'), 'utf8')).trim();

	await mkdir(sent, { recursive: true });
	const { stdout } = await execute(join(stack.build, 'bench-generator'), ['--url', stack.http, '--plugin', 'recroom', '--room', room, '--secret', stack.secret,
		'--publishers', PUBLISHERS, '--viewers', 1, '--seconds', 3, '--warmup-ms', 700, '--record', '--red', '--sent', sent, '--janus-pid', pid].map(String));

	return { sent, ...JSON.parse(stdout) };
}

/** In a room of the stack. */
export async function everyFrame(stack, room, out, report) {
	const result = await generate(stack, room, out);
	const { stdout } = await execute(join(stack.build, 'bench-reader'), ['chunks', join(stack.recordings, result.recording), result.sent, String(PUBLISHERS),
		String(result.record_us)]);
	const { sound, pictures, absent, damaged, wrong, broken } = JSON.parse(stdout);

	report.figure('frames of the load generator missing in the chunks', `${sound.missing + pictures.missing} of ${sound.expected + pictures.expected}`);
	assert.deepEqual({ sound: sound.missing, pictures: pictures.missing, absent, damaged, wrong, broken },
		{ sound: 0, pictures: 0, absent: 0, damaged: 0, wrong: 0, broken: 0 });
	assert.ok(pictures.expected > 2 * 30 * 3 && sound.expected > 2 * 50 * 3, stdout);
	assert.ok(result.seen > 0, 'the viewer saw nothing');
}
