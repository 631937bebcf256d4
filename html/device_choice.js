// SPDX-License-Identifier: MIT
// <select data-rr-device="audio|video">, wherever one stands: filled with what is plugged in, showing what was chosen.

import { t } from './i18n.js';

const KINDS = { audioinput: 'audio', videoinput: 'video' };

export class DeviceChoice {
	#devices;
	#media;
	#selects = [...document.querySelectorAll('select[data-rr-device]')];

	/** onChoice(kind) is called when another one is to be used; media keeps which. */
	constructor(devices, media, onChoice) {
		this.#devices = devices;
		this.#media = media;
		for (const select of this.#selects)
			select.onchange = () => {
				media.choose(select.dataset.rrDevice, select.value);
				onChoice(select.dataset.rrDevice);
				this.refresh();
			};
		devices.on('change', () => this.refresh());
		devices.watch();
		document.addEventListener('languagechange', () => this.refresh());
	}

	/** What there is; names are known once a device was opened. */
	async refresh() {
		const all = await this.#devices.list();

		for (const select of this.#selects) {
			const kind = select.dataset.rrDevice;
			const some = all.filter((device) => KINDS[device.kind] === kind);

			select.replaceChildren(...some.map(({ deviceId, label }, i) => new Option(label || t(`page.device.${kind}`, { number: i + 1 }), deviceId)));
			select.disabled = !some.length;
			if (!some.length)
				select.append(new Option(t('page.device.none'), ''));
			else if (some.some(({ deviceId }) => deviceId === this.#media.chosen(kind)))
				select.value = this.#media.chosen(kind);
		}
	}
}
