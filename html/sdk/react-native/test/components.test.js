// SPDX-License-Identifier: MIT
// Each component in its states, by what is on the screen and what it is called; and the provider on a phone.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { STREAMS } from '../../core/test/lib/harness.js';
import { h, Screen } from './lib/screen.js';

const { AccessibilityInfo, Platform, Pressable, Text } = await import('react-native');
const { open } = await import('react-native-webrtc');
const {
	ConsentDialog, createPhone, DARK, LABELS, LIGHT, Lobby, ParticipantGrid, PHONE_LABELS, PhoneNotice, pressProps, RecordingControls, RecordingIndicator, RecordingStatus, TrackToggle, usePhone, useRecording,
} = await import('../src/index.js');

test('controls: record, pause, resume, stop after a question; nothing for guests', async () => {
	const screen = await new Screen().render(h(RecordingControls));

	assert.equal(screen.button('Record').getAttribute('aria-disabled'), null);
	await screen.click('Record', 0);
	assert.equal(screen.button('Record').getAttribute('aria-disabled'), 'true');
	await screen.pass();
	assert.deepEqual(screen.buttons, ['Stop', 'Pause']);
	await screen.click('Pause');
	assert.deepEqual([screen.buttons, screen.world.janus.room.recording.status], [['Stop', 'Resume'], 'paused']);
	await screen.click('Resume');
	await screen.click('Stop');
	assert.deepEqual([screen.buttons, screen.world.janus.room.recording.status, document.activeElement === screen.button('Stop')], [['Stop', 'Keep recording'], 'recording', true]);
	await screen.click('Keep recording');
	await screen.click('Stop');
	await screen.click('Stop');
	assert.deepEqual([screen.world.janus.room.recording, screen.buttons], [null, ['Record']]);
	await screen.close();
	const guest = await new Screen().render(h(RecordingControls), { secret: undefined });

	assert.equal(guest.part('rr-controls'), null);
	await guest.close();
	const brisk = await new Screen().render(h(RecordingControls, { confirmStop: false, options: { title: 'Weekly' } }));

	await brisk.click('Record');
	await brisk.click('Stop');
	assert.deepEqual([brisk.world.janus.asked('start_recording')[0].body.title, brisk.world.janus.room.recording], ['Weekly', null]);
	await brisk.close();
});

test('the question goes when somebody else has stopped; no connection, no buttons', async () => {
	const screen = await new Screen().render(h(RecordingControls));

	await screen.click('Record');
	await screen.click('Stop');
	await screen.happens((room) => room.setRecording('processing'));
	assert.deepEqual(screen.buttons, ['Record']);
	await screen.happens(() => screen.world.janus.cut(5000));
	assert.equal(screen.button('Record').getAttribute('aria-disabled'), 'true');
	await screen.close();
});

test('the indicator: word, shape, clock, progress; its place is kept when there is nothing to show', async () => {
	const screen = await new Screen().render(h(RecordingIndicator));

	assert.deepEqual([screen.words('rr-indicator'), screen.part('rr-indicator').getAttribute('aria-hidden')], ['', 'true']);
	await screen.happens((room) => room.startRecording(), 65_000);
	await screen.happens((room) => room.status(), 20);
	assert.deepEqual([screen.words('rr-word'), screen.words('rr-clock'), screen.part('rr-clock').getAttribute('aria-live')], ['Recording', '1:05', 'off']);
	assert.equal(screen.part('rr-shape-recording').getAttribute('aria-hidden'), 'true');
	await screen.happens((room) => room.setRecording('paused'), 5000);
	assert.deepEqual([screen.words('rr-word'), screen.words('rr-clock'), Boolean(screen.part('rr-shape-paused'))], ['Recording paused', '1:05', true]);
	await screen.happens((room) => room.setRecording('processing'));
	await screen.happens((room) => room.tellAll({ event: 'recordingprogress', recordingId: room.last.recordingId, outputId: 1, stage: 'composing', percent: 41.6, etaMs: 9 }));
	assert.deepEqual([screen.words('rr-word'), screen.part('rr-clock'), screen.find('[role=progressbar]').getAttribute('aria-valuenow'), screen.find('[role=progressbar]').getAttribute('aria-label')],
		['Processing', null, '42', LABELS.progress]);
	await screen.happens((room) => room.complete());
	assert.deepEqual([screen.words('rr-word'), screen.find('[role=progressbar]'), Boolean(screen.part('rr-shape-completed'))], ['Recording ready', null, true]);
	await screen.close();
	let pressed = 0;
	const pressable = await new Screen().render(h(RecordingIndicator, { clock: false, onPress: () => { pressed++; } }));

	await pressable.happens((room) => room.startRecording());
	await pressable.click('Recording');
	assert.equal(pressed, 1);
	await pressable.close();
});

