// SPDX-License-Identifier: GPL-3.0-or-later
// What a run found: named tests, and the figures they measured.

export class Report {
	passed = 0;
	failed = 0;
	#suite = '';

	begin(suite) {
		this.#suite = suite;
	}

	/** Runs one named test; a failure does not end the suite. Gives true when it passed. */
	async test(name, body) {
		const started = Date.now();

		try {
			await body();
		} catch (error) {
			this.fail(name, error);
			return false;
		}
		this.passed++;
		console.log(`ok   ${this.#suite}: ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
		return true;
	}

	fail(name, error) {
		this.failed++;
		console.log(`FAIL ${this.#suite}: ${name}\n${indent(error.stack ?? String(error))}`);
	}

	/** A measured figure, whether or not anything is asked of it. */
	figure(name, value) {
		console.log(`figure ${this.#suite}: ${name}: ${value}`);
	}
}

function indent(text) {
	return text.split('\n').map((line) => `     ${line}`).join('\n');
}
