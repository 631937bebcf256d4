# SPDX-License-Identifier: GPL-3.0-or-later
# Everything but main() is a convenience library, so that tests link the same objects.
noinst_LTLIBRARIES += librecroom_pp.la
librecroom_pp_la_CPPFLAGS = $(AM_CPPFLAGS) -DRECROOM_PAGEDIR='"$(pkgdatadir)/html"' \
	-DRECROOM_CONFIG='"$(janus_confdir)/janus.plugin.recroom.jcfg"'
librecroom_pp_la_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(AVFORMAT_CFLAGS) $(PP_CFLAGS)
librecroom_pp_la_LIBADD = librecroom_common.la $(AVFORMAT_LIBS) $(PP_LIBS) -lm
librecroom_pp_la_SOURCES =
librecroom_pp_la_SOURCES += \
	postprocess/model.c postprocess/model.h postprocess/model_build.c postprocess/model_select.c postprocess/model_select.h postprocess/model_lines.c postprocess/model_build.h \
	postprocess/sync_log.c postprocess/sync_log.h postprocess/chunk_reader.c postprocess/chunk_reader.h postprocess/decoder.c postprocess/decoder.h
# the picture
librecroom_pp_la_SOURCES += \
	postprocess/canvas.c postprocess/canvas.h postprocess/colour.c postprocess/colour.h postprocess/encode_video.c postprocess/encode_video.h postprocess/encode_vpx.c postprocess/encode_vpx.h \
	postprocess/label.c postprocess/label.h postprocess/letters.c postprocess/letters.h postprocess/name.c postprocess/name.h \
	postprocess/image.c postprocess/image.h postprocess/overlays.c postprocess/overlays.h postprocess/paint.c postprocess/paint.h postprocess/picture.c postprocess/resize.c postprocess/resize.h postprocess/scene.c postprocess/scene.h \
	postprocess/segment.c postprocess/segment.h postprocess/video_source.c postprocess/video_source.h
# who is where in it
librecroom_pp_la_SOURCES += \
	postprocess/border.c postprocess/border.h postprocess/cast.c postprocess/cast.h postprocess/director.c postprocess/director.h \
	postprocess/layout.c postprocess/layout.h postprocess/layout_custom.c postprocess/layout_private.h postprocess/speaker.c postprocess/speaker.h \
	postprocess/motion.c postprocess/motion.h postprocess/tile.c postprocess/tile.h
# composing: picture and sound into files
librecroom_pp_la_SOURCES += \
	postprocess/compose.c postprocess/compose.h postprocess/compose_private.h postprocess/compose_files.c postprocess/compose_picture.c \
	postprocess/compose_write.c postprocess/video_spool.c postprocess/video_spool.h \
	postprocess/checksum.c postprocess/checksum.h postprocess/interleave.c postprocess/interleave.h \
	postprocess/metadata.c postprocess/metadata.h postprocess/metadata_call.c postprocess/metadata_consent.c postprocess/metadata_output.c postprocess/metadata_private.h postprocess/mux_webm.c postprocess/mux_webm.h postprocess/sink.c postprocess/sink.h \
	postprocess/spec.h
# outputs: files and containers
librecroom_pp_la_SOURCES += postprocess/outfile.c postprocess/outfile.h postprocess/outfile_io.c postprocess/outfile_io.h postprocess/participant_file.c \
	postprocess/participant_file.h postprocess/compose_each.c postprocess/boxes.c postprocess/boxes.h postprocess/avc.c postprocess/avc.h
librecroom_pp_la_SOURCES += postprocess/mp4_track.c postprocess/mp4_track.h postprocess/mux_mp4.c postprocess/mux_mp4.h postprocess/mux_ogg.c postprocess/mux_ogg.h
# objects in stores
librecroom_pp_la_SOURCES += postprocess/sealed.c postprocess/sealed.h postprocess/download.c postprocess/download.h postprocess/passing.c postprocess/passing.h postprocess/rest_stored.c
# what stands beside the media
librecroom_pp_la_SOURCES += \
	postprocess/beside.c postprocess/beside.h postprocess/captions.c postprocess/captions.h postprocess/chapters.c postprocess/chapters.h postprocess/jpeg.c postprocess/jpeg.h postprocess/spread.h postprocess/storyboard.c postprocess/storyboard.h \
	postprocess/thumbnail.c postprocess/thumbnail.h postprocess/turns.c postprocess/turns.h postprocess/vtt.c postprocess/vtt.h
