// SPDX-License-Identifier: MIT
// Microphone, camera, screen. What a button shows is what is sent; who has no camera yet, or lost it, is asked for one when it is pressed.

import { t } from './i18n.js';
import { Part } from './part.js';
import { paintToggle } from './preview.js';
import { $, announce, attempt, attemptBy } from './ui.js';

/** A host's muting, by what it concerns. */
const ALL = 'all';

export class Controls extends Part {
	#media;
	#onToggle;
	#buttons = [...document.querySelectorAll('.rr-controls [data-rr-toggle]')];
	/** What a host has muted of ours: sources, or all. */
	#moderated = new Set();
	#isSharing = false;

	/** onToggle(): what media.on says has changed. */
	constructor(room, media, onToggle) {
		super(room);
		this.#media = media;
		this.#onToggle = onToggle;
		for (const button of this.#buttons)
			this.listen(button, 'click', () => attempt(() => this.#toggle(button.dataset.rrToggle)));
		this.listen($('share'), 'click', () => attemptBy($('share'), () => (this.#isSharing ? room.publisher.stopScreen() : room.publisher.shareScreen())));
		$('share').hidden = !room.devices.canShareScreen;
		this.hear('moderated', (event) => this.#onModerated(event));
		this.atEnd(room.publisher.on('ended', ({ source }) => this.#onEnded(source)));
		this.paintAfter('participants', () => this.#paint());
	}

	/** Another camera or microphone was chosen. */
	async switchTo(kind) {
		if (this.room.publisher.source(kind))
			await this.room.publisher.switchDevice(kind, this.#media.wish(kind));
	}

	async #toggle(kind) {
		const { publisher } = this.room, source = publisher.source(kind);

		if (!source)
			await publisher.publish({ audio: false, video: false, [kind]: this.#media.wish(kind) });
		else if (source.muted && (this.#moderated.has(kind) || this.#moderated.has(ALL)))
			announce(t('page.moderated.still'));
		else
			await (source.muted ? publisher.unmute(kind) : publisher.mute(kind));
		this.#media.on[kind] = !publisher.source(kind)?.muted;
		this.#onToggle();
	}

	#onModerated({ id, muted, source = ALL }) {
		if (id !== this.room.id)
			return;
		if (muted)
			this.#moderated.add(source);
		else
			this.#moderated.delete(source);
		announce(t(muted ? 'page.moderated.muted' : 'page.moderated.unmuted'));
	}

	#onEnded(source) {
		if (source === 'audio' || source === 'video')
			announce(t(`page.ended.${source}`));
	}

	#paint() {
		const { publisher } = this.room;
		const isSharing = Boolean(publisher.source('screen'));

		for (const button of this.#buttons) {
			const source = publisher.source(button.dataset.rrToggle);

			paintToggle(button, Boolean(source), Boolean(source) && !source.muted);
			button.disabled = !source && !this.room.devices.isSupported;
		}
		$('share').setAttribute('aria-pressed', String(isSharing));
		if (isSharing !== this.#isSharing)
			announce(t(isSharing ? 'page.share.on' : 'page.share.off'));
		this.#isSharing = isSharing;
	}
}
