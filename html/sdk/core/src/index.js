// SPDX-License-Identifier: MIT
// janus-recroom: calls that are recorded, on Janus.

export { Room } from './room.js';
export { Host } from './host.js';
export { Participants } from './participants.js';
export { Publisher } from './publisher.js';
export { Recording } from './recording.js';
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
/** @typedef {import('./publisher.js').PublisherEvents} PublisherEvents */
/** @typedef {import('./host.js').HostEvents} HostEvents */
/** @typedef {import('./participants.js').ParticipantsEvents} ParticipantsEvents */
/** @typedef {import('./recording.js').RecordingEvents} RecordingEvents */
/** @typedef {import('./devices.js').SourceName} SourceName */
/** @typedef {import('./devices.js').DevicesEvents} DevicesEvents */
/** @typedef {import('./platform.js').Storage} Storage */
/** @typedef {import('./errors.js').ErrorDetails} ErrorDetails */
/** @typedef {import('./recordings.js').PageOptions} PageOptions */
/** @typedef {import('./recordings.js').StoredEvent} StoredEvent */
/** @typedef {import('./recordings.js').Access} Access */
/** @typedef {import('./recordings.js').OutputState} OutputState */
