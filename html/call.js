// SPDX-License-Identifier: MIT
// A call that we are in: the parts of the page that show and steer it, from the answer to join until it is over.

import { Connection } from './connection.js';
import { ConsentPart } from './consent.js';
import { Controls } from './controls.js';
import { HostTools } from './host_tools.js';
import { t } from './i18n.js';
import { Indicator } from './indicator.js';
import { tab } from './kept.js';
import { Knocks } from './knocks.js';
import { inviteLink } from './link.js';
import { PeoplePanel } from './people_panel.js';
import { RecordButtons } from './record_buttons.js';
import { RecroomError } from './sdk/core/src/index.js';
import { Said } from './said.js';
import { Stage } from './stage.js';
import { $, announce, attempt, setKey, setText } from './ui.js';

const COPIED_MS = 2000;

export class Call {
	#room;
	#media;
	#parts;
	#controls;

	/** room: joined; media: what was chosen before; onOver({code, reason}) when it has ended, by whomever. */
	constructor(room, media, onOver) {
		const tools = new HostTools(room);

		this.#room = room;
		this.#media = media;
		this.#controls = new Controls(room, media, () => this.#remember());
		this.#parts = [tools, this.#controls, new Stage(room), new Indicator(room), new RecordButtons(room, () => tools.options), new Said(room), new ConsentPart(room),
			new PeoplePanel(room), new Knocks(room), new Connection(room)];
		room.on('role', (role) => announce(t(`page.role.${role}`)));
		room.on('closed', (why) => {
			this.#parts.forEach((part) => part.close());
			onOver(why);
		});
		$('leave').onclick = () => attempt(() => room.leave());
		$('invite').onclick = () => attempt(() => this.#copyInvite());
		setText($('room-name'), room.description || room.name);
		document.title = `${room.name} · ${t('page.name')}`;
	}

	/** Sends what was opened before. A reload finds us here again. */
	async publish() {
		const sources = this.#media.handOver();

		this.#remember();
		if (sources.length)
			await this.#room.publisher.send(sources);
	}

	/** Another device was chosen in the settings. */
	switchTo(kind) {
		return this.#controls.switchTo(kind);
	}

	#remember() {
		tab.write('call', { room: this.#room.name, name: this.#room.participants.local?.display, on: this.#media.on });
	}

	async #copyInvite() {
		const address = inviteLink(location.href, this.#room.name), word = $('invite').querySelector('span');

		if (!navigator.clipboard)
			throw new RecroomError('no_clipboard', t('page.invite.by_hand', { address }));
		await navigator.clipboard.writeText(address);
		announce(t('page.invite.copied'));
		setKey(word, 'page.invite.done');
		setTimeout(() => setKey(word, 'page.invite'), COPIED_MS);
	}
}