test('the status region is there from the start and says each step; on iOS it is spoken, once each', async () => {
	const spoken = [], announce = AccessibilityInfo.announceForAccessibility, { OS } = Platform;

	AccessibilityInfo.announceForAccessibility = (words) => spoken.push(words);
	Platform.OS = 'ios';
	try {
		const screen = await new Screen().render([h(RecordingStatus, { key: 1 }), h(RecordingIndicator, { key: 2 })]);
		const region = screen.find('[role=status]'), said = [];

		assert.deepEqual([region.textContent, region.getAttribute('aria-live'), screen.find('[role=alert]').getAttribute('aria-live')], ['', 'polite', 'assertive']);
		for (const act of [(room) => room.startRecording(), (room) => room.setRecording('paused'), (room) => room.setRecording('recording'), (room) => room.setRecording('processing'), (room) => room.complete()]) {
			await screen.happens(act, 1500);
			said.push(region.textContent);
		}
		assert.deepEqual(said, [LABELS.saidStarted, LABELS.saidPaused, LABELS.saidResumed, LABELS.saidStopped, LABELS.saidCompleted]);
		assert.deepEqual([spoken, screen.find('[role=status]') === region], [said, true]);
		await screen.happens((room) => { room.startRecording(); room.event('recordingfailed', { reason: 'disk_full' }); });
		assert.deepEqual([screen.find('[role=alert]').textContent, spoken.at(-1)], [LABELS.saidFailed, LABELS.saidFailed]);
		await screen.close();
	} finally {
		AccessibilityInfo.announceForAccessibility = announce;
		Platform.OS = OS;
	}
});

test('the lobby: who waits is told; hosts let in and turn away', async () => {
	const guest = new Screen();

	guest.world.janus.room.lobby = true;
	await guest.render(h(Lobby), { secret: undefined, display: 'Ben' });
	assert.equal(guest.words('rr-lobby'), LABELS.waitingLobby);
	await guest.close();
	const screen = await new Screen().render(h(Lobby));
	const wait = (id, display) => screen.happens((room) => { room.waiting.set(id, { id, body: { display } }); room.tellHosts({ event: 'waiting', id, display, reason: 'lobby' }); });

	assert.equal(screen.part('rr-lobby'), null);
	await wait('w1', 'Ben');
	await wait('w2', '');
	assert.deepEqual(screen.buttons, ['Turn away', 'Admit', 'Turn away', 'Admit', 'Admit all']);
	screen.world.janus.room.admit = (id) => { screen.world.janus.room.waiting.delete(id); screen.world.janus.room.tellHosts({ event: 'admitted', id }); };
	await screen.click('Admit: Ben');
	assert.ok(screen.button('Admit: Somebody') && !screen.button('Admit: Ben'));
	await screen.close();
});

test('consent: asked where it is wanted, put off, answered', async () => {
	const screen = new Screen(), answers = [];

	screen.world.janus.room.consent = 'require';
	screen.world.janus.room.startRecording();
	await screen.render(h(ConsentDialog, { onAnswer: (agreed) => answers.push(agreed) }), { secret: undefined });
	assert.match(screen.words('rr-consent'), /nothing of you is kept/);
	assert.equal(screen.all('[role=dialog]')[0].getAttribute('aria-label'), LABELS.consentTitle);
	await screen.click('Agree');
	assert.deepEqual([answers, screen.words('rr-consent'), screen.world.janus.asked('consent').map(({ body }) => body.agree)], [[true], null, [true]]);
	await screen.close();
	const later = new Screen();

	later.world.janus.room.consent = 'require';
	later.world.janus.room.startRecording();
	await later.render(h(ConsentDialog), { secret: undefined });
	await later.pass(10, () => document.dispatchEvent(new window.KeyboardEvent('keyup', { key: 'Escape' })));
	assert.deepEqual([later.words('rr-consent'), later.world.janus.asked('consent').length], [null, 0]);
	await later.close();
});

test('the grid: names, pictures, muted; streams are let go of', async () => {
	const screen = await new Screen().render(h(ParticipantGrid), { audio: true, video: true });

	await screen.happens((room) => room.come('Bob', STREAMS));
	assert.deepEqual(screen.all('[data-testid=rr-tile]').map((tile) => tile.textContent), ['Ann (you) Host', 'Bob']);
	assert.deepEqual([screen.all('video').length, open(), screen.all('[role=listitem],li').length], [2, 2, 2]);
	await screen.click((await screen.render([h(ParticipantGrid, { key: 1 }), h(TrackToggle, { key: 2, source: 'video' })], { audio: true, video: true })).button('Camera'));
	assert.deepEqual([screen.all('video').length, screen.all('[data-testid=rr-tile]')[0].textContent], [1, 'AAnn (you) Host']);
	await screen.close();
	assert.equal(open(), 0);
	const own = await new Screen().render(h(ParticipantGrid, { renderTile: ({ participant }) => h(Text, null, `<${participant.display}>`) }));

	assert.match(own.node.textContent, /<Ann>/);
	await own.close();
});

