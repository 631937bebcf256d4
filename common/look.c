/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Looks of the picture. Called by the plugin for what hosts ask, by recroom-pp for specs. Where each region lies is the composer's to judge (layout).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/look.h"

const char *const look_names[] = { "grid", "speaker", "presentation", "single", "audio", "custom", NULL };

bool look_name_known(const char *name)
{
	size_t i = 0;

	while (look_names[i] && strcmp(look_names[i], name))
		i++;
	return look_names[i] != NULL;
}

static int check_regions(json_t *o, char *why, size_t why_size)
{
	json_t *regions = json_object_get(o, "regions"), *region;
	bool custom = !strcmp(json_str(o, "layout"), "custom");
	size_t i;

	if (custom != (regions != NULL)) {
		snprintf(why, why_size, custom ? "The layout custom needs regions." : "Regions belong to the layout custom only.");
		return -EINVAL;
	}
	if (regions && (!json_is_array(regions) || !json_array_size(regions) || json_array_size(regions) > LOOK_REGIONS_MAX)) {
		snprintf(why, why_size, "regions is an array of 1 to %d objects.", LOOK_REGIONS_MAX);
		return -EINVAL;
	}
	json_array_foreach(regions, i, region) {
		if (json_is_object(region))
			continue;
		snprintf(why, why_size, "regions is an array of 1 to %d objects.", LOOK_REGIONS_MAX);
		return -EINVAL;
	}
	return 0;
}

int look_check(json_t *o, char *why, size_t why_size)
{
	const char *name = json_str(o, "layout"), *focus = json_str(o, "focus");

	if (!name || !look_name_known(name)) {
		snprintf(why, why_size, "The layout must be one of grid, speaker, presentation, single, audio, custom.");
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
