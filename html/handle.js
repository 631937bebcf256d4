// SPDX-License-Identifier: MIT
// A Janus plugin handle that answers with promises.
//
// janus.js hands replies and events of a handle to one callback, without their transaction. So requests go one at a time: the next message
// that can be its answer, or an error, belongs to the one under way; everything else is an event. A join may
// be told to wait; then its answer comes when it comes.

const PLUGIN = 'janus.plugin.recroom';
const TIMEOUT_MS = 15000;

/** What the answer to a request looks like. */
const ANSWERS = {
	join: (m) => m.recroom === 'joined' || m.recroom === 'attached',
	publish: (m) => 'configured' in m,
	configure: (m) => 'configured' in m,
	unpublish: (m) => m.unpublished === 'ok',
	leave: (m) => m.leaving === 'ok',
	start: (m) => m.started === 'ok',
	subscribe: (m) => m.recroom === 'updated',
	start_recording: (m) => m.recroom === 'recording',
	stop_recording: (m) => m.recroom === 'recording',
	pause_recording: (m) => m.recroom === 'recording',
	resume_recording: (m) => m.recroom === 'recording',
	consent: (m) => m.recroom === 'consent',
};

/** What says that it takes as long as people do. */
const WAITS = { join: (m) => m.recroom === 'waiting' };

const DENIALS = {
	denied: 'The host did not let you in.',
	timeout: 'Nobody let you in. Try again later.',
	callended: 'The call ended before you were let in.',
	destroyed: 'The room was closed.',
};

export class ServerError extends Error {
	constructor(message) {
		super(message.error);
		this.name = 'ServerError';
		this.code = message.code;
	}
}

export class Handle {
	#plugin = null;
	#queue = Promise.resolve();
	#waiting = null;
	#onEvent;

	/** events: onEvent(message, jsep), onTrack(track, mid, on), onClosed(). */
	static attach(janus, events) {
		const handle = new Handle(events.onEvent);

		return new Promise((resolve, reject) => {
			janus.attach({
				plugin: PLUGIN,
				success: (plugin) => {
					handle.#plugin = plugin;
					resolve(handle);
				},
				error: (reason) => reject(new Error(`The server refused: ${reason}`)),
				onmessage: (message, jsep) => handle.#receive(message, jsep),
				onremotetrack: events.onTrack ?? (() => {}),
				oncleanup: events.onClosed ?? (() => {}),
			});
		});
	}

	constructor(onEvent) {
		this.#onEvent = onEvent;
	}

	get peer() {
		return this.#plugin.webrtcStuff.pc;
	}

	/** Sends {recroom: name, ...body} and gives {message, jsep} of its answer. */
	request(name, body, jsep) {
		const result = this.#queue.then(() => this.#send(name, body, jsep));

		this.#queue = result.catch(() => {});
		return result;
	}

	#send(name, body, jsep) {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => this.#settle(null, new Error('The server did not answer.')), TIMEOUT_MS);

			this.#waiting = { isAnswer: ANSWERS[name], isWait: WAITS[name], waits: false, resolve, reject, timer };
			this.#plugin.send({
				message: { recroom: name, ...body },
				jsep,
				error: (reason) => this.#settle(null, new Error(String(reason))),
			});
		});
	}

	/** The answer comes when a host lets us in. */
	#wait(message) {
		clearTimeout(this.#waiting.timer);
		this.#waiting.waits = true;
		this.#onEvent(message);
	}

	#settle(answer, error) {
		const waiting = this.#waiting;

		if (!waiting)
			return;
		this.#waiting = null;
		clearTimeout(waiting.timer);
		if (error)
			waiting.reject(error);
		else
			waiting.resolve(answer);
	}

	#receive(message, jsep) {
		if (message.error_code)
			this.#settle(null, new ServerError(message));
		else if (this.#waiting?.isWait?.(message))
			this.#wait(message);
		else if (this.#waiting?.waits && message.event === 'denied')
			this.#settle(null, new Error(message.error ?? DENIALS[message.reason] ?? DENIALS.denied));
		else if (this.#waiting?.isAnswer(message))
			this.#settle({ message, jsep });
		else
			this.#onEvent(message, jsep);
	}

	/** Our offer; tracks as janus.js wants them. */
	offer(tracks) {
		return new Promise((resolve, reject) => this.#plugin.createOffer({ tracks, success: resolve, error: reject }));
	}

	/** Our answer to an offer of the server's, receiving only. */
	answer(jsep) {
		return new Promise((resolve, reject) => this.#plugin.createAnswer({ jsep, tracks: [], success: resolve, error: reject }));
	}

	/** The server's answer to our offer. */
	accept(jsep) {
		return new Promise((resolve, reject) => this.#plugin.handleRemoteJsep({ jsep, success: resolve, error: reject }));
	}
}
