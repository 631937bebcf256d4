// SPDX-License-Identifier: MIT
// From a handle into a room: join, and where a host has to let us in, wait for that.

import { RecroomError } from './errors.js';

/** @typedef {Record<string, any>} Message */
/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {{id: string, reason: 'lobby' | 'host', description: string, waitMs: number}} Waiting */

/**
 * @typedef {object} Wish
 * @property {string | number} room
 * @property {string} [display] the name that the others see
 * @property {string} [secret] of the host
 * @property {string} [pin]
 * @property {string} [token] of yours (docs/api.md, Tokens)
 * @property {string} [resume] to come back as the participant who has it; what was kept over a reload is used without being asked for
 * @property {boolean} [wait] false: rather be refused than wait in the lobby
 */

/** @type {Record<string, string>} */
const DENIALS = {
	denied: 'The host did not let you in.',
	timeout: 'Nobody let you in. Try again later.',
	callended: 'The call ended before you were let in.',
	destroyed: 'The room was closed.',
};
const MEMBERS = /** @type {const} */ (['display', 'secret', 'pin', 'token', 'wait']);

/** @param {Wish} wish @param {string} [resume] */
function bodyOf(wish, resume) {
	/** @type {Message} */
	const body = { room: wish.room, ptype: 'publisher' };

	for (const name of MEMBERS)
		if (wish[name] !== undefined && wish[name] !== '')
			body[name] = wish[name];
	if (resume)
		body.resume = resume;
	return body;
}

/**
 * Gives what `joined` says, now or after a while in the lobby.
 * @param {Handle} handle
 * @param {Wish} wish
 * @param {string | undefined} resume whom we were; where nobody knows that any more we come as anybody
 * @param {(waiting: Waiting) => void} onWaiting
 * @returns {Promise<Message>}
 */
export function enter(handle, wish, resume, onWaiting) {
	return new Promise((resolve, reject) => {
		/** @param {() => void} settle */
		const finish = (settle) => {
			ends.forEach((end) => end());
			settle();
		};
		/** @param {Message} message */
		const take = (message) => {
			if (message.recroom === 'joined')
				finish(() => resolve(message));
			else if (message.recroom === 'waiting')
				onWaiting({ id: message.id, reason: message.reason, description: message.description ?? '', waitMs: message.waitMs });
			else if (message.event === 'denied')
				finish(() => reject(new RecroomError(message.reason ?? 'denied', message.error ?? DENIALS[message.reason] ?? DENIALS.denied)));
		};
		const ends = [
			handle.on('event', ({ message }) => take(message)),
			handle.on('gone', () => finish(() => reject(new RecroomError('connection_lost', 'The connection to the server was lost.')))),
		];

		ask(handle, wish, resume).then(take, (error) => finish(() => reject(error)));
	});
}

/** @param {Handle} handle @param {Wish} wish @param {string | undefined} resume */
async function ask(handle, wish, resume) {
	if (resume) {
		try {
			return (await handle.request('join', bodyOf(wish, resume))).message;
		} catch (error) {
			// another call, or a server that has forgotten
			if (/** @type {RecroomError} */ (error).code !== 'unauthorized')
				throw error;
		}
	}
	return (await handle.request('join', bodyOf(wish))).message;
}
