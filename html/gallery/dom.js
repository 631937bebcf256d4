// SPDX-License-Identifier: MIT
// Nodes of the gallery. Whatever a server or a person wrote becomes text and never markup: there is no innerHTML in this folder.

/**
 * An element. props: `class`, `data` (for dataset), `on` (listeners), names with a hyphen and `role`, `for`, `list` as attributes, all else as members of the node; what is
 * null, undefined or false stays away. Children are nodes or texts.
 */
export function el(tag, props = {}, ...children) {
	const node = document.createElement(tag);

	for (const [name, value] of Object.entries(props))
		if (value !== null && value !== undefined && value !== false)
			put(node, name, value);
	node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
	return node;
}

const PUT = {
	class: (node, value) => { node.className = value; },
	data: (node, value) => Object.assign(node.dataset, value),
	on: (node, value) => Object.entries(value).forEach(([type, listener]) => node.addEventListener(type, listener)),
};

function put(node, name, value) {
	if (PUT[name])
		PUT[name](node, value);
	else if (name.includes('-') || name === 'role' || name === 'for')
		node.setAttribute(name, String(value));
	else
		node[name] = value;
}

/** Only what differs is written: what is selected, hovered or read aloud stays as it is. */
export function setText(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

/** `aria-…` and the like: null takes it away. */
export function setAttribute(node, name, value) {
	if (value === null)
		node.removeAttribute(name);
	else if (node.getAttribute(name) !== value)
		node.setAttribute(name, value);
}

/** A name or title among other words, in the direction of its own. */
export const apart = (text) => el('bdi', {}, text);

/** Words for those who do not see the picture beside. */
export const unseen = (text) => el('span', { class: 'rr-g-unseen' }, text);

let last = 0;

/** An id for aria-labelledby and the like. */
export const freshId = () => `rr-g-${++last}`;
