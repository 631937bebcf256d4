// SPDX-License-Identifier: MIT
// janus-recroom-react: calls that are recorded, in React.

export { RecroomProvider } from './provider.js';
export { useLabels, useRecroom } from './context.js';
export { useLobby, useLocalParticipant, useParticipants, useRemoteParticipants, useRoom, useTrackToggle } from './room_hooks.js';
export { useConsent, useIsRecording, useRecording, useRecordingClock } from './recording_hooks.js';
export { useAnnouncement } from './announcement_hook.js';
export { useRecordings } from './recordings_hook.js';
export { useDevices, usePlayback } from './devices_hook.js';
export { RecordingControls } from './recording_controls.js';
export { RecordingIndicator } from './recording_indicator.js';
export { RecordingStatus } from './recording_status.js';
export { RecordingsList, RecordingsListHeader, RecordingsListItem } from './recordings_list.js';
export { ParticipantGrid, ParticipantTile, Track } from './participant_grid.js';
export { Lobby } from './lobby.js';
export { ConsentDialog } from './consent_dialog.js';
export { clockText, LABELS, sizeText } from './labels.js';

/** @typedef {import('./provider.js').RecroomProviderProps} RecroomProviderProps */
/** @typedef {import('./labels.js').Labels} Labels */
/** @typedef {import('./recordings_list.js').ItemProps} ItemProps */
/** @typedef {import('./recordings_list.js').RecordingsListParts} RecordingsListParts */
/** @typedef {import('./participant_grid.js').TileProps} TileProps */
/** @typedef {import('./provider.js').RecordingEvent} RecordingEvent */
/** @typedef {import('./context.js').RecroomValue} RecroomValue */
/** @typedef {import('./recording_controls.js').RecordingControlsProps} RecordingControlsProps */
/** @typedef {import('./recording_indicator.js').RecordingIndicatorProps} RecordingIndicatorProps */
