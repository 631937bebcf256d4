// SPDX-License-Identifier: MIT
// What we send: each source (audio, video, screen, screenaudio, or a name of yours) on a media line of its own, which stays for the next time when it ends.
// We offer, the server answers. When the connection breaks: ICE again on the same peer connection, or all sources on another.

import { Emitter } from './events.js';
import { Lines } from './lines.js';
import { Queue } from './queue.js';

/** @typedef {import('./devices.js').SourceInit} SourceInit */
/** @typedef {import('./devices.js').SourceName} SourceName */
/** @typedef {import('./lines.js').LocalSource} LocalSource */
/** @typedef {import('./lines.js').Line} Line */

/** Whether it was agreed upon is not known, and asked again when we are back. */
const WILL_PASS = new Set(['connection_lost', 'timeout', 'janus', 'not_joined']);

/**
 * @typedef {object} PublisherEvents
 * @property {LocalSource[]} change what is sent now
 * @property {{source: SourceName}} ended a track ended by itself: the screen was taken back, the camera unplugged
 * @property {{source: SourceName, code: string}[]} refused the server does not take these
 */

/** @extends {Emitter<PublisherEvents>} */
export class Publisher extends Emitter {
	#room;
	#devices;
	/** @type {import('./peer.js').Peer | null} */
	#peer = null;
	#published = false;
	/** What we send is not what was agreed upon: the connection broke in between. */
	#isBehind = false;
	#queue = new Queue();
	#lines = new Lines((source) => this.#onEnded(source));
	/** @type {LocalSource[]} */
	#sources = [];

	/**
	 * @param {import('./room.js').RoomLink} room
	 * @param {import('./devices.js').Devices} devices
	 */
	constructor(room, devices) {
		super();
		this.#room = room;
		this.#devices = devices;
	}

	/** Do not change it: another array comes with each change. */
	get sources() { return this.#sources; }
	/** The connection itself, for statistics. @returns {any} */
	get connection() { return this.#peer?.connection ?? null; }

	/** @param {SourceName} name */
	source(name) {
		return this.#sources.find(({ source }) => source === name);
	}

	/**
	 * Camera and microphone: asks for them, and sends them.
	 * @param {{audio?: boolean | string | object, video?: boolean | string | object}} [wish]
	 */
	async publish(wish) {
		await this.send(await this.#devices.open(wish));
	}

	/** @param {object} [options] of getDisplayMedia */
	async shareScreen(options) {
		await this.send(await this.#devices.openScreen(options));
	}

	stopScreen() {
		return this.end(['screen', 'screenaudio']);
	}

	/**
	 * Sends tracks of yours; those of a source that is sent already take its place.
	 * @param {SourceInit[]} sources
	 */
	send(sources) {
		return this.#queue.run(async () => {
			for (const init of sources)
				await this.#lines.put(init);
			this.#changed();
			await this.#negotiate().catch((error) => this.#takeBack(sources.map(({ source }) => source), error));
		});
	}

	/**
	 * Ends sources and stops their tracks.
	 * @param {SourceName[]} [names] all, if not given
	 */
	end(names) {
		return this.#queue.run(async () => {
			const lines = this.#lines.active.filter(({ source }) => !names || names.includes(source));

			for (const line of lines)
				await this.#lines.empty(line);
			this.#changed();
			if (lines.length)
				await this.#negotiate();
		});
	}

	/** Silence, at once; the others are told. @param {SourceName} name */
	mute(name) { return this.#rest(name, true); }

	/** @param {SourceName} name */
	unmute(name) { return this.#rest(name, false); }

	/**
	 * Another camera or microphone in its place, without a negotiation.
	 * @param {'audio' | 'video'} name
	 * @param {string | object} device its id, or constraints
	 */
	async switchDevice(name, device) {
		const [init] = await this.#devices.open({ audio: false, video: false, [name]: device });

		await this.replaceTrack(name, init.track);
	}

	/**
	 * @param {SourceName} name
	 * @param {any} track
	 */
	replaceTrack(name, track) {
		return this.#queue.run(async () => {
			const line = this.#lines.get(name);

			if (!line?.track) {
				await this.#lines.put({ source: name, track });
				this.#changed();
				await this.#negotiate();
				return;
			}
			await this.#lines.replace(line, track);
			this.#changed();
		});
	}

