// SPDX-License-Identifier: MIT
// The media lines of what we send: a source each, with its track and, once there is a connection, its transceiver. A line whose source has ended stays, inactive,
// for the next time.

/** @typedef {import('./devices.js').SourceInit} SourceInit */
/** @typedef {{source: import('./devices.js').SourceName, kind: 'audio' | 'video', track: any, muted: boolean}} LocalSource */
/** @typedef {LocalSource & {simulcast: boolean, transceiver: any}} Line */

/** Best first: so the server knows which is which. */
const LAYERS = [{ rid: 'h' }, { rid: 'm', scaleResolutionDownBy: 2 }, { rid: 'l', scaleResolutionDownBy: 4 }];

export class Lines {
	/** @type {Map<import('./devices.js').SourceName, Line>} */
	#lines = new Map();
	#onEnded;

	/** @param {(source: import('./devices.js').SourceName) => void} onEnded a track ended by itself */
	constructor(onEnded) {
		this.#onEnded = onEnded;
	}

	/** Those that send. */
	get active() { return [...this.#lines.values()].filter(({ track }) => track); }
	/** Those that have been negotiated. */
	get named() { return [...this.#lines.values()].filter(({ transceiver }) => transceiver?.mid); }
	/** @returns {LocalSource[]} */
	get sources() { return this.active.map(({ source, kind, track, muted }) => ({ source, kind, track, muted })); }
	/** Who of them is silent, as the server wants to be told. */
	get sends() { return this.named.filter(({ track }) => track).map(({ transceiver, muted }) => ({ mid: transceiver.mid, send: !muted })); }

	/** @param {import('./devices.js').SourceName} source */
	get(source) {
		return this.#lines.get(source);
	}

	/** @param {string} mid */
	sourceOf(mid) {
		return this.named.find(({ transceiver }) => transceiver.mid === mid)?.source ?? '';
	}

	/** A source begins, on its old line if there is one. @param {SourceInit} init */
	async put({ source, track, muted = false, simulcast = true }) {
		const line = this.#lines.get(source) ?? { source, kind: track.kind, track: null, muted, simulcast: simulcast && track.kind === 'video', transceiver: null };

		this.#release(line);
		line.muted = muted;
		this.#lines.set(source, line);
		this.#hold(line, track);
		if (line.transceiver) {
			line.transceiver.direction = 'sendonly';
			await line.transceiver.sender.replaceTrack(track);
		}
	}

	/** Another track in the place of a line's. @param {Line} line @param {any} track */
	async replace(line, track) {
		await line.transceiver?.sender.replaceTrack(track);
		this.#release(line);
		this.#hold(line, track);
	}

	/** A source ends. @param {Line} line */
	async empty(line) {
		this.#release(line);
		if (!line.transceiver)
			return;
		line.transceiver.direction = 'inactive';
		await line.transceiver.sender.replaceTrack(null);
	}

	/** Every active line has its place in this connection. @param {any} connection */
	addTo(connection) {
		for (const line of this.active)
			line.transceiver ??= connection.addTransceiver(line.track,
				{ direction: 'sendonly', ...line.simulcast ? { sendEncodings: LAYERS.map((layer) => ({ ...layer })) } : {} });
	}

	/** The connection is gone, and with it all places. */
	unplace() {
		for (const [name, line] of this.#lines) {
			line.transceiver = null;
			if (!line.track)
				this.#lines.delete(name);
		}
	}

	clear() {
		for (const line of this.#lines.values())
			this.#release(line);
		this.#lines.clear();
	}

	/** @param {Line} line @param {any} track */
	#hold(line, track) {
		line.track = track;
		track.enabled = !line.muted;
		track.onended = () => this.#onEnded(line.source);
	}

	/** @param {Line} line */
	#release(line) {
		if (!line.track)
			return;
		line.track.onended = null;
		line.track.stop();
		line.track = null;
	}
}
