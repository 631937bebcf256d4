// SPDX-License-Identifier: MIT
// Each component in its states, by what is on the page.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { STREAMS } from '../../core/test/lib/harness.js';
import { h, Screen } from './lib/screen.js';

const { ConsentDialog, Lobby, ParticipantGrid, RecordingControls, RecordingIndicator, RecordingsList, RecordingStatus } = await import('../src/index.js');

test('controls: record, pause, resume, stop after a question; nothing for guests', async () => {
	const screen = await new Screen().render(h(RecordingControls));

	await screen.click('Record', 0);
	assert.equal(screen.button('Record').disabled, true);
	await screen.pass();
	assert.deepEqual(screen.all('button').map(({ textContent }) => textContent), ['Stop', 'Pause']);
	assert.equal(screen.find('.rr-controls').getAttribute('data-rr-status'), 'recording');
	await screen.click('Pause');
	await screen.click('Resume');
	await screen.click('Stop');
	assert.equal(screen.world.janus.room.recording.status, 'recording');
	await screen.click('Keep recording');
	await screen.click('Stop');
	await screen.key('.rr-controls', 'Escape');
	assert.ok(screen.button('Pause'));
	await screen.click('Stop');
	assert.equal(document.activeElement, screen.button('Stop'));
	await screen.click('Stop');
	assert.deepEqual([screen.world.janus.room.recording, screen.all('button').length], [null, 1]);
	await screen.close();
	const guest = await new Screen().render(h(RecordingControls), { secret: undefined });

	assert.equal(guest.find('.rr-controls'), null);
	await guest.close();
});

test('the question goes when somebody else has stopped; without one it stops at once', async () => {
	const screen = await new Screen().render(h(RecordingControls, { confirmStop: false, options: { title: 'Weekly' } }));

	await screen.click('Record');
	assert.equal(screen.world.janus.asked('start_recording')[0].body.title, 'Weekly');
	await screen.click('Stop');
	assert.equal(screen.world.janus.room.recording, null);
	await screen.close();
	const other = await new Screen().render(h(RecordingControls));

	await other.click('Record');
	await other.click('Stop');
	await other.happens((room) => room.setRecording('processing'));
	assert.deepEqual(other.all('button').map(({ textContent }) => textContent), ['Record']);
	await other.close();
});

test('the indicator: word, shape, clock, progress; its place is kept when there is nothing to show', async () => {
	const screen = await new Screen().render(h(RecordingIndicator));

	assert.deepEqual([screen.find('.rr-indicator').getAttribute('data-rr-status'), screen.text('.rr-indicator')], ['idle', '']);
	await screen.happens((room) => room.startRecording(room.come('Bob')), 65_000);
	await screen.happens((room) => room.status(), 20);
	assert.deepEqual([screen.text('.rr-word'), screen.text('.rr-clock')], ['Recording', '1:05']);
	assert.ok(screen.find('svg[aria-hidden="true"] path'));
	assert.equal(screen.find('.rr-clock').getAttribute('aria-live'), 'off');
	assert.equal(screen.find('.rr-indicator').getAttribute('title'), 'Started by Bob');
	await screen.happens((room) => room.setRecording('paused'), 5000);
	assert.deepEqual([screen.text('.rr-word'), screen.text('.rr-clock')], ['Recording paused', '1:05']);
	await screen.happens((room) => room.setRecording('processing'));
	await screen.happens((room) => room.tellAll({ event: 'recordingprogress', recordingId: room.last.recordingId, outputId: 1, stage: 'composing', percent: 41.6, etaMs: 9 }));
	assert.deepEqual([screen.text('.rr-word'), screen.find('.rr-clock'), screen.find('[role=progressbar]').getAttribute('aria-valuenow')], ['Processing', null, '42']);
	await screen.happens((room) => room.complete());
	assert.deepEqual([screen.text('.rr-word'), screen.find('[role=progressbar]')], ['Recording ready', null]);
	await screen.close();
});

test('the status region is there from the start, says each change once, and holds no clock', async () => {
	const screen = await new Screen().render([h(RecordingStatus, { key: 1 }), h(RecordingIndicator, { key: 2 })]);
	const region = screen.find('[role=status]'), said = [];

	assert.equal(region.textContent, '');
	for (const act of [(room) => room.startRecording(), (room) => room.setRecording('paused'), (room) => room.setRecording('recording'), (room) => room.setRecording('processing'), (room) => room.complete()]) {
		await screen.happens(act, 2000);
		said.push(region.textContent);
		assert.equal(screen.find('[role=status]'), region);
		assert.equal(region.querySelector('time'), null);
	}
	assert.deepEqual(said, ['Recording has started.', 'Recording is paused.', 'Recording goes on.', 'Recording has stopped. It is being processed.', 'The recording is ready.']);
	assert.equal(screen.text('[role=alert]'), '');
	await screen.happens((room) => {
		room.startRecording();
		room.event('recordingfailed', { reason: 'disk_full' });
	});
	assert.deepEqual([region.textContent, screen.text('[role=alert]')], ['', 'The recording could not be finished.']);
	await screen.close();
});

