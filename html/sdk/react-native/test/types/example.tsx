// SPDX-License-Identifier: MIT
// Uses every export, for `tsc --strict` against React Native's own types; it is never run.

import {
	adapterOf, Button, clockText, ConsentDialog, createPhone, DARK, LABELS, LIGHT, Lobby, ParticipantGrid, ParticipantTile, Phone, PHONE_LABELS, PhoneNotice, Picture, pressProps, RecordingControls, RecordingIndicator,
	RecordingStatus, RecroomProvider, registerGlobals, sizeText, TrackToggle, useAnnouncement, useConsent, useDevices, useIsRecording, useLabels, useLobby, useLocalParticipant, useParticipants, usePhone, useRecording,
	useRecordingClock, useRecordings, useRecroom, useRemoteParticipants, useRoom, useTheme, useTrackToggle,
	type NativeProps, type Background, type BackgroundEvents, type Interruption, type InterruptionEvents, type Network, type NetworkEvents, type NetworkState, type Permissions, type PermissionsEvents, type Permission, type PermissionStates, type CallService, type AsyncStorage, type NetInfo, type ActivityState, type PermissionState,
	type PermissionName, type ServiceType, type AudioFocus, type End, type ButtonProps, type ViewStyle, type TextStyle, type TileStyles, type RecordingControlsProps, type RecordingIndicatorProps, type PhoneEvents, type Rests, type RestsEvents,
	type Adapter, type AdapterOptions, type Labels, type PhoneOptions, type PhoneState, type RecroomProviderProps, type Theme, type TileProps,
} from 'janus-recroom-react-native';
import { Pressable, Text, View } from 'react-native';

function Everything() {
	const { state, leave } = useRoom();
	const { status, recordButtonProps } = useRecording({ layout: 'speaker' });
	const { said, alert } = useAnnouncement();
	const { isBackground, permissions, resting, ask, openSettings } = usePhone();
	const { isNeeded } = useConsent();
	const { recordings } = useRecordings();
	const { cameras } = useDevices();
	const { toggle } = useTrackToggle({ source: 'audio' });
	const { waiters } = useLobby();
	const labels: Labels = useLabels(), theme: Theme = useTheme();
	const names: string[] = [...useParticipants(), ...useRemoteParticipants()].map(({ display }) => display);
	const denied: boolean = permissions.camera === 'denied' && useIsRecording();
	const words = [state, status, said && labels[said], alert, clockText(useRecordingClock()), sizeText(recordings[0].size ?? 0), cameras[0].label, waiters[0].display, ...names, ...resting];

	return <View style={{ backgroundColor: theme.surface }}>
		<Pressable {...pressProps(recordButtonProps)}><Text>{words.join()}{String(isBackground && isNeeded && denied)}</Text></Pressable>
		<Button label={labels.openSettings} tone="primary" onPress={() => { openSettings(); ask(['camera']); toggle(); leave(); }} />
		<Picture track={useLocalParticipant()?.tracks.video} mirror fit="contain" style={{ width: 100 }} />
		<RecordingStatus visible styles={{ said: { fontSize: 20 } }} />
		<RecordingIndicator onPress={() => useRecroom().room.id} styles={{ word: { color: LIGHT.red }, clock: [{ color: DARK.red }] }} />
		<RecordingControls confirmStop={false} options={{ title: 'Weekly' }} styles={{ button: { borderRadius: 3 } }} />
		<ParticipantGrid renderTile={(tile: TileProps) => <ParticipantTile {...tile} />} />
		<ConsentDialog onAnswer={(agreed: boolean) => agreed} />
		<Lobby />
		<PhoneNotice />
		<TrackToggle source="screen" />
	</View>;
}

const handed: AdapterOptions & PhoneOptions = { netInfo: { addEventListener: () => () => {} }, audioFocus: () => () => {}, service: { start: (types) => types.includes('camera'), stop: () => {} }, cameraInBackground: true };
const adapter: Adapter = adapterOf(handed);
const phone: Phone = createPhone(handed), seen: PhoneState = new Phone(adapter).state;
const props: RecroomProviderProps = { serverUrl: 'https://example.org', roomId: 'demo', audio: true, video: { facingMode: 'user' }, phone, theme: { touch: 48 }, colorScheme: 'dark', labels: { record: LABELS.stop, camera: PHONE_LABELS.camera + seen.activity } };

/** What the others are made of. */
export type Parts = [NativeProps, Background, BackgroundEvents, Interruption, InterruptionEvents, Network, NetworkEvents, NetworkState, Permissions, PermissionsEvents, Permission, PermissionStates, CallService, AsyncStorage, NetInfo, ActivityState, PermissionState, PermissionName, ServiceType, AudioFocus, End, ButtonProps, ViewStyle, TextStyle, TileStyles, RecordingControlsProps, RecordingIndicatorProps, PhoneEvents, Rests, RestsEvents];

registerGlobals();
export const app = <RecroomProvider {...props}><Everything /></RecroomProvider>;
