/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Options, by GLib; main thread.
 */
#include "tests/bench/generator/options.h"

#include <stdio.h>
#include <stdlib.h>

#define ROW(name, type, field, help, word) { name, 0, 0, G_OPTION_ARG_##type, &o->field, help, word }

void options_parse(struct options *o, int argc, char **argv)
{
	const GOptionEntry rows[] = {
		ROW("url", STRING, url, "Janus' HTTP API", "URL"),
		ROW("plugin", STRING, plugin, "recroom or videoroom", "NAME"),
		ROW("room", STRING, room, "the room, a number", "ID"),
		ROW("secret", STRING, secret, "who may record", "TEXT"),
		ROW("address", STRING, address, "our address for media", "IPV4"),
		ROW("recordings", FILENAME, recordings, "where VideoRoom writes", "DIR"),
		ROW("sent", FILENAME, sent, "write there what each publisher captured: p0.txt …", "DIR"),
		ROW("arrivals", FILENAME, arrivals, "write there what reached viewers when", "FILE"),
		ROW("publishers", INT, publishers, "how many", "N"),
		ROW("viewers", INT, viewers, "each receives all publishers", "N"),
		ROW("threads", INT, threads, "loops; 0: one per core", "N"),
		ROW("seconds", INT, seconds, "how long is measured; 0: until standard input ends", "S"),
		ROW("warmup-ms", INT, warmup_ms, "media flows before that, the recording as well", "MS"),
		ROW("bitrate", INT, bitrate, "of each camera", "BIT/S"),
		ROW("janus-pid", INT, janus_pid, "the process to be measured", "PID"),
		ROW("seed", INT, seed, "of all that is random", "N"),
		ROW("record", NONE, record, "record while measuring", NULL),
		ROW("abandon", NONE, abandon, "in the end Janus is not asked any more: it is gone", NULL),
		ROW("no-video", NONE, no_video, "microphones only", NULL),
		ROW("red", NONE, red, "offer redundant audio", NULL),
		ROW("skew-ppm", DOUBLE, skew_ppm, "of the clocks: even publishers fast, odd ones slow", "PPM"),
		ROW("audio-delay-ms", INT, audio_delay_ms, "of the microphones' packets", "MS"),
		ROW("jitter-ms", INT, jitter_ms, "each packet up to this later", "MS"),
		ROW("loss", DOUBLE, loss, "share of packets withheld", "SHARE"),
		ROW("reorder", DOUBLE, reorder, "share of packets delayed by reorder-ms", "SHARE"),
		ROW("reorder-ms", INT, reorder_ms, "", "MS"),
		{ 0 },
	};
	GOptionContext *c = g_option_context_new("- loads a Janus with numbered media and measures it");
	GError *error = NULL;

	*o = (struct options){ .publishers = 2, .seconds = 5, .warmup_ms = 1000, .bitrate = 1000000, .reorder_ms = 20, .seed = (int)(g_random_int() >> 1) };
	g_option_context_add_main_entries(c, rows, NULL);
	if (!g_option_context_parse(c, &argc, &argv, &error) || !o->url || !o->plugin || !o->room || !o->secret || o->publishers < 1) {
		fprintf(stderr, "generator: %s\n", error ? error->message : "--url, --plugin, --room, --secret and a publisher are needed");
		exit(2);
	}
	g_option_context_free(c);
	o->address = o->address ? o->address : g_strdup("10.77.0.1");
	o->threads = o->threads > 0 ? o->threads : (int)g_get_num_processors();
}

void options_clear(struct options *o)
{
	char *all[] = { o->url, o->plugin, o->room, o->secret, o->address, o->recordings, o->sent, o->arrivals };

	for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
		g_free(all[i]);
}
