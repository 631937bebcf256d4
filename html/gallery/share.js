// SPDX-License-Identifier: MIT
// Links for people without a token: a new one, told once, and those that there are, with what takes them back.

import { t } from '../i18n.js';
import { Dialog, button, buttonRow } from './dialog.js';
import { apart, el, freshId, setText, unseen } from './dom.js';
import { icon } from './icons.js';
import { outputText } from './outputs.js';
import { isDone, isSeveral } from './sources.js';
import { isolated, momentText, titleOf } from './words.js';

const HOUR_S = 3600, DAY_S = 24 * HOUR_S;
/** Seconds → key of its words; the second is chosen where nobody chooses. */
const TIMES = [[HOUR_S, 'hour'], [DAY_S, 'day'], [7 * DAY_S, 'week'], [30 * DAY_S, 'month']];

function choicesOfTime(name) {
	return TIMES.map(([seconds, word]) => el('label', { class: 'rr-g-choice' },
		el('input', { type: 'radio', name, value: String(seconds), checked: seconds === DAY_S }), t(`gallery.share.for.${word}`)));
}

/** Works everywhere: where the clipboard is not to be had, the address is selected, and that is said. */
async function copy(field) {
	field.select();
	try {
		await navigator.clipboard.writeText(field.value);
		return true;
	} catch {
		return false;
	}
}

export class ShareDialog {
	#session;
	#id;
	#dialog;
	#outputs = el('select', { class: 'rr-g-field' });
	#made = el('div', { class: 'rr-g-made', hidden: true });
	#address = el('input', { class: 'rr-g-field', readOnly: true, type: 'text', dir: 'ltr', 'aria-label': t('gallery.share.address'), data: { rrShare: 'address' } });
	#until = el('p', { class: 'rr-g-faint' });
	#list = el('ul', { class: 'rr-g-links' });
	#none = el('p', { class: 'rr-g-faint' }, t('gallery.share.none'));

	constructor(host, session, recording, onClose) {
		const title = titleOf(recording);

		this.#session = session;
		this.#id = recording.recordingId;
		this.#dialog = new Dialog(host, { title: [t('gallery.share.title'), ' ', el('span', { class: 'rr-g-subject' }, apart(title))], className: 'rr-g-share', onClose });
		this.#build();
		this.#dialog.open();
		this.#load(recording);
	}

	close() { this.#dialog.close(); }

	#build() {
		const field = freshId(), create = button(t('gallery.share.create'), () => this.#create(create), { kind: 'rr-g-primary', name: 'create', icon: 'share' });
		const copyButton = button(t('gallery.share.copy'), () => this.#copy(), { name: 'copy', icon: 'copy' });

		this.#outputs.id = field;
		this.#made.append(el('div', { class: 'rr-g-together' }, this.#address, copyButton), this.#until);
		this.#dialog.body.append(
			el('p', { class: 'rr-g-faint' }, t('gallery.share.text')),
			el('div', { class: 'rr-g-labelled', hidden: true }, el('label', { for: field }, t('gallery.share.what')), this.#outputs),
			el('fieldset', { class: 'rr-g-choices' }, el('legend', {}, t('gallery.share.for')), choicesOfTime(freshId())),
			buttonRow(create), this.#made, el('h3', {}, t('gallery.share.links')), this.#none, this.#list);
	}

	get #seconds() { return Number(this.#dialog.body.querySelector('input[type=radio]:checked').value); }

	async #load({ recordingId }) {
		try {
			const recording = await this.#session.recordings.get(recordingId), outputs = recording.outputs.filter((one) => isDone(one) && !isSeveral(one));

			this.#outputs.replaceChildren(...outputs.map((one) => el('option', { value: String(one.outputId) }, outputText(one, recording))));
			this.#outputs.parentNode.hidden = outputs.length < 2;
			await this.#readLinks();
		} catch (error) {
			this.#dialog.fail(error);
		}
	}

	#create(pressed) {
		return this.#dialog.run(pressed, async () => {
			const outputId = Number(this.#outputs.value), { url, expiresAt } = await this.#session.recordings.share(this.#id, { expiresInS: this.#seconds, ...outputId ? { outputId } : {} });

			this.#made.hidden = false;
			this.#address.value = url;
			setText(this.#until, expiresAt ? t('gallery.share.made', { when: momentText(expiresAt) }) : t('gallery.share.made.open'));
			this.#dialog.say(t('gallery.share.ready'));
			this.#address.focus();
			this.#address.select();
			await this.#readLinks();
		});
	}

	async #copy() {
		const text = t(await copy(this.#address) ? 'gallery.share.copied' : 'gallery.share.selected');

		this.#dialog.say(text);
		setText(this.#until, text);
	}

	async #readLinks() {
		const links = await this.#session.recordings.shares(this.#id), now = Date.now();
		const isGood = ({ revokedAt, expiresAt }) => !revokedAt && (!expiresAt || expiresAt > now);

		links.sort((a, b) => Number(isGood(b)) - Number(isGood(a)) || b.createdAt - a.createdAt);
		this.#none.hidden = links.length > 0;
		this.#list.replaceChildren(...links.map((link) => this.#row(link, isGood(link))));
	}

	#row(link, isGood) {
		const { shareId, createdAt, expiresAt, revokedAt, uses } = link, made = t('gallery.share.from', { when: momentText(createdAt) });
		const end = revokedAt ? t('gallery.share.revoked', { when: momentText(revokedAt) })
			: !expiresAt ? t('gallery.share.open') : t(isGood ? 'gallery.share.until' : 'gallery.share.over', { when: momentText(expiresAt) });
		const revoke = el('button', { type: 'button', class: 'rr-g-button', data: { rrDo: 'revoke' }, on: { click: () => this.#revoke(revoke, shareId) } }, t('gallery.share.revoke'), unseen(` ${made}`));

		return el('li', { class: isGood ? '' : 'rr-g-over', data: { rrShare: shareId, rrGood: String(isGood) } },
			el('div', {}, el('p', {}, end), el('p', { class: 'rr-g-faint' }, `${made} · ${t('gallery.share.uses', { count: uses })}`)), isGood && revoke);
	}

	#revoke(pressed, shareId) {
		return this.#dialog.run(pressed, async () => {
			await this.#session.recordings.unshare(this.#id, shareId);
			this.#dialog.say(t('gallery.share.taken'));
			await this.#readLinks();
			this.#dialog.closeButton.focus();
		});
	}
}
