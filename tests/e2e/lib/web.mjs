// SPDX-License-Identifier: GPL-3.0-or-later
// A web server on loopback that gives out files, whole or in part (RFC 9110 §14), and the page that plays them.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.webm': 'video/webm', '.mp4': 'video/mp4' };
const PAGE = '<!DOCTYPE html><title>player</title><video muted preload="auto"></video><script type="module" src="player.js"></script>';
const lib = fileURLToPath(new URL('.', import.meta.url));

/** [first, last] of what is asked for: `bytes=1-2`, `bytes=1-`; all without. */
function span(range, size) {
	const [, first, last] = range?.match(/^bytes=(\d+)-(\d*)$/) ?? [null, 0, ''];

	return [Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1)];
}

async function give(path, request, response) {
	const { size } = await stat(path);
	const [first, last] = span(request.headers.range, size);
	const headers = { 'content-type': TYPES[extname(path)], 'accept-ranges': 'bytes', 'cache-control': 'no-store' };

	if (first > last) {
		response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
		return;
	}
	if (request.headers.range)
		headers['content-range'] = `bytes ${first}-${last}/${size}`;
	response.writeHead(request.headers.range ? 206 : 200, { ...headers, 'content-length': last - first + 1 });
	createReadStream(path, { start: first, end: last }).on('error', () => response.destroy()).pipe(response);
}

/** Files of `folder`, and the player at `url`; {url, close()}. */
export async function serveFiles(folder) {
	const server = createServer((request, response) => {
		const name = new URL(request.url, 'http://x').pathname.slice(1);

		if (name === '')
			response.writeHead(200, { 'content-type': TYPES['.html'] }).end(PAGE);
		else if (/^[\w-]+\.\w+$/.test(name))
			give(join(extname(name) === '.js' ? lib : folder, name), request, response).catch(() => response.writeHead(404).end());
		else
			response.writeHead(404).end();
	});

	await new Promise((resolve) => {
		server.listen(0, '127.0.0.1', resolve);
	});
	return {
		url: `http://127.0.0.1:${server.address().port}/`,
		close() {
			server.closeAllConnections();
			server.close();
		},
	};
}
