// SPDX-License-Identifier: MIT
// The library over REST: addresses, pages, tokens that run out, trying again, errors.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { claimsOf, permissionsOf, Recordings } from '../src/index.js';
import { Clock } from './lib/clock.js';
import { World } from './lib/harness.js';

const R = { recordingId: 'rec 1', status: 'completed', url: '/recording/rec/files/a?sig=1', thumbnailUrl: 'https://cdn/x.jpg', outputs: [{ outputId: 1, captionsUrl: '/c', files: [{ name: 'a', downloadUrl: '/d' }, { name: 'b' }] }] };

/** Answers in turn: [status, body, headers] or 'away'. */
function library(answers, more = {}) {
	const asked = [], clock = new Clock();
	const fetch = async (url, { method, headers, body }) => {
		const [status, answer, sent = {}] = answers.length > 1 ? answers.shift() : answers[0];

		asked.push({ url, method, headers, body });
		if (status === 'away')
			throw new TypeError('fetch failed');
		return { ok: status < 400, status, headers: { get: (name) => sent[name] ?? null }, json: async () => structuredClone(answer) };
	};
	const platform = { fetch, now: clock.now, random: () => 0.5, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout };

	return { asked, clock, recordings: new Recordings({ url: 'http://pp/', room: 'demo', token: 'T', platform, ...more }) };
}

test('each request goes where docs/api.md says', async () => {
	const { asked, clock, recordings } = library([[200, { ...R, recordings: [R], events: [], nextPageToken: null }]]);
	const wanted = [
		['GET', '/recordings?room=demo&status=completed&pageSize=5', undefined, () => recordings.list({ status: 'completed', pageSize: 5, pageToken: '' })],
		['GET', '/recording/rec%201', undefined, () => recordings.get('rec 1')],
		['DELETE', '/recording/r', undefined, () => recordings.delete('r')],
		['POST', '/recording/r/recompose', '{"layout":"single"}', () => recordings.recompose('r', { layout: 'single' })],
		['POST', '/recording/r/cancel', '{"outputId":1}', () => recordings.cancel('r')],
		['DELETE', '/recording/r/participants/user1', undefined, () => recordings.erase('r', 'user1')],
		['POST', '/recording/r/share', '{"expiresInS":60}', () => recordings.share('r', { expiresInS: 60 })],
		['GET', '/recording/r/shares', undefined, () => recordings.shares('r')],
		['POST', '/recording/r/hold', '{"reason":"Case"}', () => recordings.hold('r', 'Case')],
		['DELETE', '/recording/r/hold', undefined, () => recordings.release('r')],
		['POST', '/recording/r/keep', '{"keepUntil":null}', () => recordings.keep('r', { keepUntil: null })],
		['DELETE', '/recording/r/share/s', undefined, () => recordings.unshare('r', 's')],
		['GET', '/recording/r/events?since=4', undefined, () => recordings.events('r', { since: 4 })],
		['GET', '/recording/r/accesses', undefined, () => recordings.accesses('r')],
		['GET', '/calls?room=demo', undefined, () => recordings.calls()],
	];

	for (const [method, path, body, act] of wanted) {
		await clock.run(act());
		const { headers, ...sent } = asked.at(-1);

		assert.deepEqual(sent, { method, url: `http://pp${path}`, body });
		assert.equal(headers.Authorization, 'Bearer T');
		assert.equal('Idempotency-Key' in headers, method === 'POST');
	}
});

test('addresses are complete, and stay as they are if they were', async () => {
	const { clock, recordings } = library([[200, { recordings: [R], nextPageToken: 'n' }]]);
	const { recordings: [one], nextPageToken } = await clock.run(recordings.list());

	assert.deepEqual([one.url, one.thumbnailUrl, one.outputs[0].captionsUrl, nextPageToken], ['http://pp/recording/rec/files/a?sig=1', 'https://cdn/x.jpg', 'http://pp/c', 'n']);
	assert.deepEqual(one.outputs[0].files, [{ name: 'a', downloadUrl: 'http://pp/d' }, { name: 'b' }]);
});

test('all pages, one after the other', async () => {
	const { asked, clock, recordings } = library([[200, { recordings: [R, R], nextPageToken: 'p2' }], [200, { recordings: [R], nextPageToken: null }]]);
	const all = async () => {
		const seen = [];

		for await (const one of recordings.all())
			seen.push(one.recordingId);
		return seen;
	};

	assert.equal((await clock.run(all())).length, 3);
	assert.ok(asked[1].url.endsWith('pageToken=p2'));
});

