// SPDX-License-Identifier: GPL-3.0-or-later
// docs/openapi.yaml put to the test: its example requests are sent to a server, and what comes back is kept for tests/openapi_check.py to judge.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CHECK = fileURLToPath(new URL('../../openapi_check.py', import.meta.url));
const METHODS = ['get', 'post', 'delete'];
const run = promisify(execFile);
const python = (...args) => run('/usr/bin/python3', [CHECK, ...args], { maxBuffer: 1 << 26 });

/** A copy of an example in which some texts stand for others. */
function translate(value, words) {
	if (Array.isArray(value))
		return value.map((one) => translate(one, words));
	if (value && typeof value === 'object')
		return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, translate(one, words)]));
	return words.get(String(value)) ?? value;
}

export class Described {
	#answers = [];
	#sent = new Set();
	#operations = new Map();

	static async load(stack, token) {
		const described = new Described();

		described.document = JSON.parse((await python('--json')).stdout);
		described.stack = stack;
		described.token = token;
		for (const [path, item] of Object.entries(described.document.paths))
			for (const method of METHODS.filter((name) => item[name]))
				described.#operations.set(item[method].operationId, { path, method, ...item[method], parameters: [...item.parameters ?? [], ...item[method].parameters ?? []] });
		return described;
	}

	#find(node) {
		return node?.$ref ? node.$ref.slice(2).split('/').reduce((at, part) => at[part], this.document) : node;
	}

	examples({ requestBody }) {
		return this.#find(requestBody)?.content['application/json'].examples ?? {};
	}

	/**
	 * Sends an example of an operation, by name where it has bodies, or another body. words: what stands for texts of the example; params: of the path; query, headers: more.
	 * Gives {status, headers, body}, body as text where it is no JSON.
	 */
	async send(id, { example, body, words = {}, params = {}, query = {}, headers = {}, token = this.token, method } = {}) {
		const operation = this.#operations.get(id), known = this.examples(operation);
		const value = example ? translate(known[example].value, new Map(Object.entries(words))) : body;
		const path = operation.path.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(params[name]));
		const search = new URLSearchParams(query).toString();
		const url = new URL(path + (search && `?${search}`), this.stack.url);

		this.#sent.add(example ? `${id} ${example}` : id);
		return this.#exchange(operation, url, { method: method ?? operation.method.toUpperCase(), token, headers, value });
	}

	/** The same over a signed link, as the server gave it. */
	async follow(id, link, headers = {}) {
		return this.#exchange(this.#operations.get(id), new URL(link, this.stack.url), { method: 'GET', headers });
	}

	async #exchange({ path, method: described }, url, { method, token, headers, value }) {
		const response = await fetch(url, { method, headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(value ? { 'Content-Type': 'application/json' } : {}), ...headers },
			body: value && JSON.stringify(value) });
		const type = response.headers.get('content-type') ?? '', text = await response.text();
		const body = /json$/.test(type) && text ? JSON.parse(text) : text;

		if (method !== 'HEAD')
			this.#answers.push({ method: described, path, status: response.status, type, headers: Object.fromEntries(response.headers), body });
		return { status: response.status, headers: response.headers, body };
	}

	/** Every GET that was not sent yet and needs no more than these parts of a path. Gives [id, answer] of each. */
	async sendOthers(params) {
		const others = [...this.#operations].filter(([id, { method, path }]) => method === 'get' && !this.#sent.has(id) && [...path.matchAll(/{(\w+)}/g)].every(([, name]) => name in params));
		const answers = [];

		for (const [id] of others)
			answers.push([id, await this.send(id, { params })]);
		return answers;
	}

	/** An event, to be held against that of the webhooks; data as it is posted. */
	heard(event, data) {
		this.#answers.push({ event, data });
	}

	/** Was everything sent, and is every answer as the document says? */
	async check(file) {
		const all = [...this.#operations].flatMap(([id, operation]) => {
			const names = Object.keys(this.examples(operation));

			return names.length ? names.map((name) => `${id} ${name}`) : [id];
		});

		assert.deepEqual(all.filter((one) => !this.#sent.has(one)), [], 'examples that were not sent');
		await writeFile(file, this.#answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
		await python('--answers', file).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
		return this.#answers.length;
	}
}
