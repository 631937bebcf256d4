/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One table of application errors, shared by the Janus API (error_code, code, error) and REST (status, code, title).
 */
#pragma once

enum app_error {
	APP_OK, APP_INVALID_JSON, APP_INVALID_REQUEST, APP_MISSING_ELEMENT, APP_INVALID_ELEMENT, APP_NO_SUCH_ROOM, APP_ROOM_EXISTS, APP_UNAUTHORIZED,
	APP_NOT_HOST, APP_NOT_JOINED, APP_ALREADY_JOINED, APP_NO_SUCH_PARTICIPANT, APP_NO_SUCH_STREAM, APP_ID_TAKEN, APP_INVALID_SDP, APP_WRONG_PIN,
	APP_ROOM_FULL, APP_LIMIT, APP_ALREADY_RECORDING, APP_NOT_RECORDING, APP_NO_SUCH_RECORDING, APP_RECORDING_BUSY, APP_STORAGE, APP_UNAVAILABLE,
	APP_FORBIDDEN, APP_NOT_FOUND, APP_TOKEN_EXPIRED, APP_TOO_LARGE, APP_METHOD, APP_RANGE, APP_E2EE_NOT_SUPPORTED, APP_CODEC_NOT_SUPPORTED, APP_DISK_FULL,
	APP_TOO_MANY_REQUESTS, APP_TOO_MANY_ATTEMPTS, APP_CALL_FULL, APP_ORIGINALS_GONE,
	APP_IDEMPOTENCY_REUSED, APP_IDEMPOTENCY_RUNNING, APP_NO_CALL, APP_WAITING, APP_DENIED, APP_LOCKED,
	APP_NO_HOST, APP_ROOM_ELSEWHERE, APP_QUOTA, APP_DRAINING, APP_STORE_UNAVAILABLE, APP_HELD, APP_SHARE_GONE, APP_INTERNAL, APP_ERRORS_
};

struct app_error_info {
	int number;              /* error_code on the Janus API, from 400 up, never renumbered */
	int status;              /* HTTP */
	const char *code;        /* word, e.g. "not_host" */
	const char *sentence;    /* default text */
};
/** Never NULL; an unknown value gives that of APP_INTERNAL. */
const struct app_error_info *app_error_info(enum app_error e);
/** By its word; APP_INTERNAL for one that is not in the table, or NULL. */
enum app_error app_error_find(const char *code);
