// SPDX-License-Identifier: MIT
// Which of a recording's outputs this browser can play, and what each is. Pure.

/** Format → codecs of the sound, and of the picture where spec says nothing. */
const FORMATS = {
	webm: { mime: 'video/webm', video: 'vp8', audio: 'opus' },
	mp4: { mime: 'video/mp4', video: 'h264', audio: 'mp4a.40.2' },
	opus: { mime: 'audio/ogg', audio: 'opus' },
	m4a: { mime: 'audio/mp4', audio: 'mp4a.40.2' },
};
const CODECS = { vp8: 'vp8', vp9: 'vp9', av1: 'av01.0.08M.08', h264: 'avc1.42E01E' };

const plainMime = (mime) => (mime ?? '').split(';')[0].trim().toLowerCase();

/** webm, mp4, opus, m4a, participants or stems. */
export function formatOf({ spec, mime }) {
	return spec?.format ?? Object.keys(FORMATS).find((name) => FORMATS[name].mime === plainMime(mime)) ?? 'webm';
}

/** A file for each person; there is no one thing to play. */
export const isSeveral = (output) => ['participants', 'stems'].includes(formatOf(output));
export const isSound = (output) => ['opus', 'm4a'].includes(formatOf(output));
export const isOpen = ({ state }) => ['queued', 'running', 'retrying'].includes(state);
export const isDone = ({ state }) => state === 'done';

/** With codecs, as browsers want to be asked. */
export function typeOf(output) {
	const format = FORMATS[formatOf(output)] ?? { mime: plainMime(output.mime) };
	const codecs = [format.video && (CODECS[output.spec?.video_codec] ?? CODECS[format.video]), format.audio].filter(Boolean);

	return codecs.length ? `${format.mime}; codecs="${codecs.join(', ')}"` : format.mime;
}

/**
 * What can be played here, what is played first being first: pictures before sound alone, then in the order in which the server made them.
 * canPlay: HTMLMediaElement.canPlayType, bound.
 */
export function playable(outputs, canPlay) {
	return outputs.filter((output) => isDone(output) && output.url && !isSeveral(output) && canPlay(typeOf(output)))
		.sort((a, b) => Number(isSound(a)) - Number(isSound(b)) || a.outputId - b.outputId);
}

/** An MP4 of the whole recording that is being made already. */
export const comingMp4 = (outputs) => outputs.find((output) => isOpen(output) && formatOf(output) === 'mp4');

/** Ids of a list that is an array, or a text with commas. */
export const idsOf = (list) => (Array.isArray(list) ? list : String(list ?? '').split(',')).filter(Boolean);

/** The files of an output that are for people to save: [{name, size, downloadUrl, participant}]; participant: its id, or ''. */
export function filesOf(output, participants) {
	return (output.files ?? []).filter(({ kind, downloadUrl }) => downloadUrl && ['media', 'participant'].includes(kind))
		.map((file) => ({ ...file, participant: participants.map(({ id }) => id).find((id) => idIn(file.name, id)) ?? '' }));
}

/** "outputs/2-participants-user1.webm" is of user1, and not of user11. */
function idIn(name, id) {
	const at = name.lastIndexOf(id);

	return at > 0 && /[-/_.]/.test(name[at - 1]) && /[-_.]/.test(name[at + id.length] ?? '.');
}
