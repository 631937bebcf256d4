// SPDX-License-Identifier: MIT
// A room of ours in a world that is all made up: clock, network, Janus, WebRTC, devices, storage, chance.

import { Room } from '../../src/index.js';
import { chance, Clock } from './clock.js';
import { FakeJanus } from './janus.js';
import { fakeDevices } from './tracks.js';
import { fakeWebRtc } from './webrtc.js';

export function fakeStorage() {
	const kept = new Map();

	return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => { kept.set(key, value); }, removeItem: (key) => { kept.delete(key); } };
}

export class World {
	constructor({ seed = 1, ...more } = {}) {
		this.clock = new Clock();
		this.janus = new FakeJanus(this.clock);
		this.webrtc = fakeWebRtc();
		this.devices = fakeDevices();
		this.storage = fakeStorage();
		this.hints = new Set();
		this.random = chance(seed);
		/** Requests to REST: a function (url, init) → {status, body, headers}. */
		this.rest = () => ({ status: 404, body: { code: 'not_found' } });
		this.platform = {
			WebSocket: this.janus.WebSocket, RTCPeerConnection: this.webrtc.RTCPeerConnection, mediaDevices: this.devices, storage: this.storage,
			now: this.clock.now, random: this.random, setTimeout: this.clock.setTimeout, clearTimeout: this.clock.clearTimeout,
			fetch: async (url, init) => (/[/]janus(?![^/?])/.test(url) ? this.janus.http.fetch(url, init) : answerOf(await this.rest(url, init))),
			network: (listener) => {
				this.hints.add(listener);
				return () => this.hints.delete(listener);
			}, ...more,
		};
	}

	/** Tells that the network came or went. */
	hint(online) {
		for (const listener of [...this.hints])
			listener(online);
	}

	/** A room of ours, in a tab of its own; all that it fires is kept in `events`. */
	room({ storage = fakeStorage(), ...options } = {}) {
		const room = new Room({ serverUrl: 'ws://janus', platform: { ...this.platform, storage }, ...options });

		room.events = [];
		for (const name of ['state', 'waiting', 'joined', 'closed', 'participantjoined', 'participantleft', 'track', 'recordingevent', 'waitinglist', 'locked', 'role', 'moderated', 'connectionquality', 'error'])
			room.on(name, (detail) => room.events.push([name, detail]));
		return room;
	}

	async join(wish = {}, options = {}) {
		const room = this.room({ storage: this.storage, ...options });

		await this.clock.run(room.join({ room: 'demo', display: 'Ann', secret: 'host', ...wish }));
		await this.clock.advance(100);
		return room;
	}
}

function answerOf({ status = 200, body = {}, headers = {} }) {
	return { ok: status < 400, status, headers: { get: (name) => headers[name] ?? null }, json: async () => structuredClone(body) };
}

/** What was fired under this name. */
export const fired = (room, name) => room.events.filter(([event]) => event === name).map(([, detail]) => detail);

export const STREAMS = [
	{ mid: '0', mindex: 0, type: 'audio', source: 'audio', codec: 'opus', muted: false }, { mid: '1', mindex: 1, type: 'video', source: 'video', codec: 'vp8', muted: false },
];
