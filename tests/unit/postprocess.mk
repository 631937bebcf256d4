# SPDX-License-Identifier: GPL-3.0-or-later
THREADED_TESTS += test_segment test_compose test_follow test_reconcile test_webhook test_worker test_http test_rest test_rest_pages test_forward \
	test_idempotent test_access test_attempts test_passing test_upload test_upload_ahead test_store_http test_credentials test_backup test_takeover
PP_TEST_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS) $(PP_CFLAGS)
# Synthetic recordings, for every test of composing.
MAKE_RECORDING = tests/lib/make_recording.c tests/lib/make_recording.h tests/lib/encode.c tests/lib/encode.h
# What tests share is compiled once. Whether a document is as its schema says: schema.c.
check_LTLIBRARIES += libtest_media.la
libtest_media_la_SOURCES = $(MAKE_RECORDING) tests/lib/damage.c tests/lib/damage.h tests/lib/grow.c tests/lib/grow.h tests/lib/read_output.c \
	tests/lib/read_output.h tests/lib/schema.c tests/lib/schema.h
libtest_media_la_CPPFLAGS = $(UNIT_CPPFLAGS)
libtest_media_la_CFLAGS = $(PP_TEST_CFLAGS)

UNIT_TESTS += test_model
test_model_SOURCES = tests/unit/test_model.c
test_model_CPPFLAGS = $(UNIT_CPPFLAGS)
test_model_CFLAGS = $(PP_TEST_CFLAGS)
test_model_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_chunk_reader
test_chunk_reader_SOURCES = tests/unit/test_chunk_reader.c
test_chunk_reader_CPPFLAGS = $(UNIT_CPPFLAGS)
test_chunk_reader_CFLAGS = $(PP_TEST_CFLAGS)
test_chunk_reader_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_range
test_range_SOURCES = tests/unit/test_range.c
test_range_CPPFLAGS = $(UNIT_CPPFLAGS)
test_range_CFLAGS = $(PP_TEST_CFLAGS)
test_range_LDADD = librecroom_pp.la

UNIT_TESTS += test_sealed
test_sealed_SOURCES = tests/unit/test_sealed.c tests/unit/store_memory.h tests/unit/catalog_box.h
test_sealed_CPPFLAGS = $(UNIT_CPPFLAGS)
test_sealed_CFLAGS = $(PP_TEST_CFLAGS)
test_sealed_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_download
test_download_SOURCES = tests/unit/test_download.c tests/unit/store_memory.h postprocess/checksum.c
test_download_CPPFLAGS = $(UNIT_CPPFLAGS)
test_download_CFLAGS = $(PP_TEST_CFLAGS)
test_download_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_passing
test_passing_SOURCES = tests/unit/test_passing.c tests/unit/store_memory.h tests/unit/rest_client.h
test_passing_CPPFLAGS = $(UNIT_CPPFLAGS)
test_passing_CFLAGS = $(PP_TEST_CFLAGS)
test_passing_LDADD = librecroom_pp.la

UNIT_TESTS += test_cmd_download
test_cmd_download_SOURCES = tests/unit/test_cmd_download.c tests/unit/command.h tests/lib/catalog_rows.h
test_cmd_download_CPPFLAGS = $(UNIT_CPPFLAGS)
test_cmd_download_CFLAGS = $(PP_TEST_CFLAGS)
test_cmd_download_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_rest_stored
test_rest_stored_SOURCES = tests/unit/test_rest_stored.c tests/unit/rest_client.h tests/lib/catalog_rows.h
test_rest_stored_CPPFLAGS = $(UNIT_CPPFLAGS)
test_rest_stored_CFLAGS = $(PP_TEST_CFLAGS)
test_rest_stored_LDADD = librecroom_pp.la

