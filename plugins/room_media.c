/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a room takes. Called on task threads and at the start; no state.
 */
#include <glib.h>
#include "common/json.h"
#include "plugins/room_media.h"

static const struct flag {
	const char *key;
	size_t offset;
} flags[] = {
	{ "opus_fec", offsetof(struct room_media, codecs.fec) },
	{ "opus_dtx", offsetof(struct room_media, codecs.dtx) },
	{ "opus_red", offsetof(struct room_media, codecs.red) },
	{ "audiolevel_event", offsetof(struct room_media, audiolevel_event) },
};

static const struct count {
	const char *key;
	size_t offset;
	int max;
} counts[] = {
	{ "audio_active_packets", offsetof(struct room_media, audio_active_packets), 1000 },
	{ "audio_level_average", offsetof(struct room_media, audio_level_average), 127 },
};

void room_media_of(struct room_media *m, const struct settings_room *conf)
{
	*m = (struct room_media){
		.codecs = { .fec = conf->opus_fec, .dtx = conf->opus_dtx, .red = conf->opus_red }, .audiolevel_event = conf->audiolevel_event,
		.audio_active_packets = conf->audio_active_packets, .audio_level_average = conf->audio_level_average,
	};
	codec_policy_order(&m->codecs, conf->videocodec);      /* the settings have checked it */
}

static json_t *member(json_t *body, const char *prefix, const char *key)
{
	char name[48];

	g_snprintf(name, sizeof(name), "%s%s", prefix, key);
	return json_object_get(body, name);
}

static bool read_order(struct room_media *m, json_t *value, const char *prefix, char *why, size_t why_size)
{
	struct codec_policy order;

	if (!value)
		return true;
	if (codec_policy_order(&order, json_string_value(value))) {
		g_snprintf(why, why_size, "%svideocodec names codecs of vp8, vp9, h264, av1, each at most once, with commas.", prefix);
		return false;
	}
	for (size_t i = 0; i < order.nvideo; i++)
		m->codecs.video[i] = order.video[i];
	m->codecs.nvideo = order.nvideo;
	return true;
}

static bool read_count(struct room_media *m, const struct count *c, json_t *value, const char *prefix, char *why, size_t why_size)
{
	json_int_t n = json_integer_value(value);

	if (!value)
		return true;
	if (n < 1 || n > c->max) {
		g_snprintf(why, why_size, "%s%s must be between 1 and %d.", prefix, c->key, c->max);
		return false;
	}
	*(int *)((char *)m + c->offset) = (int)n;
	return true;
}

bool room_media_read(struct room_media *m, json_t *body, const char *prefix, char *why, size_t why_size)
{
	bool good = read_order(m, member(body, prefix, "videocodec"), prefix, why, why_size);

	for (size_t i = 0; good && i < G_N_ELEMENTS(counts); i++)
		good = read_count(m, &counts[i], member(body, prefix, counts[i].key), prefix, why, why_size);
	for (size_t i = 0; good && i < G_N_ELEMENTS(flags); i++) {
		json_t *value = member(body, prefix, flags[i].key);

		if (value)
			*(bool *)((char *)m + flags[i].offset) = json_is_true(value);
	}
	return good;
}
