// SPDX-License-Identifier: MIT
// react-native-webrtc for tests: the browser's own WebRTC, with what is different on a phone: streams have addresses, and are let go by hand.

import { createElement, useEffect, useRef } from 'react';
import { unstable_createElement } from 'react-native-web';

const streams = new Map();
let number = 0;

export class MediaStream {
	constructor(tracks) {
		this.stream = new globalThis.MediaStream(tracks);
		this.address = `stream${++number}`;
		streams.set(this.address, this.stream);
	}

	toURL() { return this.address; }
	release() { streams.delete(this.address); }
}

/** Streams that have not been let go. */
export const open = () => streams.size;

function Video({ streamURL, mirror, objectFit, style, ...props }) {
	const node = useRef(null);

	useEffect(() => {
		node.current.srcObject = streams.get(streamURL) ?? null;
		node.current.play?.()?.catch?.(() => {});
	}, [streamURL]);
	return unstable_createElement('video', { ...props, ref: node, autoPlay: true, playsInline: true, muted: true, style: [style, { objectFit, transform: mirror ? 'scaleX(-1)' : undefined }] });
}

export const RTCView = (props) => createElement(Video, props);

export class RTCPeerConnection {
	constructor(configuration) {
		return new globalThis.RTCPeerConnection(configuration);
	}
}

export const mediaDevices = {
	getUserMedia: (wish) => globalThis.navigator.mediaDevices.getUserMedia(wish),
	getDisplayMedia: (wish) => globalThis.navigator.mediaDevices.getDisplayMedia(wish),
	enumerateDevices: () => globalThis.navigator.mediaDevices.enumerateDevices(),
	addEventListener: (name, listener) => globalThis.navigator.mediaDevices.addEventListener(name, listener),
	removeEventListener: (name, listener) => globalThis.navigator.mediaDevices.removeEventListener(name, listener),
};

/** What the test says: granted, denied or prompt, and what is answered then. */
export const permissions = {
	states: { camera: 'granted', microphone: 'granted' },
	answers: { camera: true, microphone: true },
	async query({ name }) { return permissions.states[name]; },
	async request({ name }) { return permissions.answers[name]; },
};

export function registerGlobals() {}
