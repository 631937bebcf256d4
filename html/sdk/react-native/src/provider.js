// SPDX-License-Identifier: MIT
// One room for everything below it, on this phone: janus-recroom-react's provider with the phone's platform, the room bound to the phone, and the theme.

import { RecroomProvider as Provider, useRecroom } from 'janus-recroom-react/hooks';
import { createElement as h, useEffect, useMemo, useState } from 'react';
import { useColorScheme } from 'react-native';

import { PhoneContext } from './context.js';
import { PHONE_LABELS } from './labels.js';
import { Phone } from './phone.js';
import { adapterOf } from './platform.js';
import { DARK, LIGHT, ThemeContext } from './theme.js';

/**
 * @typedef {object} NativeProps
 * @property {Phone} [phone] of createPhone; else one that knows neither storage nor network nor interruptions
 * @property {Partial<import('./theme.js').Theme>} [theme] what is to be other than in LIGHT and DARK
 * @property {'light' | 'dark' | 'auto'} [colorScheme] auto: as the phone
 * @property {Partial<import('./labels.js').Labels>} [labels]
 */

/** @typedef {Omit<import('janus-recroom-react/hooks').RecroomProviderProps, 'labels'> & NativeProps} RecroomProviderProps */

/** One for the application. @param {import('./platform.js').AdapterOptions & import('./phone.js').PhoneOptions} [options] */
export const createPhone = (options) => new Phone(adapterOf(options), options);

/** @type {Phone | null} */
let plain = null;

/** What the phone has kept is read before the room is joined. @param {Phone} phone */
function useReady(phone) {
	const [ready, setReady] = useState(() => (phone.isReady ? phone : null));

	useEffect(() => {
		let isWanted = true;

		phone.ready.then(() => isWanted && setReady(phone));
		return () => {
			isWanted = false;
		};
	}, [phone]);
	return ready === phone;
}

/** @param {{phone: Phone, children?: import('react').ReactNode}} props */
function Bound({ phone, children }) {
	const { room } = useRecroom();

	useEffect(() => phone.bind(room), [phone, room]);
	return children;
}

/** @param {RecroomProviderProps} props */
export function RecroomProvider({ phone: given, theme, colorScheme = 'auto', labels, connect = true, platform, children, ...props }) {
	const phone = given ?? (plain ??= createPhone());
	const isReady = useReady(phone), system = useColorScheme();
	const isDark = (colorScheme === 'auto' ? system : colorScheme) === 'dark';
	const colours = useMemo(() => ({ ...isDark ? DARK : LIGHT, ...theme }), [isDark, theme]);
	const words = useMemo(() => ({ ...PHONE_LABELS, ...labels }), [labels]);

	return h(PhoneContext.Provider, { value: phone }, h(ThemeContext.Provider, { value: colours },
		h(Provider, { ...props, labels: words, connect: connect && isReady, platform: { ...phone.platform, ...platform } }, h(Bound, { phone }, children))));
}
