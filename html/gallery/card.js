// SPDX-License-Identifier: MIT
// One recording in the grid: picture, title, when, how long, who, state, flags, what expires, and what can be done with it.

import { t } from '../i18n.js';
import { apart, el, freshId, setAttribute, setText, unseen } from './dom.js';
import { icon } from './icons.js';
import { openMenu } from './menu.js';
import { Thumbnail } from './thumbnail.js';
import { clockText, dayText, durationOf, isolated, listText, momentText, peopleOf, percentText, sizeText, spokenDuration, titleOf, untilText, wordOf } from './words.js';

const SOON_MS = 3 * 24 * 3600_000;
const MAKING = new Set(['processing', 'uploading']);

/** When it is removed, or its originals are: {text, soon}, or null. */
export function expiryOf({ keepUntil, originalsUntil, status, flags }, now) {
	if (flags.includes('held') || status === 'deleting')
		return null;
	if (keepUntil)
		return { text: t(keepUntil - now < SOON_MS ? 'gallery.expires.soon' : 'gallery.expires', { when: keepUntil - now < SOON_MS ? untilText(keepUntil, now) : dayText(keepUntil) }), soon: keepUntil - now < SOON_MS };
	if (originalsUntil > now)
		return { text: t('gallery.originals', { when: dayText(originalsUntil) }), soon: false };
	return null;
}

export class Card {
	#recording;
	#does;
	#title = el('h3', { id: freshId() });
	#when = el('time', {});
	#facts = el('span', {});
	#who = el('p', { class: 'rr-g-who' });
	#state = el('p', { class: 'rr-g-state' });
	#bar = el('div', { class: 'rr-g-bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100', hidden: true }, el('div'));
	#reason = el('p', { class: 'rr-g-reason', hidden: true });
	#flags = el('ul', { class: 'rr-g-flags', hidden: true, 'aria-label': t('gallery.flags') });
	#expiry = el('p', { class: 'rr-g-expiry', hidden: true });
	#download;
	#share;
	#delete;
	#more;

