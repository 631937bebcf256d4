// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the suites one after the other, each with a stack and a folder of its own; sums up.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { strays } from './lib/processes.mjs';
import { Report } from './lib/report.mjs';
import { noSecretLogged } from './lib/secrets.mjs';

const SUITES = ['call', 'gate', 'rest', 'api', 'webhooks', 'consent', 'hosts', 'outage', 'burned', 'story', 'crash', 'page', 'gallery', 'codecs', 'layers', 'mix', 'seek', 'sdk', 'cuts', 'leaks', 'react', 'native', 'load'];
const here = fileURLToPath(new URL('.', import.meta.url));
const [build, ...rest] = process.argv.slice(2);
const quick = rest.includes('--quick');
const names = rest.filter((arg) => !arg.startsWith('--'));
const report = new Report();

for (const [i, name] of (names.length ? names : SUITES).entries()) {
	const out = join(here, 'out', name);
	const started = Date.now();

	await rm(out, { recursive: true, force: true });
	await mkdir(out, { recursive: true });
	report.begin(name);
	try {
		const { run } = await import(`./suites/${name}.mjs`);

		await run(report, { build, out, quick, port: 9100 + 10 * i });
	} catch (error) {
		report.fail('the suite itself', error);
	}
	await report.test('no secret is in a log', noSecretLogged);
	await report.test('nothing is left running', async () => {
		const left = await strays();

		if (left.length)
			throw new Error(left.join('; '));
	});
	console.log(`suite ${name} ${((Date.now() - started) / 1000).toFixed(0)} s`);
}
console.log(`${report.passed} passed, ${report.failed} failed`);
process.exitCode = report.failed ? 1 : 0;
