/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/moderation.c"
#include "test.h"

/* Steps: "+audio" mutes it, "-audio" unmutes it, "+" and "-" all; then what is muted of audio audio2 screenaudio video video2 screen. */
static void test_table(void)
{
	static const char *const sources[] = { "audio", "audio2", "screenaudio", "video", "video2", "screen" };
	static const struct { const char *steps, *muted; } rows[] = {
		{ "", "......" },
		{ "+", "MMMMMM" },
		{ "+ -", "......" },
		{ "+audio", "MMM..." },                    /* what is said under another name is muted, too */
		{ "+audio -audio", "......" },
		{ "+audio -audio2", "M.M..." },
		{ "+audio -audio2 -audio", "......" },
		{ "+audio -audio2 -audio +audio", "MMM..." },
		{ "+audio2 +video", "MMMMMM" },
		{ "+audio +audio2 -audio", ".MM..." },
		{ "+ -audio", ".MMMMM" },
		{ "+ -audio +audio", "MMMMMM" },
		{ "+ -audio -video", ".MM.MM" },
		{ "+audio -", "......" },
		{ "-audio +video", "...MMM" },
		{ "+audio +", "MMMMMM" },
		{ "-", "......" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct moderation m = { 0 };
		char **steps = g_strsplit(rows[i].steps, " ", -1), muted[7] = "";

		for (char **s = steps; *s; s++)
			if (**s)
				moderation_set(&m, (*s)[1] ? *s + 1 : NULL, **s == '+');
		for (size_t k = 0; k < G_N_ELEMENTS(sources); k++)
			muted[k] = moderation_mutes(&m, sources[k]) ? 'M' : '.';
		if (strcmp(muted, rows[i].muted))
			TEST_FAIL("\"%s\": %s, expected %s", rows[i].steps, muted, rows[i].muted);
		g_strfreev(steps);
	}
}

/* More names than fit: nothing is unmuted by that. */
static void test_many_names(void)
{
	struct moderation m = { 0 };
	char name[SOURCE_SIZE];

	for (int i = 2; i < 200; i++) {
		g_snprintf(name, sizeof(name), "video%d", i);
		moderation_set(&m, name, true);
		CHECK(moderation_mutes(&m, name));
	}
	CHECK(m.n <= MODERATION_SOURCES);
	CHECK(moderation_mutes(&m, "video2") && moderation_mutes(&m, "video199"));
	moderation_set(&m, NULL, false);
	CHECK(!moderation_mutes(&m, "video2"));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_table), TEST(test_many_names) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
