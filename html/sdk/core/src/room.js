// SPDX-License-Identifier: MIT
// One room, as one participant: what it is, what is done in it, what happens in it. How we are in it is membership.js's; the parts do the rest.
//
//   Room ─┬─ publisher    what we send              ─┬─ recording    the one of this call
//         ├─ (subscriber) what we receive            ├─ recordings   the library, over REST
//         ├─ participants who is here                └─ devices      cameras, microphones, screens
//         └─ host         what hosts do to people

import { Devices } from './devices.js';
import { Emitter } from './events.js';
import { RecroomError } from './errors.js';
import { Host } from './host.js';
import { Membership } from './membership.js';
import { tell } from './news.js';
import { Participants } from './participants.js';
import { Peer } from './peer.js';
import { platformOf } from './platform.js';
import { Publisher } from './publisher.js';
import { Recording } from './recording.js';
import { isBeingMade, isRunning } from './recording_state.js';
import { Recordings } from './recordings.js';
import { findJanus } from './rest.js';
import { Subscriber } from './subscriber.js';
import { permissionsOf } from './token.js';

/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {import('./handle.js').Answer} Answer */
/** @typedef {import('./entrance.js').Wish} Wish */
/** @typedef {import('./entrance.js').Waiting} Waiting */
/** @typedef {Record<string, any>} Message */
/** @typedef {import('./membership.js').RoomState} RoomState */

/**
 * @typedef {object} RoomOptions
 * @property {string} [serverUrl] http(s): of `recroom-pp serve`, which knows where Janus is; or of Janus itself: ws(s):, or http(s): with a path that ends in /janus
 * @property {'websocket' | 'http'} [transport] only this one; otherwise a WebSocket, and HTTP where that cannot be had
 * @property {string} [apiUrl] of `recroom-pp serve`, where serverUrl is that of Janus
 * @property {any} [rtc] configuration of RTCPeerConnection: iceServers, …
 * @property {boolean} [subscribe] false: nothing of the others is received
 * @property {import('./platform.js').PlatformOptions} [platform]
 */

/**
 * @typedef {object} RoomEvents
 * @property {RoomState} state
 * @property {Waiting} waiting a host has to let us in
 * @property {null} joined also after each reconnection
 * @property {{code: string, reason: string}} closed
 * @property {import('./participants.js').Participant[]} participants
 * @property {import('./participants.js').Participant} participantjoined
 * @property {import('./participants.js').Participant} participantleft
 * @property {{participant: string, source: string, kind: 'audio' | 'video', track: any}} track null: it ended
 * @property {import('./recording_state.js').RecordingState} recording
 * @property {import('./recording.js').Pending} pending of the recording
 * @property {{event: string, recordingId: string} & Record<string, any>} recordingevent as the server told it; of other recordings and outputs, too
 * @property {import('./host.js').Waiter[]} waitinglist
 * @property {{locked: boolean, by?: string}} locked
 * @property {'host' | 'guest'} role ours
 * @property {{id: string, muted: boolean, source?: string, by: string}} moderated
 * @property {{id: string, quality: import('./participants.js').Quality, uplink?: object, downlink?: object}} connectionquality
 * @property {RecroomError} error something went wrong that nobody waited for
 */

/**
 * What the room's parts see of it.
 * @typedef {object} RoomLink
 * @property {string | number} name
 * @property {string} id
 * @property {string} resume
 * @property {Handle} handle
 * @property {boolean} isReady
 * @property {boolean} isIn in the room, or on the way back
 * @property {() => Promise<Handle>} whenReady
 * @property {(name: string, body: object, options?: {jsep?: any, handle?: Handle}) => Promise<Answer>} request
 * @property {() => Promise<Handle>} attach
 * @property {(handle: Handle) => Peer} makePeer
 * @property {(error: unknown) => void} complain
 * @property {(run: () => void, ms: number) => () => void} later gives what takes it back
 * @property {(recordingId: string) => Promise<Message | null>} look
 */

const RENEWAL_MS = 30 * 60 * 1000;
/** A connection that breaks is no news, and what was left is over. */
const NO_NEWS = new Set(['connection_lost', 'closed', 'left']);

