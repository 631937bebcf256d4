// SPDX-License-Identifier: MIT
// The call: components where they do, hooks and buttons of our own where they do not.

import {
	clockText, ConsentDialog, Lobby, ParticipantGrid, RecordingIndicator, RecordingsList, RecordingStatus, useDevices, useRecording, useRecordingClock, useRoom, useTrackToggle,
} from 'janus-recroom-react';

const NAMES = { audio: 'Microphone', video: 'Camera', screen: 'Screen' };

function Switch({ source }) {
	const { buttonProps, enabled } = useTrackToggle({ source });

	return <button className="rr-button" {...buttonProps}>{NAMES[source]} {enabled ? 'on' : 'off'}</button>;
}

/** A red button with a clock: everything that is not look comes from the hook. */
function Record() {
	const { canRecord, isRunning, isPaused, percent, status, recordButtonProps, pauseButtonProps } = useRecording({ title: 'Example' });
	const clock = clockText(useRecordingClock());

	if (!canRecord)
		return null;
	return (
		<>
			<button className="rr-button rr-danger" {...recordButtonProps}>{isRunning ? `Stop ${clock}` : 'Record'}</button>
			{isRunning && <button className="rr-button" {...pauseButtonProps}>{isPaused ? 'Resume' : 'Pause'}</button>}
			{percent !== null && <output>{status} {Math.round(percent)} %</output>}
		</>
	);
}

function Choice({ label, devices, chosen, choose }) {
	return (
		<label>{label} <select value={chosen ?? ''} onChange={({ target }) => choose(target.value)}>
			{devices.map(({ deviceId, label: name }, i) => <option key={deviceId} value={deviceId}>{name || `${label} ${i + 1}`}</option>)}
		</select></label>
	);
}

function Devices() {
	const { cameras, microphones, speakers, camera, microphone, speaker, setCamera, setMicrophone, setSpeaker } = useDevices();

	return (
		<details>
			<summary>Devices</summary>
			<Choice label="Camera" devices={cameras} chosen={camera} choose={setCamera} />
			<Choice label="Microphone" devices={microphones} chosen={microphone} choose={setMicrophone} />
			<Choice label="Loudspeaker" devices={speakers} chosen={speaker} choose={setSpeaker} />
		</details>
	);
}

export function Call({ onLeave }) {
	const { isConnected, isReconnecting, error, closed, join, leave } = useRoom();

	return (
		<>
			<RecordingStatus />
			<RecordingIndicator />
			<p role="alert">{closed?.reason ?? error?.message ?? (isReconnecting ? 'The connection is being made again.' : '')}</p>
			{closed && <button className="rr-button" onClick={() => { join().catch(() => {}); }}>Join again</button>}
			<Lobby />
			<ConsentDialog />
			<ParticipantGrid />
			{isConnected && <div role="group" aria-label="Call">
				{Object.keys(NAMES).map((source) => <Switch key={source} source={source} />)}
				<Record />
				<button className="rr-button" onClick={() => { leave().then(onLeave); }}>Leave</button>
			</div>}
			<Devices />
			<RecordingsList onPlay={(recording, url) => window.open(url)} />
		</>
	);
}
