// SPDX-License-Identifier: MIT
// How one will be seen and heard, before joining: the own picture, or initials, the microphone's level, and what is missing, in words.

import { setIcon } from './icons.js';
import { t } from './i18n.js';
import { watchLevel } from './level.js';
import { Tile } from './tile.js';
import { $, attempt, setText } from './ui.js';

export class Preview {
	#media;
	#tile = new Tile({ id: '', source: 'video', isLocal: true });
	#name = '';
	#level = { track: null, end: () => {} };
	#buttons = [...document.querySelectorAll('#join [data-rr-toggle]')];

	constructor(media) {
		this.#media = media;
		this.#tile.node.id = 'preview';
		$('preview').replaceWith(this.#tile.node);
		for (const button of this.#buttons)
			button.onclick = () => attempt(() => media.toggle(button.dataset.rrToggle, !media.on[button.dataset.rrToggle]));
		media.addEventListener('change', () => this.paint());
		document.addEventListener('languagechange', () => this.paint());
	}

	/** The name whose initials stand where there is no picture. */
	name(name) {
		this.#name = name;
		this.paint();
	}

	paint() {
		const { tracks, on, problem } = this.#media;

		for (const button of this.#buttons)
			paintToggle(button, Boolean(tracks[button.dataset.rrToggle]), on[button.dataset.rrToggle]);
		this.#tile.label({ text: '', name: this.#name || '?', muted: false });
		this.#tile.show(tracks.video, on.video);
		setText($('media-problem'), problem ? t(`page.media.${problem}`) : '');
		$('media-problem').hidden = !problem;
		this.#watch(on.audio ? tracks.audio : null);
	}

	#watch(track) {
		if (track === this.#level.track)
			return;
		this.#level.end();
		$('level').style.setProperty('--rr-level', '0');
		this.#level = { track, end: track ? watchLevel(track, (level) => $('level').style.setProperty('--rr-level', level.toFixed(2))) : () => {} };
	}
}

/** A microphone's or camera's button: there or not, on or off, in shape, word and state. */
export function paintToggle(button, isThere, isOn) {
	const kind = button.dataset.rrToggle, on = isThere && isOn;

	button.disabled = !isThere;
	button.setAttribute('aria-pressed', String(on));
	setIcon(button, kind === 'audio' ? (on ? 'mic' : 'micOff') : (on ? 'camera' : 'cameraOff'));
}
