// SPDX-License-Identifier: MIT
// Being in a room: the way in, staying in, coming back, the way out.
//
//   idle ─ join() ─▶ connecting ─▶ (waiting ─▶) joined ⇄ reconnecting          closed: left, ended, kicked, refused
//
// After a broken connection the session is claimed, and the room asked how it stands (`resync`); or it is gone, and we join again with the `resume` secret, as
// the same participant (`enter`). Whoever begins during one connection and ends during another has come too late: each has its number, the round.

import { Emitter } from './events.js';
import { RecroomError } from './errors.js';
import { enter } from './entrance.js';
import { Memory } from './memory.js';
import { within } from './platform.js';
import { Session } from './session.js';

/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {import('./handle.js').Answer} Answer */
/** @typedef {import('./entrance.js').Wish} Wish */
/** @typedef {import('./entrance.js').Waiting} Waiting */
/** @typedef {Record<string, any>} Message */
/** @typedef {'idle' | 'connecting' | 'waiting' | 'joined' | 'reconnecting' | 'closed'} RoomState */

const COME_BACK_MS = 15_000;
const LEAVE_MS = 2000;
const LOOK_MS = 50;
/** Coming back in: what may pass by itself. */
const PASSING = new Set(['timeout', 'unavailable', 'too_many_requests', 'too_many_attempts', 'janus', 'internal', 'id_taken']);
/** With these we may be the same person again. */
const KEPT = new Set(['replaced', 'unreachable']);

/**
 * @typedef {object} MembershipEvents
 * @property {RoomState} state
 * @property {Waiting} waiting
 * @property {Message} message what the server says of the room
 * @property {RecroomError} over
 */

/**
 * @typedef {object} Tenant what the room does with what it is told
 * @property {(message: Message) => Promise<void>} entered the answer to join, the first time and again
 * @property {(people: Message, recording: Message) => Promise<void>} found how the room stands, after the session was claimed
 * @property {() => void} restore media, after either
 */

/** @extends {Emitter<MembershipEvents>} */
export class Membership extends Emitter {
	#platform;
	#tenant;
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
	#round = 0;
	/** join() is under way: it begins again by itself. */
	#joining = false;

	resume = '';

	/** @param {import('./platform.js').Platform} platform @param {Tenant} tenant */
	constructor(platform, tenant) {
		super();
		this.#platform = platform;
		this.#tenant = tenant;
	}

