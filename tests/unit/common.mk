# SPDX-License-Identifier: GPL-3.0-or-later
THREADED_TESTS += test_metrics test_sync test_token_keys test_catalog test_catalog_idempotent test_catalog_job test_catalog_key test_catalog_owner \
	test_catalog_pg test_catalog_watch

UNIT_TESTS += test_metrics
test_metrics_SOURCES = tests/unit/test_metrics.c tests/unit/test.h
test_metrics_CPPFLAGS = $(UNIT_CPPFLAGS) -DCONF_DIR='"$(abs_srcdir)/conf"'
test_metrics_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_metrics_LDADD = librecroom_common.la -lm
UNIT_TESTS += test_errors
test_errors_SOURCES = tests/unit/test_errors.c tests/unit/test.h
test_errors_CPPFLAGS = $(UNIT_CPPFLAGS)
test_errors_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_errors_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_fsio
test_fsio_SOURCES = tests/unit/test_fsio.c tests/unit/test.h
test_fsio_CPPFLAGS = $(UNIT_CPPFLAGS)
test_fsio_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_fsio_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_ids
test_ids_SOURCES = tests/unit/test_ids.c tests/unit/test.h
test_ids_CPPFLAGS = $(UNIT_CPPFLAGS)
test_ids_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_ids_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_json
test_json_SOURCES = tests/unit/test_json.c tests/unit/test.h
test_json_CPPFLAGS = $(UNIT_CPPFLAGS)
test_json_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_json_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_log
test_log_SOURCES = tests/unit/test_log.c tests/unit/test.h
test_log_CPPFLAGS = $(UNIT_CPPFLAGS)
test_log_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_log_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_settings
test_settings_SOURCES = tests/unit/test_settings.c tests/unit/test.h
test_settings_CPPFLAGS = $(UNIT_CPPFLAGS)
test_settings_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_settings_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_envelope
test_envelope_SOURCES = tests/unit/test_envelope.c tests/unit/test.h
test_envelope_CPPFLAGS = $(UNIT_CPPFLAGS)
test_envelope_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_envelope_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_master_key
test_master_key_SOURCES = tests/unit/test_master_key.c tests/unit/test.h
test_master_key_CPPFLAGS = $(UNIT_CPPFLAGS)
test_master_key_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_master_key_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_sha256
test_sha256_SOURCES = tests/unit/test_sha256.c tests/unit/test.h
test_sha256_CPPFLAGS = $(UNIT_CPPFLAGS)
test_sha256_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_sha256_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_sync
test_sync_SOURCES = tests/unit/test_sync.c tests/unit/test.h
test_sync_CPPFLAGS = $(UNIT_CPPFLAGS)
test_sync_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_sync_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_token
test_token_SOURCES = tests/unit/test_token.c tests/unit/token_forge.h tests/unit/test.h
test_token_CPPFLAGS = $(UNIT_CPPFLAGS)
test_token_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS) $(JWT_CFLAGS)
test_token_LDADD = librecroom_common.la $(JWT_LIBS) -lm

UNIT_TESTS += test_token_keys
test_token_keys_SOURCES = tests/unit/test_token_keys.c tests/unit/test.h
test_token_keys_CPPFLAGS = $(UNIT_CPPFLAGS)
test_token_keys_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_token_keys_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_rtpclock
test_rtpclock_SOURCES = tests/unit/test_rtpclock.c tests/unit/test.h
test_rtpclock_CPPFLAGS = $(UNIT_CPPFLAGS)
test_rtpclock_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_rtpclock_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_senderclock
test_senderclock_SOURCES = tests/unit/test_senderclock.c tests/unit/clock_world.h tests/unit/test.h
test_senderclock_CPPFLAGS = $(UNIT_CPPFLAGS)
test_senderclock_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_senderclock_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_timeline
test_timeline_SOURCES = tests/unit/test_timeline.c tests/unit/test.h
test_timeline_CPPFLAGS = $(UNIT_CPPFLAGS)
test_timeline_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_timeline_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_event
test_event_SOURCES = tests/unit/test_event.c tests/unit/test.h
test_event_CPPFLAGS = $(UNIT_CPPFLAGS)
test_event_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_event_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog
test_catalog_SOURCES = tests/unit/test_catalog.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_job
test_catalog_job_SOURCES = tests/unit/test_catalog_job.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_job_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_job_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_job_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_worker
test_catalog_worker_SOURCES = tests/unit/test_catalog_worker.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_worker_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_worker_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_worker_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_sign
test_sign_SOURCES = tests/unit/test_sign.c tests/unit/test.h
test_sign_CPPFLAGS = $(UNIT_CPPFLAGS)
test_sign_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_sign_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_layouts
test_layouts_SOURCES = tests/unit/test_layouts.c tests/unit/test.h
test_layouts_CPPFLAGS = $(UNIT_CPPFLAGS)
test_layouts_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_layouts_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_words
test_words_SOURCES = tests/unit/test_words.c tests/unit/test.h
test_words_CPPFLAGS = $(UNIT_CPPFLAGS)
test_words_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_words_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_spec
test_spec_SOURCES = tests/unit/test_spec.c tests/unit/test.h
test_spec_CPPFLAGS = $(UNIT_CPPFLAGS)
test_spec_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_spec_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_output
test_catalog_output_SOURCES = tests/unit/test_catalog_output.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_output_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_output_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_output_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_store
test_catalog_store_SOURCES = tests/unit/test_catalog_store.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_store_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_store_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_store_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_keep
test_catalog_keep_SOURCES = tests/unit/test_catalog_keep.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_keep_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_keep_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_keep_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_store_key
test_store_key_SOURCES = tests/unit/test_store_key.c tests/unit/test.h
test_store_key_CPPFLAGS = $(UNIT_CPPFLAGS)
test_store_key_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_store_key_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_permission
test_permission_SOURCES = tests/unit/test_permission.c tests/unit/test.h
test_permission_CPPFLAGS = $(UNIT_CPPFLAGS)
test_permission_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_permission_LDADD = librecroom_common.la

