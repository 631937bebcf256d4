// SPDX-License-Identifier: MIT
// What we ask for is what the server's documents say it has: REST in docs/openapi.yaml, the Janus API and its events in docs/api.md.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const here = (path) => new URL(path, import.meta.url);
const sources = Object.fromEntries(readdirSync(here('../src/')).map((name) => [name, readFileSync(here(`../src/${name}`), 'utf8')]));
const [openapi, api] = ['openapi.yaml', 'api.md'].map((name) => readFileSync(here(`../../../../docs/${name}`), 'utf8'));

/** {'/recording/{}/hold': Set of methods}. */
function described() {
	const paths = {};
	let path = '';

	for (const line of openapi.split('\n')) {
		const [, name] = line.match(/^ {2}(\/\S*):$/) ?? [];
		const [, method] = line.match(/^ {4}(get|post|delete|put):$/) ?? [];

		if (name)
			path = name.replace(/\{\w+\}/g, '{}');
		if (name && !paths[path])
			paths[path] = new Set();
		if (method && path)
			paths[path].add(method.toUpperCase());
	}
	return paths;
}

test('REST: each path and method is in openapi.yaml', () => {
	const paths = described(), asked = [];

	for (const [, method, where] of sources['recordings.js'].matchAll(/request\('(\w+)', (path\(.*?\)|'[^']*')(?=[,)])/g)) {
		const path = where.startsWith('path(') ? `/recording/${where.slice(5, -1).split(', ').map((part) => (part.startsWith('\'') ? part.slice(1, -1) : '{}')).join('/')}` : where.slice(1, -1);

		asked.push(`${method} ${path}`);
		assert.ok(paths[path]?.has(method), `${method} ${path}`);
	}
	assert.ok(asked.length >= 14, asked.join('\n'));
});

test('the Janus API: each request is in api.md', () => {
	const names = new Set(['join', 'leave']);

	for (const text of Object.values(sources))
		for (const [, name] of text.matchAll(/(?:request|#ask)\((?:'\w+', )?'([a-z_]+)'/g))
			names.add(name);
	names.delete('keepalive');
	for (const name of names)
		assert.match(api, new RegExp(`"recroom": "${name}"|\`${name}[ \`]|\` ?\`${name}\``), name);
	assert.ok(names.size >= 24, [...names].join(' '));
});

test('events: each that is understood is in api.md, and each about the recording of a call is understood', () => {
	const known = [...sources['recording_state.js'].matchAll(/\b(recording[a-z]+): '/g), ...sources['recording_state.js'].matchAll(/'(recording[a-z]+)'/g)].map(([, name]) => name);

	for (const name of new Set(known.filter((one) => !['recording', 'recordings'].includes(one))))
		assert.ok(api.includes(`\`${name}\``) || api.includes(`\`${name} `), name);
	for (const name of ['recordingstarting', 'recordingstarted', 'recordingpaused', 'recordingresumed', 'recordingstopped', 'recordingstatus', 'recordingprogress', 'recordingcompleted', 'recordingfailed', 'recordingdegraded', 'recordingdeleted'])
		assert.ok(known.includes(name), name);
});
