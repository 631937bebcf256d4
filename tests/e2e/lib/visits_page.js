// SPDX-License-Identifier: GPL-3.0-or-later
// Runs in a page: joins a room with many others in it, shows all of them, and leaves; again and again, with one Room or with a new one each time.
async () => {
	const { Room } = await import('/sdk/core/src/index.js');
	let kept = null;

	/** Everybody's video in an element; gives ms from join() to the first picture, and to the last track. */
	globalThis.rrVisit = async ({ options, wish, others, isNew }) => {
		const room = isNew || !kept ? new Room(options) : kept, elements = new Map(), started = performance.now();
		let shown = () => {}, complete = () => {};
		const first = new Promise((resolve) => { shown = resolve; }), all = new Promise((resolve) => { complete = resolve; });
		const off = room.on('track', ({ participant, kind, track }) => {
			if (kind !== 'video')
				return;
			elements.get(participant)?.remove();
			elements.delete(participant);
			if (!track)
				return;
			const video = Object.assign(document.createElement('video'), { muted: true, playsInline: true, width: 64, height: 36, srcObject: new MediaStream([track]) });

			video.requestVideoFrameCallback(() => shown(performance.now() - started));
			elements.set(participant, video);
			document.documentElement.append(video);
			room.devices.play(video);
			if (elements.size === others)
				complete(performance.now() - started);
		});

		kept = isNew ? kept : room;
		await room.join(wish);
		const times = await Promise.all([first, all]);

		await room.leave();
		off();
		for (const video of elements.values()) {
			room.devices.forget(video);
			video.remove();
		}
		return { first: times[0], all: times[1], state: room.state, people: room.participants.list.length };
	};
	/** Nothing of before. */
	globalThis.rrForget = () => { kept = null; };
}
