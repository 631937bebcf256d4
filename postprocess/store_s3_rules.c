/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lifecycle rules of a bucket: those of others stay as they are, ours are replaced. S3's rules have ids, and ours begin with "recroom-"; Google's have none,
 * and ours are known by being the same. Called by `recroom-pp storage setup` through store_lifecycle().
 */
#include <errno.h>
#include <string.h>
#include "postprocess/store_body.h"
#include "postprocess/store_s3.h"

#define OURS "recroom-"

static void amazon_rules(GString *out, const struct settings_storage *conf, const struct store_lifecycle *l)
{
	const struct { const char *id, *prefix; } aborted[] = { { OURS "abort-outputs", conf->prefix }, { OURS "abort-originals", conf->chunk_prefix } };

	for (size_t i = 0; l->abort_days && i < G_N_ELEMENTS(aborted); i++)
		g_string_append_printf(out, "<Rule><ID>%s</ID><Filter><Prefix>%s/</Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload>"
				       "<DaysAfterInitiation>%d</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>",
				       aborted[i].id, aborted[i].prefix, l->abort_days);
	if (!l->expire_days)
		return;
	g_string_append_printf(out, "<Rule><ID>" OURS "expire-originals</ID><Filter><Prefix>%s</Prefix></Filter><Status>Enabled</Status><Expiration><Days>%d</Days>"
			       "</Expiration>", l->expire_prefix, l->expire_days);
	if (conf->versions)
		g_string_append(out, "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>");
	g_string_append(out, "</Rule>");
}

static void google_rules(GString *out, const struct settings_storage *conf, const struct store_lifecycle *l)
{
	if (l->abort_days)
		g_string_append_printf(out, "<Rule><Action><AbortIncompleteMultipartUpload></AbortIncompleteMultipartUpload></Action><Condition><Age>%d</Age>"
				       "<MatchesPrefix>%s/</MatchesPrefix><MatchesPrefix>%s/</MatchesPrefix></Condition></Rule>", l->abort_days, conf->prefix, conf->chunk_prefix);
	if (l->expire_days)
		g_string_append_printf(out, "<Rule><Action><Delete></Delete></Action><Condition><Age>%d</Age><MatchesPrefix>%s</MatchesPrefix></Condition></Rule>",
				       l->expire_days, l->expire_prefix);
}

/* The rules that are not ours, as they are. */
static void keep_others(GString *out, const struct xml_node *root, const struct s3 *s3, const char *ours)
{
	for (guint i = 0; root && i < root->children->len; i++) {
		const struct xml_node *rule = root->children->pdata[i];
		GString *text = g_string_new(NULL);

		xml_write(text, rule);
		if (s3->profile->rules_by_id ? !g_str_has_prefix(xml_text(rule, "ID"), OURS) : !strstr(ours, text->str))
			g_string_append_len(out, text->str, (gssize)text->len);
		g_string_free(text, TRUE);
	}
}

static int read_rules(struct store *s, struct xml_node **root, struct store_why *why)
{
	static const struct uri_pair query[] = { { "lifecycle", "" }, { NULL, NULL } };
	struct store_answer answer;
	int err = store_call(s, &(struct store_call){ .method = "GET", .query = query, .root = "LifecycleConfiguration", .answer = &answer }, NULL, why);

	if (!err)
		xml_parse(root, answer.text->str, answer.text->len);
	else if (err == -ENOENT && !strcmp(why->code, "NoSuchLifecycleConfiguration"))
		err = 0;
	store_answer_clear(&answer);
	return err;
}

static int write_rules(struct store *s, const char *xml, struct store_why *why)
{
	static const struct uri_pair query[] = { { "lifecycle", "" }, { NULL, NULL } };
	struct store_body body = { .data = xml, .len = strlen(xml) };
	char md5[STORE_MD5] = "";
	struct uri_pair headers[] = { { "Content-Type", "application/xml" }, { "Content-MD5", md5 }, { NULL, NULL } };
	struct store_answer answer;
	int err = store_body_md5(&body, md5);

	if (err)
		return store_fail(s, why, err, "PUT lifecycle: no MD5 here");
	err = store_call(s, &(struct store_call){ .method = "PUT", .query = query, .headers = headers, .body = &body, .answer = &answer }, NULL, why);
	store_answer_clear(&answer);
	return err;
}

int s3_lifecycle(struct store *s, const struct store_lifecycle *l, bool dry, char **text, struct store_why *why)
{
	const struct s3 *s3 = s->own;
	GString *ours = g_string_new(NULL), *all = g_string_new("<LifecycleConfiguration>");
	struct xml_node *root = NULL;
	int err;

	(s3->profile->rules_by_id ? amazon_rules : google_rules)(ours, s->conf, l);
	err = read_rules(s, &root, why);
	if (!err) {
		keep_others(all, root, s3, ours->str);
		g_string_append_printf(all, "%s</LifecycleConfiguration>", ours->str);
		if (!dry)
			err = write_rules(s, all->str, why);
	}
	if (!err && text)
		*text = g_strdup(all->str);
	if (!err)
		memset(why, 0, sizeof(*why));
	xml_free(&root);
	g_string_free(all, TRUE);
	g_string_free(ours, TRUE);
	return err;
}
