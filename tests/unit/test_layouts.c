/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names of layouts, and regions: what is taken, and which sentence says why not.
 */
#include "tests/unit/test.h"
#include "common/layouts.c"

static void test_names(void)
{
	for (size_t i = 0; layout_names[i]; i++) {
		CHECK(layout_known(layout_names[i]));
		CHECK(strstr(LAYOUT_NAMES, layout_names[i]));
	}
	CHECK(!layout_known(""));
	CHECK(!layout_known("mosaic"));
}

static void test_taken(void)
{
	struct region r[REGIONS_MAX];
	char why[200] = "";
	size_t n;

	CHECK_INT(regions_parse("[{\"x\":0,\"y\":0,\"w\":\"75%\",\"h\":1,\"show\":\"screen\"},{\"x\":0.75,\"y\":0.5,\"w\":0.25,\"h\":\"50%\",\"show\":\"user12\",\"z\":-3},"
				"{\"x\":\"12.5%\",\"y\":0.7,\"w\":0.3,\"h\":0.3,\"show\":2}, {\"x\":0.9,\"y\":0.9,\"w\":0.1,\"h\":0.1,\"show\":\"others\"}]",
				r, &n, why, sizeof(why)), 0);
	CHECK_INT(n, 4);
	CHECK_NEAR(r[0].w, 0.75, 0);
	CHECK_INT(r[0].show, REGION_SCREEN);
	CHECK_STR(r[1].participant, "user12");
	CHECK_INT(r[1].z, -3);
	CHECK_NEAR(r[2].x, 0.125, 0);
	CHECK_INT(r[2].show, REGION_INDEX);
	CHECK_INT(r[2].index, 2);
	CHECK_INT(r[3].show, REGION_OTHERS);
}

static void test_refused(void)
{
	static const struct { const char *text, *why; } rows[] = {
		{ "[", "regions is no JSON" },
		{ "{}", "an array of 1 to 49" },
		{ "[]", "an array of 1 to 49" },
		{ "[7]", "Region 1 cannot be used: it must be an object." },
		{ "[{\"x\":0,\"y\":0,\"w\":1,\"h\":1}]", "Region 1 cannot be used: its show is missing" },
		{ "[{\"x\":0,\"y\":0,\"w\":1,\"show\":1}]", "its h is missing" },
		{ "[{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":1},{\"x\":-1,\"y\":0,\"w\":1,\"h\":1,\"show\":1}]", "Region 2 cannot be used: its x must be" },
		{ "[{\"x\":0,\"y\":0,\"w\":50,\"h\":1,\"show\":1}]", "its w must be a fraction from 0.02 to 1, or a percentage" },
		{ "[{\"x\":0,\"y\":0,\"w\":\"50\",\"h\":1,\"show\":1}]", "its w must be" },
		{ "[{\"x\":0,\"y\":0,\"w\":\"1e1%%\",\"h\":1,\"show\":1}]", "its w must be" },
		{ "[{\"x\":0,\"y\":0,\"w\":0,\"h\":1,\"show\":1}]", "its w must be" },
		{ "[{\"x\":0.5,\"y\":0,\"w\":0.6,\"h\":1,\"show\":1}]", "it reaches over the canvas: x + w is 1.1, at most 1" },
		{ "[{\"x\":0,\"y\":\"90%\",\"w\":0.6,\"h\":0.2,\"show\":1}]", "y + h is 1.1" },
		{ "[{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":\"nobody\"}]", "its show must be a participant's id" },
		{ "[{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":0}]", "its show must be" },
		{ "[{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":1,\"z\":1.5}]", "its z must be a whole number" },
		{ "[{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":1,\"width\":3}]", "it has no \"width\"" },
		{ "[{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":\"others\"},{\"x\":0,\"y\":0,\"w\":1,\"h\":1,\"show\":\"others\"}]", "Only one region" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct region r[REGIONS_MAX];
		char why[200] = "";
		size_t n;

		CHECK_INT(regions_parse(rows[i].text, r, &n, why, sizeof(why)), -EINVAL);
		if (!strstr(why, rows[i].why))
			TEST_FAIL("%s: %s", rows[i].text, why);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_names), TEST(test_taken), TEST(test_refused) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
