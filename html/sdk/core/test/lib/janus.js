// SPDX-License-Identifier: MIT
// Janus with the plugin, as far as a client sees it: sessions, handles and transactions here, the room in room.js. It keeps the rules that the real one
// keeps: what is said to a socket that is gone is lost; without reclaim a session ends with its socket; an answer is due before the next offer.

import { FakeHttp } from './http.js';
import { FakeRoom } from './room.js';

const LATENCY_MS = 5;
const RECLAIM_MS = 30_000;

export class FakeJanus {
	reclaim = true;
	/** New connections are refused. */
	isDown = false;
	#isDeaf = false;
	/** What waits on the way: TCP loses nothing while a connection lives. */
	#held = [];
	/** What was asked of the plugin: [{handle, body, jsep}]. */
	requests = [];
	/** Names of requests that get no answer. */
	mute = new Set();
	sockets = new Set();
	sessions = new Map();
	#ids = 1000;

	constructor(clock) {
		this.clock = clock;
		this.room = new FakeRoom(this);
		this.http = new FakeHttp(this);
		const janus = this;

		this.WebSocket = class {
			constructor(url, protocol) {
				Object.assign(this, { url, protocol, isOpen: false, gone: false });
				janus.sockets.add(this);
				janus.carry(() => janus.#accept(this));
			}

			send(text) {
				if (!this.isOpen || this.isClosing)
					throw new Error('not open');
				janus.carry(() => janus.take(this, JSON.parse(text)));
			}

			/** What was said before still arrives. */
			close() {
				this.isClosing = true;
				janus.carry(() => janus.#drop(this));
			}
		};
	}

	#accept(socket) {
		if (socket.gone || socket.isClosing)
			return;
		if (this.isDown) {
			this.#drop(socket, true);
			return;
		}
		socket.isOpen = true;
		socket.onopen?.();
	}

	#drop(socket, tell = false) {
		if (socket.gone)
			return;
		Object.assign(socket, { gone: true, isOpen: false });
		this.sockets.delete(socket);
		for (const session of [...this.sessions.values()])
			if (session.socket === socket)
				this.#orphan(session);
		if (tell)
			socket.onclose?.();
	}

	#orphan(session) {
		session.socket = null;
		session.lost = (session.lost ?? 0) + 1;
		const { lost } = session;

		if (!this.reclaim)
			this.end(session);
		else
			this.clock.unseen(() => !session.socket && session.lost === lost && this.end(session), RECLAIM_MS);
	}

	/** Connections stay open and carry nothing for now. */
	get isDeaf() { return this.#isDeaf; }

	set isDeaf(deaf) {
		this.#isDeaf = deaf;
		if (!deaf)
			this.#held.splice(0).forEach((run) => this.clock.setTimeout(run, LATENCY_MS));
	}

	/** One way, after a while. */
	carry(run) {
		this.clock.unseen(() => {
			if (this.#isDeaf)
				this.#held.push(run);
			else
				run();
		}, LATENCY_MS);
	}

	/** A session is over, and with it its handles. */
	end(session) {
		if (!this.sessions.delete(session.id))
			return;
		for (const handle of session.handles.values())
			this.room.detached(handle);
	}

	/** One handle is over, as the operator may end it; its client is told. */
	endHandle(handle) {
		this.core(handle, { janus: 'detached' });
		handle.session.handles.delete(handle.id);
		this.room.detached(handle);
	}

	/** All connections break, and are told so; for `ms` none can be made. */
	cut(ms = 0) {
		this.isDown = ms > 0;
		for (const socket of [...this.sockets])
			this.#drop(socket, true);
		this.http.cut();
		if (ms)
			this.clock.setTimeout(() => { this.isDown = false; }, ms);
	}

	/** For so long, and nobody is told. */
	deafen(ms) {
		this.isDeaf = true;
		this.clock.setTimeout(() => { this.isDeaf = false; }, ms);
	}

	/** Another Janus at the same address, which knows nobody. */
	restart(ms = 0) {
		for (const session of [...this.sessions.values()])
			this.end(session);
		this.room.forget();
		this.cut(ms);
	}

	take(socket, message) {
		if (!socket.isOpen)
			return;
		const session = this.sessions.get(message.session_id);
		const reply = (more) => this.#say(socket, { ...message.session_id ? { session_id: message.session_id } : {}, transaction: message.transaction, ...more });

		if (message.janus === 'ping')
			reply({ janus: 'pong' });
		else if (message.janus === 'create')
			reply({ janus: 'success', data: { id: this.#create(socket.events ?? socket) } });
		else if (!session)
			reply({ janus: 'error', error: { code: 458, reason: `No such session ${message.session_id}` } });
		else if (message.janus === 'claim')
			this.#claim(session, socket.events ?? socket, reply);
		else
			this.#onSession(session, message, reply);
	}

	#create(socket) {
		const session = { id: ++this.#ids, socket, handles: new Map() };

		this.sessions.set(session.id, session);
		return session.id;
	}

	#claim(session, socket, reply) {
		session.socket = socket;
		reply({ janus: 'success' });
	}

	#onSession(session, message, reply) {
		const handle = session.handles.get(message.handle_id);

		if (message.janus === 'keepalive')
			reply({ janus: 'ack' });
		else if (message.janus === 'destroy')
			this.end(session);
		else if (message.janus === 'attach')
			reply({ janus: 'success', data: { id: this.#attach(session) } });
		else if (!handle)
			reply({ janus: 'error', error: { code: 459, reason: `No such handle ${message.handle_id}` } });
		else
			this.#onHandle(session, handle, message, reply);
	}

	#attach(session) {
		const handle = { id: ++this.#ids, session, candidates: [] };

		session.handles.set(handle.id, handle);
		return handle.id;
	}

	#onHandle(session, handle, message, reply) {
		if (message.janus === 'trickle') {
			handle.candidates.push(message.candidate);
			reply({ janus: 'ack' });
		} else if (message.janus === 'detach') {
			session.handles.delete(handle.id);
			this.room.detached(handle);
			reply({ janus: 'success' });
		} else {
			this.requests.push({ handle, body: message.body, jsep: message.jsep });
			reply({ janus: 'ack' });
			if (!this.mute.has(message.body.recroom))
				this.room.request(handle, message.body, message.jsep, (data, jsep) => this.event(handle, data, jsep, message.transaction));
		}
	}

	/** To a handle, with a transaction or without one. */
	event(handle, data, jsep, transaction) {
		const { session } = handle;

		if (session.socket && session.handles.has(handle.id))
			this.#say(session.socket, { janus: 'event', session_id: session.id, sender: handle.id, ...transaction ? { transaction } : {},
				plugindata: { plugin: 'janus.plugin.recroom', data: structuredClone(data) }, ...jsep ? { jsep } : {} });
	}

	/** Its peer connection is over: nothing is sent on it any more. */
	hangup(handle) {
		handle.person.streams = [];
		this.core(handle, { janus: 'hangup', reason: 'DTLS alert' });
	}

	/** Something of Janus itself to a handle: trickle, hangup, detached. */
	core(handle, message) {
		this.#say(handle.session.socket, { session_id: handle.session.id, sender: handle.id, ...message });
	}

	#say(socket, message) {
		this.carry(() => {
			if (socket?.isOpen && !socket.isClosing)
				socket.onmessage?.({ data: JSON.stringify(message) });
		});
	}

	/** Requests of this name so far. */
	asked(name) {
		return this.requests.filter(({ body }) => body.recroom === name);
	}
}
