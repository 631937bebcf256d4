// SPDX-License-Identifier: MIT
// Publishing what nobody pressed a button for: what goes wrong is the room's `error`.

import { RecroomError } from 'janus-recroom';

/** @param {import('janus-recroom').Room} room @param {unknown} thrown */
export function complain(room, thrown) {
	const error = RecroomError.from(thrown);

	if (error.code !== 'closed' && error.code !== 'left')
		room.emit('error', error);
}

/** Camera or microphone, if we are in and it is not sent. @param {import('janus-recroom').Room} room @param {string} source */
export function publish(room, source) {
	const sent = room.publisher.source(source), isIn = room.state === 'joined' || room.state === 'reconnecting';

	if (isIn && !(sent && sent.track.readyState !== 'ended'))
		room.publisher.publish({ audio: source === 'audio', video: source === 'video' }).catch((error) => complain(room, error));
}
