// SPDX-License-Identifier: GPL-3.0-or-later
// In the page: one video, put to places and looked at. globalThis.rrPlayer is what the tests call.

import { MAP, beepStarts, readMark } from './marks.js';

const SEEK_MS = 15_000, SETTLE_MS = 3000;

const video = document.querySelector('video');
const canvas = new OffscreenCanvas(MAP.width, MAP.height).getContext('2d', { willReadFrequently: true });
const nextFrame = () => new Promise(requestAnimationFrame);

/** The event, or an error when the video has one, or it does not come. */
function once(type) {
	const stop = new AbortController();

	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(`no ${type} within ${SEEK_MS / 1000} s`)), SEEK_MS);

		stop.signal.addEventListener('abort', () => clearTimeout(timer));
		video.addEventListener(type, resolve, { signal: stop.signal });
		video.addEventListener('error', () => reject(new Error(`${video.error?.code} ${video.error?.message}`)), { signal: stop.signal });
	}).finally(() => stop.abort());
}

function shown() {
	canvas.drawImage(video, 0, 0, MAP.width, MAP.height);
	const { data } = canvas.getImageData(0, 0, MAP.width, MAP.height);

	return readMark((i) => data[4 * i + 1]);
}

/** Gives the number of the picture that stays. A browser may say that it is there a moment before it draws. */
async function seek({ s, accepted }) {
	const there = once('seeked');

	video.currentTime = s;
	await there;
	for (const until = performance.now() + SETTLE_MS; !accepted.includes(shown()) && performance.now() < until;)
		await nextFrame();
	await nextFrame();
	await nextFrame();
	return shown();
}

globalThis.rrPlayer = {
	async open(url) {
		const loaded = once('loadeddata');

		video.src = url;
		await loaded;
		return { duration: video.duration, seekable: [...Array(video.seekable.length).keys()].map((i) => [video.seekable.start(i), video.seekable.end(i)]) };
	},

	/** seeks: [{s, accepted: [numbers]}]; gives the numbers seen. */
	async seek(seeks) {
		const seen = [];

		for (const one of seeks)
			seen.push(await seek(one));
		return seen;
	},

	/** When the file's beeps begin [s]. */
	async beeps(url) {
		const context = new OfflineAudioContext(1, 1, 48000);
		const sound = await context.decodeAudioData(await (await fetch(url)).arrayBuffer());

		return beepStarts(sound.getChannelData(0), sound.sampleRate);
	},
};
document.documentElement.dataset.ready = 'true';
