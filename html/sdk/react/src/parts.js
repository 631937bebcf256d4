// SPDX-License-Identifier: MIT
// Small parts that several components use.

import { createElement } from 'react';

/** Class names, as far as there are any. @param {(string | false | null | undefined)[]} names */
export const classes = (...names) => names.filter(Boolean).join(' ');

/** @type {Record<string, string>} */
const SHAPES = { recording: 'M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14z', paused: 'M7 5h4v14H7zM13 5h4v14h-4z', completed: 'M4 12l2-2 4 4 8-8 2 2-10 10z', failed: 'M12 3l10 18H2z' };
const WORKING = 'M6 3h12v4l-4 5 4 5v4H6v-4l4-5-4-5z';

/** A shape for each state, so that colour is not all there is. @param {{status: string}} props */
export function StatusShape({ status }) {
	return createElement('svg', { className: 'rr-shape', viewBox: '0 0 24 24', width: '1em', height: '1em', 'aria-hidden': true, focusable: 'false' },
		createElement('path', { d: SHAPES[status] ?? WORKING, fill: 'currentColor' }));
}

/** @param {{percent: number | null, label: string}} props */
export function Progress({ percent, label }) {
	if (percent === null)
		return null;
	return createElement('div', { className: 'rr-progress', role: 'progressbar', 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.round(percent) },
		createElement('div', { className: 'rr-progress-bar', style: { inlineSize: `${percent}%` } }));
}
