// SPDX-License-Identifier: MIT
// A phone that is all made up: whether somebody looks at it, what may be used, which network there is, who rings.

const NAMES = { audio: 'microphone', video: 'camera' };

export class FakeAdapter {
	now = 'active';
	/** What the system says when it is asked without a question, and what the person answers. */
	permissions = { camera: 'granted', microphone: 'granted' };
	answers = { camera: 'granted', microphone: 'granted' };
	/** Questions on the screen: functions that answer them; null: each is answered at once. */
	questions = null;
	/** What happened: 'ask camera', 'start camera,microphone', … */
	log = [];
	storage = null;
	#activity = new Set();
	#network = new Set();
	#focus = new Set();

	constructor(world, more = {}) {
		const { devices, webrtc } = world;

		this.RTCPeerConnection = webrtc.RTCPeerConnection;
		this.MediaStream = class {};
		this.mediaDevices = { ...devices, getUserMedia: (wish) => this.#open(devices, wish) };
		this.service = { start: (types) => this.log.push(`start ${types}`), stop: () => this.log.push('stop') };
		Object.assign(this, more);
	}

	activity = () => this.now;
	onActivity = (listener) => listen(this.#activity, listener);
	onNetwork = (listener) => listen(this.#network, listener);
	onAudioFocus = (listener) => listen(this.#focus, listener);
	checkPermission = async (name) => this.permissions[name];
	openSettings = async () => { this.log.push('settings'); };

	askPermission = async (name) => {
		this.log.push(`ask ${name}`);
		if (this.questions)
			await new Promise((resolve) => { this.questions.push(resolve); });
		this.permissions[name] = this.answers[name];
		return this.answers[name];
	};

	/** How many still listen. */
	get listeners() { return this.#activity.size + this.#network.size + this.#focus.size; }

	goes(activity) {
		this.now = activity;
		this.#activity.forEach((listener) => listener(activity));
	}

	network(type) {
		this.#network.forEach((listener) => listener({ isConnected: type === 'unknown' ? null : type !== 'none', type }));
	}

	focus(said) {
		this.#focus.forEach((listener) => listener(said));
	}

	/** As the system: what is not granted cannot be opened. */
	#open(devices, wish) {
		const refused = Object.keys(NAMES).filter((source) => wish[source] && this.permissions[NAMES[source]] !== 'granted');

		if (refused.length)
			throw new Error(`opened without a permission: ${refused}`);
		return devices.getUserMedia(wish);
	}
}

function listen(set, listener) {
	set.add(listener);
	return () => set.delete(listener);
}
