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
	settings: '<path d="M3.5 7.5h8M17 7.5h3.5M3.5 16.5H7M12.5 16.5h8"/><circle cx="14.2" cy="7.5" r="2.7"/><circle cx="9.8" cy="16.5" r="2.7"/>',
	warning: '<path d="M12 4L2.8 19.5h18.4zM12 10v4.5M12 17.2v.1"/>',
	door: '<path d="M6 20.5V5a1.5 1.5 0 0 1 1.5-1.5h9A1.5 1.5 0 0 1 18 5v15.5M3.5 20.5h17M14.5 12v.8"/>',
	people: '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 20c.3-3.8 3-6 6.5-6s6.2 2.2 6.5 6M15.5 5.4a3.5 3.5 0 0 1 0 6.2M17.5 14.5c2.3.8 3.8 2.7 4 5.5"/>',
	lock: '<rect x="5" y="10.5" width="14" height="10" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
	more: '<g fill="currentColor" stroke="none"><circle cx="12" cy="5.5" r="1.7"/><circle cx="12" cy="12" r="1.7"/><circle cx="12" cy="18.5" r="1.7"/></g>',
	star: '<path d="M12 3.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z"/>',
	handOver: '<path d="M4 8.5h14M14.5 5l3.5 3.5-3.5 3.5M20 15.5H6M9.5 12L6 15.5 9.5 19"/>',
	pin: '<path d="M4 9V5.5A1.5 1.5 0 0 1 5.5 4H9M15 4h3.5A1.5 1.5 0 0 1 20 5.5V9M20 15v3.5a1.5 1.5 0 0 1-1.5 1.5H15M9 20H5.5A1.5 1.5 0 0 1 4 18.5V15"/>',
	signal: '<path d="M6 19v-4" stroke-width="3"/><path d="M12 19v-8.5" stroke-width="3"/><path d="M18 19V5" stroke-width="3"/>',
	signalLost: '<path d="M6 19v-4M12 19v-3M18 19v-3M18 9.5V5M4 4l16 16" stroke-width="2.2"/>',
	layoutDefault: '<rect x="3" y="5" width="18" height="14" rx="2" stroke-dasharray="3 3"/>',
	layoutGrid: '<rect x="3" y="5" width="8" height="6" rx="1"/><rect x="13" y="5" width="8" height="6" rx="1"/><rect x="3" y="13" width="8" height="6" rx="1"/><rect x="13" y="13" width="8" height="6" rx="1"/>',
	layoutSpeaker: '<rect x="3" y="4.5" width="18" height="9.5" rx="1.5"/><rect x="3" y="16.5" width="4.7" height="3.5" rx="1"/><rect x="9.65" y="16.5" width="4.7" height="3.5" rx="1"/><rect x="16.3" y="16.5" width="4.7" height="3.5" rx="1"/>',
	layoutPresentation: '<rect x="3" y="5" width="13" height="14" rx="1.5"/><path d="M6 9h7M6 12h5"/><rect x="18" y="5" width="3.5" height="4" rx="1"/><rect x="18" y="10.5" width="3.5" height="4" rx="1"/>',
	layoutSingle: '<rect x="3" y="5" width="18" height="14" rx="2"/><circle cx="12" cy="10.5" r="2.2"/><path d="M8 17c.4-2.2 2-3.3 4-3.3s3.6 1.1 4 3.3"/>',
	layoutAudio: '<path d="M4 10v4M8 7v10M12 4.5v15M16 8v8M20 10.5v3"/>',
	close: '<path d="M6 6l12 12M18 6L6 18"/>',
};

/** They point somewhere: to the other side where one writes from right to left. */
const TURNS = new Set(['leave', 'list', 'signal', 'signalLost', 'layoutPresentation']);

/** A fresh <svg>, hidden from assistive technology: the words beside it speak. */
export function icon(name) {
	const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');

	svg.setAttribute('viewBox', '0 0 24 24');
	svg.setAttribute('class', TURNS.has(name) ? 'rr-icon rr-icon-turns' : 'rr-icon');
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
