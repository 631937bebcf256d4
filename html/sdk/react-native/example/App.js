// SPDX-License-Identifier: MIT
import { ConsentDialog, Lobby, ParticipantGrid, PhoneNotice, RecordingControls, RecordingIndicator, RecordingStatus, RecroomProvider, TrackToggle } from 'janus-recroom-react-native';
import { SafeAreaView } from 'react-native';

export default function App() {
	return (
		<RecroomProvider serverUrl="http://10.0.2.2:8090" roomId="demo" display="Ann" secret="the secret of the host" audio video>
			<SafeAreaView style={{ flex: 1, margin: 12 }}>
				<RecordingStatus />
				<RecordingIndicator />
				<PhoneNotice />
				<Lobby />
				<ConsentDialog />
				<ParticipantGrid />
				<TrackToggle source="audio" />
				<TrackToggle source="video" />
				<RecordingControls />
			</SafeAreaView>
		</RecroomProvider>
	);
}
