// SPDX-License-Identifier: MIT
// The storyboard of an output: one sheet of small pictures, and the index that says which part belongs to which time.
//
//   storyboardUrl ─ fetch ─▶ cues ─▶ sheet, loaded once ─▶ paint(node, seconds): the sheet as the node's background, moved so that one picture fills it

import { cueAt, parseVtt, pictureOf } from './vtt.js';

const KEPT_MAX = 40;
/** Path of an index → promise of a Storyboard or null. Signatures change, pictures do not. */
const kept = new Map();

export class Storyboard {
	#cues;
	#sheet;

	constructor(cues, sheet) {
		this.#cues = cues;
		this.#sheet = sheet;
	}

	get length() { return this.#cues.length; }
	/** When the picture of this number begins, in seconds. */
	timeOf(number) { return this.#cues[Math.max(0, Math.min(number, this.#cues.length - 1))].from; }
	/** Number of the picture of a time. */
	numberAt(seconds) { return Math.max(0, this.#cues.indexOf(cueAt(this.#cues, seconds))); }

	/** Shows the picture of a time in a node, whatever its size. */
	paint(node, seconds) {
		const { x, y, w, h } = this.#cues[this.numberAt(seconds)].picture, { naturalWidth: width, naturalHeight: height, src } = this.#sheet;
		const part = (offset, size, whole) => (whole > size ? offset / (whole - size) * 100 : 0);

		node.style.backgroundImage = `url("${src}")`;
		node.style.backgroundSize = `${width / w * 100}% ${height / h * 100}%`;
		node.style.backgroundPosition = `${part(x, w, width)}% ${part(y, h, height)}%`;
	}

	/** null where there is none, or it cannot be read: then there are no pictures, and that is all. */
	static load(url) {
		const path = new URL(url, location.href).pathname;
		const known = kept.get(path) ?? read(url).catch(() => null);

		kept.delete(path);
		kept.set(path, known);
		if (kept.size > KEPT_MAX)
			kept.delete(kept.keys().next().value);
		known.then((storyboard) => storyboard ?? kept.delete(path));
		return known;
	}
}

async function read(url) {
	const response = await fetch(url);

	if (!response.ok)
		return null;
	const cues = parseVtt(await response.text()).map((cue) => ({ ...cue, picture: pictureOf(cue.text, url) })).filter(({ picture }) => picture);

	return cues.length ? new Storyboard(cues, await sheetOf(cues[0].picture.url)) : null;
}

async function sheetOf(url) {
	const sheet = new Image();

	sheet.src = url;
	await sheet.decode();
	return sheet;
}
