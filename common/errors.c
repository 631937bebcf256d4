/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of application errors. Numbers are part of the Janus API, words of both APIs: never change one, add at the end.
 */
#include <string.h>
#include "common/errors.h"

static const struct app_error_info table[APP_ERRORS_] = {
	[APP_OK] = { 0, 200, "ok", "All right." },
	[APP_INVALID_JSON] = { 400, 400, "invalid_json", "The body is not a JSON object." },
	[APP_INVALID_REQUEST] = { 401, 400, "invalid_request", "There is no such request." },
	[APP_MISSING_ELEMENT] = { 402, 400, "missing_element", "A member is missing." },
	[APP_INVALID_ELEMENT] = { 403, 400, "invalid_element", "A member has a wrong type or value." },
	[APP_NO_SUCH_ROOM] = { 404, 404, "no_such_room", "There is no such room." },
	[APP_ROOM_EXISTS] = { 405, 409, "room_exists", "A room of this name exists already." },
	[APP_UNAUTHORIZED] = { 406, 401, "unauthorized", "The secret or token is missing or wrong." },
	[APP_NOT_HOST] = { 407, 403, "not_host", "Only a host may do this." },
	[APP_NOT_JOINED] = { 408, 403, "not_joined", "Join a room first." },
	[APP_ALREADY_JOINED] = { 409, 409, "already_joined", "This handle has joined already." },
	[APP_NO_SUCH_PARTICIPANT] = { 410, 404, "no_such_participant", "There is no such participant in the room." },
	[APP_NO_SUCH_STREAM] = { 411, 404, "no_such_stream", "There is no such stream." },
	[APP_ID_TAKEN] = { 412, 409, "id_taken", "This participant is in the room; show its resume secret." },
	[APP_INVALID_SDP] = { 413, 400, "invalid_sdp", "The session description cannot be used here." },
	[APP_WRONG_PIN] = { 414, 403, "wrong_pin", "The room's pin is missing or wrong." },
	[APP_ROOM_FULL] = { 415, 409, "room_full", "The room has as many publishers as it may." },
	[APP_LIMIT] = { 416, 429, "limit", "A limit of this server is reached." },
	[APP_ALREADY_RECORDING] = { 417, 409, "already_recording", "A recording of this call is running." },
	[APP_NOT_RECORDING] = { 418, 409, "not_recording", "No recording of this call is running." },
	[APP_NO_SUCH_RECORDING] = { 419, 404, "no_such_recording", "There is no such recording." },
	[APP_RECORDING_BUSY] = { 420, 409, "recording_busy", "The recording's present state does not allow this." },
	[APP_STORAGE] = { 421, 503, "storage", "The recordings directory cannot be written." },
	[APP_UNAVAILABLE] = { 422, 503, "unavailable", "This cannot be answered just now; try again." },
	[APP_FORBIDDEN] = { 423, 403, "forbidden", "This is not allowed to you." },
	[APP_NOT_FOUND] = { 424, 404, "not_found", "There is nothing here." },
	[APP_TOKEN_EXPIRED] = { 425, 401, "token_expired", "The token or signature has expired." },
	[APP_TOO_LARGE] = { 426, 413, "too_large", "The request is too large." },
	[APP_METHOD] = { 427, 405, "method_not_allowed", "This method is not allowed here." },
	[APP_RANGE] = { 428, 416, "range_not_satisfiable", "The range lies outside the file." },
	[APP_E2EE_NOT_SUPPORTED] = { 429, 400, "e2ee_not_supported", "Media encrypted end to end cannot be recorded and is not taken." },
	[APP_CODEC_NOT_SUPPORTED] = { 430, 400, "codec_not_supported", "None of the codecs can be used here." },
	[APP_DISK_FULL] = { 431, 507, "disk_full", "There is too little room on the disk for a recording." },
	[APP_TOO_MANY_REQUESTS] = { 432, 429, "too_many_requests", "Requests come faster than this server takes them." },
	[APP_TOO_MANY_ATTEMPTS] = { 433, 429, "too_many_attempts", "Too many wrong secrets were shown; try again after the time in retryAfterMs." },
	[APP_CALL_FULL] = { 434, 409, "call_full", "The room has as many people as it may." },
	[APP_ORIGINALS_GONE] = { 435, 410, "originals_gone", "The recording's originals are no longer kept, so nothing new can be made of them." },
	[APP_IDEMPOTENCY_REUSED] = { 436, 422, "idempotency_reused", "This Idempotency-Key was sent with another request." },
	[APP_IDEMPOTENCY_RUNNING] = { 437, 409, "idempotency_running", "The request of this Idempotency-Key is still under way." },
	[APP_NO_CALL] = { 438, 409, "no_call", "There is no such call just now." },
	[APP_WAITING] = { 439, 409, "waiting", "A host has yet to let you in." },
	[APP_DENIED] = { 440, 403, "denied", "A host has kept you out of this call." },
	[APP_LOCKED] = { 441, 403, "locked", "The call is locked: nobody new comes in." },
	[APP_NO_HOST] = { 442, 409, "no_host", "No host is here yet." },
	[APP_ROOM_ELSEWHERE] = { 443, 409, "room_elsewhere", "The call of this room is on another server." },
	[APP_QUOTA] = { 444, 409, "quota", "The room's recordings have reached what it may keep." },
	[APP_DRAINING] = { 445, 503, "draining", "This server begins no new recordings, for it is being taken out of service." },
	[APP_STORE_UNAVAILABLE] = { 446, 503, "store_unavailable", "The store that has this does not answer just now; try again." },
	[APP_HELD] = { 447, 409, "held", "The recording is held: nothing of it is removed until it is released." },
	[APP_SHARE_GONE] = { 448, 410, "share_gone", "This link has expired or was taken back." },
	[APP_INTERNAL] = { 499, 500, "internal", "The server failed; its log says why." },
};

const struct app_error_info *app_error_info(enum app_error e)
{
	return (unsigned)e < APP_ERRORS_ && table[e].code ? &table[e] : &table[APP_INTERNAL];
}

enum app_error app_error_find(const char *code)
{
	for (unsigned e = 0; code && e < APP_ERRORS_; e++)
		if (table[e].code && !strcmp(table[e].code, code))
			return (enum app_error)e;
	return APP_INTERNAL;
}
