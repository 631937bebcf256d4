/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists of participant ids. Used by the catalog (which outputs hold somebody), the model's selection and the commands; any thread.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/ids.h"
#include "common/people.h"

/* The next id of the list into id[], cut to its size; false at the end. */
static bool next_id(const char **list, char *id, size_t size)
{
	const char *at = *list;
	size_t len;

	at += strspn(at, ", \t");
	len = strcspn(at, ", \t");
	if (!len)
		return false;
	g_strlcpy(id, at, MIN(size, len + 1));
	*list = at + len;
	return true;
}

bool people_has(const char *list, const char *id)
{
	char one[PARTICIPANT_SIZE + 1];

	while (list && next_id(&list, one, sizeof(one)))
		if (!strcmp(one, id))
			return true;
	return false;
}

bool people_left_out(const char *only, const char *without, const char *id)
{
	return (only && *only && !people_has(only, id)) || people_has(without, id);
}

/* A list as JSON has it, as text; g_free() */
static char *join(json_t *list)
{
	GString *text = g_string_new(json_string_value(list));
	json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
		g_string_append_printf(text, "%s%s", i ? "," : "", json_is_string(v) ? json_string_value(v) : "-");
	return g_string_free(text, FALSE);
}

bool people_left_out_of(json_t *spec, const char *id)
{
	g_autofree char *only = join(json_object_get(spec, "only")), *without = join(json_object_get(spec, "without"));

	return people_left_out(only, without, id);
}

bool people_stranger(const char *list, json_t *people, char *bad, size_t bad_size)
{
	char id[PARTICIPANT_SIZE + 1];
	bool known = true;
	json_t *p;
	size_t i;

	while (known && list && next_id(&list, id, sizeof(id))) {
		known = false;
		json_array_foreach(people, i, p)
			known = known || !g_strcmp0(json_string_value(json_object_get(p, "id")), id);
	}
	if (!known)
		g_strlcpy(bad, id, bad_size);
	return !known;
}

int people_check(const char *list, char *bad, size_t bad_size)
{
	char one[PARTICIPANT_SIZE + 1];

	while (list && next_id(&list, one, sizeof(one))) {
		if (participant_id_valid(one))
			continue;
		g_strlcpy(bad, one, bad_size);
		return -EINVAL;
	}
	return 0;
}
