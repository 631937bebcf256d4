// SPDX-License-Identifier: GPL-3.0-or-later
// An application made of the clients' packages (html/sdk), built with Vite as a newcomer's would be.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SDK = fileURLToPath(new URL('../../../html/sdk/', import.meta.url));
const MODULES = join(SDK, 'node_modules');
/** As `npm create vite` makes it, but for the ground, without which nobody can say what contrast text has. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
	<meta charset="utf-8">
	<meta name="viewport" content="width=device-width, initial-scale=1">
	<meta name="color-scheme" content="light dark">
	<link rel="icon" href="data:,">
	<title>call</title>
</head>
<body data-rr-theme="auto">
	<main id="root"></main>
	<script type="module" src="/main.jsx"></script>
</body>
</html>
`;
const CONFIG = 'export default { base: "./", esbuild: { jsx: "automatic" }, build: { emptyOutDir: true } };\n';
const run = promisify(execFile);

/** The first block of this language in a README of the packages. */
export async function codeOf(readme, language) {
	const text = await readFile(join(SDK, readme), 'utf8');

	return text.match(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``))[1];
}

/** Builds main.jsx into `folder`, by way of `scratch`; gives what Vite says. */
export async function build(code, scratch, folder) {
	if (!existsSync(join(MODULES, 'vite')))
		await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: SDK });
	await mkdir(scratch, { recursive: true });
	await symlink(MODULES, join(scratch, 'node_modules'));
	for (const [name, text] of Object.entries({ 'index.html': PAGE, 'main.jsx': code, 'vite.config.js': CONFIG, 'package.json': '{ "type": "module" }\n' }))
		await writeFile(join(scratch, name), text);
	return (await run(process.execPath, [join(MODULES, 'vite', 'bin', 'vite.js'), 'build', '--outDir', folder], { cwd: scratch })).stdout;
}
