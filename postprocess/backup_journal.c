/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The journal of a backup. Called by backup_round.c on the backup's threads, and by rehydrate, which writes one for what it brought.
 *
 *	line ─▶ file, then memory          at the beginning: file ─▶ memory
 */
#include "postprocess/backup_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/json.h"

enum { FORMAT = 1, MARK_HASH = 16 };
static const char *const ends[] = { [BACKUP_COMPLETE] = "complete", [BACKUP_VERIFIED] = "verified" };

char *backup_file_mark(const char *file, const char *sha256)
{
	return g_strdup_printf("%s %.*s", file, MARK_HASH, sha256);
}

struct backup_person *backup_journal_person(struct backup_journal *j, const char *participant)
{
	struct backup_person *p = g_hash_table_lookup(j->people, participant);

	if (!p) {
		p = g_new0(struct backup_person, 1);
		g_hash_table_insert(j->people, g_strdup(participant), p);
	}
	return p;
}

/* ---- what a line means; the same when it is written and when it is read ---- */

static int take_begin(struct backup_journal *j, json_t *line)
{
	const char *id = json_str(line, "recording"), *store = json_str(line, "store");

	if (json_num(line, "format", 0) != FORMAT || !id || strcmp(id, j->id) || !store || strcmp(store, j->store))
		return -EBADMSG;
	j->generation = (unsigned)CLAMP(json_num(line, "generation", 1), 1, ORIGINAL_GENERATION_MAX);
	j->newest = MAX(j->newest, j->generation);
	j->last = (struct backup_piece){ 0 };
	g_hash_table_remove_all(j->people);
	return 0;
}

static void count(struct backup_journal *j, json_t *line)
{
	j->objects++;
	j->bytes += json_num(line, "size", 0);
	j->end = BACKUP_RUNS;
}

static int take_bundle(struct backup_journal *j, json_t *line)
{
	struct backup_person *p;
	struct original o;
	json_t *file;
	size_t i;

	if (original_name_parse(&o, json_str(line, "name") ? json_str(line, "name") : "") || o.kind != ORIGINAL_BUNDLE)
		return -EBADMSG;
	count(j, line);
	if (j->known)
		json_array_foreach(json_object_get(line, "files"), i, file)
			if (json_is_string(file))
				g_hash_table_add(j->known, g_strdup(json_string_value(file)));
	if (o.generation != j->generation)
		return 0;
	p = backup_journal_person(j, o.participant);
	p->bundles = MAX(p->bundles, o.number);
	p->to = MAX(p->to, json_num(line, "to", 0));
	return 0;
}

static int take_piece(struct backup_journal *j, json_t *line)
{
	const char *plain = json_str(line, "plain");
	struct original o;

	if (original_name_parse(&o, json_str(line, "name") ? json_str(line, "name") : "") || o.kind != ORIGINAL_TIMELINE)
		return -EBADMSG;
	count(j, line);
	if (o.generation != j->generation)
		return 0;
	j->last = (struct backup_piece){ .from = json_num(line, "from", 0), .to = json_num(line, "to", 0), .closed = j->last.closed || json_flag(line, "closed", false) };
	g_strlcpy(j->last.plain, plain ? plain : "", sizeof(j->last.plain));
	return 0;
}

static int take_file(struct backup_journal *j, json_t *line)
{
	const char *name = json_str(line, "name"), *plain = json_str(line, "plain");
	struct original o;

	if (original_name_parse(&o, name ? name : "") || !original_file(o.kind))
		return -EBADMSG;
	count(j, line);
	g_strlcpy(j->plain[o.kind], plain ? plain : "", SHA256_HEX);
	return 0;
}

static int take_end(struct backup_journal *j, json_t *line)
{
	j->end = strcmp(json_str(line, "type"), ends[BACKUP_VERIFIED]) ? BACKUP_COMPLETE : BACKUP_VERIFIED;
	return 0;
}

