// SPDX-License-Identifier: MIT
// The view of the room's recordings: when it is looked at, and what the gallery is given of the call.

import { createGallery } from './gallery/gallery.js';
import { Recordings, permissionsOf } from './sdk/core/src/index.js';
import { $, alertSentence, announce } from './ui.js';

const MAY = { record: 'canRecord', delete: 'canDelete', download: 'canDownload' };

export class Library {
	#events = new EventTarget();
	#gallery = null;

	constructor() {
		$('gallery-button').onclick = () => this.toggle($('gallery').hidden);
	}

	/** room: we are in; what it gives us counts from now on. */
	enter(room) {
		this.#gallery?.destroy();
		this.#gallery = createGallery({
			element: $('gallery'),
			session: {
				recordings: new Recordings({ url: location.origin, room: room.room, token: () => room.token, renew: () => room.renewToken() }),
				events: this.#events, can: (grant) => permissionsOf(room.role, room.token)[MAY[grant]] ?? false, announce, alert: alertSentence,
			},
		});
	}

	toggle(open) {
		$('gallery').hidden = !open;
		$('gallery-button').setAttribute('aria-expanded', String(open));
		if (open)
			this.#gallery?.show();
		else
			this.#gallery?.hide();
	}

	/** What the server said of a recording. */
	onEvent(detail) {
		this.#events.dispatchEvent(new CustomEvent('recordingevent', { detail }));
	}
}
