// SPDX-License-Identifier: MIT
// The gallery's icons: lines on a 24 × 24 grid in the colour of the text around them. A name in front of a path says that it is filled.

const SVG = 'http://www.w3.org/2000/svg';

const SHAPES = {
	play: ['fill M8 5.2v13.6l11-6.8z'],
	pause: ['fill M7 5h3.6v14H7z', 'fill M13.4 5H17v14h-3.6z'],
	download: ['M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14'],
	share: ['M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7L12 17.7'],
	more: ['fill M5 10.2a1.8 1.8 0 1 0 .01 0zM12 10.2a1.8 1.8 0 1 0 .01 0zM19 10.2a1.8 1.8 0 1 0 .01 0z'],
	close: ['M6 6l12 12M18 6L6 18'],
	search: ['M10.5 4.5a6 6 0 1 0 .01 0zM15 15l5 5'],
	refresh: ['M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 3.5v4h-4'],
	info: ['M12 3.5a8.5 8.5 0 1 0 .01 0zM12 11v5.5M12 7.6v.4'],
	versions: ['M12 4l8.5 4.5L12 13 3.5 8.5zM4 12.5l8 4.2 8-4.2M4 16.3l8 4.2 8-4.2'],
	hold: ['M6 10.5h12v9H6zM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5'],
	release: ['M6 10.5h12v9H6zM8.5 10.5V7.5a3.5 3.5 0 0 1 6.8-1.2'],
	person: ['M10 4.5a3.5 3.5 0 1 0 .01 0zM3.5 19.5a6.5 6.5 0 0 1 13 0M16 10.5h5'],
	trash: ['M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.3 10.5v5.5M13.7 10.5v5.5'],
	volume: ['M4 9.5h3.5L12 5.5v13l-4.5-4H4z', 'M15 9a4 4 0 0 1 0 6M17.3 6.5a7.5 7.5 0 0 1 0 11'],
	muted: ['M4 9.5h3.5L12 5.5v13l-4.5-4H4z', 'M15.5 9.5l5 5M20.5 9.5l-5 5'],
	speakers: ['M3.5 5.5h17v11h-9l-4.5 3.5v-3.5h-3.5zM7.5 9.5h9M7.5 12.7h5.5'],
	whole: ['M4.5 9V4.5H9M15 4.5h4.5V9M19.5 15v4.5H15M9 19.5H4.5V15'],
	window: ['M9 4.5V9H4.5M19.5 9H15V4.5M15 19.5V15h4.5M4.5 15H9v4.5'],
	help: ['M3.5 6.5h17v11h-17zM7 10v.4M10.3 10v.4M13.6 10v.4M17 10v.4M8 14h8'],
	copy: ['M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4'],
	film: ['M3.5 5h17v14h-17zM7.5 5v14M16.5 5v14M3.5 9.5h4M3.5 14.5h4M16.5 9.5h4M16.5 14.5h4'],
	warning: ['M12 4l9 16H3zM12 10v4.5M12 17.2v.3'],
	clock: ['M12 3.5a8.5 8.5 0 1 0 .01 0zM12 7.5V12l3 2'],
};

/** A fresh <svg>; it says nothing, the words beside it speak. */
export function icon(name) {
	const svg = document.createElementNS(SVG, 'svg');

	svg.setAttribute('viewBox', '0 0 24 24');
	svg.setAttribute('class', 'rr-g-icon');
	svg.setAttribute('aria-hidden', 'true');
	for (const shape of SHAPES[name]) {
		const path = document.createElementNS(SVG, 'path'), filled = shape.startsWith('fill ');

		path.setAttribute('d', filled ? shape.slice(5) : shape);
		if (filled)
			path.setAttribute('class', 'rr-g-filled');
		svg.append(path);
	}
	return svg;
}

/** Puts another icon in the place of the one that an element has. */
export function changeIcon(node, name) {
	if (node.dataset.rrIcon === name)
		return;
	node.dataset.rrIcon = name;
	const old = node.querySelector(':scope > .rr-g-icon');

	if (old)
		old.replaceWith(icon(name));
	else
		node.prepend(icon(name));
}
