// SPDX-License-Identifier: MIT
// WebRTC without any: an SDP is JSON of media lines, candidates are counted, ICE is what the test says it is.

import { makeTrack } from './tracks.js';

/** Every connection made through one of these classes is kept in `made`. */
export function fakeWebRtc() {
	const made = [];

	class RTCPeerConnection {
		iceConnectionState = 'new';
		signalingState = 'stable';
		localDescription = null;
		remoteDescription = null;
		candidates = [];
		restarts = 0;
		closed = false;
		#lines = [];
		#pending = null;

		constructor(configuration) {
			this.configuration = configuration;
			made.push(this);
		}

		addTransceiver(track, { direction = 'sendrecv', sendEncodings = [] } = {}) {
			const line = { mid: null, kind: track.kind, direction, encodings: sendEncodings, receiver: { track: null }, sender: {
				track, replaceTrack: async (other) => { line.sender.track = other; } } };

			this.#lines.push(line);
			return line;
		}

		getTransceivers() { return this.#lines; }

		async createOffer({ iceRestart = false } = {}) {
			this.restarts += iceRestart ? 1 : 0;
			return { type: 'offer', sdp: JSON.stringify(this.#lines.map(({ kind, direction }, i) => ({ mid: String(i), kind, direction }))) };
		}

		async createAnswer() {
			return { type: 'answer', sdp: this.remoteDescription.sdp };
		}

		async setLocalDescription(description) {
			if (description.type === 'rollback') {
				this.signalingState = 'stable';
				return;
			}
			if (description.type === 'offer' && this.signalingState !== 'stable')
				throw new Error(`an offer of ours in ${this.signalingState}`);
			this.localDescription = description;
			this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
			this.#lines.forEach((line, i) => { line.mid = String(i); });
			this.onicecandidate?.({ candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 } });
			this.onicecandidate?.({ candidate: null });
			if (description.type === 'answer')
				this.ice('connected');
		}

		async setRemoteDescription(description) {
			const wanted = description.type === 'offer' ? 'stable' : 'have-local-offer';

			if (this.signalingState !== wanted)
				throw new Error(`${description.type} of the server's in ${this.signalingState}`);
			this.remoteDescription = description;
			this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
			if (description.type === 'answer') {
				this.ice('connected');
				return;
			}
			for (const { mid, kind } of JSON.parse(description.sdp))
				if (!this.#lines.some((line) => line.mid === mid))
					this.#lines.push({ mid, kind, direction: 'recvonly', receiver: { track: makeTrack(kind) }, sender: { track: null } });
		}

		async addIceCandidate(candidate) {
			if (!this.remoteDescription)
				throw new Error('a candidate before its description');
			this.candidates.push(candidate);
		}

		/** What the network does. */
		ice(state) {
			this.iceConnectionState = state;
			this.oniceconnectionstatechange?.();
		}

		close() {
			this.closed = true;
			this.signalingState = 'closed';
		}
	}
	return { RTCPeerConnection, made };
}
