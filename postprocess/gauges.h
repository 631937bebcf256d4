/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The service's figures that are not counted but looked up: in the catalog, in the kernel, in this host's Janus.
 */
#pragma once
#include <glib.h>

struct catalog;
struct janus_admin;

/** Looks everything up and writes both programs' figures as Prometheus' text. Blocks on the catalog and, for 2 s at most, on Janus, which may be NULL.
 *  What was looked up less than a second ago is given again. Any thread, one at a time gets further. */
void gauges_write(GString *out, struct catalog *c, struct janus_admin *janus);
