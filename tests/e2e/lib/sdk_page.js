// SPDX-License-Identifier: GPL-3.0-or-later
// Runs in a page that shows nothing: a person of the package janus-recroom. What the room fires stands in rrLog as [ms since 1970, name, short detail];
// everybody's pictures are played, since nothing is decoded that is not.
async (options) => {
	const { Room } = await import('/sdk/core/src/index.js');
	const room = new Room(options);
	const log = [], videos = new Map();
	const note = (name, detail) => log.push([Date.now(), name, detail]);

	room.on('state', (state) => note('state', state));
	room.on('waiting', ({ reason }) => note('waiting', reason));
	room.on('closed', ({ code }) => note('closed', code));
	room.on('error', ({ code, message }) => note('error', `${code}: ${message}`));
	room.on('recording', ({ status }) => note('recording', status));
	room.on('recordingevent', ({ event }) => note('event', event));
	room.on('participants', (list) => note('people', list.map(({ display }) => display).sort().join(' ')));
	room.on('track', ({ participant, source, kind, track }) => {
		const key = `${participant} ${source}`;

		videos.get(key)?.remove();
		videos.delete(key);
		if (track && kind === 'video') {
			const video = Object.assign(document.createElement('video'), { autoplay: true, muted: true, srcObject: new MediaStream([track]) });

			document.documentElement.append(video);
			videos.set(key, video);
		}
	});
	globalThis.room = room;
	globalThis.rrLog = log;
	/** Pictures shown of each remote video so far. */
	globalThis.rrFrames = () => Object.fromEntries([...videos].map(([key, video]) => [key, video.getVideoPlaybackQuality().totalVideoFrames]));
}
