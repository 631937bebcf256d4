// SPDX-License-Identifier: MIT
// All that is known of a recording, in words.

import { t } from '../i18n.js';
import { Dialog } from './dialog.js';
import { apart, el } from './dom.js';
import { clockText, momentText, nameOf, sizeText, titleOf, wordOf } from './words.js';

function until(ms, held) {
	if (held)
		return t('gallery.details.held');
	return ms ? momentText(ms) : t('gallery.details.forever');
}

function originals({ originalsUntil, keepUntil, flags }) {
	if (originalsUntil && originalsUntil <= Date.now())
		return t('gallery.details.gone', { when: momentText(originalsUntil) });
	return until(originalsUntil ?? keepUntil, flags.includes('held'));
}

function person(one) {
	const words = [one.role && wordOf('role', one.role), one.consent && wordOf('consent', one.consent)].filter(Boolean).join(', ');

	return el('li', {}, apart(nameOf(one)), words && ` (${words})`);
}

/** [key of the words, what stands beside; null: nothing is known] */
function factsOf(r) {
	const held = r.flags.includes('held');

	return [
		['state', [t(`gallery.status.${r.status}`), r.reason && ` · ${wordOf('reason', r.reason)}`]],
		['when', momentText(r.startedAt)],
		['duration', r.duration ? [clockText(r.duration), r.elapsed > r.duration + 1000 && ` (${t('gallery.details.pauses', { elapsed: clockText(r.elapsed) })})`] : null],
		['size', r.size ? sizeText(r.size) : null],
		['room', apart(r.roomId)],
		['people', r.participants.length ? el('ul', {}, r.participants.map(person)) : null],
		['flags', r.flags.length ? el('ul', {}, r.flags.map((flag) => el('li', {}, wordOf('flag.long', flag)))) : null],
		['keep', until(r.keepUntil, held)],
		['originals', originals(r)],
		['id', el('code', { dir: 'ltr' }, r.recordingId)],
		['chain', r.chainHash ? el('code', { dir: 'ltr' }, r.chainHash) : null],
	].filter(([, value]) => value !== null);
}

export function showDetails(host, session, recording, onClose) {
	const dialog = new Dialog(host, { title: apart(titleOf(recording)), className: 'rr-g-details', onClose }), list = el('dl', {});
	const paint = (one) => list.replaceChildren(...factsOf(one).flatMap(([key, value]) => [el('dt', {}, t(`gallery.details.${key}`)), el('dd', {}, value)]));

	dialog.body.append(list);
	paint(recording);
	dialog.open();
	session.recordings.get(recording.recordingId).then(paint, (error) => dialog.fail(error));
	return dialog;
}
