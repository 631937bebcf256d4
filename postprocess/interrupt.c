/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The signals of commands that work for a while. Used by cmd_compose, cmd_verify, cmd_repair.
 */
#include "postprocess/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;   /* the signal, 0: none */

static void on_signal(int sig)
{
	interrupted = sig;
}

void interrupt_catch(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND | SA_RESTART };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

int interrupt_signal(void)
{
	return interrupted;
}
