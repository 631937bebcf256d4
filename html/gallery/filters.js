// SPDX-License-Identifier: MIT
// Search, state, days and room, as a form. The search acts while one types, a moment later; all else at once.

import { t } from '../i18n.js';
import { staysHere } from './dialog.js';
import { el, freshId } from './dom.js';
import { icon } from './icons.js';

const TYPED_MS = 250;
const STATES = ['recording', 'processing', 'uploading', 'completed', 'failed'];

const dayOf = (ms) => {
	const day = new Date(ms), two = (n) => String(n).padStart(2, '0');

	return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
};

/** The first moment of a day here, or of the one after it; null of what is none. */
export function momentOf(day, after = 0) {
	const [year, month, date] = day.split('-').map(Number);

	return date ? new Date(year, month - 1, date + after).getTime() : null;
}

export class Filters {
	#onChange;
	#timer = 0;
	#search = el('input', { type: 'search', class: 'rr-g-field', placeholder: t('gallery.search.hint'), maxLength: 100, enterKeyHint: 'search', data: { rrFilter: 'text' } });
	#status = el('select', { class: 'rr-g-field', data: { rrFilter: 'status' } }, el('option', { value: '' }, t('gallery.state.all')), STATES.map((one) => el('option', { value: one }, t(`gallery.status.${one}`))));
	#from = el('input', { type: 'date', class: 'rr-g-field', data: { rrFilter: 'from' } });
	#to = el('input', { type: 'date', class: 'rr-g-field', data: { rrFilter: 'to' } });
	#rooms;
	/** On a phone all but the search is shown on demand. */
	#button = el('button', { type: 'button', class: 'rr-g-button rr-g-filters-button', data: { rrDo: 'filters' }, 'aria-expanded': 'false', on: { click: () => this.#toggle() } }, t('gallery.filters.more'));

	/** filter: as it stands; onChange(members that changed); onRoom(room) */
	constructor({ filter, rooms, onChange, onRoom }) {
		this.#onChange = onChange;
		this.#search.value = filter.text;
		this.#status.value = filter.status;
		this.#from.value = filter.from ? dayOf(filter.from) : '';
		this.#to.value = filter.to ? dayOf(filter.to - 1) : '';
		this.#rooms = el('select', { class: 'rr-g-field', data: { rrFilter: 'room' }, on: { change: () => onRoom(this.#rooms.value) } }, rooms.map((room) => el('option', { value: room }, room)));
		this.node = el('form', { class: 'rr-g-filters', role: 'search', 'aria-label': t('gallery.filters'), on: { submit: (event) => this.#submit(event) } },
			this.#labelled('gallery.search', this.#search, 'rr-g-search'), this.#button, this.#labelled('gallery.state', this.#status),
			this.#labelled('gallery.from', this.#from), this.#labelled('gallery.to', this.#to), rooms.length > 1 && this.#labelled('gallery.room', this.#rooms));
		this.#search.addEventListener('input', () => {
			clearTimeout(this.#timer);
			this.#timer = setTimeout(() => this.#tell(), TYPED_MS);
		});
		this.#search.addEventListener('keydown', (event) => this.#search.value && staysHere(event));          // empties it first
		for (const field of [this.#status, this.#from, this.#to])
			field.addEventListener('change', () => this.#tell());
		this.#bound();
	}

	#labelled(key, field, className = '') {
		field.id = freshId();
		return el('div', { class: `rr-g-labelled ${className}` }, el('label', { for: field.id }, t(key)), className ? el('div', { class: 'rr-g-search-field' }, icon('search'), field) : field);
	}

	#toggle() {
		this.#button.setAttribute('aria-expanded', String(this.node.classList.toggle('rr-g-open')));
	}

	#submit(event) {
		event.preventDefault();
		this.#tell();
	}

	/** The days are in order. */
	#bound() {
		this.#from.max = this.#to.value;
		this.#to.min = this.#from.value;
	}

	#tell() {
		clearTimeout(this.#timer);
		this.#bound();
		this.#onChange({ text: this.#search.value.trim(), status: this.#status.value, from: momentOf(this.#from.value), to: momentOf(this.#to.value, 1) });
	}

	clear() {
		for (const field of [this.#search, this.#status, this.#from, this.#to])
			field.value = '';
		this.#tell();
	}

	end() { clearTimeout(this.#timer); }
}
