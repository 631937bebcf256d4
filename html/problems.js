// SPDX-License-Identifier: MIT
// What went wrong, as a sentence in the reader's language: by the error's code where we have words for it, else in those of the server.

import { has, t } from './i18n.js';

/** An error of the client package, any other, or a sentence. */
export function sentenceOf(error) {
	const key = `page.error.${error?.code}`;

	if (error?.code && has(key))
		return t(key);
	const text = String(error?.message ?? error ?? '').trim() || t('page.error.unknown');

	return /[.!?؟。]$/.test(text) ? text : `${text}.`;
}
