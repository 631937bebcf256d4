/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Session descriptions of a browser as a plugin sees them, that is, after Janus took the transport out.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct peer_line {
	char mid[8];
	bool audio, sending;
};

/** A publisher's offer. g_free(). */
char *peer_sdp_offer(const struct peer_line *lines, size_t n, unsigned version);
/** A subscriber's answer to an offer: takes all that is sent. NULL when the offer is not one. g_free(). */
char *peer_sdp_answer(const char *offer);
/** Of m-line i of a description: its payload type, or -1 when there is none or it is refused; *direction (may be NULL) points to a static word. */
int peer_sdp_line(const char *sdp, unsigned i, const char **direction);
unsigned peer_sdp_lines(const char *sdp);
