// SPDX-License-Identifier: MIT
// A handle of the plugin: requests that are answered by promises, events of the room, candidates.

import { Emitter } from './events.js';
import { RecroomError } from './errors.js';

/** @typedef {Record<string, any>} Message */
/** @typedef {{type: string, sdp: string}} Description */
/** @typedef {{message: Message, jsep?: Description}} Answer */

/**
 * @typedef {object} HandleEvents
 * @property {Answer} event what the plugin said without being asked
 * @property {Message} candidate from Janus' trickle
 * @property {string} hangup the peer connection is over; the reason
 * @property {null} gone the handle is not there any more
 */

/** @extends {Emitter<HandleEvents>} */
export class Handle extends Emitter {
	#session;
	#isGone = false;

	/**
	 * @param {import('./session.js').Session} session
	 * @param {number} id
	 */
	constructor(session, id) {
		super();
		this.#session = session;
		this.id = id;
	}

	get isGone() { return this.#isGone; }

	/**
	 * Sends {recroom: name, ...body} and gives the answer.
	 * @param {string} name
	 * @param {Message} body
	 * @param {{jsep?: Description, timeoutMs?: number}} [options]
	 * @returns {Promise<Answer>}
	 */
	async request(name, body, { jsep, timeoutMs } = {}) {
		if (this.#isGone)
			throw new RecroomError('connection_lost', 'The connection to the server was lost.');
		const answer = await this.#session.request({ janus: 'message', handle_id: this.id, body: { recroom: name, ...body }, ...(jsep ? { jsep } : {}) }, timeoutMs);
		const data = answer.plugindata?.data ?? {};

		if (data.error_code)
			throw RecroomError.ofAnswer(data);
		return { message: data, jsep: answer.jsep };
	}

	/**
	 * Null: that was the last one. Nobody waits for the answer: what is lost is lost with the connection, and ICE begins again.
	 * @param {any} candidate
	 */
	trickle(candidate) {
		if (!this.#isGone)
			this.#session.request({ janus: 'trickle', handle_id: this.id, candidate: candidate ?? { completed: true } }).catch(() => {});
	}

	detach() {
		if (!this.#isGone && this.#session.isReady)
			this.#session.request({ janus: 'detach', handle_id: this.id }).catch(() => {});
		this.#session.forget(this.id);
		this.gone();
		this.clear();
	}

	/** The session says so. */
	gone() {
		if (this.#isGone)
			return;
		this.#isGone = true;
		this.emit('gone', null);
	}

	/**
	 * What the session heard for us.
	 * @param {Message} message
	 */
	heard(message) {
		if (message.janus === 'event' && message.plugindata)
			this.emit('event', { message: message.plugindata.data ?? {}, jsep: message.jsep });
		else if (message.janus === 'trickle')
			this.emit('candidate', message.candidate);
		else if (message.janus === 'hangup')
			this.emit('hangup', message.reason ?? '');
		else if (message.janus === 'detached')
			this.gone();
	}
}
