// SPDX-License-Identifier: MIT
// What we receive: one handle, one peer connection with everybody's streams. The server offers, we answer, one after the other.
//
// What is wanted follows from who is here (participants.js); what flows follows from what the server says of each media line, and from the line's receiver.

import { Peer } from './peer.js';
import { Queue } from './queue.js';
import { Repair } from './repair.js';

/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {import('./handle.js').Answer} Answer */
/** @typedef {{participant: string, source: string, kind: 'audio' | 'video', mid: string}} Flow */
/** @typedef {{feed: string, mid: string}} Wanted */

/** A stream may have ended while we asked; if it comes back, we hear of it. */
const GONE = new Set(['no_such_stream', 'no_such_participant']);

/** @param {Wanted} wanted */
const keyOf = ({ feed, mid }) => `${feed} ${mid}`;

/** @param {Flow | undefined} a @param {Flow} b */
const isSame = (a, b) => a?.participant === b.participant && a.source === b.source;

export class Subscriber {
	#room;
	#onTrack;
	/** @type {Handle | null} */
	#handle = null;
	/** @type {Peer | null} */
	#peer = null;
	#offers = new Queue();
	#requests = new Queue();
	/** @type {Map<string, Wanted>} What we want. */
	#wanted = new Map();
	/** @type {Map<string, Wanted>} What we have asked for. */
	#asked = new Map();
	/** @type {Map<string, Flow>} What the server says flows on each line. */
	#flows = new Map();
	/** @type {Map<string, any>} The tracks that we have told of. */
	#tracks = new Map();
	/** Offers that we were given, and those whose answer the server has taken. */
	#given = 0;
	#taken = 0;
	/** It has to begin anew: for sure, or if it does not flow. */
	#isBroken = false;
	#isDoubtful = false;
	#repair;

	/**
	 * @param {import('./room.js').RoomLink} room
	 * @param {(flow: Flow, track: any) => void} onTrack a track to show, or null where one ended
	 */
	constructor(room, onTrack) {
		this.#room = room;
		this.#onTrack = onTrack;
		this.#repair = new Repair(room, () => this.#requests.run(() => this.#restore()));
	}

