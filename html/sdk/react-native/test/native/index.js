// SPDX-License-Identifier: MIT
// React Native for tests: react-native-web, and what that has no use for.

export * from 'react-native-web';

/** What the test says the person at the phone answers. */
export const PermissionsAndroid = {
	PERMISSIONS: { CAMERA: 'android.permission.CAMERA', RECORD_AUDIO: 'android.permission.RECORD_AUDIO' },
	RESULTS: { GRANTED: 'granted', DENIED: 'denied', NEVER_ASK_AGAIN: 'never_ask_again' },
	answers: {},
	async check(name) { return PermissionsAndroid.answers[name] === 'granted'; },
	async request(name) { return PermissionsAndroid.answers[name] ?? 'denied'; },
};
