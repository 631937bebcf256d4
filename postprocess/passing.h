/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects of a store passed on to HTTP clients while they are fetched: what is sealed, so that only we can open it, or lies where no address leads. Few at a
 * time, each with bounded memory; no thread of libmicrohttpd waits for a store, and no connection to a store for a slow client.
 *
 *   store ─▶ sealed_read(), a window at a time ─▶ [ring, PASSING_RING] ─▶ content reader ─▶ client
 *            a thread of our crew                  full: waits              empty: the connection is suspended
 */
#pragma once
#include <microhttpd.h>
#include <stdint.h>
#include "postprocess/sealed.h"

enum { PASSING_AT_ONCE = 16, PASSING_WINDOW = 2 << 20, PASSING_RING = 2 * PASSING_WINDOW };

struct passing;

/** 0 or negative errno. Before the HTTP server. */
int passing_create(struct passing **out);
/** Ends all of them; before the HTTP server is ended, which no connection may sleep through. Those that come later are refused. */
void passing_stop(struct passing *p);
/** After the HTTP server. Clears *p; NULL is all right. */
void passing_unref(struct passing **p);

/** A response of plain bytes pos … pos+len-1 of the object, which is taken, whatever happens. Nothing is fetched before the first byte is wanted. A store that
 *  fails then ends the connection early. NULL: out of memory. */
struct MHD_Response *passing_response(struct passing *p, struct MHD_Connection *c, struct sealed *object, int64_t pos, int64_t len);