# stores
librecroom_pp_la_SOURCES += postprocess/credentials.c postprocess/credentials.h postprocess/credentials_file.c postprocess/credentials_metadata.c \
	postprocess/credentials_private.h postprocess/store.c postprocess/store.h postprocess/store_azure.c postprocess/store_azure.h \
	postprocess/store_azure_list.c postprocess/store_azure_parts.c postprocess/store_body.c postprocess/store_body.h postprocess/store_driver.h \
	postprocess/store_error.c postprocess/store_error.h postprocess/store_http.c postprocess/store_http.h postprocess/store_local.c \
	postprocess/store_local.h postprocess/store_local_list.c postprocess/store_local_parts.c postprocess/store_remote.c postprocess/store_remote.h \
	postprocess/store_retry.c postprocess/store_retry.h postprocess/store_s3.c postprocess/store_s3.h postprocess/store_s3_list.c \
	postprocess/store_s3_parts.c postprocess/store_s3_remove.c postprocess/store_s3_rules.c postprocess/store_xml.c postprocess/store_xml.h postprocess/stores.c postprocess/stores.h
librecroom_pp_la_SOURCES += postprocess/cmd_storage.c postprocess/cmd_storage.h postprocess/storage_probe.c postprocess/storage_probe.h postprocess/storage_setup.c
# the command line
librecroom_pp_la_SOURCES += \
	postprocess/app.c postprocess/cmd_catalog.c postprocess/avinfo.c postprocess/avinfo.h postprocess/cmd.h postprocess/cmd_compose.c postprocess/cmd_recompose.c postprocess/cmd_erase.c postprocess/cmd_download.c postprocess/storage_forget.c postprocess/storage_rekey.c postprocess/composing.c postprocess/composing.h postprocess/dirlock.c postprocess/dirlock.h \
	postprocess/erase.c postprocess/erase.h postprocess/erase_outputs.c postprocess/erase_private.h postprocess/cmd_list.c postprocess/cmd_serve.c postprocess/cmd_token.c \
	postprocess/closing.c postprocess/closing.h postprocess/reconcile.c postprocess/reconcile.h \
	postprocess/cmd_verify.c postprocess/cmd_repair.c postprocess/restore.c postprocess/restore.h postprocess/interrupt.c postprocess/interrupt.h \
	postprocess/completion.c postprocess/manual.c postprocess/manual.h postprocess/notify.c postprocess/notify.h postprocess/options.c \
	postprocess/options.h postprocess/progress.c postprocess/progress.h postprocess/text.c postprocess/text.h
# is it what was captured?
librecroom_pp_la_SOURCES += \
	postprocess/verify.c postprocess/verify.h postprocess/verify_outputs.c postprocess/verify_private.h \
	postprocess/probe.c postprocess/probe.h postprocess/repair.c postprocess/repair.h postprocess/repair_lines.c postprocess/repair_chunks.c \
	postprocess/repair_private.h
# jobs
librecroom_pp_la_SOURCES += \
	postprocess/child.c postprocess/child.h postprocess/cmd_jobs.c postprocess/dispatch.c postprocess/hand.c postprocess/hand.h postprocess/job.c postprocess/job.h postprocess/job_private.h \
	postprocess/job_report.c postprocess/job_watch.c postprocess/worker.c postprocess/worker.h postprocess/worker_name.c postprocess/worker_name.h postprocess/worker_private.h
# originals in stores
librecroom_pp_la_SOURCES += \
	postprocess/bundle.c postprocess/bundle.h postprocess/original_name.c postprocess/original_name.h postprocess/original_io.c postprocess/original_io.h \
	postprocess/backup_journal.c postprocess/backup_journal.h postprocess/backup_round.c postprocess/backup_round.h postprocess/backup.c postprocess/backup.h \
	postprocess/leftover.c postprocess/leftover.h postprocess/job_fetch.c postprocess/fetching.c postprocess/fetching.h postprocess/cmd_fetch.c \
	postprocess/rehydrate.c postprocess/rehydrate.h postprocess/rehydrate_private.h postprocess/rehydrate_files.c
# outputs to stores
librecroom_pp_la_SOURCES += postprocess/upload.c postprocess/upload.h postprocess/upload_ahead.c postprocess/upload_ahead.h postprocess/upload_compare.c postprocess/upload_job.c postprocess/upload_job.h postprocess/upload_journal.c \
	postprocess/upload_journal.h postprocess/upload_part.c postprocess/upload_part.h postprocess/upload_parts.c postprocess/upload_plan.c postprocess/upload_plan.h postprocess/upload_private.h postprocess/local_copies.c postprocess/local_copies.h postprocess/cmd_upload.c
