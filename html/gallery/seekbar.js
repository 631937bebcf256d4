// SPDX-License-Identifier: MIT
// The player's seek bar: chapters as marks, and the storyboard's picture with time and chapter above it, under the pointer, while it is dragged, and when it is moved by key.

import { t } from '../i18n.js';
import { el, setAttribute, setText } from './dom.js';
import { cueAt } from './vtt.js';
import { clockText, isolated, spokenDuration } from './words.js';

const STAYS_MS = 1200;
/** The handle's middle stays so far from both ends. */
const HANDLE_PX = 9;

export class SeekBar {
	#onSeek;
	#duration = 0;
	#chapters = [];
	#storyboard = null;
	#timer = 0;
	#dragging = false;
	#range = el('input', { type: 'range', min: '0', max: '1', step: '0.1', value: '0', dir: 'ltr', 'aria-label': t('gallery.player.seek'), data: { rrSeek: '' } });
	#marks = el('div', { class: 'rr-g-marks', 'aria-hidden': 'true' });
	#picture = el('span', { class: 'rr-g-preview-picture', hidden: true });
	#time = el('span', { class: 'rr-g-preview-time' });
	#chapter = el('bdi', { class: 'rr-g-preview-chapter' });
	#preview = el('div', { class: 'rr-g-preview', 'aria-hidden': 'true', hidden: true }, this.#picture, this.#time, this.#chapter);

	/** onSeek(seconds, done): done is false while it is being dragged. */
	constructor(onSeek) {
		this.#onSeek = onSeek;
		this.node = el('div', { class: 'rr-g-seek', dir: 'ltr', on: { pointermove: (event) => this.#onPointer(event), pointerleave: () => this.#hide() } }, this.#marks, this.#range, this.#preview);
		this.#range.addEventListener('pointerdown', () => { this.#dragging = true; });
		this.#range.addEventListener('input', () => this.#onInput(false));
		this.#range.addEventListener('change', () => this.#onInput(true));
		this.#range.addEventListener('blur', () => this.#hide());
	}

	get isDragged() { return this.#dragging; }
	focus() { this.#range.focus(); }

	setDuration(seconds) {
		this.#duration = seconds;
		this.#range.max = String(Math.max(seconds, 0.1));
		this.#paintMarks();
	}

	setChapters(chapters) {
		this.#chapters = chapters;
		this.#paintMarks();
	}

	setStoryboard(storyboard) {
		this.#storyboard = storyboard;
		this.#picture.hidden = !storyboard;
	}

	/** Where it plays. */
	setTime(seconds) {
		if (this.#dragging)
			return;
		this.#range.value = String(seconds);
		this.#paint(seconds);
	}

	/** Shows where a key has led to, for a while. */
	peek(seconds) {
		this.#show(seconds);
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#hide(), STAYS_MS);
	}

	end() {
		clearTimeout(this.#timer);
	}

	#paint(seconds) {
		const chapter = cueAt(this.#chapters, seconds), text = t('gallery.player.at', { time: spokenDuration(seconds * 1000), duration: spokenDuration(this.#duration * 1000) });

		this.node.style.setProperty('--rr-g-part', String(this.#duration ? Math.min(1, seconds / this.#duration) : 0));
		setAttribute(this.#range, 'aria-valuetext', chapter ? `${text}, ${isolated(chapter.text)}` : text);
	}

	#paintMarks() {
		this.#marks.replaceChildren(...this.#chapters.filter(({ from }) => from > 0 && from < this.#duration).map(({ from }) => {
			const mark = el('span');

			mark.style.left = `${from / this.#duration * 100}%`;
			return mark;
		}));
	}

	#onInput(done) {
		const seconds = Number(this.#range.value);

		this.#dragging = !done;
		this.#paint(seconds);
		this.#onSeek(seconds, done);
		if (done)
			this.peek(seconds);
		else
			this.#show(seconds);
	}

	#onPointer({ clientX, pointerType }) {
		if (pointerType === 'touch' && !this.#dragging)
			return;
		const { left, width } = this.#range.getBoundingClientRect();

		clearTimeout(this.#timer);
		this.#show(Math.max(0, Math.min((clientX - left - HANDLE_PX) / (width - 2 * HANDLE_PX), 1)) * this.#duration);
	}

	#show(seconds) {
		const chapter = cueAt(this.#chapters, seconds), part = this.#duration ? seconds / this.#duration : 0;

		this.#preview.hidden = false;
		this.#preview.dataset.rrAt = seconds.toFixed(1);
		setText(this.#time, clockText(seconds * 1000));
		setText(this.#chapter, chapter?.text ?? '');
		this.#storyboard?.paint(this.#picture, seconds);
		const { width } = this.node.getBoundingClientRect(), own = this.#preview.offsetWidth;

		this.#preview.style.left = `${Math.max(0, Math.min(HANDLE_PX + part * (width - 2 * HANDLE_PX) - own / 2, width - own))}px`;
	}

	#hide() {
		clearTimeout(this.#timer);
		if (!this.#dragging)
			this.#preview.hidden = true;
	}
}