UNIT_TESTS += test_cmd_storage
test_cmd_storage_SOURCES = tests/unit/test_cmd_storage.c tests/unit/command.h tests/lib/catalog_rows.h
test_cmd_storage_CPPFLAGS = $(UNIT_CPPFLAGS)
test_cmd_storage_CFLAGS = $(PP_TEST_CFLAGS)
test_cmd_storage_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_text
test_text_SOURCES = tests/unit/test_text.c
test_text_CPPFLAGS = $(UNIT_CPPFLAGS)
test_text_CFLAGS = $(PP_TEST_CFLAGS)
test_text_LDADD = librecroom_pp.la

UNIT_TESTS += test_options
test_options_SOURCES = tests/unit/test_options.c
test_options_CPPFLAGS = $(UNIT_CPPFLAGS)
test_options_CFLAGS = $(PP_TEST_CFLAGS)
test_options_LDADD = librecroom_pp.la

UNIT_TESTS += test_progress
test_progress_SOURCES = tests/unit/test_progress.c
test_progress_CPPFLAGS = $(UNIT_CPPFLAGS)
test_progress_CFLAGS = $(PP_TEST_CFLAGS)
test_progress_LDADD = librecroom_pp.la

UNIT_TESTS += test_audio_source
test_audio_source_SOURCES = tests/unit/test_audio_source.c tests/unit/sound_probe.h
test_audio_source_CPPFLAGS = $(UNIT_CPPFLAGS)
test_audio_source_CFLAGS = $(PP_TEST_CFLAGS)
test_audio_source_LDADD = librecroom_pp.la

UNIT_TESTS += test_leveller
test_leveller_SOURCES = tests/unit/test_leveller.c tests/unit/sound_probe.h
test_leveller_CPPFLAGS = $(UNIT_CPPFLAGS)
test_leveller_CFLAGS = $(PP_TEST_CFLAGS)
test_leveller_LDADD = librecroom_pp.la

UNIT_TESTS += test_limiter
test_limiter_SOURCES = tests/unit/test_limiter.c tests/unit/sound_probe.h
test_limiter_CPPFLAGS = $(UNIT_CPPFLAGS)
test_limiter_CFLAGS = $(PP_TEST_CFLAGS)
test_limiter_LDADD = librecroom_pp.la

UNIT_TESTS += test_loudness
test_loudness_SOURCES = tests/unit/test_loudness.c tests/unit/sound_probe.h
test_loudness_CPPFLAGS = $(UNIT_CPPFLAGS)
test_loudness_CFLAGS = $(PP_TEST_CFLAGS)
test_loudness_LDADD = librecroom_pp.la

UNIT_TESTS += test_mixer
test_mixer_SOURCES = tests/unit/test_mixer.c tests/unit/sound_probe.h
test_mixer_CPPFLAGS = $(UNIT_CPPFLAGS)
test_mixer_CFLAGS = $(PP_TEST_CFLAGS)
test_mixer_LDADD = librecroom_pp.la

UNIT_TESTS += test_voice
test_voice_SOURCES = tests/unit/test_voice.c tests/unit/sound_probe.h
test_voice_CPPFLAGS = $(UNIT_CPPFLAGS)
test_voice_CFLAGS = $(PP_TEST_CFLAGS)
test_voice_LDADD = librecroom_pp.la

UNIT_TESTS += test_master
test_master_SOURCES = tests/unit/test_master.c tests/unit/sound_probe.h
test_master_CPPFLAGS = $(UNIT_CPPFLAGS)
test_master_CFLAGS = $(PP_TEST_CFLAGS)
test_master_LDADD = librecroom_pp.la

UNIT_TESTS += test_encode_audio
test_encode_audio_SOURCES = tests/unit/test_encode_audio.c tests/unit/sound_probe.h
test_encode_audio_CPPFLAGS = $(UNIT_CPPFLAGS)
test_encode_audio_CFLAGS = $(PP_TEST_CFLAGS)
test_encode_audio_LDADD = librecroom_pp.la

