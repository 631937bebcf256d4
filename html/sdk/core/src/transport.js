// SPDX-License-Identifier: MIT
// A connection to Janus that comes back by itself: a WebSocket, or its HTTP API (polling.js).
//
//   closed ─ open() ─▶ connecting ─▶ up ─ lost ─▶ waiting (0.2 s, doubling to 1 s, with jitter) ─▶ connecting …       close() ends it from anywhere
//
// `online` from the network ends the wait; `offline` makes us doubt what is open (`doubt`). Whoever uses it proves that it is alive: session.js.

import { Emitter } from './events.js';
import { RecroomError } from './errors.js';
import { Polling } from './polling.js';

/** @typedef {import('./platform.js').Platform} Platform */

const PROTOCOL = 'janus-protocol';
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 1000;
/** For how long an attempt may take, one after the other: packets that a dead network has swallowed are sent again after 1 and 3 s, another attempt's at once. */
const CONNECT_MS = [4000, 2000, 2000];

/**
 * @typedef {object} TransportEvents
 * @property {Record<string, any>} message what Janus said
 * @property {null} up a connection is there, for the first time or again
 * @property {null} down it was lost; another is being made
 * @property {null} doubt the network said that it is away
 */

/** @extends {Emitter<TransportEvents>} */
export class Transport extends Emitter {
	#platform;
	#url;
	/** @type {any} */
	#socket = null;
	/** @type {any} */
	#timer = null;
	/** That failed at once, one after the other. */
	#attempts = 0;
	/** Since there was a connection. */
	#connects = 0;
	#wanted = false;
	#up = false;
	/** @type {(() => void) | null} */
	#deaf = null;
	/** Ends an open() that waits. @type {(() => void) | null} */
	#giveUp = null;

	/**
	 * @param {Platform} platform
	 * @param {string} url ws(s): or http(s):
	 */
	constructor(platform, url) {
		super();
		this.#platform = platform;
		this.#url = url;
	}

	get isUp() { return this.#up; }
	get url() { return this.#url; }

	/** The first connection: once, without trying again. */
	open() {
		this.#wanted = true;
		return new Promise((resolve, reject) => {
			const ends = [
				this.on('up', () => finish(resolve)),
				this.on('down', () => {
					finish(() => reject(new RecroomError('unreachable', `The call server cannot be reached at ${this.#url}.`)));
					this.close();
				}),
			];
			/** @param {(value: null) => void} settle */
			const finish = (settle) => {
				this.#giveUp = null;
				ends.forEach((end) => end());
				settle(null);
			};

			this.#giveUp = () => finish(() => reject(new RecroomError('closed', 'The connection was closed.')));
			this.#deaf = this.#platform.network((online) => this.#hint(online));
			this.#connect();
		});
	}

	/** @param {Record<string, any>} message */
	send(message) {
		if (!this.#up)
			throw new RecroomError('connection_lost', 'There is no connection to the call server just now.');
		this.#socket.send(JSON.stringify(message));
	}

	/** What was made is of use: the next break is a new one. */
	good() {
		this.#attempts = this.#connects = 0;
	}

	/** What is open answers no more: another one, now. */
	renew() {
		if (this.#wanted)
			this.#lost(this.#socket);
	}

	close() {
		this.#wanted = false;
		this.#up = false;
		this.#deaf?.();
		this.#deaf = null;
		this.#platform.clearTimeout(this.#timer);
		this.#drop();
		this.#giveUp?.();
	}

	/** @param {boolean} online */
	#hint(online) {
		if (!online)
			this.emit('doubt', null);
		else if (this.#wanted && !this.#socket)
			this.#connect();
		else if (this.#up)
			this.emit('doubt', null);      // another network, perhaps
	}

	#connect() {
		this.#platform.clearTimeout(this.#timer);
		let socket;

		try {
			socket = /^https?:/.test(this.#url) ? new Polling(this.#platform, this.#url) : new this.#platform.WebSocket(this.#url, PROTOCOL);
		} catch {
			this.#lost(null);
			return;
		}
		this.#socket = socket;
		socket.onopen = () => this.#opened(socket);
		socket.onclose = socket.onerror = () => this.#lost(socket);
		socket.onmessage = (/** @type {{data: any}} */ { data }) => this.#heard(socket, data);
		this.#timer = this.#platform.setTimeout(() => this.#timedOut(socket), CONNECT_MS[this.#connects++ % CONNECT_MS.length]);
	}

	/** @param {any} socket */
	#opened(socket) {
		if (socket !== this.#socket)
			return;
		this.#platform.clearTimeout(this.#timer);
		this.#up = true;
		this.emit('up', null);
	}

	/**
	 * @param {any} socket
	 * @param {any} data
	 */
	#heard(socket, data) {
		if (socket !== this.#socket)
			return;
		let message = data;

		try {
			if (typeof data === 'string')
				message = JSON.parse(data);
		} catch {
			return;                        // not Janus
		}
		if (message && typeof message === 'object')
			this.emit('message', message);
	}

	/** It has waited long enough. @param {any} socket */
	#timedOut(socket) {
		this.#attempts = 0;
		this.#lost(socket);
	}

	/** @param {any} socket */
	#lost(socket) {
		if (socket !== this.#socket || !this.#wanted)
			return;
		this.#up = false;
		this.#drop();
		this.#platform.clearTimeout(this.#timer);
		this.#timer = this.#platform.setTimeout(() => this.#connect(), this.#wait());
		this.emit('down', null);
	}

	/** Half of it by chance, so that a room full of people does not come back in the same instant. */
	#wait() {
		const full = Math.min(FIRST_WAIT_MS * 2 ** this.#attempts++, LONGEST_WAIT_MS);

		return full * (0.5 + 0.5 * this.#platform.random());
	}

	#drop() {
		const socket = this.#socket;

		this.#socket = null;
		if (!socket)
			return;
		socket.onopen = socket.onclose = socket.onerror = socket.onmessage = null;
		try {
			socket.close();
		} catch { /* was never open */ }
	}
}
