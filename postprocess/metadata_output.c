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

static json_t *rounded(double v)
{
	return json_real(round(v * 100) / 100);
}

static json_t *loudness_json(const struct sound_result *s)
{
	if (s->silent || !s->measured)
		return json_null();
	return json_pack("{s:o,s:o,s:o}", "integrated_lufs", rounded(s->lufs), "true_peak_dbtp", rounded(s->true_peak_db), "output_gain_db",
			 rounded(s->output_gain_q8 / 256.0));
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

json_t *metadata_output(const struct metadata_conf *c)
{
	json_t *o = json_pack("{s:i,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "id", metadata_output_id(c->output), "file", c->file, "mime", c->mime, "files",
			      files_json(c), "size", metadata_int(c->media->size), "duration_ms", metadata_int(c->duration_ms), "spec",
			      output_spec_json(c->spec), "loudness", loudness_json(c->sound), "checksum", checksum_json(c->media));

	json_object_set_new(o, "damaged_audio_chunks", metadata_int(c->sound->damaged_chunks));
	json_object_set_new(o, "concealed_audio_frames", metadata_int(c->sound->concealed_frames));
	json_object_set_new(o, "software", software_json());
	return o;
}
