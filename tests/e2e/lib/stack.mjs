// SPDX-License-Identifier: GPL-3.0-or-later
// Janus and worker under test: tests/lib/stack.sh for suites.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { keepSecret, keepSecretsOf, watchLogs } from './secrets.mjs';

const LIBRARY = fileURLToPath(new URL('../../lib/stack.sh', import.meta.url));
const run = promisify(execFile);

/** Rooms beside "demo", with the same host secret: an id, or {id, more: settings of the room}. */
function roomsText(rooms, secret) {
	return rooms.map((room) => `, { id = "${room.id ?? room}"; host_secret = "${secret}"; ${room.more ?? ''} }`).join('');
}

export class Stack {
	/**
	 * options: {rooms: [ids or {id, more}], page: folder of another page, extra, general, serve: more of the configuration file and of two of its sections, proxy: WebSocket address told to
	 * the page, loops: Janus' event_loops, reclaim: seconds for which it keeps sessions of broken connections}; of one beside another in a suite also {name, recordings}, and a port 5 above the suite's.
	 */
	static async start({ build, out, port }, { rooms = [], page = '', extra = '', general = '', serve = '', proxy = '', loops = '', reclaim = '', name = 'state', recordings = '' } = {}) {
		const stack = new Stack();

		stack.build = build;
		stack.state = join(out, name);
		stack.recordings = recordings || join(stack.state, 'recordings');
		stack.secret = 'the secret of the host';
		stack.url = `http://127.0.0.1:${port}/`;
		stack.ws = `ws://127.0.0.1:${port + 1}`;
		stack.http = `http://127.0.0.1:${port + 2}/janus`;
		stack.env = { ...process.env, STACK_ICE: 'j0', STACK_SECRET: stack.secret, STACK_ROOMS: roomsText(rooms, stack.secret), STACK_EXTRA: extra,
			STACK_GENERAL: general, STACK_SERVE: serve, STACK_RECORDINGS: recordings, STACK_PAGE: page, STACK_PROXY: proxy, STACK_EVENT_LOOPS: String(loops), STACK_RECLAIM_S: String(reclaim) };
		watchLogs(stack.state);
		keepSecret(stack.secret);
		keepSecretsOf(stack.env.STACK_ROOMS + extra + general);
		await stack.#call('stack_start', stack.state, build, String(port));
		return stack;
	}

	startJanus() { return this.#call('stack_start_janus', this.state); }
	startWorker() { return this.#call('stack_start_worker', this.state); }
	endJanus(signal = 'TERM') { return this.#call('stack_end', this.state, 'janus', signal); }
	endWorker(signal = 'TERM') { return this.#call('stack_end', this.state, 'worker', signal); }
	stop() { return this.#call('stack_stop', this.state); }

	async #call(name, ...args) {
		try {
			await run('bash', ['-c', `. "${LIBRARY}"; "$@"`, 'stack', name, ...args], { env: this.env });
		} catch (error) {
			throw new Error(`${name}: ${error.stderr?.trim() || error.message}`);
		}
	}

	/** A result of recroom-pp with --json: its lines, parsed. */
	async pp(...args) {
		const config = join(this.state, 'janus', 'janus.plugin.recroom.jcfg');
		const { stdout } = await run(join(this.build, 'recroom-pp'), [...args, '--config', config, '--json']);

		return stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
	}

	/** The host's token for REST, made by hand. */
	async token(room = 'demo', role = 'host') {
		const lines = await this.pp('token', '--room', room, '--role', role);

		return keepSecret(lines.find((line) => line.token).token);
	}

	async rest(path, { token, method = 'GET', body, headers = {} } = {}) {
		const response = await fetch(new URL(path, this.url), {
			method, headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers }, body: body && JSON.stringify(body),
		});

		return { status: response.status, headers: response.headers, body: await response.json().catch(() => null) };
	}

	log(name) {
		return readFile(join(this.state, `${name}.log`), 'utf8');
	}
}
