// SPDX-License-Identifier: MIT
// The adapter: what Android, iOS and react-native-webrtc say, under one name each; and the lines of the README, which are the example's.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { AppState, Linking, PermissionsAndroid, Platform } from 'react-native';
import { mediaDevices, permissions } from 'react-native-webrtc';

import { adapterOf } from '../src/platform.js';

const { OS } = Platform;

test('permissions on Android: not granted may be asked; never again is blocked', async () => {
	const { checkPermission, askPermission } = adapterOf();

	Platform.OS = 'android';
	try {
		for (const [answer, checked, asked] of [['granted', 'granted', 'granted'], ['denied', 'prompt', 'denied'], ['never_ask_again', 'prompt', 'blocked']]) {
			PermissionsAndroid.answers = { [PermissionsAndroid.PERMISSIONS.CAMERA]: answer };
			assert.deepEqual([await checkPermission('camera'), await askPermission('camera'), await askPermission('microphone')], [checked, asked, 'denied'], answer);
		}
	} finally {
		Platform.OS = OS;
	}
});

test('permissions on iOS: asked once; refused is blocked', async () => {
	const { checkPermission, askPermission } = adapterOf();

	for (const [state, answer, checked, asked] of [['granted', true, 'granted', 'granted'], ['prompt', false, 'prompt', 'blocked'], ['denied', false, 'blocked', 'blocked']]) {
		permissions.states.camera = state;
		permissions.answers.camera = answer;
		assert.deepEqual([await checkPermission('camera'), await askPermission('camera')], [checked, asked], state);
	}
});

test('what is stopped is let go of, once; a screen that nobody chose has the name that it has elsewhere', async () => {
	const log = [], track = { stop: () => log.push('stop'), release: () => log.push('release') };
	const { getUserMedia, getDisplayMedia } = mediaDevices, { mediaDevices: devices } = adapterOf();

	mediaDevices.getUserMedia = async () => ({ getTracks: () => [track] });
	const [opened] = (await devices.getUserMedia({ audio: true })).getTracks();

	opened.stop();
	opened.stop();
	assert.deepEqual(log, ['stop', 'release', 'stop']);
	for (const [thrown, name] of [[new Error('NotAllowedError'), 'NotAllowedError'], [new Error('AbortError'), 'NotAllowedError'], [new TypeError('broken'), 'TypeError']]) {
		mediaDevices.getDisplayMedia = async () => { throw thrown; };
		await assert.rejects(devices.getDisplayMedia({}), { name });
	}
	Object.assign(mediaDevices, { getUserMedia, getDisplayMedia });
});

test('background, settings, and what is handed in', () => {
	const seen = [], listeners = [], { addEventListener } = AppState, { openSettings } = Linking;

	AppState.addEventListener = (name, listener) => {
		listeners.push(listener);
		return { remove: () => listeners.pop() };
	};
	Linking.openSettings = async () => seen.push('settings');
	const netInfo = { addEventListener: (listener) => { listener({ isConnected: true, type: 'wifi' }); return () => seen.push('end'); } };
	const adapter = adapterOf({ netInfo }), end = adapter.onActivity((state) => seen.push(state));

	for (const state of ['background', 'unknown', 'extension', 'inactive', 'active'])
		listeners[0](state);
	end();
	adapter.openSettings();
	adapter.onNetwork(({ type }) => seen.push(type))();
	assert.deepEqual([seen, listeners, adapter.onAudioFocus, adapter.storage, adapter.service], [['background', 'active', 'active', 'inactive', 'active', 'settings', 'wifi', 'end'], [], null, null, null]);
	Object.assign(AppState, { addEventListener });
	Object.assign(Linking, { openSettings });
});

test('the example is the lines of the README, of which there are 20', async () => {
	const [readme, app] = await Promise.all(['../README.md', '../example/App.js'].map((name) => readFile(new URL(name, import.meta.url), 'utf8')));
	const [, code] = readme.match(/```jsx\n([^]*?)```/);

	assert.deepEqual([app, code.trim().split('\n').length <= 20], [`// SPDX-License-Identifier: MIT\n${code}`, true]);
});
