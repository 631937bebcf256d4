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

const left = () => new RecroomError('left', 'You left the call.');
const lost = () => new RecroomError('connection_lost', 'The connection to the server was lost.');

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
	/** The handle that has been let in: only that one is of use again after a broken connection. @type {Handle | null} */
	#entered = null;
	#round = 0;
	/** join() is under way: it begins again by itself. */
	#joining = false;
	/** The join() that counts: one that was left meanwhile must not end what came after it. @type {object | null} */
	#attempt = null;
	/** @type {Promise<void> | null} */
	#leaving = null;
	#leaves = 0;

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
	/** In the room, or on the way back. */
	get isIn() { return this.#state === 'joined' || this.#state === 'reconnecting'; }

	/** The handle that publishes. @returns {Handle} */
	get handle() {
		if (this.#state === 'closed')
			throw new RecroomError('closed', 'The call is over.');
		if (!this.#handle || !this.isIn)
			throw new RecroomError('not_joined', 'Join the room first.');
		return this.#handle;
	}

	/** Gives the id of a recording that was not finished before the tab was reloaded, or ''. @param {Wish} wish @param {() => Promise<string[]>} findServer addresses of Janus, best first */
	async join(wish, findServer) {
		const leaves = this.#leaves, attempt = {};

		if (this.#leaving)                     // left and joined at once: one after the other
			await this.#leaving;
		if (leaves !== this.#leaves)
			throw left();
		if (this.#state !== 'idle' && this.#state !== 'closed')
			throw new RecroomError('already_joined', 'This room is open already.');
		this.#wish = wish;
		this.#joining = true;
		this.#attempt = attempt;
		this.#setState('connecting');
		try {
			const urls = await findServer();

			this.#mustGoOn(attempt);
			return await this.#connect(wish, urls, attempt);
		} catch (error) {
			const problem = attempt === this.#attempt && !this.#leaving ? RecroomError.from(error) : left();

			if (attempt === this.#attempt)
				this.close(problem);
			throw problem;
		}
	}

	/** @returns {Promise<Handle>} */
	attach() {
		return /** @type {Session} */ (this.#session).attach();
	}

	/** The handle that publishes, when there is a connection again; waits for it. @returns {Promise<Handle>} */
	async whenReady() {
		if (this.#state === 'reconnecting')
			await this.#until(() => this.#state !== 'reconnecting', COME_BACK_MS);
		if (this.#state === 'reconnecting')
			throw new RecroomError('connection_lost', 'There is no connection to the server just now.');
		return this.handle;
	}

	/**
	 * While a connection is being made again, requests wait for it.
	 * @param {string} name @param {object} body
	 * @param {{jsep?: any, handle?: Handle}} [options] handle: on this one or not at all
	 * @returns {Promise<Answer>}
	 */
	async request(name, body, { jsep, handle: wanted } = {}) {
		const handle = await this.whenReady();

		if (wanted && wanted !== handle)
			throw lost();
		return handle.request(name, { room: this.name, ...body }, { jsep });
	}

	/** @returns {Promise<void>} */
	leave() {
		this.#leaves++;
		this.#leaving ??= this.#leave().finally(() => { this.#leaving = null; });
		return this.#leaving;
	}

	async #leave() {
		if (this.#state === 'idle' || this.#state === 'closed')
			return;
		const handle = this.#handle;

		if (handle && this.#session?.isReady)
			await within(this.#platform, handle.request('leave', { room: this.name }), LEAVE_MS, () => new Error('late')).catch(() => {});
		this.close(left());
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
		this.#handle = this.#entered = null;
		this.#attempt = null;
		this.#joining = false;
		this.resume = '';
		this.emit('over', why);
		session?.close();
	}

	/** @param {Wish} wish @param {string[]} urls @param {object} attempt */
	async #connect(wish, urls, attempt) {
		const memory = this.#memory = new Memory(this.#platform, urls[0], String(wish.room));
		const kept = memory.read();

		this.resume = wish.resume ?? kept?.resume ?? '';
		await this.#openAny(urls, attempt);
		await this.#enterPatiently(attempt);
		return kept?.recordingId ?? '';
	}

	/** The first that can be reached. @param {string[]} urls @param {object} attempt */
	async #openAny([url, ...others], attempt) {
		const session = this.#session = new Session(this.#platform, url);

		session.on('lost', () => this.#onLost());
		session.on('claimed', () => this.#onBack(true));
		session.on('recreated', () => this.#onBack(false));
		try {
			await session.open();
			this.#mustGoOn(attempt);
		} catch (error) {
			this.#mustGoOn(attempt);
			if (!others.length || /** @type {RecroomError} */ (error).code !== 'unreachable')
				throw error;
			await this.#openAny(others, attempt);
		}
	}

	/** Not left while something was awaited. @param {object} attempt */
	#mustGoOn(attempt) {
		if (attempt !== this.#attempt || this.#leaving)
			throw left();
	}

	/** The first time: a connection that breaks meanwhile is waited for. @param {object} attempt */
	async #enterPatiently(attempt) {
		for (;;) {
			const round = this.#round;

			try {
				await this.#enter();
				return;
			} catch (error) {
				this.#mustGoOn(attempt);
				if (/** @type {RecroomError} */ (error).code !== 'connection_lost')
					throw error;
				await this.#until(() => attempt !== this.#attempt || (this.#round !== round && Boolean(this.#session?.isReady)), 4 * COME_BACK_MS);
				this.#mustGoOn(attempt);
			}
		}
	}

	/** Still of this connection? @param {number} round */
	#mustBe(round) {
		if (round !== this.#round)
			throw lost();
	}

	async #enter() {
		const round = this.#round, session = /** @type {Session} */ (this.#session), wish = /** @type {Wish} */ (this.#wish);
		/** @type {Answer[]} */
		const early = [];
		let isIn = false;

		this.#entered = null;
		this.#handle?.detach();
		this.#handle = null;
		const handle = await session.attach();

		this.#mustBe(round);
		this.#handle = handle;
		handle.on('event', (answer) => (isIn ? this.#hear(handle, answer) : early.push(answer)));
		const message = await enter(handle, wish, this.resume || undefined, (waiting) => {
			this.#setState('waiting');
			this.emit('waiting', waiting);
		});

		if (message.recording?.consent === 'require')
			message.recording = await this.#answered(handle, message.recording);
		this.#mustBe(round);
		if (this.#leaving)
			throw left();
		isIn = true;
		this.#entered = handle;
		this.#joining = false;
		handle.on('gone', () => this.#onGone(handle));
		this.resume = message.resume ?? '';
		this.#setState('joined');
		const known = this.#tenant.entered(message);

		early.forEach((answer) => this.#hear(handle, answer));
		await known;
	}

	/** Ended by the server, while the session goes on: in again. @param {Handle} handle */
	#onGone(handle) {
		if (handle !== this.#entered || !this.isReady)
			return;
		this.#onLost();
		this.#onBack(false);
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
		let isIn = claimed && this.#state === 'reconnecting' && this.#entered && !this.#entered.isGone;

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
		const [{ message: people }, { message: recording }] = await Promise.all([handle.request('listparticipants', room), handle.request('recording_status', room)]);

		this.#mustBe(round);
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