UNIT_TESTS += test_stem
test_stem_SOURCES = tests/unit/test_stem.c tests/unit/sound_probe.h
test_stem_CPPFLAGS = $(UNIT_CPPFLAGS)
test_stem_CFLAGS = $(PP_TEST_CFLAGS)
test_stem_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_sound
test_sound_SOURCES = tests/unit/test_sound.c tests/unit/sound_probe.h
test_sound_CPPFLAGS = $(UNIT_CPPFLAGS)
test_sound_CFLAGS = $(PP_TEST_CFLAGS)
test_sound_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_attempts
test_attempts_SOURCES = tests/unit/test_attempts.c tests/unit/test.h
test_attempts_CPPFLAGS = $(UNIT_CPPFLAGS)
test_attempts_CFLAGS = $(PP_TEST_CFLAGS)
test_attempts_LDADD = librecroom_pp.la -lm

UNIT_TESTS += test_rest_permission
test_rest_permission_SOURCES = tests/unit/test_rest_permission.c tests/lib/catalog_rows.h tests/lib/token_faults.h tests/unit/token_forge.h
test_rest_permission_CPPFLAGS = $(UNIT_CPPFLAGS)
test_rest_permission_CFLAGS = $(PP_TEST_CFLAGS)
test_rest_permission_LDADD = librecroom_pp.la

UNIT_TESTS += test_forward
test_forward_SOURCES = tests/unit/test_forward.c tests/lib/catalog_rows.h tests/lib/certificate.h
test_forward_CPPFLAGS = $(UNIT_CPPFLAGS)
test_forward_CFLAGS = $(PP_TEST_CFLAGS)
test_forward_LDADD = librecroom_pp.la

UNIT_TESTS += test_idempotent
test_idempotent_SOURCES = tests/unit/test_idempotent.c
test_idempotent_CPPFLAGS = $(UNIT_CPPFLAGS)
test_idempotent_CFLAGS = $(PP_TEST_CFLAGS)
test_idempotent_LDADD = librecroom_pp.la

UNIT_TESTS += test_rest_pages
test_rest_pages_SOURCES = tests/unit/test_rest_pages.c tests/lib/catalog_rows.h
test_rest_pages_CPPFLAGS = $(UNIT_CPPFLAGS)
test_rest_pages_CFLAGS = $(PP_TEST_CFLAGS)
test_rest_pages_LDADD = librecroom_pp.la

UNIT_TESTS += test_janus_admin
test_janus_admin_SOURCES = tests/unit/test_janus_admin.c
test_janus_admin_CPPFLAGS = $(UNIT_CPPFLAGS)
test_janus_admin_CFLAGS = $(PP_TEST_CFLAGS)
test_janus_admin_LDADD = librecroom_pp.la

UNIT_TESTS += test_access
test_access_SOURCES = tests/unit/test_access.c tests/lib/catalog_rows.h tests/unit/test.h
test_access_CPPFLAGS = $(UNIT_CPPFLAGS)
test_access_CFLAGS = $(PP_TEST_CFLAGS)
test_access_LDADD = librecroom_pp.la

UNIT_TESTS += test_ready
test_ready_SOURCES = tests/unit/test_ready.c tests/lib/catalog_rows.h tests/unit/test.h
test_ready_CPPFLAGS = $(UNIT_CPPFLAGS)
test_ready_CFLAGS = $(PP_TEST_CFLAGS)
test_ready_LDADD = librecroom_pp.la

UNIT_TESTS += test_http
test_http_SOURCES = tests/unit/test_http.c
test_http_CPPFLAGS = $(UNIT_CPPFLAGS)
test_http_CFLAGS = $(PP_TEST_CFLAGS)
test_http_LDADD = librecroom_pp.la

UNIT_TESTS += test_rest
test_rest_SOURCES = tests/unit/test_rest.c tests/unit/rest_client.h tests/lib/catalog_rows.h
test_rest_CPPFLAGS = $(UNIT_CPPFLAGS)
test_rest_CFLAGS = $(PP_TEST_CFLAGS)
test_rest_LDADD = librecroom_pp.la

