// SPDX-License-Identifier: MIT
// The components through react-native-web in a made-up document, on a made-up phone, with the made-up world of ../../../core/test/lib behind them.

import { Screen as Page, h } from '../../../react/test/lib/screen.js';
import { Phone } from '../../src/phone.js';
import { FakeAdapter } from './adapter.js';

for (const name of ['ShadowRoot', 'ResizeObserver', 'getComputedStyle', 'matchMedia'])       // what react-native-web looks for
	globalThis[name] = typeof window[name] === 'function' && !/^[A-Z]/.test(name) ? window[name].bind(window) : window[name];

const { act } = await import('react');
const { RecroomProvider } = await import('../../src/index.js');

export { h };

export class Screen extends Page {
	/** phone: what is other in it. */
	constructor({ phone = {}, options = {}, ...world } = {}) {
		super(world);
		this.adapter = new FakeAdapter(this.world, phone);
		this.phone = new Phone(this.adapter, options);
	}

	async render(children, props = {}) {
		const { WebSocket, now, random, setTimeout, clearTimeout, fetch } = this.world.platform;
		const room = { serverUrl: 'ws://janus', platform: { WebSocket, now, random, setTimeout, clearTimeout, fetch }, phone: this.phone, roomId: 'demo', display: 'Ann', secret: 'host' };

		await act(async () => this.root.render(h(RecroomProvider, { ...room, ...props }, children)));
		await this.pass();
		return this;
	}

	/** By testID. */
	part(name) { return this.find(`[data-testid="${name}"]`); }
	/** What stands there; of dialogs, too, which are elsewhere in the document. */
	words(name) { return document.querySelector(`[data-testid="${name}"]`)?.textContent ?? null; }
	all(selector) { return [...document.querySelectorAll(selector)]; }
	/** Names of all buttons. */
	get buttons() { return this.all('[role=button],button,[role=switch]').map((button) => button.textContent); }

	button(name) {
		return this.all('[role=button],button,[role=switch]').find((button) => button.textContent === name || button.getAttribute('aria-label') === name) ?? null;
	}
}
