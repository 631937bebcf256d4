/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of figures, and its text. A new figure is a row here, a member of enum metric at the same place, a call where it happens, and a panel in
 * conf/grafana.json if somebody should look at it.
 *
 *   metric_add() on any thread ─▶ cells (atomics) ◀─ metrics_write(): the plugin's answer to the request "metrics", GET /metrics
 */
#include "config.h"
#include <stdatomic.h>
#include <string.h>
#include "common/metrics.h"

enum metric_type { COUNTER, GAUGE, HISTOGRAM };
enum { CELLS = 2048 };
#define US 1e-6

static const char *const kinds[] = { "audio", "video", NULL };
static const char *const stages[] = { "starting", "recording", "paused", "other", NULL };
static const char *const reasons[] = { "lost", "late", "no_keyframe", "muted", "paused", "disk", "decode", "erased", "missing", "declined", "left_out", "other", NULL };
static const char *const refusals[] = { "request", "permission", "secret", "limit", "state", "server", NULL };
static const char *const statuses[] = { "starting", "recording", "paused", "processing", "uploading", "completed", "failed", "deleting", "other", NULL };
static const char *const states[] = { "queued", "running", "retrying", "failed", "other", NULL };
static const char *const jobs[] = { "compose", "delete", "erase", "close", "upload", "other", NULL };
static const char *const uploads[] = { "done", "failed", "stopped", "other", NULL };
static const char *const ends[] = { "done", "retrying", "failed", "cancelled", "given_back", "lost", "other", NULL };
static const char *const deliveries[] = { "delivered", "refused", "unreachable", "gone", "other", NULL };
static const char *const waiting[] = { "due", "failed", "other", NULL };
static const char *const classes[] = { "2xx", "3xx", "4xx", "5xx", "other", NULL };
static const char *const answers[] = { "2xx", "3xx", "4xx", "5xx", "none", "other", NULL };
static const char *const plain[] = { "", NULL };
/* Bounds of histograms [µs] */
static const int64_t quick[] = { 1000, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000, 0 };
static const int64_t slow[] = { 500000, 1000000, 2000000, 5000000, 10000000, 30000000, 60000000, 300000000, 1800000000, 7200000000, 0 };

