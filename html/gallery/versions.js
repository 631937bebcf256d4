// SPDX-License-Identifier: MIT
// What was made of a recording, to play, to save, to stop or to try again; and the form for another version.

import { t } from '../i18n.js';
import { Dialog, button, buttonRow } from './dialog.js';
import { apart, el, freshId, setAttribute, setText, unseen } from './dom.js';
import { icon } from './icons.js';
import { fileText, outputText } from './outputs.js';
import { filesOf, isDone, isOpen, isSeveral, playable } from './sources.js';
import { Watch } from './watch.js';
import { clockText, nameOf, percentText, plain, sizeText, titleOf, wordOf } from './words.js';

const LAYOUTS = ['grid', 'speaker', 'presentation', 'single', 'audio'];
const FORMATS = ['webm', 'mp4', 'opus', 'm4a', 'participants', 'stems'];
const WITHOUT_PICTURE = new Set(['opus', 'm4a', 'participants', 'stems']);

const option = (value, text) => el('option', { value }, text);

/** The form of an output's spec. */
class Order {
	#format = el('select', { class: 'rr-g-field', id: freshId(), data: { rrOrder: 'format' } }, FORMATS.map((name) => option(name, t(`gallery.format.${name}`))));
	#layout = el('select', { class: 'rr-g-field', id: freshId(), data: { rrOrder: 'layout' } }, option('', t('gallery.layout.same')), LAYOUTS.map((name) => option(name, t(`gallery.layout.${name}`))));
	#focus = el('select', { class: 'rr-g-field', id: freshId(), data: { rrOrder: 'focus' } });
	#people = el('fieldset', { class: 'rr-g-choices' });
	#seen = '';

