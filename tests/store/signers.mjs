// SPDX-License-Identifier: GPL-3.0-or-later
// Our signatures against those of Microsoft's own client, @azure/storage-blob: seeded requests with SharedKey, and links with a SAS.
// Usage: node signers.mjs PROGRAM [SEED]
//
// Not among the headers: Content-Encoding and Content-Language, which the client signs in the wrong order (Azure's description has Encoding first); query
// parameters without a value and paths with dots, which it changes before it signs.
import { spawnSync } from 'node:child_process';
import { BlobSASPermissions, generateBlobSASQueryParameters, StorageSharedKeyCredential } from '@azure/storage-blob';

const COUNT = 1000;
const program = process.argv[2];
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 32) >>> 0;

let state = seed;
function random() {              // mulberry32
	state = (state + 0x6d2b79f5) >>> 0;
	let t = state;
	t = Math.imul(t ^ (t >>> 15), t | 1);
	t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
	return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const text = (least, most, of) => Array.from({ length: least + below(most - least + 1) }, () => pick(of)).join('');
const chance = (p) => random() < p;

const small = [...'abcdefghijklmnopqrstuvwxyz'];
const digits = [...'0123456789'];
const unusual = [..."aZ09-_~ !\"#$%&'()*+,:;<=>?@[]^`{|}éü会😀"];

// every letter escaped that is not RFC 3986's own, as our programs send it
const encode = (s) => encodeURIComponent(s).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

class Headers {
	constructor(pairs) { this.map = new Map(pairs.map(([name, value]) => [name.toLowerCase(), { name, value }])); }
	get(name) { return this.map.get(name.toLowerCase())?.value; }
	set(name, value) { this.map.set(name.toLowerCase(), { name, value: String(value) }); }
	headersArray() { return [...this.map.values()]; }
}

function account() {
	const key = Buffer.from(Array.from({ length: 64 }, () => below(256))).toString('base64');
	return { account: text(3, 24, [...small, ...digits]), key };
}

function sharedKey() {
	const who = account();
	const query = new Map(Array.from({ length: below(4) }, () => [text(1, 8, small), text(1, 12, unusual)]));
	const headers = new Map([['x-ms-version', '2021-12-02']]);
	for (let i = below(5); i > 0; i--)
		headers.set(`x-ms-${pick(['meta-', 'blob-', ''])}${text(1, 8, [...small, ...digits, '_', '-'])}`, text(1, 12, [...small, ' ', 'é', '/']).trim() || 'x');
	for (const name of ['Content-MD5', 'Content-Type', 'If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since', 'Range'])
		if (chance(0.2))
			headers.set(name, text(1, 20, [...small, '=', '"', ' ', ',']).trim() || '*');
	headers.set('Content-Length', String(chance(0.3) ? 0 : below(2 ** 31)));
	const path = `/${text(0, 20, [...unusual, '/'])}${pick(['', '//x', '/container/blob.webm'])}`;
	const method = pick(['GET', 'PUT', 'HEAD', 'DELETE', 'POST']);
	const search = [...query].map(([n, v]) => `${n}=${encode(v)}`).join('&');
	const request = { method, headers: new Headers([...headers]), url: `http://localhost:10000${path.split('/').map(encode).join('/')}${search && `?${search}`}` };
	new StorageSharedKeyCredential(who.account, who.key).create({ sendRequest: () => null }, {}).signRequest(request);
	headers.set('x-ms-date', request.headers.get('x-ms-date'));
	return { ask: { kind: 'azure-headers', ...who, method, host: 'localhost:10000', path, query: [...query], headers: [...headers], now: 1795357800 },
		want: request.headers.get('Authorization'), got: (a) => a.lines.find((l) => l.startsWith('Authorization: '))?.slice(15) };
}

const sorted = (query) => [...new URLSearchParams(query)].sort(([a], [b]) => (a < b ? -1 : 1)).map((p) => p.join('=')).join('\n');

function sas() {
	const who = account();
	const start = chance(0.5) ? 1795357800 + below(1e6) : 0, expiry = 1800000000 + below(1e8);
	const container = text(3, 20, [...small, ...digits]), blob = text(1, 30, [...unusual, '/', '.']);
	const permissions = pick(['r', 'rw', 'cw', 'd', 'racwd']), protocol = pick(['https', 'https,http', '']);
	const disposition = chance(0.6) ? `attachment; filename="${text(1, 20, unusual)}"` : '', mime = chance(0.5) ? 'video/webm' : '';
	const query = generateBlobSASQueryParameters({ containerName: container, blobName: blob, permissions: BlobSASPermissions.parse(permissions),
		startsOn: start ? new Date(start * 1000) : undefined, expiresOn: new Date(expiry * 1000), protocol: protocol || undefined, version: '2021-12-02',
		contentDisposition: disposition || undefined, contentType: mime || undefined }, new StorageSharedKeyCredential(who.account, who.key)).toString();
	return { ask: { kind: 'azure-sas', ...who, container, blob, permissions, protocol, start, expiry, disposition, mime, method: 'GET', path: '/' },
		want: sorted(query), got: (a) => a.query && sorted(a.query) };
}

const rows = Array.from({ length: COUNT }, (_, i) => (i % 2 ? sas() : sharedKey()));
const run = spawnSync(program, { input: rows.map((r) => `${JSON.stringify(r.ask)}\n`).join(''), encoding: 'utf8', maxBuffer: 1 << 26 });
const answers = run.stdout.trim().split('\n');
let failed = 0;
console.log(`seed ${seed}`);
rows.forEach((row, i) => {
	const got = answers[i] && row.got(JSON.parse(answers[i]));
	if (got === row.want)
		return;
	failed++;
	if (failed <= 3)
		console.log(`FAIL ${JSON.stringify(row.ask)}\n ours   ${got}\n theirs ${row.want}`);
});
console.log(`figure signatures equal to @azure/storage-blob's: ${rows.length - failed} of ${rows.length}`);
console.log(`${rows.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
