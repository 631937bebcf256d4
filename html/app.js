// SPDX-License-Identifier: MIT
// The page: start, and the way through its views. All state worth knowing is the server's.
//
//   join ─ Join ─▶ (waiting ─▶) call ─▶ left ─ Join again ─▶ …          a tab reloaded in a call goes there by itself

import { Call } from './call.js';
import { readConfig } from './config.js';
import { DeviceChoice } from './device_choice.js';
import { has, preferredLanguage, setLanguage, t } from './i18n.js';
import { paintIcons } from './icons.js';
import { JoinForm } from './join_form.js';
import { tab } from './kept.js';
import { Library } from './library.js';
import { readLink } from './link.js';
import { LocalMedia } from './media.js';
import { Preview } from './preview.js';
import { Room } from './sdk/core/src/index.js';
import { bindSettings } from './settings.js';
import { showTheme } from './theme.js';
import { $, alertSentence, announce, attempt, clearAlert, setKey, setText, setView } from './ui.js';

/** Over like this, the tab may come back as the same person. */
const COMES_BACK = new Set(['unreachable']);

class Page {
	#config;
	#form;
	#media;
	#devices;
	#room = null;
	#call = null;
	#library = new Library();

	async start() {
		showTheme();
		paintIcons(document.body);
		await setLanguage(preferredLanguage());
		this.#config = await readConfig(location);
		const { devices } = new Room();

		this.#media = new LocalMedia(devices);
		this.#devices = new DeviceChoice(devices, this.#media, (kind) => attempt(() => (this.#call ? this.#call.switchTo(kind) : this.#media.reopen(kind))));
		const preview = new Preview(this.#media);

		this.#form = new JoinForm(readLink(location.href), this.#config.rooms, (name) => preview.name(name));
		this.#bind();
		await this.#begin();
		document.documentElement.dataset.rrReady = 'true';
	}

	#bind() {
		bindSettings();
		this.#form.onSubmit(() => this.#enter());
		$('rejoin').onclick = () => this.#enter();
		$('to-form').onclick = () => this.#showForm();
		$('alert-close').onclick = clearAlert;
		$('waiting-leave').onclick = () => this.#room?.leave();
	}

	async #begin() {
		const before = tab.read('call');

		if (before?.room && (!readLink(location.href).room || readLink(location.href).room === before.room)) {
			this.#form.fill(before);
			Object.assign(this.#media.on, before.on);
			setView('waiting', $('waiting-title'));
			this.#showWaiting('back');
			await this.#enter();
		} else {
			await this.#showForm();
		}
	}

	async #showForm() {
		setView('join');
		this.#form.focus();
		await this.#open();
	}

	async #open() {
		if (!this.#media.isOpen)
			await this.#media.open();
		await this.#devices.refresh();
	}

	async #enter() {
		this.#form.isBusy(true);
		clearAlert();
		try {
			await this.#open();
			await this.#join();
		} catch (error) {
			this.#onRefused(error);
		}
		this.#form.isBusy(false);
	}

	async #join() {
		const room = this.#room = new Room({ serverUrl: this.#config.serverUrl, apiUrl: location.origin });

		room.on('waiting', ({ reason }) => {
			this.#showWaiting(reason);
			setView('waiting', $('waiting-title'));
		});
		await room.join(this.#form.wish);
		this.#library.enter(room);
		this.#call = new Call(room, this.#media, (why) => this.#onOver(why));
		setView('call', $('room-title'));
		if (this.#form.isHost && !room.isHost && !tab.read('call'))
			alertSentence(t('page.refused.host'));
		await attempt(() => this.#call.publish());
	}

	#showWaiting(reason) {
		setKey($('waiting-text'), `page.waiting.${reason}`);
		announce($('waiting-text').textContent);
	}

	/** Left while waiting, refused, or not reached: back to the form, with what was written. */
	#onRefused(error) {
		tab.write('call', null);
		if (error.code === 'wrong_pin')
			this.#form.askForPin(true);
		this.#showForm();
		if (error.code !== 'left')
			alertSentence(error);
	}

	#onOver({ code, reason }) {
		this.#call = null;
		if (!COMES_BACK.has(code))
			tab.write('call', null);
		this.#library.toggle(false);
		$('ask').close();
		$('confirm').close();
		if (has(`page.left.${code}`)) {
			setKey($('left-title'), `page.left.${code}`);
		} else {
			$('left-title').removeAttribute('data-rr-t');
			setText($('left-title'), reason.replace(/\.$/, ''));
		}
		announce($('left-title').textContent);
		setView('left', $('left-title'));
	}
}

new Page().start();
