// SPDX-License-Identifier: MIT
// Cameras, microphones and loudspeakers: which there are, which are in use, another one.

import { useCallback, useEffect, useState } from 'react';

import { useRecroom } from './context.js';
import { useAsked, useParticipants } from './room_hooks.js';

/** @typedef {import('janus-recroom').DeviceInfo} DeviceInfo */

/** @param {any} track @returns {string | null} */
const idOf = (track) => track?.getSettings?.().deviceId ?? null;

export function useDevices() {
	const { room } = useRecroom();
	const [devices, setDevices] = useState(/** @type {DeviceInfo[]} */ ([]));
	const own = useParticipants().find(({ isLocal }) => isLocal)?.tracks;
	const refresh = useCallback(async () => setDevices(await room.devices.list()), [room]);
	const [choose, pending] = useAsked(async (/** @type {'audio' | 'video'} */ source, /** @type {string} */ deviceId) => {
		if (room.publisher.source(source))
			await room.publisher.switchDevice(source, deviceId);
		else
			await room.publisher.publish({ audio: source === 'audio' && deviceId, video: source === 'video' && deviceId });
	});

	useEffect(() => {
		const end = room.devices.on('change', setDevices), unwatch = room.devices.watch();

		refresh();
		return () => {
			end();
			unwatch();
		};
	}, [room, refresh, own]);               // names of devices are known once one of them is in use

	return {
		cameras: devices.filter(({ kind }) => kind === 'videoinput'), microphones: devices.filter(({ kind }) => kind === 'audioinput'),
		speakers: devices.filter(({ kind }) => kind === 'audiooutput'), camera: idOf(own?.video), microphone: idOf(own?.audio), pending, refresh,
		setCamera: (/** @type {string} */ deviceId) => choose('video', deviceId), setMicrophone: (/** @type {string} */ deviceId) => choose('audio', deviceId),
	};
}
