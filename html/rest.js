// SPDX-License-Identifier: MIT
// The REST API of recroom-pp: recordings of the room, and the page's configuration.

export class Problem extends Error {
	constructor(status, document) {
		super(document.detail || document.title || `The server answered with status ${status}.`);
		this.name = 'Problem';
		this.code = document.code ?? '';
		this.status = status;
	}
}

async function readProblem(response) {
	try {
		return new Problem(response.status, await response.json());
	} catch {
		return new Problem(response.status, {});
	}
}

async function send(url, options) {
	let response;

	try {
		response = await fetch(url, { cache: 'no-store', ...options });
	} catch {
		throw new Problem(0, { title: 'The recording server cannot be reached.' });
	}
	if (!response.ok)
		throw await readProblem(response);
	return response.json();
}

/** {ws, rooms}: without a configured address, Janus' usual port on the host of the page. */
export async function readConfig(location) {
	const config = await send('/config.json', {}).catch(() => ({}));
	const secure = location.protocol === 'https:';
	const guess = secure ? `wss://${location.hostname}:8989` : `ws://${location.hostname}:8188`;

	return { ws: config.janus?.ws || guess, rooms: config.rooms ?? [] };
}

export class Rest {
	#token;
	#renew;

	/** token: of join; renew: asks the room for a fresh one when it has run out. */
	constructor(token, renew) {
		this.#token = token;
		this.#renew = renew;
	}

	async #request(path, method = 'GET', again = true) {
		try {
			return await send(path, { method, headers: { Authorization: `Bearer ${this.#token}` } });
		} catch (problem) {
			if (problem.status !== 401 || !again)
				throw problem;
			this.#token = await this.#renew();
			return this.#request(path, method, false);
		}
	}

	list(room, pageToken = '') {
		const query = new URLSearchParams({ room, pageSize: '20' });

		if (pageToken)
			query.set('pageToken', pageToken);
		return this.#request(`/recordings?${query}`);
	}

	get(recordingId) {
		return this.#request(`/recording/${encodeURIComponent(recordingId)}`);
	}

	remove(recordingId) {
		return this.#request(`/recording/${encodeURIComponent(recordingId)}`, 'DELETE');
	}
}
