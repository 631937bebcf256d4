/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Janus' API over HTTP: one session with many handles. Main thread only; a thread of its own takes events, which keeps the session alive. Failures are told on stderr and end the program: a benchmark half set up
 * measures nothing.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct api;

/** `url` is Janus' base address, http://127.0.0.1:8088/janus. */
struct api *api_open(const char *url);
/** Destroys the session: Janus ends all its connections. */
void api_close(struct api **a);
uint64_t api_attach(struct api *a, const char *plugin);
/** Sends a request (takes body and jsep) and waits for its answer, the plugin's data; *sdp (may be NULL) is what came with it, g_free(). An answer
 *  with an error in it ends the program. Caller decrefs. */
json_t *api_ask(struct api *a, uint64_t handle, json_t *body, json_t *jsep, char **sdp);
/** Waits for plugin data in which `key` is the string `value`, sent to any handle. False after timeout_ms. */
bool api_await(struct api *a, const char *key, const char *value, int timeout_ms);
/** {"type", "sdp"}, takes neither. */
json_t *api_jsep(const char *type, const char *sdp);
