// SPDX-License-Identifier: MIT
// What we need of the place we run in. Whatever is not handed in is looked up in globalThis when it is needed, and not before: so an application may
// bring its own WebRTC (React Native), its own storage (none, or a secure one), and tests their own time.

/**
 * @typedef {object} Storage
 * @property {(key: string) => string | null} getItem
 * @property {(key: string, value: string) => void} setItem
 * @property {(key: string) => void} removeItem
 */

/**
 * @typedef {object} PlatformOptions
 * @property {any} [WebSocket] constructor, as in browsers
 * @property {any} [RTCPeerConnection] constructor
 * @property {any} [MediaStream] constructor; needed by nothing here but `streamOf`
 * @property {any} [mediaDevices] as `navigator.mediaDevices`
 * @property {any} [fetch]
 * @property {any} [AbortController] constructor; ends requests that nobody waits for any more
 * @property {Storage | null} [storage] keeps the `resume` secret over a reload; default `sessionStorage`; null: nothing is kept
 * @property {(listener: (online: boolean) => void) => () => void} [network] calls the listener when the network comes and goes; gives what ends it
 * @property {() => number} [now] a clock that never goes back, in ms
 * @property {() => number} [random] 0 ≤ n < 1
 * @property {(run: () => void, ms: number) => any} [setTimeout]
 * @property {(timer: any) => void} [clearTimeout]
 */

/** @typedef {ReturnType<typeof platformOf>} Platform */

/** @returns {Storage | null} */
function defaultStorage() {
	try {
		return globalThis.sessionStorage ?? null;
	} catch {
		return null;              // forbidden to this page
	}
}

/**
 * @param {(online: boolean) => void} listener
 * @returns {() => void}
 */
function defaultNetwork(listener) {
	const online = () => listener(true), offline = () => listener(false);

	globalThis.addEventListener?.('online', online);
	globalThis.addEventListener?.('offline', offline);
	return () => {
		globalThis.removeEventListener?.('online', online);
		globalThis.removeEventListener?.('offline', offline);
	};
}

/** @param {PlatformOptions} given */
export function platformOf(given = {}) {
	return {
		/** @returns {any} */
		get WebSocket() { return given.WebSocket ?? globalThis.WebSocket; },
		/** @returns {any} */
		get RTCPeerConnection() { return given.RTCPeerConnection ?? globalThis.RTCPeerConnection; },
		/** @returns {any} */
		get MediaStream() { return given.MediaStream ?? globalThis.MediaStream; },
		/** @returns {any} */
		get mediaDevices() { return given.mediaDevices ?? globalThis.navigator?.mediaDevices; },
		/** @returns {Storage | null} */
		get storage() { return given.storage === undefined ? defaultStorage() : given.storage; },
		/** @type {(url: string, init?: any) => Promise<any>} */
		fetch: (url, init) => (given.fetch ?? globalThis.fetch)(url, init),
		/** @returns {AbortController | null} null where there is no such thing */
		abortController() {
			const Controller = given.AbortController ?? globalThis.AbortController;

			return Controller ? new Controller() : null;
		},
		/** @type {(listener: (online: boolean) => void) => () => void} */
		network: (listener) => (given.network ?? defaultNetwork)(listener),
		now: () => (given.now ? given.now() : globalThis.performance?.now() ?? Date.now()),
		random: () => (given.random ?? Math.random)(),
		/** @type {(run: () => void, ms: number) => any} */
		setTimeout: (run, ms) => (given.setTimeout ?? globalThis.setTimeout)(run, ms),
		/** @type {(timer: any) => void} */
		clearTimeout: (timer) => {
			if (timer !== null && timer !== undefined)
				(given.clearTimeout ?? globalThis.clearTimeout)(timer);
		},
	};
}

/**
 * A word that has not been used before: for transactions and idempotency keys, not for secrets.
 * @param {Platform} platform
 */
export function freshId(platform) {
	const part = () => Math.floor(platform.random() * 2 ** 32).toString(36);

	return `${part()}${part()}${part()}`;
}

/**
 * The promise, or an error when it takes longer.
 * @template T
 * @param {Platform} platform
 * @param {Promise<T>} promise
 * @param {number} ms
 * @param {() => Error} late
 * @returns {Promise<T>}
 */
export function within(platform, promise, ms, late) {
	return new Promise((resolve, reject) => {
		const timer = platform.setTimeout(() => reject(late()), ms);
		const end = () => platform.clearTimeout(timer);

		promise.then((value) => {
			end();
			resolve(value);
		}, (error) => {
			end();
			reject(error);
		});
	});
}
