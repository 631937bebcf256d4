// SPDX-License-Identifier: MIT
// The form at the entrance: room, name, and where they are needed the host's secret and the room's pin; filled from the link.

import { $ } from './ui.js';

export class JoinForm {
	#form = $('join-form');
	#link;

	/** link: see link.js; rooms: that may be named; onName(name) as it is written. */
	constructor(link, rooms, onName) {
		const { elements } = this.#form;

		this.#link = link;
		for (const name of ['room', 'name', 'secret', 'pin'])
			elements[name].value = link[name];
		elements.role.value = link.role;
		$('rooms').append(...rooms.map((name) => new Option(name)));
		if (!link.room && rooms.length)
			elements.room.value = rooms[0];
		this.askForPin(Boolean(link.pin));
		this.#form.addEventListener('change', () => this.#showSecret());
		elements.name.addEventListener('input', () => onName(elements.name.value));
		this.#showSecret();
		onName(elements.name.value);
	}

	onSubmit(act) {
		this.#form.addEventListener('submit', (event) => {
			event.preventDefault();
			act();
		});
	}

	/** The way in of the client package. */
	get wish() {
		const value = (name) => this.#form.elements[name].value.trim();

		return { room: value('room'), display: value('name'), pin: value('pin'), secret: this.isHost ? value('secret') : '', token: this.#link.token };
	}

	get isHost() { return this.#form.elements.role.value === 'host'; }

	/** What was written before a reload. */
	fill({ room, name }) {
		Object.assign(this.#form.elements.room, { value: room });
		Object.assign(this.#form.elements.name, { value: name });
	}

	askForPin(show) {
		$('pin-field').hidden = !show;
		if (show)
			this.#form.elements.pin.focus();
	}

	/** What is to be written first has the focus. */
	focus() {
		const { room, name } = this.#form.elements;

		(!room.value ? room : !name.value ? name : $('join-button')).focus();
	}

	isBusy(busy) {
		$('join-button').disabled = busy;
		$('join-button').dataset.rrBusy = String(busy);
	}

	#showSecret() {
		$('secret-field').hidden = !this.isHost || Boolean(this.#link.token);
	}
}
