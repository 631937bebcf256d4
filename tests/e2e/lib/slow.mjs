// SPDX-License-Identifier: GPL-3.0-or-later
// Clients that begin a request and do not end it, as many as a server takes, from as many addresses of this machine as that needs.

import { connect } from 'node:net';

const PER_ADDRESS = 32;

export class SlowClients {
	#sockets = new Set();
	#over = false;

	constructor(port, count) {
		for (let i = 0; i < count; i++)
			this.#open(port, `127.0.1.${1 + Math.floor(i / PER_ADDRESS)}`);
	}

	/** Whoever is thrown out is back at once. */
	#open(port, localAddress) {
		const socket = connect({ host: '127.0.0.1', port, localAddress });

		this.#sockets.add(socket);
		socket.on('connect', () => socket.write('GET /recordings HTTP/1.1\r\nHost: localhost\r\nX-Slow: '));
		socket.on('error', () => {});
		socket.on('close', () => {
			this.#sockets.delete(socket);
			if (!this.#over)
				setTimeout(() => !this.#over && this.#open(port, localAddress), 50);
		});
		socket.resume();
	}

	get connected() {
		return [...this.#sockets].filter((socket) => socket.readyState === 'open').length;
	}

	end() {
		this.#over = true;
		this.#sockets.forEach((socket) => socket.destroy());
	}
}
