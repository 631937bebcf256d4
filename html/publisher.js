// SPDX-License-Identifier: MIT
// What we send: each source (audio, video, screen, screenaudio) on a media line of its own, which is kept for the next time when it ends.

export class Publisher {
	#handle;
	#room;
	#published = false;
	#queue = Promise.resolve();
	/** Source → {mid, kind}. */
	#lines = new Map();

	constructor(handle, room) {
		this.#handle = handle;
		this.#room = room;
	}

	/** Adds sources: [{source, track, send}]; send false: negotiated, but silent. */
	send(sources) {
		return this.#inTurn(async () => {
			await this.#negotiate(sources.map(({ source, track }) => this.#addition(source, track)), (peer) => {
				for (const { source, track } of sources)
					this.#lines.set(source, { kind: track.kind, mid: midOf(peer, track) });
			}, sources);
		});
	}

	/** Ends sources, by name. */
	end(names) {
		return this.#inTurn(async () => {
			const ended = names.filter((name) => this.#lines.has(name));

			if (ended.length)
				await this.#negotiate(ended.map((name) => this.#removal(name)), () => {}, []);
		});
	}

	/** Tells the server that a source rests (camera off) or goes on. */
	pause(source, rests) {
		return this.#inTurn(async () => {
			const line = this.#lines.get(source);

			if (line)
				await this.#handle.request('configure', { room: this.#room, streams: [{ mid: line.mid, send: !rests }] });
		});
	}

	/** Negotiations must not overlap. */
	#inTurn(action) {
		const result = this.#queue.then(action);

		this.#queue = result.catch(() => {});
		return result;
	}

	#addition(source, track) {
		const line = this.#lines.get(source);
		const wish = { type: track.kind, capture: track, recv: false, dontStop: true };

		return line ? { ...wish, mid: line.mid, replace: true } : { ...wish, add: true };
	}

	#removal(source) {
		const { kind, mid } = this.#lines.get(source);

		return { type: kind, mid, remove: true, recv: false };
	}

	async #negotiate(tracks, onOffer, sources) {
		const offer = await this.#handle.offer(tracks);

		onOffer(this.#handle.peer);
		const body = {
			room: this.#room,
			descriptions: [...this.#lines].map(([source, { mid }]) => ({ mid, source })),
			streams: sources.map(({ source, send }) => ({ mid: this.#lines.get(source).mid, send })),
		};
		const { jsep } = await this.#handle.request(this.#published ? 'configure' : 'publish', body, offer);

		this.#published = true;
		if (jsep)
			await this.#handle.accept(jsep);
	}
}

function midOf(peer, track) {
	return peer.getTransceivers().find((t) => t.sender.track === track).mid;
}
