// SPDX-License-Identifier: MIT
// One room, as one participant: joining, staying in, coming back, leaving. Its parts do the rest.
//
//   idle ─ join() ─▶ connecting ─▶ (waiting ─▶) joined ⇄ reconnecting          closed: left, ended, kicked, refused
//
// After a broken connection: the session is claimed, and the room asked how it stands; or it is gone, and we join again with the `resume` secret, as the same
// participant. What is shown then is what the server said then: people, recording, everything. Media go on meanwhile where they can.

import { Devices } from './devices.js';
import { Emitter } from './events.js';
import { RecroomError } from './errors.js';
import { enter } from './entrance.js';
import { Host } from './host.js';
import { Memory } from './memory.js';
import { tell } from './news.js';
import { Participants } from './participants.js';
import { Peer } from './peer.js';
import { platformOf, within } from './platform.js';
import { Publisher } from './publisher.js';
import { Recording } from './recording.js';
import { isBeingMade, isRunning } from './recording_state.js';
import { Recordings } from './recordings.js';
import { findJanus } from './rest.js';
import { Session } from './session.js';
import { Subscriber } from './subscriber.js';
import { permissionsOf } from './token.js';

/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {import('./handle.js').Answer} Answer */
/** @typedef {import('./entrance.js').Wish} Wish */
/** @typedef {import('./entrance.js').Waiting} Waiting */
/** @typedef {Record<string, any>} Message */
/** @typedef {'idle' | 'connecting' | 'waiting' | 'joined' | 'reconnecting' | 'closed'} RoomState */

/**
 * @typedef {object} RoomOptions
 * @property {string} [serverUrl] http(s): of `recroom-pp serve`, which knows where Janus is; or ws(s): of Janus itself
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
 * @property {{event: string, recordingId: string} & Message} recordingevent as the server told it; of other recordings and outputs, too
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
 * @property {(name: string, body: object, options?: {jsep?: any}) => Promise<Answer>} request
 * @property {() => Promise<Handle>} attach
 * @property {(handle: Handle) => Peer} makePeer
 * @property {(error: unknown) => void} complain
 * @property {(recordingId: string) => Promise<Message | null>} look
 */

const RENEWAL_MS = 30 * 60 * 1000;
const COME_BACK_MS = 15_000;
const LEAVE_MS = 2000;
/** Coming back in: what may pass by itself. */
const PASSING = new Set(['timeout', 'unavailable', 'too_many_requests', 'too_many_attempts', 'janus', 'internal', 'id_taken']);

/** @extends {Emitter<RoomEvents>} */
export class Room extends Emitter {
	#options;
	#platform;
	/** @type {RoomState} */
	#state = 'idle';
	/** @type {Session | null} */
	#session = null;
	/** @type {Handle | null} */
	#handle = null;
	/** @type {Wish | null} */
	#wish = null;
	/** @type {Memory | null} */
	#memory = null;
	/** @type {RoomLink} */
	#link;
	#subscriber;
	#resume = '';
	#apiUrl = '';
	/** Counts connections: whoever began during an earlier one has come too late. */
	#round = 0;
	/** join() is under way: it begins again by itself. */
	#joining = false;
	/** @type {any} */
	#timer = null;
	#unrequested = { changeRole: this.#changeRole.bind(this), setLocked: this.#setLocked.bind(this), end: this.#end.bind(this), room: this };

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