# webhooks
librecroom_pp_la_SOURCES += \
	postprocess/webhook.c postprocess/webhook.h postprocess/webhook_attempt.c postprocess/webhook_attempt.h postprocess/webhook_guard.c postprocess/webhook_guard.h \
	postprocess/webhook_message.c postprocess/webhook_message.h postprocess/webhook_retry.c postprocess/webhook_retry.h postprocess/cmd_webhook.c
# what is kept and what is taken away
librecroom_pp_la_SOURCES += postprocess/rest_keep.c postprocess/cmd_keep.c postprocess/job_remove.c postprocess/job_erase.c postprocess/job_purge.c postprocess/purge.c postprocess/purge.h \
	postprocess/storage_check.c postprocess/storage_check.h postprocess/storage_check_private.h postprocess/storage_check_read.c postprocess/cmd_storage_check.c postprocess/state_file.c postprocess/state_file.h
# who did what
librecroom_pp_la_SOURCES += postprocess/cmd_share.c postprocess/delivery.c postprocess/delivery.h postprocess/rest_file.c postprocess/rest_share.c
librecroom_pp_la_SOURCES += postprocess/access.c postprocess/access.h postprocess/cmd_access.c postprocess/rest_access.c postprocess/ready.c postprocess/ready.h
# HTTP
librecroom_pp_la_SOURCES += \
	postprocess/fetch.c postprocess/fetch.h postprocess/forward.c postprocess/forward.h postprocess/idempotent.c postprocess/idempotent.h postprocess/files.c postprocess/files.h postprocess/address.c postprocess/address.h postprocess/crew.c postprocess/crew.h postprocess/guard.c postprocess/guard.h postprocess/rate.c postprocess/rate.h postprocess/http.c postprocess/http.h postprocess/http_exchange.c postprocess/http_private.h postprocess/http_route.c postprocess/listen.c postprocess/listen.h postprocess/packed.c postprocess/packed.h postprocess/page.c \
	postprocess/problem.c postprocess/problem.h postprocess/range.c postprocess/range.h postprocess/originals.c postprocess/originals.h postprocess/rest.c postprocess/rest_pages.c postprocess/rest_storyboard.c postprocess/rest_again.c postprocess/rest_call.c postprocess/janus_admin.c postprocess/janus_admin.h postprocess/loopback.c postprocess/loopback.h postprocess/attempts.c postprocess/attempts.h postprocess/gauges.c postprocess/gauges.h postprocess/service.c \
	postprocess/service.h postprocess/view.c postprocess/view.h
# the description of REST, built in
librecroom_pp_la_SOURCES += postprocess/openapi.c postprocess/openapi.h
EXTRA_DIST += postprocess/embed-text.awk
BUILT_SOURCES += postprocess/openapi_lines.c
CLEANFILES += postprocess/openapi_lines.c
nodist_librecroom_pp_la_SOURCES = postprocess/openapi_lines.c
postprocess/openapi_lines.c: docs/openapi.yaml postprocess/embed-text.awk
	$(AM_V_GEN)$(MKDIR_P) postprocess && \
	$(AWK) -v from=docs/openapi.yaml -v header=postprocess/openapi.h -v name=openapi_lines -f $(srcdir)/postprocess/embed-text.awk $(srcdir)/docs/openapi.yaml >$@.tmp && mv $@.tmp $@
# sound
librecroom_pp_la_SOURCES += \
	postprocess/audio_source.c postprocess/audio_source.h postprocess/encode_audio.c postprocess/encode_audio.h postprocess/hearing.c \
	postprocess/hearing.h postprocess/kept.c postprocess/kept.h postprocess/kweight.c postprocess/kweight.h postprocess/leveller.c \
	postprocess/master.c postprocess/master.h postprocess/outlet.c postprocess/outlet.h postprocess/voice.c postprocess/voice.h postprocess/leveller.h postprocess/limiter.c postprocess/limiter.h postprocess/loudness.c postprocess/loudness.h postprocess/mixer.c \
	postprocess/mixer.h postprocess/pcm.h postprocess/retimer.c postprocess/retimer.h postprocess/sound.c postprocess/sound.h postprocess/stem.c postprocess/stem.h postprocess/strand.c \
	postprocess/strand.h postprocess/true_peak.c postprocess/true_peak.h

bin_PROGRAMS += recroom-pp
recroom_pp_SOURCES = postprocess/main.c
recroom_pp_CPPFLAGS = $(librecroom_pp_la_CPPFLAGS)
recroom_pp_CFLAGS = $(librecroom_pp_la_CFLAGS)
recroom_pp_LDADD = librecroom_pp.la
