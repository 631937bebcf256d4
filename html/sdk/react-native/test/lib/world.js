// SPDX-License-Identifier: MIT
// A room on a phone, in the made-up world of ../../../core/test/lib.

import { Room } from 'janus-recroom';

import { World } from '../../../core/test/lib/harness.js';
import { Phone } from '../../src/phone.js';
import { FakeAdapter } from './adapter.js';

export class PhoneWorld extends World {
	/** adapter: what is other in the phone; options: of it. */
	constructor({ adapter = {}, options = {} } = {}) {
		super();
		this.adapter = new FakeAdapter(this, adapter);
		this.phone = new Phone(this.adapter, options);
		const { WebSocket, now, random, setTimeout, clearTimeout, fetch } = this.platform;

		this.made = { WebSocket, now, random, setTimeout, clearTimeout, fetch, ...this.phone.platform };
	}

	/** In a room that is bound to the phone, with microphone and camera published, if they may be. */
	async call({ publish = true } = {}) {
		const room = this.enter();

		await this.joined;
		if (publish)
			await this.clock.run(room.publisher.publish());
		await this.clock.advance(100);
		return room;
	}

	/** On the way in. */
	enter() {
		const room = new Room({ serverUrl: 'ws://janus', platform: this.made });

		this.errors = [];
		room.on('error', (error) => this.errors.push(error.code));
		this.unbind = this.phone.bind(room);
		this.joined = this.clock.run(room.join({ room: 'demo', display: 'Ann', secret: 'host' }));
		return room;
	}

	/** What the server knows of what we send: 'audio video-' (- is muted). */
	get sent() {
		const own = [...this.janus.room.people.values()].find(({ handle }) => handle);

		return own.streams.map(({ source, muted }) => `${source}${muted ? '-' : ''}`).join(' ');
	}

	/** Something happens, and a moment passes. */
	async then(action, ms = 100) {
		action();
		await this.clock.advance(ms);
		return this.sent;
	}
}
