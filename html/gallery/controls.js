// SPDX-License-Identifier: MIT
// The player's buttons, and what the keys do: everything that acts on the <video>. What the buttons show is the <video>'s state, never a wish.

import { t } from '../i18n.js';
import { el, setAttribute, setText } from './dom.js';
import { changeIcon, icon } from './icons.js';
import { SeekBar } from './seekbar.js';
import { cueAt } from './vtt.js';
import { clockText } from './words.js';

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];
const AGAIN_S = 2;

export class Controls {
	#video;
	#stage;
	#does;
	#known = 0;
	#chapters = [];
	#play;
	#mute;
	#volume;
	#speakers;
	#whole;
	#help;
	#clock = el('span', { class: 'rr-g-clock', dir: 'ltr' });
	#heard = {
		play: () => this.#paint(), pause: () => this.#paint(), ended: () => this.#paint(), volumechange: () => this.#paint(), loadedmetadata: () => this.#paintTime(), durationchange: () => this.#paintTime(),
		timeupdate: () => this.#paintTime(), seeked: () => this.#paintTime(),
	};
	#onWhole = () => this.#paint();

	/** stage: what fills the screen; does: {help()} */
	constructor(video, stage, does) {
		this.#video = video;
		this.#stage = stage;
		this.#does = does;
		this.seekBar = new SeekBar((seconds, done) => this.#onSeek(seconds, done));
		this.#build();
		for (const [name, listener] of Object.entries(this.#heard))
			video.addEventListener(name, listener);
		document.addEventListener('fullscreenchange', this.#onWhole);
		this.#paint();
	}

	destroy() {
		document.removeEventListener('fullscreenchange', this.#onWhole);
		this.seekBar.end();
	}

	#build() {
		const make = (name, act, more = {}) => el('button', { type: 'button', class: 'rr-g-button rr-g-only-icon', data: { rrDo: name }, on: { click: act }, ...more });
		const rate = el('select', { class: 'rr-g-field rr-g-rate', 'aria-label': t('gallery.player.rate'), on: { change: () => { this.#video.playbackRate = Number(rate.value); } } },
			RATES.map((one) => el('option', { value: String(one), selected: one === 1 }, `${one}×`)));

		this.#play = make('toggle', () => this.toggle());
		this.#mute = make('mute', () => this.mute());
		this.#volume = el('input', { type: 'range', class: 'rr-g-volume', min: '0', max: '1', step: '0.05', dir: 'ltr', 'aria-label': t('gallery.player.volume'), on: { input: () => this.#setVolume(Number(this.#volume.value)) } });
		this.#speakers = make('speakers', () => this.toggleSpeakers(), { hidden: true, 'aria-label': t('gallery.player.speakers'), title: t('gallery.player.speakers') });
		this.#whole = make('whole', () => this.toggleWhole());
		this.#help = make('help', () => this.toggleHelp(), { 'aria-expanded': 'false', 'aria-label': t('gallery.player.help'), title: t('gallery.player.help') });
		this.#speakers.append(icon('speakers'));
		this.#help.append(icon('help'));
		this.node = el('div', { class: 'rr-g-controls', role: 'group', 'aria-label': t('gallery.player.controls') }, this.seekBar.node,
			el('div', { class: 'rr-g-controls-row' }, this.#play, this.#clock, el('span', { class: 'rr-g-gap' }), this.#mute, this.#volume, this.#speakers, rate, this.#help, this.#whole));
	}

	/** What is played now: milliseconds as the server said, chapters, storyboard; null: none. */
	open({ duration, chapters, storyboard }) {
		this.#known = duration / 1000;
		if (chapters) {
			this.#chapters = chapters;
			this.seekBar.setChapters(chapters);
		}
		this.seekBar.setStoryboard(storyboard);
		this.#paintTime();
	}

	setChapters(chapters) {
		this.#chapters = chapters;
		this.seekBar.setChapters(chapters);
	}

	setStoryboard(storyboard) { this.seekBar.setStoryboard(storyboard); }

	/** Files of a live mix may not know their length before their end. */
	get duration() { return Number.isFinite(this.#video.duration) ? this.#video.duration : this.#known; }

	// ---- what buttons and keys do

	toggle() {
		if (this.#video.paused)
			this.#video.play().catch(() => {});          // refused, or another source came: the button shows that it stands
		else
			this.#video.pause();
	}

	seek(seconds) {
		const to = Math.max(0, Math.min(seconds, this.duration));

		this.#video.currentTime = to;
		this.seekBar.setTime(to);
		this.seekBar.peek(to);
	}

	skip(seconds) { this.seek(this.#video.currentTime + seconds); }

	/** Back to where the chapter began, and from there to the one before. */
	skipChapter(way) {
		const at = this.#chapters.indexOf(cueAt(this.#chapters, this.#video.currentTime)), begun = this.#chapters[at]?.from ?? 0;
		const to = way > 0 ? this.#chapters[at + 1] : this.#chapters[this.#video.currentTime - begun > AGAIN_S ? at : at - 1];

		if (to)
			this.seek(to.from);
	}

	louder(by) { this.#setVolume(Math.round((this.#video.volume + by) * 100) / 100); }

	#setVolume(volume) {
		this.#video.volume = Math.max(0, Math.min(1, volume));
		this.#video.muted = this.#video.volume === 0;
	}

	mute() { this.#video.muted = !this.#video.muted; }

	/** A track of who speaks is there. */
	offerSpeakers(track) {
		this.#speakers.hidden = !track;
		this.#paint();
	}

	get #track() { return [...this.#video.textTracks].find(({ kind }) => kind === 'captions'); }

	toggleSpeakers() {
		if (this.#track && !this.#speakers.hidden)
			this.#track.mode = this.#track.mode === 'showing' ? 'hidden' : 'showing';
		this.#paint();
	}

	/** iPhones fill the screen with a <video> alone. */
	toggleWhole() {
		if (document.fullscreenElement)
			document.exitFullscreen();
		else if (this.#stage.requestFullscreen)
			this.#stage.requestFullscreen().catch(() => {});
		else
			this.#video.webkitEnterFullscreen?.();
	}

	toggleHelp() {
		setAttribute(this.#help, 'aria-expanded', String(this.#does.help()));
	}

	// ---- what is shown

	#onSeek(seconds, done) {
		if (done || !this.#video.seeking)
			this.#video.currentTime = seconds;
		setText(this.#clock, this.#clockOf(seconds));
	}

	#clockOf(seconds) { return `${clockText(seconds * 1000)} / ${clockText(this.duration * 1000)}`; }

	#paintTime() {
		this.seekBar.setDuration(this.duration);
		this.seekBar.setTime(this.#video.currentTime);
		if (!this.seekBar.isDragged)
			setText(this.#clock, this.#clockOf(this.#video.currentTime));
	}

	#paint() {
		const label = (node, shape, key) => {
			changeIcon(node, shape);
			setAttribute(node, 'aria-label', t(key));
			node.title = t(key);
		};
		const { paused, muted, volume } = this.#video, isWhole = document.fullscreenElement === this.#stage;

		label(this.#play, paused ? 'play' : 'pause', paused ? 'gallery.player.play' : 'gallery.player.pause');
		label(this.#mute, muted || !volume ? 'muted' : 'volume', muted ? 'gallery.player.unmute' : 'gallery.player.mute');
		label(this.#whole, isWhole ? 'window' : 'whole', isWhole ? 'gallery.player.window' : 'gallery.player.whole');
		setAttribute(this.#speakers, 'aria-pressed', String(this.#track?.mode === 'showing'));
		this.#volume.value = String(muted ? 0 : volume);
	}
}
