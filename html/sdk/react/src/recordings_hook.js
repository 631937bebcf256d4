// SPDX-License-Identifier: MIT
// The library of the room, kept up to date: by events while we are in, by asking again while something is unfinished.

import { useCallback, useEffect, useRef, useState } from 'react';

import { useRecroom, useRoomValue } from './context.js';

/** @typedef {import('janus-recroom').RecordingInfo} RecordingInfo */

const JOINED = /** @type {const} */ (['joined']);
const POLL_MS = 3000;
const UNFINISHED = new Set(['starting', 'recording', 'paused', 'processing', 'uploading', 'deleting']);
const TOLD_OFTEN = new Set(['recordingstatus', 'recordingprogress', 'consentchanged']);

/** @param {RecordingInfo[]} list @param {Record<string, any>} event */
function withProgress(list, event) {
	return list.map((one) => (one.recordingId === event.recordingId && one.status === 'processing' && (event.outputId ?? 1) === 1
		? { ...one, progress: { stage: event.stage, percent: event.percent, etaMs: event.etaMs, lagMs: event.lagMs } } : one));
}

/**
 * @param {{status?: string, from?: number, to?: number, pageSize?: number}} [options]
 */
export function useRecordings(options = {}) {
	const { room } = useRecroom();
	const library = useRoomValue(room, JOINED, () => room.recordings);
	const [recordings, setRecordings] = useState(/** @type {RecordingInfo[]} */ ([]));
	const [pages, setPages] = useState(1);
	const [next, setNext] = useState(/** @type {string | null} */ (null));
	const [loading, setLoading] = useState(true);
	const [error, setError] = useState(/** @type {any} */ (null));
	const turn = useRef(0);
	const { status, from, to, pageSize = 20 } = options;

	/** Reads all pages shown so far; a reading that was overtaken says nothing. */
	const refresh = useCallback(async () => {
		if (!library)
			return;
		const mine = ++turn.current;
		/** @type {RecordingInfo[]} */
		const all = [];
		/** @type {string | null} */
		let pageToken = null;

		try {
			for (let page = 0; page < pages && (page === 0 || pageToken); page++) {
				/** @type {import('janus-recroom').RecordingsPage} */
				const answer = await library.list({ status, from, to, pageSize, pageToken });

				all.push(...answer.recordings);
				pageToken = answer.nextPageToken;
			}
			if (mine !== turn.current)
				return;
			setRecordings(all);
			setNext(pageToken);
			setError(null);
		} catch (thrown) {
			if (mine === turn.current)
				setError(thrown);
		} finally {
			if (mine === turn.current)
				setLoading(false);
		}
	}, [library, pages, status, from, to, pageSize]);

	useEffect(() => {
		refresh();
		return () => {
			turn.current++;
		};
	}, [refresh]);

	useEffect(() => room.on('recordingevent', (event) => {
		if (event.event === 'recordingprogress')
			setRecordings((list) => withProgress(list, event));
		else if (!TOLD_OFTEN.has(event.event))
			refresh();
	}), [room, refresh]);

	const unfinished = recordings.some((one) => UNFINISHED.has(one.status));

	useEffect(() => {
		if (!unfinished)
			return undefined;
		const timer = setInterval(refresh, POLL_MS);

		return () => clearInterval(timer);
	}, [unfinished, refresh]);

	/** @param {string} name @param {any[]} args @returns {Promise<any>} */
	const act = async (name, ...args) => {
		const answer = await /** @type {any} */ (library)?.[name](...args);

		await refresh();
		return answer;
	};

	return {
		recordings, loading, error, hasMore: next !== null, loadMore: useCallback(() => setPages((n) => n + 1), []), refresh,
		remove: (/** @type {string} */ id) => act('delete', id), recompose: (/** @type {string} */ id, /** @type {object} */ spec) => act('recompose', id, spec),
		cancel: (/** @type {string} */ id, /** @type {number | undefined} */ outputId) => act('cancel', id, outputId),
		share: (/** @type {string} */ id, /** @type {object | undefined} */ how) => act('share', id, how),
		/** A fresh address to play: those of the list run out. @param {string} id @returns {Promise<string>} */
		addressOf: async (id) => (await library?.get(id))?.url ?? '',
	};
}
