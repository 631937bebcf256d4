// SPDX-License-Identifier: GPL-3.0-or-later
// Runs in a page that shows nothing: any number of people of the package janus-recroom, each in a room of their own and by a name. What a room fires stands in
// its log as [ms since 1970, name, short detail].
async () => {
	const { Room } = await import('/sdk/core/src/index.js');
	const rooms = {}, logs = {};

	function open(name, options) {
		const room = rooms[name] = new Room(options), log = logs[name] = [];
		const note = (what, detail) => log.push([Date.now(), what, detail]);

		room.on('state', (state) => note('state', state));
		room.on('closed', ({ code }) => note('closed', code));
		room.on('error', ({ code, message }) => note('error', `${code}: ${message}`));
		room.on('recording', ({ status }) => note('recording', status));
		return room;
	}

	/** Sums a member of statistics over a connection. */
	async function sum(connection, type, member) {
		let total = 0;

		for (const one of (await connection?.getStats())?.values() ?? [])
			if (one.type === type)
				total += one[member] ?? 0;
		return total;
	}

	globalThis.rr = {
		rooms, logs, open,
		sent: (name) => sum(rooms[name].publisher.connection, 'outbound-rtp', 'bytesSent'),
		received: (name) => sum(rooms[name].receiving, 'inbound-rtp', 'bytesReceived'),
		/** The UDP ports that its media go through. */
		async ports(name) {
			const ports = new Set();

			for (const connection of [rooms[name].publisher.connection, rooms[name].receiving])
				for (const { type, port, protocol } of (await connection?.getStats())?.values() ?? [])
					if (type === 'local-candidate' && protocol === 'udp' && port)
						ports.add(port);
			return [...ports];
		},
	};
}
