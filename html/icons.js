// SPDX-License-Identifier: MIT
// Icons: one line drawing each on a 24 × 24 grid, coloured by the text around them.

const SHAPES = {
	mic: '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"/>',
	micOff: '<path d="M9 9V6a3 3 0 0 1 6 0v5M5.5 11.5a6.5 6.5 0 0 0 10 5.5M18.5 11.5c0 1-.2 2-.6 2.8M12 18v3M4 4l16 16"/>',
	camera: '<rect x="3" y="6.5" width="12" height="11" rx="2.5"/><path d="M15 11l5.5-3v8L15 13"/>',
	cameraOff: '<path d="M8 6.5h4.5A2.5 2.5 0 0 1 15 9v2l5.5-3v8L17 14M15 15.5a2.5 2.5 0 0 1-2.5 2H5.5A2.5 2.5 0 0 1 3 15V9a2.5 2.5 0 0 1 1.8-2.4M4 4l16 16"/>',
	screen: '<rect x="3" y="4" width="18" height="12" rx="2"/><path d="M8.5 20h7M12 13V8M9.5 10.2L12 7.7l2.5 2.5"/>',
	record: '<circle cx="12" cy="12" r="8"/><circle cx="12" cy="12" r="4" fill="currentColor" stroke="none"/>',
	stop: '<rect x="6" y="6" width="12" height="12" rx="2" fill="currentColor" stroke="none"/>',
	pause: '<path d="M8.5 6v12M15.5 6v12" stroke-width="3"/>',
	play: '<path d="M8 5.5v13l11-6.5z" fill="currentColor"/>',
	leave: '<path d="M13 4H6.5A1.5 1.5 0 0 0 5 5.5v13A1.5 1.5 0 0 0 6.5 20H13M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5"/>',
	list: '<rect x="3.5" y="5" width="5" height="5" rx="1"/><rect x="3.5" y="14" width="5" height="5" rx="1"/><path d="M12 6.5h8.5M12 9h5M12 15.5h8.5M12 18h5"/>',
	link: '<path d="M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7L12 17.7"/>',
	download: '<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14"/>',
	trash: '<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.3 10.5v5.5M13.7 10.5v5.5"/>',
	close: '<path d="M6 6l12 12M18 6L6 18"/>',
};

/** A fresh <svg>, hidden from assistive technology: the words beside it speak. */
export function icon(name) {
	const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');

	svg.setAttribute('viewBox', '0 0 24 24');
	svg.setAttribute('class', 'rr-icon');
	svg.setAttribute('aria-hidden', 'true');
	svg.innerHTML = SHAPES[name];
	return svg;
}

/** Puts the icon that data-rr-icon names first into each element below root. */
export function paintIcons(root) {
	for (const node of root.querySelectorAll('[data-rr-icon]'))
		setIcon(node, node.dataset.rrIcon);
}

/** Shows another icon in an element that has one. */
export function setIcon(node, name) {
	const old = node.querySelector(':scope > .rr-icon');

	if (old && node.dataset.rrIcon === name)
		return;
	node.dataset.rrIcon = name;
	old?.remove();
	node.prepend(icon(name));
}
