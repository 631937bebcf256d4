/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Permissions. Called by request.c for every request and by service.c for every route before their handlers, and for what an event or an answer may
 * tell. Any thread; no state.
 *
 * A rule is a list of things that must be proved; the first that is missing names the error.
 */
#include <stddef.h>
#include "common/token.h"
#include "common/permission.h"

enum {
	NEED_NEW = 1, NEED_JOINED = 2, NEED_PUBLISHER = 4, NEED_SUBSCRIBER = 8, NEED_HOST = 16, ADMIN_MAY = 32, LINK_MAY = 64, OPEN = 128,
	WAITING_MAY = 256, ADMIN_ONLY = 512, LOCAL_ONLY = 1024,
};

static const struct rule {
	unsigned needs;
	unsigned grant;
} rules[WHO_COUNT] = {
	[WHO_NOBODY] = { 0, 0 },
	[WHO_ANYONE] = { OPEN | ADMIN_MAY, 0 },
	[WHO_KEY] = { OPEN | ADMIN_MAY, 0 },
	[WHO_NEW] = { NEED_NEW, 0 },
	[WHO_LEAVER] = { NEED_JOINED | WAITING_MAY, 0 },
	[WHO_JOINED] = { NEED_JOINED | ADMIN_MAY, 0 },
	[WHO_HANDLE] = { NEED_JOINED, 0 },
	[WHO_PUBLISHER] = { NEED_JOINED | NEED_PUBLISHER, 0 },
	[WHO_SUBSCRIBER] = { NEED_JOINED | NEED_SUBSCRIBER, 0 },
	[WHO_SENDER] = { NEED_JOINED | NEED_PUBLISHER, GRANT_PUBLISH },
	[WHO_RECEIVER] = { NEED_JOINED | NEED_SUBSCRIBER, GRANT_SUBSCRIBE },
	[WHO_HOST] = { NEED_JOINED | NEED_HOST, 0 },
	[WHO_HOST_RECORD] = { NEED_JOINED | NEED_HOST, GRANT_RECORD },
	[WHO_HOST_DELETE] = { NEED_JOINED | NEED_HOST, GRANT_DELETE },
	[WHO_HOST_ADMIT] = { NEED_JOINED | NEED_HOST, GRANT_ADMIT },
	[WHO_OPERATOR] = { LOCAL_ONLY, 0 },
	[WHO_ADMIN] = { ADMIN_MAY | ADMIN_ONLY, 0 },
	[WHO_FILE] = { NEED_JOINED | LINK_MAY, GRANT_DOWNLOAD },
};

/* Grants for media are a pair: a token that names neither leaves both. A host's grants count only if the token lists any of theirs. */
static const unsigned families[] = { GRANTS_MEDIA, GRANTS_HOST };

static bool narrowed(unsigned grants, unsigned grant)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i] & grant)
			return (grants & (families[i] | GRANT_ONLY)) && !(grants & grant);
	return true;
}

bool permission_grant(const struct actor *a, unsigned grant)
{
	if (grant == GRANT_DOWNLOAD)
		return a->host || (a->grants & GRANT_DOWNLOAD);
	if ((grant & GRANTS_HOST) && !a->host)
		return false;
	return !narrowed(a->grants, grant);
}

enum app_error permission_check(enum who who, const struct actor *a)
{
	const struct rule *r = (unsigned)who < WHO_COUNT ? &rules[who] : &rules[WHO_NOBODY];

	if (a->admin)
		return r->needs & ADMIN_MAY ? APP_OK : APP_FORBIDDEN;
	if (!r->needs || (r->needs & ADMIN_ONLY))
		return APP_FORBIDDEN;
	if (r->needs & LOCAL_ONLY)
		return a->rest && a->local ? APP_OK : APP_FORBIDDEN;
	if (a->link)
		return r->needs & LINK_MAY ? APP_OK : APP_FORBIDDEN;
	if ((r->needs & NEED_NEW) && a->joined)
		return APP_ALREADY_JOINED;
	if (a->waiting)
		return r->needs & (WAITING_MAY | OPEN) ? APP_OK : APP_WAITING;
	if ((r->needs & NEED_JOINED) && !a->joined)
		return a->rest ? APP_UNAUTHORIZED : APP_NOT_JOINED;
	if ((r->needs & NEED_HOST) && !a->host)
		return APP_NOT_HOST;
	if (((r->needs & NEED_PUBLISHER) && !a->publisher) || ((r->needs & NEED_SUBSCRIBER) && !a->subscriber))
		return APP_FORBIDDEN;
	return r->grant && !permission_grant(a, r->grant) ? APP_FORBIDDEN : APP_OK;
}
