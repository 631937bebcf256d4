// SPDX-License-Identifier: GPL-3.0-or-later
// What must be in no log: every secret that a suite's stacks were given or handed out, and whatever looks like one.
//
//   configuration, answers of the server ─▶ kept ─┐
//   janus.log, worker.log of each stack ──────────┴▶ after the suite: a line with one of them is a failure

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const LOGS = ['janus.log', 'worker.log'];
const SHORTEST = 4;
/** Tokens (RFC 7519), webhook secrets, signatures of links. */
const LOOKS = [/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/, /whsec_[\w+/=-]{8,}/, /[?&]sig=[\w-]{8,}/];

const kept = new Set();
const watched = new Set();

/** Gives back what it keeps. */
export function keepSecret(text) {
	if (text?.length >= SHORTEST)
		kept.add(text);
	return text;
}

/** The secrets and pins in a part of a configuration file. */
export function keepSecretsOf(configuration) {
	for (const [, text] of configuration.matchAll(/\b(?:pin|\w*secret|admin_key) = "([^"]+)"/g))
		keepSecret(text);
}

/** Those in an answer of the plugin. */
export function keepSecretsIn(answer) {
	keepSecret(answer?.resume);
	keepSecret(answer?.token);
}

/** A stack's directory, whose logs are to be looked at. */
export function watchLogs(state) {
	watched.add(state);
}

function found(line) {
	return [...kept].some((text) => line.includes(text)) || LOOKS.some((look) => look.test(line));
}

/** Of all that ran since the last time; fails with the lines in which a secret stands. */
export async function noSecretLogged() {
	const hits = [];

	for (const path of [...watched].flatMap((state) => LOGS.map((name) => join(state, name)))) {
		const text = await readFile(path, 'utf8').catch(() => '');

		hits.push(...text.split('\n').filter(found).map((line) => `${path}: ${line}`));
	}
	watched.clear();
	kept.clear();
	if (hits.length)
		throw new Error(hits.slice(0, 20).join('\n'));
}
