// SPDX-License-Identifier: MIT
// The REST API of recroom-pp: one request, with the token, renewed once when it has run out; tried again when the server asks for that.

import { RecroomError } from './errors.js';
import { freshId, within } from './platform.js';

/** @typedef {import('./platform.js').Platform} Platform */

const TIMEOUT_MS = 20_000;
const TRIES = 3;
const LONGEST_WAIT_MS = 5000;

/** @param {any} response */
async function readJson(response) {
	try {
		return await response.json();
	} catch {
		return {};
	}
}

/** @param {any} response */
function retryAfterOf(response) {
	const seconds = Number(response.headers.get('Retry-After') ?? NaN);

	return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

export class Rest {
	#platform;
	#base;
	#token;
	#renew;

	/**
	 * @param {Platform} platform
	 * @param {{url: string, token: () => string | Promise<string>, renew?: () => Promise<unknown>}} options url: of `recroom-pp serve`; renew: makes token() give a fresh one
	 */
	constructor(platform, { url, token, renew }) {
		this.#platform = platform;
		this.#base = url.replace(/\/+$/, '');
		this.#token = token;
		this.#renew = renew;
	}

	/** An address that the server gave, complete. @param {string} path */
	resolve(path) {
		return /^[a-z]+:/i.test(path) ? path : this.#base + path;
	}

	/**
	 * A POST carries an Idempotency-Key, so that sending it again is safe.
	 * @param {string} method
	 * @param {string} path
	 * @param {{query?: Record<string, any>, body?: object, open?: boolean}} [options] open: needs no token
	 * @returns {Promise<any>}
	 */
	async request(method, path, { query = {}, body, open = false } = {}) {
		const asked = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')
			.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
		const url = this.#base + path + (asked ? `?${asked}` : '');
		/** @type {Record<string, string>} */
		const headers = method === 'POST' ? { 'Content-Type': 'application/json', 'Idempotency-Key': freshId(this.#platform) } : {};
		const init = { method, headers, cache: 'no-store', ...method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {} };
		let renewed = false;

		for (let tried = 1; ; tried++) {
			try {
				return await this.#once(url, init, open);
			} catch (error) {
				const { code, status, retryAfterMs } = /** @type {RecroomError} */ (error);

				if (status === 401 && code === 'token_expired' && this.#renew && !renewed) {
					renewed = true;
					await this.#renew();
				} else if (tried < TRIES && (code === 'unreachable' || status === 429 && code === 'too_many_requests' || status === 503)) {
					await this.#wait(Math.min(retryAfterMs ?? 300 * tried, LONGEST_WAIT_MS));
				} else {
					throw error;
				}
			}
		}
	}

	/** @param {string} url @param {any} init @param {boolean} open */
	async #once(url, init, open) {
		const headers = open ? init.headers : { ...init.headers, Authorization: `Bearer ${await this.#token()}` };
		let response;

		try {
			response = await within(this.#platform, this.#platform.fetch(url, { ...init, headers }), TIMEOUT_MS,
				() => new RecroomError('timeout', 'The recording server did not answer.'));
		} catch (error) {
			throw error instanceof RecroomError ? error : new RecroomError('unreachable', 'The recording server cannot be reached.', { cause: error });
		}
		if (!response.ok)
			throw RecroomError.ofProblem(response.status, await readJson(response), retryAfterOf(response));
		return readJson(response);
	}

	/** @param {number} ms */
	#wait(ms) {
		return new Promise((resolve) => {
			this.#platform.setTimeout(() => resolve(null), ms);
		});
	}
}

/**
 * Where Janus is, by what `recroom-pp serve` says at this address: its WebSockets, then its HTTP API, as far as they are there.
 * @param {Platform} platform
 * @param {string} url
 * @returns {Promise<string[]>}
 */
export async function findJanus(platform, url) {
	const config = await new Rest(platform, { url, token: () => '' }).request('GET', '/config.json', { open: true });

	const found = [config.janus?.ws, config.janus?.http].filter(Boolean);

	if (!found.length)
		throw new RecroomError('unreachable', `The server at ${url} does not say where its call server is.`);
	return found;
}
