// SPDX-License-Identifier: MIT
// What the server says about the room without being asked, and whom it concerns. A table: the member or the event's name, and what follows.

/** @typedef {Record<string, any>} Message */
/** @typedef {import('./room.js').Room} Room */

/**
 * @typedef {object} Desk what news may lead to
 * @property {Room} room
 * @property {(code: string, sentence: string) => void} end
 * @property {(role: 'host' | 'guest', token?: string) => void} changeRole
 * @property {(locked: boolean, by?: string) => void} setLocked
 */

/** Members that are news by themselves. @type {Record<string, (desk: Desk, message: Message) => void>} */
const MEMBERS = {
	joining: ({ room }, { joining }) => room.participants.meet(joining),
	publishers: ({ room }, { publishers }) => publishers.forEach((/** @type {any} */ p) => room.participants.meet(p)),
	unpublished: ({ room }, { unpublished }) => room.participants.update(unpublished, { streams: [], isTalking: false }),
	leaving: onLeaving,
	kicked: (desk, { kicked }) => {
		if (kicked === desk.room.id)
			desk.end('kicked', 'The host removed you from the call.');
		else
			desk.room.participants.part(kicked);
	},
	destroyed: (desk) => desk.end('destroyed', 'The room was closed.'),
};

/** @type {Record<string, (desk: Desk, message: Message) => void>} */
const EVENTS = {
	trackmuted: ({ room }, { id, mid }) => room.participants.setStream(id, mid, { muted: true }),
	trackunmuted: ({ room }, { id, mid }) => room.participants.setStream(id, mid, { muted: false }),
	connectionquality: ({ room }, message) => {
		room.participants.update(message.id, { quality: message.quality });
		room.emit('connectionquality', /** @type {any} */ (message));
	},
	waiting: ({ room }, message) => room.host.onEvent(message),
	admitted: ({ room }, message) => room.host.onEvent(message),
	denied: ({ room }, message) => room.host.onEvent(message),
	locked: ({ setLocked }, { locked, by }) => setLocked(locked, by),
	hostchanged: (desk, { id, role, token, waiting }) => {
		desk.room.participants.update(id, { role });
		if (id !== desk.room.id)
			return;
		desk.changeRole(role, token);
		desk.room.host.reset(waiting ?? []);
	},
	moderated: onModerated,
	callended: (desk, { reason }) => desk.end('callended', reason === 'host_left' ? 'The call ended, as its host has left.' : 'The call was ended.'),
};

/** @param {Desk} desk @param {Message} message */
function onLeaving(desk, { leaving, reason }) {
	if (leaving === 'ok' && reason === 'replaced')
		desk.end('replaced', 'You joined this call from another place.');
	else if (leaving === desk.room.id)
		desk.end(reason ?? 'left', 'You left the call.');
	else if (leaving !== 'ok')
		desk.room.participants.part(leaving);
}

/** Of a source, or of all that they send. @param {Desk} desk @param {Message} message */
function onModerated({ room }, message) {
	for (const { mid, source } of room.participants.get(message.id)?.streams ?? [])
		if (message.source === undefined || message.source === source)
			room.participants.setStream(message.id, mid, { moderated: message.muted });
	room.emit('moderated', /** @type {any} */ (message));
}

/** @param {Desk} desk @param {Message} message */
export function tell(desk, message) {
	const { room } = desk;

	if (message.recroom === 'talking' || message.recroom === 'stopped-talking') {
		room.participants.update(message.id, { isTalking: message.recroom === 'talking' });
		room.participants.setStream(message.id, message.mid, { talking: message.recroom === 'talking' });
		return;
	}
	for (const [name, act] of Object.entries(MEMBERS))
		if (message[name] !== undefined)
			act(desk, message);
	if (message.recordingId) {
		room.recording.take(message);
		room.emit('recordingevent', /** @type {any} */ (message));
	} else {
		EVENTS[message.event]?.(desk, message);
	}
}
