// SPDX-License-Identifier: MIT
// What is in the list: pages read so far, narrowed by filters (the server's) and by words (ours), kept up to date by events and by asking again. No document here.
//
//   recordings.list() pages ─▶ rows ─ words of the search ─▶ shown ─▶ changed()
//   events ─▶ a row's progress at once, all else: read again

const PAGE = 24, PAGE_MAX = 100, SEARCH_MAX = 400;
const UNFINISHED = new Set(['starting', 'recording', 'paused', 'processing', 'uploading', 'deleting']);
const POLL_MS = 2000, POLL_BESIDE_EVENTS_MS = 5000, POLL_IDLE_MS = 20_000, LINKS_LEFT_MS = 60_000, SETTLE_MS = 150;

/** Letters as people search for them: without case and accents. */
export const folded = (text) => String(text ?? '').normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();

/** Every word of the search is in the title, a name, the room or the id. */
export function matches(recording, text) {
	const { title, roomId, recordingId, participants = [] } = recording;
	const where = folded([title, roomId, recordingId, ...participants.map(({ name }) => name)].join('\n'));

	return folded(text).split(/\s+/).filter(Boolean).every((word) => where.includes(word));
}

export class Library {
	/** loading, ready, failed */
	state = 'loading';
	error = null;
	rows = [];
	filter = { text: '', status: '', from: null, to: null };

	#recordings;
	#events;
	#changed;
	#onEvent;
	#want = PAGE;
	#goal = PAGE;
	#searchMax = SEARCH_MAX;
	#next = null;
	#turn = 0;
	#timer = 0;
	#awake = false;

	/** changed(): something is to be shown anew. onExpiring(recording, at): it will be deleted soon. */
	constructor({ recordings, events, changed, onExpiring }) {
		this.#recordings = recordings;
		this.#events = events;
		this.#changed = changed;
		this.#onEvent = ({ detail }) => this.take(detail, onExpiring);
	}

	get shown() { return this.filter.text ? this.rows.filter((row) => matches(row, this.filter.text)) : this.rows; }
	get hasMore() { return this.#next !== null; }
	get isNarrowed() { return Boolean(this.filter.text || this.filter.status || this.filter.from || this.filter.to); }
	rowOf(id) { return this.rows.find(({ recordingId }) => recordingId === id); }

	/** Keeps itself up to date from now on. */
	wake() {
		if (!this.#awake)
			this.#events?.addEventListener('recordingevent', this.#onEvent);
		this.#awake = true;
		return this.refresh();
	}

	/** Does nothing any more, until wake(). */
	sleep() {
		this.#events?.removeEventListener('recordingevent', this.#onEvent);
		this.#awake = false;
		this.#turn++;
		clearTimeout(this.#timer);
	}

	/** Another library, from its beginning. */
	open(recordings) {
		this.#recordings = recordings;
		this.#restart();
		return this.refresh();
	}

	/** Words alone narrow what was read; if there is more to read it is read for them. */
	narrow(filter) {
		const old = this.filter, wasLoading = this.state === 'loading';

		this.filter = { ...old, ...filter };
		if (old.status !== this.filter.status || old.from !== this.filter.from || old.to !== this.filter.to)
			this.#restart();
		this.#goal = PAGE;
		this.#searchMax = SEARCH_MAX;
		this.#changed();
		return wasLoading || this.state !== 'ready' || this.#next !== null ? this.refresh() : Promise.resolve();
	}

	more() {
		this.#want = this.rows.length + PAGE;
		this.#goal = this.shown.length + PAGE;
		this.#searchMax = this.rows.length + SEARCH_MAX;
		return this.refresh();
	}

	#restart() {
		this.state = 'loading';
		this.rows = [];
		this.#next = null;
		this.#want = PAGE;
	}

	/** Reads what is shown again. A reading that was overtaken says nothing. */
	async refresh() {
		const mine = ++this.#turn;

		clearTimeout(this.#timer);
		try {
			const { rows, next } = await this.#read();

			if (mine !== this.#turn)
				return;
			Object.assign(this, { rows, state: 'ready', error: null });
			this.#next = next;
		} catch (error) {
			if (mine !== this.#turn)
				return;
			Object.assign(this, { error, state: this.rows.length ? 'ready' : 'failed' });
		}
		this.#changed();
		this.#plan();
	}

	/** Whole pages until there are as many rows as wanted, and for a search until there are as many hits. */
	async #read() {
		const { text, ...filter } = this.filter, rows = [];
		let next = null;

		do {
			const page = await this.#recordings.list({ ...filter, pageSize: Math.min(PAGE_MAX, Math.max(1, this.#want - rows.length)), pageToken: next });

			rows.push(...page.recordings);
			next = page.nextPageToken;
			if (text && next && rows.length >= this.#want && rows.length < this.#searchMax && rows.filter((row) => matches(row, text)).length < this.#goal)
				this.#want = rows.length + PAGE_MAX;
		} while (next && rows.length < this.#want);
		return { rows, next };
	}

	/** Events may be missed; links run out. */
	#plan() {
		if (!this.#awake)
			return;
		const beside = this.#events ? null : POLL_IDLE_MS, often = this.#events ? POLL_BESIDE_EVENTS_MS : POLL_MS;
		const links = Math.min(...this.rows.map(({ expiresAt }) => expiresAt ?? Infinity)) - Date.now() - LINKS_LEFT_MS;
		const waits = [this.rows.some(({ status }) => UNFINISHED.has(status)) || this.error ? often : beside, Number.isFinite(links) ? Math.max(links, POLL_IDLE_MS) : null];
		const soonest = Math.min(...waits.map((ms) => ms ?? Infinity));

		if (Number.isFinite(soonest))
			this.#timer = setTimeout(() => this.refresh(), Math.min(soonest, 2 ** 31 - 1));
	}

	/** What the server said of a recording. */
	take(event, onExpiring) {
		const row = this.rowOf(event.recordingId);

		if (event.event === 'recordingprogress') {
			if (row && (event.outputId ?? 1) === 1 && row.status !== 'completed')
				this.#patch(row, { progress: { stage: event.stage, percent: event.percent, etaMs: event.etaMs, lagMs: event.lagMs } });
		} else if (event.event === 'recordingstatus') {
			if (row)
				this.#patch(row, { status: event.status ?? row.status, duration: event.duration ?? row.duration });
		} else {
			if (event.event === 'recordingexpiring' && row)
				onExpiring?.(row, event.at);
			clearTimeout(this.#timer);
			this.#timer = setTimeout(() => this.refresh(), SETTLE_MS);
		}
	}

	#patch(row, changes) {
		this.rows = this.rows.map((one) => (one === row ? { ...one, ...changes } : one));
		this.#changed();
	}
}
