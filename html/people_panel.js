// SPDX-License-Identifier: MIT
// The panel beside the stage: who is here, who waits, and the host's tools. On a phone it covers the stage.

import { t } from './i18n.js';
import { Part } from './part.js';
import { PersonRow } from './person_row.js';
import { $, setText } from './ui.js';

export class PeoplePanel extends Part {
	#rows = new Map();

	constructor(room) {
		super(room);
		this.listen($('panel-button'), 'click', () => this.toggle($('panel').hidden));
		this.listen($('panel-close'), 'click', () => this.#leave());
		this.listen($('consent-again'), 'click', () => matchMedia('(max-width: 56rem)').matches && this.toggle(false));
		this.listen($('panel'), 'keydown', ({ key }) => key === 'Escape' && this.#leave());
		this.paintAfter('participants role', () => this.#paint());
	}

	close() {
		super.close();
		this.toggle(false);
		$('people-list').replaceChildren();
	}

	toggle(open) {
		$('panel').hidden = !open;
		$('panel-button').setAttribute('aria-expanded', String(open));
		if (open)
			$('panel-title').focus();
	}

	#leave() {
		this.toggle(false);
		$('panel-button').focus();
	}

	#paint() {
		const { list } = this.room.participants;
		const isManaged = this.room.permissions.canAdmit;
		const ids = new Set(list.map(({ id }) => id));

		for (const [id, { node }] of this.#rows)
			if (!ids.has(id)) {
				if (node.contains(document.activeElement))
					$('panel-title').focus();
				node.remove();
				this.#rows.delete(id);
			}
		for (const person of list)
			this.#row(person.id).show(person, isManaged);
		setText($('panel-count'), t('page.people', { count: list.length }));
	}

	#row(id) {
		let row = this.#rows.get(id);

		if (!row) {
			row = new PersonRow(this.room);
			this.#rows.set(id, row);
			$('people-list').append(row.node);
		}
		return row;
	}
}
