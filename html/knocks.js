// SPDX-License-Identifier: MIT
// Who waits to be let in, for hosts: all of them in the panel, and the first on the stage, so that nobody is overlooked.

import { t } from './i18n.js';
import { Part } from './part.js';
import { $, announce, attempt, attemptBy, setText, stamp } from './ui.js';

export class Knocks extends Part {
	#rows = new Map();
	#known = new Set();

	constructor(room) {
		super(room);
		this.listen($('admit-all'), 'click', () => attemptBy($('admit-all'), () => room.host.admitAll()));
		for (const [id, act] of [['knock-admit', 'admit'], ['knock-deny', 'deny']])
			this.listen($(id), 'click', () => attempt(() => room.host[act](this.#first.id)));
		this.paintAfter('waitinglist role', () => this.#paint());
	}

	close() {
		super.close();
		$('knock').hidden = true;
		$('waiting-list').replaceChildren();
	}

	get #first() { return this.room.host.waiting[0]; }

	#paint() {
		const waiting = this.room.permissions.canAdmit ? this.room.host.waiting : [];
		const hadFocus = $('knock').contains(document.activeElement) || $('waiting-part').contains(document.activeElement);

		this.#tell(waiting);
		this.#paintRows(waiting);
		$('waiting-part').hidden = $('knock').hidden = !waiting.length;
		$('panel-button').dataset.rrNew = String(waiting.length > 0);
		if (waiting.length)
			setText($('knock-text'), t(waiting.length > 1 ? 'page.knock.more' : 'page.knock', { name: nameOf(waiting[0]), count: waiting.length - 1 }));
		$('admit-all').hidden = waiting.length < 2;
		if (hadFocus && !waiting.length)
			($('panel').hidden ? $('room-title') : $('panel-title')).focus();
	}

	#tell(waiting) {
		for (const waiter of waiting)
			if (!this.#known.has(waiter.id))
				announce(t('page.knock.said', { name: nameOf(waiter) }));
		this.#known = new Set(waiting.map(({ id }) => id));
	}

	#paintRows(waiting) {
		for (const [id, row] of this.#rows)
			if (!this.#known.has(id)) {
				row.remove();
				this.#rows.delete(id);
			}
		for (const waiter of waiting)
			this.#paintRow(this.#rows.get(waiter.id) ?? this.#add(waiter), waiter);
	}

	#add({ id }) {
		const row = stamp('waiter-template');

		for (const button of row.querySelectorAll('[data-rr-act]'))
			button.onclick = () => attemptBy(button, () => this.room.host[button.dataset.rrAct](id));
		this.#rows.set(id, row);
		$('waiting-list').append(row);
		return row;
	}

	#paintRow(row, waiter) {
		const name = nameOf(waiter);

		setText(row.querySelector('.rr-person-name'), name);
		for (const button of row.querySelectorAll('[data-rr-act]')) {
			setText(button, t(`page.${button.dataset.rrAct}`));
			button.setAttribute('aria-label', t(`page.${button.dataset.rrAct}.who`, { name }));
		}
	}
}

const nameOf = ({ display }) => display || t('page.nameless');
