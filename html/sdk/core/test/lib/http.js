// SPDX-License-Identifier: MIT
// The HTTP API of the fake Janus: answers to requests, events by long poll. Its sessions know no connection: they end when nothing has come for a minute.

const POLL_MS = 30_000, SESSION_MS = 60_000;

/** What a session says without being asked, until somebody comes for it. */
class Events {
	isOpen = true;
	#waiting = [];
	#poll = null;

	constructor(clock) {
		this.clock = clock;
	}

	onmessage({ data }) {
		this.#waiting.push(JSON.parse(data));
		this.#give();
	}

	/** One at a time: the one before is given nothing. */
	poll(give) {
		const poll = { give };

		this.#poll?.give([{ janus: 'keepalive' }]);
		this.#poll = poll;
		this.clock.unseen(() => {
			if (poll === this.#poll)
				this.#give([{ janus: 'keepalive' }]);
		}, POLL_MS);
		this.#give();
	}

	#give(otherwise) {
		const poll = this.#poll;

		if (!poll || (!this.#waiting.length && !otherwise))
			return;
		this.#poll = null;
		poll.give(this.#waiting.length ? this.#waiting.splice(0, 20) : otherwise);
	}
}

export class FakeHttp {
	#open = new Set();

	constructor(janus) {
		this.janus = janus;
	}

	/** All requests that are under way fail. */
	cut() {
		for (const fail of [...this.#open])
			fail();
	}

	fetch(url, { method = 'GET', body, signal } = {}) {
		const { janus } = this, [, path, query = ''] = url.match(/^http:[/][/][^/]+[/]janus([^?]*)[?]?(.*)$/), [session, handle] = path.split('/').slice(1).map(Number);

		return new Promise((resolve, reject) => {
			const end = () => {
				signal?.removeEventListener('abort', fail);
				return this.#open.delete(fail);
			};
			const fail = () => {
				end();
				reject(new TypeError('fetch failed'));
			};
			const give = (answer) => end() && resolve({ ok: true, status: 200, json: async () => structuredClone(answer) });

			this.#open.add(fail);
			signal?.addEventListener('abort', fail);
			janus.carry(() => {
				if (janus.isDown)
					fail();
				else if (this.#open.has(fail) && method === 'POST')
					this.#post(JSON.parse(body), session, handle, give);
				else if (this.#open.has(fail))
					this.#poll(session, query, (list) => janus.carry(() => give(list)));
			});
		});
	}

	#post(message, session, handle, give) {
		if (message.session_id !== session || message.handle_id !== handle)
			throw new Error(`${JSON.stringify(message)} at /${session}/${handle}`);
		const known = this.janus.sessions.get(session);

		this.#touch(known);
		this.janus.take({ isOpen: true, onmessage: ({ data }) => give(JSON.parse(data)), events: new Events(this.janus.clock) }, message);
		for (const made of this.janus.sessions.values())
			if (!made.touched)
				this.#touch(made);
	}

	#poll(id, query, give) {
		const session = this.janus.sessions.get(id);

		this.#touch(session);
		if (!query.includes('maxev='))
			throw new Error('one event at a time');
		if (session?.socket?.poll)
			session.socket.poll(give);
		else
			give({ janus: 'error', error: { code: 458, reason: `No such session ${id}` } });
	}

	#touch(session) {
		if (!session || (session.socket && !session.socket.poll))
			return;
		session.touched = (session.touched ?? 0) + 1;
		const { touched } = session;

		this.janus.clock.unseen(() => session.touched === touched && session.socket?.poll && this.janus.end(session), SESSION_MS);
	}
}
