// SPDX-License-Identifier: MIT
// What a token of `join` lets its owner do: for what an application shows. Who really may is the server's to say.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const HOSTS = ['record', 'delete', 'admit', 'download'], MEDIA = ['publish', 'subscribe'];

/**
 * @typedef {object} Permissions
 * @property {boolean} isHost
 * @property {boolean} canRecord
 * @property {boolean} canDelete
 * @property {boolean} canAdmit admit, deny, kick, mute, lock, end
 * @property {boolean} canDownload
 * @property {boolean} canPublish
 * @property {boolean} canSubscribe
 */

/** base64url; atob is not in every place we run. @param {string} text */
function decode(text) {
	let bits = 0, held = 0, bytes = '';

	for (const letter of text) {
		held = (held << 6) | Math.max(0, DIGITS.indexOf(letter));
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes += `%${((held >> bits) & 0xff).toString(16).padStart(2, '0')}`;
		}
		held &= (1 << bits) - 1;
	}
	return decodeURIComponent(bytes);
}

/** The claims of a token, unverified; {} of what is none. @param {string | null | undefined} token @returns {Record<string, any>} */
export function claimsOf(token) {
	try {
		return JSON.parse(decode((token ?? '').split('.')[1])) ?? {};
	} catch {
		return {};
	}
}

/**
 * The table of docs/api.md, Tokens.
 * @param {'host' | 'guest'} role
 * @param {string | null | undefined} token
 * @returns {Permissions}
 */
export function permissionsOf(role, token) {
	const { grants } = claimsOf(token);
	/** @type {string[]} */
	const listed = Array.isArray(grants) ? grants : [];
	const narrow = Array.isArray(grants) && (!grants.length || listed.includes('only'));
	/** @param {string[]} group @param {string} one */
	const may = (group, one) => listed.includes(one) || (!narrow && !group.some((grant) => listed.includes(grant)));
	const isHost = role === 'host';

	return {
		isHost, canRecord: isHost && may(HOSTS, 'record'), canDelete: isHost && may(HOSTS, 'delete'), canAdmit: isHost && may(HOSTS, 'admit'),
		canDownload: listed.includes('download') || (isHost && !narrow), canPublish: may(MEDIA, 'publish'), canSubscribe: may(MEDIA, 'subscribe'),
	};
}
