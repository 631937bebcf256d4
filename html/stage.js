// SPDX-License-Identifier: MIT
// Everybody's pictures. A tile per camera or missing camera, one more per shared screen; who is large, and how large all are.
//
//   grid      all the same        speaker   who talks, or talked last, is large
//   either    a shared screen takes the stage; what is pinned takes it from everybody

import { choices } from './kept.js';
import { t } from './i18n.js';
import { Part } from './part.js';
import { isScreen, Tile } from './tile.js';
import { $, announce, setText } from './ui.js';

/** Between tiles and around them [px], as in the style sheet. */
const GAP = 10;
/** Nobody takes the stage from another sooner [ms]. */
const STAY_MS = 1500;

export class Stage extends Part {
	#grid = $('tiles');
	/** "participant source" → Tile. */
	#tiles = new Map();
	#pinned = '';
	#speaker = '';
	#since = 0;
	#view = choices.read('view', 'grid');

	constructor(room) {
		super(room);
		this.#grid.replaceChildren(lineBreak());
		const observer = new ResizeObserver(() => this.#fit());

		observer.observe(this.#grid.parentElement);
		this.atEnd(() => observer.disconnect());
		this.listen($('view'), 'click', () => this.#turn());
		this.paintAfter('participants', () => this.#paint());
		this.every(STAY_MS, () => this.#follow());
	}

	close() {
		super.close();
		this.#grid.replaceChildren();
		this.#tiles.clear();
	}

	#turn() {
		this.#view = this.#view === 'grid' ? 'speaker' : 'grid';
		this.#pinned = '';
		choices.write('view', this.#view);
		announce(t(`page.view.${this.#view}`));
		this.#paint();
	}

	/** Who talks now takes the stage, unless somebody has just taken it. */
	#follow() {
		const { remote, local } = this.room.participants;
		const isHere = remote.some(({ id }) => id === this.#speaker);
		const next = remote.find(({ isTalking, id }) => isTalking && id !== this.#speaker) ?? (isHere ? null : remote[0] ?? local);

		if (!next || (isHere && (Date.now() - this.#since < STAY_MS || this.room.participants.get(this.#speaker)?.isTalking)))
			return;
		this.#speaker = next.id;
		this.#since = Date.now();
		this.#paint();
	}

	#paint() {
		const people = this.room.participants.list;
		const wanted = new Map(people.flatMap((person) => picturesOf(this.room, person)).map((one) => [`${one.person.id} ${one.source}`, one]));

		for (const [key, tile] of this.#tiles)
			if (!wanted.has(key)) {
				tile.node.remove();
				this.#tiles.delete(key);
			}
		for (const [key, picture] of wanted)
			this.#refresh(key, picture);
		this.#place([...wanted.keys()]);
		setText($('people'), t('page.people', { count: people.length }));
		$('alone').hidden = people.length > 1;
		$('view').setAttribute('aria-pressed', String(this.#view === 'speaker'));
	}

	#refresh(key, { person, source, streams }) {
		const name = person.display || person.id, who = person.isLocal ? t('page.you', { name }) : name;
		const stream = streams.find((one) => one.source === source);
		const tile = this.#tiles.get(key) ?? this.#add(key, person, source);

		tile.label({ text: isScreen(source) ? t('page.tile.screen', { name: who }) : who, name, ...isScreen(source) ? {} : {
			muted: Boolean(streams.find((one) => one.source === 'audio')?.muted), talking: person.isTalking, quality: person.quality,
		} });
		tile.show(stream?.track ?? null, Boolean(stream) && !stream.muted);
		tile.pin(this.#pinned === key, () => this.#pin(key));
		if (source === 'video' && !person.isLocal)
			tile.hear(new Map(streams.filter(({ type, track }) => type === 'audio' && track).map((one) => [one.source, one.track])));
	}

	#add(key, person, source) {
		const tile = new Tile({ id: person.id, source, isLocal: person.isLocal });

		this.#tiles.set(key, tile);
		this.#grid.append(tile.node);
		return tile;
	}

	#pin(key) {
		this.#pinned = this.#pinned === key ? '' : key;
		this.#paint();
	}

	/** Who stands on the stage, above the others. */
	#place(keys) {
		const screens = keys.filter((key) => isScreen(key.split(' ')[1]));
		const speaker = `${this.#speaker} video`;
		const large = keys.includes(this.#pinned) ? [this.#pinned] : screens.length ? screens
			: this.#view === 'speaker' && keys.length > 1 && keys.includes(speaker) ? [speaker] : [];

		for (const [key, { node }] of this.#tiles)
			node.classList.toggle('rr-large', large.includes(key));
		this.#grid.dataset.rrPresenting = String(large.length > 0);
		this.#fit();
	}

	/** Sizes that fill the stage; what is large gets three quarters of its height. */
	#fit() {
		const { clientWidth, clientHeight } = this.#grid.parentElement;
		const large = [...this.#tiles.values()].filter(({ node }) => node.classList.contains('rr-large')).length;
		const others = this.#tiles.size - large;
		const width = clientWidth - GAP, height = clientHeight - (large && others ? 2 : 1) * GAP;
		const share = !large ? 0 : others ? 3 / 4 : 1;
		const set = (name, size) => this.#grid.style.setProperty(name, `${Math.floor(size)}px`);

		set('--rr-large', tileSize(large, width, height * share));
		set('--rr-tile', tileSize(others, width, height * (large ? 1 - share : 1)));
	}
}

/** What there is to see of somebody, with the streams it is made of. */
function picturesOf(room, person) {
	const streams = person.isLocal ? room.publisher.sources.map(({ source, kind, track, muted }) => ({ source, type: kind, track, muted }))
		: person.streams.map((stream) => ({ ...stream, track: person.tracks[stream.source] }));
	const screens = streams.filter(({ source, type }) => type === 'video' && isScreen(source));

	return [{ person, source: 'video', streams }, ...screens.map(({ source }) => ({ person, source, streams }))];
}

/** Ends the row of what is large. */
function lineBreak() {
	const node = document.createElement('div');

	node.className = 'rr-break';
	return node;
}

/** The widest 16:9 tile of which n fit; never narrower than a phone can show. */
function tileSize(n, width, height) {
	let best = Math.min(width, 140);

	for (let columns = 1; columns <= n; columns++)
		best = Math.max(best, Math.min(width / columns - GAP, (height / Math.ceil(n / columns) - GAP) * 16 / 9));
	return best;
}
