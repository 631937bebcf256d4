// SPDX-License-Identifier: MIT
// The page's words (page.*) in English: the table that all others are made from. {name} is filled in; { one, other } are plural forms.

export const messages = {
	'page.recordings': 'Recordings',
	'page.recordings.close': 'Back to the call',
};
