// SPDX-License-Identifier: MIT
// Somebody in the list of people: name, role, microphone; and for hosts what they may do to them, behind one button.

import { paintIcons, setIcon } from './icons.js';
import { t } from './i18n.js';
import { toneOf } from './tile.js';
import { $, announce, attemptBy, confirmWith, initials, setText, stamp } from './ui.js';

const isModerated = (person, source) => person.streams.some((stream) => stream.source === source && stream.moderated);

/** What hosts do: word by person, sentence to ask first (or none), and the request. */
const ACTS = {
	mute: {
		word: (person) => (isModerated(person, 'audio') ? 'page.act.unmute' : 'page.act.mute'),
		run: ({ host }, person) => host.moderate(person.id, { source: 'audio', mute: !isModerated(person, 'audio') }),
	},
	camera: {
		word: (person) => (isModerated(person, 'video') ? 'page.act.camera_on' : 'page.act.camera_off'),
		run: ({ host }, person) => host.moderate(person.id, { source: 'video', mute: !isModerated(person, 'video') }),
	},
	role: {
		word: ({ role }) => (role === 'host' ? 'page.act.demote' : 'page.act.promote'),
		run: ({ host }, { id, role }) => (role === 'host' ? host.demote(id) : host.promote(id)),
	},
	transfer: { word: () => 'page.act.transfer', ask: 'page.transfer', run: ({ host }, { id }) => host.transfer(id) },
	kick: { word: () => 'page.act.kick', ask: 'page.kick', run: ({ host }, { id }) => host.kick(id) },
};

export class PersonRow {
	#room;
	#person = null;
	#more;
	#acts;

	constructor(room) {
		this.#room = room;
		this.node = stamp('person-template');
		this.#more = this.node.querySelector('.rr-person-more');
		this.#acts = this.node.querySelector('.rr-person-acts');
		paintIcons(this.node);
		this.#more.onclick = () => this.#unfold(this.#acts.hidden);
		this.node.onkeydown = (event) => {
			if (event.key === 'Escape' && !this.#acts.hidden) {
				event.stopPropagation();
				this.#unfold(false);
				this.#more.focus();
			}
		};
		for (const button of this.#acts.querySelectorAll('[data-rr-act]'))
			button.onclick = () => this.#run(button, ACTS[button.dataset.rrAct]);
	}

	show(person, isManaged) {
		const name = person.display || person.id, audio = person.isLocal ? this.#room.publisher.source('audio') : person.streams.find(({ source }) => source === 'audio');
		const isSilent = !audio || audio.muted;

		this.#person = person;
		this.node.dataset.rrParticipant = person.id;
		this.node.dataset.rrTalking = String(person.isTalking);
		setText(this.node.querySelector('.rr-avatar'), initials(name));
		this.node.querySelector('.rr-avatar').dataset.rrTone = String(toneOf(name));
		setText(this.node.querySelector('.rr-person-name'), person.isLocal ? t('page.you', { name }) : name);
		setText(this.node.querySelector('.rr-person-role'), person.role === 'host' ? t('page.host') : '');
		setIcon(this.node.querySelector('.rr-person-mic'), isSilent ? 'micOff' : 'mic');
		setText(this.node.querySelector('.rr-person-mic .rr-hidden-text'), t(isSilent ? 'page.person.muted' : 'page.person.audible'));
		this.#more.hidden = !isManaged || person.isLocal;
		this.#more.setAttribute('aria-label', t('page.person.more', { name }));
		if (this.#more.hidden)
			this.#unfold(false);
		for (const button of this.#acts.querySelectorAll('[data-rr-act]'))
			setText(button.querySelector('span'), t(ACTS[button.dataset.rrAct].word(person)));
	}

	#unfold(open) {
		this.#acts.hidden = !open;
		this.#more.setAttribute('aria-expanded', String(open));
	}

	async #run(button, { ask, run, word }) {
		const person = this.#person, name = person.display || person.id, key = word(person);

		if (ask && !await confirmWith({ title: t(`${ask}.title`, { name }), text: t(`${ask}.text`, { name }), yes: t(key) }))
			return;
		await attemptBy(button, async () => {
			await run(this.#room, person);
			announce(t('page.act.done', { what: t(key), name }));
		});
		if (!this.node.isConnected || this.#more.hidden)
			$('panel-title').focus();
	}
}
