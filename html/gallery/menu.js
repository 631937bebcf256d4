// SPDX-License-Identifier: MIT
// A menu below a button: arrows, Home, End, first letters; Escape and a click elsewhere close it. It is in the top layer, and gone when it is closed.

import { staysHere } from './dialog.js';
import { el } from './dom.js';
import { icon } from './icons.js';

const GAP_PX = 4;

/** event: the click on its button; while it is open the browser closes it with the next. items(): [{name, text, icon, danger, action}] */
export function openMenu(event, items) {
	const opener = event.currentTarget;

	if (opener.popoverTargetElement)
		return;
	event.preventDefault();
	const nodes = items().map(({ name, text, icon: shape, danger, action }) => el('button', {
		type: 'button', role: 'menuitem', tabIndex: -1, class: danger ? 'rr-g-menu-danger' : '', data: { rrDo: name },
		on: { click: () => { menu.hidePopover(); action(); } },
	}, icon(shape), el('span', {}, text)));
	const menu = el('div', { class: 'rr-g-menu', role: 'menu', popover: 'auto', 'aria-labelledby': opener.id, on: { keydown: (event) => onKey(event, nodes, menu) } }, nodes);

	opener.closest('.rr-gallery').append(menu);
	menu.addEventListener('toggle', ({ newState }) => {
		if (newState === 'open')
			return;
		opener.setAttribute('aria-expanded', 'false');
		opener.popoverTargetElement = null;
		menu.remove();
	});
	opener.setAttribute('aria-expanded', 'true');
	menu.showPopover();
	place(menu, opener.getBoundingClientRect());
	opener.popoverTargetElement = menu;
	nodes[0].focus();
}

/** Below the button, above it where there is no room, always inside the window. */
function place(menu, from) {
	const { width, height } = menu.getBoundingClientRect(), rtl = getComputedStyle(menu).direction === 'rtl';
	const left = rtl ? from.left : from.right - width, below = from.bottom + GAP_PX;
	const top = below + height > innerHeight ? Math.max(GAP_PX, from.top - height - GAP_PX) : below;

	menu.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`;
	menu.style.top = `${top}px`;
}

const MOVES = {
	ArrowDown: (at, count) => (at + 1) % count,
	ArrowUp: (at, count) => (at + count - 1) % count,
	Home: () => 0,
	End: (at, count) => count - 1,
};

function onKey(event, nodes, menu) {
	const at = nodes.indexOf(event.target), letter = event.key.toLocaleLowerCase();
	const order = [...nodes.slice(at + 1), ...nodes.slice(0, at + 1)];
	const next = event.key in MOVES ? nodes[MOVES[event.key](at, nodes.length)]
		: [...letter].length === 1 && letter !== ' ' ? order.find((node) => node.textContent.trim().toLocaleLowerCase().startsWith(letter)) : null;

	staysHere(event);
	if (event.key === 'Tab')
		menu.hidePopover();
	if (!next || event.ctrlKey || event.metaKey || event.altKey)
		return;
	event.preventDefault();
	next.focus();
}
