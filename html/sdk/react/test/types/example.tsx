// SPDX-License-Identifier: MIT
// Uses every export, for `tsc --strict`; it is never run.

import { createElement } from 'react';
import {
	clockText, ConsentDialog, LABELS, Lobby, ParticipantGrid, ParticipantTile, RecordingControls, RecordingIndicator, RecordingsList, RecordingsListHeader, RecordingsListItem, RecordingStatus,
	RecroomProvider, sizeText, Track, useAnnouncement, useConsent, useDevices, useIsRecording, useLabels, useLobby, useLocalParticipant, useParticipants, usePlayback, useRecording, useRecordingClock, useRecordings, useRecroom,
	useRemoteParticipants, useRoom, useTrackToggle,
	type ItemProps, type Labels, type RecordingControlsProps, type RecordingEvent, type RecordingIndicatorProps, type RecordingsListParts, type RecroomProviderProps, type RecroomValue, type TileProps,
} from 'janus-recroom-react';

function Everything() {
	const { state, isHost, leave } = useRoom();
	const { status, percent, recordButtonProps, pauseButtonProps, startRecording } = useRecording({ layout: 'speaker' });
	const recording: boolean = useIsRecording();
	const clock: string = clockText(useRecordingClock());
	const { isNeeded, agree } = useConsent();
	const { said, alert } = useAnnouncement();
	const { recordings, share } = useRecordings({ status: 'completed' });
	const { cameras, setCamera, speakers, setSpeaker } = useDevices();
	const playback = usePlayback();
	const { buttonProps } = useTrackToggle({ source: 'screen' });
	const { waiters, admit } = useLobby();
	const names: string[] = [...useParticipants(), ...useRemoteParticipants()].map(({ display }) => display);
	const labels: Labels = useLabels();
	const parts: RecordingsListParts = { Item: (props: ItemProps) => createElement(RecordingsListItem, props), Header: RecordingsListHeader };

	return <section>
		<button {...recordButtonProps}>{labels.record} {status} {percent?.toFixed()} {String(recording)} {clock}</button>
		<button {...pauseButtonProps}>{state}</button>
		<button {...buttonProps}>{said && labels[said]}{alert && labels[alert]}</button>
		<button {...playback.buttonProps} onDoubleClick={() => setSpeaker(speakers[0].deviceId)}>{String(playback.isBlocked)}</button>
		<button onClick={() => { startRecording({ title: 'Weekly' }); leave(); agree(); share('id', undefined); setCamera(cameras[0].deviceId); admit(waiters[0].id); }}>{names}{String(isNeeded && isHost)}</button>
		{recordings.map(({ recordingId, size }) => <i key={recordingId}>{sizeText(size)}</i>)}
		<Track kind="video" track={useLocalParticipant()?.tracks.video} />
		<RecordingsList components={parts} onPlay={(one, url) => one.title + url} />
		<ParticipantGrid renderTile={(tile: TileProps) => <ParticipantTile {...tile} />} />
		<RecordingControls confirmStop={false} />
		<RecordingIndicator onClick={() => useRecroom().room.id} />
		<RecordingStatus visible />
		<Lobby />
		<ConsentDialog onAnswer={(agreed: boolean) => agreed} />
	</section>;
}

const props: RecroomProviderProps = { serverUrl: 'https://example.org', roomId: 'demo', audio: true, video: 'camera', labels: { record: LABELS.stop }, onRecordingStarted: ({ recordingId }) => recordingId };

export const more: [RecordingControlsProps, RecordingIndicatorProps, (event: RecordingEvent) => string, (value: RecroomValue) => string] = [
	{ confirmStop: false }, { clock: false }, ({ event, recordingId }) => event + recordingId, ({ room }) => room.state,
];
export const app = <RecroomProvider {...props}><Everything /></RecroomProvider>;
