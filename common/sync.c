/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Threads of our own. Called by whoever needs one; the new thread takes no signals, those belong to the host process.
 */
#include <glib.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include "common/sync.h"

enum { THREAD_NAME_SIZE = 16, LOWEST = 19 };   /* what Linux keeps, with the NUL */

struct start {
	char name[THREAD_NAME_SIZE];
	void *(*run)(void *);
	void *arg;
};

static void *thread_main(void *p)
{
	struct start s = *(struct start *)p;

	g_free(p);
	pthread_setname_np(pthread_self(), s.name);
	return s.run(s.arg);
}

void thread_lower(void)
{
	struct sched_param none = { 0 };

	/* Both are hints. On Linux 0 is the calling thread, whatever POSIX says of processes. */
	(void)sched_setscheduler(0, SCHED_BATCH, &none);
	(void)setpriority(PRIO_PROCESS, 0, LOWEST);
}

int thread_start(pthread_t *out, const char *name, void *(*run)(void *), void *arg)
{
	struct start *s = g_new0(struct start, 1);
	sigset_t all, old;
	int err;

	g_strlcpy(s->name, name, sizeof(s->name));
	s->run = run;
	s->arg = arg;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(out, NULL, thread_main, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		g_free(s);
	return -err;
}
