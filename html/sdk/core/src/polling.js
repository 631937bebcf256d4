// SPDX-License-Identifier: MIT
// Janus' HTTP API in the form of a WebSocket, for networks that let none through.
//
//   send() ─▶ one after the other: POST /janus[/session[/handle]] ─▶ answer, or ack ─▶ onmessage
//   a session made or claimed ─▶ GET /janus/session, again and again: held until there is something, 30 s at most ─▶ events ─▶ onmessage
//
// A request that fails is the end of the connection: what was said meanwhile is lost, as with a WebSocket.

import { freshId } from './platform.js';
import { Queue } from './queue.js';

/** @typedef {Record<string, any>} Message */

const MOST_EVENTS = 20;
const NO_SUCH_SESSION = 458;

export class Polling {
	#platform;
	#url;
	#queue = new Queue();
	/** @type {number | null} */
	#session = null;
	#isClosed = false;
	/** The session is being ended: what was said before that may still go out. */
	#isLeaving = false;
	/** @type {AbortController | null} */
	#poll = null;
	/** @type {AbortController | null} */
	#posts;
	/** @type {(() => void) | null} */
	onopen = null;
	/** @type {(() => void) | null} */
	onclose = null;
	/** @type {(() => void) | null} */
	onerror = null;
	/** @type {((event: {data: Message}) => void) | null} */
	onmessage = null;

	/** @param {import('./platform.js').Platform} platform @param {string} url http(s), of Janus */
	constructor(platform, url) {
		this.#platform = platform;
		this.#url = url.replace(/\/+$/, '');
		this.#posts = platform.abortController();
		this.#post({ janus: 'ping', transaction: freshId(platform) }).then(() => !this.#isClosed && this.onopen?.(), () => this.#fail());
	}

	/** @param {string} text */
	send(text) {
		const message = JSON.parse(text);

		this.#isLeaving ||= message.janus === 'destroy';
		this.#queue.run(() => this.#deliver(message)).catch(() => this.#fail());
	}

	close() {
		this.#isClosed = true;
		this.#session = null;
		this.#poll?.abort();
		if (!this.#isLeaving)
			this.#posts?.abort();
	}

	/** @param {Message} message */
	async #deliver(message) {
		if (this.#isClosed && !this.#isLeaving)
			return;
		const answer = await this.#post(message);

		this.#tell(answer);
		if (answer.janus === 'success' && message.janus === 'create')
			this.#listen(answer.data.id);
		else if (answer.janus === 'success' && message.janus === 'claim')
			this.#listen(message.session_id);
	}

	/** @param {Message} message @returns {Promise<Message>} */
	#post(message) {
		const path = [message.session_id, message.handle_id].filter((id) => id !== undefined).map((id) => `/${id}`).join('');

		return this.#fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(message),
			keepalive: message.janus === 'destroy', signal: this.#posts?.signal });
	}

	/** @param {number} session */
	async #listen(session) {
		if (this.#isClosed)
			return;
		this.#poll?.abort();
		const poll = this.#poll = this.#platform.abortController();

		this.#session = session;
		try {
			while (this.#session === session && poll === this.#poll)
				this.#hear(session, await this.#fetch(`/${session}?maxev=${MOST_EVENTS}&rid=${freshId(this.#platform)}`, { signal: poll?.signal }));
		} catch {
			if (poll === this.#poll)
				this.#fail();
		}
	}

	/** @param {number} session @param {Message | Message[]} answer */
	#hear(session, answer) {
		for (const message of [answer].flat()) {
			if (message.janus === 'error' && message.error?.code === NO_SUCH_SESSION) {
				this.#session = null;
				this.#tell({ janus: 'timeout', session_id: session });
			} else if (message.janus === 'error') {
				throw new Error(message.error?.reason);
			} else if (message.janus !== 'keepalive') {
				this.#tell(message);
			}
		}
	}

	/** @param {string} path @param {any} init */
	async #fetch(path, init) {
		return (await this.#platform.fetch(this.#url + path, { cache: 'no-store', ...init })).json();
	}

	/** @param {Message} data */
	#tell(data) {
		if (!this.#isClosed)
			this.onmessage?.({ data });
	}

	#fail() {
		if (this.#isClosed)
			return;
		this.close();
		this.onclose?.();
	}
}