	get state() { return this.#state; }
	get name() { return this.#wish?.room ?? ''; }
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
		if (this.#state !== 'idle' && this.#state !== 'closed')
			throw new RecroomError('already_joined', 'This room is open already.');
		this.#wish = wish;
		this.#joining = true;
		this.#setState('connecting');
		try {
			await this.#connect();
		} catch (error) {
			this.#close(RecroomError.from(error));
			throw error;
		} finally {
			this.#joining = false;
		}
	}

	/** @returns {Promise<void>} */
	async leave() {
		if (this.#state === 'idle' || this.#state === 'closed')
			return;
		const handle = this.#handle;

		if (handle && this.#session?.isReady)
			await within(this.#platform, handle.request('leave', { room: this.name }), LEAVE_MS, () => new Error('late')).catch(() => {});
		this.#close(new RecroomError('left', 'You left the call.'));
	}

	/** Another token for REST. @returns {Promise<string>} */
	async renewToken() {
		const { message } = await this.#request('configure', {});

		this.token = message.token ?? this.token;
		return this.token;
	}

	/** Another name for the others to see. @param {string} display */
	async rename(display) {
		await this.#request('configure', { display });
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

	/** Any request of docs/api.md on the publishing handle. @param {string} name @param {object} [body] @returns {Promise<Message>} */
	async request(name, body = {}) {
		return (await this.#request(name, body)).message;
	}

	/** @returns {RoomLink} */
	#makeLink() {
		const room = this;

		return {
			get name() { return room.name; },
			get id() { return room.id; },
			get resume() { return room.#resume; },
			get handle() { return room.#need(); },
			get isReady() { return room.#state === 'joined' && Boolean(room.#session?.isReady); },
			request: (name, body, options) => this.#request(name, body, options),
			attach: () => /** @type {Session} */ (this.#session).attach(),
			makePeer: (handle) => new Peer(this.#platform, handle, this.#options.rtc),
			complain: (error) => this.#complain(error),
			look: (id) => this.#look(id),
		};
	}

	#wire() {
		this.participants.on('change', (list) => this.emit('participants', list));
		this.participants.on('change', () => this.#want());
		this.participants.on('joined', (person) => this.emit('participantjoined', person));
		this.participants.on('left', (person) => this.emit('participantleft', person));
		this.publisher.on('change', () => this.#showOwn());
		this.host.on('waiting', (list) => this.emit('waitinglist', list));
		this.recording.on('change', (state) => this.#onRecording(state));
		this.recording.on('pending', (pending) => this.emit('pending', pending));
	}

	async #connect() {
		const url = await this.#findServer();
		const session = this.#session = new Session(this.#platform, url);
		const wish = /** @type {Wish} */ (this.#wish);

		this.#memory = new Memory(this.#platform, url, String(wish.room));
		this.#resume = wish.resume ?? this.#memory.read()?.resume ?? '';
		const again = this.#memory.read()?.recordingId;

		session.on('lost', () => this.#onLost());
		session.on('claimed', () => this.#onBack(true));
		session.on('recreated', () => this.#onBack(false));
		await session.open();
		if (session !== this.#session)
			throw new RecroomError('left', 'You left the call.');
		await this.#enterOrWait();
		if (again && this.recording.status === 'idle')
			this.recording.recall(again);
	}

	async #findServer() {
		const { serverUrl = '', apiUrl } = this.#options;
		const isHttp = /^https?:/.test(serverUrl);

		this.#apiUrl = apiUrl ?? (isHttp ? serverUrl : '');
		return isHttp ? findJanus(this.#platform, serverUrl) : serverUrl;
	}

	/** The first time; a connection that breaks meanwhile is waited for. */
	async #enterOrWait() {
		for (;;) {
			const round = this.#round;

			try {
				await this.#enter();
				return;
			} catch (error) {
				if (this.#state === 'closed' || /** @type {RecroomError} */ (error).code !== 'connection_lost')
					throw error;
				await this.#until(() => this.#round !== round && Boolean(this.#session?.isReady), 4 * COME_BACK_MS);
			}
		}
	}

	async #enter() {
		const session = /** @type {Session} */ (this.#session);
		const round = this.#round;
		const early = /** @type {Answer[]} */ ([]);

		this.#handle?.detach();
		this.#handle = null;
		const handle = await session.attach();

		this.#handle = handle;
		let joined = false;

		handle.on('event', (answer) => {
			if (joined)
				this.#hear(handle, answer);
			else
				early.push(answer);
		});
		const message = await enter(handle, /** @type {Wish} */ (this.#wish), this.#resume || undefined, (waiting) => {
			this.#setState('waiting');
			this.emit('waiting', waiting);
		});

		if (message.recording?.consent === 'require')
			message.recording = await this.#answered(handle, message.recording);
		if (session !== this.#session || round !== this.#round)
			throw new RecroomError(session === this.#session ? 'connection_lost' : 'left', 'The connection to the server was lost.');
		joined = true;
		await this.#settle(message);
		for (const answer of early)
			this.#hear(handle, answer);
	}

	/** Who comes back may have been asked before, and should not be asked again: `joined` does not say so. @param {Handle} handle @param {Message} recording */
	async #answered(handle, recording) {
		const { message } = await handle.request('recording_status', { room: this.name });

		return message.recordingId === recording.recordingId ? message : recording;
	}

	/** We are in, for the first time or again: all of this is how it is now. @param {Message} message */
	async #settle(message) {
		const { display } = /** @type {Wish} */ (this.#wish);

		this.id = message.id;
		this.callId = message.callId;
		this.description = message.description ?? '';
		this.admission = message.admission ?? '';
		this.#resume = message.resume ?? '';
		if (message.token)
			this.token = message.token;
		if (this.#apiUrl && !this.recordings)
			this.recordings = new Recordings({ url: this.#apiUrl, room: String(this.name), token: () => this.token, renew: () => this.renewToken(), platform: this.#options.platform });
		this.#remember();
		this.#changeRole(message.role);
		this.#setLocked(Boolean(message.locked));
		this.#setState('joined');
		this.participants.reset(message.id, [{ id: message.id, display, role: message.role, streams: this.participants.get(message.id)?.streams ?? [] },
			...withStreams(message.participants ?? [], message.publishers ?? [])]);
		this.#showOwn();
		this.host.reset(message.waiting ?? []);
		this.#renewLater();
		const known = this.recording.know(message.recording ?? null);

		this.emit('joined', null);
		await known;
	}

	#onLost() {
		this.#round++;
		if (this.#state === 'joined')
			this.#setState('reconnecting');
	}

	/** @param {boolean} claimed */
	async #onBack(claimed) {
		const round = ++this.#round;
		let isIn = claimed && this.#state === 'reconnecting' && this.#handle && !this.#handle.isGone;

		if (this.#joining) {
			this.#handle?.detach();        // what it was told meanwhile is lost; whoever waits for it begins again
			return;
		}
		for (let tried = 1; round === this.#round && this.#state !== 'closed'; tried++) {
			try {
				await (isIn ? this.#resync() : this.#enter());
				this.#restore();
				return;
			} catch (error) {
				if (!isIn)                     // a handle that does not answer as it should is worth no second try
					await this.#onBackFailed(RecroomError.from(error), tried, round);
				isIn = false;
			}
		}
	}

	/** @param {RecroomError} error @param {number} tried @param {number} round */
	async #onBackFailed(error, tried, round) {
		if (round !== this.#round || error.code === 'connection_lost')
			return;
		if (!PASSING.has(error.code)) {
			this.#close(error);
			return;
		}
		await this.#sleep(Math.min(error.retryAfterMs ?? 250 * 2 ** tried, COME_BACK_MS));
	}

	/** The session was claimed: our handle is there, but we do not know what it was told. */
	async #resync() {
		const handle = this.#need(), round = this.#round;
		const room = { room: this.name };
		const { message: people } = await handle.request('listparticipants', room);
		const { message: recording } = await handle.request('recording_status', room);

		if (round !== this.#round || this.#state !== 'reconnecting')
			return;
		this.#setState('joined');
		this.participants.reset(this.id, people.participants);
		this.host.reset(people.waiting ?? []);
		const own = people.participants.find((/** @type {any} */ { id }) => id === this.id);

		if (own)
			this.#changeRole(own.role);
		const known = this.recording.know(recording.recordingId ? recording : null);

		this.emit('joined', null);
		await known;
	}

	#restore() {
		const failed = (/** @type {unknown} */ error) => this.#complain(error);

		this.publisher.restore().catch(failed);
		if (this.#options.subscribe !== false)
			this.#subscriber.restore().catch(failed);
	}

	/** @param {Handle} handle @param {Answer} answer */
	#hear(handle, { message }) {
		if (handle === this.#handle && this.#state !== 'closed')
			tell(this.#unrequested, message);
	}

	/** While a connection is being made again, requests wait for it. @param {string} name @param {object} body @param {{jsep?: any}} [options] @returns {Promise<Answer>} */
	async #request(name, body, options) {
		if (this.#state === 'reconnecting')
			await this.#until(() => this.#state !== 'reconnecting', COME_BACK_MS);
		if (this.#state === 'reconnecting')
			throw new RecroomError('connection_lost', 'There is no connection to the server just now.');
		return this.#need().request(name, { room: this.name, ...body }, options);
	}

	/** @returns {Handle} */
	#need() {
		if (this.#state === 'closed')
			throw new RecroomError('closed', 'The call is over.');
		if (!this.#handle || this.#state === 'idle' || this.#state === 'connecting' || this.#state === 'waiting')
			throw new RecroomError('not_joined', 'Join the room first.');
		return this.#handle;
	}

	/** A recording that is not the running one: REST knows, or for hosts Janus. @param {string} recordingId */
	async #look(recordingId) {
		if (this.recordings)
			return this.recordings.get(recordingId);
		if (!this.isHost)
			return null;
		return (await this.#request('get_recording', { recordingId })).message;
	}

	#want() {
		if (this.#options.subscribe === false || !this.#link.isReady)
			return;
		const list = this.participants.remote.flatMap(({ id, streams }) => streams.map(({ mid }) => ({ feed: id, mid })));

		this.#subscriber.want(list).catch((error) => this.#complain(error));
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

		if (this.#resume && this.#state !== 'closed')
			this.#memory?.write({ resume: this.#resume, ...isRunning(state) || isBeingMade(state) ? { recordingId: state.recordingId } : {} });
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
		this.#platform.clearTimeout(this.#timer);
		this.#timer = this.#platform.setTimeout(() => {
			this.renewToken().catch((error) => this.#complain(error));
			this.#renewLater();
		}, RENEWAL_MS);
	}

	/** @param {RoomState} state */
	#setState(state) {
		if (state === this.#state)
			return;
		this.#state = state;
		this.emit('state', state);
	}

	/** A connection that breaks is no news, and what was left is over. @param {unknown} error */
	#complain(error) {
		const problem = RecroomError.from(error);

		if (!['connection_lost', 'closed', 'left'].includes(problem.code))
			this.emit('error', problem);
	}

	/** @param {string} code @param {string} sentence */
	#end(code, sentence) {
		this.#close(new RecroomError(code, sentence));
	}

	/** @param {RecroomError} why */
	#close(why) {
		if (this.#state === 'closed')
			return;
		const session = this.#session;

		this.#round++;
		this.#platform.clearTimeout(this.#timer);
		this.#setState('closed');
		if (why.code !== 'replaced' && why.code !== 'unreachable')
			this.#memory?.write(null);
		this.#session = null;
		this.#handle = null;
		this.#resume = '';
		this.publisher.close();
		this.#subscriber.close();
		session?.close();
		this.participants.clear();
		this.host.reset([]);
		this.recording.reset();
		this.emit('closed', { code: why.code, reason: why.message });
	}

	/** @param {number} ms */
	#sleep(ms) {
		return new Promise((resolve) => {
			this.#platform.setTimeout(() => resolve(null), ms);
		});
	}

	/** Until it is so, we are closed, or the time is over. @param {() => boolean} check @param {number} ms */
	async #until(check, ms) {
		const end = this.#platform.now() + ms;

		while (!check() && this.#state !== 'closed' && this.#platform.now() < end)
			await this.#sleep(50);
	}
}

/** @param {Message[]} people @param {Message[]} publishers */
function withStreams(people, publishers) {
	return people.map((person) => ({ ...person, id: /** @type {string} */ (person.id), streams: publishers.find(({ id }) => id === person.id)?.streams ?? [] }));
}