	get state() { return this.#state; }
	get name() { return this.#wish?.room ?? ''; }
	get display() { return this.#wish?.display; }
	get isReady() { return this.#state === 'joined' && Boolean(this.#session?.isReady); }

	/** The handle that publishes. @returns {Handle} */
	get handle() {
		if (this.#state === 'closed')
			throw new RecroomError('closed', 'The call is over.');
		if (!this.#handle || this.#state === 'idle' || this.#state === 'connecting' || this.#state === 'waiting')
			throw new RecroomError('not_joined', 'Join the room first.');
		return this.#handle;
	}

	/** Gives the id of a recording that was not finished before the tab was reloaded, or ''. @param {Wish} wish @param {() => Promise<string>} findServer */
	async join(wish, findServer) {
		if (this.#state !== 'idle' && this.#state !== 'closed')
			throw new RecroomError('already_joined', 'This room is open already.');
		this.#wish = wish;
		this.#joining = true;
		this.#setState('connecting');
		try {
			return await this.#connect(wish, await findServer());
		} catch (error) {
			this.close(RecroomError.from(error));
			throw error;
		} finally {
			this.#joining = false;
		}
	}

	/** @returns {Promise<Handle>} */
	attach() {
		return /** @type {Session} */ (this.#session).attach();
	}

	/** While a connection is being made again, requests wait for it. @param {string} name @param {object} body @param {{jsep?: any}} [options] @returns {Promise<Answer>} */
	async request(name, body, options) {
		if (this.#state === 'reconnecting')
			await this.#until(() => this.#state !== 'reconnecting', COME_BACK_MS);
		if (this.#state === 'reconnecting')
			throw new RecroomError('connection_lost', 'There is no connection to the server just now.');
		return this.handle.request(name, { room: this.name, ...body }, options);
	}

	async leave() {
		const handle = this.#handle;

		if (handle && this.#session?.isReady)
			await within(this.#platform, handle.request('leave', { room: this.name }), LEAVE_MS, () => new Error('late')).catch(() => {});
		this.close(new RecroomError('left', 'You left the call.'));
	}

	/** For a reload of the tab. @param {string} [recordingId] that runs or is made */
	remember(recordingId) {
		if (this.resume && this.#state !== 'closed')
			this.#memory?.write({ resume: this.resume, ...recordingId ? { recordingId } : {} });
	}

	/** @param {RecroomError} why */
	close(why) {
		if (this.#state === 'closed')
			return;
		const session = this.#session;

		this.#round++;
		this.#setState('closed');
		if (!KEPT.has(why.code))
			this.#memory?.write(null);
		this.#session = null;
		this.#handle = null;
		this.resume = '';
		this.emit('over', why);
		session?.close();
	}

	/** @param {Wish} wish @param {string} url */
	async #connect(wish, url) {
		const session = new Session(this.#platform, url);
		const memory = this.#memory = new Memory(this.#platform, url, String(wish.room));
		const kept = memory.read();

		this.#mustBeOpen();
		this.#session = session;
		this.resume = wish.resume ?? kept?.resume ?? '';
		session.on('lost', () => this.#onLost());
		session.on('claimed', () => this.#onBack(true));
		session.on('recreated', () => this.#onBack(false));
		await session.open();
		this.#mustBeOpen();
		await this.#enterPatiently();
		return kept?.recordingId ?? '';
	}

	/** Left while something was awaited. */
	#mustBeOpen() {
		if (this.#state === 'closed')
			throw new RecroomError('left', 'You left the call.');
	}

	/** The first time: a connection that breaks meanwhile is waited for. */
	async #enterPatiently() {
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
		const round = this.#round, session = /** @type {Session} */ (this.#session), wish = /** @type {Wish} */ (this.#wish);
		/** @type {Answer[]} */
		const early = [];
		let isIn = false;

		this.#handle?.detach();
		this.#handle = null;
		const handle = await session.attach();

		this.#handle = handle;
		handle.on('event', (answer) => (isIn ? this.#hear(handle, answer) : early.push(answer)));
		const message = await enter(handle, wish, this.resume || undefined, (waiting) => {
			this.#setState('waiting');
			this.emit('waiting', waiting);
		});

		if (message.recording?.consent === 'require')
			message.recording = await this.#answered(handle, message.recording);
		this.#mustBeOpen();
		if (round !== this.#round)
			throw new RecroomError('connection_lost', 'The connection to the server was lost.');
		isIn = true;
		this.resume = message.resume ?? '';
		this.#setState('joined');
		await this.#tenant.entered(message);
		early.forEach((answer) => this.#hear(handle, answer));
	}

	/** Who comes back may have been asked before, and should not be asked again: `joined` does not say so. @param {Handle} handle @param {Message} recording */
	async #answered(handle, recording) {
		const { message } = await handle.request('recording_status', { room: this.name });

		return message.recordingId === recording.recordingId ? message : recording;
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
				await (isIn ? this.#resync(round) : this.#enter());
				this.#tenant.restore();
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
		if (PASSING.has(error.code))
			await this.#sleep(Math.min(error.retryAfterMs ?? 250 * 2 ** tried, COME_BACK_MS));
		else
			this.close(error);
	}

	/** The session was claimed: our handle is there, but we do not know what it was told. @param {number} round */
	async #resync(round) {
		const { handle } = this, room = { room: this.name };
		const { message: people } = await handle.request('listparticipants', room);
		const { message: recording } = await handle.request('recording_status', room);

		if (round !== this.#round || this.#state !== 'reconnecting')
			return;
		this.#setState('joined');
		await this.#tenant.found(people, recording);
	}

	/** @param {Handle} handle @param {Answer} answer */
	#hear(handle, { message }) {
		if (handle === this.#handle && this.#state !== 'closed')
			this.emit('message', message);
	}

	/** @param {RoomState} state */
	#setState(state) {
		if (state === this.#state)
			return;
		this.#state = state;
		this.emit('state', state);
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
			await this.#sleep(LOOK_MS);
	}
}