	/** does: {play, share, remove, choices: (recording) → items of the menu, mayShare(), mayDelete()} */
	constructor(does) {
		this.#does = does;
		this.thumbnail = new Thumbnail(() => does.play(this.#recording));
		this.#download = el('a', { class: 'rr-g-button', data: { rrDo: 'download' }, download: '' }, icon('download'), el('span', {}, t('gallery.download')), unseen(''));
		this.#share = el('button', { type: 'button', class: 'rr-g-button', data: { rrDo: 'share' }, on: { click: () => does.share(this.#recording) } }, icon('share'), el('span', {}, t('gallery.share')), unseen(''));
		this.#delete = el('button', { type: 'button', class: 'rr-g-button rr-g-only-icon', data: { rrDo: 'delete' }, on: { click: () => does.remove(this.#recording) } }, icon('trash'), unseen(''));
		this.#more = el('button', {
			type: 'button', class: 'rr-g-button rr-g-only-icon rr-g-more', id: freshId(), data: { rrDo: 'more' }, 'aria-haspopup': 'menu', 'aria-expanded': 'false',
			on: { click: (event) => openMenu(event, () => does.choices(this.#recording)) },
		}, icon('more'), unseen(''));
		this.node = el('li', { class: 'rr-recording rr-g-card' }, el('article', { 'aria-labelledby': this.#title.id },
			this.thumbnail.node,
			el('div', { class: 'rr-g-card-body' }, this.#title, el('p', { class: 'rr-g-when' }, this.#when, this.#facts), this.#who, this.#state, this.#bar, this.#reason, this.#flags, this.#expiry),
			el('div', { class: 'rr-g-card-buttons' }, this.#download, this.#share, el('span', { class: 'rr-g-gap' }), this.#delete, this.#more)));
	}

	update(recording) {
		const title = titleOf(recording), at = this.node.contains(document.activeElement) ? document.activeElement : null;

		this.#recording = recording;
		Object.assign(this.node.dataset, { rrRecording: recording.recordingId, rrStatus: recording.status });
		this.thumbnail.update(recording, isolated(title));
		if (this.#title.textContent !== title)
			this.#title.replaceChildren(apart(title));
		this.#paintFacts(recording);
		this.#paintPeople(recording);
		this.#paintState(recording, title);
		this.#paintFlags(recording);
		this.#paintExpiry(recording);
		this.#paintButtons(recording, title);
		if (at?.hidden || at?.disabled)
			this.#more.focus();                      // the keyboard does not fall off what is no longer offered
	}

	#paintFacts({ startedAt, duration, size, status }) {
		setText(this.#when, momentText(startedAt));
		this.#when.dateTime = new Date(startedAt).toISOString();
		const length = duration ? `${clockText(duration)} ${spokenDuration(duration)} ${size}` : '';

		if (this.#facts.dataset.rrSeen === length + status)
			return;
		this.#facts.dataset.rrSeen = length + status;
		this.#facts.replaceChildren(...duration ? [' · ', el('time', { dateTime: durationOf(duration) }, el('span', { 'aria-hidden': 'true' }, clockText(duration)), unseen(spokenDuration(duration)))] : [],
			...size && status === 'completed' ? [' · ', apart(sizeText(size))] : []);
	}

	#paintPeople(recording) {
		const { names, more } = peopleOf(recording), seen = JSON.stringify([names, more]);

		if (this.#who.dataset.rrSeen === seen)
			return;
		this.#who.dataset.rrSeen = seen;
		this.#who.hidden = !names.length;
		setText(this.#who, listText([...names.map(isolated), ...more ? [t('gallery.others', { count: more })] : []]));
	}

	#paintState({ status, progress, reason }, title) {
		const percent = MAKING.has(status) ? progress?.percent ?? 0 : null, word = t(`gallery.status.${status}`);

		this.#state.hidden = status === 'completed';
		setText(this.#state, percent === null ? word : t('gallery.status.percent', { status: word, percent: percentText(percent) }));
		this.#bar.hidden = percent === null;
		if (percent !== null) {
			setAttribute(this.#bar, 'aria-valuenow', String(Math.round(percent)));
			setAttribute(this.#bar, 'aria-label', t('gallery.progress', { title: isolated(title) }));
			this.#bar.firstElementChild.style.inlineSize = `${percent}%`;
		}
		this.#reason.hidden = status !== 'failed' || !reason;
		setText(this.#reason, reason ? wordOf('reason', reason) : '');
	}

	#paintFlags({ flags }) {
		if (this.#flags.dataset.rrSeen === flags.join())
			return;
		this.#flags.dataset.rrSeen = flags.join();
		this.#flags.hidden = !flags.length;
		this.#flags.replaceChildren(...flags.map((flag) => el('li', { data: { rrFlag: flag } }, wordOf('flag', flag))));
	}

	#paintExpiry(recording) {
		const expiry = expiryOf(recording, Date.now());

		this.#expiry.hidden = !expiry;
		setText(this.#expiry, expiry?.text ?? '');
		this.#expiry.classList.toggle('rr-g-soon', expiry?.soon ?? false);
	}

	#paintButtons({ status, flags, downloadUrl, url }, title) {
		const href = status === 'completed' ? downloadUrl ?? url : null, named = isolated(title);

		this.#download.hidden = !href;
		if (href)
			setAttribute(this.#download, 'href', href);
		this.#delete.hidden = !['completed', 'failed'].includes(status) || flags.includes('held') || !this.#does.mayDelete();
		this.#share.hidden = status !== 'completed' || !this.#does.mayShare();
		setText(this.#download.lastChild, ` ${named}`);
		setText(this.#share.lastChild, ` ${named}`);
		setText(this.#delete.lastChild, t('gallery.delete.of', { title: named }));
		setText(this.#more.lastChild, t('gallery.more.of', { title: named }));
	}
}
