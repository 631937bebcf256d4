// SPDX-License-Identifier: MIT
// janus-recroom-react-native: calls that are recorded, on a phone.

export { createPhone, RecroomProvider } from './provider.js';
export { useLabels, usePhone } from './context.js';
export { useAnnouncement, useConsent, useDevices, useIsRecording, useLobby, useLocalParticipant, useParticipants, useRecording, useRecordingClock } from 'janus-recroom-react/hooks';
export { clockText, LABELS, sizeText, useRecordings, useRecroom, useRemoteParticipants, useRoom, useTrackToggle } from 'janus-recroom-react/hooks';
export { RecordingControls } from './recording_controls.js';
export { RecordingIndicator } from './recording_indicator.js';
export { RecordingStatus } from './recording_status.js';
export { ParticipantGrid, ParticipantTile, Picture } from './participant_grid.js';
export { Lobby } from './lobby.js';
export { ConsentDialog } from './consent_dialog.js';
export { PhoneNotice } from './phone_notice.js';
export { TrackToggle } from './track_toggle.js';
export { Button, pressProps } from './parts.js';
export { DARK, LIGHT, useTheme } from './theme.js';
export { PHONE_LABELS } from './labels.js';
export { Background } from './background.js';
export { Interruption } from './interruption.js';
export { Network } from './network.js';
export { Permissions } from './permissions.js';
export { Rests } from './rests.js';
export { Phone } from './phone.js';
export { adapterOf, registerGlobals } from './platform.js';

/** @typedef {import('./provider.js').RecroomProviderProps} RecroomProviderProps */
/** @typedef {import('./labels.js').Labels} Labels */
/** @typedef {import('./theme.js').Theme} Theme */
/** @typedef {import('./phone.js').PhoneState} PhoneState */
/** @typedef {import('./phone.js').PhoneOptions} PhoneOptions */
/** @typedef {import('./platform.js').Adapter} Adapter */
/** @typedef {import('./platform.js').AdapterOptions} AdapterOptions */
/** @typedef {import('./participant_grid.js').TileProps} TileProps */
/** @typedef {import('./provider.js').NativeProps} NativeProps */
/** @typedef {import('./background.js').BackgroundEvents} BackgroundEvents */
/** @typedef {import('./interruption.js').InterruptionEvents} InterruptionEvents */
/** @typedef {import('./network.js').NetworkEvents} NetworkEvents */
/** @typedef {import('./network.js').NetworkState} NetworkState */
/** @typedef {import('./permissions.js').PermissionsEvents} PermissionsEvents */
/** @typedef {import('./permissions.js').Permission} Permission */
/** @typedef {import('./permissions.js').PermissionStates} PermissionStates */
/** @typedef {import('./platform.js').CallService} CallService */
/** @typedef {import('./platform.js').AsyncStorage} AsyncStorage */
/** @typedef {import('./platform.js').NetInfo} NetInfo */
/** @typedef {import('./platform.js').ActivityState} ActivityState */
/** @typedef {import('./platform.js').PermissionState} PermissionState */
/** @typedef {import('./platform.js').PermissionName} PermissionName */
/** @typedef {import('./platform.js').ServiceType} ServiceType */
/** @typedef {import('./platform.js').AudioFocus} AudioFocus */
/** @typedef {import('./platform.js').End} End */
/** @typedef {import('./parts.js').ButtonProps} ButtonProps */
/** @typedef {import('./parts.js').ViewStyle} ViewStyle */
/** @typedef {import('./parts.js').TextStyle} TextStyle */
/** @typedef {import('./participant_grid.js').TileStyles} TileStyles */
/** @typedef {import('./recording_controls.js').RecordingControlsProps} RecordingControlsProps */
/** @typedef {import('./recording_indicator.js').RecordingIndicatorProps} RecordingIndicatorProps */
/** @typedef {import('./phone.js').PhoneEvents} PhoneEvents */
/** @typedef {import('./rests.js').RestsEvents} RestsEvents */
