/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plugin's figures for Prometheus: where they are counted, and what is looked up when somebody asks. Names and labels: common/metrics.c.
 */
#pragma once
#include <jansson.h>
#include <stdint.h>
#include "common/errors.h"

struct stream;

/** Writer thread: a line that goes into a timeline. */
void meter_line(json_t *line);
/** Writer thread: a second that was closed at closed_us is sealed, and on the disk. */
void meter_sealed(int64_t closed_us, int64_t now_us);
/** A request was refused, and why. */
void meter_refused(enum app_error err);
/** The stream's last reference goes: what came of it is counted from now on without it. */
void meter_stream_gone(const struct stream *st);
/** All of the plugin's figures as Prometheus' text. Walks the rooms; task threads, no lock held. g_free(). */
char *meter_text(void);
