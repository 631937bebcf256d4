// SPDX-License-Identifier: MIT
// Light, dark, or as the system is: data-rr-theme on <html>, from which the style sheets follow.

import { choices } from './kept.js';

export const THEMES = ['auto', 'light', 'dark'];

export function showTheme() {
	document.documentElement.dataset.rrTheme = theme();
}

export function theme() {
	const kept = choices.read('theme');

	return THEMES.includes(kept) ? kept : 'auto';
}

export function chooseTheme(name) {
	choices.write('theme', name);
	showTheme();
}
