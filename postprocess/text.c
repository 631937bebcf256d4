/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers and names as text. Called by commands (main thread) and by HTTP handlers (any thread).
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "postprocess/text.h"

const char *text_duration(char out[TEXT_SIZE], int64_t ms)
{
	int64_t s = (ms + 500) / 1000;

	if (s >= 3600)
		snprintf(out, TEXT_SIZE, "%lld:%02d:%02d", (long long)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
	else
		snprintf(out, TEXT_SIZE, "%d:%02d", (int)(s / 60), (int)(s % 60));
	return out;
}

const char *text_bytes(char out[TEXT_SIZE], int64_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double n = (double)bytes;
	size_t u = 0;

	while (n >= 999.95 && u + 1 < G_N_ELEMENTS(units)) {
		n /= 1000;
		u++;
	}
	snprintf(out, TEXT_SIZE, "%.*f %s", u ? 1 : 0, n, units[u]);
	return out;
}

const char *text_time(char out[TEXT_SIZE], int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&t, &tm);
	snprintf(out, TEXT_SIZE, "%04d-%02d-%02d %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
	return out;
}

int64_t text_seconds(const char *text, int64_t max_s)
{
	static const struct { char unit; int s; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end = NULL;
	gint64 n = g_ascii_strtoll(text, &end, 10);

	for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
		if (g_ascii_isdigit(*text) && *end == units[i].unit && !end[1] && n >= 1 && n <= max_s / units[i].s)
			return n * units[i].s;
	return 0;
}

int64_t text_since(const char *text, int64_t now_ms)
{
	static const struct { const char *unit; int64_t ms; } units[] = { { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
	GTimeZone *utc = g_time_zone_new_utc();
	GDateTime *t = g_date_time_new_from_iso8601(text, utc);
	int64_t ms = t ? g_date_time_to_unix(t) * 1000 : -1, n;
	char *end;

	n = g_ascii_strtoll(text, &end, 10);
	for (size_t i = 0; !t && end != text && n > 0 && n < 1000000 && i < G_N_ELEMENTS(units); i++)
		if (!strcmp(end, units[i].unit))
			ms = now_ms - n * units[i].ms;
	if (t)
		g_date_time_unref(t);
	g_time_zone_unref(utc);
	return MAX(ms, -1);
}
