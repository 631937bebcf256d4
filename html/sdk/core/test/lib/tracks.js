// SPDX-License-Identifier: MIT
// Tracks, and devices that give them.

let number = 0;

export function makeTrack(kind) {
	return { id: `track${++number}`, kind, enabled: true, readyState: 'live', onended: null, stop() { this.readyState = 'ended'; } };
}

const streamOf = (tracks) => ({
	getTracks: () => tracks, getVideoTracks: () => tracks.filter(({ kind }) => kind === 'video'), getAudioTracks: () => tracks.filter(({ kind }) => kind === 'audio'),
});

/** refuse: name of the error that getUserMedia meets. `made`: all tracks that were given out; `slow`: what each request waits for. */
export function fakeDevices({ refuse = '' } = {}) {
	const asked = [], listeners = new Set(), made = [];
	const give = (kinds) => {
		const tracks = kinds.map(makeTrack);

		made.push(...tracks);
		return streamOf(tracks);
	};
	const devices = {
		asked, refuse, listeners, made, slow: async () => {},
		list: [{ deviceId: 'cam1', groupId: 'g', label: 'Camera', kind: 'videoinput' }, { deviceId: '', groupId: '', label: '', kind: 'audioinput' }],
		async getUserMedia(constraints) {
			asked.push(constraints);
			await devices.slow();
			if (devices.refuse)
				throw Object.assign(new Error(devices.refuse), { name: devices.refuse });
			return give(['audio', 'video'].filter((kind) => constraints[kind]));
		},
		async getDisplayMedia(constraints) {
			asked.push(constraints);
			await devices.slow();
			if (devices.refuse)
				throw Object.assign(new Error(devices.refuse), { name: devices.refuse });
			return give(['video', 'audio']);
		},
		async enumerateDevices() { return devices.list; },
		addEventListener: (_, listener) => listeners.add(listener),
		removeEventListener: (_, listener) => listeners.delete(listener),
	};

	return devices;
}
