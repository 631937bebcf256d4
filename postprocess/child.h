/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A child process whose standard output we read line by line. It dies with the thread that started it, so that thread must outlive it. One thread.
 */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

struct child;
/** Starts `exe` (NULL: this very program) in a process group of its own, standard input a pipe of ours, standard error shared. argv ends with NULL. */
int child_start(struct child **out, const char *exe, char *const argv[]);
pid_t child_pid(const struct child *c);
/** The line that answers a child's "ready": it may give its files their names. */
#define CHILD_GO "go\n"
/** Writes to its standard input, a few bytes; SIGPIPE must be ignored. 0 or negative errno. */
int child_say(struct child *c, const char *text);
/** Waits at most timeout_ms for a line: 1 and *line (without newline, until the next call), 0 none yet, -EPIPE no more will come. */
int child_line(struct child *c, const char **line, int timeout_ms);
/** Sends a signal to the whole group; nothing if it has ended. */
void child_signal(struct child *c, int sig);
/** Waits for its end, at most grace_ms, then kills it. Returns the status as of waitpid(). */
int child_wait(struct child *c, int grace_ms);
/** Kills it if it lives, reaps it. */
void child_unref(struct child **c);
