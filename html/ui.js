// SPDX-License-Identifier: MIT
// What every part of the page needs of it: finding nodes, changing views, saying things, asking, writing times.

import { t } from './i18n.js';
import { sentenceOf } from './problems.js';

export const $ = (id) => document.getElementById(id);

/** A copy of a template's only element. */
export function stamp(templateId) {
	return $(templateId).content.firstElementChild.cloneNode(true);
}

/** join, waiting, call or left: shows what is marked for that view. `focus`: what has the focus then, so that it is not lost with the view before. */
export function setView(view, focus) {
	document.documentElement.dataset.rrView = view;
	for (const node of document.querySelectorAll('[data-rr-when]'))
		node.hidden = !node.dataset.rrWhen.split(' ').includes(view);
	focus?.focus();
}

/** Said to everybody, politely: state and progress, never the clock. The same again is said again. */
export function announce(sentence) {
	const node = $('announcer');

	node.textContent = node.textContent === sentence ? `${sentence}\u00a0` : sentence;
}

/** A failure, as a sentence; stays until it is dismissed or another takes its place. */
export function alertSentence(error) {
	$('alert-text').textContent = sentenceOf(error);
	$('alert').hidden = false;
}

export function clearAlert() {
	$('alert').hidden = true;
	$('alert-text').textContent = '';
}

/** Runs an action of the user; what fails is told. What the user thought better of did not fail. */
export async function attempt(action) {
	try {
		clearAlert();
		return await action();
	} catch (error) {
		if (error?.code !== 'cancelled')
			alertSentence(error);
		return undefined;
	}
}

/** The same, with the button resting meanwhile. */
export async function attemptBy(button, action) {
	button.disabled = true;
	await attempt(action);
	button.disabled = false;
}

/** Asks before something that cannot be taken back; the focus begins on the way back. */
export function confirmWith({ title, text, yes, no = t('page.cancel') }) {
	const dialog = $('confirm');

	$('confirm-title').textContent = title;
	$('confirm-text').textContent = text;
	$('confirm-yes').textContent = yes;
	$('confirm-no').textContent = no;
	dialog.returnValue = 'no';
	dialog.showModal();
	return new Promise((resolve) => {
		dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
	});
}

/** 7 s is 0:07, an hour and a bit 1:02:03. */
export function clockText(ms) {
	const s = Math.max(0, Math.floor(ms / 1000));
	const two = (n) => String(n).padStart(2, '0');
	const minutes = Math.floor(s / 60) % 60;
	const hours = Math.floor(s / 3600);

	return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** role="progressbar" with a bar inside; percent null hides it. */
export function setProgress(node, percent) {
	node.hidden = percent === null;
	if (percent === null)
		return;
	node.setAttribute('aria-valuenow', String(Math.round(percent)));
	node.firstElementChild.style.inlineSize = `${percent}%`;
}

/** Writes text where it is another; so that what observes the page is told of changes alone. */
export function setText(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

/** Writes the words of a key, which change with the language. */
export function setKey(node, key) {
	node.setAttribute('data-rr-t', key);
	setText(node, t(key));
}

/** Up to two letters for a picture that is not there. */
export function initials(name) {
	const words = name.trim().split(/\s+/).filter(Boolean);
	const first = (word) => [...word][0] ?? '';

	return (words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0] ?? '?')).toUpperCase();
}