UNIT_TESTS += test_worker
test_worker_SOURCES = tests/unit/test_worker.c tests/lib/catalog_rows.h
test_worker_CPPFLAGS = $(UNIT_CPPFLAGS)
test_worker_CFLAGS = $(PP_TEST_CFLAGS)
test_worker_LDADD = librecroom_pp.la

UNIT_TESTS += test_director
test_director_SOURCES = tests/unit/test_director.c
test_director_CPPFLAGS = $(UNIT_CPPFLAGS)
test_director_CFLAGS = $(PP_TEST_CFLAGS)
test_director_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_scene
test_scene_SOURCES = tests/unit/test_scene.c
test_scene_CPPFLAGS = $(UNIT_CPPFLAGS)
test_scene_CFLAGS = $(PP_TEST_CFLAGS)
test_scene_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_layout
test_layout_SOURCES = tests/unit/test_layout.c
test_layout_CPPFLAGS = $(UNIT_CPPFLAGS)
test_layout_CFLAGS = $(PP_TEST_CFLAGS)
test_layout_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_encode_vpx
test_encode_vpx_SOURCES = tests/unit/test_encode_vpx.c tests/lib/ssim.h tests/bench/mix/picture.c tests/bench/mix/picture.h
test_encode_vpx_CPPFLAGS = $(UNIT_CPPFLAGS)
test_encode_vpx_CFLAGS = $(PP_TEST_CFLAGS)
test_encode_vpx_LDADD = librecroom_pp.la $(PP_LIBS) -lm

UNIT_TESTS += test_boundary
test_boundary_SOURCES = tests/unit/test_boundary.c tests/lib/ssim.h tests/lib/read_sound.h \
	tests/bench/mix/clip.c tests/bench/mix/clip.h tests/bench/mix/picture.c tests/bench/mix/picture.h
test_boundary_CPPFLAGS = $(UNIT_CPPFLAGS)
test_boundary_CFLAGS = $(PP_TEST_CFLAGS)
test_boundary_LDADD = libtest_media.la librecroom_pp.la $(PP_LIBS) -lm

UNIT_TESTS += test_canvas
test_canvas_SOURCES = tests/unit/test_canvas.c
test_canvas_CPPFLAGS = $(UNIT_CPPFLAGS)
test_canvas_CFLAGS = $(PP_TEST_CFLAGS)
test_canvas_LDADD = librecroom_pp.la

UNIT_TESTS += test_name
test_name_SOURCES = tests/unit/test_name.c
test_name_CPPFLAGS = $(UNIT_CPPFLAGS)
test_name_CFLAGS = $(PP_TEST_CFLAGS)
test_name_LDADD = librecroom_pp.la

UNIT_TESTS += test_legible
test_legible_SOURCES = tests/unit/test_legible.c
test_legible_CPPFLAGS = $(UNIT_CPPFLAGS)
test_legible_CFLAGS = $(PP_TEST_CFLAGS)
test_legible_LDADD = librecroom_pp.la

UNIT_TESTS += test_overlays
test_overlays_SOURCES = tests/unit/test_overlays.c
test_overlays_CPPFLAGS = $(UNIT_CPPFLAGS)
test_overlays_CFLAGS = $(PP_TEST_CFLAGS)
test_overlays_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_picture
test_picture_SOURCES = tests/unit/test_picture.c
test_picture_CPPFLAGS = $(UNIT_CPPFLAGS)
test_picture_CFLAGS = $(PP_TEST_CFLAGS)
test_picture_LDADD = librecroom_pp.la

UNIT_TESTS += test_resize
test_resize_SOURCES = tests/unit/test_resize.c
test_resize_CPPFLAGS = $(UNIT_CPPFLAGS)
test_resize_CFLAGS = $(PP_TEST_CFLAGS)
test_resize_LDADD = librecroom_pp.la

