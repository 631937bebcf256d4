// SPDX-License-Identifier: MIT
// What hosts do to the call as a whole: who may still come in, the end for all; and of the recording its layout, now or for the next one, and its title.

import { t } from './i18n.js';
import { Part } from './part.js';
import { $, announce, attempt, attemptBy, confirmWith } from './ui.js';

const RUNS = new Set(['starting', 'recording', 'paused']);

export class HostTools extends Part {
	#layouts = [...document.querySelectorAll('#layouts input')];

	constructor(room) {
		super(room);
		this.listen($('lock'), 'click', () => attemptBy($('lock'), () => room.host.lock(!room.locked)));
		this.listen($('end-call'), 'click', () => attempt(() => this.#end()));
		for (const input of this.#layouts) {
			input.checked = input.value === '';
			this.listen(input, 'change', () => attempt(() => this.#setLayout(input.value)));
		}
		this.hear('locked', ({ locked }) => announce(t(locked ? 'page.lock.on' : 'page.lock.off')));
		this.paintAfter('locked role recording', () => this.#paint());
	}

	/** For the next recording. */
	get options() {
		const layout = this.#layouts.find(({ checked }) => checked)?.value, title = $('recording-title').value.trim();

		return { ...layout ? { layout } : {}, ...title ? { title } : {} };
	}

	async #end() {
		if (await confirmWith({ title: t('page.end.title'), text: t('page.end.text'), yes: t('page.end.yes') }))
			await this.room.host.endCall();
	}

	async #setLayout(layout) {
		if (layout && RUNS.has(this.room.recording.status))
			await this.room.host.setLayout({ layout });
	}

	#paint() {
		const { permissions, locked, recording } = this.room;
		const runs = RUNS.has(recording.status);

		$('host-tools').hidden = !permissions.isHost;
		$('call-tools').hidden = !permissions.canAdmit;
		$('recording-tools').hidden = !permissions.canRecord;
		$('lock').setAttribute('aria-checked', String(locked));
		$('locked-sign').hidden = !locked;
		$('recording-title').disabled = runs;
		$('layout-default').hidden = runs;
		for (const input of this.#layouts)
			if (runs && recording.state.layout)
				input.checked = input.value === recording.state.layout;
	}
}
