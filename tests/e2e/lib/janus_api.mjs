// SPDX-License-Identifier: GPL-3.0-or-later
// Janus' two public APIs spoken by hand, for what the page would never do. Both give a client with attach() and ask(handle, body).

import { randomUUID } from 'node:crypto';

import { keepSecretsIn } from './secrets.mjs';

const PLUGIN = 'janus.plugin.recroom';

class Client {
	/** exchange(message): sends it and gives the final answer to its transaction. */
	constructor(exchange) {
		this.exchange = exchange;
	}

	async open() {
		this.session = (await this.#send({ janus: 'create' })).data.id;
		return this;
	}

	async attach() {
		return (await this.#send({ janus: 'attach', session_id: this.session, plugin: PLUGIN })).data.id;
	}

	/** The plugin's answer to a request. */
	async ask(handle, body, jsep) {
		const answer = await this.#send({ janus: 'message', session_id: this.session, handle_id: handle, body, ...(jsep ? { jsep } : {}) });

		if (!answer.plugindata)
			throw new Error(`no answer of the plugin: ${JSON.stringify(answer)}`);
		keepSecretsIn(answer.plugindata.data);
		return answer.plugindata.data;
	}

	#send(message) {
		return this.exchange({ ...message, transaction: randomUUID() });
	}
}

/** Over HTTP: events by long poll. */
export function overHttp(base) {
	const post = async (path, body) => (await fetch(base + path, { method: 'POST', body: JSON.stringify(body) })).json();
	const client = new Client(async (message) => {
		const path = [message.session_id, message.handle_id].filter(Boolean).map((id) => `/${id}`).join('');
		let answer = await post(path, message);

		while (answer.janus === 'ack' || answer.transaction !== message.transaction)
			answer = await (await fetch(`${base}/${message.session_id}?rid=${Date.now()}`)).json();
		return answer;
	});

	return client.open();
}

/** Over WebSocket, which Node 18 does not have: that of a page. */
export async function overWebSocket(page, url) {
	await page.evaluate(async (address) => {
		const waiting = new Map();
		const socket = new WebSocket(address, 'janus-protocol');

		socket.onmessage = ({ data }) => {
			const message = JSON.parse(data);

			if (message.janus !== 'ack')
				waiting.get(message.transaction)?.(message);
		};
		await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
		globalThis.rrExchange = (message) => new Promise((resolve, reject) => {
			waiting.set(message.transaction, resolve);
			setTimeout(() => reject(new Error(`no answer to ${JSON.stringify(message)}`)), 10_000);
			socket.send(JSON.stringify(message));
		});
	}, url);
	return new Client((message) => page.evaluate((m) => globalThis.rrExchange(m), message)).open();
}
