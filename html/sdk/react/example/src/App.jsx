// SPDX-License-Identifier: MIT
// Who, where, and then the call. `?server=` is the address of recroom-pp serve; without it, it is where this page comes from.

import { useState } from 'react';
import { RecroomProvider } from 'janus-recroom-react';

import { Call } from './Call.jsx';

const asked = new URLSearchParams(location.search);
const serverUrl = asked.get('server') ?? location.origin;

export function App() {
	const [wish, setWish] = useState(null);

	if (wish)
		return (
			<RecroomProvider serverUrl={serverUrl} {...wish} audio video>
				<Call onLeave={() => setWish(null)} />
			</RecroomProvider>
		);
	return (
		<form onSubmit={(event) => {
			event.preventDefault();
			setWish(Object.fromEntries(new FormData(event.target)));
		}}>
			<h1>A recorded call</h1>
			<label>Your name <input name="display" required autoComplete="name" defaultValue={asked.get('name') ?? ''} /></label>
			<label>Room <input name="roomId" required defaultValue={asked.get('room') ?? 'demo'} /></label>
			<label>Secret, for hosts <input name="secret" type="password" autoComplete="off" /></label>
			<button className="rr-button">Join</button>
		</form>
	);
}
