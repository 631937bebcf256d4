// SPDX-License-Identifier: MIT
// The room, its people, what we send, who waits.

import { useCallback, useMemo, useState } from 'react';

import { useRecroom, useRoomValue } from './context.js';

const STATE = /** @type {const} */ (['state']), ROLE = /** @type {const} */ (['role', 'joined']), LOCKED = /** @type {const} */ (['locked', 'joined']);
const PEOPLE = /** @type {const} */ (['participants']), WAITERS = /** @type {const} */ (['waitinglist']);

/** The call, and how we are in it. */
export function useRoom() {
	const { room, error, waiting, closed, join } = useRecroom();
	const state = useRoomValue(room, STATE, () => room.state);
	const role = useRoomValue(room, ROLE, () => room.role);
	const token = useRoomValue(room, ROLE, () => room.token);
	const locked = useRoomValue(room, LOCKED, () => room.locked);
	const permissions = useMemo(() => room.permissions, [room, role, token]);
	const leave = useCallback(() => room.leave(), [room]);

	return { room, state, isConnected: state === 'joined', isReconnecting: state === 'reconnecting', isWaiting: state === 'waiting', role, isHost: role === 'host',
		permissions, locked, error, waiting, closed, join, leave };
}

/** Everybody, we first. @returns {import('janus-recroom').Participant[]} */
export function useParticipants() {
	const { room } = useRecroom();

	return useRoomValue(room, PEOPLE, () => room.participants.list);
}

/** @returns {import('janus-recroom').Participant | null} */
export function useLocalParticipant() {
	return useParticipants().find(({ isLocal }) => isLocal) ?? null;
}

/** @returns {import('janus-recroom').Participant[]} */
export function useRemoteParticipants() {
	const all = useParticipants();

	return useMemo(() => all.filter(({ isLocal }) => !isLocal), [all]);
}

/**
 * Something that is asked of the server: `pending` while it is, what went wrong in the provider's `error`.
 * @template {any[]} Args
 * @param {(...args: Args) => Promise<unknown>} act
 * @returns {[(...args: Args) => Promise<void>, boolean]}
 */
export function useAsked(act) {
	const { report } = useRecroom();
	const [count, setCount] = useState(0);
	const run = async (/** @type {Args} */ ...args) => {
		setCount((n) => n + 1);
		try {
			await act(...args);
		} catch (error) {
			if (/** @type {any} */ (error)?.code !== 'cancelled')
				report(error);
		} finally {
			setCount((n) => n - 1);
		}
	};

	return [run, count > 0];
}

/**
 * A switch for microphone, camera or screen: `buttonProps` for a button of yours.
 * @param {{source: 'audio' | 'video' | 'screen'}} options
 */
export function useTrackToggle({ source }) {
	const { room } = useRecroom();
	const participants = useParticipants();       // what we send is among it
	const state = useRoomValue(room, STATE, () => room.state);
	const sent = useMemo(() => room.publisher.source(source), [room, participants, source]);
	const streams = participants.find(({ isLocal }) => isLocal)?.streams;
	const isOn = sent ? !sent.muted : false;
	const isModerated = Boolean(streams?.some((stream) => stream.source === source && stream.moderated));
	const [toggle, pending] = useAsked(async () => {
		const { publisher } = room;

		if (source === 'screen')
			await (publisher.source('screen') ? publisher.stopScreen() : publisher.shareScreen());
		else if (!publisher.source(source))
			await publisher.publish({ audio: source === 'audio', video: source === 'video' });
		else
			await (publisher.source(source)?.muted ? publisher.unmute(source) : publisher.mute(source));
	});

	return { enabled: isOn, track: sent?.track ?? null, pending, isModerated, toggle,
		buttonProps: { type: /** @type {'button'} */ ('button'), 'aria-pressed': isOn, 'data-rr-source': source, 'data-rr-enabled': String(isOn),
			disabled: pending || state !== 'joined', onClick: () => { toggle(); } } };
}

/** Who waits to come in (for hosts), and whether we do. */
export function useLobby() {
	const { room, waiting } = useRecroom();
	const waiters = useRoomValue(room, WAITERS, () => room.host.waiting);
	const [admit, admitting] = useAsked((/** @type {string} */ id) => room.host.admit(id));
	const [deny, denying] = useAsked((/** @type {string} */ id) => room.host.deny(id));
	const [admitAll, admittingAll] = useAsked(() => room.host.admitAll());

	return { isWaiting: waiting !== null, reason: waiting?.reason ?? null, waiters, pending: admitting || denying || admittingAll, admit, deny, admitAll };
}