static int take_lost(struct backup_journal *j, json_t *line)
{
	struct original o;

	if (!original_name_parse(&o, json_str(line, "name") ? json_str(line, "name") : "") && original_file(o.kind))
		j->plain[o.kind][0] = '\0';
	j->end = BACKUP_RUNS;
	return 0;
}

static int take_line(struct backup_journal *j, json_t *line)
{
	static const struct { const char *type; int (*take)(struct backup_journal *j, json_t *line); } kinds[] = {
		{ "backup", take_begin }, { "bundle", take_bundle }, { "timeline", take_piece }, { "file", take_file }, { "complete", take_end },
		{ "verified", take_end }, { "lost", take_lost },
	};
	const char *type = json_str(line, "type");

	for (size_t i = 0; type && i < G_N_ELEMENTS(kinds); i++) {
		if (!strcmp(type, kinds[i].type))
			return kinds[i].take == take_begin || j->generation ? kinds[i].take(j, line) : -EBADMSG;
	}
	return type ? 0 : -EBADMSG;
}

/* ---- reading ---- */

/* Each complete line as an object; *end: behind the last one's newline. */
static int each_line(const char *path, int (*each)(json_t *line, void *arg), void *arg, off_t *end)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	int err = 0;

	*end = 0;
	if (!f)
		return -errno;
	while (!err && (len = getline(&text, &size, f)) > 0 && text[len - 1] == '\n') {
		json_t *line = json_loadb(text, (size_t)len, 0, NULL);

		err = line ? each(line, arg) : -EBADMSG;
		*end += len;
		json_decref(line);
	}
	free(text);
	fclose(f);
	return err;
}

static int load_line(json_t *line, void *arg)
{
	return take_line(arg, line);
}

static int gather_object(json_t *line, void *arg)
{
	GHashTable *all = arg;
	const char *name = json_str(line, "name"), *type = json_str(line, "type"), *etag = json_str(line, "etag"), *sha256 = json_str(line, "sha256");
	struct original_object *o;

	if (!name || !type || !strcmp(type, "lost")) {
		if (name)
			g_hash_table_remove(all, name);
		return 0;
	}
	o = g_new0(struct original_object, 1);
	g_strlcpy(o->name, name, sizeof(o->name));
	g_strlcpy(o->etag, etag ? etag : "", sizeof(o->etag));
	g_strlcpy(o->sha256, sha256 ? sha256 : "", sizeof(o->sha256));
	o->size = json_num(line, "size", -1);
	g_hash_table_replace(all, g_strdup(name), o);
	return 0;
}

int backup_journal_objects(const struct backup_journal *j, GHashTable **out)
{
	off_t end;

	*out = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return each_line(j->path, gather_object, *out, &end);
}

/* ---- what is in bundles, where the timeline does not tell ---- */

struct gathering {
	GHashTable *known, *objects;
};

static int gather_files(json_t *line, void *arg)
{
	struct gathering *g = arg;
	json_t *file;
	size_t i;

	if (!g_hash_table_contains(g->objects, json_str(line, "name") ? json_str(line, "name") : ""))
		return 0;
	json_array_foreach(json_object_get(line, "files"), i, file)
		if (json_is_string(file))
			g_hash_table_add(g->known, g_strdup(json_string_value(file)));
	return 0;
}

static int load_known(struct backup_journal *j)
{
	struct gathering g = { .known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
	off_t end;
	int err = backup_journal_objects(j, &g.objects);

	if (!err)
		err = each_line(j->path, gather_files, &g, &end);
	g_hash_table_unref(g.objects);
	if (j->known)
		g_hash_table_unref(j->known);
	j->known = g.known;
	return err;
}

/* ---- writing ---- */

static int write_line(struct backup_journal *j, json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);
	g_autofree char *whole = g_strconcat(text, "\n", NULL);
	size_t len = strlen(whole);
	off_t before = lseek(j->fd, 0, SEEK_END);
	ssize_t n = write(j->fd, whole, len);
	int err = n == (ssize_t)len ? 0 : n < 0 ? -errno : -ENOSPC;

	free(text);
	if (err && before >= 0 && ftruncate(j->fd, before))
		err = -errno;
	return err;
}

