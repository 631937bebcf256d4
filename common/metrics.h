/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Figures for Prometheus: one table of what there is, counted with atomics from any thread, written as its text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Each program has figures of its own; `recroom-pp serve` shows both programs'.
 *
 * Names end in their base unit (seconds, bytes) and, of counters, in _total; labels have values from lists that are closed, never the name of a room, a
 * person or a recording. Durations are counted in microseconds and shown in seconds.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum metric {
	/* the plugin's */
	METRIC_PLUGIN_INFO, METRIC_ROOMS, METRIC_PARTICIPANTS, METRIC_RECORDINGS, METRIC_RECORDED_TRACKS, METRIC_PACKETS_RECEIVED, METRIC_PACKETS_LOST,
	METRIC_FRAMES, METRIC_RECORDED_PACKETS_LOST, METRIC_GAPS, METRIC_GAP_TIME, METRIC_CHUNKS, METRIC_CHUNK_BYTES, METRIC_QUEUE_BYTES, METRIC_SEAL_LAG, METRIC_DISK_ERRORS,
	METRIC_LEDGER_WAITING, METRIC_LEDGER_BEHIND, METRIC_REFUSED,
	/* the service's */
	METRIC_BUILD_INFO, METRIC_PLUGIN_UP, METRIC_CATALOG_UP, METRIC_RECORDINGS_STORED, METRIC_OUTPUT_BYTES, METRIC_JOBS, METRIC_JOB_TIME, METRIC_COMPOSE_LAG,
	METRIC_JOB_ENDS, METRIC_WORKERS, METRIC_WEBHOOKS, METRIC_WEBHOOK_ATTEMPTS, METRIC_WEBHOOK_OVERDUE, METRIC_ACCESS_DROPPED, METRIC_BACKUP_LAG, METRIC_HTTP_REQUESTS, METRIC_HTTP_TIME,
	METRIC_UPLOADS, METRIC_UPLOAD_BYTES, METRIC_STORE_REQUESTS,
	METRIC_CPU, METRIC_RESIDENT, METRIC_FDS, METRIC_STARTED,
	METRICS_
};
enum metric_side { METRIC_OF_PLUGIN = 1, METRIC_OF_SERVICE = 2 };

/** Adds to a counter, or to a gauge; `label` is the index of the label's value, 0 where there is no label. Any thread, no lock, no allocation. */
void metric_add(enum metric m, size_t label, int64_t n);
/** Sets a gauge (or a counter that somebody else counts). */
void metric_set(enum metric m, size_t label, int64_t n);
int64_t metric_get(enum metric m, size_t label);
/** A histogram's observation, in microseconds. */
void metric_observe(enum metric m, size_t label, int64_t us);
/** Index of a label's value; of the last one, which is "other" where the list is open at its end, when it is none of them. */
size_t metric_label(enum metric m, const char *value);
/** Name of a metric, as Prometheus sees it. */
const char *metric_name(enum metric m);
/** The text of all metrics of that side. */
void metrics_write(GString *out, enum metric_side side);
