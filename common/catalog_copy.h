/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole catalog as lines, out of one engine and into the same or the other: backups and moves (`recroom-pp catalog`). The form is
 * docs/operations.md, "Catalog on PostgreSQL":
 *
 *	{"catalog":"janus-recroom","format":1,"schema":4,"at_ms":…}
 *	{"table":"hosts","columns":["id",…]}   then its rows, arrays: [text, number or null, …]
 *	{"numbers":{"jobs":17,…}}              what AUTOINCREMENT or the identity goes on from
 *	{"end":true,"rows":1234}
 */
#pragma once
#include "common/catalog.h"

#define CATALOG_COPY_NAME "janus-recroom"
enum { CATALOG_COPY_FORMAT = 1 };

/** Takes one line (borrowed); 0 or negative errno, which ends the dump. */
typedef int (catalog_line_h)(json_t *line, void *arg);

/** All tables as they are at one moment. `hold`: nobody else writes meanwhile (a move), else they may and it does not show (a backup). *rows: how many. */
int catalog_dump(struct catalog *c, bool hold, catalog_line_h *line, void *arg, int64_t *rows);
/** Whoever is alive there, hosts and workers: an array of names. */
int catalog_alive(struct catalog *c, json_t **names);

struct catalog_load;
/** An empty catalog, or a database that is none yet: all that is loaded is one transaction. -ENOTEMPTY: there are rows already. */
int catalog_load_begin(struct catalog_load **out, const char *url);
/** The next line. A dump of an older schema goes through the migrations since. -EBADMSG: no line of a dump; -EPROTO: its schema is newer than this program, or
 *  another one than that of the catalog to load it into. */
int catalog_load_line(struct catalog_load *l, json_t *line);
/** err 0 and the last line was the end: commits, else nothing of it is there (-EBADMSG where lines are missing). */
int catalog_load_end(struct catalog_load **l, int err);

/** What is wrong: an array of {what, count, of}, empty when all is sound. *schema: its version. */
int catalog_check(struct catalog *c, json_t **problems, int64_t *schema);