/* Takes the line. */
static int append(struct backup_journal *j, json_t *line)
{
	int err = write_line(j, line);

	if (!err)
		err = take_line(j, line);
	json_decref(line);
	return err;
}

static json_t *object_line(const char *type, const struct original_object *o)
{
	return json_pack("{s:s,s:s,s:I,s:s,s:s}", "type", type, "name", o->name, "size", (json_int_t)o->size, "etag", o->etag, "sha256", o->sha256);
}

int backup_journal_bundle(struct backup_journal *j, const struct original_object *o, int64_t to, json_t *files)
{
	json_t *line = object_line("bundle", o);

	json_object_set_new(line, "to", json_integer(to));
	json_object_set(line, "files", files);
	return append(j, line);
}

int backup_journal_piece(struct backup_journal *j, const struct original_object *o, const struct backup_piece *p)
{
	json_t *line = object_line("timeline", o);

	json_object_update_new(line, json_pack("{s:I,s:I,s:s,s:b}", "from", (json_int_t)p->from, "to", (json_int_t)p->to, "plain", p->plain, "closed", p->closed));
	return append(j, line);
}

int backup_journal_file(struct backup_journal *j, const struct original_object *o, const char plain[SHA256_HEX])
{
	json_t *line = object_line("file", o);

	json_object_set_new(line, "plain", json_string(plain));
	return append(j, line);
}

int backup_journal_end(struct backup_journal *j, enum backup_end end)
{
	return append(j, json_pack("{s:s}", "type", ends[end]));
}

int backup_journal_lost(struct backup_journal *j, const char *name)
{
	return append(j, json_pack("{s:s,s:s}", "type", "lost", "name", name));
}

static json_t *first_line(const struct backup_journal *j, unsigned generation)
{
	return json_pack("{s:s,s:i,s:s,s:s,s:i}", "type", "backup", "format", FORMAT, "recording", j->id, "store", j->store, "generation", (int)generation);
}

int backup_journal_anew(struct backup_journal *j, unsigned generation)
{
	int err = append(j, first_line(j, generation));

	return err ? err : load_known(j);
}

/* ---- opening ---- */

static int load(struct backup_journal *j)
{
	struct stat st;
	off_t end = 0;
	int err = each_line(j->path, load_line, j, &end);

	if (!err && !fstat(j->fd, &st) && st.st_size > end && ftruncate(j->fd, end))
		err = -errno;
	if (!err && !j->generation)
		return append(j, first_line(j, 1));
	return err || j->generation == 1 ? err : load_known(j);
}

int backup_journal_open(struct backup_journal **out, const char *dir, const char *id, const char *store)
{
	struct backup_journal *j = g_new0(struct backup_journal, 1);
	g_autofree char *folder = g_build_filename(dir, ".backup", NULL);
	int err = mkdir(folder, 02770) && errno != EEXIST ? -errno : 0;

	j->path = g_strdup_printf("%s/%s.jsonl", folder, store);
	j->id = g_strdup(id);
	j->store = g_strdup(store);
	j->people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	j->fd = err ? -1 : open(j->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0660);
	if (!err && (j->fd < 0 || flock(j->fd, LOCK_EX | LOCK_NB)))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (!err)
		err = load(j);
	if (err)
		backup_journal_close(&j);
	*out = j;
	return err;
}

void backup_journal_close(struct backup_journal **jp)
{
	struct backup_journal *j = *jp;

	*jp = NULL;
	if (!j)
		return;
	if (j->fd >= 0)
		close(j->fd);
	g_hash_table_unref(j->people);
	if (j->known)
		g_hash_table_unref(j->known);
	g_free(j->path);
	g_free(j->id);
	g_free(j->store);
	g_free(j);
}
