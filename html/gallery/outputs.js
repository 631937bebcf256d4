// SPDX-License-Identifier: MIT
// What an output is, in words: "MP4 video · speaker · without Ann".

import { t } from '../i18n.js';
import { formatOf, idsOf, isSeveral, isSound } from './sources.js';
import { isolated, listText, nameOf, plain, wordOf } from './words.js';

function namesOf(list, participants) {
	return listText(idsOf(list).map((id) => isolated(nameOf(participants.find((one) => one.id === id) ?? { id }))));
}

export function outputText(output, { participants = [] }) {
	const { layout, only, without, focus } = output.spec ?? {}, hasPicture = !isSeveral(output) && !isSound(output);

	return [
		wordOf('format', formatOf(output)),
		hasPicture && layout && t(`gallery.layout.${layout}`),
		hasPicture && layout === 'single' && focus && namesOf(focus, participants),
		idsOf(only).length > 0 && t('gallery.only', { names: namesOf(only, participants) }),
		idsOf(without).length > 0 && t('gallery.without', { names: namesOf(without, participants) }),
	].filter(Boolean).join(' · ');
}

/** The name beside a file that is one of several. */
export const fileText = ({ participant, name }, { participants = [] }) => {
	const known = participants.find(({ id }) => id === participant), plainName = plain(name.split('/').at(-1));

	return known ? `${isolated(nameOf(known))}${/-screen/.test(plainName) ? ` · ${t('gallery.file.screen')}` : ''}` : plainName;
};
