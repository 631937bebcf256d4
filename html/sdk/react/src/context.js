// SPDX-License-Identifier: MIT
// What the provider hands down, and how hooks see a room change: its values are immutable, so React compares them itself.

import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';

import { LABELS } from './labels.js';

/** @typedef {import('janus-recroom').Room} Room */
/** @typedef {import('janus-recroom').RoomEvents} RoomEvents */
/** @typedef {import('janus-recroom').RecroomError} RecroomError */

/**
 * @typedef {object} RecroomValue
 * @property {Room} room
 * @property {import('./labels.js').Labels} labels
 * @property {RecroomError | null} error the last thing that went wrong
 * @property {import('janus-recroom').Waiting | null} waiting we are in the lobby
 * @property {{code: string, reason: string} | null} closed why the call is over
 * @property {() => Promise<void>} join again, after it was left or refused
 * @property {(error: unknown) => void} report
 */

/** @type {import('react').Context<RecroomValue | null>} */
export const RecroomContext = createContext(/** @type {RecroomValue | null} */ (null));

/** @returns {RecroomValue} */
export function useRecroom() {
	const value = useContext(RecroomContext);

	if (!value)
		throw new Error('janus-recroom-react: hooks and components must be inside <RecroomProvider>.');
	return value;
}

/** @returns {import('./labels.js').Labels} */
export function useLabels() {
	return useContext(RecroomContext)?.labels ?? LABELS;
}

/**
 * What read() gives, again after each of these events; it gives the same value while nothing has changed.
 * @template T
 * @param {Room} room
 * @param {readonly (keyof RoomEvents)[]} names a constant
 * @param {() => T} read
 * @returns {T}
 */
export function useRoomValue(room, names, read) {
	const subscribe = useCallback((/** @type {() => void} */ changed) => {
		const ends = names.map((name) => room.on(name, changed));

		return () => ends.forEach((end) => end());
	}, [room, names]);

	return useSyncExternalStore(subscribe, read, read);
}