/** @extends {Emitter<RoomEvents>} */
export class Room extends Emitter {
	#options;
	#platform;
	#membership;
	/** @type {RoomLink} */
	#link;
	#subscriber;
	#apiUrl = '';
	/** What `recordings` is of. */
	#library = '';
	/** @type {any} */
	#renewal = null;
	/** @type {import('./news.js').Desk} */
	#desk = {
		room: this, end: (code, sentence) => this.#membership.close(new RecroomError(code, sentence)),
		changeRole: (role, token) => this.#changeRole(role, token), setLocked: (locked, by) => this.#setLocked(locked, by),
	};

	id = '';
	callId = '';
	description = '';
	/** @type {'host' | 'guest'} */
	role = 'guest';
	/** For REST; another one every half an hour. */
	token = '';
	admission = '';
	locked = false;

	/** @param {RoomOptions} [options] */
	constructor(options = {}) {
		super();
		this.#options = options;
		this.#platform = platformOf(options.platform);
		this.#membership = new Membership(this.#platform, {
			entered: (message) => this.#onEntered(message), found: (people, recording) => this.#onFound(people, recording), restore: () => this.#restore(),
		});
		this.#link = this.#makeLink();
		this.devices = new Devices(this.#platform);
		this.participants = new Participants();
		this.publisher = new Publisher(this.#link, this.devices);
		this.#subscriber = new Subscriber(this.#link, (flow, track) => this.#onTrack(flow, track));
		this.host = new Host(this.#link);
		this.recording = new Recording(this.#link, this.#platform);
		/** @type {Recordings | null} null: no apiUrl is known */
		this.recordings = null;
		this.#wire();
	}

	get state() { return this.#membership.state; }
	get name() { return this.#membership.name; }
	get apiUrl() { return this.#apiUrl; }
	get isHost() { return this.role === 'host'; }
	get permissions() { return permissionsOf(this.role, this.token); }
	/** The receiving connection, for statistics. @returns {any} */
	get receiving() { return this.#subscriber.connection; }

	/**
	 * Ends when we are in; that may take as long as people do (event `waiting`). `leave()` gives up.
	 * @param {Wish} wish
	 */
	async join(wish) {
		const unfinished = await this.#membership.join(wish, () => this.#findServer());

		if (unfinished && this.recording.status === 'idle')
			this.recording.recall(unfinished);
	}

	/** A join() that is under way is given up; one that comes meanwhile waits for the end of this. @returns {Promise<void>} */
	leave() {
		return this.#membership.leave();
	}

	/**
	 * The network is another one, as when a phone leaves the house: media look for another way now, not when the old one is found to be dead; while the connection is
	 * being made again, as soon as it is.
	 */
	restartIce() {
		this.publisher.moved();
		if (this.#options.subscribe !== false)
			this.#subscriber.moved();
	}

	/** Another token for REST. @returns {Promise<string>} */
	async renewToken() {
		const { token } = await this.request('configure');

		this.token = token ?? this.token;
		return this.token;
	}

	/** Another name for the others to see. @param {string} display */
	async rename(display) {
		await this.request('configure', { display });
		this.participants.update(this.id, { display });
	}

	/**
	 * At most this layer of somebody's picture (`send: false`: nothing of it for now).
	 * @param {string} participant
	 * @param {string} source
	 * @param {{substream?: number, temporal?: number, spatial_layer?: number, temporal_layer?: number, send?: boolean}} layers
	 */
	setQuality(participant, source, layers) {
		return this.#subscriber.configure(participant, source, layers);
	}

	/** Any request of docs/api.md on the publishing handle. @param {string} name @param {object} [body] @returns {Promise<Record<string, any>>} */
	async request(name, body = {}) {
		return (await this.#membership.request(name, body)).message;
	}

	/** @returns {RoomLink} */
	#makeLink() {
		const membership = this.#membership, room = this;

		return {
			get name() { return membership.name; },
			get id() { return room.id; },
			get resume() { return membership.resume; },
			get handle() { return membership.handle; },
			get isReady() { return membership.isReady; },
			get isIn() { return membership.isIn; },
			whenReady: () => membership.whenReady(),
			request: (name, body, options) => membership.request(name, body, options),
			attach: () => membership.attach(),
			makePeer: (handle) => new Peer(this.#platform, handle, this.#options.rtc),
			complain: (error) => this.#complain(error),
			later: (run, ms) => {
				const timer = this.#platform.setTimeout(run, ms);

				return () => this.#platform.clearTimeout(timer);
			},
			look: (id) => this.#look(id),
		};
	}

	#wire() {
		this.#membership.on('state', (state) => this.emit('state', state));
		this.#membership.on('waiting', (waiting) => this.emit('waiting', waiting));
		this.#membership.on('message', (message) => tell(this.#desk, message));
		this.#membership.on('over', (why) => this.#onOver(why));
		this.participants.on('change', (list) => this.emit('participants', list));
		this.participants.on('change', () => this.#want());
		this.participants.on('joined', (person) => this.emit('participantjoined', person));
		this.participants.on('left', (person) => this.emit('participantleft', person));
		this.publisher.on('change', () => this.#showOwn());
		this.host.on('waiting', (list) => this.emit('waitinglist', list));
		this.recording.on('change', (state) => this.#onRecording(state));
		this.recording.on('pending', (pending) => this.emit('pending', pending));
	}

	/** Addresses of Janus, best first. @returns {Promise<string[]>} */
	async #findServer() {
		const { serverUrl = '', apiUrl, transport } = this.#options;
		const isOurs = /^https?:/.test(serverUrl) && !/\/janus\/?$/.test(serverUrl);

		this.#apiUrl = apiUrl ?? (isOurs ? serverUrl : '');
		const all = isOurs ? await findJanus(this.#platform, serverUrl) : [serverUrl];
		const found = all.filter((url) => !transport || /^http/.test(url) === (transport === 'http'));

		if (!found.length)
			throw new RecroomError('unreachable', `The server at ${serverUrl} has no address for this transport.`);
		return found;
	}

	/** We are in, for the first time or again: all of this is how it is now. @param {Message} message */
	async #onEntered(message) {
		if (message.callId !== this.callId || message.id !== this.id)
			this.participants.clear();     // of another call: the same ids are other people there
		const streams = this.participants.get(message.id)?.streams ?? [];

		this.id = message.id;
		this.callId = message.callId;
		this.description = message.description ?? '';
		this.admission = message.admission ?? '';
		this.#openLibrary();
		this.#renewLater();
		this.#changeRole(message.role, message.token);
		this.#setLocked(Boolean(message.locked));
		this.participants.reset(message.id, [{ id: message.id, display: this.#membership.display, role: message.role, streams },
			...withStreams(message.participants ?? [], message.publishers ?? [])]);
		this.#showOwn();
		await this.#known(message.waiting, message.recording);
	}

	/** The same without having been away. @param {Message} people @param {Message} recording */
	async #onFound({ participants, waiting, locked = this.locked }, recording) {
		this.participants.reset(this.id, participants);
		this.#changeRole(this.participants.local?.role ?? this.role);
		this.#setLocked(locked);
		await this.#known(waiting, recording);
	}

	/** @param {import('./host.js').Waiter[] | undefined} waiting @param {Message | null | undefined} recording */
	async #known(waiting, recording) {
		this.host.reset(waiting ?? []);
		this.#remember();
		const known = this.recording.know(recording?.recordingId ? recording : null);

		this.emit('joined', null);
		await known;
	}

	#restore() {
		this.publisher.restore();
		if (this.#options.subscribe !== false)
			this.#subscriber.restore();
	}

	#openLibrary() {
		const library = `${this.#apiUrl} ${this.name}`;

		if (library === this.#library)
			return;
		this.#library = library;
		this.recordings = this.#apiUrl
			? new Recordings({ url: this.#apiUrl, room: String(this.name), token: () => this.token, renew: () => this.renewToken(), platform: this.#options.platform }) : null;
	}

	/** A recording that is not the running one: REST knows, or for hosts Janus. @param {string} recordingId */
	async #look(recordingId) {
		if (this.recordings)
			return this.recordings.get(recordingId);
		return this.isHost ? this.request('get_recording', { recordingId }) : null;
	}

	#want() {
		if (this.#options.subscribe === false || !this.#membership.isReady)
			return;
		const list = this.participants.remote.flatMap(({ id, streams }) => streams.map(({ mid }) => ({ feed: id, mid })));

		this.#subscriber.want(list);
	}

	/** @param {import('./subscriber.js').Flow} flow @param {any} track */
	#onTrack({ participant, source, kind }, track) {
		this.participants.setTrack(participant, source, track);
		this.emit('track', { participant, source, kind, track });
	}

	#showOwn() {
		if (this.id)
			this.participants.update(this.id, { tracks: Object.fromEntries(this.publisher.sources.map(({ source, track }) => [source, track])) });
	}

	/** @param {import('./recording_state.js').RecordingState} state */
	#onRecording(state) {
		this.#remember();
		this.emit('recording', state);
	}

	#remember() {
		const { state } = this.recording;

		this.#membership.remember(isRunning(state) || isBeingMade(state) ? state.recordingId : '');
	}

	/** @param {'host' | 'guest'} role @param {string} [token] */
	#changeRole(role, token) {
		this.token = token ?? this.token;
		if (role === this.role)
			return;
		this.role = role;
		this.emit('role', role);
	}

	/** @param {boolean} locked @param {string} [by] */
	#setLocked(locked, by) {
		if (locked === this.locked)
			return;
		this.locked = locked;
		this.emit('locked', { locked, ...by === undefined ? {} : { by } });
	}

	#renewLater() {
		this.#platform.clearTimeout(this.#renewal);
		this.#renewal = this.#platform.setTimeout(() => {
			this.renewToken().catch((error) => this.#complain(error));
			this.#renewLater();
		}, RENEWAL_MS);
	}

	/** @param {unknown} error */
	#complain(error) {
		const problem = RecroomError.from(error);

		if (!NO_NEWS.has(problem.code))
			this.emit('error', problem);
	}

	/** @param {RecroomError} why */
	#onOver(why) {
		this.#platform.clearTimeout(this.#renewal);
		this.publisher.close();
		this.#subscriber.close();
		this.participants.clear();
		this.host.reset([]);
		this.recording.reset();
		this.emit('closed', { code: why.code, reason: why.message });
	}
}

/** @param {Message[]} people @param {Message[]} publishers */
function withStreams(people, publishers) {
	return people.map((person) => ({ ...person, id: /** @type {string} */ (person.id), streams: publishers.find(({ id }) => id === person.id)?.streams ?? [] }));
}
