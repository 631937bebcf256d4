// SPDX-License-Identifier: MIT
// One room, seen by one participant: a Janus session with two handles, as there is no glare that way.
//
//   publisher handle    we offer what we send        publish, configure, recording requests, all events of the room
//   subscriber handle   the server offers the rest   made once, renegotiated whenever somebody comes, goes, shares
//
// Fires: people (who is here changed), remote {participant, source, kind, track} (track null: over), recording (an event about a recording),
// waiting {reason} (before the answer to join: for a host to come, or to let us in), closed {reason}. What it knows of people stands in `people`.

import { Handle } from './handle.js';
import { Publisher } from './publisher.js';
import { Subscriber } from './subscriber.js';

const TOKEN_RENEWAL_MS = 45 * 60 * 1000;

function openSession(server, onLost) {
	return new Promise((resolve, reject) => {
		let session = null;
		const fail = () => {
			if (session)
				onLost('The connection to the server was lost.');
			else
				reject(new Error(`The call server cannot be reached at ${server}.`));
		};

		Janus.init({
			debug: ['warn', 'error'],
			callback: () => {
				const janus = new Janus({
					server,
					iceServers: [],
					success: () => resolve(session = janus),
					error: fail,
					destroyed: () => onLost('The call has ended.'),
				});
			},
		});
	});
}

export class Room extends EventTarget {
	#session = null;
	#handle = null;
	#publisher = null;
	#subscriber = null;
	#renewal = 0;
	#resume = '';
	#closed = false;

	id = '';
	role = 'guest';
	token = '';
	/** Participant id → {id, display, role, streams}; we are among them. */
	people = new Map();

	/** wish: {server, room, name, secret, pin, token}. Gives the answer to join. */
	async join(wish) {
		this.room = wish.room;
		this.#session = await openSession(wish.server, (reason) => this.#close(reason));
		this.#handle = await Handle.attach(this.#session, { onEvent: (m) => this.#onEvent(m) });
		const { message } = await this.#handle.request('join', joinBody(wish));

		this.id = message.id;
		this.role = message.role;
		this.token = message.token;
		this.#renewal = setInterval(() => this.renewToken().catch(console.warn), TOKEN_RENEWAL_MS);
		for (const person of [...message.participants, { id: message.id, display: wish.name, role: message.role }])
			this.#meet(person);
		this.#resume = message.resume;
		this.#publisher = new Publisher(this.#handle, this.room);
		this.#addStreams(message.publishers);
		return message;
	}

	/** Begins to receive the others. Apart from join, so that its caller can listen before anything happens. */
	async receive() {
		const subscriber = new Subscriber(this.room, (detail) => this.#fire('remote', detail));

		await subscriber.open(this.#session, this.#resume);
		this.#subscriber = subscriber;
		for (const { id, streams } of this.people.values())
			if (id !== this.id)
				subscriber.want(id, streams);
	}

	/** Sends tracks as sources; see Publisher. */
	get publisher() {
		return this.#publisher;
	}

	/** Who asks for a recording has agreed to it by that. */
	async startRecording() {
		const started = await this.#ask('start_recording');

		this.#fire('recording', { event: 'consentchanged', recordingId: started.recordingId, id: this.id, state: 'agreed' });
		return started;
	}

	stopRecording() { return this.#ask('stop_recording'); }
	pauseRecording() { return this.#ask('pause_recording'); }
	resumeRecording() { return this.#ask('resume_recording'); }

	/** May we be recorded, in the recording that runs? Gives {recordingId, state}. */
	async consent(agree) {
		return (await this.#handle.request('consent', { room: this.room, agree })).message;
	}

	/** A fresh token for REST. */
	async renewToken() {
		if (this.#closed)
			throw new Error('Join again to see the recordings.');
		this.token = (await this.#ask('configure')).token;
		return this.token;
	}

	async leave() {
		this.#closed = true;
		clearInterval(this.#renewal);
		await this.#ask('leave').catch(() => {});
		this.#session?.destroy({});
	}

	async #ask(request) {
		return (await this.#handle.request(request, { room: this.room })).message;
	}

	#fire(type, detail) {
		this.dispatchEvent(new CustomEvent(type, { detail }));
	}

	#close(reason) {
		if (this.#closed)
			return;
		this.#closed = true;
		clearInterval(this.#renewal);
		this.#fire('closed', { reason });
		this.#session?.destroy({ notifyDestroyed: false });
	}

	#onEvent(m) {
		if (m.recroom === 'waiting')
			this.#fire('waiting', m);
		if (m.joining)
			this.#meet(m.joining);
		if (m.publishers)
			this.#addStreams(m.publishers);
		if (m.unpublished)
			this.#setStreams(m.unpublished, []);
		if (m.leaving)
			this.#part(m.leaving);
		if (m.kicked)
			this.#part(m.kicked, 'The host removed you from the call.');
		if (m.destroyed)
			this.#close('The room was closed.');
		if (m.event === 'callended')
			this.#close('The call was ended.');
		if (m.event === 'hostchanged')
			this.#changeRole(m);
		if (m.event === 'trackmuted' || m.event === 'trackunmuted')
			this.#mute(m.id, m.mid, m.event === 'trackmuted');
		else if (m.recordingId)
			this.#fire('recording', m);
	}

	#changeRole({ id, role, token }) {
		this.#meet({ id, role });
		if (id !== this.id)
			return;
		this.role = role;
		this.token = token ?? this.token;
	}

	#meet(person) {
		this.people.set(person.id, { streams: [], ...this.people.get(person.id), ...person });
		this.#fire('people');
	}

	#part(id, reason) {
		if (id === this.id)
			return this.#close(reason ?? 'You left the call.');
		this.people.delete(id);
		this.#subscriber?.forget(id);
		return this.#fire('people');
	}

	#addStreams(publishers = []) {
		for (const { id, display, role, streams } of publishers) {
			this.#meet({ id, display, role });
			this.#setStreams(id, streams);
		}
	}

	#setStreams(id, streams) {
		const person = this.people.get(id);

		if (!person)
			return;
		person.streams = streams;
		this.#fire('people');
		if (id !== this.id)
			this.#subscriber?.want(id, streams);
	}

	#mute(id, mid, muted) {
		for (const stream of this.people.get(id)?.streams ?? [])
			if (stream.mid === mid)
				stream.muted = muted;
		this.#fire('people');
	}
}

function joinBody({ room, name, secret, pin, token }) {
	const body = { room, ptype: 'publisher', display: name };

	if (secret)
		body.secret = secret;
	if (pin)
		body.pin = pin;
	if (token)
		body.token = token;
	return body;
}
