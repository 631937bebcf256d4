// SPDX-License-Identifier: MIT
// The player: a recording in a dialog, with its chapters, who speaks, other versions, and what to do where this browser can play none of them.
//
//   recordings.get ─▶ playable outputs ─▶ <video> + track (who speaks) + chapters + storyboard
//                  └▶ none: say so, and offer an MP4: recompose ─▶ its progress ─▶ played when it is done

import { t } from '../i18n.js';
import { Controls } from './controls.js';
import { Dialog, button } from './dialog.js';
import { apart, el, freshId, setAttribute, setText } from './dom.js';
import { icon } from './icons.js';
import { KEYS, onKey } from './keys.js';
import { outputText } from './outputs.js';
import { comingMp4, isDone, isSound, playable } from './sources.js';
import { Storyboard } from './storyboard.js';
import { cueAt, parseVtt } from './vtt.js';
import { Watch } from './watch.js';
import { clockText, percentText, titleOf } from './words.js';

async function chaptersOf({ chaptersUrl }) {
	const response = chaptersUrl ? await fetch(chaptersUrl) : null;

	return response?.ok ? parseVtt(await response.text()) : [];
}

export class Player {
	#session;
	#id;
	#dialog;
	#watch;
	#controls;
	#wished;
	#output = null;
	#chapters = [];
	#asksAgain = true;
	#video = el('video', { id: 'player-video', playsInline: true, preload: 'metadata' });
	#stage = el('div', { class: 'rr-g-stage' });
	#sound = el('p', { class: 'rr-g-sound', hidden: true }, icon('volume'), t('gallery.player.sound'));
	#instead = el('div', { class: 'rr-g-instead', hidden: true });
	#insteadText = el('p', {});
	#bar = el('div', { class: 'rr-g-bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-label': t('gallery.player.making'), hidden: true }, el('div'));
	#make;
	#versions = el('select', { class: 'rr-g-field', 'aria-label': t('gallery.player.version'), hidden: true, data: { rrPlayer: 'version' } });
	#download = el('a', { class: 'rr-g-button', download: '', data: { rrDo: 'download' }, hidden: true }, icon('download'), el('span', {}, t('gallery.download')));
	#list = el('ol', { class: 'rr-g-chapters' });
	#aside;
	#help = el('section', { class: 'rr-g-help', hidden: true, 'aria-label': t('gallery.player.help') });

	/** outputId: which version, if one was chosen. */
	constructor(host, session, recording, { outputId = null, onClose }) {
		this.#session = session;
		this.#id = recording.recordingId;
		this.#wished = outputId;
		this.#dialog = new Dialog(host, { title: apart(titleOf(recording)), className: 'rr-g-player', onClose: () => this.#end(onClose) });
		this.#dialog.node.id = 'player';
		this.#controls = new Controls(this.#video, this.#stage, { help: () => this.toggleHelp() });
		this.#make = button(t('gallery.player.make'), () => this.#makeMp4(), { kind: 'rr-g-primary', name: 'make-mp4', icon: 'film' });
		this.#build();
		this.#watch = new Watch({ session, id: this.#id, changed: (one) => this.#onRecording(one), failed: (error) => this.#dialog.fail(error) });
		this.#dialog.open();
		this.#controls.seekBar.focus();
		this.#watch.start();
	}

