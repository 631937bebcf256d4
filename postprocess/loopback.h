/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses of hosts: which never leave the machine. Pure.
 */
#pragma once
#include <stdbool.h>

/** 127.x.x.x, ::1 (also in brackets), localhost. */
bool loopback_host(const char *host);
/** Of "host:port", "[host]:port"; what is neither is listened to by nobody, and true. */
bool loopback_listen(const char *listen);
/** Of what stands in a Host header: "host", "host:port", "[host]:port". */
bool loopback_authority(const char *authority);
