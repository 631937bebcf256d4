// SPDX-License-Identifier: GPL-3.0-or-later
// What is asked of every view of the page: reached by keyboard with the focus to be seen, fit for a phone, nothing that axe-core finds; and what was said and moved.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
export const NARROW = { ...PHONE, viewport: { width: 360, height: 740 } };
export const DESKTOP = { viewport: { width: 1280, height: 800 } };

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
/** A theme and a language at a time: both of each are seen. */
const LOOKS = [['light', 'en'], ['dark', 'ar']];
/** Smallest side of what is touched [px]. */
const TOUCH = 44;

/** Presses Tab until the focus is where `selector` says; fails when it comes round without. */
export async function tabTo(page, selector) {
	const way = [];

	for (let i = 0; i < 60; i++) {
		const [there, where] = await page.evaluate((s) => {
			const node = document.activeElement;

			return [node?.matches(s), node?.id || node?.dataset.rrDo || node?.dataset.rrAct || node?.tagName];
		}, selector);

		if (there)
			return;
		way.push(where);
		await page.keyboard.press('Tab');
	}
	throw new Error(`the keyboard does not reach ${selector}, but ${way.join(' ')}`);
}

/** By keyboard alone; what has the focus is marked. */
export async function press(page, selector) {
	await tabTo(page, selector);
	assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement.closest('label') ?? document.activeElement).outlineStyle), 'none', `${selector} does not show its focus`);
	await page.keyboard.press('Enter');
}

/** Nothing is wider than the screen, and all that is touched is large enough for a finger. */
export async function fitsWidth(page) {
	const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);

	assert.ok(content <= width, `${content} px wide in ${width} px`);
	const small = await page.$$eval('button, a, input, select', (nodes, touch) => nodes.filter((node) => node.checkVisibility({ visibilityProperty: true }))
		.map((node) => ({ box: (node.closest('label') ?? node).getBoundingClientRect(), what: node.id || node.name || node.textContent.trim() || node.className }))
		.filter(({ box }) => box.left < -0.5 || box.right > innerWidth + 0.5 || box.height < touch - 0.5 || box.width < touch - 0.5)
		.map(({ box, what }) => `${what} ${Math.round(box.width)}x${Math.round(box.height)}`), TOUCH);

	assert.deepEqual(small, [], 'too small to touch, or outside');
}

export async function speak(page, code) {
	await page.evaluate(async (language) => (await import('/i18n.js')).setLanguage(language), code);
}

/** What axe-core finds, in words. */
export async function faults(page) {
	await page.evaluate(AXE);              // not by a script element: the page's policy stands
	const { violations } = await page.evaluate(() => globalThis.axe.run(document));

	return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html.slice(0, 120)} ${any[0]?.message ?? ''}`).join(' | ')}`);
}

/** A view in both themes and both languages, with pictures. */
export async function accessible(page, out, view) {
	for (const [colorScheme, language] of LOOKS) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });      // no colour on its way to another
		await speak(page, language);
		assert.deepEqual(await faults(page), [], `${view}, ${colorScheme}, ${language}`);
		await page.screenshot({ path: join(out, `${view}-${colorScheme}-${language}.png`) });
	}
	await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
	await speak(page, 'en');
	await settled(page);
}

/** What moved up to now was our doing. */
const settled = (page) => page.evaluate(() => new Promise((resolve) => {
	requestAnimationFrame(() => setTimeout(() => {
		globalThis.rrMoved?.splice(0);
		resolve();
	}, 50));
}));

/** From now on: what is said in the page's live region, and what moves without the user having done anything. */
export async function watch(page) {
	await page.evaluate(() => {
		const said = globalThis.rrSaid = [], moved = globalThis.rrMoved = [], region = document.querySelector('[role=status]');

		new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
		new PerformanceObserver((list) => {
			for (const { value, hadRecentInput, sources } of list.getEntries())
				if (!hadRecentInput)
					moved.push(`${value.toFixed(4)} ${sources.map(({ node }) => node?.id || node?.className || node?.nodeName).join(' ')}`);
		}).observe({ type: 'layout-shift' });
	});
}

export const said = (page) => page.evaluate(() => globalThis.rrSaid);
export const moved = (page) => page.evaluate(() => globalThis.rrMoved);