test('what stands in the way: a refused camera, the settings, a call, no network', async () => {
	const screen = new Screen(), { adapter } = screen;

	adapter.permissions = { camera: 'prompt', microphone: 'prompt' };
	adapter.answers = { camera: 'denied', microphone: 'blocked' };
	await screen.render(h(PhoneNotice), { audio: true, video: true });
	assert.deepEqual([screen.find('[role=status]').textContent, screen.buttons], [`${PHONE_LABELS.microphoneDenied}Open settings${PHONE_LABELS.cameraDenied}Ask again`, ['Open settings', 'Ask again']]);
	await screen.click(`Open settings: ${PHONE_LABELS.microphone}`);
	assert.equal(adapter.log.at(-1), 'settings');
	adapter.answers.camera = 'granted';
	await screen.click(`Ask again: ${PHONE_LABELS.camera}`);
	adapter.permissions.microphone = 'granted';
	await screen.happens(() => { adapter.goes('background'); adapter.goes('active'); });
	assert.deepEqual([screen.words('rr-notice'), screen.buttons], ['', []]);
	await screen.happens(() => { adapter.focus('lost'); adapter.network('none'); });
	assert.equal(screen.words('rr-notice'), PHONE_LABELS.interrupted + PHONE_LABELS.offline);
	await screen.happens(() => { adapter.focus('gained'); adapter.network('wifi'); screen.world.janus.cut(5000); });
	assert.equal(screen.words('rr-notice'), PHONE_LABELS.reconnecting);
	await screen.close();
});

test('switches, buttons of yours, usePhone', async () => {
	const screen = new Screen();
	let phone = null;
	const Mine = () => {
		phone = usePhone();
		return h(Pressable, pressProps(useRecording().recordButtonProps), h(Text, null, 'Mine'));
	};

	await screen.render([h(TrackToggle, { key: 1, source: 'audio' }), h(Mine, { key: 2 })], { audio: true, video: true });
	assert.equal(screen.button('Microphone').getAttribute('aria-checked'), 'true');
	await screen.click('Microphone');
	assert.equal(screen.button('Microphone').getAttribute('aria-checked'), 'false');
	await screen.click('Mine');
	assert.equal(screen.world.janus.room.recording.status, 'recording');
	await screen.happens(() => screen.adapter.goes('background'));
	assert.deepEqual([phone.isBackground, phone.resting, phone.isOffline], [true, ['video'], false]);
	await screen.close();
	assert.deepEqual(screen.phone.state.resting, []);
});

test('a theme and words of yours; light and dark have text that can be read', async () => {
	const screen = await new Screen().render(h(RecordingControls, { styles: { button: { borderRadius: 3 } } }), { theme: { touch: 60 }, colorScheme: 'dark', labels: { record: 'Aufnehmen' } });
	const style = window.getComputedStyle(screen.button('Aufnehmen'));

	assert.deepEqual([style.minHeight, style.borderTopLeftRadius], ['60px', '3px']);
	await screen.close();
	const luminance = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const contrast = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);

	for (const theme of [LIGHT, DARK]) {
		for (const [ink, ground] of [['text', 'surface'], ['text', 'raised'], ['faint', 'surface'], ['red', 'surface'], ['onRed', 'red'], ['onAccent', 'accent'], ['accent', 'surface'], ['onFace', 'face']])
			assert.ok(contrast(theme[ink], theme[ground]) >= 4.5, `${ink} on ${ground}: ${contrast(theme[ink], theme[ground])}`);
		assert.ok(theme.touch >= 44);
	}
});

test('joined when what was kept has been read; a phone of createPhone, or none', async () => {
	let read = null;
	const storage = { getItem: () => new Promise((resolve) => { read = resolve; }), setItem: async () => {}, removeItem: async () => {} };
	const screen = await new Screen({ phone: { storage } }).render(h(RecordingControls));

	assert.equal(screen.world.janus.asked('join').length, 0);
	await screen.pass(200, () => read(null));
	await screen.pass();
	assert.equal(screen.world.janus.asked('join').length, 1);
	await screen.close();
	for (const phone of [undefined, createPhone({ netInfo: { addEventListener: () => () => {} } })]) {
		const plain = await new Screen().render(h(PhoneNotice), { phone });

		assert.equal(plain.words('rr-notice'), '');
		await plain.close();
	}
	const outside = new Screen();

	await outside.bare(h(PhoneNotice)).catch((error) => { outside.thrown = error; });
	assert.match(String(outside.thrown?.message), /inside <RecroomProvider>/);
});

test('one file knows react-native-webrtc; every word is a label; what can be pressed has a role and a name', async () => {
	const folder = new URL('../src/', import.meta.url);

	for (const name of await readdir(folder)) {
		const text = await readFile(new URL(name, folder), 'utf8');

		assert.equal(/from 'react-native-webrtc'/.test(text), name === 'platform.js', name);
		if (name !== 'parts.js' && name !== 'recording_indicator.js')
			assert.ok(!/h\(Pressable/.test(text), `${name} has a Pressable that is no Button`);
	}
});
