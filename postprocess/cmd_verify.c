/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp verify DIR`: says whether a recording is what was captured, and if not, what was done to it first. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "common/log.h"
#include "common/sign.h"
#include "common/sync.h"
#include "postprocess/cmd.h"
#include "postprocess/interrupt.h"
#include "postprocess/progress.h"
#include "postprocess/text.h"
#include "postprocess/verify.h"

struct verify_talk { struct progress progress; int64_t began_us; };

static int on_progress(int64_t done, int64_t total, void *arg)
{
	struct verify_talk *t = arg;
	int64_t now_us = clock_mono_us();
	int percent = total > 0 ? (int)MIN(100, (int)((double)done * 100 / (double)total)) : 0;

	progress_update(&t->progress, "verifying", percent, done > 0 && total > done ? (int64_t)((double)(now_us - t->began_us) / 1000 * (double)(total - done) /
			(double)done) : 0, now_us);
	return interrupt_signal();
}

static json_t *finding_json(const struct chain_finding *f)
{
	struct chunk_name n;
	char sentence[512];
	json_t *o = json_pack("{s:s,s:s,s:s}", "kind", chain_kind_name(f->kind), "what", chain_what_name(f->what), "sentence", verify_say(sentence, f));

	if (f->line)
		json_object_set_new(o, "line", json_integer(f->line));
	if (f->t_ms >= 0)
		json_object_set_new(o, "t_ms", json_integer(f->t_ms));
	if (f->file[0])
		json_object_set_new(o, "file", json_string(f->file));
	if (chunk_name_parse(&n, f->file) == 0)
		json_object_update_new(o, json_pack("{s:s,s:s,s:I,s:I}", "participant", n.participant, "source", n.source, "segment",
						    (json_int_t)n.segment, "index", (json_int_t)n.index));
	return o;
}

static json_t *summary_json(const struct verify_result *r)
{
	const struct chain_summary *s = &r->summary;

	return json_pack("{s:s,s:b,s:b,s:i,s:i,s:i,s:i,s:i,s:I,s:s,s:s,s:s,s:i,s:I}", "recording", r->id, "closed", s->closed, "interrupted", s->interrupted,
			 "chunks", (int)s->chunks, "erased", (int)s->erased, "expired", (int)s->expired, "repaired", (int)s->repaired, "unnamed", (int)s->unnamed, "duration_ms",
			 (json_int_t)s->until_ms, "signature", chain_signature_name(s->signature), "key", s->key, "chain_hash", s->chain, "outputs",
			 (int)r->outputs, "findings", (json_int_t)(r->findings->len + r->more));
}

static void print_findings(struct app *a, const struct verify_result *r)
{
	guint n = a->o.all ? r->findings->len : MIN(1, r->findings->len);
	char sentence[512];

	for (guint i = 0; i < n; i++) {
		const struct chain_finding *f = &g_array_index(r->findings, struct chain_finding, i);

		if (a->o.json)
			app_json("finding", finding_json(f));
		else
			printf("%s\n", verify_say(sentence, f));
	}
	if (!a->o.json && r->findings->len + r->more > n)
		printf("… and %zu more%s\n", (size_t)r->findings->len + r->more - n, a->o.all ? "" : "; --all lists them");
}

static const char *signature_text(const struct app *a, const struct chain_summary *s)
{
	static const char *const texts[] = {
		[CHAIN_NOT_SIGNED] = "not signed", [CHAIN_SIGNED_BY_OTHER] = "signed with another key", [CHAIN_SIGNED_WRONG] = "its signature is wrong",
	};

	if (s->signature != CHAIN_SIGNED)
		return texts[s->signature];
	return a->o.key ? "signed with a trusted key" : "signed (whose key that is was not checked: --key)";
}

static void print_summary(const struct app *a, const struct verify_result *r)
{
	const struct chain_summary *s = &r->summary;
	char d[TEXT_SIZE], b[TEXT_SIZE];

	printf("%u chunks, %s, %s; %s", s->chunks, text_bytes(b, s->bytes), text_duration(d, s->until_ms), signature_text(a, s));
	if (!s->closed)
		printf("; not closed, so its end is not proved (%u files have no line yet)", s->unnamed);
	if (s->interrupted)
		printf("; closed after an interruption");
	if (s->repaired)
		printf("; repaired: what stood in it before is not proved");
	if (s->erased)
		printf("; %u chunks erased", s->erased);
	if (s->expired)
		printf("; %u chunks no longer kept", s->expired);
	printf("\n");
	if (s->closed)
		printf("chain hash %s\n", s->chain);
}

static int report(struct app *a, const struct verify_result *r)
{
	char sentence[512];
	json_t *o;

	print_findings(a, r);
	if (!a->o.json && !a->o.quiet)
		print_summary(a, r);
	if (r->findings->len == 0) {
		if (!a->o.json)
			printf("sound\n");
		return app_done(a, summary_json(r));
	}
	verify_say(sentence, &g_array_index(r->findings, struct chain_finding, 0));
	o = summary_json(r);
	return app_fail_with(a, EXIT_DAMAGE, o, "%s", sentence);
}

static int report_failure(struct app *a, int err)
{
	const char *dir = a->o.args[0];

	if (err == -ECANCELED)
		return app_fail(a, interrupt_signal() == SIGTERM ? EXIT_TERM : EXIT_INT, "interrupted");
	if (err == -ENOENT || err == -ENOTDIR)
		return app_fail(a, EXIT_NOT_FOUND, "there is no directory %s", dir);
	if (err == -ENODATA)
		return app_fail(a, EXIT_NOT_FOUND, "%s holds no recording", dir);
	if (err == -EPROTO)
		return app_fail(a, EXIT_FAILED, "%s was written by a newer version", dir);
	return app_fail(a, app_exit_code(err), "%s: %s", dir, err_str(err));
}

static bool is_hash(const char *s)
{
	return strlen(s) == SHA256_HEX - 1 && strspn(s, "0123456789abcdef") == SHA256_HEX - 1;
}

int cmd_verify(struct app *a)
{
	struct verify_talk talk = { .began_us = clock_mono_us() };
	struct verify_conf conf = { .dir = a->o.args[0], .chain = a->o.chain_hash, .progress = on_progress, .arg = &talk };
	struct verify_result r;
	char **keys = NULL;
	int err, code;

	if (conf.chain && !is_hash(conf.chain))
		return app_fail(a, EXIT_USAGE, "--chain-hash wants 64 hex digits, not \"%s\"", conf.chain);
	err = a->o.key ? sign_public_load(&keys, a->o.key) : 0;
	if (err)
		return app_fail(a, err == -ENOENT ? EXIT_NOT_FOUND : EXIT_USAGE, "%s: %s", a->o.key, err == -EINVAL ? "holds no Ed25519 public key (PEM)" : err_str(err));
	conf.keys = keys;
	interrupt_catch();
	progress_init(&talk.progress, &a->o, stderr, 0, clock_mono_us());
	err = verify(&conf, &r);
	progress_end(&talk.progress);
	code = err ? report_failure(a, err) : report(a, &r);
	verify_done(&r);
	g_strfreev(keys);
	return code;
}
