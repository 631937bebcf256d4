// SPDX-License-Identifier: MIT
// janus-recroom-react/hooks: everything that touches no document, for components of your own and for React Native.

export { RecroomProvider } from './provider.js';
export { RecroomContext, useLabels, useRecroom } from './context.js';
export { useLobby, useLocalParticipant, useParticipants, useRemoteParticipants, useRoom, useTrackToggle } from './room_hooks.js';
export { useConsent, useIsRecording, useRecording, useRecordingClock } from './recording_hooks.js';
export { useAnnouncement } from './announcement_hook.js';
export { useRecordings } from './recordings_hook.js';
export { useDevices } from './devices_hook.js';
export { clockText, LABELS, sizeText, STATUS_LABELS } from './labels.js';

/** @typedef {import('./provider.js').RecroomProviderProps} RecroomProviderProps */
/** @typedef {import('./labels.js').Labels} Labels */
