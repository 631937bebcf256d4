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
	const [speaker, setSpeaker] = useState(room.devices.speaker);
	const [choose, pending] = useAsked(async (/** @type {'audio' | 'video'} */ source, /** @type {string} */ deviceId) => {
		if (room.publisher.source(source))
			await room.publisher.switchDevice(source, deviceId);
		else
			await room.publisher.publish({ audio: source === 'audio' && deviceId, video: source === 'video' && deviceId });
	});

	const [chooseSpeaker, routing] = useAsked(async (/** @type {string} */ deviceId) => {
		await room.devices.setSpeaker(deviceId);
		setSpeaker(deviceId);
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
		speakers: devices.filter(({ kind }) => kind === 'audiooutput'), camera: idOf(own?.video), microphone: idOf(own?.audio), speaker, pending: pending || routing, refresh,
		setCamera: (/** @type {string} */ deviceId) => choose('video', deviceId), setMicrophone: (/** @type {string} */ deviceId) => choose('audio', deviceId),
		setSpeaker: chooseSpeaker,
	};
}

/** Browsers play no sound before a click: is something kept from it, and what a click does. */
export function usePlayback() {
	const { devices } = useRecroom().room;
	const [isBlocked, setBlocked] = useState(devices.isBlocked);
	const start = useCallback(() => devices.unblock(), [devices]);

	useEffect(() => {
		setBlocked(devices.isBlocked);
		return devices.on('blocked', setBlocked);
	}, [devices]);
	return { isBlocked, start, buttonProps: { type: /** @type {'button'} */ ('button'), onClick: () => { start(); } } };
}
