// SPDX-License-Identifier: MIT
// Everybody's picture and sound. A tile per camera or missing camera, one more per shared screen; sound plays in the tile of its owner.

import { paintIcons } from './icons.js';
import { $, initials, stamp } from './ui.js';

const SCREENS = new Set(['screen']);
/** Between tiles and around them [px], as in the style sheet. */
const GAP = 10;

class Tile {
	constructor(person, source, isSelf) {
		this.node = stamp('tile-template');
		this.video = this.node.querySelector('video');
		this.audio = new Map();
		this.node.dataset.rrParticipant = person.id;
		this.node.dataset.rrSource = source;
		this.node.classList.toggle('rr-self', isSelf && source === 'video');
		this.node.classList.toggle('rr-screen', SCREENS.has(source));
		this.video.onresize = () => this.node.classList.toggle('rr-portrait', this.video.videoHeight > this.video.videoWidth);
		paintIcons(this.node);
	}

	label(text, name, muted) {
		this.node.querySelector('.rr-label-name').textContent = text;
		this.node.querySelector('.rr-face').textContent = initials(name);
		this.node.querySelector('.rr-label-mute').hidden = !muted;
		this.node.dataset.rrMuted = String(muted);
	}

	/** Shows a picture; null or a resting camera: the initials. */
	show(track, visible) {
		const now = this.video.srcObject?.getVideoTracks()[0] ?? null;

		if (track !== now)
			this.video.srcObject = track ? new MediaStream([track]) : null;
		this.video.hidden = !track || !visible;
		this.node.dataset.rrPicture = String(!this.video.hidden);
		if (track)
			play(this.video);
	}

	hear(source, track) {
		this.audio.get(source)?.remove();
		this.audio.delete(source);
		if (!track)
			return;
		const audio = document.createElement('audio');

		audio.srcObject = new MediaStream([track]);
		audio.autoplay = true;
		this.audio.set(source, audio);
		this.node.append(audio);
		play(audio);
	}
}

/** Ends the row of shared screens. */
function lineBreak() {
	const node = document.createElement('div');

	node.className = 'rr-break';
	return node;
}

function play(element) {
	element.play().catch((error) => {
		if (error.name === 'NotAllowedError')
			document.addEventListener('pointerdown', () => element.play().catch(console.warn), { once: true });
	});
}

export class Tiles {
	#grid = $('tiles');
	#tiles = new Map();
	/** "participant source" → track. */
	#tracks = new Map();
	#self = '';

	constructor() {
		new ResizeObserver(() => this.#fit()).observe(this.#grid.parentElement);
	}

	/** From the next people on, this one is us. */
	start(self) {
		this.#self = self;
		this.#tiles.clear();
		this.#tracks.clear();
		this.#grid.replaceChildren(lineBreak());
	}

	/** A track came, or (null) ended. */
	setTrack({ participant, source, kind, track }) {
		const key = `${participant} ${source}`;

		if (track)
			this.#tracks.set(key, track);
		else
			this.#tracks.delete(key);
		if (kind === 'audio' && participant !== this.#self)
			this.#tiles.get(`${participant} video`)?.hear(source, track);
	}

	/** people: id → {id, display, role, streams}. Adds, removes and labels. */
	update(people) {
		const wanted = new Map();

		for (const person of people.values()) {
			wanted.set(`${person.id} video`, { person, source: 'video' });
			for (const { source } of person.streams)
				if (SCREENS.has(source))
					wanted.set(`${person.id} ${source}`, { person, source });
		}
		for (const [key, tile] of this.#tiles)
			if (!wanted.has(key)) {
				tile.node.remove();
				this.#tiles.delete(key);
			}
		for (const [key, { person, source }] of wanted)
			this.#refresh(key, person, source);
		this.#grid.dataset.rrPresenting = String([...wanted.values()].some(({ source }) => SCREENS.has(source)));
		this.#fit();
	}

	#refresh(key, person, source) {
		const isSelf = person.id === this.#self;
		const stream = (name) => person.streams.find((s) => s.source === name);
		const name = person.display || person.id;
		const who = isSelf ? `${name} (you)` : name;
		let tile = this.#tiles.get(key);

		if (!tile) {
			tile = new Tile(person, source, isSelf);
			this.#tiles.set(key, tile);
			this.#grid.append(tile.node);
			if (!isSelf && source === 'video')
				this.#hearAll(tile, person);
		}
		tile.label(SCREENS.has(source) ? `${who}: screen` : who, name, source === 'video' && Boolean(stream('audio')?.muted));
		tile.show(this.#tracks.get(key) ?? null, Boolean(stream(source)) && !stream(source).muted);
	}

	#hearAll(tile, person) {
		for (const { source, type } of person.streams)
			if (type === 'audio' && this.#tracks.has(`${person.id} ${source}`))
				tile.hear(source, this.#tracks.get(`${person.id} ${source}`));
	}

	/** Sizes that fill the stage; a shared screen gets three quarters of its height. */
	#fit() {
		const { clientWidth, clientHeight } = this.#grid.parentElement;
		const screens = [...this.#tiles.values()].filter(({ node }) => node.classList.contains('rr-screen')).length;
		const width = clientWidth - GAP, height = clientHeight - (screens ? 2 : 1) * GAP;
		const set = (name, size) => this.#grid.style.setProperty(name, `${Math.floor(size)}px`);

		set('--rr-screen', tileSize(screens, width, height * 3 / 4));
		set('--rr-tile', tileSize(this.#tiles.size - screens, width, screens ? height / 4 : height));
	}
}

/** The widest 16:9 tile of which n fit; never narrower than a phone can show. */
function tileSize(n, width, height) {
	let best = Math.min(width, 140);

	for (let columns = 1; columns <= n; columns++)
		best = Math.max(best, Math.min(width / columns - GAP, (height / Math.ceil(n / columns) - GAP) * 16 / 9));
	return best;
}
