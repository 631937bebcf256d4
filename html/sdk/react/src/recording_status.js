// SPDX-License-Identifier: MIT
// Says what happens to the recording, to those who hear the page. Put it in once, and from the beginning: a region that appears together with its text is
// not read out. What was so before we came is said, too; failures are an alert.

import { createElement as h } from 'react';

import { useAnnouncement } from './announcement_hook.js';
import { useLabels } from './context.js';
import { classes } from './parts.js';

/** Visible if you style it so; without a style sheet it is a line of text. @param {{visible?: boolean, className?: string}} props */
export function RecordingStatus({ visible = false, className }) {
	const labels = useLabels();
	const { status, said, alert } = useAnnouncement();

	return h('div', { className: classes('rr-status', !visible && 'rr-unseen', className), 'data-rr-status': status },
		h('p', { role: 'status', className: 'rr-said' }, said ? labels[said] : ''),
		h('p', { role: 'alert', className: 'rr-alert' }, alert ? labels[alert] : ''));
}
