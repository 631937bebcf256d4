// SPDX-License-Identifier: MIT
// What was recorded: the library of a room, over REST. Works in a room (which renews the token), and without one, with a token of yours.

import { platformOf } from './platform.js';
import { Rest } from './rest.js';

/**
 * @typedef {object} RecordingInfo
 * @property {string} recordingId
 * @property {string} roomId
 * @property {string} callId
 * @property {string | null} title
 * @property {import('./recording_state.js').RecordingStatus} status
 * @property {string[]} flags
 * @property {string | null} reason
 * @property {number} startedAt ms since 1970
 * @property {number} duration ms
 * @property {number} elapsed ms
 * @property {number} size bytes
 * @property {string | null} chainHash
 * @property {{id: string, name: string, role?: string, consent?: string | null}[]} participants
 * @property {{stage: string, percent: number, etaMs: number, lagMs: number} | null} progress
 * @property {number | null} [keepUntil] when it is removed, ms since 1970; null: never
 * @property {number | null} [originalsUntil] when what new outputs are made of is
 * @property {string} [url] addresses are complete, and good until expiresAt: use them, do not keep them
 * @property {string} [downloadUrl]
 * @property {string} [thumbnailUrl]
 * @property {string} [captionsUrl]
 * @property {string} [chaptersUrl]
 * @property {string} [storyboardUrl]
 * @property {number} [expiresAt] ms since 1970
 * @property {Record<string, any>[]} [outputs] with `get`
 * @property {number} [lastSeq] with `get`
 */

/**
 * @typedef {object} Share a link, without its address
 * @property {string} shareId
 * @property {number} outputId
 * @property {string} name
 * @property {number} createdAt
 * @property {number | null} expiresAt
 * @property {number | null} revokedAt
 * @property {string} createdBy
 * @property {number} uses
 */

/**
 * @typedef {object} RecordingsOptions
 * @property {string} url of `recroom-pp serve`
 * @property {string} room
 * @property {string | (() => string | Promise<string>)} token
 * @property {() => Promise<unknown>} [renew] called when the token has run out: makes token() give another
 * @property {import('./platform.js').PlatformOptions} [platform]
 */

/** @typedef {{pageSize?: number, pageToken?: string | null}} PageOptions */
/** @typedef {{seq: number, type: string, at: number, data: any}} StoredEvent */
/** @typedef {{at: number, action: string, item: string | null, actor: string}} Access */
/** @typedef {{recordingId: string, outputId: number, state: string}} OutputState */
/** @typedef {{recordings: RecordingInfo[], nextPageToken: string | null}} RecordingsPage */
/** @typedef {{status?: string, from?: number, to?: number, pageSize?: number, pageToken?: string | null}} ListOptions */

const ADDRESSES = ['url', 'downloadUrl', 'thumbnailUrl', 'captionsUrl', 'chaptersUrl', 'storyboardUrl'];

export class Recordings {
	#rest;
	#room;

	/** @param {RecordingsOptions} options */
	constructor({ url, room, token, renew, platform }) {
		this.#room = room;
		this.#rest = new Rest(platformOf(platform), { url, token: typeof token === 'function' ? token : () => token, renew });
	}

