/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The HTTP server. libmicrohttpd's threads call http_on_request() for each request; handlers may block on the database or a file, so there is a pool.
 *
 *	connection ─▶ exchange ─▶ route (table) ─▶ authorize ─▶ handler ─▶ reply
 *	    │            └── too large ──┴─ none ─────┴─ no ──────┴─ error ─▶ problem document
 *	    └─ guard: too many, too slow                 └ routes that wait for others: on the crew, the connection is suspended meanwhile
 */
#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/log.h"
#include "postprocess/crew.h"
#include "postprocess/guard.h"
#include "postprocess/http_private.h"
#include "postprocess/listen.h"
#include "postprocess/rate.h"

enum { CONNECTIONS = 512, WAITERS = 8, WAITING = 64, TIMEOUT_S = 30, CONNECTION_MEMORY = 24 * 1024 };

const char *http_url(const struct http_server *s)
{
	return s->url;
}

static enum MHD_Result on_accept(void *cls, const struct sockaddr *from, socklen_t len)
{
	struct http_server *s = cls;
	struct address a;

	(void)len;
	address_from(&a, from);
	return guard_admits(s->guard, &a) ? MHD_YES : MHD_NO;
}

static void on_connection(void *cls, struct MHD_Connection *c, void **context, enum MHD_ConnectionNotificationCode what)
{
	struct http_server *s = cls;
	const union MHD_ConnectionInfo *fd, *from;
	struct address a;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*context)
			guard_close(s->guard, *context);
		*context = NULL;
		return;
	}
	fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	from = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	address_from(&a, from ? from->client_addr : NULL);
	*context = guard_open(s->guard, fd->connect_fd, &a);
}

static void __attribute__((format(printf, 2, 0))) on_log(void *cls, const char *fmt, va_list ap)
{
	char line[512];

	(void)cls;
	vsnprintf(line, sizeof(line), fmt, ap);
	g_strchomp(line);
	log_debug("http: %s", line);
}

/* Owns `fd` when it succeeds. */
static int start_daemon(struct http_server *s, int fd)
{
	bool epoll = MHD_is_feature_supported(MHD_FEATURE_EPOLL) == MHD_YES;
	unsigned flags = MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME | (epoll ? MHD_USE_EPOLL_INTERNAL_THREAD : MHD_USE_POLL_INTERNAL_THREAD);
	struct MHD_OptionItem options[16] = {
		{ MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_log, s },    /* first, so that it hears of the others */
		{ MHD_OPTION_LISTEN_SOCKET, fd, NULL },
		{ MHD_OPTION_CONNECTION_LIMIT, s->conf.connections ? s->conf.connections : CONNECTIONS, NULL },
		{ MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL },
		{ MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
		{ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_on_completed, s },
		{ MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, s },
	};
	int n = 8;

	if (s->conf.threads > 1)
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE, s->conf.threads, NULL };
	if (s->conf.cert) {
		flags |= MHD_USE_TLS;
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)s->conf.cert };
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)s->conf.key };
	}
	options[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	s->daemon = MHD_start_daemon(flags, 0, on_accept, s, http_on_request, s, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	return s->daemon ? 0 : -EIO;
}

static int start_parts(struct http_server *s, char *why, size_t why_size)
{
	struct guard_conf guard = s->conf.guard;
	int err = networks_parse(&s->proxies, s->conf.proxies, why, why_size);

	if (err)
		return err;
	guard.proxies = s->proxies;
	s->addresses = rate_create(s->conf.address_per_s, s->conf.address_burst);
	s->tokens = rate_create(s->conf.token_per_s, s->conf.token_burst);
	err = guard_create(&s->guard, &guard);
	if (!err)
		err = crew_create(&s->crew, WAITERS, WAITING);
	if (err)
		snprintf(why, why_size, "cannot start the threads of the HTTP server: %s", err_str(err));
	return err;
}

int http_create(struct http_server **out, const struct http_conf *conf, char *why, size_t why_size)
{
	struct http_server *s = g_new0(struct http_server, 1);
	char name[LISTEN_NAME_SIZE];
	int fd = -1, err;

	s->conf = *conf;
	err = start_parts(s, why, why_size);
	if (err)
		goto out;
	err = listen_open(&fd, name, conf->listen, why, why_size);
	if (err)
		goto out;
	snprintf(s->url, sizeof(s->url), "%s://%s", conf->cert ? "https" : "http", name);
	err = start_daemon(s, fd);
	if (err) {
		snprintf(why, why_size, "cannot start the HTTP server on %s%s", conf->listen,
			 conf->cert ? ": is the certificate good, and the key its own?" : "");
		close(fd);
	}
out:
	if (err)
		http_unref(&s);
	else
		*out = s;
	return err;
}

void http_unref(struct http_server **sp)
{
	struct http_server *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	if (s->crew)
		crew_stop(s->crew);        /* no connection may be asleep when the daemon ends */
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	crew_unref(&s->crew);
	guard_unref(&s->guard);
	rate_free(s->addresses);
	rate_free(s->tokens);
	networks_free(s->proxies);
	g_free(s);
}
