// SPDX-License-Identifier: MIT
// A room of the fake Janus: people, who waits, streams, one recording at a time. Only what a client can tell from the real one.

const ERRORS = {
	unauthorized: [406, 'The secret or token is missing or wrong.'], not_host: [407, 'Only a host may do this.'], not_joined: [408, 'Join a room first.'],
	not_recording: [418, 'No recording of this call is running.'], already_recording: [417, 'A recording of this call is running.'],
	wrong_pin: [414, 'The room\'s pin is missing or wrong.'], denied: [440, 'A host has kept you out of this call.'], invalid_request: [401, 'There is no such request.'],
	no_such_participant: [410, 'There is no such participant in the room.'], no_such_room: [404, 'There is no such room.'],
};
const HOSTS = new Set(['start_recording', 'stop_recording', 'pause_recording', 'resume_recording', 'admit', 'deny', 'kick', 'moderate', 'lock', 'promote', 'demote',
	'transfer_host', 'end_call', 'set_layout', 'exclude', 'get_recording']);
const b64 = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');

export class FakeRoom {
	name = 'demo';
	secret = 'host';
	pin = '';
	lobby = false;
	locked = false;
	calls = 1;
	consent = 'notice';
	/** id → {id, display, role, resume, streams, handle, sub}. */
	people = new Map();
	/** Everybody who was ever given a resume secret in this call. */
	known = new Map();
	waiting = new Map();
	recording = null;
	recordings = new Map();
	/** Errors to give next, by request: {name: [code, retryAfterMs]}. */
	refuse = {};
	#users = 0;
	#seq = 0;

	constructor(janus) {
		this.janus = janus;
	}

	/** As after a restart of Janus. */
	forget() {
		this.people.clear();
		this.known.clear();
		this.waiting.clear();
		if (this.recording)
			this.recording.status = 'processing';
		this.recording = null;
		this.#users = 0;               // the same ids are other people then
		this.calls++;
	}

	// What others do.

	/** Somebody else comes, with streams. */
	come(display, streams = []) {
		const id = `user${++this.#users}`;
		const person = { id, display, role: 'guest', streams, handle: null, sub: null };

		this.people.set(id, person);
		this.tellAll({ joining: { id, display, role: 'guest' } });
		if (streams.length)
			this.tellAll({ publishers: [{ id, display, role: 'guest', streams }] });
		return person;
	}

	go(id) {
		this.people.delete(id);
		this.tellAll({ leaving: id });
		for (const { sub } of this.people.values())
			this.#endFeed(sub, id);
	}

	setStreams(id, streams) {
		const person = this.people.get(id);

		person.streams = streams;
		this.tellAll({ publishers: [{ id, display: person.display, role: person.role, streams }] });
	}

	tellAll(message) {
		for (const person of this.people.values())
			this.tell(person, message);
	}

	tell(person, message) {
		if (person.handle)
			this.janus.event(person.handle, { recroom: 'event', room: this.name, ...message });
	}

	tellHosts(message) {
		for (const person of this.people.values())
			if (person.role === 'host')
				this.tell(person, message);
	}

	// Recordings.

	event(name, more = {}) {
		const rec = this.recording ?? this.last;

		this.tellAll({ event: name, roomId: this.name, recordingId: rec.recordingId, seq: ++rec.seq, ...more });
	}

	measured(rec = this.recording) {
		const now = this.janus.clock.now();
		const runs = rec.status === 'recording';

		return { recordingId: rec.recordingId, status: rec.status, startedAt: rec.startedAt, duration: rec.duration + (runs ? now - rec.since : 0),
			elapsed: rec.endedAt ?? now - rec.began, layout: rec.layout, ...this.starter(rec) };
	}

	starter({ startedBy, startedByName }) {
		return startedBy ? { startedBy, startedByName } : {};
	}

	/** by: who asked for it; nobody: the room's configuration. */
	startRecording(by) {
		const now = this.janus.clock.now();
		const recordingId = `rec_${++this.#seq}`;

		this.recording = { recordingId, status: 'recording', startedAt: 1_700_000_000_000 + now, began: now, since: now, duration: 0, seq: 0, layout: 'grid',
			startedBy: by?.id, startedByName: by?.display };
		this.recordings.set(recordingId, this.recording);
		this.last = this.recording;
		for (const name of ['recordingstarting', 'recordingstarted'])
			this.event(name, { consent: this.consent, ...this.starter(this.recording) });
	}