	/** Newest first. @param {ListOptions} [options] @returns {Promise<RecordingsPage>} */
	async list(options = {}) {
		const { recordings, nextPageToken } = await this.#rest.request('GET', '/recordings', { query: { room: this.#room, ...options } });

		return { recordings: recordings.map((/** @type {any} */ one) => this.#complete(one)), nextPageToken: nextPageToken ?? null };
	}

	/** All of them, page by page. @param {ListOptions} [options] @returns {AsyncGenerator<RecordingInfo>} */
	async *all(options = {}) {
		let pageToken = null;

		do {
			const page = /** @type {RecordingsPage} */ (await this.list({ pageSize: 100, ...options, pageToken }));

			yield* page.recordings;
			pageToken = page.nextPageToken;
		} while (pageToken);
	}

	/** @param {string} id @returns {Promise<RecordingInfo>} */
	async get(id) {
		return this.#complete(await this.#rest.request('GET', path(id)));
	}

	/** @param {string} id @returns {Promise<{recordingId: string, status: string}>} */
	delete(id) { return this.#rest.request('DELETE', path(id)); }

	/** Another output, from the originals. @param {string} id @param {object} [spec] layout, format, only, from_ms, … @returns {Promise<OutputState>} */
	recompose(id, spec = {}) { return this.#rest.request('POST', path(id, 'recompose'), { body: spec }); }

	/** @param {string} id @param {number} [outputId] @returns {Promise<OutputState>} */
	cancel(id, outputId = 1) { return this.#rest.request('POST', path(id, 'cancel'), { body: { outputId } }); }

	/** Takes somebody out for good. @param {string} id @param {string} participant @returns {Promise<{recordingId: string, participant: string, state: string}>} */
	erase(id, participant) { return this.#rest.request('DELETE', path(id, 'participants', participant)); }

	/**
	 * A link for people without a token: told this once. For a week, or so many seconds; 0: until it is taken back.
	 * @param {string} id
	 * @param {{outputId?: number, name?: string, expiresInS?: number}} [options]
	 * @returns {Promise<{shareId: string, url: string, expiresAt: number | null}>}
	 */
	async share(id, options = {}) {
		return this.#complete(await this.#rest.request('POST', path(id, 'share'), { body: options }));
	}

	/** Its links. @param {string} id @returns {Promise<Share[]>} */
	async shares(id) {
		return (await this.#rest.request('GET', path(id, 'shares'))).shares;
	}

	/** @param {string} id @param {string} shareId @returns {Promise<void>} */
	async unshare(id, shareId) {
		await this.#rest.request('DELETE', path(id, 'share', shareId));
	}

	/** Nothing of it is removed, whoever asks, until `release`. @param {string} id @param {string} [reason] @returns {Promise<{recordingId: string, held: boolean, reason: string | null}>} */
	hold(id, reason) { return this.#rest.request('POST', path(id, 'hold'), { body: reason === undefined ? {} : { reason } }); }

	/** @param {string} id @returns {Promise<{recordingId: string, held: boolean, reason: string | null}>} */
	release(id) { return this.#rest.request('DELETE', path(id, 'hold')); }

	/**
	 * When it, and when its originals are removed: ms since 1970, null for never.
	 * @param {string} id
	 * @param {{keepUntil?: number | null, originalsUntil?: number | null}} until
	 * @returns {Promise<Record<string, any>>}
	 */
	keep(id, until) { return this.#rest.request('POST', path(id, 'keep'), { body: until }); }

	/**
	 * What happened to it, oldest first.
	 * @param {string} id
	 * @param {PageOptions & {since?: number}} [options]
	 * @returns {Promise<{events: StoredEvent[], lastSeq: number, nextPageToken: string | null}>}
	 */
	events(id, options = {}) { return this.#rest.request('GET', path(id, 'events'), { query: options }); }

	/** Who did what with it, newest first. @param {string} id @param {PageOptions} [options] @returns {Promise<{accesses: Access[], nextPageToken: string | null}>} */
	accesses(id, options = {}) { return this.#rest.request('GET', path(id, 'accesses'), { query: options }); }

	/** Of this room, newest first. @param {PageOptions} [options] @returns {Promise<{calls: Record<string, any>[], nextPageToken: string | null}>} */
	calls(options = {}) { return this.#rest.request('GET', '/calls', { query: { room: this.#room, ...options } }); }

	/** @param {any} one */
	#complete(one) {
		const outputs = one.outputs ?? [];

		for (const part of [one, ...outputs, ...outputs.flatMap((/** @type {any} */ output) => output.files ?? [])])
			for (const name of ADDRESSES)
				if (part[name])
					part[name] = this.#rest.resolve(part[name]);
		return one;
	}
}

/** @param {string[]} parts */
function path(...parts) {
	return `/recording/${parts.map(encodeURIComponent).join('/')}`;
}
