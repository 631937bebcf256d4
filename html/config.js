// SPDX-License-Identifier: MIT
// Where the call server is, and which rooms may be named, by what recroom-pp says at /config.json.

/** {serverUrl, rooms}: without a configured address, Janus' usual port on the host of the page. */
export async function readConfig({ protocol, hostname }) {
	const config = await fetch('/config.json', { cache: 'no-store' }).then((response) => response.json()).catch(() => ({}));
	const guess = protocol === 'https:' ? `wss://${hostname}:8989` : `ws://${hostname}:8188`;

	return { serverUrl: config.janus?.ws || guess, rooms: config.rooms ?? [] };
}
