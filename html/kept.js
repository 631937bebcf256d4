// SPDX-License-Identifier: MIT
// What the page keeps in the browser: choices for good, the call for as long as the tab is there. Where that is forbidden nothing is kept, and nothing breaks.

function within(storageOf) {
	return {
		read(name, otherwise = null) {
			try {
				return JSON.parse(storageOf().getItem(`rr-${name}`)) ?? otherwise;
			} catch {
				return otherwise;
			}
		},
		write(name, value) {
			try {
				if (value === null)
					storageOf().removeItem(`rr-${name}`);
				else
					storageOf().setItem(`rr-${name}`, JSON.stringify(value));
			} catch { /* forbidden, or full */ }
		},
	};
}

/** Theme, devices, how people are shown. */
export const choices = within(() => localStorage);
/** Where we are in a call: {room, name, on}; the secret that makes us the same person is kept by the client package. */
export const tab = within(() => sessionStorage);
