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
     * Of an answer of the plugin.
     * @param {Record<string, any>} data
     */
    static ofAnswer(data: Record<string, any>): RecroomError;
    /**
     * Of an error of Janus itself: {code, reason}.
     * @param {{code: number, reason: string}} error
     */
    static ofJanus(error: {
        code: number;
        reason: string;
    }): RecroomError;
    /**
     * Of a problem document (RFC 9457), or whatever came instead of one.
     * @param {number} status
     * @param {Record<string, any>} document
     * @param {number} [retryAfterMs]
     */
    static ofProblem(status: number, document: Record<string, any>, retryAfterMs?: number): RecroomError;
    /**
     * Anything thrown, as one of us.
     * @param {unknown} error
     * @returns {RecroomError}
     */
    static from(error: unknown): RecroomError;
    /**
     * @param {string} code
     * @param {string} message a sentence, fit to be shown
     * @param {ErrorDetails} [details]
     */
    constructor(code: string, message: string, details?: ErrorDetails);
    code: string;
    number: number;
    status: number;
    /** @type {number | null} Milliseconds, or null. */
    retryAfterMs: number | null;
    requestId: string;
    address: string;
    cause: unknown;
}
export type ErrorDetails = {
    /**
     * `error_code` of the Janus API
     */
    number?: number | undefined;
    /**
     * HTTP status of REST
     */
    status?: number | undefined;
    /**
     * when it makes sense to try again
     */
    retryAfterMs?: number | undefined;
    /**
     * names the request in the server's log
     */
    requestId?: string | undefined;
    /**
     * where the room's call is (`room_elsewhere`)
     */
    address?: string | undefined;
    cause?: unknown;
};
