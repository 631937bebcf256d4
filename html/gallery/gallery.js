// SPDX-License-Identifier: MIT
// The room's recordings, as a view of the page. The page gives the element and what belongs to the call, and says when it is looked at:
//
//   session = { recordings   Recordings of janus-recroom (REST)
//               events       EventTarget: `recordingevent`, whose detail is what the server said { event, recordingId, … }; null outside a call
//               can          (grant) => boolean: 'download', 'delete', 'record', as far as we know
//               announce     (text): into the page's only role="status"
//               alert        (text or error): a failure, shown until dismissed }
//
// Of a recording's node .rr-recording[data-rr-recording][data-rr-status], [data-rr-do=play|download|delete] and the playing #player-video tests know.

import { t } from '../i18n.js';

export function createGallery({ element, session }) {
	const list = document.createElement('ul'), empty = document.createElement('p');

	async function refresh() {
		const { recordings } = await session.recordings.list({ pageSize: 20 });

		empty.textContent = recordings.length ? '' : t('gallery.empty');
		list.replaceChildren(...recordings.map(({ recordingId, status, title }) => {
			const item = document.createElement('li');

			item.className = 'rr-recording';
			Object.assign(item.dataset, { rrRecording: recordingId, rrStatus: status });
			item.textContent = title || recordingId;
			return item;
		}));
	}
	const show = () => refresh().catch(session.alert);

	element.append(empty, list);
	session.events?.addEventListener('recordingevent', show);
	return {
		show,
		hide() {},
		refresh,
		destroy() {
			session.events?.removeEventListener('recordingevent', show);
			element.replaceChildren();
		},
	};
}
