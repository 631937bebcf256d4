// SPDX-License-Identifier: MIT
// The room's recordings, as a view of the page. The page gives the element and what belongs to the call, and says when it is looked at:
//
//   session = { recordings   Recordings of janus-recroom (REST)
//               rooms        optional, [{ room, recordings }]: several rooms to choose from; the first is shown
//               events       EventTarget: `recordingevent`, whose detail is what the server said { event, recordingId, … }; null outside a call
//               can          (grant) => boolean: 'download', 'delete', 'record', 'host', as far as we know
//               announce     (text): into the page's only role="status"
//               alert        (text or error): a failure, shown until dismissed }
//
//   Library (rows, filters, search) ─ changed() ─▶ a Card for each ─ play, share, … ─▶ a Dialog of its own
//
// Of a recording's node .rr-recording[data-rr-recording][data-rr-status], [data-rr-do=play|download|share|delete|more], the dialogs' [data-rr-do=yes|no|close] and the playing
// #player-video tests know.

import { t } from '../i18n.js';
import { Card } from './card.js';
import { showDetails } from './details.js';
import { el, freshId, setText } from './dom.js';
import { Filters } from './filters.js';
import { icon } from './icons.js';
import { Library } from './library.js';
import { Player } from './player.js';
import { askDelete, askErase, askHold, askRelease } from './removal.js';
import { ShareDialog } from './share.js';
import { VersionsDialog } from './versions.js';
import { errorText, isolated, momentText, titleOf } from './words.js';

export function createGallery({ element, session }) {
	const gallery = new Gallery(element, session);

	return { show: () => gallery.show(), hide: () => gallery.hide(), refresh: () => gallery.refresh(), destroy: () => gallery.destroy() };
}

class Gallery {
	#element;
	#session;
	#library;
	#cards = new Map();
	#shown = false;
	/** What closes the dialog that is open. */
	#close = () => {};
	#said = '';
	#onLanguage = () => this.#build();
	#parts = {};

