/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An entry of `outputs` in metadata.json: what one file was to be, what it became, and what it was made with. Called by metadata.c.
 */
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <opus.h>
#include <string.h>
#include <vpx/vpx_codec.h>
#include "config.h"
#include "postprocess/checksum.h"
#include "postprocess/metadata_private.h"

/** JSON has no infinity, which is how loud silence is. */
static json_t *rounded(double v)
{
	return isfinite(v) ? json_real(round(v * 100) / 100 + 0.0) : json_null();
}

static json_t *loudness_json(const struct sound_result *s)
{
	if (s->silent || !s->measured)
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o}", "integrated_lufs", rounded(s->lufs), "true_peak_dbtp", rounded(s->true_peak_db), "range_lu",
			 rounded(s->range_lu), "output_gain_db", rounded(s->output_gain_q8 / 256.0));
}

/** How each participant came in, and what was done about it. */
static json_t *people_json(const struct metadata_conf *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->sound->npeople && i < c->model->nparticipants; i++) {
		const struct sound_person *p = &c->sound->people[i];
		json_t *gain = json_null();

		if (p->heard)
			gain = json_pack("{s:o,s:o,s:o}", "mean", rounded(p->gain_db), "min", rounded(p->gain_min_db), "max", rounded(p->gain_max_db));
		json_array_append_new(list, json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "id", c->model->participants[i]->id, "heard_ms", metadata_int(llrint(p->talk_ms)),
						      "loudness_lufs", p->heard ? rounded(p->loudness_lufs) : json_null(), "gain_db", gain, "concealed_ms",
						      metadata_int(llrint(p->concealed_ms)), "damaged_audio_chunks", metadata_int(p->damaged_chunks)));
	}
	return list;
}

static json_t *checksum_json(const struct sink_result *r)
{
	json_t *blocks = json_array();

	for (char *const *b = r->blocks; b && *b; b++)
		json_array_append_new(blocks, json_string(*b));
	return json_pack("{s:s,s:i,s:s,s:o}", "algorithm", "sha256", "block_size", (int)CHECKSUM_BLOCK, "list", r->digest, "blocks", blocks);
}

static json_t *library(unsigned version)
{
	char text[32];

	g_snprintf(text, sizeof(text), "%u.%u.%u", AV_VERSION_MAJOR(version), AV_VERSION_MINOR(version), AV_VERSION_MICRO(version));
	return json_string(text);
}

static json_t *software_json(void)
{
	return json_pack("{s:s,s:o,s:o,s:o,s:s,s:s}", "recroom-pp", PACKAGE_VERSION, "libavcodec", library(avcodec_version()), "libavformat",
			 library(avformat_version()), "libswscale", library(swscale_version()), "libopus", opus_get_version_string(), "libvpx",
			 vpx_codec_version_str());
}

/** Those beside the media. */
static json_t *files_json(const struct metadata_conf *c)
{
	json_t *list = json_array();

	for (int i = 0; i < c->nfiles; i++) {
		const struct compose_file *f = &c->files[i];

		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:o,s:s}", "kind", f->kind, "name", f->name, "mime", f->mime, "size", metadata_int(f->size),
						      "sha256", f->sha256));
	}
	return list;
}

/** A mix is encoded anew, all of it; files as sent are not. */
static bool as_sent(const struct output_spec *spec)
{
	const struct output_format *f = output_format_find(spec->format);

	return f && f->several && !*f->audio;
}

json_t *metadata_output(const struct metadata_conf *c)
{
	json_t *o = json_pack("{s:i,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "id", metadata_output_id(c->output), "file", c->file, "mime", c->mime, "files",
			      files_json(c), "size", metadata_int(c->media->size), "duration_ms", metadata_int(c->duration_ms), "spec",
			      output_spec_json(c->spec), "loudness", loudness_json(c->sound), "checksum", checksum_json(c->media));

	json_object_set_new(o, "participants", people_json(c));
	json_object_set_new(o, "share_copied", json_integer(as_sent(c->spec)));
	json_object_set_new(o, "damaged_audio_chunks", metadata_int(c->sound->damaged_chunks));
	json_object_set_new(o, "concealed_audio_frames", metadata_int(c->sound->concealed_frames));
	json_object_set_new(o, "software", software_json());
	return o;
}
