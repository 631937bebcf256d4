// SPDX-License-Identifier: MIT
// The gallery's words (gallery.*) in Arabic.

export const messages = {
	'gallery.empty': 'لا توجد تسجيلات بعد.',
};
