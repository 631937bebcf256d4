// SPDX-License-Identifier: MIT
// Camera and microphone before the call: opened for a look, chosen, switched off; then handed to whoever publishes them. Without any of them one joins as a viewer.

import { choices } from './kept.js';

const KINDS = ['audio', 'video'];
/** Both, or what there is. */
const WISHES = [KINDS, ['audio'], ['video']];
const PROBLEMS = { permission_denied: 'denied', no_device: 'none', device_busy: 'busy', no_media: 'insecure' };

/** Layers of a small picture would cost more than they save. */
const isLarge = (track) => (track.getSettings().width ?? 0) >= 480;

export class LocalMedia extends EventTarget {
	#devices;

	/** audio, video: MediaStreamTrack or null. */
	tracks = { audio: null, video: null };
	/** What the user wants to send. */
	on = { audio: true, video: true };
	/** Word for what is missing: denied, none, busy, insecure, camera, microphone; or ''. */
	problem = '';
	isOpen = false;

	/** devices: of the client package. */
	constructor(devices) {
		super();
		this.#devices = devices;
	}

	/** Which device was chosen last; '': any. */
	chosen(kind) {
		return choices.read('devices', {})[kind] ?? '';
	}

	choose(kind, deviceId) {
		choices.write('devices', { ...choices.read('devices', {}), [kind]: deviceId });
	}

	async open() {
		this.isOpen = true;
		for (const kinds of WISHES) {
			try {
				await this.#openThese(kinds);
				this.problem = this.tracks.audio && this.tracks.video ? '' : this.tracks.audio ? 'camera' : 'microphone';
				break;
			} catch ({ code }) {
				this.problem = PROBLEMS[code] ?? 'none';
				if (code === 'permission_denied')
					break;
			}
		}
		this.#changed();
	}

	/** Another camera or microphone in the place of the one shown. */
	async reopen(kind) {
		const [source] = await this.#devices.open({ audio: false, video: false, [kind]: this.wish(kind) });

		this.tracks[kind]?.stop();
		this.tracks[kind] = source.track;
		this.toggle(kind, this.on[kind]);
	}

	/** Constraints for the chosen device, or any if it is not there any more. */
	wish(kind) {
		return this.chosen(kind) ? { deviceId: { ideal: this.chosen(kind) } } : true;
	}

	toggle(kind, on) {
		this.on[kind] = on;
		if (this.tracks[kind])
			this.tracks[kind].enabled = on;
		this.#changed();
	}

	/** Sources to publish; they are the publisher's from now on. */
	handOver() {
		const sources = KINDS.filter((kind) => this.tracks[kind]).map((kind) => ({
			source: kind, track: this.tracks[kind], muted: !this.on[kind], simulcast: isLarge(this.tracks[kind]),
		}));

		this.tracks = { audio: null, video: null };
		this.isOpen = false;
		this.#changed();
		return sources;
	}

	async #openThese(kinds) {
		const wish = Object.fromEntries(KINDS.map((kind) => [kind, kinds.includes(kind) && this.wish(kind)]));

		for (const { source, track } of await this.#devices.open(wish)) {
			this.tracks[source] = track;
			track.enabled = this.on[source];
		}
	}

	#changed() {
		this.dispatchEvent(new Event('change'));
	}
}