test('who comes late is told that it is recorded; trouble is an alert', async () => {
	const screen = new Screen();

	screen.world.janus.room.startRecording();
	await screen.render(h(RecordingStatus));
	assert.equal(screen.text('[role=status]'), 'This call is being recorded.');
	await screen.happens((room) => room.event('recordingdegraded', { reason: 'disk' }));
	assert.equal(screen.text('[role=alert]'), 'Part of the recording is damaged.');
	await screen.close();
});

test('consent: asked with the purpose, answered, not asked again', async () => {
	const screen = new Screen(), answers = [];

	screen.world.janus.room.consent = 'require';
	await screen.render(h(ConsentDialog, { onAnswer: (agreed) => answers.push(agreed) }), { secret: undefined });
	assert.equal(screen.find('dialog'), null);
	await screen.happens((room) => {
		room.startRecording();
		room.event('recordingstarted', { consent: 'require', consentText: 'For the ill.', consentUrl: 'https://example.org/p' });
	});
	const dialog = screen.find('dialog');

	assert.ok(dialog.open && dialog.textContent.includes('For the ill.'));
	assert.equal(screen.find('a').getAttribute('href'), 'https://example.org/p');
	assert.equal(screen.find(`[id="${dialog.getAttribute('aria-labelledby')}"]`).textContent, 'May you be recorded?');
	await screen.click('Agree');
	assert.deepEqual([screen.find('dialog'), answers, screen.world.janus.asked('consent').length], [null, [true], 1]);
	await screen.happens((room) => room.setRecording('paused'));
	assert.equal(screen.find('dialog'), null);
	await screen.close();
});

test('the lobby: from outside, and from inside', async () => {
	const screen = await new Screen().render(h(Lobby));
	const { janus } = screen.world;

	janus.room.lobby = true;
	for (const display of ['Bob', 'Cleo'])
		screen.world.room().join({ room: 'demo', display }).catch(() => {});
	await screen.pass();
	assert.deepEqual(screen.all('li .rr-name').map(({ textContent }) => textContent), ['Bob', 'Cleo']);
	await screen.click('Admit: Bob');
	await screen.click('Turn away: Cleo');
	assert.deepEqual([screen.find('section'), [...janus.room.people.values()].map(({ display }) => display)], [null, ['Ann', 'Bob']]);
	const guest = new Screen();

	guest.world.janus.room.lobby = true;
	await guest.render(h(Lobby), { secret: undefined });
	assert.equal(guest.text('[role=status]'), 'Please wait until a host lets you in.');
	await guest.happens((room) => room.admit('wait1'));
	assert.equal(guest.find('.rr-lobby'), null);
	await guest.close();
	await screen.close();
});

test('the grid: tiles with pictures, names, who is muted, screens; sound of the others alone', async () => {
	const screen = new Screen();
	const bob = screen.world.janus.room.come('Bob', STREAMS);

	await screen.render(h(ParticipantGrid), { audio: true, video: true });
	await screen.pass();
	assert.deepEqual(screen.all('.rr-tile').map((tile) => [tile.querySelector('.rr-name').textContent, tile.querySelector('video') !== null]), [['Ann (you) Host', true], ['Bob', true]]);
	assert.ok(screen.all('video').every((video) => video.muted));
	assert.equal(screen.all('audio').length, 1);
	await screen.happens((room) => {
		room.tellAll({ event: 'trackmuted', id: bob.id, mid: '0', source: 'audio' });
		room.tellAll({ event: 'trackmuted', id: bob.id, mid: '1', source: 'video' });
		room.tellAll({ recroom: 'talking', id: bob.id, mid: '0' });
	});
	const tile = screen.find(`[data-rr-participant="${bob.id}"]`);

	assert.deepEqual([tile.querySelector('.rr-face').textContent, tile.getAttribute('data-rr-talking'), tile.textContent.includes('muted')], ['B', 'true', true]);
	await screen.happens((room) => room.setStreams(bob.id, [...STREAMS, { mid: '2', type: 'video', source: 'screen', codec: 'vp8', muted: false }]));
	assert.ok(screen.all('.rr-name').some(({ textContent }) => textContent === 'Screen of Bob'));
	await screen.happens((room) => room.go(bob.id));
	assert.equal(screen.all('.rr-tile').length, 1);
	await screen.render(h(ParticipantGrid, { renderTile: ({ participant, source }) => h('b', null, participant.display, source) }), { audio: true, video: true });
	assert.equal(screen.text('b'), 'Annvideo');
	await screen.close();
});