UNIT_TESTS += test_compose_codecs
test_compose_codecs_SOURCES = tests/unit/test_compose_codecs.c
test_compose_codecs_CPPFLAGS = $(UNIT_CPPFLAGS)
test_compose_codecs_CFLAGS = $(PP_TEST_CFLAGS)
test_compose_codecs_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_compose
test_compose_SOURCES = tests/unit/test_compose.c
test_compose_CPPFLAGS = $(UNIT_CPPFLAGS)
test_compose_CFLAGS = $(PP_TEST_CFLAGS)
test_compose_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_metadata
test_metadata_SOURCES = tests/unit/test_metadata.c
test_metadata_CPPFLAGS = $(UNIT_CPPFLAGS)
test_metadata_CFLAGS = $(PP_TEST_CFLAGS)
test_metadata_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_checksum
test_checksum_SOURCES = tests/unit/test_checksum.c
test_checksum_CPPFLAGS = $(UNIT_CPPFLAGS)
test_checksum_CFLAGS = $(PP_TEST_CFLAGS)
test_checksum_LDADD = librecroom_pp.la

UNIT_TESTS += test_mux_mp4
test_mux_mp4_SOURCES = tests/unit/test_mux_mp4.c tests/unit/box_read.h
test_mux_mp4_CPPFLAGS = $(UNIT_CPPFLAGS)
test_mux_mp4_CFLAGS = $(PP_TEST_CFLAGS)
test_mux_mp4_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_participants_output
test_participants_output_SOURCES = tests/unit/test_participants_output.c
test_participants_output_CPPFLAGS = $(UNIT_CPPFLAGS)
test_participants_output_CFLAGS = $(PP_TEST_CFLAGS)
test_participants_output_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_seek
test_seek_SOURCES = tests/unit/test_seek.c
test_seek_CPPFLAGS = $(UNIT_CPPFLAGS)
test_seek_CFLAGS = $(PP_TEST_CFLAGS)
test_seek_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_mux_webm
test_mux_webm_SOURCES = tests/unit/test_mux_webm.c
test_mux_webm_CPPFLAGS = $(UNIT_CPPFLAGS)
test_mux_webm_CFLAGS = $(PP_TEST_CFLAGS)
test_mux_webm_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_mux_ogg
test_mux_ogg_SOURCES = tests/unit/test_mux_ogg.c
test_mux_ogg_CPPFLAGS = $(UNIT_CPPFLAGS)
test_mux_ogg_CFLAGS = $(PP_TEST_CFLAGS)
test_mux_ogg_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_label
test_label_SOURCES = tests/unit/test_label.c
test_label_CPPFLAGS = $(UNIT_CPPFLAGS)
test_label_CFLAGS = $(PP_TEST_CFLAGS)
test_label_LDADD = librecroom_pp.la

UNIT_TESTS += test_cmd
test_cmd_SOURCES = tests/unit/test_cmd.c tests/unit/command.h tests/lib/catalog_rows.h
test_cmd_CPPFLAGS = $(UNIT_CPPFLAGS)
test_cmd_CFLAGS = $(PP_TEST_CFLAGS)
test_cmd_LDADD = libtest_media.la librecroom_pp.la

# A recording to be damaged.
UNIT_TESTS += test_verify
test_verify_SOURCES = tests/unit/test_verify.c
test_verify_CPPFLAGS = $(UNIT_CPPFLAGS)
test_verify_CFLAGS = $(PP_TEST_CFLAGS)
test_verify_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_repair
test_repair_SOURCES = tests/unit/test_repair.c
test_repair_CPPFLAGS = $(UNIT_CPPFLAGS)
test_repair_CFLAGS = $(PP_TEST_CFLAGS)
test_repair_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_cmd_proof
test_cmd_proof_SOURCES = tests/unit/test_cmd_proof.c tests/unit/command.h
test_cmd_proof_CPPFLAGS = $(UNIT_CPPFLAGS)
test_cmd_proof_CFLAGS = $(PP_TEST_CFLAGS)
test_cmd_proof_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_thumbnail
test_thumbnail_SOURCES = tests/unit/test_thumbnail.c
test_thumbnail_CPPFLAGS = $(UNIT_CPPFLAGS)
test_thumbnail_CFLAGS = $(PP_TEST_CFLAGS)
test_thumbnail_LDADD = librecroom_pp.la

