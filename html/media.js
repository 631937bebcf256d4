// SPDX-License-Identifier: MIT
// Our own camera, microphone and screen. Without any of them one joins as a viewer.

const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
const WISHES = [{ audio: true, video: VIDEO }, { audio: true }, { video: VIDEO }];

const PROBLEMS = {
	NotAllowedError: 'This browser was not allowed to use camera and microphone. You join as a viewer.',
	NotFoundError: 'No camera or microphone was found. You join as a viewer.',
	NotReadableError: 'Camera and microphone are in use by another program. You join as a viewer.',
};

export class LocalMedia extends EventTarget {
	/** audio, video: MediaStreamTrack or null. */
	tracks = { audio: null, video: null };
	/** What the user wants to send. */
	on = { audio: false, video: false };
	/** A sentence when something is missing. */
	problem = '';
	isOpen = false;

	async open() {
		this.isOpen = true;
		if (!navigator.mediaDevices?.getUserMedia) {
			this.problem = 'Camera and microphone work only over HTTPS or on this very machine. You join as a viewer.';
			return this.#changed();
		}
		for (const wish of WISHES) {
			try {
				return this.#take(await navigator.mediaDevices.getUserMedia(wish));
			} catch (error) {
				this.problem = PROBLEMS[error.name] ?? `Camera and microphone cannot be used: ${error.message}. You join as a viewer.`;
				if (error.name === 'NotAllowedError')
					break;
			}
		}
		return this.#changed();
	}

	#take(stream) {
		this.tracks = { audio: stream.getAudioTracks()[0] ?? null, video: stream.getVideoTracks()[0] ?? null };
		this.on = { audio: Boolean(this.tracks.audio), video: Boolean(this.tracks.video) };
		this.problem = this.tracks.audio && this.tracks.video ? ''
			: `No ${this.tracks.audio ? 'camera' : 'microphone'} can be used; you join without.`;
		this.#changed();
	}

	/** Switches a track on or off here; telling the server is the caller's. */
	toggle(kind, on) {
		if (!this.tracks[kind])
			return;
		this.on[kind] = on;
		this.tracks[kind].enabled = on;
		this.#changed();
	}

	/** Sources to publish: what there is, with whether it is to be sent. */
	sources() {
		return ['audio', 'video'].filter((kind) => this.tracks[kind])
			.map((kind) => ({ source: kind, track: this.tracks[kind], send: this.on[kind] }));
	}

	close() {
		for (const track of Object.values(this.tracks))
			track?.stop();
		this.tracks = { audio: null, video: null };
		this.isOpen = false;
	}

	#changed() {
		this.dispatchEvent(new Event('change'));
	}
}

/** Asks for a screen, a window or a tab; null when the user thinks better of it. */
export async function openScreen() {
	if (!navigator.mediaDevices?.getDisplayMedia)
		throw new Error('This browser cannot share a screen.');
	try {
		const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: true });
		const [video] = stream.getVideoTracks();
		const [audio] = stream.getAudioTracks();

		video.contentHint = 'detail';
		return [{ source: 'screen', track: video, send: true }, ...(audio ? [{ source: 'screenaudio', track: audio, send: true }] : [])];
	} catch (error) {
		if (error.name === 'NotAllowedError')
			return null;
		throw new Error('The screen cannot be shared: ' + error.message);
	}
}
