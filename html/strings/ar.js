// SPDX-License-Identifier: MIT
// The page's words (page.*) in Arabic.

export const messages = {
	'page.recordings': 'التسجيلات',
	'page.recordings.close': 'العودة إلى المكالمة',
};
