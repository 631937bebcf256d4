/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables as the database has them, on either engine: for copying a catalog and for checking one. Called with the catalog's lock held.
 */
#pragma once
#include <glib.h>
#include "common/catalog_db.h"

struct schema_column {
	char *name;
	bool is_int;               /* else text */
	bool required;
};

struct schema_reference {
	char *from, *table, *to;   /* columns "a, b" of ours, the table they refer to, columns there */
};

struct schema_table {
	char *name;
	GArray *columns;           /* struct schema_column */
	GPtrArray *key;            /* names of the primary key's columns (not owned) */
	GArray *references;        /* struct schema_reference */
	char *numbered;            /* the column to which the database gives numbers, or NULL */
};

/** All tables but schema_version, each behind those it refers to. GPtrArray of struct schema_table, g_ptr_array_unref(). */
int schema_read(struct db *db, GPtrArray **out);

/** What is put behind INSERT INTO t (…) so that rows may bring numbers of their own. */
const char *schema_own_numbers(struct db *db);
/** What gives rows of the JSON text ?1, an array of arrays; and the value at a place of such a row, as its column has it; g_free(). */
const char *schema_json_rows(struct db *db);
char *schema_json_value(struct db *db, size_t place, bool is_int);
/** The last number that a table gave, 0: none. */
int schema_number(struct db *db, const struct schema_table *t, int64_t *out);
/** It goes on behind this number. */
int schema_set_number(struct db *db, const struct schema_table *t, int64_t last);
/** While rows are loaded that have been told of already no trigger of ours runs; *kept is what brings them back. */
int schema_triggers_off(struct db *db, const GPtrArray *tables, json_t **kept);
int schema_triggers_on(struct db *db, const GPtrArray *tables, json_t *kept);
/** Nobody else writes to these tables until the transaction ends. */
int schema_hold(struct db *db, const GPtrArray *tables);
/** Rows of the child whose parent is not there. */
int schema_orphans(struct db *db, const struct schema_table *t, const struct schema_reference *r, int64_t *n);
