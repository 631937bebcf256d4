// SPDX-License-Identifier: MIT
// Record, Pause, Stop, for those who may. Stop asks once, as it cannot be taken back; what they show changes when the server says so.

import { setIcon } from './icons.js';
import { t } from './i18n.js';
import { Part } from './part.js';
import { $, attempt, confirmWith, setText } from './ui.js';

const RUNS = new Set(['starting', 'recording', 'paused']);

export class RecordButtons extends Part {
	#optionsOf;

	/** optionsOf() gives title and layout for the next recording. */
	constructor(room, optionsOf) {
		super(room);
		this.#optionsOf = optionsOf;
		this.listen($('record'), 'click', () => attempt(() => (this.#runs ? this.#stop() : room.recording.start(this.#optionsOf()))));
		this.listen($('pause'), 'click', () => attempt(() => (room.recording.isPaused ? room.recording.resume() : room.recording.pause())));
		this.paintAfter('recording pending role state', () => this.#paint());
	}

	get #runs() { return RUNS.has(this.room.recording.status); }

	async #stop() {
		const sure = await confirmWith({ title: t('page.stop.title'), text: t('page.stop.text'), yes: t('page.stop.yes'), no: t('page.stop.no') });

		if (sure)
			await this.room.recording.stop();
	}

	#paint() {
		const { recording, permissions, state } = this.room;
		const record = $('record'), pause = $('pause');

		record.hidden = !permissions.canRecord;
		record.disabled = recording.isPending || state !== 'joined';
		record.classList.toggle('rr-active', this.#runs);
		setText(record.querySelector('.rr-word'), t(this.#runs ? 'page.stop' : 'page.record'));
		setIcon(record, this.#runs ? 'stop' : 'record');
		pause.hidden = !permissions.canRecord;
		pause.disabled = record.disabled || !this.#runs;
		setText(pause.querySelector('.rr-word'), t(recording.isPaused ? 'page.resume' : 'page.pause'));
		setIcon(pause, recording.isPaused ? 'play' : 'pause');
	}
}