test('a token that has run out is renewed, once', async () => {
	let token = 'old', renewals = 0;
	const renew = async () => { token = `new${++renewals}`; };
	const expired = [401, { code: 'token_expired', detail: 'Too old.' }];
	const { asked, clock, recordings } = library([expired, [200, R]], { token: () => token, renew });

	await clock.run(recordings.get('r'));
	assert.deepEqual(asked.map(({ headers }) => headers.Authorization), ['Bearer old', 'Bearer new1']);
	const never = library([expired], { token: () => token, renew });

	await assert.rejects(never.clock.run(never.recordings.get('r')), { code: 'token_expired', status: 401 });
	assert.equal(never.asked.length, 2);
	const without = library([expired]);

	await assert.rejects(without.clock.run(without.recordings.get('r')), { code: 'token_expired' });
});

test('busy or away: tried three times, when the server says, with the same key', async () => {
	const busy = [503, { code: 'unavailable', detail: 'Busy.' }, { 'Retry-After': '2' }];
	const { asked, clock, recordings } = library([busy, ['away'], [202, R]]);

	await clock.run(recordings.recompose('r'));
	assert.equal(asked.length, 3);
	assert.equal(new Set(asked.map(({ headers }) => headers['Idempotency-Key'])).size, 1);
	assert.ok(clock.time >= 2000);
	const away = library([['away']]);

	await assert.rejects(away.clock.run(away.recordings.get('r')), { code: 'unreachable' });
	assert.equal(away.asked.length, 3);
	const limited = library([[429, { code: 'limit', title: 'Too many.' }]]);

	await assert.rejects(limited.clock.run(limited.recordings.recompose('r')), { code: 'limit', message: 'Too many.' });
	assert.equal(limited.asked.length, 1);
});

test('errors carry code, status, request id; what is no problem document, too', async () => {
	const refused = library([[403, { code: 'not_host', detail: 'Only a host may do this.', requestId: '5f' }]]);

	await assert.rejects(refused.clock.run(refused.recordings.delete('r')), { name: 'RecroomError', code: 'not_host', status: 403, requestId: '5f', message: 'Only a host may do this.' });
	const odd = library([[418, {}]]);

	await assert.rejects(odd.clock.run(odd.recordings.get('r')), { code: 'invalid_request', message: 'The server answered with status 418.' });
});

test('a room whose server is that of recroom-pp: finds Janus there, has the library, renews its token', async () => {
	const world = new World();
	const asked = [];

	world.rest = (url, { headers }) => {
		asked.push([url, headers.Authorization]);
		return url.endsWith('/config.json') ? { body: { janus: { ws: 'ws://janus' }, rooms: ['demo'] } } : { body: { ...R, status: 'processing', progress: { stage: 'composing', percent: 70, etaMs: 5 } } };
	};
	const room = await world.join({}, { serverUrl: 'http://pp' });

	assert.deepEqual([asked[0], room.apiUrl], [['http://pp/config.json', undefined], 'http://pp']);
	await world.clock.run(room.recording.start());
	world.janus.cut(3000);
	world.janus.room.setRecording('processing');
	await world.clock.advance(6000);
	assert.deepEqual([room.recording.status, room.recording.state.percent], ['processing', 70]);
	assert.equal(asked.at(-1)[1], `Bearer ${room.token}`);
	world.rest = () => ({ body: {} });
	await assert.rejects(world.clock.run(world.room({ serverUrl: 'http://pp' }).join({ room: 'demo' })), { code: 'unreachable' });
});

test('what a token lets do is what the table of docs/api.md says', () => {
	const token = (claims) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;
	const may = (role, claims) => Object.entries(permissionsOf(role, token(claims))).filter(([, yes]) => yes).map(([name]) => name).sort().join(' ');

	assert.equal(may('host', {}), 'canAdmit canDelete canDownload canPublish canRecord canSubscribe isHost');
	assert.equal(may('host', { grants: ['record'] }), 'canDownload canPublish canRecord canSubscribe isHost');
	assert.equal(may('host', { grants: ['only', 'admit'] }), 'canAdmit isHost');
	assert.equal(may('guest', {}), 'canPublish canSubscribe');
	assert.equal(may('guest', { grants: ['download', 'subscribe'] }), 'canDownload canSubscribe');
	assert.equal(may('guest', { grants: [] }), '');
	assert.deepEqual(claimsOf(token({ name: 'Zoë 😀' })), { name: 'Zoë 😀' });
	assert.deepEqual([claimsOf('nonsense'), claimsOf(null), claimsOf('a.b.c')], [{}, {}, {}]);
});
