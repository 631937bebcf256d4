/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * As much of JSON Schema (draft 2020-12) as our schemas use: quick enough to be asked of every document a test makes. Debian's python3-jsonschema judges some of them, too.
 */
#pragma once
#include <jansson.h>

/** What is wrong with doc, its first fault as "$.call.title: no string"; NULL when nothing is. g_free(). Members the schema does not know are a mistake of ours, though not
 *  for readers. A word of JSON Schema that is not known here is a fault. */
char *schema_fault(json_t *schema, json_t *doc);
/** The same of DIR/metadata.json and docs/schemas/metadata.schema.json below srcdir. */
char *schema_metadata_fault(const char *srcdir, const char *dir);
