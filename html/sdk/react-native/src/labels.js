// SPDX-License-Identifier: MIT
// Words that only a phone needs, beside those of janus-recroom-react. `labels` of the provider replaces any of both.

export const PHONE_LABELS = {
	cameraDenied: 'The camera may not be used.',
	microphoneDenied: 'The microphone may not be used.',
	askAgain: 'Ask again',
	openSettings: 'Open settings',
	interrupted: 'Your microphone is off while you are on the phone.',
	offline: 'There is no network.',
	reconnecting: 'Connecting again…',
	microphone: 'Microphone',
	camera: 'Camera',
	screen: 'Share screen',
};

/** @typedef {import('janus-recroom-react/hooks').Labels & typeof PHONE_LABELS} Labels */
