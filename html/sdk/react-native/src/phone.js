// SPDX-License-Identifier: MIT
// What a phone adds to a call. One Phone for the application, made before its rooms: they get their platform from it, and are bound to it.
//
//   Adapter ─▶ Phone ─┬─ permissions ──▶ getUserMedia of the platform     may camera and microphone be used
//                     ├─ background ───▶ rests: the camera                does somebody look at us
//                     ├─ interruption ─▶ rests: the microphone            is somebody on the phone
//                     ├─ network ──────▶ hints of the platform, ICE       which network is there
//                     └─ (service)                                        what keeps us alive

import { Emitter } from 'janus-recroom';

import { Background } from './background.js';
import { Interruption } from './interruption.js';
import { Network } from './network.js';
import { Permissions, SOURCES } from './permissions.js';
import { Rests } from './rests.js';
import { Service } from './service.js';
import { publish } from './sources.js';
import { Kept } from './storage.js';

/** @typedef {import('./platform.js').Adapter} Adapter */
/** @typedef {import('janus-recroom').Room} Room */

/**
 * @typedef {object} PhoneState
 * @property {import('./platform.js').ActivityState} activity
 * @property {boolean} isInterrupted by a call: the microphone is the phone's
 * @property {import('./network.js').NetworkState} network
 * @property {import('./permissions.js').PermissionStates} permissions
 * @property {string[]} resting what we have silenced for as long as that lasts: audio, video
 */

/**
 * @typedef {object} PhoneOptions
 * @property {boolean} [cameraInBackground] true: the camera goes on there (with what that takes: picture in picture, a foreground service of the type camera)
 * @property {boolean} [microphoneInBackground] false: the microphone rests there, too
 */

/**
 * @typedef {object} PhoneEvents
 * @property {PhoneState} change
 */

/** @extends {Emitter<PhoneEvents>} */
export class Phone extends Emitter {
	#adapter;
	#sources;
	/** @type {Kept | null} */
	#kept;
	/** @type {PhoneState} */
	#state;

	/** @param {Adapter} adapter @param {PhoneOptions} [options] */
	constructor(adapter, { cameraInBackground = false, microphoneInBackground = true } = {}) {
		super();
		this.#adapter = adapter;
		this.#sources = [...cameraInBackground ? [] : ['video'], ...microphoneInBackground ? [] : ['audio']];
		this.#kept = adapter.storage ? new Kept(adapter.storage) : null;
		this.permissions = new Permissions(adapter);
		this.background = new Background(adapter, this.permissions);
		this.interruption = new Interruption(adapter);
		this.network = new Network(adapter, this.background);
		this.#state = { activity: this.background.state, isInterrupted: this.interruption.isInterrupted, network: this.network.state, permissions: this.permissions.states, resting: [] };
		/** For `new Room({ platform })`. @type {import('janus-recroom').PlatformOptions} */
		this.platform = {
			RTCPeerConnection: adapter.RTCPeerConnection, MediaStream: adapter.MediaStream, mediaDevices: this.permissions.guard(adapter.mediaDevices),
			network: (listener) => this.network.on('hint', listener), storage: this.#kept,
		};
		this.#wire();
	}

	/** Do not change it: another object comes with each change. */
	get state() { return this.#state; }
	/** What was kept of earlier calls has been read: join not before. @returns {Promise<unknown>} */
	get ready() { return this.#kept?.ready ?? Promise.resolve(); }
	get isReady() { return this.#kept?.isReady ?? true; }

	/** This room does as the phone does; gives what ends it. @param {Room} room */
	bind(room) {
		const rests = new Rests(room), { service } = this.#adapter;
		const keeper = service && new Service(service, room, this.background);
		const ends = [
			rests.on('change', (resting) => this.#set({ resting })), this.background.bind(rests, this.#sources), this.interruption.bind(rests), this.network.bind(room),
			this.permissions.on('given', (name) => publish(room, SOURCES[name])), room.on('closed', () => this.permissions.forget()),
		];

		return () => {
			rests.close();
			ends.forEach((end) => end());
			keeper?.close();
		};
	}

	/** Nothing more is heard. */
	close() {
		this.background.close();
		this.interruption.close();
		this.network.close();
		this.clear();
	}

	#wire() {
		this.background.on('change', (activity) => this.#set({ activity }));
		this.background.on('back', () => this.permissions.check());
		this.interruption.on('change', (isInterrupted) => this.#set({ isInterrupted }));
		this.network.on('change', (network) => this.#set({ network }));
		this.permissions.on('change', (permissions) => this.#set({ permissions }));
	}

	/** @param {Partial<PhoneState>} members */
	#set(members) {
		this.#state = { ...this.#state, ...members };
		this.emit('change', this.#state);
	}
}
