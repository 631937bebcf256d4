// SPDX-License-Identifier: MIT
// A Janus session over a transport: transactions, keep-alive, handles; after a broken connection claimed again, or made anew.
//
//   up ─▶ create ─▶ ready ─ down ─▶ lost ─ up ─▶ claim ─┬─▶ claimed    handles are there, but what was said meanwhile is not: ask
//                                                       └─▶ create ─▶ recreated   no handle is left
//
// That the connection lives is shown by answers to keep-alives; one that is missing for ANSWER_MS costs the connection.

import { Emitter } from './events.js';
import { RecroomError } from './errors.js';
import { Handle } from './handle.js';
import { freshId } from './platform.js';
import { Transport } from './transport.js';

/** @typedef {import('./platform.js').Platform} Platform */
/** @typedef {Record<string, any>} Message */

const PLUGIN = 'janus.plugin.recroom';
const KEEP_ALIVE_MS = 5000;
const ANSWER_MS = 4000;
const REQUEST_MS = 15_000;
/** What is answered by an ack and nothing else. */
const ACKED = new Set(['keepalive', 'trickle']);

/**
 * @typedef {object} SessionEvents
 * @property {null} lost the connection broke; it is being made again
 * @property {null} claimed it is there again, with all handles
 * @property {null} recreated it is there again, without any
 */

/** @typedef {{resolve: (message: Message) => void, reject: (error: Error) => void, byAck: boolean, timer: any}} Transaction */

/** @extends {Emitter<SessionEvents>} */
export class Session extends Emitter {
	#platform;
	#transport;
	/** @type {number | null} */
	#id = null;
	/** @type {Map<number, Handle>} */
	#handles = new Map();
	/** @type {Map<string, Transaction>} */
	#transactions = new Map();
	/** @type {any} */
	#pulse = null;
	#closed = false;
	#ready = false;

	/**
	 * @param {Platform} platform
	 * @param {string} url
	 */
	constructor(platform, url) {
		super();
		this.#platform = platform;
		this.#transport = new Transport(platform, url);
		this.#transport.on('message', (message) => this.#heard(message));
		this.#transport.on('doubt', () => this.#prove());
	}

	get isReady() { return this.#ready; }

	async open() {
		try {
			await this.#transport.open();
			this.#transport.on('down', () => this.#lost());
			this.#transport.on('up', () => this.#back());
			await this.#create();
		} catch (error) {
			this.#end();
			throw error;
		}
		this.#begin();
	}

	/** @returns {Promise<Handle>} */
	async attach() {
		const { data } = await this.request({ janus: 'attach', plugin: PLUGIN });
		const handle = new Handle(this, data.id);

		this.#handles.set(data.id, handle);
		return handle;
	}

	/**
	 * Sends, and gives the final answer (after an ack, if there is one).
	 * @param {Message} message
	 * @param {number} [timeoutMs]
	 * @returns {Promise<Message>}
	 */
	request(message, timeoutMs = REQUEST_MS) {
		const transaction = freshId(this.#platform);

		return new Promise((resolve, reject) => {
			const timer = this.#platform.setTimeout(() => this.#settle(transaction, null,
				new RecroomError('timeout', 'The server did not answer.')), timeoutMs);

			this.#transactions.set(transaction, { resolve, reject, byAck: ACKED.has(message.janus), timer });
			try {
				this.#transport.send({ ...(this.#id === null ? {} : { session_id: this.#id }), ...message, transaction });
			} catch (error) {
				this.#settle(transaction, null, RecroomError.from(error));
			}
		});
	}

	/** @param {number} id */
	forget(id) {
		this.#handles.delete(id);
	}

	/** Tells Janus, as far as it can be told, and ends. */
	close() {
		if (this.#closed)
			return;
		if (this.#ready)
			this.request({ janus: 'destroy' }).catch(() => {});
		this.#end();
	}

	#end() {
		this.#closed = true;
		this.#ready = false;
		this.#platform.clearTimeout(this.#pulse);
		this.#transport.close();
		this.#failAll(new RecroomError('closed', 'The connection was closed.'));
		this.#dropHandles();
	}

	async #create() {
		this.#id = null;
		this.#id = (await this.request({ janus: 'create' }, ANSWER_MS)).data.id;
	}

	#begin() {
		this.#ready = true;
		this.#transport.good();
		this.#beat();
	}

	#beat() {
		this.#platform.clearTimeout(this.#pulse);
		this.#pulse = this.#platform.setTimeout(() => this.#prove(), KEEP_ALIVE_MS);
	}

	/** An answer within ANSWER_MS, or another connection. */
	#prove() {
		if (!this.#ready || this.#closed)
			return;
		this.#platform.clearTimeout(this.#pulse);
		this.request({ janus: 'keepalive' }, ANSWER_MS).then(() => this.#beat(), (error) => this.#noPulse(error));
	}

	/** @param {RecroomError} error */
	#noPulse(error) {
		if (error.code === 'timeout')
			this.#transport.renew();
		else if (error.code === 'janus' && this.#ready)
			this.#over();
	}

	#lost() {
		const was = this.#ready;

		this.#ready = false;
		this.#platform.clearTimeout(this.#pulse);
		this.#failAll(new RecroomError('connection_lost', 'The connection to the server was lost.'));
		if (was)
			this.emit('lost', null);
	}

	async #back() {
		try {
			await this.#claimOrCreate();
		} catch (error) {
			// Lost again: the next `up` comes by itself. Or Janus is there and refuses, as while it starts: another connection, a little later.
			if (/** @type {RecroomError} */ (error).code !== 'connection_lost')
				this.#transport.renew();
		}
	}

	async #claimOrCreate() {
		const event = await this.#claim() ? 'claimed' : 'recreated';

		if (event === 'recreated') {
			this.#dropHandles();
			await this.#create();
		}
		if (this.#closed)
			return;
		this.#begin();
		this.emit(event, null);
	}

	async #claim() {
		if (this.#id === null)
			return false;
		try {
			await this.request({ janus: 'claim' }, ANSWER_MS);
			return true;
		} catch (error) {
			if (/** @type {RecroomError} */ (error).code !== 'janus')
				throw error;
			return false;
		}
	}

	/** Janus has ended the session under us. */
	async #over() {
		this.#lost();
		this.#id = null;
		await this.#back();
	}

	#dropHandles() {
		const handles = [...this.#handles.values()];

		this.#handles.clear();
		for (const handle of handles)
			handle.gone();
	}

	/** @param {Error} error */
	#failAll(error) {
		for (const transaction of [...this.#transactions.keys()])
			this.#settle(transaction, null, error);
	}

	/**
	 * @param {string} name
	 * @param {Message | null} answer
	 * @param {Error | null} error
	 */
	#settle(name, answer, error) {
		const transaction = this.#transactions.get(name);

		if (!transaction)
			return;
		this.#transactions.delete(name);
		this.#platform.clearTimeout(transaction.timer);
		if (error)
			transaction.reject(error);
		else
			transaction.resolve(/** @type {Message} */ (answer));
	}

	/** @param {Message} message */
	#heard(message) {
		const transaction = this.#transactions.get(message.transaction);

		if (message.janus === 'ack' && !transaction?.byAck)
			return;
		if (transaction)
			this.#settle(message.transaction, message, message.janus === 'error' ? RecroomError.ofJanus(message.error) : null);
		else if (message.sender !== undefined)
			this.#handles.get(message.sender)?.heard(message);
		else if (message.janus === 'timeout' && message.session_id === this.#id && this.#ready)
			this.#over();
	}
}
