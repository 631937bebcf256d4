// SPDX-License-Identifier: GPL-3.0-or-later
// The load generator of the benchmarks against a real Janus: every numbered frame it sent is in the chunks.

import { everyFrame } from '../lib/load.mjs';
import { Stack } from '../lib/stack.mjs';

const ROOM = '1234';

export async function run(report, options) {
	const stack = await Stack.start(options, { rooms: [ROOM] });

	try {
		await report.test('two publishers of the load generator: every frame they sent is recorded', () => everyFrame(stack, ROOM, options.out, report));
	} finally {
		await stack.stop();
	}
}
