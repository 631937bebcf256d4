// SPDX-License-Identifier: MIT
// The one class of error that this package throws. Decide by `code`: the words of the server's table (docs/api.md), and these of our own:
//
//   unreachable        the server cannot be reached            timeout            it did not answer in time
//   connection_lost    the connection broke meanwhile; whether the request was carried out is not known: ask
//   closed             the room was left, or has ended         not_joined         join first
//   denied kicked callended destroyed                          why a room ended, or was not entered
//   permission_denied no_device device_busy no_media           camera, microphone, screen
//   cancelled          the user thought better of it           janus              Janus itself refused; `number` says why

/**
 * @typedef {object} ErrorDetails
 * @property {number} [number] `error_code` of the Janus API
 * @property {number} [status] HTTP status of REST
 * @property {number} [retryAfterMs] when it makes sense to try again
 * @property {string} [requestId] names the request in the server's log
 * @property {string} [address] where the room's call is (`room_elsewhere`)
 * @property {unknown} [cause]
 */

export class RecroomError extends Error {
	/**
	 * @param {string} code
	 * @param {string} message a sentence, fit to be shown
	 * @param {ErrorDetails} [details]
	 */
	constructor(code, message, details = {}) {
		super(message);
		this.name = 'RecroomError';
		this.code = code;
		this.number = details.number ?? 0;
		this.status = details.status ?? 0;
		/** @type {number | null} Milliseconds, or null. */
		this.retryAfterMs = details.retryAfterMs ?? null;
		this.requestId = details.requestId ?? '';
		this.address = details.address ?? '';
		this.cause = details.cause;
	}

	/**
	 * Of an answer of the plugin.
	 * @param {Record<string, any>} data
	 */
	static ofAnswer(data) {
		return new RecroomError(data.code ?? 'internal', data.error ?? 'The server refused.',
			{ number: data.error_code, retryAfterMs: data.retryAfterMs, address: data.address });
	}

	/**
	 * Of an error of Janus itself: {code, reason}.
	 * @param {{code: number, reason: string}} error
	 */
	static ofJanus(error) {
		return new RecroomError('janus', error.reason || 'Janus refused.', { number: error.code });
	}

	/**
	 * Of a problem document (RFC 9457), or whatever came instead of one.
	 * @param {number} status
	 * @param {Record<string, any>} document
	 * @param {number} [retryAfterMs]
	 */
	static ofProblem(status, document, retryAfterMs) {
		return new RecroomError(document.code ?? (status >= 500 ? 'unavailable' : 'invalid_request'),
			document.detail || document.title || `The server answered with status ${status}.`,
			{ status, retryAfterMs, requestId: document.requestId });
	}

	/**
	 * Anything thrown, as one of us.
	 * @param {unknown} error
	 * @returns {RecroomError}
	 */
	static from(error) {
		if (error instanceof RecroomError)
			return error;
		return new RecroomError('internal', error instanceof Error ? error.message : String(error), { cause: error });
	}
}
