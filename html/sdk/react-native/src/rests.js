// SPDX-License-Identifier: MIT
// Sources that the phone has silenced for a while, and why: the camera while the application is in the background, the microphone while somebody is on the phone. There
// may be several reasons; when the last is gone the source goes on, if it did before and nobody has decided otherwise meanwhile: the person, whose own switch always
// wins, or a host. One that the system has ended meanwhile is opened again.
//
//   sent ─ rest ─▶ ours (muted) ─┬─ wake ──────────────────▶ sent, as before
//                                ├─ switched on by hand ───▶ kept: not ours any more, and not silenced again
//                                ├─ moderated by a host ───▶ muted, and stays so
//                                └─ ended by the system ───▶ lost ─ wake ─▶ published again

import { Emitter } from 'janus-recroom';

import { publish } from './sources.js';

/** @typedef {import('janus-recroom').Room} Room */

/**
 * @typedef {object} RestsEvents
 * @property {string[]} change the sources that we have silenced
 */

/** @extends {Emitter<RestsEvents>} */
export class Rests extends Emitter {
	#room;
	/** @type {Map<string, Set<string>>} source → why it should rest */
	#reasons = new Map();
	/** @type {Map<string, any>} source → its track, that we have silenced */
	#ours = new Map();
	/** @type {Map<string, any>} source → its track, of which the person has decided */
	#kept = new Map();
	/** @type {Set<string>} */
	#lost = new Set();
	#ends;

	/** @param {Room} room */
	constructor(room) {
		super();
		this.#room = room;
		this.#ends = [
			room.publisher.on('change', () => this.#look()),
			room.publisher.on('ended', ({ source }) => this.#ours.has(source) && this.#lost.add(source)),
			room.on('moderated', ({ id, muted, source }) => muted && id === room.id && this.#drop(source)),
			room.on('closed', () => this.#lost.clear()),
		];
	}

	/** The sources that we have silenced. */
	get list() { return [...this.#ours.keys()]; }

	/** @param {string} source @param {string} reason */
	rest(source, reason) {
		this.#reasons.set(source, (this.#reasons.get(source) ?? new Set()).add(reason));
		if (!this.#ours.has(source))
			this.#silence(source);
	}

	/** @param {string} source @param {string} reason */
	wake(source, reason) {
		const reasons = this.#reasons.get(source);

		if (!reasons?.delete(reason) || reasons.size)
			return;
		this.#reasons.delete(source);
		this.#kept.delete(source);
		if (this.#lost.delete(source))
			publish(this.#room, source);
		if (this.#ours.delete(source)) {
			this.#tell(this.#room.publisher.unmute(source));
			this.#changed();
		}
	}

	close() {
		this.#ends.forEach((end) => end());
		for (const [source, reasons] of [...this.#reasons])
			for (const reason of [...reasons])
				this.wake(source, reason);
	}

	/** What is sent has changed; by us, or not. */
	#look() {
		for (const source of this.#reasons.keys()) {
			const sent = this.#room.publisher.source(source), ours = this.#ours.get(source);

			if (sent && sent.track.readyState !== 'ended')
				this.#lost.delete(source);
			if (!ours)
				this.#silence(source);
			else if (!sent)
				this.#drop(source);
			else if (sent.track !== ours)
				this.#another(source, sent);
			else if (!sent.muted)
				this.#keep(source, sent);
		}
	}

	/** @param {string} source */
	#silence(source) {
		const sent = this.#room.publisher.source(source);

		if (!sent || sent.track === this.#kept.get(source))
			return;
		if (sent.muted) {
			this.#kept.set(source, sent.track);
			return;
		}
		this.#ours.set(source, sent.track);
		this.#tell(this.#room.publisher.mute(source));
		this.#changed();
	}

	/** In the place of what we had silenced. @param {string} source @param {import('janus-recroom').LocalSource} sent */
	#another(source, sent) {
		if (sent.muted)
			this.#ours.set(source, sent.track);
		else
			this.#silence(source);
	}

	/** @param {string} source @param {import('janus-recroom').LocalSource} sent */
	#keep(source, sent) {
		this.#kept.set(source, sent.track);
		this.#drop(source);
	}

	/** Not ours any more. @param {string} [source] all, if not given */
	#drop(source) {
		for (const one of source === undefined ? this.list : [source])
			if (this.#ours.delete(one))
				this.#changed();
	}

	/** What cannot be told now is told when the connection is there again. @param {Promise<unknown>} telling */
	#tell(telling) {
		telling.catch(() => {});
	}

	#changed() {
		this.emit('change', this.list);
	}
}
