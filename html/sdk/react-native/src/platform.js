// SPDX-License-Identifier: MIT
// The phone as it is: the one file that knows react-native-webrtc, and which of React Native's modules tell of background, permissions and settings. Everything
// else sees an Adapter, which tests replace.
//
//   react-native-webrtc ─┐                       ┌─▶ platform of the Room: connections, devices, storage, hints about the network
//   React Native ────────┼─ adapterOf ─ Adapter ─┤
//   what you hand in ────┘                       └─▶ phone.js: background, interruption, permissions, network, service

import { AppState, Linking, PermissionsAndroid, Platform } from 'react-native';
import { mediaDevices, MediaStream, permissions, registerGlobals, RTCPeerConnection, RTCView } from 'react-native-webrtc';

export { MediaStream, registerGlobals, RTCView };

/** @typedef {'active' | 'inactive' | 'background'} ActivityState inactive: for a moment, as under a system dialog */
/** @typedef {'prompt' | 'granted' | 'denied' | 'blocked'} PermissionState denied: may be asked again; blocked: only the settings can change it */
/** @typedef {'camera' | 'microphone'} PermissionName */
/** @typedef {'lost' | 'gained'} AudioFocus lost: a call, or another application, has the microphone */
/** @typedef {'camera' | 'microphone' | 'mediaProjection'} ServiceType */
/** @typedef {() => void} End ends what was begun */

/**
 * @typedef {object} AsyncStorage as `@react-native-async-storage/async-storage`; Expo's SecureStore under other names
 * @property {(key: string) => Promise<string | null>} getItem
 * @property {(key: string, value: string) => Promise<unknown>} setItem
 * @property {(key: string) => Promise<unknown>} removeItem
 */

/**
 * @typedef {object} NetInfo as `@react-native-community/netinfo`
 * @property {(listener: (state: {isConnected: boolean | null, type: string}) => void) => End} addEventListener
 */

/**
 * @typedef {object} CallService what keeps the process alive while it is in the background: on Android a foreground service
 * @property {(types: ServiceType[]) => unknown} start again with other types when they change
 * @property {() => unknown} stop
 */

/**
 * @typedef {object} AdapterOptions none of it is needed
 * @property {AsyncStorage} [storage] who we are in a call, over the end of the process; encrypted, if you can
 * @property {NetInfo} [netInfo]
 * @property {(listener: (focus: AudioFocus) => void) => End} [audioFocus] calls the listener when another application takes the sound, and gives it back
 * @property {CallService} [service]
 */

/**
 * @typedef {object} Adapter
 * @property {any} RTCPeerConnection
 * @property {any} MediaStream
 * @property {any} mediaDevices
 * @property {() => ActivityState} activity
 * @property {(listener: (activity: ActivityState) => void) => End} onActivity
 * @property {(name: PermissionName) => Promise<PermissionState>} checkPermission
 * @property {(name: PermissionName) => Promise<PermissionState>} askPermission
 * @property {() => Promise<unknown>} openSettings
 * @property {NetInfo['addEventListener'] | null} onNetwork
 * @property {((listener: (focus: AudioFocus) => void) => End) | null} onAudioFocus
 * @property {AsyncStorage | null} storage
 * @property {CallService | null} service
 */

/** 'unknown' and 'extension' (iOS) are no background. @param {string | null} state @returns {ActivityState} */
const activityOf = (state) => (state === 'background' || state === 'inactive' ? state : 'active');

/** Camera and screen are let go by release(), not by the stop() that other places have. @param {any} stream */
function released(stream) {
	for (const track of stream.getTracks()) {
		const stop = track.stop.bind(track);
		let isOver = false;

		track.stop = () => {
			stop();
			if (!isOver)
				track.release?.();
			isOver = true;
		};
	}
	return stream;
}

/** That no screen was chosen is told by a message, where other places have a name. @param {any} error */
function named(error) {
	return ['NotAllowedError', 'AbortError'].includes(error?.message) ? Object.assign(new Error('No screen was chosen.'), { name: 'NotAllowedError' }) : error;
}

/** Tells of what is plugged in and out; its types do not say so. */
const plugs = /** @type {any} */ (mediaDevices);

/** The same tracks under the same names as in a browser. */
const devices = {
	getUserMedia: async (/** @type {any} */ wish) => released(await mediaDevices.getUserMedia(wish)),
	getDisplayMedia: async (/** @type {any} */ wish) => {
		try {
			return released(await mediaDevices.getDisplayMedia(wish));
		} catch (error) {
			throw named(error);
		}
	},
	enumerateDevices: async () => mediaDevices.enumerateDevices(),
	addEventListener: (/** @type {any} */ name, /** @type {any} */ listener) => plugs.addEventListener(name, listener),
	removeEventListener: (/** @type {any} */ name, /** @type {any} */ listener) => plugs.removeEventListener(name, listener),
};

/** @param {PermissionName} name */
const androidName = (name) => (name === 'camera' ? PermissionsAndroid.PERMISSIONS.CAMERA : PermissionsAndroid.PERMISSIONS.RECORD_AUDIO);

/** Android says of what was refused no more than that it is not granted: whether it may be asked again shows when it is. @type {Adapter['checkPermission']} */
async function checkPermission(name) {
	if (Platform.OS === 'android')
		return await PermissionsAndroid.check(androidName(name)) ? 'granted' : 'prompt';
	const state = await permissions.query({ name });

	return state === 'granted' || state === 'prompt' ? state : 'blocked';       // iOS asks once, and never again
}

/** @type {Adapter['askPermission']} */
async function askPermission(name) {
	if (Platform.OS !== 'android')
		return await permissions.request({ name }) ? 'granted' : 'blocked';
	const { GRANTED, NEVER_ASK_AGAIN } = PermissionsAndroid.RESULTS;
	const answer = await PermissionsAndroid.request(androidName(name));

	return answer === GRANTED ? 'granted' : answer === NEVER_ASK_AGAIN ? 'blocked' : 'denied';
}

/**
 * @param {AdapterOptions} [options]
 * @returns {Adapter}
 */
export function adapterOf({ storage, netInfo, audioFocus, service } = {}) {
	return {
		RTCPeerConnection, MediaStream, mediaDevices: devices, checkPermission, askPermission,
		activity: () => activityOf(AppState.currentState),
		onActivity: (listener) => {
			const subscription = AppState.addEventListener('change', (state) => listener(activityOf(state)));

			return () => subscription?.remove();
		},
		openSettings: () => Linking.openSettings(),
		onNetwork: netInfo ? (listener) => netInfo.addEventListener(listener) : null,
		onAudioFocus: audioFocus ?? null, storage: storage ?? null, service: service ?? null,
	};
}
