/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The access log of recroom-pp serve: handlers note who did what, a thread writes it to the catalog. No handler waits for it.
 */
#pragma once
#include "common/catalog_access.h"

struct access_conf {
	const char *catalog;       /* URL; the log has a connection of its own; must outlive it */
	int keep_days;             /* rows go after so long; 0: nothing is noted */
	int queue;                 /* most that wait; 0: 4096. What comes when it is full is lost, counted and said in the log */
};
struct access_log;
int access_create(struct access_log **out, const struct access_conf *conf);
/** Copies everything. Any thread, does not wait. NULL is no log. What is looked at in parts (a file in ranges, a page that is loaded again) counts once: the same
 *  action on the same item by the same actor and address is not noted again until it was left alone for half an hour. Changes count each time. */
void access_note(struct access_log *l, const struct catalog_access *a);
void access_keep(struct access_log *l, int days);
/** Writes what waits, for two seconds at most, and ends. */
void access_unref(struct access_log **l);