	constructor(element, session) {
		const rooms = session.rooms ?? [];

		this.#element = element;
		this.#session = { ...session, recordings: rooms[0]?.recordings ?? session.recordings };
		this.#library = new Library({
			recordings: this.#session.recordings, events: session.events, changed: () => this.#paint(),
			onExpiring: (row, at) => session.announce(t('gallery.expiring', { title: isolated(titleOf(row)), when: momentText(at) })),
		});
		document.addEventListener('languagechange', this.#onLanguage);
		this.#build();
	}

	show() {
		this.#shown = true;
		return this.#library.wake();
	}

	/** Nothing goes on afterwards: no timer, no request, no picture that moves. */
	hide() {
		this.#shown = false;
		this.#library.sleep();
		this.#parts.filters.end();
		this.#close();
		for (const { thumbnail } of this.#cards.values())
			thumbnail.end();
	}

	refresh() { return this.#library.refresh(); }

	destroy() {
		this.hide();
		document.removeEventListener('languagechange', this.#onLanguage);
		this.#element.replaceChildren();
		this.#cards.clear();
	}

	// ---- what is in the view

	/** All of it in the language of now. */
	#build() {
		const filter = this.#library.filter, headingId = freshId();
		const filters = new Filters({ filter, rooms: (this.#session.rooms ?? []).map(({ room }) => room), onChange: (change) => this.#narrow(change), onRoom: (room) => this.#open(room) });
		const refresh = el('button', { type: 'button', class: 'rr-g-button', data: { rrDo: 'refresh' }, on: { click: () => this.refresh() } }, icon('refresh'), el('span', {}, t('gallery.refresh')));

		this.#close();
		this.#parts.filters?.end();
		for (const { thumbnail } of this.#cards.values())
			thumbnail.end();
		this.#cards.clear();
		this.#parts = {
			filters, heading: el('h2', { id: headingId, tabIndex: -1 }, t('gallery.title')), count: el('p', { class: 'rr-g-count' }),
			grid: el('ul', { class: 'rr-g-grid', 'aria-labelledby': headingId }), failed: el('div', { class: 'rr-g-failed', role: 'alert', hidden: true }),
			empty: el('div', { class: 'rr-g-empty', hidden: true }, icon('film'), el('p'), el('button', { type: 'button', class: 'rr-g-button', data: { rrDo: 'clear' }, on: { click: () => this.#clear() } }, t('gallery.clear'))),
			loading: el('ul', { class: 'rr-g-grid rr-g-loading', hidden: true, 'aria-hidden': 'true' }, Array.from({ length: 6 }, () => el('li'))),
			more: el('button', { type: 'button', class: 'rr-g-button rr-g-older', hidden: true, data: { rrDo: 'older' }, on: { click: () => this.#older() } }, t('gallery.older')),
		};
		const { heading, count, grid, failed, empty, loading, more } = this.#parts;

		this.#element.replaceChildren(el('div', { class: 'rr-g-inside' }, el('header', { class: 'rr-g-head' }, heading, count, refresh), filters.node, failed, loading, grid, empty, more));
		this.#paint();
	}

	#paint() {
		const { state, error, shown, isNarrowed, hasMore } = this.#library, { count, failed, empty, loading, more, grid } = this.#parts;

		grid.hidden = state !== 'ready';
		loading.hidden = state !== 'loading';
		this.#element.setAttribute('aria-busy', String(state === 'loading'));
		this.#paintFailure(failed, error);
		empty.hidden = state !== 'ready' || shown.length > 0;
		setText(empty.querySelector('p'), t(!isNarrowed ? 'gallery.empty' : hasMore ? 'gallery.none.yet' : 'gallery.none'));
		empty.querySelector('button').hidden = !isNarrowed;
		more.hidden = state !== 'ready' || !hasMore;
		const text = state === 'ready' ? t(hasMore ? 'gallery.count.more' : 'gallery.count', { count: shown.length }) : state === 'loading' ? t('gallery.loading') : '';

		setText(count, text);
		this.#say(isNarrowed && state === 'ready' ? text : '');
		this.#paintCards(shown);
	}

	/** What a search found is told, once. */
	#say(text) {
		if (text && text !== this.#said && this.#shown)
			this.#session.announce(text);
		this.#said = text;
	}

	#paintFailure(node, error) {
		const text = error ? errorText(error) : '';

		node.hidden = !error;
		if (node.dataset.rrText === text)
			return;
		node.dataset.rrText = text;
		node.replaceChildren(...error ? [el('p', {}, text), el('button', { type: 'button', class: 'rr-g-button', data: { rrDo: 'retry' }, on: { click: () => this.refresh() } }, icon('refresh'), t('gallery.retry'))] : []);
	}

	#paintCards(rows) {
		const { grid } = this.#parts, ids = new Set(rows.map(({ recordingId }) => recordingId));

		for (const [id, card] of this.#cards)
			if (!ids.has(id))
				this.#drop(id, card);
		rows.forEach((row, i) => {
			const card = this.#cards.get(row.recordingId) ?? this.#add(row.recordingId);

			card.update(row);
			if (grid.children[i] !== card.node)
				grid.insertBefore(card.node, grid.children[i] ?? null);
		});
	}

	#add(id) {
		const card = new Card({
			play: (recording) => this.#play(recording), share: (recording) => this.#show((closed) => new ShareDialog(this.#element, this.#session, recording, closed)),
			remove: (recording) => this.#ask(askDelete, recording, 'gallery.deleting'), choices: (recording) => this.#choices(recording),
			mayShare: () => this.#session.can('host'), mayDelete: () => this.#session.can('delete'),
		});

		this.#cards.set(id, card);
		return card;
	}

	/** Who was there with the keyboard goes on at the heading. */
	#drop(id, card) {
		const hadFocus = card.node.contains(document.activeElement);

		card.thumbnail.end();
		card.node.remove();
		this.#cards.delete(id);
		if (hadFocus)
			this.#parts.heading.focus();
	}

	// ---- what can be done

	#narrow(change) {
		this.#library.narrow(change);
	}

	#clear() {
		this.#parts.filters.clear();
		this.#parts.heading.focus();
	}

	#open(room) {
		this.#session.recordings = this.#session.rooms.find((one) => one.room === room).recordings;
		this.#library.open(this.#session.recordings);
	}

	/** The keyboard goes on with the first of those that came. */
	async #older() {
		const had = this.#library.shown.length;

		await this.#library.more();
		this.#parts.grid.children[had]?.querySelector('button:enabled, a')?.focus();
	}

	#choices(recording) {
		const { status, flags, participants } = recording, { can } = this.#session, over = status === 'completed' || status === 'failed', held = flags.includes('held');
		const items = [
			[true, 'details', 'info', () => this.#show((closed) => showDetails(this.#element, this.#session, recording, closed))],
			[over, 'versions', 'versions', () => this.#versions(recording)],
			[over && can('delete') && !held, 'hold', 'hold', () => this.#ask(askHold, recording, 'gallery.held')],
			[over && can('delete') && held, 'release', 'release', () => this.#ask(askRelease, recording, 'gallery.released')],
			[over && can('delete') && !held && participants.length > 0, 'erase', 'person', () => this.#ask(askErase, recording, 'gallery.erasing')],
		];

		return items.filter(([may]) => may).map(([, name, shape, action]) => ({ name, icon: shape, text: t(`gallery.choice.${name}`), danger: name === 'erase', action }));
	}

	/** One dialog at a time; after it the list is read again. */
	#show(open) {
		this.#close();
		const dialog = open(() => {
			this.#close = () => {};
			if (this.#shown)
				this.#library.refresh();
		});

		this.#close = () => dialog.close();
	}

	#play(recording, outputId = null) {
		this.#show((closed) => new Player(this.#element, this.#session, recording, { outputId, onClose: closed }));
	}

	#versions(recording) {
		this.#show((closed) => new VersionsDialog(this.#element, this.#session, recording, { onPlay: (outputId) => this.#play(recording, outputId), onClose: closed }));
	}

	async #ask(question, recording, said) {
		this.#close();
		const asked = question(this.#element, this.#session, recording);

		this.#close = () => this.#element.querySelector('dialog[open]')?.close();
		const done = await asked;

		this.#close = () => {};
		if (!done)
			return;
		this.#session.announce(t(said, { title: isolated(titleOf(recording)) }));
		if (this.#shown)
			await this.#library.refresh();
	}
}
