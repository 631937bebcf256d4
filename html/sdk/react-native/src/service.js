// SPDX-License-Identifier: MIT
// What keeps the process alive in the background: the application's (on Android a foreground service). It runs from when we are in until the call is over, and is told what
// is sent, as Android 14 wants its types; but not from the background, whence Android lets nothing begin that uses camera or microphone.

import { complain } from './sources.js';

/** @type {Record<string, import('./platform.js').ServiceType>} */
const TYPES = { audio: 'microphone', video: 'camera', screen: 'mediaProjection', screenaudio: 'mediaProjection' };

export class Service {
	#service;
	#room;
	#background;
	/** @type {Promise<unknown>} One after the other. */
	#last = Promise.resolve();
	/** @type {string | null} What it was last started with; null: it does not run. */
	#types = null;
	#ends;

	/**
	 * @param {import('./platform.js').CallService} service
	 * @param {import('janus-recroom').Room} room
	 * @param {import('./background.js').Background} background
	 */
	constructor(service, room, background) {
		const look = () => this.#look();

		this.#service = service;
		this.#room = room;
		this.#background = background;
		this.#ends = [room.on('state', look), room.publisher.on('change', look), background.on('change', look)];
		look();
	}

	close() {
		this.#ends.forEach((end) => end());
		this.#stop();
	}

	#look() {
		const { state, publisher } = this.#room;

		if (state === 'joined')
			this.#start([...new Set(publisher.sources.map(({ source }) => TYPES[source]).filter(Boolean))].sort());
		else if (state === 'closed')
			this.#stop();
	}

	/** @param {import('./platform.js').ServiceType[]} types */
	#start(types) {
		if (this.#background.isBackground || this.#types === types.join())
			return;
		this.#types = types.join();
		this.#run(() => this.#service.start(types));
	}

	#stop() {
		if (this.#types === null)
			return;
		this.#types = null;
		this.#run(() => this.#service.stop());
	}

	/** The call goes on without it. @param {() => unknown} action */
	#run(action) {
		this.#last = this.#last.then(action).catch((error) => complain(this.#room, error));
	}
}
