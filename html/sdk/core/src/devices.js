// SPDX-License-Identifier: MIT
// Cameras, microphones, loudspeakers, screens: which there are, and tracks of them. Errors are RecroomErrors with a code and a sentence.

import { Emitter } from './events.js';
import { RecroomError } from './errors.js';

/** @typedef {'audio' | 'video' | 'screen' | 'screenaudio' | string} SourceName */
/** @typedef {{source: SourceName, track: any, muted?: boolean, simulcast?: boolean}} SourceInit */
/** @typedef {{deviceId: string, groupId: string, label: string, kind: 'audioinput' | 'videoinput' | 'audiooutput'}} DeviceInfo */

const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };

/** @type {Record<string, [string, string]>} */
const PROBLEMS = {
	NotAllowedError: ['permission_denied', 'The camera or microphone may not be used: permission was denied.'],
	SecurityError: ['permission_denied', 'The camera or microphone may not be used here.'],
	NotFoundError: ['no_device', 'No camera or microphone was found.'],
	OverconstrainedError: ['no_device', 'This camera or microphone is not there any more.'],
	NotReadableError: ['device_busy', 'The camera or microphone is in use by another program.'],
	AbortError: ['device_busy', 'The camera or microphone could not be started.'],
};

/** @type {Record<string, [string, string]>} */
const SPEAKER_PROBLEMS = {
	NotAllowedError: ['permission_denied', 'This loudspeaker may not be used.'],
	NotFoundError: ['no_device', 'This loudspeaker is not there any more.'],
	AbortError: ['device_busy', 'This loudspeaker could not be used.'],
};

/** @param {any} error @param {Record<string, [string, string]>} [problems] */
function problemOf(error, problems = PROBLEMS) {
	const [code, sentence] = problems[error?.name] ?? ['no_media', `Camera and microphone cannot be used: ${error?.message ?? error}`];

	return new RecroomError(code, sentence, { cause: error });
}

/** @param {any} wish @param {any} standard */
function constraint(wish, standard) {
	if (typeof wish === 'string')
		return { ...standard, deviceId: { exact: wish } };
	return wish === true ? standard : wish && typeof wish === 'object' ? { ...standard, ...wish } : false;
}

/**
 * @typedef {object} DevicesEvents
 * @property {DeviceInfo[]} change what there is now
 * @property {boolean} blocked whether something waits for a click before it may be played
 */

/** @extends {Emitter<DevicesEvents>} */
export class Devices extends Emitter {
	#platform;
	#watchers = 0;
	/** @type {(() => void) | null} */
	#deaf = null;
	/** What plays, and what of it may not yet. @type {Set<any>} */
	#elements = new Set();
	/** @type {Set<any>} */
	#silent = new Set();
	#speaker = '';

	/** @hidden @param {import('./platform.js').Platform} platform */
	constructor(platform) {
		super();
		this.#platform = platform;
	}

