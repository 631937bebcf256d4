// SPDX-License-Identifier: MIT
// A peer connection to a handle: candidates both ways, and a word when it does not carry any more.

import { Emitter } from './events.js';

/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {import('./handle.js').Description} Description */

/** For so long a connection may be `disconnected` before it is done again: most come back by themselves. */
const PATIENCE_MS = 2000;
/** A restart that has led to nothing for so long is one that failed. */
const RESTART_MS = 8000;

/**
 * @typedef {object} PeerEvents
 * @property {null} broken it carries nothing, and will not by itself
 * @property {string} state of ICE, as the browser says it
 */

/** @extends {Emitter<PeerEvents>} */
export class Peer extends Emitter {
	#platform;
	#handle;
	/** @type {any[]} Candidates that came before the description they belong to. */
	#early = [];
	/** @type {(() => void)[]} */
	#ends;
	/** @type {any} */
	#timer = null;
	#closed = false;
	/** Janus has ended it: it cannot be restarted, only made anew. */
	isOver = false;

	/**
	 * @param {import('./platform.js').Platform} platform
	 * @param {Handle} handle
	 * @param {any} [configuration] of RTCPeerConnection: iceServers, iceTransportPolicy
	 */
	constructor(platform, handle, configuration) {
		super();
		this.#platform = platform;
		this.#handle = handle;
		/** @type {any} */
		this.connection = new platform.RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle', ...configuration });
		this.connection.onicecandidate = (/** @type {any} */ { candidate }) => handle.trickle(candidate && {
			candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex,
		});
		this.connection.oniceconnectionstatechange = () => this.#look();
		this.#ends = [
			handle.on('candidate', (candidate) => this.#take(candidate)),
			handle.on('hangup', () => {
				this.isOver = true;
				this.#break();
			}),
			handle.on('gone', () => platform.clearTimeout(this.#timer)),
		];
	}

	get isClosed() { return this.#closed; }
	get handle() { return this.#handle; }
	get isConnected() { return ['connected', 'completed'].includes(this.connection.iceConnectionState); }
	/** It may be used on. */
	get isUsable() { return !this.#closed && !this.isOver && !this.#handle.isGone; }

	/** @param {{iceRestart?: boolean}} [options] @returns {Promise<Description>} */
	async offer(options = {}) {
		await this.connection.setLocalDescription(await this.connection.createOffer(options));
		if (options.iceRestart)
			this.#expect(RESTART_MS);
		return { type: 'offer', sdp: this.connection.localDescription.sdp };
	}

	/** @param {Description} answer */
	async accept(answer) {
		await this.connection.setRemoteDescription(answer);
		this.#takeEarly();
	}

	/** @param {Description} offer @returns {Promise<Description>} */
	async answer(offer) {
		await this.connection.setRemoteDescription(offer);
		this.#takeEarly();
		await this.connection.setLocalDescription(await this.connection.createAnswer());
		return { type: 'answer', sdp: this.connection.localDescription.sdp };
	}

	/** Our last offer was refused: as if it had not been made. */
	async rollback() {
		if (this.connection.signalingState === 'have-local-offer')
			await this.connection.setLocalDescription({ type: 'rollback' });
	}

	/** @param {string} mid @returns {any} */
	transceiver(mid) {
		return this.connection.getTransceivers().find((/** @type {any} */ t) => t.mid === mid);
	}

	close() {
		if (this.#closed)
			return;
		this.#closed = true;
		this.#platform.clearTimeout(this.#timer);
		this.#ends.forEach((end) => end());
		this.clear();
		this.connection.onicecandidate = this.connection.oniceconnectionstatechange = null;
		this.connection.close();
	}

	/** @param {any} candidate */
	#take(candidate) {
		if (this.connection.remoteDescription)
			this.#add(candidate);
		else
			this.#early.push(candidate);
	}

	#takeEarly() {
		for (const candidate of this.#early.splice(0))
			this.#add(candidate);
	}

	/** Of a former round, or in a form that this browser does not know: the others will do. @param {any} candidate */
	#add(candidate) {
		const last = !candidate || candidate.completed;

		Promise.resolve(this.connection.addIceCandidate(last ? undefined : candidate)).catch(() => {});
	}

	#look() {
		const state = this.connection.iceConnectionState;

		this.emit('state', state);
		if (state === 'failed')
			this.#break();
		else if (state === 'disconnected')
			this.#expect(PATIENCE_MS);
		else if (state === 'connected' || state === 'completed')
			this.#platform.clearTimeout(this.#timer);
	}

	/** That it carries again by then. @param {number} ms */
	#expect(ms) {
		this.#platform.clearTimeout(this.#timer);
		this.#timer = this.#platform.setTimeout(() => {
			if (!this.isConnected)
				this.#break();
		}, ms);
	}

	#break() {
		this.#platform.clearTimeout(this.#timer);
		if (!this.#closed)
			this.emit('broken', null);
	}
}
