// SPDX-License-Identifier: MIT
// Says what happens to the recording, to those who hear the page. Put it in once, and from the beginning: a region that appears together with its text is
// not read out. What was so before we came is said, too; failures are an alert.

import { createElement as h, useEffect, useRef, useState } from 'react';

import { useLabels, useRecroom } from './context.js';
import { classes } from './parts.js';
import { useRecording } from './recording_hooks.js';

/** @typedef {import('./labels.js').Labels} Labels */

/** @type {Record<string, keyof Labels>} */
const SAID = { recording: 'saidStarted', paused: 'saidPaused', processing: 'saidStopped', completed: 'saidCompleted', failed: 'saidFailed' };

/** @param {string} before @param {string} now @param {boolean} isAsked @returns {keyof Labels | null} */
function sentence(before, now, isAsked) {
	if (before === 'idle' && (now === 'recording' || now === 'paused'))
		return 'saidInProgress';
	if (before === 'paused' && now === 'recording')
		return 'saidResumed';
	if (now === 'recording' && isAsked)
		return 'saidAsked';
	return SAID[now] ?? null;
}

/** Visible if you style it so; without a style sheet it is a line of text. @param {{visible?: boolean, className?: string}} props */
export function RecordingStatus({ visible = false, className }) {
	const labels = useLabels();
	const { room } = useRecroom();
	const { status, warning, flags } = useRecording();
	const before = useRef('idle');
	const [said, setSaid] = useState(/** @type {keyof Labels | null} */ (null));
	const isDegraded = warning === 'disk' || warning === 'tracks' || flags.includes('degraded');

	// Each step as it comes, since renderings leave some out: who has seen `starting` was there from the start.
	useEffect(() => {
		const take = (/** @type {import('janus-recroom').RecordingState} */ state) => {
			const words = sentence(before.current, state.status, state.consent?.policy === 'require');

			if (before.current !== state.status && (words || state.status === 'idle'))
				setSaid(words);
			before.current = state.status;
		};

		take(room.recording.state);
		return room.on('recording', take);
	}, [room]);
	const isAlert = said === 'saidFailed' || isDegraded;

	return h('div', { className: classes('rr-status', !visible && 'rr-unseen', className), 'data-rr-status': status },
		h('p', { role: 'status', className: 'rr-said' }, said && said !== 'saidFailed' ? labels[said] : ''),
		h('p', { role: 'alert', className: 'rr-alert' }, isAlert ? labels[said === 'saidFailed' ? 'saidFailed' : 'saidDegraded'] : ''));
}
