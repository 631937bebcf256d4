// SPDX-License-Identifier: MIT
// The page's words in the reader's language. Each part of the page has a table of messages per language: strings/ (page.*), gallery/strings/ (gallery.*).
//
//   t('page.people', { count: 3 }) ─▶ message { one: '{count} person', other: '{count} people' } ─ plural by Intl ─▶ '3 people'
//
// The language is that of ?lang=, or the one chosen before (localStorage), or the first of the browser's that we have, or English. English stands in for what
// another language does not have. In the document data-rr-t="key" is an element's text; data-rr-t-label, -title and -hint are its aria-label, title
// and placeholder.

import * as english from './strings/en.js';
import * as galleryEnglish from './gallery/strings/en.js';
import { choices } from './kept.js';

/** Code → its own name, writing direction, and how its tables are had. A language is added here and nowhere else. */
export const LANGUAGES = {
	en: { name: 'English', direction: 'ltr', locale: 'en', load: () => [english, galleryEnglish] },
	ar: { name: 'العربية', direction: 'rtl', locale: 'ar-u-nu-latn', load: () => Promise.all([import('./strings/ar.js'), import('./gallery/strings/ar.js')]) },
};

/** Attribute that names a key → where its words go. */
const PLACES = [
	['data-rr-t', (node, text) => { node.textContent = text; }],
	['data-rr-t-label', (node, text) => node.setAttribute('aria-label', text)],
	['data-rr-t-title', (node, text) => { node.title = text; }],
	['data-rr-t-hint', (node, text) => { node.placeholder = text; }],
];

const fallback = tableOf(LANGUAGES.en.load());
let current = 'en', table = fallback;

function tableOf(modules) {
	return Object.assign({}, ...modules.map(({ messages }) => messages));
}

function fill(message, values) {
	return message.replace(/\{(\w+)\}/g, (whole, name) => {
		const value = values[name];

		if (value === undefined)
			return whole;
		return typeof value === 'number' ? new Intl.NumberFormat(locale()).format(value) : String(value);
	});
}

/** A message with its {placeholders} filled; `values.count` chooses among plural forms. A key without message is shown as it is: it is seen, and repaired. */
export function t(key, values = {}) {
	const message = table[key] ?? fallback[key];

	if (message === undefined)
		return key;
	if (typeof message === 'string')
		return fill(message, values);
	return fill(message[new Intl.PluralRules(current).select(values.count)] ?? message.other, values);
}

/** Is there a message? For sentences by code, of which not every one has words. */
export const has = (key) => key in table || key in fallback;

/** Code of the language shown now. */
export const language = () => current;

/** For Intl: dates, sizes, numbers; with the digits of clocks and file names. */
export const locale = () => LANGUAGES[current].locale;

/** Shows another language: <html lang dir>, all that stands in the document, and `languagechange` on document for who wrote something by script. */
export async function setLanguage(code) {
	const { direction, load } = LANGUAGES[code] ?? LANGUAGES.en;

	current = code in LANGUAGES ? code : 'en';
	table = tableOf(await load());
	document.documentElement.lang = current;
	document.documentElement.dir = direction;
	paintTexts(document);
	document.dispatchEvent(new Event('languagechange'));
}

/** The reader's choice is kept. */
export async function chooseLanguage(code) {
	choices.write('language', code);
	await setLanguage(code);
}

/** The language to begin with. */
export function preferredLanguage() {
	const wishes = [new URL(location.href).searchParams.get('lang'), choices.read('language'), ...navigator.languages];

	return wishes.map((wish) => String(wish ?? '').split('-')[0].toLowerCase()).find((code) => code in LANGUAGES) ?? 'en';
}

/** Writes what data-rr-t… name below root. */
export function paintTexts(root) {
	for (const [attribute, write] of PLACES)
		for (const node of root.querySelectorAll(`[${attribute}]`))
			write(node, t(node.getAttribute(attribute)));
}
