// SPDX-License-Identifier: MIT
// Colours and sizes of the components: one object, of which an application replaces what it likes. Text has at least 4.5:1 to its ground in both.

import { createContext, useContext } from 'react';

/**
 * @typedef {object} Theme
 * @property {string} surface the ground
 * @property {string} raised of buttons and notices
 * @property {string} edge
 * @property {string} text
 * @property {string} faint text of less weight
 * @property {string} accent of the button that leads on
 * @property {string} onAccent
 * @property {string} red recording, stop
 * @property {string} onRed
 * @property {string} face where there is no picture
 * @property {string} onFace
 * @property {string} shade behind a dialog
 * @property {number} radius
 * @property {number} space
 * @property {number} touch at least so wide and high is what can be pressed
 * @property {number} textSize
 * @property {number} tile width of a tile that is wanted; more fit side by side, or fewer
 */

const SIZES = { radius: 10, space: 12, touch: 44, textSize: 16, tile: 160 };

/** @type {Theme} */
export const LIGHT = {
	...SIZES, surface: '#ffffff', raised: '#e3e9ea', edge: '#7d8b90', text: '#172226', faint: '#51626a', accent: '#1f6469', onAccent: '#ffffff', red: '#b3151d', onRed: '#ffffff',
	face: '#b9cfd1', onFace: '#12383b', shade: 'rgba(0, 0, 0, 0.5)',
};

/** @type {Theme} */
export const DARK = {
	...SIZES, surface: '#1a2326', raised: '#263236', edge: '#70828a', text: '#ecf2f3', faint: '#a5b5ba', accent: '#7cc8c8', onAccent: '#0b2527', red: '#ff8f8a', onRed: '#2b0506',
	face: '#2f4a4d', onFace: '#d4ecec', shade: 'rgba(0, 0, 0, 0.7)',
};

export const ThemeContext = createContext(LIGHT);

/** @returns {Theme} */
export const useTheme = () => useContext(ThemeContext);
