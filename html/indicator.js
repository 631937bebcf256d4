// SPDX-License-Identifier: MIT
// The sign that this call is recorded, for everybody: word, shape and colour, never blinking; clock while it runs, percent while it is made. What it shows is
// the server's last word; while there is no connection it says that nothing is known. It keeps its place, so that nothing moves when it appears.

import { locale, t } from './i18n.js';
import { Part } from './part.js';
import { $, clockText, setProgress, setText } from './ui.js';

const CLOCK_MS = 250;
const RUNS = new Set(['starting', 'recording', 'paused']);
const IS_MADE = new Set(['processing', 'uploading']);
/** A recording that ends by itself says so this long before [ms]. */
const SOON_MS = 5 * 60 * 1000;

export class Indicator extends Part {
	constructor(room) {
		super(room);
		this.paintAfter('recording state', () => this.#paint());
		this.every(CLOCK_MS, () => this.#tick());
	}

	#paint() {
		const { status, recordingId, percent } = this.room.recording.state;
		const isStale = this.room.state === 'reconnecting' && RUNS.has(status);
		const node = $('indicator');

		Object.assign(node.dataset, { rrStatus: status, rrRecording: recordingId, rrStale: String(isStale) });
		setText($('indicator-word'), status === 'idle' ? '' : t(isStale ? 'page.status.stale' : `page.status.${status}`));
		$('clock').hidden = isStale || !(status === 'recording' || status === 'paused');
		setProgress($('progress'), IS_MADE.has(status) ? percent ?? 0 : null);
		setText($('percent'), IS_MADE.has(status) ? new Intl.NumberFormat(locale(), { style: 'percent' }).format((percent ?? 0) / 100) : '');
		this.#paintNotes();
		this.#tick();
	}

	/** What is worth knowing beside it: damage, room that runs out, an end that comes by itself. */
	#paintNotes() {
		const { status, flags, warning, endsAt } = this.room.recording.state;
		const isDamaged = flags.includes('degraded') || warning === 'disk' || warning === 'tracks';
		const note = isDamaged ? 'degraded' : RUNS.has(status) && (warning === 'disk_low' || warning === 'quota') ? warning
			: RUNS.has(status) && endsAt && endsAt - Date.now() < SOON_MS ? 'ends' : status === 'failed' ? 'failed' : '';

		$('recording-note').hidden = !note;
		$('recording-note').dataset.rrNote = note;
		setText($('recording-note-text'), note ? t(`page.note.${note}`, { time: clockText((endsAt ?? 0) - Date.now()) }) : '');
	}

	#tick() {
		setText($('clock'), clockText(this.room.recording.duration));
		if (!$('recording-note').hidden && $('recording-note').dataset.rrNote === 'ends')
			this.#paintNotes();
	}
}
