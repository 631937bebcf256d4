// SPDX-License-Identifier: MIT
// What is to be said of the recording, as it happens: once for each step, and to who comes late that it runs.

import { useEffect, useRef, useState } from 'react';

import { useRecroom } from './context.js';
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

/**
 * Names of labels: what to say politely, and what to say at once (failures); null: nothing.
 * @returns {{status: import('janus-recroom').RecordingStatus, said: keyof Labels | null, alert: keyof Labels | null}}
 */
export function useAnnouncement() {
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
	const isFailed = said === 'saidFailed';

	return { status, said: isFailed ? null : said, alert: isFailed ? said : isDegraded ? 'saidDegraded' : null };
}
