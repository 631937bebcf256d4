// SPDX-License-Identifier: MIT
// Everybody in the call, each on a tile: picture or name, and the sound of the others. `renderTile` takes a tile of yours.

import { createElement as h, useEffect, useRef } from 'react';

import { useLabels, useRecroom } from './context.js';
import { usePlayback } from './devices_hook.js';
import { classes } from './parts.js';
import { useParticipants } from './room_hooks.js';

/** @typedef {{participant: import('janus-recroom').Participant, source: string}} TileProps source: of the picture */

/**
 * Plays a track; nothing else in it but the element. Where the browser wants a click first usePlayback says so.
 * @param {{track: any, kind: 'audio' | 'video', isLocal?: boolean, label?: string}} props
 */
export function Track({ track, kind, isLocal = false, label }) {
	const element = useRef(/** @type {any} */ (null));
	const { devices } = useRecroom().room;

	useEffect(() => {
		const node = element.current;

		node.srcObject = new MediaStream([track]);
		devices.play(node);
		return () => {
			devices.forget(node);
			node.srcObject = null;
		};
	}, [track, devices]);
	return h(kind, { ref: element, autoPlay: true, playsInline: true, muted: isLocal, className: `rr-${kind}`, 'aria-label': label });
}

/** @param {TileProps} props */
export function ParticipantTile({ participant, source }) {
	const labels = useLabels();
	const { display, isLocal, role, tracks, streams, isTalking, quality } = participant;
	const name = display || labels.nameless;
	const isMuted = (/** @type {string} */ which) => streams.find((stream) => stream.source === which)?.muted ?? false;
	const picture = isMuted(source) ? null : tracks[source];

	return h('div', { className: 'rr-tile', 'data-rr-participant': participant.id, 'data-rr-source': source, 'data-rr-local': String(isLocal), 'data-rr-talking': String(isTalking),
		'data-rr-muted': String(!tracks.audio || isMuted('audio')), 'data-rr-quality': quality ?? undefined },
	picture ? h(Track, { track: picture, kind: 'video', isLocal: true, label: source === 'screen' ? `${labels.screenOf} ${name}` : name })
		: h('span', { className: 'rr-face', 'aria-hidden': true }, [...name][0]?.toUpperCase()),
	h('span', { className: 'rr-name' }, source === 'screen' ? `${labels.screenOf} ${name}` : name, isLocal && ` (${labels.you})`,
		role === 'host' && h('span', { className: 'rr-role' }, ` ${labels.host}`), isMuted('audio') && h('span', { className: 'rr-muted' }, ` (${labels.muted})`)));
}

/**
 * @param {{renderTile?: (tile: TileProps) => import('react').ReactNode, className?: string}} props
 */
export function ParticipantGrid({ renderTile, className }) {
	const labels = useLabels();
	const { room } = useRecroom();
	const people = useParticipants();
	const { isBlocked, buttonProps } = usePlayback();
	const tiles = people.flatMap((participant) => [
		...participant.tracks.screen ? [{ participant, source: 'screen' }] : [], { participant, source: 'video' },
	]);
	const sounds = people.filter(({ isLocal }) => !isLocal)
		.flatMap(({ id, tracks }) => ['audio', 'screenaudio'].filter((source) => tracks[source]).map((source) => ({ key: `${id} ${source}`, track: tracks[source] })));

	return h('div', { className: classes('rr-grid', className), 'data-rr-people': people.length, 'data-rr-state': room.state },
		isBlocked && h('button', { ...buttonProps, className: 'rr-button rr-unblock' }, labels.playSound),
		h('ul', { className: 'rr-tiles', 'aria-label': labels.participants },
			tiles.map((tile) => h('li', { key: `${tile.participant.id} ${tile.source}` }, renderTile ? renderTile(tile) : h(ParticipantTile, tile)))),
		sounds.map(({ key, track }) => h(Track, { key, track, kind: 'audio' })));
}
