/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names: what is taken for one has the one spelling we give it, and can never leave its directory.
 */
#include <glib.h>
#include <string.h>
#include "common/ids.h"
#include "tests/fuzz/fuzz.h"

static void harmless(const char *s)
{
	FUZZ_CHECK(*s && !strchr(s, '/') && strcmp(s, ".") && strcmp(s, ".."));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = g_strndup((const char *)data, size), back[NAME_SIZE];
	struct chunk_name n;

	if (!chunk_name_parse(&n, text)) {
		chunk_name_format(back, &n);
		FUZZ_CHECK(!strcmp(back, text));
		harmless(text);
	}
	if (recording_id_valid(text)) {
		harmless(text);
		FUZZ_CHECK(recording_id_time(text) >= 0 && strlen(text) < ID_SIZE);
	}
	if (room_id_valid(text))
		harmless(text);
	if (source_valid(text)) {
		harmless(text);
		FUZZ_CHECK(strlen(text) < SOURCE_SIZE);
	}
	if (participant_id_valid(text))
		FUZZ_CHECK(strlen(text) < PARTICIPANT_SIZE);
	identity_valid(text);
	g_free(text);
	return 0;
}
