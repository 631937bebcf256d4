// SPDX-License-Identifier: MIT
// A card's picture, which is the button that plays. Under the pointer it shows the storyboard's picture of that place; with the focus of the keyboard it goes
// through all of it once (not for those who want no motion: they have the arrow keys, as everybody).

import { t } from '../i18n.js';
import { el, freshId, setAttribute, setText } from './dom.js';
import { changeIcon, icon } from './icons.js';
import { Storyboard } from './storyboard.js';
import { clockText } from './words.js';

const STEP_MS = 600, STEPS = 12;
const isCalm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export class Thumbnail {
	#recording = {};
	#image = el('img', { alt: '', hidden: true, loading: 'lazy', decoding: 'async', draggable: false });
	#place = el('span', { class: 'rr-g-thumb-empty' });
	#length = el('span', { class: 'rr-g-thumb-length', hidden: true });
	#pictures = el('span', { class: 'rr-g-thumb-pictures', hidden: true });
	#line = el('span', { class: 'rr-g-thumb-line', hidden: true });
	#label = el('span', { class: 'rr-g-unseen', id: freshId() });
	#storyboard = null;
	#at = -1;
	#isOver = false;
	#timer = 0;
	#picture = '';

	/** onPlay(): it was pressed. */
	constructor(onPlay) {
		this.node = el('button', {
			type: 'button', class: 'rr-g-thumb', data: { rrDo: 'play' },
			on: {
				click: onPlay, pointermove: (event) => this.#onPointer(event), pointerleave: () => this.end(), blur: () => this.end(), focus: () => this.#onFocus(),
				keydown: (event) => this.#onKey(event),
			},
		}, this.#place, this.#image, this.#pictures, this.#line, el('span', { class: 'rr-g-thumb-play' }, icon('play')), this.#length, this.#label);
	}

	/** title: of the recording, in words. */
	update(recording, title) {
		const done = recording.status === 'completed', url = recording.thumbnailUrl;

		this.#recording = recording;
		this.node.disabled = !(done && recording.url);
		setText(this.#label, t('gallery.play', { title }));
		this.#length.hidden = !done;
		setText(this.#length, clockText(recording.duration));
		changeIcon(this.#place, done ? 'film' : recording.status === 'failed' ? 'warning' : 'clock');
		this.#image.hidden = !url;
		// A fresh signature is another address of the same picture: what is shown stays.
		const picture = url ? new URL(url, location.href).pathname : '';

		if (picture && picture !== this.#picture)
			this.#image.src = url;
		this.#picture = picture;
		setAttribute(this.node, 'data-rr-storyboard', recording.storyboardUrl ? '' : null);
	}

	async #load() {
		const { storyboardUrl } = this.#recording;

		this.#storyboard = storyboardUrl ? await Storyboard.load(storyboardUrl) : null;
		return this.#storyboard;
	}

	async #onPointer({ clientX, pointerType }) {
		if (pointerType === 'touch' || this.node.disabled)
			return;
		const { left, width } = this.node.getBoundingClientRect(), part = Math.max(0, Math.min((clientX - left) / width, 1));

		this.#isOver = true;
		if (await this.#load() && this.#isOver)
			this.#show(this.#storyboard.numberAt(part * this.#recording.duration / 1000));
	}

	async #onFocus() {
		if (!this.node.matches(':focus-visible') || isCalm() || !await this.#load() || document.activeElement !== this.node)
			return;
		const step = Math.max(1, Math.ceil(this.#storyboard.length / STEPS));
		const next = (number) => {
			if (number >= this.#storyboard.length) {
				this.end();
				return;
			}
			this.#show(number);
			this.#timer = setTimeout(() => next(number + step), STEP_MS);
		};

		clearTimeout(this.#timer);
		next(0);
	}

	/** Time runs from left to right, whatever the language. */
	async #onKey(event) {
		const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];

		if (!way || this.node.disabled)
			return;
		event.preventDefault();
		clearTimeout(this.#timer);
		if (await this.#load() && document.activeElement === this.node)
			this.#show(Math.max(0, Math.min(this.#at + way, this.#storyboard.length - 1)));
	}

	#show(number) {
		this.#at = number;
		this.#pictures.hidden = this.#line.hidden = false;
		this.#storyboard.paint(this.#pictures, this.#storyboard.timeOf(number));
		this.#line.style.width = `${(number + 1) / this.#storyboard.length * 100}%`;
		setText(this.#length, clockText(this.#storyboard.timeOf(number) * 1000));
		this.node.dataset.rrPicture = String(number);
	}

	/** The picture it began with. */
	end() {
		clearTimeout(this.#timer);
		this.#isOver = false;
		this.#at = -1;
		this.#pictures.hidden = this.#line.hidden = true;
		setText(this.#length, clockText(this.#recording.duration ?? 0));
		delete this.node.dataset.rrPicture;
	}
}
