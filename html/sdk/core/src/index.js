// SPDX-License-Identifier: MIT
// janus-recroom: calls that are recorded, on Janus.

export { Room } from './room.js';
export { Recordings } from './recordings.js';
export { RecroomError } from './errors.js';
export { Emitter } from './events.js';
export { Devices } from './devices.js';
export { claimsOf, permissionsOf } from './token.js';
export { IDLE, durationAt, elapsedAt, isBeingMade, isRunning } from './recording_state.js';

/** @typedef {import('./room.js').RoomOptions} RoomOptions */
/** @typedef {import('./membership.js').RoomState} RoomState */
/** @typedef {import('./room.js').RoomEvents} RoomEvents */
/** @typedef {import('./entrance.js').Wish} Wish */
/** @typedef {import('./entrance.js').Waiting} Waiting */
/** @typedef {import('./platform.js').PlatformOptions} PlatformOptions */
/** @typedef {import('./participants.js').Participant} Participant */
/** @typedef {import('./participants.js').Stream} Stream */
/** @typedef {import('./participants.js').Quality} Quality */
/** @typedef {import('./host.js').Waiter} Waiter */
/** @typedef {import('./recording_state.js').RecordingState} RecordingState */
/** @typedef {import('./recording_state.js').RecordingStatus} RecordingStatus */
/** @typedef {import('./recording_state.js').Consent} Consent */
/** @typedef {import('./recording_state.js').ConsentState} ConsentState */
/** @typedef {import('./recording.js').Pending} Pending */
/** @typedef {import('./recording.js').StartOptions} StartOptions */
/** @typedef {import('./recordings.js').RecordingInfo} RecordingInfo */
/** @typedef {import('./recordings.js').RecordingsPage} RecordingsPage */
/** @typedef {import('./recordings.js').ListOptions} ListOptions */
/** @typedef {import('./recordings.js').RecordingsOptions} RecordingsOptions */
/** @typedef {import('./recordings.js').Share} Share */
/** @typedef {import('./devices.js').DeviceInfo} DeviceInfo */
/** @typedef {import('./devices.js').SourceInit} SourceInit */
/** @typedef {import('./lines.js').LocalSource} LocalSource */
/** @typedef {import('./token.js').Permissions} Permissions */
