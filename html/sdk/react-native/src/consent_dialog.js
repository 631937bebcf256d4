// SPDX-License-Identifier: MIT
// Asks whether we may be recorded, where the room wants a yes. Until there is an answer nothing of us is kept, so there is no hurry: going back puts it off.

import { useConsent, useRecording } from 'janus-recroom-react/hooks';
import { createElement as h, useState } from 'react';
import { Linking, Modal, Text, View } from 'react-native';

import { useLabels } from './context.js';
import { Button, rowOf } from './parts.js';
import { useTheme } from './theme.js';

/** @param {string} url */
const isWeb = (url) => /^https?:\/\//i.test(url);

/** @param {{onAnswer?: (agreed: boolean) => void, styles?: {shade?: import('./parts.js').ViewStyle, root?: import('./parts.js').ViewStyle, title?: import('./parts.js').TextStyle, text?: import('./parts.js').TextStyle, button?: import('./parts.js').ViewStyle, buttonText?: import('./parts.js').TextStyle}}} props */
export function ConsentDialog({ onAnswer, styles = {} }) {
	const labels = useLabels(), theme = useTheme();
	const { isNeeded, text, url, pending, agree, decline } = useConsent();
	const { recordingId } = useRecording();
	const [putOff, setPutOff] = useState(/** @type {string | null} */ (null));
	const words = { color: theme.text, fontSize: theme.textSize }, look = { style: styles.button, textStyle: styles.buttonText, disabled: pending };

	if (!isNeeded || putOff === recordingId)
		return null;
	const answer = (/** @type {boolean} */ agreed) => async () => {
		await (agreed ? agree() : decline());
		onAnswer?.(agreed);
	};

	return h(Modal, { transparent: true, animationType: 'none', visible: true, 'aria-label': labels.consentTitle, onRequestClose: () => setPutOff(recordingId) },
		h(View, { style: [{ flex: 1, justifyContent: 'center', padding: theme.space, backgroundColor: theme.shade }, styles.shade] },
			h(View, { testID: 'rr-consent', accessibilityViewIsModal: true, style: [{ gap: theme.space, padding: theme.space * 1.5, borderRadius: theme.radius, backgroundColor: theme.surface }, styles.root] },
				h(Text, { role: 'heading', style: [words, { fontSize: theme.textSize * 1.25, fontWeight: '600' }, styles.title] }, labels.consentTitle),
				h(Text, { style: [words, styles.text] }, labels.consentText, text ? ` ${text}` : ''),
				isWeb(url) && h(Text, { role: 'link', onPress: () => { Linking.openURL(url); }, style: [words, { color: theme.accent, textDecorationLine: 'underline', lineHeight: theme.touch }] }, labels.consentMore),
				h(View, { style: rowOf(theme) },
					h(Button, { ...look, label: labels.consentNo, onPress: answer(false) }),
					h(Button, { ...look, label: labels.consentYes, tone: 'primary', onPress: answer(true) })))));
}
