/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /proc, read by the main thread at the ends of what is measured.
 */
#include "tests/bench/generator/usage.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/sync.h"

/* proc(5): the name in parentheses may hold anything; utime is the 12th word behind it. */
static int read_times(struct usage *u, int pid)
{
	char *path = g_strdup_printf("/proc/%d/stat", pid), *text = NULL, *p;
	unsigned long user, system;
	int err = -ESRCH;

	if (g_file_get_contents(path, &text, NULL, NULL) && (p = strrchr(text, ')')) &&
	    sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2) {
		u->user_us = (int64_t)user * 1000000 / sysconf(_SC_CLK_TCK);
		u->system_us = (int64_t)system * 1000000 / sysconf(_SC_CLK_TCK);
		err = 0;
	}
	g_free(text);
	g_free(path);
	return err;
}

static uint64_t word_after(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	return p ? strtoull(p + strlen(name), NULL, 10) : 0;
}

static void read_switches(struct usage *u, int pid)
{
	char *dir = g_strdup_printf("/proc/%d/task", pid);
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d))) {
		char *path = g_strdup_printf("%s/%s/status", dir, name), *text = NULL;

		if (g_file_get_contents(path, &text, NULL, NULL))
			u->switches += word_after(text, "\nvoluntary_ctxt_switches:") + word_after(text, "\nnonvoluntary_ctxt_switches:");
		g_free(text);
		g_free(path);
	}
	if (d)
		g_dir_close(d);
	g_free(dir);
}

/* Two lines, names and values; RcvbufErrors is the fifth. */
static void read_udp(struct usage *u)
{
	char *text = NULL, *p = NULL;

	if (g_file_get_contents("/proc/self/net/snmp", &text, NULL, NULL) && (p = strstr(text, "\nUdp: ")))
		p = strstr(p + 1, "\nUdp: ");
	if (p)
		sscanf(p, "\nUdp: %*u %*u %*u %*u %" G_GUINT64_FORMAT, &u->udp_overflows);
	g_free(text);
}

int usage_read(struct usage *u, int pid)
{
	*u = (struct usage){ 0 };
	read_switches(u, pid);
	read_udp(u);
	u->at_us = clock_mono_us();
	return read_times(u, pid);
}
