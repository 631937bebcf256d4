// SPDX-License-Identifier: MIT
// The gallery's words (gallery.*) in English: the table that all others are made from.

export const messages = {
	'gallery.empty': 'No recordings yet.',
};
