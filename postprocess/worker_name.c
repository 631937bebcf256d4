/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names of workers, and what they tell. Called by the job runner and by the commands that lease.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/worker_name.h"

enum { STAT_MAX = 4096, BOOT_ID_MAX = 64 };

unsigned long long process_start(pid_t pid)
{
	char path[48], *text = NULL, *p;
	unsigned long long start = 0;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fs_read(path, STAT_MAX, &text, &len))
		return 0;
	p = strrchr(text, ')');    /* the name may hold anything; the state follows */
	if (p && (g_str_has_prefix(p, ") Z") || g_str_has_prefix(p, ") X")))
		p = NULL;
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		start = strtoull(p, NULL, 10);
	g_free(text);
	return start;
}

/* This boot of this kernel, and the numbers processes have here: the same for all processes that can see each other. */
static unsigned machine(void)
{
	char *boot = NULL, text[BOOT_ID_MAX + 32];
	struct stat st = { 0 };
	size_t len;

	if (fs_read("/proc/sys/kernel/random/boot_id", BOOT_ID_MAX, &boot, &len))
		boot = g_strdup("");
	stat("/proc/self/ns/pid", &st);
	snprintf(text, sizeof(text), "%s %llu", boot, (unsigned long long)st.st_ino);
	g_free(boot);
	return g_str_hash(text);
}

void worker_name_make(char out[WORKER_NAME_SIZE], const char *host_id)
{
	char random[SECRET_SIZE];

	secret_make(random);
	snprintf(out, WORKER_NAME_SIZE, "%.100s:%d:%llu:%08x:%.8s", host_id, (int)getpid(), process_start(getpid()), machine(), random);
}

bool worker_name_dead(const char *name, const char *host_id)
{
	size_t n = strlen(host_id);
	unsigned long long start;
	unsigned where;
	int pid;

	if (strncmp(name, host_id, n) || name[n] != ':' || sscanf(name + n + 1, "%d:%llu:%8x:", &pid, &start, &where) != 3)
		return false;
	return where == machine() && process_start(pid) != start;
}

int worker_take_back(struct catalog *c, const char *host_id)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_workers_of(c, host_id, &rows), jobs, n = 0;

	json_array_foreach(rows, i, row) {
		const char *name = json_str(row, "id");

		if (!name || !worker_name_dead(name, host_id))
			continue;
		jobs = catalog_worker_gone(c, name);
		if (jobs > 0)
			log_info("worker %s died: %d jobs are taken up again", name, jobs);
		err = MIN(jobs, 0);
		n++;
	}
	json_decref(rows);
	return err < 0 ? err : n;
}
