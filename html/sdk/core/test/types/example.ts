// SPDX-License-Identifier: MIT
// Uses every export, for `tsc --strict`; it is never run.

import {
	claimsOf, Devices, durationAt, elapsedAt, Emitter, Host, IDLE, isBeingMade, isRunning, Participants, permissionsOf, Publisher, Recording, Recordings, RecroomError, Room,
	type Access, type DevicesEvents, type ErrorDetails, type HostEvents, type OutputState, type PageOptions, type ParticipantsEvents, type PublisherEvents, type RecordingEvents, type SourceName,
	type Storage, type StoredEvent, type Consent, type ConsentState, type DeviceInfo, type ListOptions, type LocalSource, type Participant, type Pending, type Permissions, type PlatformOptions, type Quality,
	type RecordingInfo, type RecordingsPage, type RecordingState, type RecordingStatus, type RoomEvents, type RoomOptions, type RoomState, type SourceInit, type StartOptions, type RecordingsOptions, type Share,
	type Stream, type Waiter, type Waiting, type Wish,
} from 'janus-recroom';

const platform: PlatformOptions = { storage: null, random: Math.random, network: (listener) => { listener(true); return () => {}; } };
const options: RoomOptions = { serverUrl: 'https://example.org', rtc: { iceServers: [] }, subscribe: true, platform };
const wish: Wish = { room: 'demo', display: 'Ann', pin: '1', token: 't', secret: 's', resume: 'r', wait: true };
const room = new Room(options);

const words: Record<RecordingStatus, string> = {
	idle: '', starting: '', recording: '', paused: '', processing: '', uploading: '', completed: '', failed: '', deleting: '',
};

room.on('state', (state: RoomState) => state === 'joined');
room.on('waiting', ({ id, reason, waitMs }: Waiting) => [id, reason, waitMs]);
room.on('joined', (nothing: null) => nothing);
room.on('closed', ({ code, reason }) => [code, reason]);
room.on('participants', (list: Participant[]) => list.map(({ streams, quality }): [Stream[], Quality] => [streams, quality]));
room.on('participantjoined', ({ display }) => display.length);
room.on('participantleft', ({ id }) => id.length);
room.on('track', ({ participant, source, kind, track }) => kind === 'video' && track && participant + source);
room.on('recording', (state: RecordingState) => words[state.status] + durationAt(state, 0) + elapsedAt(state, 0) + Number(isRunning(state) || isBeingMade(state)));
room.on('pending', (pending: Pending) => pending === 'start');
room.on('recordingevent', ({ event, recordingId }) => event + recordingId);
room.on('waitinglist', (list: Waiter[]) => list.length);
room.on('locked', ({ locked, by }) => locked && by);
room.on('role', (role: 'host' | 'guest') => role);
room.on('moderated', ({ id, muted }) => muted && id);
room.on('connectionquality', ({ id, quality }) => id + quality);
const off: () => void = room.once('error', ({ code, number, retryAfterMs }: RecroomError) => [code, number, retryAfterMs?.toFixed()]);
// @ts-expect-error there is no such event
room.on('nonsense', () => {});
// @ts-expect-error a participant's id is a text
room.host.kick(7);

class Own extends Emitter<{ beep: number }> {
	beep(): void { this.emit('beep', 1); }
}

export async function use(): Promise<void> {
	await room.join(wish);
	await room.publisher.publish({ audio: true, video: 'a device id' });
	await room.publisher.shareScreen();
	await room.publisher.mute('audio');
	await room.publisher.unmute('audio');
	await room.publisher.switchDevice('video', 'another');
	const sources: LocalSource[] = room.publisher.sources;
	const init: SourceInit[] = await room.devices.open({ audio: true, video: { width: 640 } });
	const devices: DeviceInfo[] = await new Devices(undefined as never).list();

	room.publisher.on('ended', ({ source }) => source);
	await room.publisher.send(init);
	await room.publisher.replaceTrack('audio', init[0].track);
	await room.publisher.end(['audio']);
	const start: StartOptions = { title: 'Weekly', layout: 'speaker', outputs: ['webm', { format: 'opus' }], exclude: ['user3'], custom: { ticket: 7 } };
	const { recordingId } = await room.recording.start(start);

	await room.recording.pause();
	await room.recording.resume();
	await room.recording.stop();
	await room.recording.refresh();
	const consent: Consent | null = room.recording.state.consent;
	const answer: ConsentState = await room.recording.consent(true);
	const clock: number = room.recording.duration + room.recording.elapsed;
	const may: Permissions = room.permissions;

	await room.host.admit('wait1');
	await room.host.admitAll();
	await room.host.deny('wait1');
	await room.host.denyAll();
	await room.host.kick('user2', { backAfterS: 60 });
	await room.host.moderate('user2', { mute: true, source: 'audio' });
	await room.host.lock();
	await room.host.unlock();
	await room.host.promote('user2');
	await room.host.demote('user2');
	await room.host.transfer('user2');
	await room.host.setLayout({ layout: 'grid' });
	await room.host.exclude('user2');
	await room.host.endCall();
	await room.rename('Anna');
	await room.setQuality('user2', 'video', { substream: 0 });
	const answered: Record<string, unknown> = await room.request('listparticipants');
	const list: ListOptions = { status: 'completed', pageSize: 20 };
	const how: RecordingsOptions = { url: 'https://example.org', room: 'demo', token: () => room.renewToken() };
	const library = new Recordings(how);
	const page: RecordingsPage = await library.list(list);
	const one: RecordingInfo = await (room.recordings ?? library).get(recordingId);

	for await (const { url, title } of library.all())
		console.log(url ?? title, one.duration, page.nextPageToken);
	await library.recompose(recordingId, { layout: 'single' });
	await library.cancel(recordingId, 2);
	await library.erase(recordingId, 'user2');
	await library.delete(recordingId);
	console.log((await library.share(recordingId)).expiresAt, (await library.events(recordingId)).lastSeq, (await library.accesses(recordingId)).accesses, (await library.calls()).calls);
	const [share]: Share[] = await library.shares(recordingId);

	await library.unshare(recordingId, share.shareId);
	await library.hold(recordingId, 'Case 4711');
	await library.release(recordingId);
	await library.keep(recordingId, { keepUntil: null });
	console.log(sources, devices, consent, answer, clock, may, answered, claimsOf(room.token).sub, permissionsOf('host', room.token).canRecord, IDLE.status, new Own());
	off();
	await room.leave().catch((error: RecroomError) => error.code satisfies string);
	room.clear();
}

export type Names = keyof RoomEvents;
export type Others = [keyof HostEvents, keyof ParticipantsEvents, keyof PublisherEvents, keyof RecordingEvents, keyof DevicesEvents];

export async function parts(storage: Storage): Promise<unknown> {
	const own: [Host, Participants, Publisher, Recording] = [room.host, room.participants, room.publisher, room.recording];
	const source: SourceName = 'video2', details: ErrorDetails = { number: 417 }, page: PageOptions = { pageSize: 5 };
	const { events }: { events: StoredEvent[] } = await room.recordings!.events('id', page);
	const { accesses }: { accesses: Access[] } = await room.recordings!.accesses('id', page);
	const made: OutputState = await room.recordings!.cancel('id', 1);
	const audio = {};

	if (!await room.devices.play(audio))
		await room.devices.unblock();
	await room.devices.setSpeaker('speaker2');
	room.devices.forget(audio);
	return [own, source, new RecroomError('internal', 'No.', details), events[0].seq, accesses[0].actor, made.state, storage.getItem('x'), room.devices.speaker, new Room({ transport: 'http' }).recording.state.startedByName];
}
