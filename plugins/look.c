/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Looks of the picture: checked for the plugin, which puts them into the timeline.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/layouts.h"
#include "plugins/look.h"

static int check_regions(json_t *o, char *why, size_t why_size)
{
	json_t *array = json_object_get(o, "regions");
	bool custom = !strcmp(json_str(o, "layout"), "custom");
	struct region regions[REGIONS_MAX];
	size_t n;

	if (custom != (array != NULL)) {
		snprintf(why, why_size, custom ? "The layout custom needs regions." : "Regions belong to the layout custom only.");
		return -EINVAL;
	}
	return array ? regions_read(array, regions, &n, why, why_size) : 0;
}

int look_check(json_t *o, char *why, size_t why_size)
{
	const char *name = json_str(o, "layout"), *focus = json_str(o, "focus");

	if (!name || !layout_known(name)) {
		snprintf(why, why_size, "The layout must be one of %s.", LAYOUT_NAMES);
		return -EINVAL;
	}
	if (json_object_get(o, "focus") && !json_is_null(json_object_get(o, "focus")) && (!focus || !participant_id_valid(focus))) {
		snprintf(why, why_size, "focus is the id of a participant, like user1.");
		return -EINVAL;
	}
	return check_regions(o, why, why_size);
}

json_t *look_of(json_t *o)
{
	static const char *const members[] = { "layout", "focus", "regions" };
	json_t *look = json_object();

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *v = json_object_get(o, members[i]);

		if (v && !json_is_null(v))
			json_object_set_new(look, members[i], json_deep_copy(v));
	}
	return look;
}
