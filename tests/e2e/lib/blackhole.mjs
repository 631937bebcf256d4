// SPDX-License-Identifier: GPL-3.0-or-later
// A network that swallows what it is given and says nothing, for some ports of this namespace: as when a cable is pulled, or a phone goes into a tunnel.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
let number = 0;

/** From now on; gives what ends it. */
export async function blackhole({ tcp = [], udp = [] }) {
	const table = `hole${++number}`;
	const rules = [['tcp', tcp], ['udp', udp]].filter(([, ports]) => ports.length)
		.flatMap(([protocol, ports]) => ['sport', 'dport'].map((side) => `${protocol} ${side} { ${ports.join(', ')} } drop`));

	await run('nft', [[`table inet ${table} {`, 'chain swallow {', 'type filter hook input priority 0', ...rules, '}', '}', ''].join('\n')]);
	return () => run('nft', ['delete', 'table', 'inet', table]);
}
