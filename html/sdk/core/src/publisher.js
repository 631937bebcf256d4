// SPDX-License-Identifier: MIT
// What we send: each source (audio, video, screen, screenaudio, or a name of yours) on a media line of its own, which stays for the next time when it ends.
// We offer, the server answers. When the connection breaks: ICE again on the same peer connection, or all sources on another.

import { RecroomError } from './errors.js';
import { Emitter } from './events.js';
import { Lines } from './lines.js';
import { Queue } from './queue.js';
import { Repair } from './repair.js';

/** @typedef {import('./devices.js').SourceInit} SourceInit */
/** @typedef {import('./devices.js').SourceName} SourceName */
/** @typedef {import('./lines.js').LocalSource} LocalSource */
/** @typedef {import('./lines.js').Line} Line */

/** Where the connection is gone as well: whether it was agreed upon is not known, and asked again when we are back. */
const WILL_PASS = new Set(['timeout', 'janus', 'not_joined']);

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
	/** The network is another one: the way it takes is not there any more. */
	#isElsewhere = false;
	#queue = new Queue();
	#lines = new Lines((source) => this.#onEnded(source));
	/** @type {LocalSource[]} */
	#sources = [];
	/** The call that we send in: what was asked for in one must not be sent in the next. */
	#call = 0;
	#repair;

	/**
	 * @hidden made by a room
	 * @param {import('./room.js').RoomLink} room
	 * @param {import('./devices.js').Devices} devices
	 */
	constructor(room, devices) {
		super();
		this.#room = room;
		this.#devices = devices;
		this.#repair = new Repair(room, () => this.#queue.run(() => this.#restore()));
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
	publish(wish) {
		return this.#open(() => this.#devices.open(wish));
	}

	/** @param {object} [options] of getDisplayMedia */
	shareScreen(options) {
		return this.#open(() => this.#devices.openScreen(options));
	}

	/** People take their time to say yes: only for the call it was asked in. @param {() => Promise<SourceInit[]>} open */
	async #open(open) {
		const call = this.#mustBeIn();

		await this.#send(await open(), call);
	}

	/** No camera goes on for nothing. */
	#mustBeIn() {
		if (!this.#room.isIn)
			this.#room.handle;             // says why
		return this.#call;
	}

	stopScreen() {
		return this.end(['screen', 'screenaudio']);
	}

	/**
	 * Sends tracks of yours; those of a source that is sent already take its place. They are the publisher's from then on, which stops them when they are not
	 * sent any more, or cannot be.
	 * @param {SourceInit[]} sources
	 */
	send(sources) {
		return this.#send(sources, this.#call);
	}

	/** @param {SourceInit[]} sources @param {number} call */
	#send(sources, call) {
		return this.#take(sources, call, async () => {
			for (const init of sources)
				await this.#lines.put(init);
			this.#changed();
			await this.#negotiate();
		});
	}

	/** In its turn, and with nothing left on if it fails for good. @param {SourceInit[]} sources @param {number} call @param {() => Promise<void>} act */
	#take(sources, call, act) {
		return this.#queue.run(async () => {
			try {
				if (call !== this.#call)
					throw new RecroomError('closed', 'The call is over.');
				await act();
			} catch (error) {
				if (!this.#isBehind || !this.#room.isIn || call !== this.#call)
					await this.#takeBack(sources);
				this.#catchUp();
				throw RecroomError.from(error);
			}
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
			try {
				if (lines.length)
					await this.#negotiate();
			} catch (error) {
				this.#catchUp();
				throw RecroomError.from(error);
			}
		});
	}

	/** What the server has is not what we have: told again a little later, or when we are back. */
	#catchUp() {
		if (!this.#published || !this.#room.isIn)
			return;
		this.#isBehind = true;
		this.#repair.later();
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
		const call = this.#mustBeIn(), [init] = await this.#devices.open({ audio: false, video: false, [name]: device });

		await this.#replace(name, init.track, call);
	}

	/**
	 * @param {SourceName} name
	 * @param {any} track the publisher's from then on, as with send()
	 */
	replaceTrack(name, track) {
		return this.#replace(name, track, this.#call);
	}

	/** @param {SourceName} source @param {any} track @param {number} call */
	#replace(source, track, call) {
		return this.#take([{ source, track }], call, async () => {
			const line = this.#lines.get(source), isSent = Boolean(line?.track);

			await (line && isSent ? this.#lines.replace(line, track) : this.#lines.put({ source, track }));
			this.#changed();
			if (!isSent)
				await this.#negotiate();
		});
	}

	/** Another network: by another way, now or when we are back. */
	moved() {
		this.#isElsewhere = true;
		if (this.#room.isReady)
			this.restore();
	}

	/** After another connection: whatever is needed to send again what was sent. */
	restore() {
		this.#repair.done();
		return this.#repair.now();
	}

	close() {
		this.#call++;
		this.#repair.close();
		this.#lines.clear();
		this.#renew();
		this.#isBehind = false;
		this.#changed();
	}

	async #restore() {
		const isThere = this.#peer?.isUsable && this.#peer.isConnected, flows = isThere && !this.#isElsewhere;

		if (!this.#sources.length && !(this.#isBehind && isThere))
			return;                        // nothing is sent, and the server knows
		if (!flows)
			await this.#again();
		else if (this.#isBehind)
			await this.#negotiate();
		else
			await this.#tellRest();
	}

	/** Not sent for good: what a broken connection kept from being sent is sent later. @param {SourceInit[]} sources */
	async #takeBack(sources) {
		for (const { source, track } of sources) {
			const line = this.#lines.get(source);

			track.stop();
			if (line && line.track === track)
				await this.#lines.empty(line).catch(() => {});
		}
		this.#changed();
	}

	/** @param {SourceName} name @param {boolean} muted */
	#rest(name, muted) {
		const line = this.#lines.get(name);

		if (!line?.track || line.muted === muted)
			return Promise.resolve();
		line.muted = muted;
		line.track.enabled = !muted;
		this.#changed();
		return this.#queue.run(() => this.#tellRest().catch((error) => {
			this.#repair.later();              // we are silent (or not) already: the others must know
			throw error;
		}));
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
		const wasElsewhere = this.#isElsewhere;

		try {
			if (this.#peer?.isUsable) {
				this.#isElsewhere = false;             // unless it is another one again meanwhile
				await this.#negotiate({ iceRestart: true });
				return;
			}
		} catch (error) {
			this.#isElsewhere ||= wasElsewhere;
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
		this.#isElsewhere = false;
		this.#lines.unplace();
	}

	/** @param {import('./handle.js').Handle} handle */
	#prepare(handle) {
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
		const handle = await this.#room.whenReady();
		const peer = this.#prepare(handle);

		try {
			const offer = await peer.offer(options);
			const body = { descriptions: this.#lines.named.map(({ source, transceiver }) => ({ mid: transceiver.mid, source })), streams: this.#lines.sends };
			const { message, jsep } = await this.#room.request(this.#published ? 'configure' : 'publish', body, { jsep: offer, handle });

			if (jsep)
				await peer.accept(jsep);
			this.#published = true;
			this.#isBehind = false;
			this.#repair.done();
			this.#tellRefused(message.refused);
		} catch (error) {
			const { code } = /** @type {any} */ (error);

			await peer.rollback().catch(() => {});
			this.#isBehind = code === 'connection_lost' || (WILL_PASS.has(code) && !this.#room.isReady);
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
			this.#repair.now();
	}
}
