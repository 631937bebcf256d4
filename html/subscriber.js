// SPDX-License-Identifier: MIT
// What we receive: one peer connection with everybody's streams, in which the server makes the offers.

import { Handle } from './handle.js';

export class Subscriber {
	#handle = null;
	#room;
	#onRemote;
	#negotiation = Promise.resolve();
	/** mid → {participant, source, kind}: what the server says flows there. */
	#streams = new Map();
	/** mid → MediaStreamTrack. */
	#tracks = new Map();
	/** "participant mid" of streams we asked for. */
	#wanted = new Set();

	/** onRemote({participant, source, kind, track}): a track to show, or null where one ended. */
	constructor(room, onRemote) {
		this.#room = room;
		this.#onRemote = onRemote;
	}

	async open(session, resume) {
		this.#handle = await Handle.attach(session, {
			onEvent: (message, jsep) => this.#onEvent(message, jsep),
			onTrack: (track, mid, on) => this.#onTrack(track, mid, on),
		});
		await this.#handle.request('join', { room: this.#room, ptype: 'subscriber', resume, streams: [] });
	}

	/** These are a participant's streams now; asks for those we do not have. */
	want(participant, streams) {
		const key = (mid) => `${participant} ${mid}`;
		const offered = new Set(streams.map(({ mid }) => key(mid)));
		const missing = streams.filter(({ mid }) => !this.#wanted.has(key(mid)));

		for (const wanted of this.#wanted)
			if (wanted.startsWith(`${participant} `) && !offered.has(wanted))
				this.#wanted.delete(wanted);
		if (!missing.length)
			return;
		for (const { mid } of missing)
			this.#wanted.add(key(mid));
		this.#subscribe(missing.map(({ mid }) => ({ feed: participant, mid })));
	}

	forget(participant) {
		this.want(participant, []);
	}

	async #subscribe(streams) {
		try {
			const { message, jsep } = await this.#handle.request('subscribe', { room: this.#room, streams });

			this.#onEvent(message, jsep);
		} catch (error) {
			// The stream may have ended while we asked; if it comes back, we hear of it.
			console.warn(error);
			for (const { feed, mid } of streams)
				this.#wanted.delete(`${feed} ${mid}`);
		}
	}

	#onEvent(message, jsep) {
		if (message.streams)
			this.#setStreams(message.streams);
		if (jsep)
			this.#negotiation = this.#negotiation.then(() => this.#answer(jsep)).catch(console.warn);
	}

	async #answer(jsep) {
		const answer = await this.#handle.answer(jsep);

		await this.#handle.request('start', { room: this.#room }, answer);
	}

	#setStreams(list) {
		const before = this.#streams;

		this.#streams = new Map(list.filter((s) => s.active)
			.map((s) => [s.mid, { participant: s.feed_id, source: s.source, kind: s.type }]));
		for (const [mid, stream] of before) {
			const now = this.#streams.get(mid);

			if (now?.participant !== stream.participant || now?.source !== stream.source)
				this.#onRemote({ ...stream, track: null });
		}
		for (const mid of this.#streams.keys())
			this.#show(mid);
	}

	#onTrack(track, mid, on) {
		if (on)
			this.#tracks.set(mid, track);
		else if (track.readyState === 'ended')
			this.#tracks.delete(mid);
		this.#show(mid);
	}

	/** A track is shown when both are known: the media line and what the server sends on it. */
	#show(mid) {
		const stream = this.#streams.get(mid);
		const track = this.#tracks.get(mid);

		if (stream && track)
			this.#onRemote({ ...stream, track });
	}
}
