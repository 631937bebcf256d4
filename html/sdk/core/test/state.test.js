// SPDX-License-Identifier: MIT
// The state of a recording: each event, the clock, and what must hold whatever comes in whatever order.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { durationAt, elapsedAt, IDLE, isBeingMade, isRunning, onAnswer, onEvent, onTruth } from '../src/recording_state.js';
import { chance } from './lib/clock.js';

const ID = 'rec_1';
const event = (name, more = {}) => ({ event: name, recordingId: ID, ...more });
const through = (...events) => events.reduce((state, [one, now = 0]) => onEvent(state, one, now), IDLE);

test('the life of a recording', () => {
	const steps = [
		['recordingstarting', 'starting'], ['recordingstarted', 'recording'], ['recordingpaused', 'paused'], ['recordingresumed', 'recording'],
		['recordingstopped', 'processing'], ['recordingcompleted', 'completed'], ['recordingdeleted', 'deleting'],
	];
	let state = IDLE;

	steps.forEach(([name, status], i) => {
		state = onEvent(state, event(name, { seq: i + 1 }), i);
		assert.deepEqual([state.status, state.recordingId, state.seq], [status, ID, i + 1]);
	});
	assert.deepEqual(through([event('recordingstarting')], [event('recordingfailed', { reason: 'disk_full' })]).reason, 'disk_full');
});

test('the clock runs while it records, stands while it is paused, and keeps what it showed', () => {
	const started = onEvent(IDLE, event('recordingstarted', { seq: 1 }), 1000);

	assert.equal(durationAt(started, 4000), 3000);
	const paused = onEvent(started, event('recordingpaused', { seq: 2 }), 6000);

	assert.deepEqual([durationAt(paused, 9000), elapsedAt(paused, 9000)], [5000, 8000]);
	const resumed = onEvent(paused, event('recordingresumed', { seq: 3 }), 10_000);

	assert.deepEqual([durationAt(resumed, 11_000), elapsedAt(resumed, 11_000)], [6000, 10_000]);
	const said = onEvent(resumed, event('recordingstatus', { status: 'recording', duration: 6100, bytes: 7, tracks: 2 }), 11_000);

	assert.deepEqual([durationAt(said, 12_000), said.bytes, said.tracks], [7100, 7, 2]);
	const stopped = onEvent(said, event('recordingstopped', { seq: 4, duration: 7000 }), 12_000);

	assert.deepEqual([durationAt(stopped, 99_000), stopped.percent], [7000, 0]);
	assert.equal(durationAt(onTruth(IDLE, { recordingId: ID, status: 'recording', duration: 60_000, elapsed: 61_000, startedAt: 5 }, 100), 400), 60_300);
});

test('percent is that of the primary output, while it is made', () => {
	const progress = (more) => event('recordingprogress', { stage: 'composing', percent: 40, etaMs: 900, ...more });
	const made = through([event('recordingstarted')], [event('recordingstopped')], [progress()]);

	assert.deepEqual([made.status, made.percent, made.stage, made.etaMs], ['processing', 40, 'composing', 900]);
	assert.equal(onEvent(made, progress({ outputId: 2, percent: 90 }), 0), made);
	assert.equal(onEvent(made, progress({ recordingId: 'other', percent: 90 }), 0), made);
	assert.equal(onEvent(made, progress({ etaMs: -1 }), 0).etaMs, null);
	assert.equal(through([event('recordingstarted')], [progress()]).percent, null);
	const stored = onEvent(made, progress({ stage: 'uploading', percent: 10 }), 0);

	assert.deepEqual([stored.status, stored.percent, isBeingMade(stored)], ['uploading', 10, true]);
	assert.equal(onEvent(stored, event('recordingcompleted', { seq: 9, url: '/x' }), 0).url, '/x');
});

test('what is told twice, late or of another recording changes nothing', () => {
	const state = through([event('recordingstarted', { seq: 2 })], [event('recordingpaused', { seq: 3 })]);

	assert.equal(onEvent(state, event('recordingstarted', { seq: 2 }), 5), state);
	assert.equal(onEvent(state, { event: 'recordingcompleted', recordingId: 'older', seq: 9 }, 5), state);
	assert.equal(onEvent(state, { event: 'recordingstatus', recordingId: 'older', status: 'recording' }, 5), state);
	const over = through([event('recordingstarted')], [event('recordingstopped')]);

	assert.equal(onEvent(over, event('recordingstatus', { status: 'recording', duration: 3 }), 5), over);
	assert.equal(onEvent(over, { event: 'recordingstarting', recordingId: 'rec_2', seq: 1 }, 5).recordingId, 'rec_2');
});

test('consent: who is asked, who answered, who is left out', () => {
	const asked = through([event('recordingstarting', { consent: 'require', consentText: 'Why', consentUrl: 'https://x' })]);

	assert.deepEqual(asked.consent, { policy: 'require', text: 'Why', url: 'https://x', you: 'told' });
	const agreed = onEvent(asked, event('consentchanged', { state: 'agreed' }), 0);

	assert.equal(onEvent(agreed, event('recordingresumed', { consent: 'require' }), 0).consent.you, 'agreed');
	assert.equal(onEvent(agreed, event('recordingstarted', { consent: 'require', excluded: true }), 0).consent.you, 'left_out');
	assert.equal(onTruth(IDLE, { recordingId: ID, status: 'recording', consent: 'require', consents: { policy: 'require', you: 'declined' } }, 0).consent.you, 'declined');
	assert.equal(onEvent(agreed, { event: 'recordingstarting', recordingId: 'rec_2', consent: 'require' }, 0).consent.you, 'told');
});