	/** False where pages are not secure, and where there is no WebRTC at all. */
	get isSupported() { return Boolean(this.#platform.mediaDevices?.getUserMedia); }
	get canShareScreen() { return Boolean(this.#platform.mediaDevices?.getDisplayMedia); }

	/** @returns {Promise<DeviceInfo[]>} */
	async list() {
		const all = await this.#platform.mediaDevices?.enumerateDevices?.() ?? [];

		return all.filter((/** @type {any} */ { deviceId }) => deviceId !== '')
			.map((/** @type {any} */ { deviceId, groupId, label, kind }) => ({ deviceId, groupId: groupId ?? '', label: label ?? '', kind }));
	}

	/** Fires `change` from now on, when something is plugged in or out; gives what ends it. */
	watch() {
		let isOver = false;

		if (!this.#watchers++)
			this.#listen();
		return () => {
			if (!isOver && !--this.#watchers)
				this.#deaf?.();
			isOver = true;
		};
	}

	#listen() {
		const devices = this.#platform.mediaDevices;
		const tell = () => this.list().then((list) => this.emit('change', list), () => {});

		devices?.addEventListener?.('devicechange', tell);
		this.#deaf = () => devices?.removeEventListener?.('devicechange', tell);
	}

	/**
	 * All that play() was given comes out of this loudspeaker, from now on. Not every browser can: `no_media`.
	 * @param {string} deviceId '': the usual one
	 */
	async setSpeaker(deviceId) {
		const before = this.#speaker;

		this.#speaker = deviceId;
		try {
			await Promise.all([...this.#elements].map((element) => this.#route(element)));
		} catch (error) {
			this.#speaker = before;
			throw error instanceof RecroomError ? error : problemOf(error, SPEAKER_PROBLEMS);
		}
	}

	/** The chosen loudspeaker; '': the usual one. */
	get speaker() { return this.#speaker; }

	/**
	 * Plays an element, through the chosen loudspeaker. False: the browser wants a click or a tap first; call unblock() in its handler.
	 * @param {any} element of audio or video; forget() it when it goes
	 */
	async play(element) {
		this.#elements.add(element);
		if (this.#speaker)
			await this.#route(element).catch(() => {});        // then through the usual one
		try {
			await element.play();
			this.#setSilent(element, false);
		} catch (error) {
			if (/** @type {any} */ (error)?.name === 'NotAllowedError' && this.#elements.has(element))
				this.#setSilent(element, true);
		}
		return !this.#silent.has(element);
	}

	/** Something may not be heard (or seen) before a click. */
	get isBlocked() { return this.#silent.size > 0; }

	/** Plays what was kept from it: in the handler of a click or a tap. */
	async unblock() {
		await Promise.all([...this.#silent].map((element) => this.play(element)));
		return !this.isBlocked;
	}

	/** An element is not there any more. @param {any} element */
	forget(element) {
		this.#elements.delete(element);
		this.#setSilent(element, false);
	}

	/** @param {any} element */
	async #route(element) {
		if (typeof element.setSinkId !== 'function')
			throw new RecroomError('no_media', 'This browser has no choice of loudspeakers.');
		await element.setSinkId(this.#speaker);
	}

	/** @param {any} element @param {boolean} isSilent */
	#setSilent(element, isSilent) {
		const before = this.isBlocked;

		if (isSilent)
			this.#silent.add(element);
		else
			this.#silent.delete(element);
		if (before !== this.isBlocked)
			this.emit('blocked', this.isBlocked);
	}

	/**
	 * Tracks of camera and microphone, as sources to publish. Each is `true`, a device id or constraints.
	 * @param {{audio?: boolean | string | object, video?: boolean | string | object}} [wish]
	 * @returns {Promise<SourceInit[]>}
	 */
	async open({ audio = true, video = true } = {}) {
		if (!this.isSupported)
			throw new RecroomError('no_media', 'Camera and microphone work only over HTTPS or on this very machine.');
		try {
			const stream = await this.#platform.mediaDevices.getUserMedia({ audio: audio === true || constraint(audio, {}), video: constraint(video, VIDEO) });

			return stream.getTracks().map((/** @type {any} */ track) => ({ source: track.kind, track }));
		} catch (error) {
			throw problemOf(error);
		}
	}

	/**
	 * A screen, a window or a tab, with its sound if it may be had.
	 * @param {object} [options] of getDisplayMedia
	 * @returns {Promise<SourceInit[]>}
	 */
	async openScreen(options = {}) {
		if (!this.canShareScreen)
			throw new RecroomError('no_media', 'Screens cannot be shared here.');
		try {
			const stream = await this.#platform.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: true, ...options });
			const [video] = stream.getVideoTracks(), [audio] = stream.getAudioTracks();

			if ('contentHint' in video)
				video.contentHint = 'detail';
			return [{ source: 'screen', track: video, simulcast: false }, ...audio ? [{ source: 'screenaudio', track: audio }] : []];
		} catch (error) {
			if (/** @type {any} */ (error)?.name === 'NotAllowedError')
				throw new RecroomError('cancelled', 'No screen was chosen.', { cause: error });
			throw problemOf(error);
		}
	}
}
