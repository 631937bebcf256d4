// SPDX-License-Identifier: MIT
// The dialog of settings: theme, language; in a call the devices too (before it they stand beside the preview).

import { chooseLanguage, language, LANGUAGES } from './i18n.js';
import { chooseTheme, theme } from './theme.js';
import { $ } from './ui.js';

export function bindSettings() {
	const dialog = $('settings'), select = $('language');

	for (const [code, { name }] of Object.entries(LANGUAGES)) {
		const option = new Option(name, code);

		option.lang = code;
		select.append(option);
	}
	select.onchange = () => chooseLanguage(select.value);
	for (const input of document.querySelectorAll('#themes input'))
		input.onchange = () => chooseTheme(input.value);
	for (const button of document.querySelectorAll('[data-rr-do=settings]'))
		button.onclick = () => {
			select.value = language();
			document.querySelector(`#themes input[value=${theme()}]`).checked = true;
			$('settings-devices').hidden = document.documentElement.dataset.rrView !== 'call';
			dialog.showModal();
		};
	$('settings-close').onclick = () => dialog.close();
	dialog.onclick = (event) => {
		if (event.target === dialog)
			dialog.close();
	};
}
