// SPDX-License-Identifier: MIT
// Asks whether we may be recorded, where the room wants a yes. Until there is an answer nothing of us is kept, so there is no hurry: Escape puts it off.

import { createElement as h, useEffect, useId, useRef } from 'react';

import { useLabels } from './context.js';
import { classes } from './parts.js';
import { useConsent } from './recording_hooks.js';

/** @param {{onAnswer?: (agreed: boolean) => void, className?: string}} props */
export function ConsentDialog({ onAnswer, className }) {
	const labels = useLabels();
	const { isNeeded, text, url, pending, agree, decline } = useConsent();
	const dialog = useRef(/** @type {any} */ (null));
	const id = useId();

	useEffect(() => {
		const node = dialog.current;

		if (!isNeeded || !node)
			return undefined;
		if (node.showModal && !node.open)
			node.showModal();
		else
			node.setAttribute('open', '');
		return () => node.close?.();
	}, [isNeeded]);
	if (!isNeeded)
		return null;
	const answer = (/** @type {boolean} */ agreed) => async () => {
		await (agreed ? agree() : decline());
		onAnswer?.(agreed);
	};

	return h('dialog', { ref: dialog, className: classes('rr-consent', className), 'aria-labelledby': `${id}t`, 'aria-describedby': `${id}d` },
		h('h2', { id: `${id}t` }, labels.consentTitle),
		h('p', { id: `${id}d` }, labels.consentText, text && h('span', { className: 'rr-purpose' }, ` ${text}`)),
		url && h('p', null, h('a', { href: url, target: '_blank', rel: 'noreferrer' }, labels.consentMore)),
		h('div', { className: 'rr-actions' },
			h('button', { type: 'button', className: 'rr-button', disabled: pending, onClick: answer(false) }, labels.consentNo),
			h('button', { type: 'button', className: 'rr-button rr-primary', disabled: pending, onClick: answer(true) }, labels.consentYes)));
}
