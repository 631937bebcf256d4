// SPDX-License-Identifier: MIT
// Tracks, and devices that give them.

let number = 0;

export function makeTrack(kind) {
	return { id: `track${++number}`, kind, enabled: true, readyState: 'live', onended: null, stop() { this.readyState = 'ended'; } };
}

const streamOf = (tracks) => ({
	getTracks: () => tracks, getVideoTracks: () => tracks.filter(({ kind }) => kind === 'video'), getAudioTracks: () => tracks.filter(({ kind }) => kind === 'audio'),
});

/** refuse: name of the error that getUserMedia meets. */
export function fakeDevices({ refuse = '' } = {}) {
	const asked = [], listeners = new Set();
	const devices = {
		asked, refuse, listeners,
		list: [{ deviceId: 'cam1', groupId: 'g', label: 'Camera', kind: 'videoinput' }, { deviceId: '', groupId: '', label: '', kind: 'audioinput' }],
		async getUserMedia(constraints) {
			asked.push(constraints);
			if (devices.refuse)
				throw Object.assign(new Error(devices.refuse), { name: devices.refuse });
			return streamOf(['audio', 'video'].filter((kind) => constraints[kind]).map(makeTrack));
		},
		async getDisplayMedia(constraints) {
			asked.push(constraints);
			if (devices.refuse)
				throw Object.assign(new Error(devices.refuse), { name: devices.refuse });
			return streamOf([makeTrack('video'), makeTrack('audio')]);
		},
		async enumerateDevices() { return devices.list; },
		addEventListener: (_, listener) => listeners.add(listener),
		removeEventListener: (_, listener) => listeners.delete(listener),
	};

	return devices;
}
