// SPDX-License-Identifier: GPL-3.0-or-later
// Puts chunk files of one capture segment together: the header of the first, then everybody's clusters. Their timestamps are recording time
// already, so the result plays as the source did.

const CLUSTER = 0x1f43b675, SEGMENT = 0x18538067, EBML = 0x1a45dfa3;
const WANTED = new Set([0x1549a966 /* Info */, 0x1654ae6b /* Tracks */]);

/** An element's identifier, where its data begins and where it ends; a size of all ones reaches to the end of the parent. */
function readElement(bytes, at, end) {
	const idLength = Math.clz32(bytes[at]) - 23;
	const sizeLength = Math.clz32(bytes[at + idLength]) - 23;
	const id = bytes.readUIntBE(at, idLength);
	const data = at + idLength + sizeLength;
	let size = bytes[at + idLength] & ((1 << (8 - sizeLength)) - 1);
	let unknown = size === (1 << (8 - sizeLength)) - 1;

	for (let i = 1; i < sizeLength; i++) {
		size = size * 256 + bytes[at + idLength + i];
		unknown &&= bytes[at + idLength + i] === 255;
	}
	return { id, at, data, end: unknown ? end : Math.min(end, data + size) };
}

function* elements(bytes, from, end) {
	for (let at = from; at < end;) {
		const element = readElement(bytes, at, end);

		yield element;
		at = element.end;
	}
}

function topLevel(bytes) {
	const top = [...elements(bytes, 0, bytes.length)];
	const segment = top.find(({ id }) => id === SEGMENT);

	if (top[0]?.id !== EBML || !segment)
		throw new Error('not a WebM file');
	return { ebml: top[0], parts: [...elements(bytes, segment.data, segment.end)] };
}

/** files: Buffers of whole chunk files, in order. */
export function spliceChunks(files) {
	const first = topLevel(files[0]);
	const slice = (bytes, { at, end }) => bytes.subarray(at, end);
	const endless = Buffer.from('1853806701ffffffffffffff', 'hex');

	return Buffer.concat([
		slice(files[0], first.ebml), endless,
		...first.parts.filter(({ id }) => WANTED.has(id)).map((part) => slice(files[0], part)),
		...files.flatMap((bytes) => topLevel(bytes).parts.filter(({ id }) => id === CLUSTER).map((part) => slice(bytes, part))),
	]);
}