UNIT_TESTS += test_storyboard
test_storyboard_SOURCES = tests/unit/test_storyboard.c
test_storyboard_CPPFLAGS = $(UNIT_CPPFLAGS)
test_storyboard_CFLAGS = $(PP_TEST_CFLAGS)
test_storyboard_LDADD = librecroom_pp.la

UNIT_TESTS += test_model_select
test_model_select_SOURCES = tests/unit/test_model_select.c tests/lib/read_sound.h
test_model_select_CPPFLAGS = $(UNIT_CPPFLAGS)
test_model_select_CFLAGS = $(PP_TEST_CFLAGS)
test_model_select_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_captions
test_captions_SOURCES = tests/unit/test_captions.c tests/unit/people.h
test_captions_CPPFLAGS = $(UNIT_CPPFLAGS)
test_captions_CFLAGS = $(PP_TEST_CFLAGS)
test_captions_LDADD = librecroom_pp.la

UNIT_TESTS += test_chapters
test_chapters_SOURCES = tests/unit/test_chapters.c tests/unit/people.h
test_chapters_CPPFLAGS = $(UNIT_CPPFLAGS)
test_chapters_CFLAGS = $(PP_TEST_CFLAGS)
test_chapters_LDADD = librecroom_pp.la

UNIT_TESTS += test_sync_log
test_sync_log_SOURCES = tests/unit/test_sync_log.c
test_sync_log_CPPFLAGS = $(UNIT_CPPFLAGS)
test_sync_log_CFLAGS = $(PP_TEST_CFLAGS)
test_sync_log_LDADD = librecroom_pp.la

UNIT_TESTS += test_follow
test_follow_SOURCES = tests/unit/test_follow.c
test_follow_CPPFLAGS = $(UNIT_CPPFLAGS)
test_follow_CFLAGS = $(PP_TEST_CFLAGS)
test_follow_LDFLAGS = -Wl,--wrap=thread_lower
test_follow_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_beside
test_beside_SOURCES = tests/unit/test_beside.c tests/unit/people.h
test_beside_CPPFLAGS = $(UNIT_CPPFLAGS)
test_beside_CFLAGS = $(PP_TEST_CFLAGS)
test_beside_LDADD = librecroom_pp.la

UNIT_TESTS += test_erase
test_erase_SOURCES = tests/unit/test_erase.c
test_erase_CPPFLAGS = $(UNIT_CPPFLAGS)
test_erase_CFLAGS = $(PP_TEST_CFLAGS)
test_erase_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_cmd_again
test_cmd_again_SOURCES = tests/unit/test_cmd_again.c tests/unit/command.h tests/lib/catalog_rows.h
test_cmd_again_CPPFLAGS = $(UNIT_CPPFLAGS)
test_cmd_again_CFLAGS = $(PP_TEST_CFLAGS)
test_cmd_again_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_cmd_jobs
test_cmd_jobs_SOURCES = tests/unit/test_cmd_jobs.c tests/unit/command.h tests/lib/catalog_rows.h
test_cmd_jobs_CPPFLAGS = $(UNIT_CPPFLAGS)
test_cmd_jobs_CFLAGS = $(PP_TEST_CFLAGS)
test_cmd_jobs_LDADD = librecroom_pp.la

UNIT_TESTS += test_worker_killed
test_worker_killed_SOURCES = tests/unit/test_worker_killed.c tests/unit/catalog_box.h tests/lib/catalog_rows.h
test_worker_killed_CPPFLAGS = $(UNIT_CPPFLAGS)
test_worker_killed_CFLAGS = $(PP_TEST_CFLAGS)
test_worker_killed_LDADD = librecroom_pp.la

