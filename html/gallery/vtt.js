// SPDX-License-Identifier: MIT
// WebVTT as recroom-pp writes it beside an output: chapters, and the storyboard's index. Pure, and patient: what is no cue is passed over.

const TIME = /^(?:(\d+):)?(\d\d):(\d\d)\.(\d{3})$/;
const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&nbsp;': '\u00a0', '&lrm;': '', '&rlm;': '' };
const CUES_MAX = 5000;

function secondsOf(text) {
	const parts = TIME.exec(text?.trim() ?? '');

	return parts ? Number(parts[1] ?? 0) * 3600 + Number(parts[2]) * 60 + Number(parts[3]) + Number(parts[4]) / 1000 : null;
}

/** A cue's text without tags, its entities as letters. */
function plainText(text) {
	return text.replace(/<[^>]*>/g, '').replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity);
}

/** Cues in order of time: [{from, to, text}], in seconds. */
export function parseVtt(source) {
	const blocks = source.replace(/\r\n?/g, '\n').split(/\n{2,}/), cues = [];

	for (const block of blocks.slice(0, CUES_MAX)) {
		const lines = block.split('\n'), at = lines.findIndex((line) => line.includes('-->'));
		const [from, to] = at < 0 ? [null, null] : lines[at].split('-->').map((side) => secondsOf(side.trim().split(/\s+/)[0]));

		if (from !== null && to !== null && to > from)
			cues.push({ from, to, text: plainText(lines.slice(at + 1).join('\n')).trim() });
	}
	return cues.sort((a, b) => a.from - b.from);
}

/** The cue of a time: the last that has begun; undefined before the first. */
export function cueAt(cues, seconds) {
	let low = 0, high = cues.length;

	while (low < high) {
		const middle = (low + high) >> 1;

		if (cues[middle].from <= seconds)
			low = middle + 1;
		else
			high = middle;
	}
	return cues[low - 1];
}

/** "storyboard.jpg?…#xywh=160,0,160,90", relative to the index: {url, x, y, w, h}; null where it is something else. */
export function pictureOf(text, base) {
	const parts = /^(\S+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/.exec(text);

	if (!parts || !URL.canParse(parts[1], base))
		return null;
	const [x, y, w, h] = parts.slice(2).map(Number), { href, protocol } = new URL(parts[1], base);

	return w > 0 && h > 0 && /^https?:$/.test(protocol) ? { url: href, x, y, w, h } : null;
}
