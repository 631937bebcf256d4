// SPDX-License-Identifier: MIT
// One recording with its outputs, for as long as a dialog shows it: read, followed by events, and asked for again while something of it is being made.

import { isOpen } from './sources.js';

const POLL_MS = 1000, POLL_BESIDE_EVENTS_MS = 3000;
const MAKING = new Set(['processing', 'uploading']);

export class Watch {
	recording = null;
	#session;
	#id;
	#changed;
	#failed;
	#timer = 0;
	#turn = 0;
	#onEvent = ({ detail }) => this.#take(detail);

	/** changed(recording); failed(error): it cannot be read, now. */
	constructor({ session, id, changed, failed }) {
		this.#session = session;
		this.#id = id;
		this.#changed = changed;
		this.#failed = failed;
	}

	start() {
		this.#session.events?.addEventListener('recordingevent', this.#onEvent);
		return this.read();
	}

	stop() {
		this.#session.events?.removeEventListener('recordingevent', this.#onEvent);
		clearTimeout(this.#timer);
		this.#turn = -1;
	}

	async read() {
		if (this.#turn < 0)
			return;
		const mine = ++this.#turn;

		clearTimeout(this.#timer);
		try {
			const recording = await this.#session.recordings.get(this.#id);

			if (mine !== this.#turn)
				return;
			this.#tell(recording);
		} catch (error) {
			if (mine !== this.#turn)
				return;
			this.#failed(error);
		}
		const { status, outputs = [] } = this.recording ?? {};

		if (outputs.some(isOpen) || MAKING.has(status))
			this.#timer = setTimeout(() => this.read(), this.#session.events ? POLL_BESIDE_EVENTS_MS : POLL_MS);
	}

	#tell(recording) {
		this.recording = recording;
		this.#changed(recording);
	}

	#take({ event, recordingId, outputId = 1, stage, percent, etaMs, lagMs }) {
		if (recordingId !== this.#id || event === 'recordingstatus')
			return;
		if (event !== 'recordingprogress')
			this.read();
		else if (this.recording)
			this.#tell({ ...this.recording, outputs: this.recording.outputs.map((one) => (one.outputId === outputId && isOpen(one) ? { ...one, progress: { stage, percent, etaMs, lagMs } } : one)) });
	}
}