static const struct metric_row {
	const char *name, *help;
	enum metric_side side;
	enum metric_type type;
	double scale;                /* of what is counted, to what is shown */
	const char *label;           /* NULL: none */
	const char *const *values;
	const int64_t *bounds;       /* of a histogram, ended by 0 */
} rows[METRICS_] = {
#define PLUGIN METRIC_OF_PLUGIN
#define SERVICE METRIC_OF_SERVICE
	[METRIC_PLUGIN_INFO] = { "recroom_plugin_info", "The plugin's version.", PLUGIN, GAUGE, 1, "version", (const char *const[]){ PACKAGE_VERSION, NULL }, NULL },
	[METRIC_ROOMS] = { "recroom_rooms", "Rooms there are.", PLUGIN, GAUGE, 1, NULL, plain, NULL },
	[METRIC_PARTICIPANTS] = { "recroom_participants", "People in rooms.", PLUGIN, GAUGE, 1, NULL, plain, NULL },
	[METRIC_RECORDINGS] = { "recroom_recordings", "Recordings being captured.", PLUGIN, GAUGE, 1, "status", stages, NULL },
	[METRIC_RECORDED_TRACKS] = { "recroom_recorded_tracks", "Tracks being recorded.", PLUGIN, GAUGE, 1, NULL, plain, NULL },
	[METRIC_PACKETS_RECEIVED] = { "recroom_packets_received_total", "RTP packets received from publishers.", PLUGIN, COUNTER, 1, "kind", kinds, NULL },
	[METRIC_PACKETS_LOST] = { "recroom_packets_lost_total", "RTP packets that publishers sent and that did not come.", PLUGIN, COUNTER, 1, "kind", kinds, NULL },
	[METRIC_FRAMES] = { "recroom_frames_recorded_total", "Frames written to chunks.", PLUGIN, COUNTER, 1, "kind", kinds, NULL },
	[METRIC_RECORDED_PACKETS_LOST] = { "recroom_recorded_packets_lost_total", "RTP packets missing in what was written to chunks.", PLUGIN, COUNTER, 1, "kind", kinds, NULL },
	[METRIC_GAPS] = { "recroom_gaps_total", "Gaps written to timelines.", PLUGIN, COUNTER, 1, "reason", reasons, NULL },
	[METRIC_GAP_TIME] = { "recroom_gap_seconds_total", "Recording time of gaps.", PLUGIN, COUNTER, US, "reason", reasons, NULL },
	[METRIC_CHUNKS] = { "recroom_chunks_written_total", "Chunk files written.", PLUGIN, COUNTER, 1, NULL, plain, NULL },
	[METRIC_CHUNK_BYTES] = { "recroom_chunks_written_bytes_total", "Bytes of chunk files written.", PLUGIN, COUNTER, 1, NULL, plain, NULL },
	[METRIC_QUEUE_BYTES] = { "recroom_disk_queue_bytes", "Bytes of chunks that wait for the disk.", PLUGIN, GAUGE, 1, NULL, plain, NULL },
	[METRIC_SEAL_LAG] = { "recroom_seal_lag_seconds", "How long after its end a second of a recording was sealed.", PLUGIN, HISTOGRAM, US, NULL, plain, quick },
	[METRIC_DISK_ERRORS] = { "recroom_disk_errors_total", "Writes to the recordings directory that failed.", PLUGIN, COUNTER, 1, NULL, plain, NULL },
	[METRIC_LEDGER_WAITING] = { "recroom_catalog_entries_waiting", "Entries of the plugin that wait for the catalog.", PLUGIN, GAUGE, 1, NULL, plain, NULL },
	[METRIC_LEDGER_BEHIND] = { "recroom_catalog_behind", "1 while the catalog does not take the plugin's entries.", PLUGIN, GAUGE, 1, NULL, plain, NULL },
	[METRIC_REFUSED] = { "recroom_requests_refused_total", "Requests of clients that were refused.", PLUGIN, COUNTER, 1, "reason", refusals, NULL },

	[METRIC_BUILD_INFO] = { "recroom_build_info", "The service's version.", SERVICE, GAUGE, 1, "version", (const char *const[]){ PACKAGE_VERSION, NULL }, NULL },
	[METRIC_PLUGIN_UP] = { "recroom_plugin_up", "1 if the plugin of this host answers.", SERVICE, GAUGE, 1, NULL, plain, NULL },
	[METRIC_CATALOG_UP] = { "recroom_catalog_up", "1 if the catalog answers.", SERVICE, GAUGE, 1, NULL, plain, NULL },
	[METRIC_RECORDINGS_STORED] = { "recroom_recordings_stored", "Recordings in the catalog.", SERVICE, GAUGE, 1, "status", statuses, NULL },
	[METRIC_OUTPUT_BYTES] = { "recroom_outputs_stored_bytes", "Bytes of finished outputs in the catalog.", SERVICE, GAUGE, 1, NULL, plain, NULL },
	[METRIC_JOBS] = { "recroom_jobs", "Jobs in the catalog that are not done; failed ones are dead letters.", SERVICE, GAUGE, 1, "state", states, NULL },
	[METRIC_JOB_TIME] = { "recroom_job_duration_seconds", "How long attempts at jobs took here.", SERVICE, HISTOGRAM, US, "kind", jobs, slow },
	[METRIC_COMPOSE_LAG] = { "recroom_compose_lag_seconds", "How far the mix that is furthest behind its call is behind it.", SERVICE, GAUGE, US, NULL, plain, NULL },
	[METRIC_JOB_ENDS] = { "recroom_job_attempts_total", "Attempts at jobs here, by their end.", SERVICE, COUNTER, 1, "end", ends, NULL },
	[METRIC_WORKERS] = { "recroom_workers", "Workers whose heartbeat is fresh.", SERVICE, GAUGE, 1, NULL, plain, NULL },
	[METRIC_WEBHOOKS] = { "recroom_webhooks", "Webhooks that are due, or were given up.", SERVICE, GAUGE, 1, "state", waiting, NULL },
	[METRIC_WEBHOOK_ATTEMPTS] = { "recroom_webhook_attempts_total", "Attempts at webhooks here.", SERVICE, COUNTER, 1, "end", deliveries, NULL },
	[METRIC_WEBHOOK_OVERDUE] = { "recroom_webhook_overdue_seconds", "For how long the oldest webhook that is due has been due.", SERVICE, GAUGE, US, NULL, plain, NULL },
	[METRIC_ACCESS_DROPPED] = { "recroom_access_log_dropped_total", "Accesses to recordings that are not in the access log, since too many waited for the catalog.", SERVICE, COUNTER, 1, NULL, plain, NULL },
	[METRIC_BACKUP_LAG] = { "recroom_backup_lag_seconds", "For how long there has been something of a recording here that is not in a store it shall be in.", SERVICE, GAUGE, US, NULL, plain, NULL },
	[METRIC_HTTP_REQUESTS] = { "recroom_http_requests_total", "HTTP requests answered.", SERVICE, COUNTER, 1, "status", classes, NULL },
	[METRIC_HTTP_TIME] = { "recroom_http_request_duration_seconds", "Time to the answer's first byte.", SERVICE, HISTOGRAM, US, NULL, plain, quick },
	[METRIC_STORE_REQUESTS] = { "recroom_store_requests_total", "Requests to stores over HTTP from here, by their answer.", SERVICE, COUNTER, 1, "answer", answers, NULL },
	[METRIC_UPLOADS] = { "recroom_uploads_total", "Attempts to upload outputs here, by their end.", SERVICE, COUNTER, 1, "result", uploads, NULL },
	[METRIC_UPLOAD_BYTES] = { "recroom_upload_bytes_total", "Bytes of outputs sent to stores.", SERVICE, COUNTER, 1, NULL, plain, NULL },
	[METRIC_CPU] = { "process_cpu_seconds_total", "CPU time of this process.", SERVICE, COUNTER, US, NULL, plain, NULL },
	[METRIC_RESIDENT] = { "process_resident_memory_bytes", "Resident memory of this process.", SERVICE, GAUGE, 1, NULL, plain, NULL },
	[METRIC_FDS] = { "process_open_fds", "Open file descriptors of this process.", SERVICE, GAUGE, 1, NULL, plain, NULL },
	[METRIC_STARTED] = { "process_start_time_seconds", "When this process started, since 1970.", SERVICE, GAUGE, US, NULL, plain, NULL },
};

