// SPDX-License-Identifier: MIT
// What was recorded in this room. Every part may be replaced: `components={{ Header, Item, Empty, Loading }}`.

import { createElement as h, useState } from 'react';

import { useLabels } from './context.js';
import { clockText, sizeText, STATUS_LABELS } from './labels.js';
import { classes, Progress, StatusShape } from './parts.js';
import { useRecordings } from './recordings_hook.js';
import { useAsked, useRoom } from './room_hooks.js';

/** @typedef {import('janus-recroom').RecordingInfo} RecordingInfo */

/**
 * @typedef {object} ItemProps
 * @property {RecordingInfo} recording
 * @property {boolean} canDelete
 * @property {(recording: RecordingInfo, url: string) => void} [onPlay] with a fresh address
 * @property {(id: string) => Promise<unknown>} onDelete
 * @property {(id: string) => Promise<string>} addressOf
 */

/**
 * @typedef {object} RecordingsListParts
 * @property {import('react').ComponentType<{onRefresh: () => void, loading: boolean}>} [Header]
 * @property {import('react').ComponentType<ItemProps>} [Item]
 * @property {import('react').ComponentType<{}>} [Empty]
 * @property {import('react').ComponentType<{}>} [Loading]
 */

/** @param {{onRefresh: () => void, loading: boolean}} props */
export function RecordingsListHeader({ onRefresh, loading }) {
	const labels = useLabels();

	return h('div', { className: 'rr-list-header' }, h('h2', null, labels.recordings),
		h('button', { type: 'button', className: 'rr-button', onClick: onRefresh, disabled: loading }, labels.refresh));
}

/** @param {ItemProps} props */
export function RecordingsListItem({ recording, canDelete, onPlay, onDelete, addressOf }) {
	const labels = useLabels();
	const [asks, setAsks] = useState(false);
	const { recordingId, status, startedAt, duration, size, url, downloadUrl, thumbnailUrl, progress } = recording;
	const title = recording.title || `${labels.untitled} ${new Date(startedAt).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })}`;
	const done = status === 'completed', word = STATUS_LABELS[status];
	const [play, playing] = useAsked(async () => onPlay?.(recording, await addressOf(recordingId)));
	const [remove, removing] = useAsked(() => onDelete(recordingId));

	return h('div', { className: 'rr-recording', 'data-rr-recording': recordingId, 'data-rr-status': status },
		thumbnailUrl ? h('img', { className: 'rr-thumbnail', src: thumbnailUrl, alt: '' }) : h(StatusShape, { status }),
		h('div', { className: 'rr-facts' }, h('h3', null, title),
			h('p', null, done ? [clockText(duration), size ? sizeText(size) : ''].filter(Boolean).join(' · ') : word && labels[word]),
			h(Progress, { percent: status === 'processing' || status === 'uploading' ? progress?.percent ?? 0 : null, label: `${labels.progress}: ${title}` })),
		h('div', { className: 'rr-actions' },
			done && url && onPlay && h('button', { type: 'button', className: 'rr-button', disabled: playing, 'aria-label': `${labels.play}: ${title}`, onClick: () => play() }, labels.play),
			done && (downloadUrl ?? url) && h('a', { className: 'rr-button', href: downloadUrl ?? url, download: '', 'aria-label': `${labels.download}: ${title}` }, labels.download),
			canDelete && (done || status === 'failed') && (asks
				? [h('span', { key: 'sure', className: 'rr-question' }, labels.removeSure),
					h('button', { key: 'yes', type: 'button', className: 'rr-button rr-danger', disabled: removing, onClick: () => remove() }, labels.remove),
					h('button', { key: 'no', type: 'button', className: 'rr-button', onClick: () => setAsks(false) }, labels.removeNot)]
				: h('button', { type: 'button', className: 'rr-button', 'aria-label': `${labels.remove}: ${title}`, onClick: () => setAsks(true) }, labels.remove))));
}

/**
 * @param {{components?: RecordingsListParts, pageSize?: number, status?: string, onPlay?: (recording: RecordingInfo, url: string) => void, className?: string}} props
 */
export function RecordingsList({ components = {}, pageSize, status, onPlay, className }) {
	const labels = useLabels();
	const { permissions } = useRoom();
	const { recordings, loading, error, hasMore, loadMore, refresh, remove, addressOf } = useRecordings({ pageSize, status });
	const { Header = RecordingsListHeader, Item = RecordingsListItem, Empty, Loading } = components;
	const nothing = loading ? (Loading ? h(Loading) : h('p', { className: 'rr-loading' }, labels.loading)) : Empty ? h(Empty) : h('p', { className: 'rr-empty' }, labels.empty);

	return h('section', { className: classes('rr-recordings', className), 'aria-label': labels.recordings, 'aria-busy': loading },
		h(Header, { onRefresh: () => { refresh(); }, loading }),
		error && h('p', { role: 'alert', className: 'rr-alert' }, error.message),
		recordings.length ? h('ul', null, recordings.map((recording) => h('li', { key: recording.recordingId },
			h(Item, { recording, canDelete: permissions.canDelete, onPlay, onDelete: remove, addressOf })))) : !error && nothing,
		hasMore && h('button', { type: 'button', className: 'rr-button', onClick: loadMore }, labels.more));
}