UNIT_TESTS += test_catalog_watch
test_catalog_watch_SOURCES = tests/unit/test_catalog_watch.c tests/unit/test.h tests/unit/catalog_box.h
test_catalog_watch_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_watch_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_watch_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_pg
test_catalog_pg_SOURCES = tests/unit/test_catalog_pg.c tests/unit/test.h tests/unit/catalog_box.h
test_catalog_pg_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_pg_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_pg_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_access
test_catalog_access_SOURCES = tests/unit/test_catalog_access.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_access_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_access_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_access_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_webhook
test_catalog_webhook_SOURCES = tests/unit/test_catalog_webhook.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_webhook_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_webhook_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_webhook_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_owner
test_catalog_owner_SOURCES = tests/unit/test_catalog_owner.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_owner_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_owner_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_owner_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_idempotent
test_catalog_idempotent_SOURCES = tests/unit/test_catalog_idempotent.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_idempotent_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_idempotent_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_idempotent_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_key
test_catalog_key_SOURCES = tests/unit/test_catalog_key.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_key_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_key_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_key_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_copy
test_catalog_copy_SOURCES = tests/unit/test_catalog_copy.c tests/unit/test.h tests/unit/catalog_box.h
test_catalog_copy_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_copy_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_copy_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_sqlite
test_catalog_sqlite_SOURCES = tests/unit/test_catalog_sqlite.c tests/unit/test.h tests/unit/catalog_box.h
test_catalog_sqlite_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_sqlite_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_sqlite_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_uri
test_uri_SOURCES = tests/unit/test_uri.c tests/unit/test.h
test_uri_CPPFLAGS = $(UNIT_CPPFLAGS)
test_uri_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_uri_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_sign_aws
test_sign_aws_SOURCES = tests/unit/test_sign_aws.c tests/unit/test.h
test_sign_aws_CPPFLAGS = $(UNIT_CPPFLAGS)
test_sign_aws_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_sign_aws_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_sign_azure
test_sign_azure_SOURCES = tests/unit/test_sign_azure.c tests/unit/test.h
test_sign_azure_CPPFLAGS = $(UNIT_CPPFLAGS)
test_sign_azure_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_sign_azure_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_disposition
test_disposition_SOURCES = tests/unit/test_disposition.c tests/unit/test.h
test_disposition_CPPFLAGS = $(UNIT_CPPFLAGS)
test_disposition_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_disposition_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_upload
test_catalog_upload_SOURCES = tests/unit/test_catalog_upload.c tests/unit/catalog_box.h tests/unit/test.h
test_catalog_upload_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_upload_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_upload_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_catalog_share
test_catalog_share_SOURCES = tests/unit/test_catalog_share.c tests/unit/test.h tests/unit/catalog_box.h
test_catalog_share_CPPFLAGS = $(UNIT_CPPFLAGS)
test_catalog_share_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_catalog_share_LDADD = librecroom_common.la -lm

UNIT_TESTS += test_sign_cdn
test_sign_cdn_SOURCES = tests/unit/test_sign_cdn.c tests/unit/test.h
test_sign_cdn_CPPFLAGS = $(UNIT_CPPFLAGS)
test_sign_cdn_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
test_sign_cdn_LDADD = librecroom_common.la -lm
