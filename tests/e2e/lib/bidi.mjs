// SPDX-License-Identifier: GPL-3.0-or-later
// Firefox by WebDriver BiDi (w3.org/TR/webdriver-bidi): as much of it as opening a page and calling its functions takes.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import WebSocket from 'ws';

const START_MS = 60_000, ANSWER_MS = 120_000, END_MS = 10_000;

/** What would ask the network, and what takes time for nothing. The browser itself sets what else automation needs. */
const PREFERENCES = {
	'app.update.disabledForTesting': true, 'media.gmp-manager.updateEnabled': false, 'network.captive-portal-service.enabled': false,
	'network.connectivity-service.enabled': false, 'browser.safebrowsing.update.enabled': false, 'datareporting.policy.dataSubmissionEnabled': false,
	'dom.ipc.processPrelaunch.enabled': false, 'toolkit.shutdown.fastShutdownStage': 3,
};

/** Where the browser says that it listens. */
function listening(child) {
	return new Promise((resolve, reject) => {
		let talk = '';
		const fail = (what) => reject(new Error(`Firefox ${what}: ${talk.slice(-600)}`));
		const timer = setTimeout(() => fail('does not listen'), START_MS);

		child.on('error', reject);
		child.on('exit', () => fail('ended'));
		child.stderr.on('data', (data) => {
			talk = (talk + data).slice(-10_000);
			const url = talk.match(/WebDriver BiDi listening on (ws:\S+)/)?.[1];

			if (url) {
				clearTimeout(timer);
				resolve(url);
			}
		});
	});
}

/** A value as the protocol has it. */
const toRemote = (value) => ({ type: 'string', value: JSON.stringify(value) });

export class Firefox {
	#waiting = new Map();
	#count = 0;

	static async launch() {
		const firefox = new Firefox();

		firefox.home = await mkdtemp(join(tmpdir(), 'recroom-firefox-'));
		await writeFile(join(firefox.home, 'user.js'), Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${value});\n`).join(''));
		firefox.child = spawn(process.env.RECROOM_FIREFOX ?? '/usr/bin/firefox-esr',
			['--headless', '--no-remote', '--profile', firefox.home, '--remote-debugging-port', '0'],
			{ stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: firefox.home, TMPDIR: firefox.home } });
		firefox.ended = new Promise((resolve) => {
			firefox.child.on('close', resolve);
		});
		try {
			await firefox.#connect(await listening(firefox.child));
		} catch (error) {
			await firefox.close();
			throw error;
		}
		return firefox;
	}

	async #connect(url) {
		this.socket = new WebSocket(`${url}/session`);
		await new Promise((resolve, reject) => {
			this.socket.on('open', resolve).on('error', reject);
		});
		this.socket.on('message', (data) => this.#answer(JSON.parse(data)));
		this.socket.on('close', () => this.#waiting.forEach(({ reject }) => reject(new Error('Firefox closed the connection'))));
		const { capabilities } = await this.#command('session.new', { capabilities: {} });
		const { contexts } = await this.#command('browsingContext.getTree', {});

		this.version = capabilities.browserVersion;
		this.context = contexts[0].context;
	}

	#answer({ id, type, result, error, message }) {
		const { resolve, reject } = this.#waiting.get(id) ?? {};

		if (type === 'success')
			resolve?.(result);
		else if (type === 'error')
			reject?.(new Error(`${error}: ${message}`));
	}

	#command(method, params) {
		const id = ++this.#count;
		let timer;

		return new Promise((resolve, reject) => {
			timer = setTimeout(() => reject(new Error(`Firefox: no answer to ${method} within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
			this.#waiting.set(id, { resolve, reject });
			this.socket.send(JSON.stringify({ id, method, params }));
		}).finally(() => {
			clearTimeout(timer);
			this.#waiting.delete(id);
		});
	}

	goto(url) {
		return this.#command('browsingContext.navigate', { context: this.context, url, wait: 'complete' });
	}

	/** Calls a function in the page with a value, and gives what it gives; both as JSON can have them. */
	async evaluate(body, value) {
		const { type, result, exceptionDetails } = await this.#command('script.callFunction', {
			functionDeclaration: `async (json) => JSON.stringify(await (${body})(JSON.parse(json)))`,
			arguments: [toRemote(value ?? null)], awaitPromise: true, target: { context: this.context },
		});

		if (type !== 'success')
			throw new Error(exceptionDetails.text);
		return result.type === 'string' ? JSON.parse(result.value) : undefined;
	}

	async close() {
		if (this.socket?.readyState === WebSocket.OPEN)
			this.#command('browser.close', {}).catch(() => {});
		else
			this.child.kill();
		const timer = setTimeout(() => this.child.kill('SIGKILL'), END_MS);

		await this.ended;
		clearTimeout(timer);
		this.socket?.terminate();
		await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
	}
}
