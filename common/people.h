/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists of participant ids as outputs name them: "user1,user3". Pure.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** Is the id in the list? Blanks around ids do not count. NULL is the empty list. */
bool people_has(const char *list, const char *id);
/** Is somebody left out of an output that shows `only` these (empty or NULL: all) and is made `without` those? */
bool people_left_out(const char *only, const char *without, const char *id);
/** The same for the `only` and `without` of a spec in JSON, text or arrays. */
bool people_left_out_of(json_t *spec, const char *id);
/** The first id of the list that none of `people` ([{"id":…}]) has, into bad[]; false if all are known. */
bool people_stranger(const char *list, json_t *people, char *bad, size_t bad_size);
/** Ids separated by commas, or nothing: 0, else -EINVAL and the wrong one in bad[]. */
int people_check(const char *list, char *bad, size_t bad_size);
