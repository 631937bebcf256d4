// SPDX-License-Identifier: MIT
// The page: join form → call → left, and what its buttons do. All state worth knowing is the server's.

import { Consent } from './consent.js';
import { Library } from './library.js';
import { preferredLanguage, setLanguage } from './i18n.js';
import { paintIcons, setIcon } from './icons.js';
import { inviteLink, readLink } from './link.js';
import { LocalMedia, openScreen } from './media.js';
import { Recording } from './recording.js';
import { Recordings } from './recordings.js';
import { Rest, readConfig } from './rest.js';
import { Room } from './room.js';
import { Tiles } from './tiles.js';
import { $, alertSentence, announce, attempt, clearAlert, initials, setView, stamp } from './ui.js';

const media = new LocalMedia();
const tiles = new Tiles();
const form = $('join-form');
const link = readLink(location.href);
const preview = stamp('tile-template');

let config = { ws: '', rooms: [] };
let room = null;
let recording = null;
let consent = null;
let recordings = null;
const library = new Library();
/** [{source, track, send}] while the screen is shared. */
let shared = null;

function showMedia() {
	for (const button of document.querySelectorAll('[data-rr-toggle]')) {
		const kind = button.dataset.rrToggle, on = media.on[kind];

		button.disabled = !media.tracks[kind];
		button.setAttribute('aria-pressed', String(on));
		setIcon(button, kind === 'audio' ? (on ? 'mic' : 'micOff') : (on ? 'camera' : 'cameraOff'));
	}
	$('media-problem').hidden = !media.problem;
	$('media-problem').textContent = media.problem;
	showPreview();
	showPeople();
}

function showPreview() {
	const video = preview.querySelector('video');

	if (media.tracks.video && video.srcObject?.getVideoTracks()[0] !== media.tracks.video)
		video.srcObject = new MediaStream([media.tracks.video]);
	video.hidden = !media.on.video;
	preview.querySelector('.rr-face').textContent = initials(form.elements.name.value || '?');
}

function showPeople() {
	if (!room)
		return;
	const own = room.people.get(room.id);

	own.streams = [...media.sources(), ...(shared ?? [])].map(({ source, track, send }) => ({ source, type: track.kind, muted: !send }));
	for (const { source, track } of [...media.sources(), ...(shared ?? [])])
		tiles.setTrack({ participant: room.id, source, kind: track.kind, track });
	tiles.update(room.people);
	$('people').textContent = room.people.size === 1 ? '1 person' : `${room.people.size} people`;
	$('alone').hidden = room.people.size > 1;
}

async function toggle(kind) {
	const on = !media.on[kind];

	media.toggle(kind, on);
	await room?.publisher.pause(kind, !on);
}

async function share() {
	const sources = await openScreen();

	if (!sources)
		return;
	shared = sources;
	sources[0].track.onended = () => attempt(stopSharing);
	await room.publisher.send(sources);
	showSharing();
}

async function stopSharing() {
	const sources = shared;

	if (!sources)
		return;
	shared = null;
	for (const { source, track } of sources) {
		track.stop();
		tiles.setTrack({ participant: room.id, source, kind: track.kind, track: null });
	}
	showSharing();
	await room.publisher.end(sources.map(({ source }) => source));
}

function showSharing() {
	$('share').setAttribute('aria-pressed', String(Boolean(shared)));
	announce(shared ? 'You are sharing your screen.' : 'You no longer share your screen.');
	showPeople();
}

function listen(to) {
	to.addEventListener('people', showPeople);
	to.addEventListener('remote', ({ detail }) => {
		tiles.setTrack(detail);
		showPeople();
	});
	to.addEventListener('recording', ({ detail }) => {
		recording?.onEvent(detail);
		consent?.onEvent(detail);
		recordings?.onEvent(detail);
		library.onEvent(detail);
		if (detail.event === 'recordingstopped' && to.role === 'host' && matchMedia('(min-width: 56rem)').matches)
			recordings.toggle(true);
	});
	to.addEventListener('closed', ({ detail }) => showLeft(detail.reason));
}