	setRecording(status) {
		const rec = this.recording;

		Object.assign(rec, { duration: this.measured().duration, since: this.janus.clock.now(), status });
		if (status === 'processing') {
			rec.endedAt = this.janus.clock.now() - rec.began;
			this.recording = null;
		}
		this.event({ paused: 'recordingpaused', recording: 'recordingresumed', processing: 'recordingstopped' }[status], status === 'processing' ? { duration: rec.duration } : {});
	}

	/** As it is told each second. */
	status() {
		if (this.recording)
			this.tellAll({ event: 'recordingstatus', roomId: this.name, bytes: 1, tracks: 1, ...this.measured() });
	}

	/** The file is there. */
	complete(url) {
		this.last.status = 'completed';
		this.event('recordingcompleted', { duration: this.last.duration, size: 1, ...url ? { url } : {} });
	}

	// Requests.

	request(handle, body, jsep, answer) {
		const refused = this.refuse[body.recroom];
		const person = handle.person;

		if (refused) {
			delete this.refuse[body.recroom];
			this.#error(answer, ...refused);
		} else if (String(body.room) !== this.name) {
			this.#error(answer, 'no_such_room');
		} else if (body.recroom === 'join') {
			this.#join(handle, body, answer);
		} else if (handle.waiter && body.recroom === 'leave') {
			this.#unwait(handle.waiter);
			answer({ recroom: 'event', leaving: 'ok' });
		} else if (!person) {
			this.#error(answer, 'not_joined');
		} else if (HOSTS.has(body.recroom) && person.role !== 'host') {
			this.#error(answer, 'not_host');
		} else {
			(this[`on_${body.recroom}`] ?? this.#nothing).call(this, { handle, person, body, jsep, answer });
		}
	}

	#nothing({ answer }) {
		this.#error(answer, 'invalid_request');
	}

	#error(answer, code, retryAfterMs) {
		const [number, error] = ERRORS[code] ?? [499, 'Refused.'];