	/** The connection itself, for statistics. @returns {any} */
	get connection() { return this.#peer?.connection ?? null; }

	/** All that we want; asks for what is missing, and gives back what is too much. @param {Wanted[]} list */
	want(list) {
		this.#wanted = new Map(list.map((wanted) => [keyOf(wanted), wanted]));
		this.#requests.run(() => this.#update()).catch((error) => this.#failed(error));
	}

	/**
	 * At most this layer of somebody's picture, or nothing of it for now.
	 * @param {string} participant
	 * @param {string} source
	 * @param {{substream?: number, temporal?: number, spatial_layer?: number, temporal_layer?: number, send?: boolean}} layers
	 */
	async configure(participant, source, layers) {
		const flow = [...this.#flows.values()].find((one) => one.participant === participant && one.source === source);

		if (flow && this.#handle)
			await this.#handle.request('configure', { room: this.#room.name, streams: [{ mid: flow.mid, ...layers }] });
	}

	/**
	 * After another connection. Where our handle is still there and the media flow they go on, unless an offer was lost with the old connection: it is
	 * never made again, so then from the beginning.
	 */
	restore() {
		this.#isDoubtful = true;
		this.#repair.done();
		return this.#repair.now();
	}

	/** Another network: from the beginning, now or when we are back. */
	moved() {
		this.#isBroken = true;
		if (this.#room.isReady)
			this.restore();
	}

	close() {
		this.#repair.close();
		this.#wanted.clear();
		this.#drop();
	}

	async #restore() {
		const isDoubtful = this.#isDoubtful;

		this.#isDoubtful = false;
		if (this.#isBroken || (isDoubtful && !(this.#peer?.isUsable && this.#peer.isConnected && this.#given === this.#taken)))
			this.#drop();
		await this.#update();
		if (isDoubtful && this.#handle)
			await this.#ask(this.#handle, [], []);
	}

	/** @param {unknown} error */
	#failed(error) {
		this.#room.complain(error);
		this.#repair.later(/** @type {any} */ (error).retryAfterMs ?? 0);
	}

	#drop() {
		const handle = this.#handle;

		this.#handle = null;
		this.#isBroken = false;
		this.#given = this.#taken = 0;
		this.#asked.clear();
		this.#peer?.close();
		this.#peer = null;
		this.#setFlows([]);
		handle?.detach();
	}

	async #update() {
		const add = [...this.#wanted].filter(([key]) => !this.#asked.has(key)).map(([, wanted]) => wanted);
		const drop = [...this.#asked].filter(([key]) => !this.#wanted.has(key)).map(([, wanted]) => wanted);

		if (!this.#room.isReady || (!add.length && !drop.length))
			return;
		const handle = this.#handle ?? await this.#open();

		for (const wanted of add)              // no more than that: others may be wanted by now
			this.#asked.set(keyOf(wanted), wanted);
		for (const wanted of drop)
			this.#asked.delete(keyOf(wanted));
		await this.#ask(handle, add, drop);
	}

	/**
	 * What has ended is gone from the lines by itself; naming it again does no harm. One that has ended while we asked spoils it for the others: so one by one then.
	 * @param {Handle} handle
	 * @param {Wanted[]} add
	 * @param {Wanted[]} drop
	 */
	async #ask(handle, add, drop) {
		const given = this.#given, isOpen = this.#given !== this.#taken;

		try {
			const answer = await handle.request('update', { room: this.#room.name, ...add.length ? { subscribe: add } : {}, ...drop.length ? { unsubscribe: drop } : {} });

			this.#heard(handle, answer);
			if (!isOpen && given === this.#given && this.#isMissing(answer))
				this.#onBroken(handle);
		} catch (error) {
			if (add.length > 1 && GONE.has(/** @type {any} */ (error).code)) {
				for (const wanted of add)
					await this.#ask(handle, [wanted], []);
				return;
			}
			for (const wanted of add)
				this.#asked.delete(keyOf(wanted));
			if (!GONE.has(/** @type {any} */ (error).code))
				this.#failed(error);
		}
	}

	/** The server waits for the answer to an offer that has not come: it says so, or names lines that we do not have. @param {Answer} answer */
	#isMissing({ message }) {
		const lines = (message.streams ?? []).filter((/** @type {any} */ { active }) => active);

		return message.pending === true || lines.some((/** @type {any} */ { mid }) => !this.#peer?.transceiver(mid));
	}

	async #open() {
		const handle = await this.#room.attach();

		try {
			handle.on('event', (answer) => this.#heard(handle, answer));
			await handle.request('join', { room: this.#room.name, ptype: 'subscriber', resume: this.#room.resume, streams: [] });
		} catch (error) {
			handle.detach();
			throw error;
		}
		this.#handle = handle;
		handle.on('gone', () => this.#onBroken(handle));
		return handle;
	}

	/** @param {Handle} handle @param {Answer} answer */
	#heard(handle, { message, jsep }) {
		if (handle !== this.#handle)
			return;
		if (message.streams && message.recroom !== 'event')
			this.#setFlows(message.streams.filter((/** @type {any} */ s) => s.active)
				.map((/** @type {any} */ s) => ({ participant: s.feed_id, source: s.source, kind: s.type, mid: s.mid })));
		if (!jsep)
			return;
		this.#given++;
		this.#offers.run(() => this.#answer(handle, jsep)).catch((error) => this.#onAnswerFailed(handle, error));
	}

	/** @param {Handle} handle @param {import('./handle.js').Description} offer */
	async #answer(handle, offer) {
		if (handle !== this.#handle)
			return;
		if (!this.#peer) {
			const peer = this.#peer = this.#room.makePeer(handle);

			peer.on('broken', () => this.#onBroken(handle));
		}
		const answer = await this.#peer.answer(offer);

		this.#show();
		await handle.request('start', { room: this.#room.name }, { jsep: answer });
		if (handle !== this.#handle)
			return;
		this.#taken++;
		this.#repair.done();
	}

	/** @param {Handle} handle @param {any} error */
	#onAnswerFailed(handle, error) {
		if (handle !== this.#handle || !this.#room.isReady)
			return;                        // overtaken
		this.#isBroken = true;
		this.#failed(error);
	}

	/** @param {Handle} handle */
	#onBroken(handle) {
		if (handle !== this.#handle || !this.#room.isReady)
			return;
		this.#isBroken = true;
		this.#repair.now();
	}

	/** @param {Flow[]} list */
	#setFlows(list) {
		const before = this.#flows;

		this.#flows = new Map(list.map((flow) => [flow.mid, flow]));
		for (const [mid, flow] of before)
			if (!isSame(this.#flows.get(mid), flow) && this.#tracks.delete(mid))
				this.#onTrack(flow, null);
		this.#show();
	}

	/** Tells of each line whose stream and whose receiver are both known. */
	#show() {
		for (const [mid, flow] of this.#flows) {
			const track = this.#peer?.transceiver(mid)?.receiver?.track;

			if (track && this.#tracks.get(mid) !== track) {
				this.#tracks.set(mid, track);
				this.#onTrack(flow, track);
			}
		}
	}
}