test('sound that the browser keeps back until somebody clicks: a button, and no more when it plays', async () => {
	const screen = new Screen();
	const { prototype } = window.HTMLMediaElement, { play } = prototype;
	let mayPlay = false;

	prototype.play = async () => {
		if (!mayPlay)
			throw Object.assign(new Error('no'), { name: 'NotAllowedError' });
	};
	screen.world.janus.room.come('Bob', STREAMS);
	await screen.render(h(ParticipantGrid));
	await screen.pass();
	assert.ok(screen.button('Play sound'));
	mayPlay = true;
	await screen.click('Play sound');
	assert.equal(screen.button('Play sound'), null);
	await screen.close();
	prototype.play = play;
});

const R = (recordingId, more = {}) => ({ recordingId, roomId: 'demo', title: recordingId, status: 'completed', startedAt: 1.7e12, duration: 65_000, size: 2_500_000, flags: [], participants: [],
	progress: null, url: `/f/${recordingId}`, downloadUrl: `/d/${recordingId}`, ...more });

test('the list: loads, shows, plays, deletes after a question, goes on, shows progress as it is told', async () => {
	const screen = new Screen(), played = [], asked = [];
	let answer = { recordings: [R('one'), R('two', { status: 'processing', title: null, url: undefined, downloadUrl: undefined })], nextPageToken: 'n' };

	screen.world.rest = (url, { method }) => {
		asked.push(`${method} ${url}`);
		return { body: method === 'DELETE' ? { status: 'deleting' } : url.includes('/recordings') ? answer : R('one', { url: '/fresh' }) };
	};
	await screen.render(h(RecordingsList, { onPlay: (one, url) => played.push([one.recordingId, url]) }), { apiUrl: 'http://pp' });
	assert.deepEqual(screen.all('h3').map(({ textContent }) => textContent.slice(0, 12)), ['one', 'Recording of']);
	assert.deepEqual(screen.all('.rr-facts p').map(({ textContent }) => textContent), ['1:05 · 2.5 MB', 'Processing']);
	assert.equal(screen.find('a[download]').getAttribute('href'), 'http://pp/d/one');
	await screen.happens((room) => room.tellAll({ event: 'recordingprogress', recordingId: 'two', outputId: 1, stage: 'composing', percent: 60, etaMs: 5 }));
	assert.equal(screen.find('[data-rr-recording=two] [role=progressbar]').getAttribute('aria-valuenow'), '60');
	await screen.click('Play: one');
	assert.deepEqual(played, [['one', 'http://pp/fresh']]);
	await screen.click('Delete: one');
	await screen.click('Keep');
	assert.ok(!asked.some((one) => one.startsWith('DELETE')));
	await screen.click('Delete: one');
	answer = { recordings: [], nextPageToken: null };
	await screen.click(screen.all('.rr-danger')[0]);
	assert.ok(asked.includes('DELETE http://pp/recording/one'));
	assert.equal(screen.text('.rr-empty'), 'Nothing has been recorded in this room.');
	await screen.close();
});

test('the list: more pages, errors, parts of yours', async () => {
	const screen = new Screen();
	let fails = false;

	screen.world.rest = (url) => (fails ? { status: 403, body: { code: 'forbidden', detail: 'Not for you.' } }
		: { body: url.includes('pageToken=n') ? { recordings: [R('two')], nextPageToken: null } : { recordings: [R('one')], nextPageToken: 'n' } });
	await screen.render(h(RecordingsList, { components: { Item: ({ recording }) => h('b', null, recording.recordingId) } }), { apiUrl: 'http://pp' });
	await screen.click('Show more');
	assert.deepEqual([screen.all('b').map(({ textContent }) => textContent), screen.button('Show more')], [['one', 'two'], null]);
	fails = true;
	await screen.click('Refresh');
	assert.equal(screen.text('[role=alert]'), 'Not for you.');
	await screen.close();
	const loading = new Screen();

	loading.world.rest = () => new Promise(() => {});
	await loading.render(h(RecordingsList, { components: { Loading: () => h('i', null, 'wait') } }), { apiUrl: 'http://pp' });
	assert.equal(loading.text('i'), 'wait');
	await loading.close();
});

test('every word may be another', async () => {
	const screen = await new Screen().render(h(RecordingControls), { labels: { record: 'تسجيل' } });

	assert.ok(screen.button('تسجيل'));
	await screen.close();
});
