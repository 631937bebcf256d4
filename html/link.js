// SPDX-License-Identifier: MIT
// The link: ?room=demo&name=Ann&role=host, and #secret=…&pin=…&token=…, which browsers send to no server. A token is taken from ?token= as well.

export function readLink(url) {
	const { searchParams: query, hash } = new URL(url);
	const fragment = new URLSearchParams(hash.slice(1));

	return {
		room: query.get('room') ?? '',
		name: query.get('name') ?? '',
		role: query.get('role') === 'host' ? 'host' : 'guest',
		secret: fragment.get('secret') ?? '',
		pin: fragment.get('pin') ?? '',
		token: fragment.get('token') ?? query.get('token') ?? '',
	};
}

/** What a host hands on: the room and nothing secret. */
export function inviteLink(url, room) {
	const link = new URL(url);

	link.search = new URLSearchParams({ room }).toString();
	link.hash = '';
	return link.href;
}