	constructor(onOrder) {
		const labelled = (text, field) => el('div', { class: 'rr-g-labelled' }, el('label', { for: field.id }, text), field);

		this.submit = button(t('gallery.order.submit'), () => onOrder(this), { kind: 'rr-g-primary', name: 'recompose', icon: 'versions' });
		this.gone = el('p', { class: 'rr-g-faint', hidden: true }, t('gallery.order.gone'));
		this.node = el('section', { class: 'rr-g-order' }, el('h3', {}, t('gallery.order.title')), this.gone,
			el('div', { class: 'rr-g-order-fields', on: { change: () => this.#paint() } },
				labelled(t('gallery.order.format'), this.#format), labelled(t('gallery.order.layout'), this.#layout), labelled(t('gallery.order.focus'), this.#focus), this.#people),
			buttonRow(this.submit));
	}

	update({ participants, originalsUntil }) {
		const seen = JSON.stringify(participants), isGone = originalsUntil !== null && originalsUntil !== undefined && originalsUntil <= Date.now();

		this.gone.hidden = !isGone;
		this.submit.hidden = this.node.querySelector('.rr-g-order-fields').hidden = isGone;
		if (seen === this.#seen)
			return;
		this.#seen = seen;
		this.#focus.replaceChildren(option('', t('gallery.order.talks')), ...participants.map((one) => option(one.id, nameOf(one))));
		this.#people.replaceChildren(el('legend', {}, t('gallery.order.without')), ...participants.map((one) => el('label', { class: 'rr-g-choice' },
			el('input', { type: 'checkbox', value: one.id, data: { rrOrder: 'without' } }), apart(nameOf(one)))));
		this.#people.hidden = participants.length < 2;
		this.#paint();
	}

	#paint() {
		this.#layout.parentNode.hidden = WITHOUT_PICTURE.has(this.#format.value);
		this.#focus.parentNode.hidden = this.#layout.parentNode.hidden || this.#layout.value !== 'single';
	}

	get spec() {
		const without = [...this.#people.querySelectorAll('input:checked')].map(({ value }) => value);
		const isSingle = !this.#focus.parentNode.hidden && this.#focus.value;

		return {
			format: this.#format.value, ...!this.#layout.parentNode.hidden && this.#layout.value ? { layout: this.#layout.value } : {},
			...isSingle ? { focus: this.#focus.value } : {}, ...without.length ? { without } : {},
		};
	}
}

/** One output in the list; made once, as its progress is told often. */
class Row {
	#seen = '';
	#bar = el('div', { class: 'rr-g-bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' }, el('div'));
	#state = el('p', { class: 'rr-g-faint' });
	node = el('li', {});

	update(output, recording, does) {
		const seen = JSON.stringify([output.outputId, output.state, output.size, output.reason, output.url, recording.participants]);

		Object.assign(this.node.dataset, { rrOutput: String(output.outputId), rrState: output.state });
		if (seen !== this.#seen)
			this.#build(output, recording, does);
		this.#seen = seen;
		this.#paint(output);
	}

	#build(output, recording, does) {
		const name = outputText(output, recording);
		const act = (key, shape, doIt) => el('button', { type: 'button', class: 'rr-g-button', data: { rrDo: key }, on: { click: ({ currentTarget }) => doIt(output, currentTarget) } },
			icon(shape), el('span', {}, t(`gallery.output.${key}`)), unseen(` ${name}`));

		this.node.replaceChildren(
			el('div', { class: 'rr-g-output' }, el('p', { class: 'rr-g-output-name' }, name), this.#state, this.#bar),
			el('div', { class: 'rr-g-output-buttons' },
				does.canPlay(output) && act('play', 'play', does.play),
				isDone(output) && this.#links(output, recording, name),
				isOpen(output) && does.mayMake && act('cancel', 'close', does.cancel),
				['failed', 'cancelled'].includes(output.state) && does.mayMake && act('again', 'refresh', does.again)));
		setAttribute(this.#bar, 'aria-label', t('gallery.output.progress', { name }));
	}

	#links(output, recording, name) {
		const link = (href, text, more) => el('a', { class: 'rr-g-button', href, download: '', data: { rrDo: 'download' } }, icon('download'), el('span', {}, text), unseen(` ${more}`));
		const files = filesOf(output, recording.participants);

		if (isSeveral(output) && files.length)
			return files.map((file) => link(file.downloadUrl, fileText(file, recording), `${name} ${sizeText(file.size)}`));
		return output.downloadUrl ? link(output.downloadUrl, t('gallery.download'), name) : null;
	}

	#paint(output) {
		const { state, progress, duration, size, reason } = output, percent = isOpen(output) ? progress?.percent ?? 0 : null;
		const words = isDone(output) ? [duration && clockText(duration), size && sizeText(size)] : [t(`gallery.output.${state}`), percent !== null && percentText(percent), reason && wordOf('reason', plain(reason))];

		setText(this.#state, words.filter(Boolean).join(' · '));
		this.#bar.hidden = percent === null;
		setAttribute(this.#bar, 'aria-valuenow', String(Math.round(percent ?? 0)));
		this.#bar.firstElementChild.style.inlineSize = `${percent ?? 0}%`;
	}
}

export class VersionsDialog {
	#session;
	#id;
	#does;
	#dialog;
	#list = el('ul', { class: 'rr-g-outputs', 'aria-label': t('gallery.versions.list') });
	#rows = new Map();
	#order = null;
	#watch;

	/** onPlay(outputId): this version shall be played. */
	constructor(host, session, recording, { onPlay, onClose }) {
		this.#session = session;
		this.#id = recording.recordingId;
		this.#dialog = new Dialog(host, { title: [t('gallery.versions.title'), ' ', el('span', { class: 'rr-g-subject' }, apart(titleOf(recording)))], className: 'rr-g-versions', onClose: () => {
			this.#watch.stop();
			onClose();
		} });
		this.#does = this.#deeds(onPlay);
		this.#dialog.body.append(this.#list);
		if (this.#does.mayMake) {
			this.#order = new Order((order) => this.#make(order.submit, order.spec));
			this.#dialog.body.append(this.#order.node);
		}
		this.#watch = new Watch({ session, id: this.#id, changed: (one) => this.#paint(one), failed: (error) => this.#dialog.fail(error) });
		this.#dialog.open();
		this.#watch.start();
	}

	close() { this.#dialog.close(); }

	#deeds(onPlay) {
		const video = document.createElement('video');

		return {
			mayMake: this.#session.can('record'),
			canPlay: (output) => playable([output], (type) => video.canPlayType(type)).length > 0,
			play: ({ outputId }) => {
				this.#dialog.close();
				onPlay(outputId);
			},
			cancel: ({ outputId }, pressed) => this.#act(pressed, () => this.#session.recordings.cancel(this.#id, outputId)),
			again: ({ outputId }, pressed) => this.#make(pressed, { outputId }),
		};
	}

	#paint(recording) {
		const known = new Set(recording.outputs.map(({ outputId }) => outputId));

		for (const [id, { node }] of this.#rows)
			if (!known.has(id)) {
				node.remove();
				this.#rows.delete(id);
			}
		for (const output of recording.outputs) {
			const row = this.#rows.get(output.outputId) ?? new Row(), was = row.node.dataset.rrState;

			this.#rows.set(output.outputId, row);
			row.update(output, recording, this.#does);
			if (!row.node.parentNode)
				this.#list.append(row.node);
			if (was && was !== output.state && !isOpen(output))
				this.#dialog.say(`${outputText(output, recording)}: ${t(`gallery.output.${output.state}`)}`);
		}
		this.#order?.update(recording);
	}

	async #act(pressed, action) {
		const hadFocus = document.activeElement === pressed;

		await this.#dialog.run(pressed, action);
		await this.#watch.read();
		if (hadFocus && !document.activeElement?.closest('dialog'))
			this.#dialog.closeButton.focus();
	}

	#make(pressed, spec) {
		return this.#act(pressed, async () => {
			await this.#session.recordings.recompose(this.#id, spec);
			this.#dialog.say(t('gallery.order.queued'));
		});
	}
}
