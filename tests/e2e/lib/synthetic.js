// SPDX-License-Identifier: GPL-3.0-or-later
// Runs in the page before anything else: a camera of one flat colour, a microphone with one tone, which flash white and beep together once a
// second for 100 ms; and a screen of another colour. What was drawn and sounded when stands in rrTruth [ms since 1970].
(who) => {
	const WIDTH = 320, HEIGHT = 240, FRAME_MS = 50, PULSE_MS = 100, PERIOD_MS = 1000, LEVEL = 0.25, RAMP_S = 0.002;
	const truth = { flashes: [], beeps: [] };
	const now = () => performance.timeOrigin + performance.now();

	globalThis.rrTruth = truth;

	/** Calls draw(wall ms) on a grid of FRAME_MS, without drift. */
	function everyFrame(draw) {
		const tick = () => {
			const t = now();

			draw(t);
			setTimeout(tick, FRAME_MS - (now() % FRAME_MS));
		};

		tick();
	}

	function canvasTrack(paint) {
		const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
		const context = canvas.getContext('2d');
		const [track] = canvas.captureStream(0).getVideoTracks();

		everyFrame((t) => {
			context.fillStyle = paint(t);
			context.fillRect(0, 0, WIDTH, HEIGHT);
			track.requestFrame();
		});
		return track;
	}

	function tone() {
		const audio = new AudioContext({ latencyHint: 'interactive', sampleRate: 48000 });
		const oscillator = new OscillatorNode(audio, { frequency: who.hz });
		const gate = new GainNode(audio, { gain: 0 });
		const out = audio.createMediaStreamDestination();

		oscillator.connect(gate).connect(out);
		oscillator.start();
		return {
			track: out.stream.getAudioTracks()[0],
			beep() {
				const at = audio.currentTime;

				gate.gain.setTargetAtTime(LEVEL, at, RAMP_S);
				gate.gain.setTargetAtTime(0, at + PULSE_MS / 1000, RAMP_S);
				truth.beeps.push(now());
			},
		};
	}

	/** Flash and beep begin in the same task. */
	function camera(beep) {
		const rgb = `rgb(${who.colour.join(' ')})`;
		let flashing = false;

		return canvasTrack((t) => {
			const white = (t - who.phaseMs + PERIOD_MS) % PERIOD_MS < PULSE_MS;

			if (white && !flashing) {
				truth.flashes.push(t);
				beep();
			}
			flashing = white;
			return white ? '#fff' : rgb;
		});
	}

	navigator.mediaDevices.getUserMedia = async (wish) => {
		if ((!who.camera && !who.microphone) || (wish.video && !who.camera) || (wish.audio && !who.microphone))
			throw new DOMException('none here', who.camera || who.microphone ? 'NotFoundError' : 'NotAllowedError');
		const sound = wish.audio ? tone() : null;

		return new MediaStream([
			...(sound ? [sound.track] : []),
			...(wish.video ? [camera(() => sound?.beep())] : []),
		]);
	};
	navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([canvasTrack(() => `rgb(${(who.screen ?? [120, 120, 120]).join(' ')})`)]);
}
