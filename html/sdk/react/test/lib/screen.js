// SPDX-License-Identifier: MIT
// React in a made-up document, with the made-up world of ../../../core/test/lib behind it.

import { Window } from 'happy-dom';

import { World } from '../../../core/test/lib/harness.js';

const window = new Window({ url: 'http://localhost/' });

for (const name of ['document', 'HTMLElement', 'HTMLIFrameElement', 'Element', 'Node', 'Event', 'MouseEvent', 'KeyboardEvent'])
	globalThis[name] = window[name];
globalThis.window = window;
Object.defineProperty(globalThis, 'navigator', { value: window.navigator, configurable: true });
Object.defineProperty(window.HTMLMediaElement.prototype, 'srcObject', { value: null, writable: true });
globalThis.IS_REACT_ACT_ENVIRONMENT = true;
globalThis.MediaStream = class {
	constructor(tracks) {
		this.tracks = tracks;
	}
};

const { act, createElement, StrictMode } = await import('react');
const { createRoot } = await import('react-dom/client');
const { RecroomProvider } = await import('../../src/index.js');

export const h = createElement;

export class Screen {
	/** A world, and in it a page with these children below a provider. */
	constructor(options = {}) {
		this.world = new World(options);
		this.node = document.createElement('div');
		document.body.append(this.node);
		this.root = createRoot(this.node, { onUncaughtError: (error) => { this.thrown = error; } });
	}

	async render(children, { strict = false, ...props } = {}) {
		const room = { serverUrl: 'ws://janus', platform: this.world.platform, roomId: 'demo', display: 'Ann', secret: 'host' };
		const tree = h(RecroomProvider, { ...room, ...props }, children);

		await act(async () => this.root.render(strict ? h(StrictMode, null, tree) : tree));
		await this.pass();
		return this;
	}

	async bare(tree) {
		await act(async () => this.root.render(tree));
	}

	/** Time goes by, after something was done. */
	async pass(ms = 200, first = () => {}) {
		await act(async () => {
			first();
			await new Promise((resolve) => {
				setTimeout(resolve, 2);
			});
			await this.world.clock.advance(ms);
		});
	}

	/** Somebody does something. */
	happens(what, ms) {
		return this.pass(ms, () => what(this.world.janus.room));
	}

	find(selector) { return this.node.querySelector(selector); }
	all(selector) { return [...this.node.querySelectorAll(selector)]; }
	text(selector) { return this.find(selector)?.textContent ?? null; }

	/** A button by what stands on it, or what it is called. */
	button(name) {
		return this.all('button').find((button) => button.textContent === name || button.getAttribute('aria-label') === name) ?? null;
	}

	async click(name, ms) {
		const button = typeof name === 'string' ? this.button(name) : name;

		if (!button)
			throw new Error(`there is no button "${name}": ${this.node.innerHTML}`);
		await act(async () => button.dispatchEvent(new MouseEvent('click', { bubbles: true })));
		await this.pass(ms);
	}

	async key(selector, key) {
		await act(async () => this.find(selector).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
	}

	async close() {
		await act(async () => this.root.unmount());
		await this.pass(500);
		this.node.remove();
	}
}
