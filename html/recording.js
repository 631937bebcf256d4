// SPDX-License-Identifier: MIT
// The recording of this call as the server tells it: indicator and clock for everybody, Record, Stop and Pause for the host.
//
//   idle → starting → recording ⇄ paused → processing → completed | failed → …

import { setIcon } from './icons.js';
import { $, announce, attempt, clockText, setProgress } from './ui.js';

const STATUS_OF_EVENT = {
	recordingstarting: 'starting',
	recordingstarted: 'recording',
	recordingpaused: 'paused',
	recordingresumed: 'recording',
	recordingstopped: 'processing',
	recordingcompleted: 'completed',
	recordingfailed: 'failed',
};

const WORDS = {
	starting: 'Starting…',
	recording: 'Recording',
	paused: 'Recording paused',
	processing: 'Processing',
	completed: 'Recording ready',
	failed: 'Recording failed',
};

const SENTENCES = {
	recordingstarted: 'Recording has started. Everybody in this call is being recorded.',
	askedfor: 'Recording has started, of those who agree.',
	recordingpaused: 'Recording is paused.',
	recordingresumed: 'Recording goes on.',
	recordingstopped: 'Recording has stopped. It is being processed.',
	recordingcompleted: 'The recording is ready.',
	recordingfailed: 'The recording could not be finished.',
	recordingdegraded: 'Part of the recording is damaged, because the server could not keep up.',
};

const RUNS = new Set(['starting', 'recording', 'paused']);

export class Recording {
	#room;
	#status = 'idle';
	#id = '';
	#duration = 0;
	#since = 0;
	#percent = null;
	#pending = false;
	#timer = 0;

	/** room: the Room; started: `recording` of join's answer, or null. */
	constructor(room, started) {
		this.#room = room;
		$('record').onclick = () => this.#act(() => (RUNS.has(this.#status) ? room.stopRecording() : room.startRecording()));
		$('pause').onclick = () => this.#act(() => (this.#status === 'paused' ? room.resumeRecording() : room.pauseRecording()));
		if (started)
			this.#take(started.recordingId, started.status, started.duration);
		if (RUNS.has(this.#status))
			announce('This call is being recorded.');
		this.#timer = setInterval(() => this.#tick(), 250);
		this.#paint();
	}

	close() {
		clearInterval(this.#timer);
		this.#status = 'idle';
		this.#paint();
	}

	/** An event of the room about a recording. A new recording may start while the last is processed: then that one is shown. */
	onEvent(event) {
		const status = STATUS_OF_EVENT[event.event];

		if (event.recordingId !== this.#id && RUNS.has(this.#status) && status !== 'starting' && status !== 'recording')
			return;
		if (status)
			this.#take(event.recordingId, status, event.duration ?? (event.recordingId === this.#id ? this.#now() : 0));
		else if (event.event === 'recordingstatus')
			this.#take(event.recordingId, event.status, event.duration);
		else if (event.event === 'recordingprogress' && event.recordingId === this.#id && this.#status === 'processing')
			this.#percent = event.percent;
		const sentence = event.event === 'recordingstarted' && event.consent === 'require' ? 'askedfor' : event.event;

		if (SENTENCES[sentence])
			announce(SENTENCES[sentence]);
		this.#paint();
	}

	#take(id, status, duration) {
		if (status !== this.#status)
			this.#percent = status === 'processing' ? 0 : null;
		this.#id = id;
		this.#status = status;
		this.#duration = duration ?? 0;
		this.#since = performance.now();
	}

	/** What the recording's clock shows: the server's last word, and the time since. */
	#now() {
		return this.#duration + (this.#status === 'recording' ? performance.now() - this.#since : 0);
	}

	async #act(action) {
		this.#pending = true;
		this.#paint();
		await attempt(action);
		this.#pending = false;
		this.#paint();
	}

	#tick() {
		const text = clockText(this.#now());

		if ($('clock').textContent !== text)
			$('clock').textContent = text;
	}

	#paint() {
		const indicator = $('indicator');

		indicator.hidden = !WORDS[this.#status];
		indicator.dataset.rrStatus = this.#status;
		indicator.dataset.rrRecording = this.#id;
		$('indicator-word').textContent = WORDS[this.#status] ?? '';
		$('clock').hidden = this.#status !== 'recording' && this.#status !== 'paused';
		setProgress($('progress'), this.#status === 'processing' ? this.#percent : null);
		this.#tick();
		this.#paintButtons();
	}

	#paintButtons() {
		const isHost = this.#room.role === 'host';
		const runs = RUNS.has(this.#status);
		const record = $('record'), pause = $('pause');

		record.hidden = !isHost;
		record.disabled = this.#pending || this.#status === 'starting';
		record.querySelector('span').textContent = runs ? 'Stop' : 'Record';
		record.classList.toggle('rr-active', runs);
		setIcon(record, runs ? 'stop' : 'record');
		pause.hidden = !isHost || !runs;
		pause.disabled = record.disabled;
		pause.querySelector('span').textContent = this.#status === 'paused' ? 'Resume' : 'Pause';
		setIcon(pause, this.#status === 'paused' ? 'play' : 'pause');
	}
}
