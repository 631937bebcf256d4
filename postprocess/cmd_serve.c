/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp serve`: starts the job runner and the HTTP server, waits for a signal, stops both. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "common/fsio.h"
#include "common/log.h"
#include "common/master_key.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "postprocess/access.h"
#include "postprocess/attempts.h"
#include "postprocess/backup.h"
#include "postprocess/cmd.h"
#include "postprocess/delivery.h"
#include "postprocess/janus_admin.h"
#include "postprocess/loopback.h"
#include "postprocess/notify.h"
#include "postprocess/passing.h"
#include "postprocess/reconcile.h"
#include "postprocess/service.h"
#include "postprocess/stores.h"
#include "postprocess/webhook.h"
#include "postprocess/worker.h"

enum { HTTP_THREADS = 4, PEM_MAX = 1 << 20 };

struct server {
	struct app *app;
	struct token_keys *keys;
	struct attempts *attempts;
	struct stores *stores;
	struct master_keys *masters;
	struct worker *worker;
	struct webhook_sender *webhooks;
	struct reconciler *reconciler;
	struct backup *backup;
	char *address;                 /* as other hosts reach us */
	struct http_server *http;
	struct passing *passing;
	struct delivery *delivery;
	struct janus_admin *janus;
	struct access_log *accesses;
	struct service service;
	char *cert, *tls_key;          /* PEM text */
};

/* Options over the configuration. */
static void apply_options(struct app *a)
{
	const struct { const char *option; char **setting; } rows[] = {
		{ a->o.listen, &a->settings->listen }, { a->o.page, &a->settings->page },
		{ a->o.tls_cert, &a->settings->tls_cert }, { a->o.tls_key, &a->settings->tls_key },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].option) {
			g_free(*rows[i].setting);
			*rows[i].setting = g_strdup(rows[i].option);
		}
	if (!a->settings->page || !*a->settings->page) {
		g_free(a->settings->page);
		a->settings->page = g_strdup(RECROOM_PAGEDIR);
	}
}

static int read_pem(struct app *a, const char *path, char **text)
{
	size_t len;
	int err = path && *path ? fs_read(path, PEM_MAX, text, &len) : 0;

	return err ? app_fail(a, EXIT_FAILED, "cannot read %s: %s", path, err_str(err)) : EXIT_DONE;
}

/* Before all that reads or writes there. */
static int open_stores(struct server *s)
{
	const struct settings *set = s->app->settings;
	char why[600];

	if (set->master_key_file && *set->master_key_file && master_keys_load(&s->masters, set->master_key_file, why, sizeof(why)))
		return app_fail(s->app, EXIT_FAILED, "%s", why);
	if (set->nstorages && stores_open(&s->stores, set, why, sizeof(why)))
		return app_fail(s->app, EXIT_FAILED, "%s", why);
	if (s->stores && delivery_create(&s->delivery, s->stores, why, sizeof(why)))
		return app_fail(s->app, EXIT_FAILED, "%s", why);
	return EXIT_DONE;
}

static int start_worker(struct server *s)
{
	const struct settings *set = s->app->settings;
	struct worker_conf conf = { .catalog = set->catalog, .host_id = set->host_id, .recordings = set->recordings,
				    .config = s->app->o.config, .jobs = set->jobs, .live_jobs = set->live_jobs, .cores = set->cores * 1000, .reaches = set->reaches,
				    .transfers = set->transfers, .settings = set, .stores = s->stores, .masters = s->masters };
	struct worker *w = NULL;
	int err;

	if (s->app->o.no_jobs)
		return EXIT_DONE;
	err = worker_create(&w, &conf);
	__atomic_store_n(&s->worker, w, __ATOMIC_RELEASE);    /* HTTP threads may be asking already */
	return err ? app_fail(s->app, EXIT_FAILED, "cannot start the job runner: %s", err_str(err)) : EXIT_DONE;
}

/* Where jobs are run events are sent. */
static int start_webhooks(struct server *s)
{
	struct webhook_conf conf = { .delivery = s->delivery, .catalog = s->app->settings->catalog, .settings = s->app->settings };
	char why[600];
	int code;

	if (s->app->o.no_jobs || !s->app->settings->nwebhooks)
		return EXIT_DONE;
	code = s->keys ? EXIT_DONE : app_keys(s->app, &s->keys);
	if (code)
		return code;
	conf.keys = s->keys;
	return webhook_create(&s->webhooks, &conf, why, sizeof(why)) ? app_fail(s->app, EXIT_FAILED, "%s", why) : EXIT_DONE;
}

static bool jobs_alive(void *arg)
{
	struct server *s = arg;
	struct worker *w = __atomic_load_n(&s->worker, __ATOMIC_ACQUIRE);

	return w ? worker_alive(w) : s->app->o.no_jobs;
}

/* Tokens in clear on a network are an accident until somebody says that they are not. */
static int check_listen(struct server *s)
{
	const struct settings *set = s->app->settings;

	if (!(set->tls_cert && *set->tls_cert) != !(set->tls_key && *set->tls_key))
		return app_fail(s->app, EXIT_USAGE, "a certificate and its key belong together: --tls-cert and --tls-key");
	if (set->allow_plaintext || (set->tls_cert && *set->tls_cert) || loopback_listen(set->listen))
		return EXIT_DONE;
	return app_fail(s->app, EXIT_USAGE, "%s is reached from other machines, and without a certificate tokens and recordings travel in clear:"
			" set serve.tls_cert and serve.tls_key, or serve.allow_plaintext = true", set->listen);
}

static int open_janus(struct server *s)
{
	const struct settings *set = s->app->settings;
	char why[300];

	if (!set->janus_admin_secret_file)
		return EXIT_DONE;
	return janus_admin_create(&s->janus, set->janus_admin, set->janus_admin_secret_file, why, sizeof(why)) ? app_fail(s->app, EXIT_FAILED, "%s", why) : EXIT_DONE;
}

static int start_access_log(struct server *s)
{
	struct access_conf conf = { .catalog = s->app->settings->catalog, .keep_days = s->app->settings->keep_access_days };
	int err = access_create(&s->accesses, &conf);

	return err ? app_fail(s->app, EXIT_FAILED, "cannot start the access log: %s", err_str(err)) : EXIT_DONE;
}

/* Listens before the job runner starts, so that a second server by mistake ends here and takes no job. */
static int start_http(struct server *s)
{
	const struct settings *set = s->app->settings;
	struct http_conf conf = { .listen = set->listen, .routes = service_routes, .authorize = service_authorize, .around = service_handle, .ctx = &s->service,
				  .threads = HTTP_THREADS, .connections = set->max_connections, .guard = { .per_address = set->max_connections_per_address },
				  .proxies = set->proxies, .cors_origins = set->cors_origins,
				  .address_per_s = set->address_requests_per_s, .address_burst = set->address_requests_burst,
				  .token_per_s = set->token_requests_per_s, .token_burst = set->token_requests_burst };
	char why[300];
	int code;

	if (s->app->o.no_api)
		return EXIT_DONE;
	code = check_listen(s);
	if (!code)
		code = open_janus(s);
	if (!code)
		code = read_pem(s->app, set->tls_cert, &s->cert);
	if (!code)
		code = read_pem(s->app, set->tls_key, &s->tls_key);
	if (!code)
		code = app_keys(s->app, &s->keys);
	if (code)
		return code;
	code = start_access_log(s);
	if (code)
		return code;
	s->attempts = attempts_create();
	conf.cert = s->cert;
	conf.key = s->tls_key;
	s->service = (struct service){ .settings = set, .catalog = s->app->catalog, .keys = s->keys, .attempts = s->attempts, .janus = s->janus, .accesses = s->accesses, .page = set->page,
				       .jobs_alive = jobs_alive, .jobs_arg = s, .stores = s->stores, .masters = s->masters, .delivery = s->delivery };
	if (stores_count(s->stores) && passing_create(&s->passing))
		return app_fail(s->app, EXIT_FAILED, "cannot start the threads that pass on files from stores");
	s->service.passing = s->passing;
	return http_create(&s->http, &conf, why, sizeof(why)) ? app_fail(s->app, EXIT_FAILED, "%s", why) : EXIT_DONE;
}

static void say_ready(const struct server *s)
{
	if (s->app->o.json)
		app_json("listening", json_pack("{s:o}", "url", s->http ? json_string(http_url(s->http)) : json_null()));
	else if (s->http)
		printf("listening on %s\n", http_url(s->http));
	else
		printf("running jobs\n");
	fflush(stdout);
	notify_systemd("READY=1");
}

/* A file that cannot be used changes nothing. */
static bool may_reload(struct app *a)
{
	struct settings *fresh = NULL;
	struct master_keys *masters = NULL;
	char why[600] = "", state[64];
	int err = app_load(a, &fresh, why, sizeof(why));

	if (!err && fresh->master_key_file && *fresh->master_key_file)
		err = master_keys_load(&masters, fresh->master_key_file, why, sizeof(why));
	if (err)
		log_error("SIGHUP: the configuration stays as it was: %s", why);
	master_keys_unref(&masters);
	settings_unref(&fresh);
	if (err)
		return false;
	log_info("SIGHUP: the configuration is good, starting again with it");
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_mono_us());
	notify_systemd(state);
	return true;
}

/* The signal that ends this process, or this run of it: SIGHUP. */
static int wait_for_signal(struct app *a, const sigset_t *set)
{
	int sig = 0;

	do
		while (sigwait(set, &sig))
			;
	while (sig == SIGHUP && !may_reload(a));
	if (sig == SIGHUP)
		return sig;
	log_info("stopping on %s", sig == SIGINT ? "Ctrl-C" : "SIGTERM");
	notify_systemd("STOPPING=1");
	return sig;
}

/* The same program with the same arguments in the same process, as if it were just started: nothing of the old configuration is left anywhere. */
static int start_again(struct app *a, const sigset_t *stop)
{
	app_close(a);
	pthread_sigmask(SIG_UNBLOCK, stop, NULL);
	execv("/proc/self/exe", a->argv);
	return app_fail(a, EXIT_FAILED, "cannot start again: %s", err_str(-errno));
}

/* A listener on every address is reached by the machine's name. */
static char *address_of(const struct settings *set)
{
	const char *scheme = set->tls_cert && *set->tls_cert ? "https" : "http", *colon = strrchr(set->listen, ':');
	bool any = g_str_has_prefix(set->listen, "0.0.0.0:") || g_str_has_prefix(set->listen, "[::]:") || colon == set->listen;

	if (set->address)
		return g_strdup(set->address);
	return any ? g_strdup_printf("%s://%s%s", scheme, g_get_host_name(), colon) : g_strdup_printf("%s://%s", scheme, set->listen);
}

static int start_reconciler(struct server *s)
{
	const struct settings *set = s->app->settings;
	struct reconcile_conf conf = { .catalog = set->catalog, .host_id = set->host_id, .recordings = set->recordings, .config = s->app->o.config,
				       .sweep = !s->app->o.no_jobs, .lost_h = set->lost_h, .takeover_min = set->nstorages ? set->takeover_min : 0,
				       .local_ms = set->nstorages ? MAX(set->local_h * 3600000LL, 1) : 0, .keep_taken_ms = MAX(set->local_h, 1) * 3600000LL };
	int err;

	if (!s->app->o.no_api)
		conf.address = s->address = address_of(set);
	err = reconciler_create(&s->reconciler, &conf);
	return err ? app_fail(s->app, EXIT_FAILED, "cannot start the reconciler: %s", err_str(err)) : EXIT_DONE;
}

static int start_backup(struct server *s)
{
	const struct settings *set = s->app->settings;
	struct backup_conf conf = { .catalog = set->catalog, .host_id = set->host_id, .recordings = set->recordings, .stores = s->stores, .masters = s->masters,
				    .every_ms = set->bundle_s * 1000, .fallback_ms = set->fallback_after_s * 1000 };
	int err = s->app->o.no_jobs || !set->backup || !s->stores ? 0 : backup_create(&s->backup, &conf);

	return err ? app_fail(s->app, EXIT_FAILED, "cannot start the backup: %s", err_str(err)) : EXIT_DONE;
}

static void stop_all(struct server *s)
{
	backup_unref(&s->backup);
	reconciler_unref(&s->reconciler);
	if (s->passing)
		passing_stop(s->passing);
	http_unref(&s->http);
	passing_unref(&s->passing);
	access_unref(&s->accesses);
	worker_unref(&s->worker);
	webhook_unref(&s->webhooks);
	janus_admin_unref(&s->janus);
	token_keys_unref(&s->keys);
	attempts_free(&s->attempts);
	delivery_unref(&s->delivery);
	stores_unref(&s->stores);
	master_keys_unref(&s->masters);
	g_free(s->address);
	g_free(s->cert);
	g_free(s->tls_key);
}

/* A stop that was asked for is no failure: exit status 0, as service managers expect. */
int cmd_serve(struct app *a)
{
	struct server s = { .app = a };
	sigset_t stop;
	int code = app_settings(a), sig = 0, err;

	if (code)
		return code;
	if (a->o.no_jobs && a->o.no_api)
		return app_fail(a, EXIT_USAGE, "--no-jobs and --no-api leave nothing to do");
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);    /* before any thread, so that all inherit it */
	signal(SIGPIPE, SIG_IGN);
	metric_set(METRIC_STARTED, 0, clock_wall_ms() * 1000);
	apply_options(a);
	err = fs_mkdirs(a->settings->recordings, 02770);
	if (err)
		return app_fail(a, EXIT_FAILED, "cannot make the recordings directory %s: %s", a->settings->recordings, err_str(err));
	code = app_catalog(a, true);
	if (!code)
		code = open_stores(&s);
	if (!code)
		code = start_http(&s);
	if (!code)
		code = start_webhooks(&s);
	if (!code)
		code = start_worker(&s);
	if (!code)
		code = start_reconciler(&s);
	if (!code)
		code = start_backup(&s);
	if (!code) {
		say_ready(&s);
		sig = wait_for_signal(a, &stop);
	}
	stop_all(&s);
	return sig == SIGHUP ? start_again(a, &stop) : code;
}
