// SPDX-License-Identifier: MIT
// The player's keys, as one table: what they do, and what the help says. Time runs from left to right, whatever the language.

const LITTLE_S = 5, MUCH_S = 10, LOUDER = 0.1;

/** [keys, key of the words, how the help writes them, what is done with the player] */
export const KEYS = [
	[[' ', 'k'], 'toggle', ['Space', 'K'], (player) => player.toggle()],
	[['ArrowLeft'], 'back', ['←'], (player) => player.skip(-LITTLE_S)],
	[['ArrowRight'], 'forward', ['→'], (player) => player.skip(LITTLE_S)],
	[['j'], 'far.back', ['J'], (player) => player.skip(-MUCH_S)],
	[['l'], 'far.forward', ['L'], (player) => player.skip(MUCH_S)],
	[['p'], 'chapter.back', ['P'], (player) => player.skipChapter(-1)],
	[['n'], 'chapter.forward', ['N'], (player) => player.skipChapter(1)],
	[['Home'], 'start', ['Home'], (player) => player.seek(0)],
	[['End'], 'end', ['End'], (player) => player.seek(Infinity)],
	[['ArrowUp'], 'louder', ['↑'], (player) => player.louder(LOUDER)],
	[['ArrowDown'], 'quieter', ['↓'], (player) => player.louder(-LOUDER)],
	[['m'], 'mute', ['M'], (player) => player.mute()],
	[['c'], 'speakers', ['C'], (player) => player.toggleSpeakers()],
	[['f'], 'whole', ['F'], (player) => player.toggleWhole()],
	[['?'], 'help', ['?'], (player) => player.toggleHelp()],
];

const BY_KEY = new Map(KEYS.flatMap(([keys, , , act]) => keys.map((key) => [key, act])));

/** What has keys of its own keeps them: a button its space, a choice its letters and arrows. The seek bar has none but ours. */
function isItsOwn(target, key) {
	if (target.matches('[data-rr-seek]'))
		return false;
	if (target.matches('select, textarea, input:not([type=range])'))
		return true;
	if (target.matches('input[type=range]'))
		return key.startsWith('Arrow') || key === 'Home' || key === 'End';
	return target.matches('button, a') && (key === ' ' || key === 'Enter');
}

/** True when the key was for the player. */
export function onKey(event, player) {
	const act = BY_KEY.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);

	if (!act || event.ctrlKey || event.metaKey || event.altKey || isItsOwn(event.target, event.key))
		return false;
	event.preventDefault();
	act(player);
	return true;
}
