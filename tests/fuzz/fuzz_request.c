/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests to the whole plugin in the fake Janus: whatever the body is, there is one answer, and it is an object. The first byte chooses who asks: a
 * stranger, a guest, a host, a subscriber; with an offer when its bit 4 is set: then the rest is body, a NUL, the description.
 */
#include <glib.h>
#include <jansson.h>
#include <string.h>
#include "tests/fuzz/fuzz.h"
#include "tests/plugin/harness.h"

enum { ASKERS = 4 };

static struct fake_handle *askers[ASKERS];
static struct peer *host, *guest;

static void at_exit(void)
{
	harness_end();
	peer_free(host);
	peer_free(guest);
}

static void start(void)
{
	harness_start_limits(HARNESS_NO_PACE);
	atexit(at_exit);
	host = harness_host("Hedy");
	guest = harness_guest("Gus");
	FUZZ_CHECK(!peer_subscribe(guest, "[]"));
	askers[0] = fake_attach();
	askers[1] = peer_pub(guest);
	askers[2] = peer_pub(host);
	askers[3] = peer_sub(guest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *body, *jsep = NULL, *answer;
	const uint8_t *nul;
	size_t len;

	if (!host)
		start();
	if (!size)
		return 0;
	nul = data[0] & 16 ? memchr(data + 1, 0, size - 1) : NULL;
	len = nul ? (size_t)(nul - data - 1) : size - 1;
	body = json_loadb((const char *)data + 1, len, JSON_ALLOW_NUL, NULL);
	if (!json_is_object(body)) {
		json_decref(body);
		return 0;
	}
	if (nul)
		jsep = json_pack("{ssss%}", "type", data[0] & 32 ? "answer" : "offer", "sdp", nul + 1, size - (size_t)(nul + 1 - data));
	answer = fake_request(askers[data[0] % ASKERS], body, jsep, NULL);
	FUZZ_CHECK(json_is_object(answer));
	return 0;
}
