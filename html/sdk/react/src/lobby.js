// SPDX-License-Identifier: MIT
// The door: who waits hears so; a host sees who does, and lets them in.

import { createElement as h } from 'react';

import { useLabels } from './context.js';
import { classes } from './parts.js';
import { useLobby, useRoom } from './room_hooks.js';

/** @param {{className?: string}} props */
export function Lobby({ className }) {
	const labels = useLabels();
	const { isWaiting, reason, waiters, pending, admit, deny, admitAll } = useLobby();
	const { permissions } = useRoom();

	if (isWaiting)
		return h('p', { className: classes('rr-lobby', className), role: 'status', 'data-rr-waiting': reason }, reason === 'host' ? labels.waitingHost : labels.waitingLobby);
	if (!permissions.canAdmit || !waiters.length)
		return null;
	return h('section', { className: classes('rr-lobby', className), 'aria-label': labels.lobby },
		h('h2', null, labels.lobby),
		h('ul', null, waiters.map(({ id, display }) => {
			const name = display || labels.nameless;

			return h('li', { key: id, 'data-rr-waiter': id },
				h('span', { className: 'rr-name' }, name),
				h('button', { type: 'button', className: 'rr-button', disabled: pending, 'aria-label': `${labels.deny}: ${name}`, onClick: () => deny(id) }, labels.deny),
				h('button', { type: 'button', className: 'rr-button rr-primary', disabled: pending, 'aria-label': `${labels.admit}: ${name}`, onClick: () => admit(id) }, labels.admit));
		})),
		waiters.length > 1 && h('button', { type: 'button', className: 'rr-button', disabled: pending, onClick: () => admitAll() }, labels.admitAll));
}
