/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `call.consent` of metadata.json: who was told that the call is recorded, and what they said. Called by metadata_call.c.
 */
#include <string.h>
#include "postprocess/metadata_private.h"

static json_t *person_of(json_t *people, const char *id)
{
	json_t *o;
	size_t i;

	json_array_foreach(people, i, o)
		if (!strcmp(json_string_value(json_object_get(o, "id")), id))
			return o;
	o = json_pack("{s:s,s:n,s:n,s:[]}", "id", id, "state", "told_at", "changes");
	json_array_append_new(people, o);
	return o;
}

json_t *metadata_consent(const struct model *m)
{
	json_t *people = json_array();

	for (size_t i = 0; i < m->nconsents; i++) {
		const struct model_consent *c = &m->consents[i];
		json_t *o = person_of(people, c->participant);

		json_object_set_new(o, "state", metadata_str(c->state));
		if (!strcmp(c->state, "told") && json_is_null(json_object_get(o, "told_at")))
			json_object_set_new(o, "told_at", metadata_time(c->wall_ms));
		json_array_append_new(json_object_get(o, "changes"), json_pack("{s:o,s:o,s:o}", "at_ms", metadata_int(c->at_ms), "at", metadata_time(c->wall_ms),
									       "state", metadata_str(c->state)));
	}
	return json_pack("{s:o,s:o}", "policy", metadata_str(m->consent), "people", people);
}
