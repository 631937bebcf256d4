// SPDX-License-Identifier: MIT
// One room for everything below it: joined when it appears, left when it goes.

import { RecroomError, Room } from 'janus-recroom';
import { createElement, useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { RecroomContext } from './context.js';
import { LABELS } from './labels.js';

/** @typedef {{event: string, recordingId: string} & Record<string, any>} RecordingEvent */

/**
 * @typedef {object} RecroomProviderProps
 * @property {string} [serverUrl] of recroom-pp serve, or of Janus: ws(s):, or http(s): with a path that ends in /janus
 * @property {string} [apiUrl] of recroom-pp serve, where serverUrl is Janus'
 * @property {string | number} [roomId]
 * @property {string} [token]
 * @property {string} [secret] of the host
 * @property {string} [pin]
 * @property {string} [display] the name that the others see
 * @property {boolean} [connect] false: not yet
 * @property {boolean | string | object} [audio] publish the microphone, this one, or with these constraints
 * @property {boolean | string | object} [video]
 * @property {any} [rtc] configuration of RTCPeerConnection
 * @property {import('janus-recroom').PlatformOptions} [platform]
 * @property {Room} [room] a room of yours: you join it and leave it
 * @property {Partial<import('./labels.js').Labels>} [labels]
 * @property {() => void} [onConnected]
 * @property {(why: {code: string, reason: string}) => void} [onDisconnected]
 * @property {(error: RecroomError) => void} [onError]
 * @property {(event: RecordingEvent) => void} [onRecordingStarted]
 * @property {(event: RecordingEvent) => void} [onRecordingPaused]
 * @property {(event: RecordingEvent) => void} [onRecordingResumed]
 * @property {(event: RecordingEvent) => void} [onRecordingStopped]
 * @property {(event: RecordingEvent) => void} [onRecordingCompleted]
 * @property {(event: RecordingEvent) => void} [onRecordingFailed]
 * @property {import('react').ReactNode} [children]
 */

/** @type {Record<string, 'onRecordingStarted' | 'onRecordingPaused' | 'onRecordingResumed' | 'onRecordingStopped' | 'onRecordingCompleted' | 'onRecordingFailed'>} */
const CALLBACKS = {
	recordingstarted: 'onRecordingStarted', recordingpaused: 'onRecordingPaused', recordingresumed: 'onRecordingResumed', recordingstopped: 'onRecordingStopped',
	recordingcompleted: 'onRecordingCompleted', recordingfailed: 'onRecordingFailed',
};

/** The props of the last rendering, for what is called later. @template T @param {T} props */
function useLatest(props) {
	const latest = useRef(props);

	useEffect(() => {
		latest.current = props;
	});
	return latest;
}

/** @param {RecroomProviderProps} props */
function wishOf({ roomId = '', display, token, secret, pin }) {
	return Object.fromEntries(Object.entries({ room: roomId, display, token, secret, pin }).filter(([, value]) => value !== undefined && value !== ''));
}

/** @param {RecroomProviderProps} props */
export function RecroomProvider(props) {
	const { serverUrl, apiUrl, roomId, token, secret, pin, connect = true, room: given, labels, children } = props;
	const latest = useLatest(props);
	const room = useMemo(() => given ?? new Room({ serverUrl, apiUrl, rtc: latest.current.rtc, platform: latest.current.platform }), [given, serverUrl, apiUrl]);
	const [error, setError] = useState(/** @type {RecroomError | null} */ (null));
	const [waiting, setWaiting] = useState(/** @type {import('janus-recroom').Waiting | null} */ (null));
	const [closed, setClosed] = useState(/** @type {{code: string, reason: string} | null} */ (null));

	const report = useCallback((/** @type {unknown} */ thrown) => {
		const problem = RecroomError.from(thrown);

		setError(problem);
		latest.current.onError?.(problem);
	}, []);

	const join = useCallback(async () => {
		setClosed(null);
		setError(null);
		await room.join(/** @type {any} */ (wishOf(latest.current)));
		const { audio = false, video = false } = latest.current;

		if ((audio || video) && room.state === 'joined' && room.permissions.canPublish)
			await room.publisher.publish({ audio, video });
	}, [room]);

	useEffect(() => {
		let wasIn = false;
		const ends = [
			room.on('waiting', setWaiting),
			room.on('state', (state) => {
				if (state !== 'waiting')
					setWaiting(null);
			}),
			room.on('joined', () => {
				if (!wasIn)
					latest.current.onConnected?.();
				wasIn = true;
			}),
			room.on('closed', (why) => {
				wasIn = false;
				setClosed(why);
				latest.current.onDisconnected?.(why);
			}),
			room.on('error', report),
			room.on('recordingevent', (event) => latest.current[CALLBACKS[event.event]]?.(event)),
		];

		return () => ends.forEach((end) => end());
	}, [room]);

	// A moment later, as development mode takes everything down once and puts it up again.
	useEffect(() => {
		if (given || !connect)
			return undefined;
		const timer = setTimeout(() => join().catch((thrown) => thrown?.code !== 'left' && report(thrown)), 0);

		return () => {
			clearTimeout(timer);
			room.leave();
		};
	}, [room, given, connect, roomId, token, secret, pin]);

	const words = useMemo(() => ({ ...LABELS, ...labels }), [labels]);
	const value = useMemo(() => ({ room, labels: words, error, waiting, closed, join, report }), [room, words, error, waiting, closed, join]);

	return createElement(RecroomContext.Provider, { value }, children);
}
