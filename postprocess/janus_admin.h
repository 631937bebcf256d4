/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests to the plugin in this host's Janus, through its Admin API over loopback HTTP. Any thread; each blocks until answered or timed out.
 */
#pragma once
#include <jansson.h>
#include <stddef.h>

enum { JANUS_ADMIN_MS = 10000 };           /* the plugin answers within 8 s */

struct janus_admin;
/** url: of the Admin API, its host a loopback address, since the secret travels in clear. secret_file: its first line is Janus' admin_secret; it is read
 *  now and kept, never logged. On failure negative errno and a sentence in why. */
int janus_admin_create(struct janus_admin **out, const char *url, const char *secret_file, char *why, size_t why_size);
void janus_admin_unref(struct janus_admin **a);
/** Asks the plugin. 0: *answer (the caller decrefs) is what the plugin said, which may be an error of its own ("error_code"). -ECONNREFUSED: Janus does
 *  not answer, nothing was done; -EACCES: the secret is wrong; -ENODEV: Janus has no such plugin; -ETIMEDOUT; -EBADMSG. */
int janus_admin_ask(struct janus_admin *a, json_t *request, json_t **answer, int timeout_ms);
