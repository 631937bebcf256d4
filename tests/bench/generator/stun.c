/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * STUN messages; called by peer on a loop thread.
 *
 *	type │ length │ cookie │ transaction │ attributes … │ MESSAGE-INTEGRITY │ FINGERPRINT
 *
 * The length in the header covers the attributes up to the one being computed (RFC 8489 §14.5, §14.7).
 */
#include "tests/bench/generator/stun.h"

#include <errno.h>
#include <libavutil/crc.h>
#include <libavutil/intreadwrite.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

enum {
	HEADER = 20, COOKIE = 0x2112a442, REQUEST = 0x0001, RESPONSE = 0x0101,
	USERNAME = 0x0006, INTEGRITY = 0x0008, XOR_ADDRESS = 0x0020, PRIORITY = 0x0024, USE_CANDIDATE = 0x0025, FINGERPRINT = 0x8028,
	CONTROLLED = 0x8029, CONTROLLING = 0x802a,
	PRIORITY_PEER_REFLEXIVE = 110 << 24 | 0xffff << 8 | 255,
	SHA1_BYTES = 20,
};

int stun_parse(struct stun_message *m, const uint8_t *data, size_t len)
{
	size_t at = HEADER;

	memset(m, 0, sizeof(*m));
	if (len < HEADER || AV_RB32(data + 4) != COOKIE || (size_t)AV_RB16(data + 2) + HEADER != len)
		return -EBADMSG;
	m->request = AV_RB16(data) == REQUEST;
	m->response = AV_RB16(data) == RESPONSE;
	memcpy(m->transaction, data + 8, STUN_TRANSACTION);
	while (at + 4 <= len) {
		size_t n = AV_RB16(data + at + 2);

		if (at + 4 + n > len)
			return -EBADMSG;
		if (AV_RB16(data + at) == USERNAME && n < sizeof(m->username))
			memcpy(m->username, data + at + 4, n);
		at += 4 + ((n + 3) & ~(size_t)3);
	}
	return 0;
}

static void put(uint8_t *out, size_t *len, uint16_t type, const void *value, size_t n)
{
	AV_WB16(out + *len, type);
	AV_WB16(out + *len + 2, n);
	memset(out + *len + 4, 0, (n + 3) & ~(size_t)3);
	if (n)
		memcpy(out + *len + 4, value, n);
	*len += 4 + ((n + 3) & ~(size_t)3);
}

static size_t begin(uint8_t *out, uint16_t type, const uint8_t *transaction)
{
	AV_WB16(out, type);
	AV_WB32(out + 4, COOKIE);
	if (transaction)
		memcpy(out + 8, transaction, STUN_TRANSACTION);
	else
		RAND_bytes(out + 8, STUN_TRANSACTION);
	return HEADER;
}

static size_t finish(uint8_t *out, size_t len, const char *password)
{
	uint8_t mac[EVP_MAX_MD_SIZE], crc[4];
	unsigned n = 0;

	AV_WB16(out + 2, len - HEADER + 4 + SHA1_BYTES);
	HMAC(EVP_sha1(), password, (int)strlen(password), out, len, mac, &n);
	put(out, &len, INTEGRITY, mac, SHA1_BYTES);
	AV_WB16(out + 2, len - HEADER + 8);
	AV_WB32(crc, (av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), UINT32_MAX, out, len) ^ UINT32_MAX) ^ 0x5354554e);
	put(out, &len, FINGERPRINT, crc, sizeof(crc));
	return len;
}

size_t stun_check(uint8_t *out, const struct stun_check *c)
{
	size_t len = begin(out, REQUEST, NULL);
	uint8_t priority[4], tie[8];

	AV_WB32(priority, PRIORITY_PEER_REFLEXIVE);
	AV_WB64(tie, c->tie_breaker);
	put(out, &len, USERNAME, c->username, strlen(c->username));
	put(out, &len, PRIORITY, priority, sizeof(priority));
	put(out, &len, c->controlling ? CONTROLLING : CONTROLLED, tie, sizeof(tie));
	if (c->controlling)
		put(out, &len, USE_CANDIDATE, NULL, 0);
	return finish(out, len, c->password);
}

size_t stun_answer(uint8_t *out, const uint8_t transaction[STUN_TRANSACTION], const struct sockaddr_in *from, const char *password)
{
	size_t len = begin(out, RESPONSE, transaction);
	uint8_t address[8] = { 0, 1 };

	AV_WB16(address + 2, ntohs(from->sin_port) ^ (COOKIE >> 16));
	AV_WB32(address + 4, ntohl(from->sin_addr.s_addr) ^ COOKIE);
	put(out, &len, XOR_ADDRESS, address, sizeof(address));
	return finish(out, len, password);
}
