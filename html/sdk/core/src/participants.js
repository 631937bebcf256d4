// SPDX-License-Identifier: MIT
// Who is here, what they send, and the tracks of it that have come. Each change makes new objects: what has not changed is the same object as before.

import { Emitter } from './events.js';

/** @typedef {{mid: string, type: 'audio' | 'video', source: string, codec?: string, muted: boolean, moderated?: boolean, talking?: boolean}} Stream */
/** @typedef {'excellent' | 'good' | 'poor' | 'lost' | null} Quality */

/**
 * @typedef {object} Participant
 * @property {string} id
 * @property {string} display
 * @property {'host' | 'guest'} role
 * @property {boolean} isLocal that is us
 * @property {Stream[]} streams what they send, as the server says it
 * @property {Record<string, any>} tracks source → MediaStreamTrack that we receive (of us: that we send)
 * @property {boolean} isTalking
 * @property {Quality} quality of their connection
 */

/**
 * @typedef {object} ParticipantsEvents
 * @property {Participant[]} change everybody, we first, the others in the order they came
 * @property {Participant} joined
 * @property {Participant} left
 */

/** @type {Omit<Participant, 'id'>} */
const NOBODY = { display: '', role: 'guest', isLocal: false, streams: [], tracks: {}, isTalking: false, quality: null };

/** @extends {Emitter<ParticipantsEvents>} */
export class Participants extends Emitter {
	/** @type {Map<string, Participant>} */
	#people = new Map();
	/** @type {Participant[]} */
	#list = [];
	#own = '';

	/** Do not change it: another array comes with each change. */
	get list() { return this.#list; }
	get local() { return this.#people.get(this.#own) ?? null; }
	get remote() { return this.#list.filter(({ isLocal }) => !isLocal); }

	/** @param {string} id */
	get(id) {
		return this.#people.get(id) ?? null;
	}

	/**
	 * Exactly these are here: after joining, and after each reconnection.
	 * @param {string} own our id
	 * @param {{id: string, display?: string, role?: string, streams?: Stream[]}[]} people
	 */
	reset(own, people) {
		const ids = new Set(people.map(({ id }) => id));

		this.#own = own;
		for (const id of [...this.#people.keys()])
			if (!ids.has(id))
				this.#remove(id);
		for (const person of people)
			this.#put(person.id, { streams: [], ...person });
		this.#changed();
	}

	/** @param {{id: string} & Record<string, any>} person */
	meet(person) {
		this.#put(person.id, person);
		this.#changed();
	}

	/** Of people who are here; of others it comes too late. @param {string} id @param {Partial<Participant>} members */
	update(id, members) {
		if (this.#people.has(id))
			this.meet({ id, ...members });
	}

	/** @param {string} id */
	part(id) {
		this.#remove(id);
		this.#changed();
	}

	/** @param {string} id @param {string} source @param {any} track null: it ended */
	setTrack(id, source, track) {
		const { [source]: old, ...others } = this.#people.get(id)?.tracks ?? {};

		if ((old ?? null) !== track)
			this.update(id, { tracks: track ? { ...others, [source]: track } : others });
	}

	/** @param {string} id @param {string} mid @param {Partial<Stream>} members */
	setStream(id, mid, members) {
		const streams = this.#people.get(id)?.streams;

		if (streams?.some((stream) => stream.mid === mid))
			this.update(id, { streams: streams.map((stream) => (stream.mid === mid ? { ...stream, ...members } : stream)) });
	}

	clear() {
		this.reset('', []);
	}

	/** @param {string} id @param {Record<string, any>} members */
	#put(id, members) {
		const known = this.#people.get(id);
		const { display, role, streams, tracks, isTalking, quality } = { ...NOBODY, ...known, ...defined(members) };
		const person = /** @type {Participant} */ ({ id, display, role, isLocal: id === this.#own, streams, tracks, isTalking, quality });

		this.#people.set(id, person);
		if (!known && !person.isLocal)
			this.emit('joined', person);
	}

	/** @param {string} id */
	#remove(id) {
		const person = this.#people.get(id);

		if (this.#people.delete(id) && person && !person.isLocal)
			this.emit('left', person);
	}

	#changed() {
		const all = [...this.#people.values()];

		this.#list = [...all.filter(({ isLocal }) => isLocal), ...all.filter(({ isLocal }) => !isLocal)];
		this.emit('change', this.#list);
	}
}

/** Members that are there but undefined say nothing. @param {Record<string, any>} members */
function defined(members) {
	return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
