// SPDX-License-Identifier: MIT
// One picture of somebody: camera or screen, or initials where there is none; name, microphone, connection; sound of who it belongs to.

import { paintIcons, setIcon } from './icons.js';
import { paintTexts, t } from './i18n.js';
import { initials, setText, stamp } from './ui.js';

export const isScreen = (source) => /^screen\d*$/.test(source);

/** Tones of the circle around initials: --rr-tone-N of the style sheet. */
const TONES = 6;

/** The same for the same name. */
export const toneOf = (name) => [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 997, 7) % TONES;

export class Tile {
	#audio = new Map();
	#part;

	constructor({ id, source, isLocal }) {
		this.node = stamp('tile-template');
		this.#part = Object.fromEntries(['face', 'name', 'mute', 'quality', 'pin'].map((name) => [name, this.node.querySelector(`.rr-tile-${name}`)]));
		this.video = this.node.querySelector('video');
		Object.assign(this.node.dataset, { rrParticipant: id, rrSource: source });
		this.node.classList.toggle('rr-self', isLocal && source === 'video');
		this.node.classList.toggle('rr-screen', isScreen(source));
		this.video.onresize = () => this.node.classList.toggle('rr-portrait', this.video.videoHeight > this.video.videoWidth);
		paintIcons(this.node);
		paintTexts(this.node);
	}

	/** text: what stands on it; name: whose initials; muted, talking; quality: null where it is not shown. */
	label({ text, name, muted = false, talking = false, quality = null }) {
		const { face, mute } = this.#part;

		setText(this.#part.name, text);
		setText(face.firstElementChild, initials(name));
		face.dataset.rrTone = String(toneOf(name));
		mute.hidden = !muted;
		setText(mute.querySelector('.rr-hidden-text'), t('page.tile.muted'));
		Object.assign(this.node.dataset, { rrMuted: String(muted), rrTalking: String(talking && !muted) });
		this.#showQuality(quality);
	}

	/** The button that keeps it large: act is called when it is pressed. */
	pin(isPinned, act) {
		const { pin } = this.#part;

		pin.hidden = false;
		pin.setAttribute('aria-pressed', String(isPinned));
		pin.setAttribute('aria-label', t('page.tile.pin', { name: this.#part.name.textContent }));
		pin.onclick = act;
	}

	/** Shows a picture; null or a resting camera: the initials. */
	show(track, visible) {
		const now = this.video.srcObject?.getVideoTracks()[0] ?? null;

		if (track !== now)
			this.video.srcObject = track ? new MediaStream([track]) : null;
		this.video.hidden = !track || !visible;
		this.node.dataset.rrPicture = String(!this.video.hidden);
		if (track && track !== now)
			play(this.video);
	}

	/** Sounds exactly these: source → track. */
	hear(tracks) {
		for (const [source, audio] of this.#audio)
			if (audio.srcObject.getAudioTracks()[0] !== tracks.get(source)) {
				audio.remove();
				this.#audio.delete(source);
			}
		for (const [source, track] of tracks)
			if (!this.#audio.has(source))
				this.#add(source, track);
	}

	#add(source, track) {
		const audio = document.createElement('audio');

		audio.srcObject = new MediaStream([track]);
		audio.autoplay = true;
		this.#audio.set(source, audio);
		this.node.append(audio);
		play(audio);
	}

	#showQuality(quality) {
		const node = this.#part.quality;

		node.hidden = !quality;
		if (!quality)
			return;
		node.dataset.rrQuality = quality;
		node.title = t(`page.quality.${quality}`);
		setIcon(node, quality === 'lost' ? 'signalLost' : 'signal');
		setText(node.querySelector('.rr-hidden-text'), node.title);
	}
}

function play(element) {
	element.play().catch((error) => {
		if (error.name === 'NotAllowedError')
			document.addEventListener('pointerdown', () => element.play().catch(() => {}), { once: true });
	});
}