UNIT_TESTS += test_reconcile
test_reconcile_SOURCES = tests/unit/test_reconcile.c tests/unit/catalog_box.h
test_reconcile_CPPFLAGS = $(UNIT_CPPFLAGS)
test_reconcile_CFLAGS = $(PP_TEST_CFLAGS)
test_reconcile_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_cmd_webhook
test_cmd_webhook_SOURCES = tests/unit/test_cmd_webhook.c tests/unit/command.h tests/lib/catalog_rows.h tests/lib/receiver.c tests/lib/receiver.h
test_cmd_webhook_CPPFLAGS = $(UNIT_CPPFLAGS)
test_cmd_webhook_CFLAGS = $(PP_TEST_CFLAGS)
test_cmd_webhook_LDADD = librecroom_pp.la

UNIT_TESTS += test_compose_bad
test_compose_bad_SOURCES = tests/unit/test_compose_bad.c tests/unit/damages.h
test_compose_bad_CPPFLAGS = $(UNIT_CPPFLAGS)
test_compose_bad_CFLAGS = $(PP_TEST_CFLAGS)
test_compose_bad_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_segment
test_segment_SOURCES = tests/unit/test_segment.c
test_segment_CPPFLAGS = $(UNIT_CPPFLAGS)
test_segment_CFLAGS = $(PP_TEST_CFLAGS)
test_segment_LDADD = librecroom_pp.la

UNIT_TESTS += test_webhook_pure
test_webhook_pure_SOURCES = tests/unit/test_webhook_pure.c tests/unit/test.h
test_webhook_pure_CPPFLAGS = $(UNIT_CPPFLAGS)
test_webhook_pure_CFLAGS = $(PP_TEST_CFLAGS)
test_webhook_pure_LDADD = librecroom_pp.la

UNIT_TESTS += test_webhook
test_webhook_SOURCES = tests/unit/test_webhook.c tests/unit/test.h tests/lib/receiver.c tests/lib/receiver.h tests/lib/catalog_rows.h tests/lib/certificate.h tests/unit/catalog_box.h
test_webhook_CPPFLAGS = $(UNIT_CPPFLAGS)
test_webhook_CFLAGS = $(PP_TEST_CFLAGS)
test_webhook_LDADD = librecroom_pp.la

UNIT_TESTS += test_cmd_catalog
test_cmd_catalog_SOURCES = tests/unit/test_cmd_catalog.c tests/unit/command.h tests/lib/catalog_rows.h
test_cmd_catalog_CPPFLAGS = $(UNIT_CPPFLAGS)
test_cmd_catalog_CFLAGS = $(PP_TEST_CFLAGS)
test_cmd_catalog_LDADD = librecroom_pp.la

UNIT_TESTS += test_bundle
test_bundle_SOURCES = tests/unit/test_bundle.c
test_bundle_CPPFLAGS = $(UNIT_CPPFLAGS)
test_bundle_CFLAGS = $(PP_TEST_CFLAGS)
test_bundle_LDADD = librecroom_pp.la

UNIT_TESTS += test_job_remove
test_job_remove_SOURCES = tests/unit/test_job_remove.c tests/lib/catalog_rows.h tests/unit/test.h
test_job_remove_CPPFLAGS = $(UNIT_CPPFLAGS)
test_job_remove_CFLAGS = $(PP_TEST_CFLAGS)
test_job_remove_LDADD = librecroom_pp.la

UNIT_TESTS += test_purge
test_purge_SOURCES = tests/unit/test_purge.c
test_purge_CPPFLAGS = $(UNIT_CPPFLAGS)
test_purge_CFLAGS = $(PP_TEST_CFLAGS)
test_purge_LDADD = librecroom_pp.la

UNIT_TESTS += test_original_name
test_original_name_SOURCES = tests/unit/test_original_name.c
test_original_name_CPPFLAGS = $(UNIT_CPPFLAGS)
test_original_name_CFLAGS = $(PP_TEST_CFLAGS)
test_original_name_LDADD = librecroom_pp.la