async function join() {
	const value = (name) => form.elements[name].value.trim();
	const isHost = form.elements.role.value === 'host';
	const wish = {
		server: config.ws, room: value('room'), name: value('name'), pin: value('pin'),
		secret: isHost ? value('secret') : '', token: link.token,
	};
	const next = new Room();
	next.addEventListener('waiting', ({ detail }) => {
		$('join-button').textContent = 'Waiting…';
		alertSentence(detail.reason === 'host' ? 'You wait for a host to come.' : 'You wait until a host lets you in.');
	});
	const joined = await next.join(wish).catch(async (error) => {
		await next.leave().catch(() => {});
		throw error;
	});

	clearAlert();
	room = next;
	tiles.start(room.id);
	listen(room);
	$('room-name').textContent = joined.description || wish.room;
	document.title = `${wish.room} · Recroom`;
	recording = new Recording(room, joined.recording);
	consent = new Consent(room, joined.recording);
	recordings?.close();
	recordings = new Recordings(new Rest(room.token, () => room.renewToken()), wish.room, room.role === 'host');
	library.enter(room);
	setView('call');
	$('room-title').focus();
	showPeople();
	if (isHost && room.role !== 'host')
		alertSentence('You joined as a guest: the server did not accept you as a host.');
	await Promise.all([next.receive(), media.sources().length && next.publisher.send(media.sources())]);
}

async function submit() {
	const button = $('join-button');

	button.disabled = true;
	button.textContent = 'Joining…';
	try {
		clearAlert();
		if (!media.isOpen)
			await media.open();
		await join();
	} catch (error) {
		console.warn(error);
		if (error.code === 'wrong_pin') {
			$('pin-field').hidden = false;
			form.elements.pin.focus();
		}
		alertSentence(error);
	}
	button.disabled = false;
	button.textContent = 'Join';
}

function showLeft(reason) {
	recording?.close();
	consent?.close();
	for (const { track } of shared ?? [])
		track.stop();
	shared = null;
	$('share').setAttribute('aria-pressed', 'false');
	room = null;
	media.close();
	tiles.start('');
	setView('left');
	$('left-title').textContent = reason.replace(/\.$/, '');
	$('left-text').textContent = 'A recording goes on as long as somebody is there; finished ones are in the list.';
	$('left-title').focus();
}

async function leave() {
	const old = room;

	showLeft('You left the call.');
	await old.leave();
}

async function copyInvite() {
	const address = inviteLink(location.href, room.room);

	if (!navigator.clipboard)
		throw new Error(`The link cannot be copied here. It is ${address}`);
	await navigator.clipboard.writeText(address);
	announce('The link is copied.');
	$('invite').querySelector('span').textContent = 'Copied';
	setTimeout(() => {
		$('invite').querySelector('span').textContent = 'Copy link';
	}, 2000);
}

function fillForm() {
	for (const name of ['room', 'name', 'secret', 'pin'])
		form.elements[name].value = link[name];
	form.elements.role.value = link.role;
	$('pin-field').hidden = !link.pin;
	showRole();
}

function showRole() {
	$('secret-field').hidden = form.elements.role.value !== 'host' || Boolean(link.token);
}

function bind() {
	form.addEventListener('submit', (event) => {
		event.preventDefault();
		submit();
	});
	form.addEventListener('change', showRole);
	form.elements.name.addEventListener('input', showPreview);
	for (const button of document.querySelectorAll('[data-rr-toggle]'))
		button.addEventListener('click', () => attempt(() => toggle(button.dataset.rrToggle)));
	$('share').addEventListener('click', () => attempt(() => (shared ? stopSharing() : share())));
	$('leave').addEventListener('click', () => attempt(leave));
	$('rejoin').addEventListener('click', submit);
	$('invite').addEventListener('click', () => attempt(copyInvite));
	$('alert-close').addEventListener('click', clearAlert);
	media.addEventListener('change', showMedia);
}

async function start() {
	await setLanguage(preferredLanguage());
	paintIcons(document.body);
	preview.classList.add('rr-self');
	$('preview').replaceWith(preview);
	preview.id = 'preview';
	fillForm();
	bind();
	config = await readConfig(location);
	for (const name of config.rooms)
		$('rooms').append(new Option(name));
	if (!link.room && config.rooms.length)
		form.elements.room.value = config.rooms[0];
	(link.name ? $('join-button') : form.elements.name).focus();
	await media.open();
	document.documentElement.dataset.rrReady = 'true';
}

start();
