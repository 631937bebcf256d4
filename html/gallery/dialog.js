// SPDX-License-Identifier: MIT
// A modal dialog of the gallery. While one is open the rest of the page can neither be seen nor heard by some, so it has a region for news and one for failures of its own.

import { t } from '../i18n.js';
import { el, freshId, setText, unseen } from './dom.js';
import { icon } from './icons.js';
import { errorText } from './words.js';

/** Escape closes this, and not what it lies in as well. */
export function staysHere(event) {
	if (event.key === 'Escape')
		event.stopPropagation();
}

export class Dialog {
	#onClose;
	#pressed = null;
	#said = el('p', { class: 'rr-g-unseen', role: 'status' });
	#failed = el('p', { class: 'rr-g-failed', role: 'alert', hidden: true });

	/** host: where it lies in the page; title: text or node; onClose(): once, however it was closed. */
	constructor(host, { title, className = '', onClose = () => {} }) {
		const id = freshId();

		this.#onClose = onClose;
		this.body = el('div', { class: 'rr-g-dialog-body' });
		this.heading = el('h2', { id }, title);
		this.closeButton = el('button', { type: 'button', class: 'rr-g-button rr-g-only-icon', data: { rrDo: 'close' }, on: { click: () => this.close() } }, icon('close'), unseen(t('gallery.close')));
		this.node = el('dialog', { class: `rr-g-dialog ${className}`, 'aria-labelledby': id, on: { close: () => this.#end(), pointerdown: ({ target }) => { this.#pressed = target; }, keydown: staysHere, click: (event) => this.#onClick(event) } },
			el('div', { class: 'rr-g-dialog-inside' }, el('header', { class: 'rr-g-dialog-head' }, this.heading, this.closeButton), this.#said, this.#failed, this.body));
		host.append(this.node);
	}

	get isOpen() { return this.node.open; }

	open() {
		this.node.showModal();
		return this;
	}

	close() {
		if (this.node.open)
			this.node.close();
	}

	#end() {
		this.node.remove();
		this.#onClose();
	}

	/** Beside it, from beginning to end: what is inside covers all of it, and a text may be marked from inside to outside. */
	#onClick({ target }) {
		if (target === this.node && this.#pressed === this.node)
			this.close();
	}

	/** News, read aloud. */
	say(text) {
		setText(this.#said, text);
	}

	/** A failure in words; null takes it away. */
	fail(error) {
		this.#failed.hidden = error === null;
		setText(this.#failed, error === null ? '' : errorText(error));
	}

	/** Runs what a button is for; meanwhile it cannot be pressed again. Gives true when it went well. */
	async run(button, action) {
		this.fail(null);
		button.setAttribute('aria-busy', 'true');
		button.disabled = true;
		try {
			await action();
			return true;
		} catch (error) {
			this.fail(error);
			return false;
		} finally {
			button.disabled = false;
			button.removeAttribute('aria-busy');
		}
	}
}

/** A row of buttons at a dialog's end. */
export const buttonRow = (...buttons) => el('div', { class: 'rr-g-dialog-buttons' }, buttons);

export const button = (text, onClick, { kind = '', name = null, icon: shape = null, ...more } = {}) => el('button',
	{ type: 'button', class: `rr-g-button ${kind}`, data: name ? { rrDo: name } : {}, on: { click: onClick }, ...more }, shape && icon(shape), el('span', {}, text));

/**
 * Asks before something is done that cannot be taken back, and does it. `content`: more nodes below the text; `ready()`: may it be done yet? watched with each change in it.
 * Gives true once action() went well, false if it was thought better of.
 */
export function ask(host, { title, text, content = [], yes, ready = () => true, action }) {
	return new Promise((resolve) => {
		let done = false;
		const dialog = new Dialog(host, { title, className: 'rr-g-question', onClose: () => resolve(done) });
		const textId = freshId();
		const no = button(t('gallery.cancel'), () => dialog.close(), { name: 'no', autofocus: true });
		const sure = button(yes, async () => {
			done = await dialog.run(sure, action);
			if (done)
				dialog.close();
			else
				sure.disabled = !ready();
		}, { kind: 'rr-g-danger', name: 'yes', disabled: !ready() });

		dialog.node.setAttribute('aria-describedby', textId);
		dialog.body.append(el('p', { id: textId }, text), ...content, buttonRow(no, sure));
		dialog.body.addEventListener('change', () => {
			sure.disabled = !ready();
		});
		dialog.open();
	});
}
