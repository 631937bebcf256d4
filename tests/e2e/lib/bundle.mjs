// SPDX-License-Identifier: GPL-3.0-or-later
// An application made of the clients' packages (html/sdk), bundled as whoever uses them would.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SDK = fileURLToPath(new URL('../../../html/sdk/', import.meta.url));
const PAGE = `<!DOCTYPE html><html lang="en"><meta charset="utf-8">
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>app</title><link rel="stylesheet" href="app.css">
<body data-rr-theme="auto"><main id="root"></main><script type="module" src="app.js"></script></html>`;

/** The first block of this language in a README of the packages. */
export async function codeOf(readme, language) {
	const text = await readFile(join(SDK, readme), 'utf8');

	return text.match(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``))[1];
}

/** Makes a folder with index.html, app.js and app.css of some code; gives the script. */
export async function bundle(code, folder) {
	if (!existsSync(join(SDK, 'node_modules', 'esbuild')))
		await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: SDK });
	const { build, stop } = createRequire(join(SDK, 'package.json'))('esbuild');
	const { outputFiles } = await build({ stdin: { contents: code, loader: 'jsx', resolveDir: SDK }, bundle: true, write: false, outdir: 'out', format: 'esm', jsx: 'automatic', minify: true,
		define: { 'process.env.NODE_ENV': '"production"' } });

	await stop();
	await mkdir(folder, { recursive: true });
	await writeFile(join(folder, 'index.html'), PAGE);
	for (const { path, text } of outputFiles)
		await writeFile(join(folder, path.endsWith('.css') ? 'app.css' : 'app.js'), text);
	return outputFiles.find(({ path }) => path.endsWith('.js')).text;
}
