/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Child processes of jobs. Called by job.c on a runner's thread.
 *
 *	fork ─▶ own group, dies with us, signals as at birth, stdin and stdout = pipes ─▶ exec
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/sync.h"
#include "postprocess/child.h"

enum { LINE_SIZE = 65536, WAIT_STEP_MS = 10, EXEC_FAILED = 127 };

struct child {
	pid_t pid;
	int fd, input;             /* its standard output and input */
	bool reaped;
	int status;                /* once reaped */
	size_t used, line_end;     /* bytes in buf; end of the line given out last, NUL included */
	char buf[LINE_SIZE];
};

/* In the child, between fork and exec of a threaded program: async-signal-safe calls only. */
static void __attribute__((noreturn)) become(const char *exe, char *const argv[], pid_t parent, int in, int out)
{
	static const int ignored_or_caught[] = { SIGPIPE, SIGINT, SIGTERM, SIGHUP };
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXEC_FAILED);
	for (size_t i = 0; i < G_N_ELEMENTS(ignored_or_caught); i++)
		signal(ignored_or_caught[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(EXEC_FAILED);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	execv(exe, argv);
	_exit(EXEC_FAILED);
}

static void close_both(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

int child_start(struct child **out, const char *exe, char *const argv[])
{
	pid_t parent = getpid(), pid;
	int fds[2], in[2], err;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	if (pipe2(in, O_CLOEXEC)) {
		err = -errno;
		close_both(fds);
		return err;
	}
	pid = fork();
	if (pid == 0)
		become(exe ? exe : "/proc/self/exe", argv, parent, in[0], fds[1]);
	if (pid < 0) {
		err = -errno;
		close_both(fds);
		close_both(in);
		return err;
	}
	close(fds[1]);
	close(in[0]);
	setpgid(pid, pid);    /* whoever comes first, so that child_signal() never misses the group */
	*out = g_new0(struct child, 1);
	(*out)->pid = pid;
	(*out)->fd = fds[0];
	(*out)->input = in[1];
	return 0;
}

pid_t child_pid(const struct child *c)
{
	return c->pid;
}

/* Reaps it if it has ended. */
static bool try_reap(struct child *c)
{
	if (!c->reaped)
		c->reaped = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	return c->reaped;
}

/* A whole line of the buffer, or NULL. The newline becomes the end of a string. */
static const char *next_line(struct child *c)
{
	char *end;

	memmove(c->buf, c->buf + c->line_end, c->used - c->line_end);
	c->used -= c->line_end;
	c->line_end = 0;
	end = memchr(c->buf, '\n', c->used);
	if (!end)
		return NULL;
	*end = '\0';
	c->line_end = (size_t)(end - c->buf) + 1;
	return c->buf;
}

/* Reads what is there: 1 something, 0 nothing, -EPIPE the end. A line that does not fit is dropped. */
static int read_more(struct child *c)
{
	ssize_t n;

	if (c->used == sizeof(c->buf))
		c->used = 0;
	n = read(c->fd, c->buf + c->used, sizeof(c->buf) - c->used);
	if (n > 0)
		c->used += (size_t)n;
	return n > 0 ? 1 : n < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -EPIPE;
}

int child_line(struct child *c, const char **line, int timeout_ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int r;

	*line = next_line(c);
	if (*line)
		return 1;
	r = poll(&p, 1, timeout_ms);
	if (r < 0)
		return errno == EINTR ? 0 : -EPIPE;
	if (r == 0)
		return try_reap(c) ? -EPIPE : 0;    /* gone, though somebody it started holds the pipe */
	r = read_more(c);
	if (r <= 0)
		return r;
	*line = next_line(c);
	return *line ? 1 : 0;
}

int child_say(struct child *c, const char *text)
{
	size_t len = strlen(text);
	ssize_t n = write(c->input, text, len);    /* far less than a pipe holds: it does not block */

	return n < 0 ? -errno : (size_t)n < len ? -EIO : 0;
}

void child_signal(struct child *c, int sig)
{
	if (!try_reap(c))
		kill(-c->pid, sig);
}

int child_wait(struct child *c, int grace_ms)
{
	int64_t until_us = clock_mono_us() + (int64_t)grace_ms * 1000;

	while (!try_reap(c) && clock_mono_us() < until_us)
		g_usleep(WAIT_STEP_MS * 1000);
	if (!c->reaped) {
		kill(-c->pid, SIGKILL);
		while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
			;
		c->reaped = true;
	}
	return c->status;
}

void child_unref(struct child **cp)
{
	struct child *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	child_wait(c, 0);
	close(c->fd);
	close(c->input);
	g_free(c);
}
