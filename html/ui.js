// SPDX-License-Identifier: MIT
// What every part of the page needs of it: finding nodes, saying things, asking, writing times.

export const $ = (id) => document.getElementById(id);

/** A copy of a template's only element. */
export function stamp(templateId) {
	return $(templateId).content.firstElementChild.cloneNode(true);
}

/** join, call or left: shows what is marked for that view. */
export function setView(view) {
	document.documentElement.dataset.rrView = view;
	for (const node of document.querySelectorAll('[data-rr-when]'))
		node.hidden = !node.dataset.rrWhen.split(' ').includes(view);
}

/** Said to everybody, politely: state and progress, never the clock. */
export function announce(sentence) {
	$('announcer').textContent = sentence;
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

/** Runs an action of the user; what fails is told. */
export async function attempt(action) {
	try {
		clearAlert();
		return await action();
	} catch (error) {
		console.warn(error);
		alertSentence(error);
		return undefined;
	}
}

function sentenceOf(error) {
	const text = String(error?.message ?? error ?? '').trim() || 'Something went wrong.';

	return /[.!?]$/.test(text) ? text : text + '.';
}

/** Asks before something that cannot be taken back. */
export function confirmWith({ title, text, yes }) {
	const dialog = $('confirm');

	$('confirm-title').textContent = title;
	$('confirm-text').textContent = text;
	$('confirm-yes').textContent = yes;
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

export function sizeText(bytes) {
	const units = ['bytes', 'kB', 'MB', 'GB'];
	let n = bytes, unit = 0;

	for (; n >= 1000 && unit < units.length - 1; unit++)
		n /= 1000;
	return `${unit && n < 10 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

/** role="progressbar" with a bar inside; percent null hides it. */
export function setProgress(node, percent) {
	node.hidden = percent === null;
	if (percent === null)
		return;
	node.setAttribute('aria-valuenow', String(Math.round(percent)));
	node.firstElementChild.style.inlineSize = `${percent}%`;
}

/** Up to two letters for a picture that is not there. */
export function initials(name) {
	const words = name.trim().split(/\s+/).filter(Boolean);
	const first = (word) => [...word][0] ?? '';

	return (words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0] ?? '?')).toUpperCase();
}