static _Atomic int64_t cells[CELLS];

static size_t count(const struct metric_row *r)
{
	size_t n = 0;

	while (r->values[n])
		n++;
	return n;
}

/* A histogram has a cell for each bound, one for what lies above, and one for the sum. */
static size_t width(const struct metric_row *r)
{
	size_t n = 1;

	while (r->bounds && r->bounds[n - 1])
		n++;
	return r->bounds ? n + 1 : 1;
}

static _Atomic int64_t *cell(enum metric m, size_t label)
{
	size_t at = 0;

	for (enum metric i = 0; i < m; i++)
		at += count(&rows[i]) * width(&rows[i]);
	return &cells[at + MIN(label, count(&rows[m]) - 1) * width(&rows[m])];
}

void metric_add(enum metric m, size_t label, int64_t n)
{
	atomic_fetch_add_explicit(cell(m, label), n, memory_order_relaxed);
}

void metric_set(enum metric m, size_t label, int64_t n)
{
	atomic_store_explicit(cell(m, label), n, memory_order_relaxed);
}

int64_t metric_get(enum metric m, size_t label)
{
	return atomic_load_explicit(cell(m, label), memory_order_relaxed);
}

void metric_observe(enum metric m, size_t label, int64_t us)
{
	const struct metric_row *r = &rows[m];
	_Atomic int64_t *c = cell(m, label);
	size_t i = 0;

	while (r->bounds[i] && us > r->bounds[i])
		i++;
	atomic_fetch_add_explicit(&c[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c[width(r) - 1], us, memory_order_relaxed);
}

size_t metric_label(enum metric m, const char *value)
{
	const char *const *values = rows[m].values;
	size_t i = 0;

	while (values[i + 1] && (!value || strcmp(values[i], value)))
		i++;
	return i;
}

const char *metric_name(enum metric m)
{
	return rows[m].name;
}

/* A number as C writes it, whatever the locale. */
static void put_number(GString *out, double v)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	g_string_append(out, g_ascii_formatd(text, sizeof(text), "%.15g", v));
	g_string_append_c(out, '\n');
}

static void put_sample(GString *out, const struct metric_row *r, const char *suffix, size_t label, const char *le, double v)
{
	const char *comma = r->label && le ? "," : "";

	g_string_append_printf(out, "%s%s", r->name, suffix);
	if (r->label || le)
		g_string_append_c(out, '{');
	if (r->label)
		g_string_append_printf(out, "%s=\"%s\"", r->label, r->values[label]);
	if (le)
		g_string_append_printf(out, "%sle=\"%s\"", comma, le);
	if (r->label || le)
		g_string_append_c(out, '}');
	g_string_append_c(out, ' ');
	put_number(out, v);
}

static void put_histogram(GString *out, enum metric m, size_t label)
{
	const struct metric_row *r = &rows[m];
	_Atomic int64_t *c = cell(m, label);
	int64_t sum = 0;
	char le[G_ASCII_DTOSTR_BUF_SIZE];

	for (size_t i = 0; i < width(r) - 1; i++) {
		sum += atomic_load_explicit(&c[i], memory_order_relaxed);
		put_sample(out, r, "_bucket", label, r->bounds[i] ? g_ascii_formatd(le, sizeof(le), "%.15g", (double)r->bounds[i] * r->scale) : "+Inf",
			   (double)sum);
	}
	put_sample(out, r, "_sum", label, NULL, (double)atomic_load_explicit(&c[width(r) - 1], memory_order_relaxed) * r->scale);
	put_sample(out, r, "_count", label, NULL, (double)sum);
}

void metrics_write(GString *out, enum metric_side side)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };

	for (enum metric m = 0; m < METRICS_; m++) {
		const struct metric_row *r = &rows[m];

		if (r->side != side)
			continue;
		g_string_append_printf(out, "# HELP %s %s\n# TYPE %s %s\n", r->name, r->help, r->name, types[r->type]);
		for (size_t i = 0; i < count(r); i++) {
			if (r->type == HISTOGRAM)
				put_histogram(out, m, i);
			else
				put_sample(out, r, "", i, NULL, (double)metric_get(m, i) * r->scale);
		}
	}
}
