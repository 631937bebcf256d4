// SPDX-License-Identifier: MIT
// A switch for microphone, camera or screen.

import { useRoom, useTrackToggle } from 'janus-recroom-react/hooks';
import { createElement as h } from 'react';

import { useLabels } from './context.js';
import { Button } from './parts.js';

/** @type {Record<'audio' | 'video' | 'screen', 'microphone' | 'camera' | 'screen'>} */
const WORDS = { audio: 'microphone', video: 'camera', screen: 'screen' };

/** @param {{source: 'audio' | 'video' | 'screen', styles?: {button?: import('./parts.js').ViewStyle, buttonText?: import('./parts.js').TextStyle}}} props */
export function TrackToggle({ source, styles = {} }) {
	const labels = useLabels();
	const { isConnected } = useRoom();
	const { enabled, pending, toggle } = useTrackToggle({ source });

	return h(Button, { label: labels[WORDS[source]], checked: enabled, tone: enabled ? 'primary' : 'plain', disabled: pending || !isConnected, busy: pending, onPress: () => { toggle(); },
		style: styles.button, textStyle: styles.buttonText });
}