UNIT_TESTS += test_rest_share
test_rest_share_SOURCES = tests/unit/test_rest_share.c tests/lib/catalog_rows.h tests/unit/rest_client.h
test_rest_share_CPPFLAGS = $(UNIT_CPPFLAGS)
test_rest_share_CFLAGS = $(PP_TEST_CFLAGS)
test_rest_share_LDADD = librecroom_pp.la

UNIT_TESTS += test_cmd_share
test_cmd_share_SOURCES = tests/unit/test_cmd_share.c tests/lib/catalog_rows.h tests/unit/command.h
test_cmd_share_CPPFLAGS = $(UNIT_CPPFLAGS)
test_cmd_share_CFLAGS = $(PP_TEST_CFLAGS)
test_cmd_share_LDADD = librecroom_pp.la

UNIT_TESTS += test_store test_store_http test_credentials
test_store_SOURCES = tests/unit/test_store.c
test_store_CPPFLAGS = $(UNIT_CPPFLAGS)
test_store_CFLAGS = $(PP_TEST_CFLAGS)
test_store_LDADD = librecroom_pp.la
test_store_http_SOURCES = tests/unit/test_store_http.c tests/unit/store_server.h tests/lib/certificate.h
test_store_http_CPPFLAGS = $(UNIT_CPPFLAGS)
test_store_http_CFLAGS = $(PP_TEST_CFLAGS)
test_store_http_LDADD = librecroom_pp.la
test_credentials_SOURCES = tests/unit/test_credentials.c
test_credentials_CPPFLAGS = $(UNIT_CPPFLAGS)
test_credentials_CFLAGS = $(PP_TEST_CFLAGS)
test_credentials_LDADD = librecroom_pp.la

UNIT_TESTS += test_upload
test_upload_SOURCES = tests/unit/test_upload.c tests/unit/failing_store.h
test_upload_CPPFLAGS = $(UNIT_CPPFLAGS)
test_upload_CFLAGS = $(PP_TEST_CFLAGS)
test_upload_LDADD = librecroom_pp.la

UNIT_TESTS += test_backup
test_backup_SOURCES = tests/unit/test_backup.c tests/unit/catalog_box.h tests/lib/catalog_rows.h
test_backup_CPPFLAGS = $(UNIT_CPPFLAGS)
test_backup_CFLAGS = $(PP_TEST_CFLAGS)
test_backup_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_takeover
test_takeover_SOURCES = tests/unit/test_takeover.c tests/unit/catalog_box.h
test_takeover_CPPFLAGS = $(UNIT_CPPFLAGS)
test_takeover_CFLAGS = $(PP_TEST_CFLAGS)
test_takeover_LDADD = libtest_media.la librecroom_pp.la

UNIT_TESTS += test_upload_ahead
test_upload_ahead_SOURCES = tests/unit/test_upload_ahead.c tests/unit/failing_store.h
test_upload_ahead_CPPFLAGS = $(UNIT_CPPFLAGS)
test_upload_ahead_CFLAGS = $(PP_TEST_CFLAGS)
test_upload_ahead_LDADD = librecroom_pp.la

UNIT_TESTS += test_local_copies
test_local_copies_SOURCES = tests/unit/test_local_copies.c tests/unit/catalog_box.h
test_local_copies_CPPFLAGS = $(UNIT_CPPFLAGS)
test_local_copies_CFLAGS = $(PP_TEST_CFLAGS)
test_local_copies_LDADD = librecroom_pp.la

UNIT_TESTS += test_rest_delivery
test_rest_delivery_SOURCES = tests/unit/test_rest_delivery.c tests/lib/catalog_rows.h tests/unit/rest_client.h
test_rest_delivery_CPPFLAGS = $(UNIT_CPPFLAGS)
test_rest_delivery_CFLAGS = $(PP_TEST_CFLAGS)
test_rest_delivery_LDADD = librecroom_pp.la
