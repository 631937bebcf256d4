// SPDX-License-Identifier: MIT
// The list of the room's recordings: seen by everybody, played by those who get addresses from the server, deleted by the host.

import { paintIcons } from './icons.js';
import { $, alertSentence, announce, attempt, clockText, confirmWith, setProgress, sizeText, stamp } from './ui.js';

const POLL_MS = 2000;
const UNFINISHED = new Set(['starting', 'recording', 'paused', 'processing', 'uploading', 'deleting']);

const STATES = {
	starting: 'Starting',
	recording: 'Recording now',
	paused: 'Recording paused',
	processing: 'Processing',
	uploading: 'Storing',
	failed: 'Failed',
	deleting: 'Being deleted',
};

export class Recordings {
	#rest;
	#room;
	#isHost;
	#rows = new Map();
	#pages = 1;
	#timer = 0;
	#loading = null;

	constructor(rest, room, isHost) {
		this.#rest = rest;
		this.#room = room;
		this.#isHost = isHost;
		$('recordings-button').onclick = () => this.toggle($('recordings').hidden);
		$('recordings-close').onclick = () => {
			this.toggle(false);
			$('recordings-button').focus();
		};
		$('recordings').onkeydown = ({ key }) => {
			if (key === 'Escape')
				$('recordings-close').click();
		};
		$('recordings-more').onclick = () => {
			this.#pages++;
			attempt(() => this.refresh());
		};
		$('recordings-list').replaceChildren();
		bindPlayer();
		this.refresh().catch(console.warn);
	}

	close() {
		clearTimeout(this.#timer);
		this.toggle(false);
	}

	toggle(open) {
		$('recordings').hidden = !open;
		$('recordings-button').setAttribute('aria-expanded', String(open));
		if (open)
			attempt(() => this.refresh());
	}

	/** Events that change the list; progress is shown as it comes. */
	onEvent(event) {
		if (event.event === 'recordingprogress')
			this.#paintProgress(this.#rows.get(event.recordingId), event.percent);
		else if (event.event !== 'recordingstatus')
			this.refresh().catch(console.warn);
	}

	/** Reads the pages shown so far; one reading at a time, and once more if it was asked for meanwhile. */
	async refresh() {
		if (this.#loading) {
			this.#loading.again = true;
			return this.#loading.promise;
		}
		const loading = { again: false };

		this.#loading = loading;
		loading.promise = this.#readAll(loading).finally(() => {
			this.#loading = null;
		});
		return loading.promise;
	}

	async #readAll(loading) {
		do {
			loading.again = false;
			await this.#read();
		} while (loading.again);
	}

	async #read() {
		const all = [];
		let next = '';

		for (let page = 0; page < this.#pages && (page === 0 || next); page++) {
			const answer = await this.#rest.list(this.#room, next);

			all.push(...answer.recordings);
			next = answer.nextPageToken ?? '';
		}
		this.#paint(all);
		$('recordings-more').hidden = !next;
		this.#pollIf(all.some(({ status }) => UNFINISHED.has(status)));
	}

	/** Events may be missed, and after leaving there are none: what is unfinished is asked for again. */
	#pollIf(unfinished) {
		clearTimeout(this.#timer);
		if (unfinished)
			this.#timer = setTimeout(() => this.refresh().catch(console.warn), POLL_MS);
	}

	#paint(recordings) {
		const list = $('recordings-list');
		const ids = new Set(recordings.map(({ recordingId }) => recordingId));

		for (const [id, row] of this.#rows)
			if (!ids.has(id)) {
				row.remove();
				this.#rows.delete(id);
			}
		recordings.forEach((recording, i) => {
			const row = this.#rows.get(recording.recordingId) ?? this.#addRow(recording.recordingId);

			if (list.children[i] !== row)
				list.insertBefore(row, list.children[i] ?? null);
			this.#paintRow(row, recording);
		});
		$('recordings-empty').hidden = recordings.length > 0;
	}

	#addRow(id) {
		const row = stamp('recording-template');

		row.dataset.rrRecording = id;
		paintIcons(row);
		row.querySelector('[data-rr-do=play]').onclick = () => attempt(() => this.#play(id, row));
		row.querySelector('[data-rr-do=delete]').onclick = () => attempt(() => this.#delete(id, row));
		this.#rows.set(id, row);
		return row;
	}

	#paintRow(row, r) {
		const title = r.title || new Date(r.startedAt).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
		const facts = r.status === 'completed' ? [clockText(r.duration), r.size ? sizeText(r.size) : ''] : [STATES[r.status] ?? r.status, r.reason ?? ''];
		const done = r.status === 'completed';

		row.dataset.rrStatus = r.status;
		row.querySelector('h3').textContent = title;
		row.querySelector('.rr-recording-facts').textContent = facts.filter(Boolean).join(' · ');
		this.#paintProgress(row, r.status === 'processing' ? r.progress?.percent ?? 0 : null);
		paintThumbnail(row.querySelector('img'), r.thumbnailUrl);
		row.querySelector('[data-rr-do=play]').disabled = !(done && r.url);
		row.querySelector('[data-rr-do=play] .rr-hidden-text').textContent = `Play ${title}`;
		paintDownload(row.querySelector('[data-rr-do=download]'), done && (r.downloadUrl ?? r.url), title);
		paintDelete(row.querySelector('[data-rr-do=delete]'), this.#isHost && (done || r.status === 'failed'), title);
	}

	#paintProgress(row, percent) {
		const bar = row?.querySelector('.rr-progress');

		if (!bar)
			return;
		setProgress(bar, percent);
		bar.setAttribute('aria-label', `Processing of ${row.querySelector('h3').textContent}`);
	}

	/** Addresses run out: a fresh one for each showing. */
	async #play(id, row) {
		const { url } = await this.#rest.get(id);

		if (!url)
			throw new Error('You may not play this recording.');
		$('player-title').textContent = row.querySelector('h3').textContent;
		$('player-video').src = url;
		$('player').showModal();
		$('player-video').play().catch(() => {});
	}

	async #delete(id, row) {
		const title = row.querySelector('h3').textContent;
		const sure = await confirmWith({ title: 'Delete this recording?', text: `“${title}” is deleted for everybody, and cannot be brought back.`, yes: 'Delete' });

		if (!sure)
			return;
		await this.#rest.remove(id);
		announce('The recording is being deleted.');
		$('recordings-close').focus();
		await this.refresh();
	}
}

function paintThumbnail(image, url) {
	image.hidden = !url;
	// A fresh signature is another address for the same picture: what is shown stays.
	if (url && !image.src)
		image.src = url;
}

function paintDownload(link, url, title) {
	link.hidden = !url;
	if (!url)
		return;
	link.href = url;
	link.download = '';
	link.setAttribute('aria-label', `Download ${title}`);
}

function paintDelete(button, allowed, title) {
	button.hidden = !allowed;
	button.setAttribute('aria-label', `Delete ${title}`);
}

function bindPlayer() {
	const player = $('player'), video = $('player-video');

	$('player-close').onclick = () => player.close();
	player.onclose = () => {
		video.pause();
		video.removeAttribute('src');
		video.load();
	};
	video.onerror = () => {
		if (!video.hasAttribute('src'))
			return;
		player.close();
		alertSentence('The recording cannot be played.');
	};
}