		answer({ recroom: 'event', error_code: number, code, error, ...retryAfterMs ? { retryAfterMs } : {} });
	}

	#join(handle, body, answer) {
		const known = this.known.get(body.resume);

		if (body.resume && !known)
			this.#error(answer, 'unauthorized');
		else if (body.ptype === 'subscriber')
			this.#joinSubscriber(handle, known, answer);
		else if (this.pin && body.pin !== this.pin && !known)
			this.#error(answer, 'wrong_pin');
		else if (this.lobby && !known && body.secret !== this.secret)
			this.#wait(handle, body, answer);
		else
			this.#enter(handle, body, known, answer);
	}

	#wait(handle, body, answer) {
		const id = `wait${this.waiting.size + 1}`;

		this.waiting.set(id, { id, handle, body });
		handle.waiter = id;
		this.tellHosts({ event: 'waiting', id, display: body.display ?? '', reason: 'lobby' });
		answer({ recroom: 'waiting', room: this.name, id, reason: 'lobby', description: 'Demo room', waitMs: 900_000 });
	}

	#unwait(id) {
		this.waiting.delete(id);
		this.tellHosts({ event: 'denied', id, reason: 'left' });
	}

	admit(id) {
		const { handle, body } = this.waiting.get(id);

		this.waiting.delete(id);
		handle.waiter = null;
		this.tellHosts({ event: 'admitted', id });
		this.#enter(handle, body, null, (data) => this.janus.event(handle, data));
	}

	deny(id, reason = 'denied') {
		const { handle } = this.waiting.get(id);

		this.waiting.delete(id);
		handle.waiter = null;
		this.janus.event(handle, { recroom: 'event', event: 'denied', id, reason });
	}

	#enter(handle, body, known, answer) {
		const id = known?.id ?? `user${++this.#users}`;
		const person = known ?? { id, display: body.display ?? '', role: body.secret === this.secret ? 'host' : 'guest', resume: `resume-${id}-${this.#users}`, sub: null };
		const old = person.handle;

		person.streams = [];
		person.handle = handle;
		handle.person = person;
		this.known.set(person.resume, person);
		if (old && old !== handle) {
			old.person = null;
			this.janus.event(old, { recroom: 'event', room: this.name, leaving: 'ok', reason: 'replaced' });
		}
		if (!this.people.has(id))
			this.tellAll({ joining: { id, display: person.display, role: person.role } });
		this.people.set(id, person);
		answer(this.#joined(person));
	}

	#joined(person) {
		const others = [...this.people.values()].filter(({ id }) => id !== person.id);

		return { recroom: 'joined', room: this.name, id: person.id, role: person.role, callId: `call_${this.calls}`, description: 'Demo room', resume: person.resume,
			token: `${b64({})}.${b64({ role: person.role, at: this.janus.clock.now() })}.x`, admission: this.lobby ? 'lobby' : 'open', locked: this.locked,
			participants: others.map(({ id, display, role }) => ({ id, display, role })),
			publishers: others.filter(({ streams }) => streams.length).map(({ id, display, role, streams }) => ({ id, display, role, streams })),
			...person.role === 'host' ? { waiting: this.waitingList() } : {}, recording: this.recording ? { ...this.measured(), consent: this.consent } : null };
	}

	waitingList() {
		return [...this.waiting.values()].map(({ id, body }) => ({ id, display: body.display ?? '', reason: 'lobby' }));
	}

	detached(handle) {
		const { person } = handle;

		if (handle.waiter)
			this.#unwait(handle.waiter);
		if (person?.handle === handle) {
			person.handle = null;
			this.people.delete(person.id);
			this.tellAll({ leaving: person.id });
		}
		if (person?.sub?.handle === handle)
			person.sub = null;
	}

	// Media.

	on_publish({ handle, person, body, jsep, answer }) {
		if (jsep)
			person.streams = JSON.parse(jsep.sdp).filter(({ direction }) => direction === 'sendonly').map(({ mid, kind }) => ({
				mid, mindex: Number(mid), type: kind, codec: kind === 'audio' ? 'opus' : 'vp8', source: body.descriptions?.find((d) => d.mid === mid)?.source ?? kind,
				muted: body.streams?.find((s) => s.mid === mid)?.send === false,
			}));
		answer({ recroom: 'event', room: this.name, configured: 'ok', streams: person.streams }, jsep && { type: 'answer', sdp: jsep.sdp });
		for (const other of this.people.values())
			if (other !== person)
				this.tell(other, { publishers: [{ id: person.id, display: person.display, role: person.role, streams: person.streams }] });
	}

	on_configure(call) {
		const { handle, person, body, jsep, answer } = call;

		if (jsep) {
			this.on_publish(call);
			return;
		}
		if (person.sub?.handle !== handle)
			for (const { mid, send } of body.streams ?? [])
				for (const stream of person.streams)
					if (stream.mid === mid)
						stream.muted = !send;
		answer({ recroom: 'event', room: this.name, configured: 'ok', token: `${b64({})}.${b64({ role: person.role, renewed: this.janus.clock.now() })}.x` });
	}

	#joinSubscriber(handle, person, answer) {
		if (!person) {
			this.#error(answer, 'unauthorized');
			return;
		}
		handle.person = person;
		person.sub = { handle, slots: [], outstanding: false, dirty: false };
		answer({ recroom: 'attached', room: this.name, streams: [] });
	}

	on_update({ person, body, answer }) {
		const { sub } = person;

		for (const { feed, mid } of body.unsubscribe ?? [])
			this.#endSlots(sub, (slot) => slot.feed === feed && slot.feedMid === mid);
		for (const { feed, mid } of body.subscribe ?? []) {
			const stream = this.people.get(feed)?.streams.find((s) => s.mid === mid);

			if (!stream) {
				this.#error(answer, 'no_such_participant');
				return;
			}
			this.#fill(sub, feed, stream);
		}
		this.#offer(sub, answer);
	}

	#fill(sub, feed, stream) {
		const free = sub.slots.find((slot) => !slot.active && slot.type === stream.type);
		const content = { type: stream.type, source: stream.source, feed, feedMid: stream.mid, active: true };

		if (free)
			Object.assign(free, content);
		else
			sub.slots.push({ mid: String(sub.slots.length), ...content });
		sub.dirty = true;
	}

	#endSlots(sub, which) {
		for (const slot of sub?.slots.filter((one) => one.active && which(one)) ?? []) {
			slot.active = false;
			sub.dirty = true;
		}
	}

	#endFeed(sub, id) {
		this.#endSlots(sub, ({ feed }) => feed === id);
		this.#offerLater(sub);
	}

	#offerLater(sub) {
		if (sub?.dirty && !sub.outstanding)
			this.#offer(sub, (data, jsep) => this.janus.event(sub.handle, data, jsep));
	}

	#offer(sub, answer) {
		if (sub.outstanding) {
			answer({ recroom: 'updated', room: this.name, pending: true });
			return;
		}
		const streams = sub.slots.map(({ mid, type, source, feed, feedMid, active }) => ({ mid, type, source, active, feed_id: feed, feed_mid: feedMid }));
		const due = sub.dirty && sub.slots.length > 0;

		sub.dirty = false;
		sub.outstanding = due;
		answer({ recroom: 'updated', room: this.name, streams }, due ? { type: 'offer', sdp: JSON.stringify(sub.slots.map(({ mid, type }) => ({ mid, kind: type }))) } : undefined);
	}

	on_start({ person, answer }) {
		person.sub.outstanding = false;
		answer({ recroom: 'event', room: this.name, started: 'ok' });
		this.#offerLater(person.sub);
	}

	// The rest.

	on_listparticipants({ person, answer }) {
		answer({ recroom: 'participants', room: this.name, participants: [...this.people.values()].map(({ id, display, role, streams }) => ({ id, display, role, publisher: streams.length > 0, streams })),
			locked: this.locked, ...person.role === 'host' ? { waiting: this.waitingList() } : {} });
	}

	on_recording_status({ person, answer }) {
		const consents = { policy: this.consent, you: person.answers?.[this.recording?.recordingId] ?? 'told' };

		answer({ recroom: 'recording', room: this.name, ...this.recording ? { ...this.measured(), consent: this.consent, consents } : { recordingId: null } });
	}

	on_start_recording({ person, answer }) {
		if (this.recording) {
			this.#error(answer, 'already_recording');
			return;
		}
		this.startRecording(person);
		answer({ recroom: 'recording', room: this.name, ...this.measured() });
	}

	#change(call, status) {
		const { answer } = call;

		if (!this.recording || (call.body.recordingId && call.body.recordingId !== this.recording.recordingId)) {
			this.#error(answer, 'not_recording');
			return;
		}
		const rec = this.recording;

		this.setRecording(status);
		answer({ recroom: 'recording', room: this.name, ...this.measured(rec) });
	}

	on_stop_recording(call) { this.#change(call, 'processing'); }
	on_pause_recording(call) { this.#change(call, 'paused'); }
	on_resume_recording(call) { this.#change(call, 'recording'); }

	on_get_recording({ body, answer }) {
		const rec = this.recordings.get(body.recordingId);

		answer({ recroom: 'recording', room: this.name, recordingId: body.recordingId, status: rec?.status ?? 'failed', duration: rec?.duration ?? 0, progress: null, flags: [] });
	}

	on_consent({ person, body, answer }) {
		person.answers = { ...person.answers, [this.recording?.recordingId]: body.agree ? 'agreed' : 'declined' };
		answer({ recroom: 'consent', room: this.name, recordingId: this.recording?.recordingId, state: body.agree ? 'agreed' : 'declined' });
	}

	on_leave({ handle, answer }) {
		answer({ recroom: 'event', room: this.name, leaving: 'ok' });
		this.detached(handle);
		handle.person = null;          // whatever comes on it now is not_joined
	}

	on_admit({ body, answer }) {
		const ids = body.all ? [...this.waiting.keys()] : [body.id];

		if (ids.some((id) => !this.waiting.has(id))) {
			this.#error(answer, 'no_such_participant');
			return;
		}
		answer({ recroom: 'success', room: this.name, admitted: ids });
		ids.forEach((id) => this.admit(id));
	}

	on_lock({ body, person, answer }) {
		this.locked = body.locked;
		answer({ recroom: 'success', room: this.name, locked: body.locked });
		this.tellAll({ event: 'locked', locked: body.locked, by: person.id });
	}

	#done({ answer }) {
		answer({ recroom: 'success', room: this.name });
	}

	on_deny({ body, answer }) {
		const ids = body.all ? [...this.waiting.keys()] : [body.id];

		answer({ recroom: 'success', room: this.name, denied: ids });
		for (const id of ids) {
			this.deny(id);
			this.tellHosts({ event: 'denied', id, reason: 'denied' });
		}
	}

	on_kick(call) { this.#done(call); }
	on_moderate(call) { this.#done(call); }
	on_promote(call) { this.#done(call); }
	on_demote(call) { this.#done(call); }
	on_transfer_host(call) { this.#done(call); }
	on_end_call(call) { this.#done(call); }
	on_exclude(call) { this.#done(call); }
	on_set_layout(call) { this.#done(call); }
}
