// SPDX-License-Identifier: MIT
// What takes something away, or forbids that: deletion, taking a person out, holding. Each is asked for with what it concerns by name.

import { t } from '../i18n.js';
import { ask } from './dialog.js';
import { apart, el, freshId } from './dom.js';
import { isolated, nameOf, titleOf } from './words.js';

/** All of these give true once it was done. */
export function askDelete(host, session, recording) {
	return ask(host, {
		title: t('gallery.delete.title'), text: t('gallery.delete.text', { title: isolated(titleOf(recording)) }), yes: t('gallery.delete'),
		action: () => session.recordings.delete(recording.recordingId),
	});
}

/** A person has to be chosen and a box be ticked before the button can be pressed. */
export function askErase(host, session, recording) {
	const group = freshId();
	const people = el('fieldset', { class: 'rr-g-choices' }, el('legend', {}, t('gallery.erase.who')), recording.participants.map((one) => el('label', { class: 'rr-g-choice' },
		el('input', { type: 'radio', name: group, value: one.id, data: { rrErase: one.id } }), apart(nameOf(one)))));
	const sure = el('input', { type: 'checkbox', data: { rrErase: 'sure' } });
	const chosen = () => people.querySelector('input:checked')?.value;

	return ask(host, {
		title: t('gallery.erase.title'), text: t('gallery.erase.text', { title: isolated(titleOf(recording)) }), yes: t('gallery.erase'),
		content: [people, el('label', { class: 'rr-g-choice rr-g-sure' }, sure, el('span', {}, t('gallery.erase.sure')))],
		ready: () => Boolean(chosen()) && sure.checked,
		action: () => session.recordings.erase(recording.recordingId, chosen()),
	});
}

export function askHold(host, session, recording) {
	const field = el('input', { class: 'rr-g-field', id: freshId(), type: 'text', maxLength: 200, data: { rrHold: 'reason' } });

	return ask(host, {
		title: t('gallery.hold.title'), text: t('gallery.hold.text', { title: isolated(titleOf(recording)) }), yes: t('gallery.hold'),
		content: [el('div', { class: 'rr-g-labelled' }, el('label', { for: field.id }, t('gallery.hold.reason')), field)],
		action: () => session.recordings.hold(recording.recordingId, field.value.trim() || undefined),
	});
}

export function askRelease(host, session, recording) {
	return ask(host, {
		title: t('gallery.release.title'), text: t('gallery.release.text', { title: isolated(titleOf(recording)) }), yes: t('gallery.release'),
		action: () => session.recordings.release(recording.recordingId),
	});
}
