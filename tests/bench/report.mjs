// SPDX-License-Identifier: GPL-3.0-or-later
// figures → table: each figure beside its peer and its target.
//
//   node report.mjs TARGETS FIGURES…        exit status 1 when a target is missed or a figure has none
//
// A figure is a line of any program:   figure NAME ours=1.2,1.3 [peer=1.4,1.5] [unit=us] [n=5] [policy=interval] [note=some_words]
// A target is a line of TARGETS:       NAME STATISTIC <=|>= VALUE|peer        # what it says
// Statistics: ours.median ours.min ours.max; ratio.median is the median of ours over peer, pair by pair.

import { readFileSync } from 'node:fs';

const median = (values) => {
	const sorted = [...values].sort((a, b) => a - b), n = sorted.length;

	return n % 2 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
};
const STATISTICS = {
	'ours.median': ({ ours }) => median(ours),
	'ours.min': ({ ours }) => Math.min(...ours),
	'ours.max': ({ ours }) => Math.max(...ours),
	'ratio.median': ({ ours, peer }) => median(ours.map((value, i) => value / peer[i])),
};

export function parseFigure(line) {
	const [, name, ...members] = line.trim().split(/\s+/);
	const figure = Object.fromEntries(members.map((member) => [member.slice(0, member.indexOf('=')), member.slice(member.indexOf('=') + 1)]));

	for (const side of ['ours', 'peer'])
		if (side in figure)
			figure[side] = figure[side].split(',').map(Number);
	return { name, ...figure };
}

export function parseTarget(line) {
	const [name, statistic, relation, value] = line.split('#')[0].trim().split(/\s+/);

	if (!STATISTICS[statistic] || !['<=', '>='].includes(relation))
		throw new Error(`a target that makes no sense: ${line}`);
	return { name, statistic, relation, value };
}

const short = (value) => Number(value.toPrecision(4)).toString();
const spread = (values) => values ? (values.length > 1 ? `${short(median(values))} [${short(Math.min(...values))}–${short(Math.max(...values))}]` : short(values[0])) : '–';

export function judge(figure, target) {
	const value = STATISTICS[target.statistic](figure), bound = target.value === 'peer' ? median(figure.peer) : Number(target.value);

	return { value, ok: target.relation === '<=' ? value <= bound : value >= bound };
}

function main([targetsFile, ...figureFiles]) {
	const lines = (file) => readFileSync(file, 'utf8').split('\n');
	const targets = new Map(lines(targetsFile).filter((line) => line.split('#')[0].trim()).map(parseTarget).map((target) => [target.name, target]));
	const figures = figureFiles.flatMap(lines).filter((line) => line.startsWith('figure ') && line.includes(' ours=')).map(parseFigure);
	const rows = [['figure', 'ours', 'peer', 'unit', 'n', 'policy', 'target', 'found', '']];
	let missed = 0;

	for (const figure of figures) {
		const target = targets.get(figure.name);
		const verdict = target && judge(figure, target);

		missed += !verdict?.ok;
		rows.push([figure.name, spread(figure.ours), spread(figure.peer), figure.unit ?? '', figure.n ?? '', figure.policy ?? '',
			target ? `${target.statistic} ${target.relation} ${target.value}` : 'none', verdict ? short(verdict.value) : '', verdict?.ok ? 'ok' : 'short']);
	}
	const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));

	for (const row of rows)
		console.log(row.map((cell, column) => String(cell).padEnd(widths[column])).join('  ').trimEnd());
	process.exitCode = missed ? 1 : 0;
}

main(process.argv.slice(2));
