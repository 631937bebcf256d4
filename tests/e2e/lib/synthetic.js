// SPDX-License-Identifier: GPL-3.0-or-later
// Runs in the page before anything else: a camera of one flat colour, a microphone with one tone, which flash white and beep together once a
// second for 100 ms; and a screen of another colour. What was drawn and sounded when stands in rrTruth [ms since 1970]. With `portrait`, the colour of a face,
// the camera shows somebody made up, and nothing is measured.
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

	/** BT.601, limited range: what receivers take a call's video for. (A canvas would send full range, and tell nobody.) */
	function yuvOf([r, g, b]) {
		return [16 + (65.738 * r + 129.057 * g + 25.064 * b) / 256, 128 + (-37.945 * r - 74.494 * g + 112.439 * b) / 256,
			128 + (112.439 * r - 94.154 * g - 18.285 * b) / 256].map(Math.round);
	}

	/** Somebody made up, who moves a little: for pictures to look at, where nobody measures colours. */
	function portraitFrame(rgb, t) {
		const WIDE = 424, HIGH = 240, canvas = portraitFrame.canvas ??= new OffscreenCanvas(WIDE, HIGH), g = canvas.getContext('2d');
		const shade = (share) => `rgb(${rgb.map((c) => Math.round(c * share + (share > 1 ? 40 : 0))).join(' ')})`;
		const sky = g.createLinearGradient(0, 0, WIDE, HIGH), x = WIDE / 2 + 6 * Math.sin(t / 900), y = 98 + 3 * Math.sin(t / 500);
		const blob = (fill, ...ellipse) => {
			g.fillStyle = fill;
			g.beginPath();
			g.ellipse(...ellipse, 0, 0, 2 * Math.PI);
			g.fill();
		};

		sky.addColorStop(0, shade(1.15));
		sky.addColorStop(1, shade(0.55));
		g.fillStyle = sky;
		g.fillRect(0, 0, WIDE, HIGH);
		blob(shade(0.22), x, y - 10, 49, 55);
		blob(who.portrait, x, y + 50, 19, 34);
		blob(shade(0.34), x, HIGH + 22, 108, 92);
		blob(who.portrait, x, y + 4, 40, 48);
		blob(shade(0.22), x - 10, y - 40, 40, 20);
		return new VideoFrame(canvas, { timestamp: Math.round(t * 1000) });
	}

	function flatFrame(rgb, t) {
		const pixels = new Uint8Array(WIDTH * HEIGHT * 3 / 2);
		const [y, u, v] = yuvOf(rgb);

		pixels.fill(y, 0, WIDTH * HEIGHT).fill(u, WIDTH * HEIGHT, WIDTH * HEIGHT * 5 / 4).fill(v, WIDTH * HEIGHT * 5 / 4);
		return new VideoFrame(pixels, { format: 'I420', codedWidth: WIDTH, codedHeight: HEIGHT, timestamp: Math.round(t * 1000),
			colorSpace: { matrix: 'smpte170m', primaries: 'smpte170m', transfer: 'smpte170m', fullRange: false } });
	}

	/** A video track whose picture is one colour at a time: colourAt(wall ms) → [r, g, b]. */
	function flatTrack(colourAt, frameOf = flatFrame) {
		const track = new MediaStreamTrackGenerator({ kind: 'video' });
		const writer = track.writable.getWriter();

		everyFrame((t) => {
			if (track.readyState === 'live')
				writer.write(frameOf(colourAt(t), t)).catch(() => {});
		});
		return track;
	}

	/**
	 * An audio track whose samples have their place on the page's clock, however late they are made: sample n belongs to start + n / 48000 s.
	 * beep(wall ms) sounds for PULSE_MS from then on.
	 */
	function toneTrack() {
		const RATE = 48000, BLOCK = RATE / 100;
		const track = new MediaStreamTrackGenerator({ kind: 'audio' });
		const writer = track.writable.getWriter();
		const start = now();
		let made = 0, from = 0, to = 0, gain = 0;

		function block() {
			const samples = new Float32Array(BLOCK);

			for (let i = 0; i < BLOCK; i++) {
				const n = made + i;

				gain += ((n >= from && n < to ? LEVEL : 0) - gain) / (RATE * RAMP_S);
				samples[i] = gain * Math.sin(2 * Math.PI * who.hz * n / RATE);
			}
			const data = new AudioData({ format: 'f32-planar', sampleRate: RATE, numberOfFrames: BLOCK, numberOfChannels: 1,
				timestamp: Math.round((start + made * 1000 / RATE) * 1000), data: samples });

			made += BLOCK;
			return data;
		}

		setInterval(() => {
			while (track.readyState === 'live' && made * 1000 / RATE < now() - start)
				writer.write(block()).catch(() => {});
		}, 10);
		return {
			track,
			beep(t) {
				from = Math.round((t - start) * RATE / 1000);
				to = from + PULSE_MS * RATE / 1000;
				truth.beeps.push(t);
			},
		};
	}

	/** Flash and beep begin in the same task, and last as long however late that was. */
	function camera(beep) {
		let second = Math.floor((now() - who.phaseMs) / PERIOD_MS), until = 0;

		if (who.portrait)
			return flatTrack(() => who.colour, portraitFrame);
		return flatTrack((t) => {
			const current = Math.floor((t - who.phaseMs) / PERIOD_MS);

			if (current !== second) {
				second = current;
				until = t + PULSE_MS - FRAME_MS / 2;
				truth.flashes.push(t);
				beep(t);
			}
			return t < until ? [255, 255, 255] : who.colour;
		});
	}

	navigator.mediaDevices.getUserMedia = async (wish) => {
		if ((!who.camera && !who.microphone) || (wish.video && !who.camera) || (wish.audio && !who.microphone))
			throw new DOMException('none here', who.camera || who.microphone ? 'NotFoundError' : 'NotAllowedError');
		const sound = wish.audio ? toneTrack() : null;

		return new MediaStream([
			...(sound ? [sound.track] : []),
			...(wish.video ? [camera((t) => sound?.beep(t))] : []),
		]);
	};
	navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([flatTrack(() => who.screen ?? [120, 120, 120])]);
}
