// SPDX-License-Identifier: MIT
// A part of the page that lives as long as a call does: what it listens to ends with it.

export class Part {
	#ends = [];

	constructor(room) {
		this.room = room;
	}

	/** Calls `act` with each of these events of the room (names with blanks between). */
	hear(names, act) {
		for (const name of names.split(' '))
			this.#ends.push(this.room.on(name, act));
	}

	/** The same of anything in the document. */
	listen(target, name, act) {
		target.addEventListener(name, act);
		this.#ends.push(() => target.removeEventListener(name, act));
	}

	/** Paints now, when the language changes, and after these events of the room. */
	paintAfter(names, paint) {
		this.hear(names, paint);
		this.listen(document, 'languagechange', paint);
		paint();
	}

	/** Calls `act` when the part closes. */
	atEnd(act) {
		this.#ends.push(act);
	}

	every(ms, act) {
		const timer = setInterval(act, ms);

		this.#ends.push(() => clearInterval(timer));
	}

	close() {
		for (const end of this.#ends.splice(0))
			end();
	}
}