	/** After another connection: whatever is needed to send again what was sent. */
	restore() {
		return this.#queue.run(async () => {
			if (!this.#sources.length)
				return;
			if (!this.#peer?.isUsable || !this.#peer.isConnected)
				await this.#again();
			else if (this.#isBehind)
				await this.#negotiate();
			else
				await this.#tellRest();
		});
	}

	close() {
		this.#lines.clear();
		this.#peer?.close();
		this.#peer = null;
		this.#changed();
	}

	/** The server does not want them; what a broken connection kept from being sent is sent later. @param {SourceName[]} names @param {unknown} error */
	async #takeBack(names, error) {
		if (!this.#isBehind) {
			for (const name of names)
				await this.#lines.empty(/** @type {Line} */ (this.#lines.get(name)));
			this.#changed();
		}
		throw error;
	}

	/** @param {SourceName} name @param {boolean} muted */
	#rest(name, muted) {
		const line = this.#lines.get(name);

		if (!line?.track || line.muted === muted)
			return Promise.resolve();
		line.muted = muted;
		line.track.enabled = !muted;
		this.#changed();
		return this.#queue.run(() => this.#tellRest());
	}

	/** What the server is told is how it is now, not how it was when we began to wait. */
	async #tellRest() {
		if (this.#published && this.#peer?.isUsable)
			await this.#room.request('configure', { streams: this.#lines.sends });
	}

	#changed() {
		this.#sources = this.#lines.sources;
		this.emit('change', this.#sources);
	}

	/** The same connection by another way through the network; or another connection. */
	async #again() {
		try {
			if (this.#peer?.isUsable) {
				await this.#negotiate({ iceRestart: true });
				return;
			}
		} catch (error) {
			if (!this.#room.isReady)
				throw error;
		}
		this.#renew();
		await this.#negotiate();
	}

	#renew() {
		this.#peer?.close();
		this.#peer = null;
		this.#published = false;
		this.#lines.unplace();
	}

	#open() {
		const handle = this.#room.handle;

		if (!this.#peer?.isUsable || this.#peer.handle !== handle)
			this.#renew();
		if (!this.#peer) {
			const peer = this.#peer = this.#room.makePeer(handle);

			peer.on('broken', () => this.#onBroken(peer));
		}
		this.#lines.addTo(this.#peer.connection);
		return this.#peer;
	}

	/** @param {{iceRestart?: boolean}} [options] */
	async #negotiate(options) {
		this.#isBehind = true;
		const peer = this.#open();
		const offer = await peer.offer(options);
		const body = { descriptions: this.#lines.named.map(({ source, transceiver }) => ({ mid: transceiver.mid, source })), streams: this.#lines.sends };

		try {
			const { message, jsep } = await this.#room.request(this.#published ? 'configure' : 'publish', body, { jsep: offer });

			if (jsep)
				await peer.accept(jsep);
			this.#published = true;
			this.#isBehind = false;
			this.#tellRefused(message.refused);
		} catch (error) {
			await peer.rollback().catch(() => {});
			this.#isBehind = WILL_PASS.has(/** @type {any} */ (error).code);
			throw error;
		}
	}

	/** @param {{mid: string, code: string}[]} [refused] */
	#tellRefused(refused = []) {
		if (refused.length)
			this.emit('refused', refused.map(({ mid, code }) => ({ code, source: this.#lines.sourceOf(mid) })));
	}

	/** @param {SourceName} source */
	#onEnded(source) {
		this.emit('ended', { source });
		this.end([source]).catch((error) => this.#room.complain(error));
	}

	/** @param {import('./peer.js').Peer} peer */
	#onBroken(peer) {
		if (peer === this.#peer && this.#room.isReady)
			this.#queue.run(() => (peer === this.#peer && !(peer.isUsable && peer.isConnected) ? this.#again() : undefined)).catch((error) => this.#room.complain(error));
	}
}