	close() { this.#dialog.close(); }

	#build() {
		const chaptersId = freshId();

		this.#instead.append(this.#insteadText, this.#bar, this.#make);
		this.#stage.append(this.#video, this.#sound, this.#instead, this.#controls.node);
		const left = el('div', { class: 'rr-g-left' }, this.#stage, el('div', { class: 'rr-g-under' }, this.#versions, this.#download));

		this.#aside = el('nav', { class: 'rr-g-aside', 'aria-labelledby': chaptersId, hidden: true }, el('h3', { id: chaptersId }, t('gallery.player.chapters')), this.#list);
		this.#help.append(el('h3', {}, t('gallery.player.help')), el('dl', {}, KEYS.map(([, key, shown]) => el('div', {},
			el('dt', {}, shown.map((one) => el('kbd', {}, one === 'Space' ? t('gallery.key.space') : one))), el('dd', {}, t(`gallery.keys.${key}`))))));
		this.#dialog.body.append(el('div', { class: 'rr-g-watch' }, left, this.#aside), this.#help);
		this.#dialog.node.addEventListener('keydown', (event) => (this.#output || event.key === '?') && onKey(event, this.#controls));
		this.#versions.addEventListener('change', () => this.#choose(Number(this.#versions.value)));
		this.#video.addEventListener('click', () => this.#controls.toggle());
		this.#video.addEventListener('error', () => this.#onError());
		this.#video.addEventListener('timeupdate', () => this.#paintChapter());
	}

	#end(onClose) {
		this.#watch.stop();
		this.#controls.destroy();
		this.#output = null;
		this.#video.pause();
		this.#video.removeAttribute('src');
		this.#video.load();
		onClose();
	}

	toggleHelp() {
		this.#help.hidden = !this.#help.hidden;
		if (!this.#help.hidden)
			this.#help.scrollIntoView({ block: 'nearest' });
		return !this.#help.hidden;
	}

	// ---- what there is to play

	#onRecording(recording) {
		const choices = playable(recording.outputs ?? [], (type) => this.#video.canPlayType(type)), wished = choices.find(({ outputId }) => outputId === this.#wished);

		this.#paintVersions(choices, recording);
		if (!this.#output && choices.length)
			this.#open(wished ?? choices[0]);
		this.#instead.hidden = Boolean(this.#output);
		this.#stage.classList.toggle('rr-g-nothing', !this.#output);
		if (!this.#output)
			this.#paintInstead(recording);
	}

	#paintVersions(choices, recording) {
		const seen = choices.map(({ outputId }) => outputId).join();

		this.#versions.hidden = choices.length < 2;
		if (this.#versions.dataset.rrSeen === seen)
			return;
		this.#versions.dataset.rrSeen = seen;
		this.#versions.replaceChildren(...choices.map((one) => el('option', { value: String(one.outputId), selected: one.outputId === this.#output?.outputId }, outputText(one, recording))));
	}

	#choose(outputId) {
		const output = this.#watch.recording.outputs.find((one) => one.outputId === outputId), at = this.#video.currentTime, played = !this.#video.paused;

		this.#open(output, at, played);
	}

	/** Captions and chapters are the recording's; each output has its own copy. */
	#open(output, at = 0, plays = true) {
		const isOther = output.outputId !== this.#output?.outputId;

		this.#output = output;
		this.#versions.value = String(output.outputId);
		this.#video.replaceChildren(...output.captionsUrl
			? [el('track', { kind: 'captions', label: t('gallery.player.speakers'), srclang: document.documentElement.lang || 'en', src: output.captionsUrl })] : []);
		this.#video.src = output.url;
		this.#video.poster = output.thumbnailUrl ?? '';
		this.#video.dataset.rrOutput = String(output.outputId);
		this.#sound.hidden = !isSound(output);
		if (at)
			this.#video.currentTime = at;
		this.#download.hidden = !output.downloadUrl;
		setAttribute(this.#download, 'href', output.downloadUrl ?? null);
		this.#controls.open({ duration: output.duration, chapters: null, storyboard: null });
		this.#controls.offerSpeakers(output.captionsUrl);
		if (plays)
			this.#video.play().catch(() => {});          // refused: the button waits to be pressed
		if (isOther)
			this.#decorate(output);
	}

	async #decorate(output) {
		const [storyboard, chapters] = await Promise.all([output.storyboardUrl ? Storyboard.load(output.storyboardUrl) : null, chaptersOf(output).catch(() => [])]);

		if (this.#output !== output)
			return;
		this.#controls.setStoryboard(storyboard);
		this.#controls.setChapters(chapters);
		this.#paintChapters(chapters);
	}

	#paintChapters(chapters) {
		this.#chapters = chapters;
		this.#aside.hidden = !chapters.length;
		this.#list.replaceChildren(...chapters.map(({ from, text }) => el('li', {}, el('button', { type: 'button', on: { click: () => this.#controls.seek(from) } },
			el('time', { dir: 'ltr' }, clockText(from * 1000)), ' ', apart(text)))));
		this.#paintChapter();
	}

	#paintChapter() {
		const now = this.#chapters.indexOf(cueAt(this.#chapters, this.#video.currentTime));

		[...this.#list.children].forEach((row, i) => setAttribute(row.firstChild, 'aria-current', i === now ? 'true' : null));
	}

	/** Links run out: once it is tried with a fresh one. */
	async #onError() {
		const output = this.#output, { error, currentTime } = this.#video;

		if (!output || !error)
			return;
		if (this.#asksAgain) {
			this.#asksAgain = false;
			await this.#watch.read();
			const again = this.#watch.recording?.outputs.find((one) => one.outputId === output.outputId && one.url);

			if (again && this.#output === output)
				this.#open(again, currentTime);
			return;
		}
		this.#dialog.fail({ code: `media_${error.code}`, message: t('gallery.player.failed') });
	}

	// ---- nothing to play

	#paintInstead(recording) {
		const { outputs = [], status } = recording, coming = comingMp4(outputs), percent = coming?.progress?.percent ?? 0;
		const mayMake = this.#session.can('record'), key = coming ? 'making' : outputs.some((one) => isDone(one) && one.url) ? 'unplayable' : status === 'completed' ? 'forbidden' : 'unready';

		setText(this.#insteadText, coming ? t('gallery.player.making.percent', { percent: percentText(percent) }) : t(`gallery.player.${key}`));
		this.#bar.hidden = !coming;
		setAttribute(this.#bar, 'aria-valuenow', String(Math.round(percent)));
		this.#bar.firstElementChild.style.inlineSize = `${percent}%`;
		this.#make.hidden = key !== 'unplayable' || !mayMake;
		if (this.#controls.node.contains(document.activeElement))
			(this.#make.hidden ? this.#dialog.closeButton : this.#make).focus();
	}

	async #makeMp4() {
		await this.#dialog.run(this.#make, async () => {
			await this.#session.recordings.recompose(this.#id, { format: 'mp4' });
			this.#dialog.say(t('gallery.player.making'));
		});
		await this.#watch.read();
		if (this.#make.hidden)
			this.#dialog.closeButton.focus();
	}
}
