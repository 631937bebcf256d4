// SPDX-License-Identifier: MIT
// The phone, for hooks and components.

import { useLabels as useWords } from 'janus-recroom-react/hooks';
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';

/** @typedef {import('./phone.js').Phone} Phone */

/** @type {import('react').Context<Phone | null>} */
export const PhoneContext = createContext(/** @type {Phone | null} */ (null));

/** What the phone adds to the call, and what can be done about it. */
export function usePhone() {
	const phone = useContext(PhoneContext);

	if (!phone)
		throw new Error('janus-recroom-react-native: hooks and components must be inside <RecroomProvider> of this package.');
	const subscribe = useCallback((/** @type {() => void} */ changed) => phone.on('change', changed), [phone]);
	const state = useSyncExternalStore(subscribe, () => phone.state, () => phone.state);
	const ask = useCallback((/** @type {import('./platform.js').PermissionName[] | undefined} */ names) => phone.permissions.ask(names), [phone]);
	const openSettings = useCallback(() => phone.permissions.openSettings(), [phone]);

	return { ...state, isBackground: state.activity === 'background', isOffline: state.network.online === false, ask, openSettings };
}

/** @returns {import('./labels.js').Labels} */
export function useLabels() {
	return /** @type {any} */ (useWords());       // the provider has put ours among them
}
