/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bench-reader: holds a recording against what the generator says it sent.
 *
 *	bench-reader chunks|dump DIR SENT_DIR PUBLISHERS [START_US] [nodecode]
 *
 * Prints one JSON object: sums over all publishers. START_US is when the recording was asked for, for `first_ms`.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/bench/reader/compare.h"

struct totals {
	struct tally sound, pictures;
	uint64_t broken, damaged, wrong, absent;
	double first_ms, drift_ms, offset_min, offset_max;
	bool any;
};

static void add_tally(struct tally *to, const struct tally *t)
{
	to->expected += t->expected;
	to->present += t->present;
	to->repeated += t->repeated;
}

static void add(struct totals *t, const struct comparison *c, const struct got *g, int64_t start_us)
{
	add_tally(&t->sound, &c->sound);
	add_tally(&t->pictures, &c->pictures);
	t->broken += c->broken;
	t->damaged += g->damaged;
	t->wrong += g->wrong;
	t->first_ms = MAX(t->first_ms, (double)(c->first_us - start_us) / 1000);
	t->drift_ms = MAX(t->drift_ms, c->drift_ms);
	t->offset_min = t->any ? MIN(t->offset_min, c->offset_ms) : c->offset_ms;
	t->offset_max = t->any ? MAX(t->offset_max, c->offset_ms) : c->offset_ms;
	t->any = true;
}

static json_t *tally_json(const struct tally *t)
{
	return json_pack("{sI sI sI sf}", "expected", (json_int_t)t->expected, "missing", (json_int_t)(t->expected - t->present), "repeated",
			 (json_int_t)t->repeated, "share", t->expected ? (double)t->present / (double)t->expected : 0);
}

static void print(const struct totals *t)
{
	json_t *o = json_pack("{so so sI sI sI sI sf sf sf}", "sound", tally_json(&t->sound), "pictures", tally_json(&t->pictures), "broken",
			      (json_int_t)t->broken, "damaged", (json_int_t)t->damaged, "wrong", (json_int_t)t->wrong, "absent", (json_int_t)t->absent,
			      "first_ms", t->first_ms, "drift_ms", t->drift_ms, "between_ms", t->offset_max - t->offset_min);

	json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(8));
	putchar('\n');
	json_decref(o);
}

/* A publisher of whom there is nothing counts as absent, and all of its frames as missing. */
static int add_publisher(struct totals *t, GHashTable *got, const char *sent_dir, int i, int64_t start_us)
{
	char *path = g_strdup_printf("%s/p%d.txt", sent_dir, i), *name = g_strdup_printf("p%d", i);
	struct got *g = g_hash_table_lookup(got, name), *none = g ? NULL : got_new();
	struct comparison c;
	struct sent s;
	int err = sent_load(&s, path);

	if (!err) {
		compare(&c, &s, g ? g : none);
		add(t, &c, g ? g : none, start_us);
		t->absent += !g;
	}
	sent_clear(&s);
	got_free(&none);
	g_free(name);
	g_free(path);
	return err;
}

int main(int argc, char **argv)
{
	bool chunks = argc > 1 && !strcmp(argv[1], "chunks"), decode = argc < 7 || strcmp(argv[6], "nodecode");
	struct totals t = { 0 };
	GHashTable *got;
	int err = 0;

	if (argc < 5) {
		fprintf(stderr, "usage: bench-reader chunks|dump DIR SENT_DIR PUBLISHERS [START_US] [nodecode]\n");
		return 2;
	}
	got = chunks ? got_chunks(argv[2], decode) : got_dump(argv[2]);
	for (int i = 0; got && !err && i < atoi(argv[4]); i++)
		err = add_publisher(&t, got, argv[3], i, argc > 5 ? strtoll(argv[5], NULL, 10) : 0);
	if (!got || err) {
		fprintf(stderr, "reader: %s cannot be read\n", got ? argv[3] : argv[2]);
		return 1;
	}
	print(&t);
	g_hash_table_unref(got);
	return 0;
}
