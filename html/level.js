// SPDX-License-Identifier: MIT
// How loud a microphone is, to see that it works: 0 to 1, some times a second.

const EVERY_MS = 100;
/** From here [dB] it shows, up to 0. */
const FLOOR_DB = -60;

/** Calls `show` until the function that it gives is called. */
export function watchLevel(track, show) {
	const context = new AudioContext();
	const analyser = new AnalyserNode(context, { fftSize: 1024 });
	const samples = new Float32Array(analyser.fftSize);

	context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
	const timer = setInterval(() => {
		analyser.getFloatTimeDomainData(samples);
		const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;

		show(power ? Math.max(0, 1 - 10 * Math.log10(power) / FLOOR_DB) : 0);
	}, EVERY_MS);

	return () => {
		clearInterval(timer);
		context.close().catch(() => {});
	};
}
