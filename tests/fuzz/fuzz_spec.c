/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any JSON as an output's spec, and as the `outputs` of start_recording: it is refused with a sentence and nothing changed, or what it says can be
 * written and read again.
 */
#include <errno.h>
#include <string.h>
#include "common/spec.h"
#include "tests/fuzz/fuzz.h"

static void check_again(const struct output_spec *spec)
{
	json_t *o = output_spec_json(spec), *twice;
	struct output_spec again;
	char why[256] = "", name[96];

	output_spec_default(&again, NULL);
	FUZZ_CHECK(!output_spec_read(&again, o, why, sizeof(why)));
	twice = output_spec_json(&again);
	FUZZ_CHECK(json_equal(o, twice));
	output_spec_name(spec, 2, name, sizeof(name));
	FUZZ_CHECK(name[0] && !strchr(name, '/'));
	output_spec_codec(spec);
	output_spec_live(spec);
	json_decref(twice);
	json_decref(o);
}

static void check_spec(json_t *o)
{
	struct output_spec spec, before;
	char why[256] = "";
	int err;

	memset(&spec, 0, sizeof(spec));
	output_spec_default(&spec, NULL);
	before = spec;
	err = output_spec_read(&spec, o, why, sizeof(why));
	FUZZ_CHECK(err == 0 || err == -EINVAL);
	if (!err) {
		check_again(&spec);
		return;
	}
	FUZZ_CHECK(why[0] && !memcmp(&before, &spec, sizeof(spec)));
}

static void check_list(json_t *o)
{
	json_t *list = NULL, *one;
	char why[256] = "";
	int err = output_list_read(&list, o, NULL, NULL, why, sizeof(why));
	size_t i;

	FUZZ_CHECK(err == 0 || (err == -EINVAL && why[0] && !list));
	FUZZ_CHECK(err || (json_array_size(list) > 0 && json_array_size(list) <= OUTPUTS_MAX));
	json_array_foreach(list, i, one)
		check_spec(one);
	json_decref(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *o = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);

	if (o) {
		check_spec(o);
		check_list(o);
	}
	json_decref(o);
	return 0;
}
