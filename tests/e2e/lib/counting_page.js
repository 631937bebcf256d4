// SPDX-License-Identifier: GPL-3.0-or-later
// Runs in the page before anything else: counts peer connections, those made and those still open.
() => {
	const Native = globalThis.RTCPeerConnection, open = new Set();

	globalThis.rrConnections = { made: 0, get open() { return open.size; } };
	globalThis.RTCPeerConnection = class extends Native {
		constructor(...args) {
			super(...args);
			globalThis.rrConnections.made++;
			open.add(this);
		}

		close() {
			open.delete(this);
			super.close();
		}
	};
}
