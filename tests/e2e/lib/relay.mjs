// SPDX-License-Identifier: GPL-3.0-or-later
// Stands between pages and Janus' WebSocket and notes when Janus said what: a page that paints four videos looks at its messages late.

import { connect, createServer } from 'node:net';

export class Relay {
	/** [{at: ms since 1970, text}] of what Janus sent; frames of a server are not masked, so JSON can be read in them. */
	heard = [];
	isCut = false;

	static async listen(port, target) {
		const relay = new Relay();

		relay.url = `ws://127.0.0.1:${port}`;
		relay.sockets = new Set();
		relay.server = createServer((client) => relay.#join(client, connect(target, '127.0.0.1')));
		await new Promise((resolve) => relay.server.listen(port, '127.0.0.1', resolve));
		return relay;
	}

	#join(client, janus) {
		if (this.isCut)
			janus.destroy();
		for (const [from, to] of [[client, janus], [janus, client]]) {
			this.sockets.add(from);
			from.setNoDelay(true);
			from.on('error', () => to.destroy());
			from.on('close', () => to.destroy());
			from.pipe(to);
		}
		janus.on('data', (data) => this.heard.push({ at: Date.now(), text: data.toString('latin1') }));
	}

	/** When something was said, each time. */
	times(words) {
		return this.heard.filter(({ text }) => text.includes(words)).map(({ at }) => at);
	}

	/** All connections break, and none is made until it is mended. */
	cut() {
		this.isCut = true;
		for (const socket of this.sockets)
			socket.destroy();
		this.sockets.clear();
	}

	mend() {
		this.isCut = false;
	}

	close() {
		this.cut();
		this.server.close();
	}
}
