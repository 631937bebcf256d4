// SPDX-License-Identifier: MIT
// Everybody in the call, each on a tile: picture or name. Their sound needs no view: the phone plays what is received. `renderTile` takes a tile of yours.

import { useParticipants, useRecroom } from 'janus-recroom-react/hooks';
import { createElement as h, useEffect, useState } from 'react';
import { ScrollView, Text, View } from 'react-native';

import { useLabels } from './context.js';
import { MediaStream, RTCView } from './platform.js';
import { useTheme } from './theme.js';

/** @typedef {{root?: import('./parts.js').ViewStyle, picture?: import('./parts.js').ViewStyle, face?: import('./parts.js').ViewStyle, initial?: import('./parts.js').TextStyle, name?: import('./parts.js').TextStyle}} TileStyles */
/** @typedef {{participant: import('janus-recroom').Participant, source: string, styles?: TileStyles}} TileProps source: of the picture */

/**
 * Shows a track of a picture.
 * @param {{track: any, mirror?: boolean, fit?: 'contain' | 'cover', label?: string, style?: import('./parts.js').ViewStyle}} props
 */
export function Picture({ track, mirror = false, fit = 'cover', label, style }) {
	const [address, setAddress] = useState('');

	useEffect(() => {
		const stream = new MediaStream([track]);

		setAddress(stream.toURL());
		return () => stream.release(false);        // the stream, not its track
	}, [track]);
	return address ? h(RTCView, { streamURL: address, mirror, objectFit: fit, 'aria-label': label, style }) : h(View, { style });
}

/** @param {TileProps} props */
export function ParticipantTile({ participant, source, styles = {} }) {
	const labels = useLabels(), theme = useTheme();
	const { room } = useRecroom();
	const { display, isLocal, role, tracks, streams, isTalking } = participant;
	const name = display || labels.nameless, isScreen = source === 'screen';
	const isMuted = (/** @type {string} */ which) => (isLocal ? room.publisher.source(which) : streams.find((stream) => stream.source === which))?.muted ?? false;
	const picture = isMuted(source) ? null : tracks[source];
	const words = [isScreen ? `${labels.screenOf} ${name}` : name, isLocal && `(${labels.you})`, role === 'host' && labels.host, isMuted('audio') && `(${labels.muted})`].filter(Boolean).join(' ');
	const frame = /** @type {const} */ ({ width: '100%', aspectRatio: 4 / 3, borderRadius: theme.radius, borderWidth: 2, borderColor: isTalking ? theme.accent : 'transparent', overflow: 'hidden' });

	return h(View, { testID: 'rr-tile', style: [{ gap: 4 }, styles.root] },
		picture ? h(Picture, { track: picture, mirror: isLocal && !isScreen && picture.getSettings?.().facingMode !== 'environment', fit: isScreen ? 'contain' : 'cover', label: words, style: [frame, styles.picture] })
			: h(View, { 'aria-hidden': true, style: [frame, { alignItems: 'center', justifyContent: 'center', backgroundColor: theme.face }, styles.face] },
				h(Text, { style: [{ color: theme.onFace, fontSize: theme.textSize * 2 }, styles.initial] }, [...name][0]?.toUpperCase())),
		h(Text, { numberOfLines: 1, style: [{ color: theme.text, fontSize: theme.textSize }, styles.name] }, words));
}

/** @param {{renderTile?: (tile: TileProps) => import('react').ReactNode, styles?: {root?: import('./parts.js').ViewStyle, tiles?: import('./parts.js').ViewStyle, tile?: TileStyles}}} props */
export function ParticipantGrid({ renderTile, styles = {} }) {
	const labels = useLabels(), theme = useTheme();
	const people = useParticipants();
	const tiles = people.flatMap((participant) => [...participant.tracks.screen ? [{ participant, source: 'screen' }] : [], { participant, source: 'video' }]);
	const cell = { flexGrow: 1, flexBasis: theme.tile, minWidth: Math.min(theme.tile, 120), maxWidth: theme.tile * 3 };

	return h(ScrollView, { testID: 'rr-grid', style: [{ flex: 1 }, styles.root], tabIndex: 0 },
		h(View, { role: 'list', 'aria-label': labels.participants, style: [{ flexDirection: 'row', flexWrap: 'wrap', gap: theme.space }, styles.tiles] },
			tiles.map((tile) => h(View, { key: `${tile.participant.id} ${tile.source}`, role: 'listitem', style: cell }, renderTile ? renderTile(tile) : h(ParticipantTile, { ...tile, styles: styles.tile })))));
}
