// SPDX-License-Identifier: GPL-3.0-or-later
// The demo's call: a host and a guest join through the page in headless Chromium, the host presses Record and Stop, both wait for the file.
//
//   node demo_call.mjs PAGE_URL ROOM HOST_SECRET SECONDS
//
// Says on stderr what happens; the last line on stdout is {"recordingId", "stopToCompletedMs"}. Exit status 1 with one sentence when something fails.

import { chromium } from 'playwright-core';

const [pageUrl, room, secret, seconds] = process.argv.slice(2);
const STEP_MS = 30_000;

const FLAGS = [
	'--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
	'--disable-features=WebRtcHideLocalIpsWithMdns', '--allow-loopback-in-peer-connection', '--disable-background-networking',
	'--disable-component-update', '--disable-sync', '--disable-quic', '--no-first-run', '--ignore-certificate-errors',
	'--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
];

const say = (line) => process.stderr.write(`${line}\n`);

/** A step with its own sentence: what failed is said in words, not as a stack. */
async function step(sentence, action) {
	try {
		return await action();
	} catch (error) {
		throw new Error(`${sentence}: ${error.message.split('\n')[0]}`);
	}
}

async function join(browser, name, role) {
	const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
	const query = new URLSearchParams({ room, name, role });

	page.setDefaultTimeout(STEP_MS);
	await page.goto(`${pageUrl}?${query}${role === 'host' ? `#secret=${encodeURIComponent(secret)}` : ''}`);
	await page.waitForSelector('html[data-rr-ready="true"]');
	await page.click('#join-button');
	await page.waitForSelector('html[data-rr-view="call"]');
	return page;
}

/** True when two tiles show moving pictures. */
const seesBoth = () => [...document.querySelectorAll('#tiles video')].filter((v) => v.videoWidth > 0 && v.currentTime > 0).length >= 2;

const indicatorIs = (page, status, timeout = STEP_MS) =>
	page.waitForSelector(`#indicator[data-rr-status="${status}"]`, { timeout });

async function main() {
	const browser = await step('The browser did not start', () => chromium.launch({
		executablePath: process.env.RECROOM_BROWSER ?? '/usr/bin/chromium', args: FLAGS,
	}));

	try {
		const host = await step('The host could not join', () => join(browser, 'Ann', 'host'));
		const guest = await step('The guest could not join', () => join(browser, 'Ben', 'guest'));

		say('Ann (host) and Ben (guest) are in the call.');
		await step('They did not see each other', () => Promise.all([host.waitForFunction(seesBoth), guest.waitForFunction(seesBoth)]));
		await step('The recording did not start', async () => {
			await host.click('#record');
			await Promise.all([indicatorIs(host, 'recording'), indicatorIs(guest, 'recording')]);
		});
		say(`Ann pressed Record: recording for ${seconds} s.`);
		await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));

		const stopped = Date.now();

		await host.click('#record');
		await host.click('#confirm-yes');
		say('Ann pressed Stop.');
		await step('The file was not finished', () => Promise.all(
			[host, guest].map((page) => page.waitForSelector('#indicator[data-rr-status="completed"], #indicator[data-rr-status="failed"]', { timeout: 300_000 }))));

		const { rrStatus, rrRecording } = await host.$eval('#indicator', (node) => ({ ...node.dataset }));

		if (rrStatus !== 'completed')
			throw new Error('The recording could not be finished; the log of recroom-pp says why.');
		process.stdout.write(`${JSON.stringify({ recordingId: rrRecording, stopToCompletedMs: Date.now() - stopped })}\n`);
	} finally {
		await browser.close();
	}
}

main().catch((error) => {
	say(error.message);
	process.exitCode = 1;
});
