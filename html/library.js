// SPDX-License-Identifier: MIT
// The view of the room's recordings: when it is looked at, and what the gallery is given of the call. It stays after the call, for who was in it.

import { t } from './i18n.js';
import { $, alertSentence, announce, attempt } from './ui.js';

const MAY = { record: 'canRecord', delete: 'canDelete', download: 'canDownload', host: 'isHost' };

export class Library {
	#events = new EventTarget();
	#room = null;
	/** Made when it is first looked at. */
	#gallery = null;

	constructor() {
		$('gallery-button').onclick = () => attempt(() => this.toggle($('gallery').hidden));
		$('gallery').onkeydown = (event) => {
			if (event.key === 'Escape' && !event.defaultPrevented && !event.target.closest('dialog'))
				$('gallery-button').click();
		};
	}

	/** room: we are in; what it gives us counts from now on. */
	enter(room) {
		this.leave();
		this.#room = room;
		room.on('recordingevent', (detail) => this.#events.dispatchEvent(new CustomEvent('recordingevent', { detail })));
		room.on('recording', ({ status }) => {
			$('gallery-button').dataset.rrNew = String(status === 'completed' && $('gallery').hidden);
		});
		$('gallery-button').hidden = !room.recordings;
	}

	/** Nothing is shown of the room that was left. */
	leave() {
		this.toggle(false);
		this.#gallery?.destroy();
		this.#gallery = null;
	}

	async toggle(open) {
		const button = $('gallery-button');

		$('gallery').hidden = !open;
		document.documentElement.dataset.rrGallery = String(open);
		button.setAttribute('aria-expanded', String(open));
		if (open) {
			button.dataset.rrNew = 'false';
			await this.#open();
		} else {
			this.#gallery?.hide();
		}
	}

	async #open() {
		const { createGallery } = await import('./gallery/gallery.js');
		const room = this.#room;

		this.#gallery ??= createGallery({
			element: $('gallery'),
			session: { recordings: room.recordings, events: this.#events, can: (grant) => room.permissions[MAY[grant]] ?? false, announce, alert: alertSentence },
		});
		announce(t('page.recordings'));
		this.#gallery.show();
	}
}
