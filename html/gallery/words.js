// SPDX-License-Identifier: MIT
// Times, sizes, names, states and errors in the reader's words.

import { has, locale, t } from '../i18n.js';

const MINUTE_MS = 60_000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS;
const DIRECTIONS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;

/** What people or servers wrote, without marks that turn what follows round. */
export const plain = (text) => String(text ?? '').replace(DIRECTIONS, '').replace(CONTROLS, ' ').trim();

/** The same inside a sentence, in a direction of its own. */
export const isolated = (text) => `\u2068${plain(text)}\u2069`;

/** 7 s is 0:07, an hour and a bit 1:02:03. */
export function clockText(ms) {
	const s = Math.max(0, Math.floor(ms / 1000)), hours = Math.floor(s / 3600);
	const two = (n) => String(n).padStart(2, '0');
	const minutes = Math.floor(s / 60) % 60;

	return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** For machines: <time datetime>. */
export const durationOf = (ms) => `PT${Math.max(0, Math.floor(ms / 1000))}S`;

/** The same to be read aloud: "1 minute, 5 seconds". */
export function spokenDuration(ms) {
	const s = Math.max(0, Math.floor(ms / 1000));
	const parts = [['hour', Math.floor(s / 3600)], ['minute', Math.floor(s / 60) % 60], ['second', s % 60]].filter(([, n], i) => n > 0 || (i === 2 && s === 0));

	return new Intl.ListFormat(locale(), { type: 'unit', style: 'long' })
		.format(parts.map(([unit, n]) => new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(n)));
}

export function sizeText(bytes) {
	const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
	let n = bytes, unit = 0;

	for (; n >= 1000 && unit < units.length - 1; unit++)
		n /= 1000;
	return new Intl.NumberFormat(locale(), { style: 'unit', unit: units[unit], maximumFractionDigits: unit && n < 10 ? 1 : 0 }).format(n);
}

const format = (ms, options) => new Intl.DateTimeFormat(locale(), options).format(ms);

export const momentText = (ms) => format(ms, { dateStyle: 'medium', timeStyle: 'short' });
export const dayText = (ms) => format(ms, { dateStyle: 'medium' });
export const percentText = (percent) => new Intl.NumberFormat(locale(), { style: 'percent' }).format(percent / 100);

/** "in 5 minutes", "in 3 days". */
export function untilText(ms, now) {
	const left = Math.max(0, ms - now), relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
	const [unit, length] = left < HOUR_MS ? ['minute', MINUTE_MS] : left < DAY_MS ? ['hour', HOUR_MS] : ['day', DAY_MS];

	return relative.format(Math.max(1, Math.round(left / length)), unit);
}

export const listText = (texts) => new Intl.ListFormat(locale(), { type: 'conjunction' }).format(texts);

/** Its title, or when it was. */
export const titleOf = ({ title, startedAt }) => plain(title) || t('gallery.untitled', { when: momentText(startedAt) });

export const nameOf = ({ name, id }) => plain(name) || plain(id);

/** Names, and how many more; parts for the eye are made by who writes them. */
export function peopleOf({ participants = [] }, most = 3) {
	const names = participants.map(nameOf).filter(Boolean);

	return names.length > most + 1 ? { names: names.slice(0, most), more: names.length - most } : { names, more: 0 };
}

/** Words of a table by the server's word, or the word itself. */
export const wordOf = (table, word) => (has(`gallery.${table}.${word}`) ? t(`gallery.${table}.${word}`) : plain(word));

/** What an error says, with the server's code for whoever asks about it. */
export function errorText(error) {
	const code = plain(error?.code), message = has(`gallery.error.${code}`) ? t(`gallery.error.${code}`) : plain(error?.message) || t('gallery.error');

	return code ? t('gallery.error.coded', { message, code }) : message;
}
