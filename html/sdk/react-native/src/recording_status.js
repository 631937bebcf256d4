// SPDX-License-Identifier: MIT
// Says what happens to the recording, to those who hear the screen. Put it in once, and from the beginning: a region that appears together with its text is not read out.
// What was so before we came is said, too; failures are said at once.

import { useAnnouncement } from 'janus-recroom-react/hooks';
import { createElement as h } from 'react';
import { Text, View } from 'react-native';

import { useLabels } from './context.js';
import { useSpoken } from './parts.js';
import { useTheme } from './theme.js';

/** Heard, not seen: what has no size at all is not heard either. */
const UNSEEN = /** @type {const} */ ({ position: 'absolute', width: 1, height: 1, overflow: 'hidden' });

/** @param {{visible?: boolean, styles?: {root?: import('./parts.js').ViewStyle, said?: import('./parts.js').TextStyle, alert?: import('./parts.js').TextStyle}}} props */
export function RecordingStatus({ visible = false, styles = {} }) {
	const labels = useLabels(), theme = useTheme();
	const { said, alert } = useAnnouncement();
	const words = said ? labels[said] : '', warning = alert ? labels[alert] : '';

	useSpoken(words);
	useSpoken(warning);
	return h(View, { testID: 'rr-status', style: [!visible && UNSEEN, styles.root] },
		h(Text, { role: 'status', 'aria-live': 'polite', style: [{ color: theme.text, fontSize: theme.textSize }, styles.said] }, words),
		h(Text, { role: 'alert', 'aria-live': 'assertive', style: [{ color: theme.red, fontSize: theme.textSize }, styles.alert] }, warning));
}
