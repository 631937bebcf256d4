/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Identifiers and names on disk: made, checked, taken apart. Pure but for the kernel's random numbers; any thread.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include "common/ids.h"
#include "common/sha256.h"

enum { TAIL_LEN = 6, MAX_DIGITS = 9, MS_DIGITS = 15, SECRET_BYTES = 16, COMPARE_SIZE = 512 };

static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char *const kinds[] = { "audio", "video", "screen", "screenaudio" };

static bool room_char(char c)
{
	return g_ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
}

static bool room_span_valid(const char *s, size_t len)
{
	if (!len || len > ROOM_ID_MAX || (len <= 2 && !strncmp(s, "..", len)))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!room_char(s[i]))
			return false;
	return true;
}

bool room_id_valid(const char *s)
{
	return s && room_span_valid(s, strlen(s));
}

bool identity_valid(const char *s)
{
	size_t len = s ? strlen(s) : 0;

	if (!len || len > 256 || !g_utf8_validate(s, (gssize)len, NULL))
		return false;
	for (const char *p = s; *p; p = g_utf8_next_char(p))
		if (g_unichar_iscntrl(g_utf8_get_char(p)))
			return false;
	return true;
}

/* Where the tail "_<digits>_<6 base32>" of a recording id begins, or NULL. A room may hold underscores, so this is found from the end. */
static const char *id_tail(const char *s)
{
	size_t len = strlen(s), digits = 0;
	const char *p = s + len - TAIL_LEN;

	if (len < TAIL_LEN + 3 || strspn(p, base32) != TAIL_LEN || *--p != '_')
		return NULL;
	while (p > s && g_ascii_isdigit(p[-1])) {
		p--;
		digits++;
	}
	if (!digits || digits > MS_DIGITS || p == s || p[-1] != '_')
		return NULL;
	return p - 1;
}

bool recording_id_valid(const char *s)
{
	const char *tail;

	if (!s || strlen(s) >= ID_SIZE || strncmp(s, "rec_", 4))
		return false;
	tail = id_tail(s);
	return tail && tail > s + 4 && room_span_valid(s + 4, (size_t)(tail - s - 4));
}

int64_t recording_id_time(const char *id)
{
	return recording_id_valid(id) ? g_ascii_strtoll(id_tail(id) + 1, NULL, 10) : -EINVAL;
}

/* A number without leading zero of at most MAX_DIGITS digits that fills the whole string and is not below `least`. */
static bool number_valid(const char *s, long least)
{
	size_t n = strspn(s, "0123456789");

	return n && n <= MAX_DIGITS && !s[n] && s[0] != '0' && g_ascii_strtoll(s, NULL, 10) >= least;
}

bool participant_id_valid(const char *s)
{
	return s && !strncmp(s, "user", 4) && number_valid(s + 4, 1);
}

bool source_valid(const char *s)
{
	size_t letters = s ? strcspn(s, "0123456789") : 0;

	for (size_t i = 0; letters && i < G_N_ELEMENTS(kinds); i++)
		if (strlen(kinds[i]) == letters && !strncmp(s, kinds[i], letters))
			return !s[letters] || number_valid(s + letters, 2);
	return false;
}

bool source_is_audio(const char *source)
{
	return !strncmp(source, "audio", 5) || !strncmp(source, "screenaudio", 11);
}

void random_bytes(void *out, size_t n)
{
	unsigned char *p = out;

	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno != EINTR)
			g_error("ids: the kernel gives no random numbers: %s", g_strerror(errno));
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
}

/* The first n characters of the base32 of random bits. */
static void random_base32(char *out, size_t n)
{
	unsigned char r[SECRET_SIZE];

	random_bytes(r, n);
	for (size_t i = 0; i < n; i++)
		out[i] = base32[r[i] & 31];
	out[n] = '\0';
}

static void id_make(char out[ID_SIZE], const char *prefix, const char *room, int64_t start_ms)
{
	char tail[TAIL_LEN + 1];

	random_base32(tail, TAIL_LEN);
	snprintf(out, ID_SIZE, "%s_%s_%" PRIi64 "_%s", prefix, room, start_ms, tail);
}

void recording_id_make(char out[ID_SIZE], const char *room, int64_t start_ms)
{
	id_make(out, "rec", room, start_ms);
}

void call_id_make(char out[ID_SIZE], const char *room, int64_t start_ms)
{
	id_make(out, "call", room, start_ms);
}

void secret_make(char out[SECRET_SIZE])
{
	/* 26 characters of 5 bits hold the 128. */
	random_base32(out, (SECRET_BYTES * 8 + 4) / 5);
}

void chunk_name_format(char out[NAME_SIZE], const struct chunk_name *n)
{
	snprintf(out, NAME_SIZE, "%s_%s_%02u_%06u.%s", n->participant, n->source, n->segment, n->index, n->ext);
}

/* Copies up to `stop` into out and goes past it; 0 or -EINVAL. */
static int take_field(const char **p, char stop, char *out, size_t size)
{
	const char *end = strchr(*p, stop);
	size_t len = end ? (size_t)(end - *p) : 0;

	if (!len || len >= size)
		return -EINVAL;
	memcpy(out, *p, len);
	out[len] = '\0';
	*p = end + 1;
	return 0;
}

/* A field of at least `digits` digits; more only when the number needs them, so that every name has one spelling. */
static int take_number(const char **p, char stop, size_t digits, unsigned *out)
{
	char text[MAX_DIGITS + 1];
	size_t len;

	if (take_field(p, stop, text, sizeof(text)))
		return -EINVAL;
	len = strlen(text);
	if (strspn(text, "0123456789") != len || len < digits || (len > digits && text[0] == '0'))
		return -EINVAL;
	*out = (unsigned)g_ascii_strtoull(text, NULL, 10);
	return 0;
}

int chunk_name_parse(struct chunk_name *n, const char *name)
{
	const char *p = name;

	memset(n, 0, sizeof(*n));
	if (take_field(&p, '_', n->participant, sizeof(n->participant)) || !participant_id_valid(n->participant) ||
	    take_field(&p, '_', n->source, sizeof(n->source)) || !source_valid(n->source) ||
	    take_number(&p, '_', 2, &n->segment) || take_number(&p, '.', 6, &n->index) ||
	    (strcmp(p, "webm") && strcmp(p, "mkv")))
		return -EINVAL;
	g_strlcpy(n->ext, p, sizeof(n->ext));
	return 0;
}

bool secret_equal(const char *a, const char *b)
{
	char pa[COMPARE_SIZE] = "", pb[COMPARE_SIZE] = "", ha[SHA256_HEX], hb[SHA256_HEX];

	if (!a || !b || !*a || !*b || strlen(a) >= sizeof(pa) || strlen(b) >= sizeof(pb))
		return false;
	/* Both are hashed as blocks of one length, and the hashes have one length: nothing is told about that of the secret. */
	memcpy(pa, a, strlen(a));
	memcpy(pb, b, strlen(b));
	sha256_hex(ha, pa, sizeof(pa));
	sha256_hex(hb, pb, sizeof(pb));
	OPENSSL_cleanse(pa, sizeof(pa));
	OPENSSL_cleanse(pb, sizeof(pb));
	return CRYPTO_memcmp(ha, hb, SHA256_HEX) == 0;
}