test('trouble: degraded is a flag when something was lost, a warning when not yet', () => {
	const low = through([event('recordingstarted')], [event('recordingdegraded', { seq: 2, reason: 'disk_low' })]);

	assert.deepEqual([low.warning, low.flags], ['disk_low', []]);
	assert.deepEqual(onEvent(onEvent(low, event('recordingdegraded', { seq: 3, reason: 'disk' }), 0), event('recordingdegraded', { seq: 4, reason: 'tracks' }), 0).flags, ['degraded']);
});

test('the truth when asked: none runs; it is being made; an answer that an event overtook', () => {
	const running = through([event('recordingstarted', { seq: 2 })]);

	assert.deepEqual([onTruth(running, null, 0).status, onTruth(running, { recordingId: null }, 0).recordingId], ['idle', ID]);
	const made = onTruth(running, { recordingId: ID, status: 'processing', duration: 5, progress: { percent: 30, stage: 'composing', etaMs: -1 }, flags: ['interrupted'] }, 0);

	assert.deepEqual([made.percent, made.stage, made.etaMs, made.flags, made.seq], [30, 'composing', null, ['interrupted'], 2]);
	assert.equal(onTruth(made, null, 0), made);
	const done = through([event('recordingstarted')], [event('recordingstopped')], [event('recordingcompleted')]);

	assert.equal(onAnswer(done, { recordingId: ID, status: 'processing' }, 0), done);
	assert.equal(onAnswer(running, { recordingId: ID, status: 'paused' }, 0).status, 'paused');
});

const NAMES = ['recordingstarting', 'recordingstarted', 'recordingpaused', 'recordingresumed', 'recordingstopped', 'recordingcompleted', 'recordingfailed', 'recordingdegraded',
	'recordingstatus', 'recordingprogress', 'consentchanged', 'layoutchanged', 'recordingdeleted', 'outputcompleted', 'somethingnew'];
const STATUSES = ['starting', 'recording', 'paused', 'processing', 'uploading'];

function randomEvent(random, seqs) {
	const recordingId = `rec_${Math.floor(random() * 3)}`;
	const name = NAMES[Math.floor(random() * NAMES.length)];
	const seq = random() < 0.8 ? seqs[recordingId] = (seqs[recordingId] ?? 0) + 1 : Math.floor(random() * 5);

	if (name === 'recordingstatus')
		return { event: name, recordingId, status: STATUSES[Math.floor(random() * 3)], duration: Math.floor(random() * 1e5) };
	if (name === 'recordingprogress')
		return { event: name, recordingId, outputId: 1 + Math.floor(random() * 2), stage: random() < 0.3 ? 'uploading' : 'composing', percent: Math.floor(random() * 101), etaMs: -1 };
	return { event: name, recordingId, seq, ...random() < 0.3 ? { consent: 'require' } : {}, ...name === 'consentchanged' ? { state: 'agreed' } : {} };
}

function check(state, before, now) {
	assert.ok(Number.isFinite(durationAt(state, now)) && durationAt(state, now) >= 0);
	assert.ok(elapsedAt(state, now) + 1e-6 >= 0);
	assert.equal(state.percent !== null, isBeingMade(state) || state.status === 'completed');
	assert.ok(state.percent === null || (state.percent >= 0 && state.percent <= 100));
	assert.ok(state.recordingId || state.status === 'idle');
	if (state.recordingId === before.recordingId)
		assert.ok(state.seq >= before.seq);
	if (durationAt(before, now) > 0 && state.recordingId === before.recordingId && isRunning(before) && state.status === 'paused' && state.duration === 0)
		assert.fail('the clock was set back');
}

test('3000 random histories: always a state that means something; told twice is told once; the truth wins', () => {
	const seed = Number(process.env.RECROOM_SEED ?? Date.now() % 1e6);

	console.log(`seed ${seed}`);
	for (let n = 0; n < 3000; n++) {
		const random = chance(seed + n), seqs = {};
		let state = IDLE, now = 0;

		for (let i = 0; i < 12; i++) {
			const one = randomEvent(random, seqs), before = state;

			now += Math.floor(random() * 2000);
			state = onEvent(state, one, now);
			check(state, before, now);
			if (one.seq)
				assert.equal(onEvent(state, one, now + 5), state, `seed ${seed + n}: ${one.event} twice`);
		}
		const truth = { recordingId: 'rec_1', status: STATUSES[1 + Math.floor(random() * 4)], duration: 77, elapsed: 99 };
		const known = onTruth(state, truth, now);

		check(known, state, now);
		assert.deepEqual([known.recordingId, known.status, known.duration, known.elapsed], ['rec_1', truth.status, 77, 99], `seed ${seed + n}`);
	}
});
