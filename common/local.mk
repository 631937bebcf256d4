# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LTLIBRARIES += librecroom_common.la
librecroom_common_la_CPPFLAGS = $(AM_CPPFLAGS)
librecroom_common_la_CFLAGS = $(AM_CFLAGS) $(COMMON_CFLAGS)
librecroom_common_la_LIBADD = $(COMMON_LIBS)
librecroom_common_la_SOURCES =
librecroom_common_la_SOURCES += common/errors.c common/errors.h common/space.c common/space.h common/fsio.c common/fsio.h common/ids.c common/ids.h common/json.c common/json.h
librecroom_common_la_SOURCES += common/settings.c common/settings.h common/settings_rows.c common/settings_rows.h common/settings_check.c common/settings_check.h common/settings_change.c common/settings_change.h common/settings_storage.c common/words.c common/words.h common/spec.c common/spec.h
librecroom_common_la_SOURCES += common/log.c common/log.h common/log_fields.c common/log_fields.h common/sha256.c common/sha256.h common/sync.c common/sync.h common/permission.c common/permission.h common/token.c common/token.h common/token_key.c common/token_key.h common/token_keys.c common/token_keys.h common/token_link.c \
	common/base64url.c common/base64url.h
librecroom_common_la_SOURCES += common/uri.c common/uri.h common/sign_request.h common/sign_aws.c common/sign_aws.h common/sign_azure.c common/sign_azure.h common/disposition.c common/disposition.h
librecroom_common_la_SOURCES += common/rtpclock.c common/rtpclock.h common/senderclock.c common/senderclock.h common/timeline.c common/timeline.h common/timeline_read.c
librecroom_common_la_SOURCES += common/catalog_key.c common/data_key.c common/data_key.h
librecroom_common_la_SOURCES += common/envelope.c common/envelope.h common/gcm.c common/gcm.h common/master_key.c common/master_key.h
librecroom_common_la_SOURCES += common/links.c common/links.h common/sign.c common/sign.h common/chain.c common/chain.h \
	common/chain_leads.h common/chain_resolve.c common/ebml.c common/ebml.h
librecroom_common_la_SOURCES += common/event.c common/event.h common/layouts.c common/layouts.h common/metrics.c common/metrics.h common/catalog_stats.c common/catalog_stats.h common/people.c common/people.h
librecroom_common_la_SOURCES += common/catalog.c common/catalog.h common/catalog_call.c common/catalog_db.h common/catalog_event.c common/catalog_job.c
librecroom_common_la_SOURCES += common/catalog_close.c common/catalog_host.c common/catalog_host.h common/catalog_idempotent.c common/catalog_idempotent.h common/catalog_sweep.c common/root.c common/root.h
librecroom_common_la_SOURCES += common/catalog_forget.c common/catalog_upload.c common/catalog_upload_again.c common/catalog_upload.h
librecroom_common_la_SOURCES += common/catalog_consent.c common/catalog_list.c common/catalog_output.c common/catalog_pg.c common/catalog_query.c common/catalog_recording.c common/catalog_sqlite.c
librecroom_common_la_SOURCES += common/catalog_check.c common/catalog_copy.c common/catalog_load.c common/catalog_copy.h common/catalog_schema.c common/catalog_schema.h
librecroom_common_la_SOURCES += common/catalog_watch.c common/catalog_watch.h common/catalog_webhook.c common/catalog_webhook.h common/pg_link.c common/pg_link.h
librecroom_common_la_SOURCES += common/catalog_access.c common/catalog_access.h common/lately.c common/lately.h common/catalog_job_end.c common/catalog_lease.c common/catalog_worker.c common/job_cost.c common/job_cost.h
librecroom_common_la_SOURCES += common/catalog_keep.c common/catalog_originals.c common/catalog_store.c common/catalog_store.h common/store_key.c common/store_key.h
librecroom_common_la_SOURCES += common/catalog_share.c common/catalog_share.h common/sign_cdn.c common/sign_cdn.h
# The migrations, built in: the same numbers for both engines, each in order, a new one at the end.
CATALOG_SQL = conf/sql/sqlite/0001.sql conf/sql/sqlite/0002.sql conf/sql/sqlite/0003.sql conf/sql/sqlite/0004.sql conf/sql/sqlite/0006.sql conf/sql/sqlite/0007.sql conf/sql/sqlite/0009.sql conf/sql/sqlite/0010.sql conf/sql/sqlite/0011.sql
CATALOG_SQL += conf/sql/postgresql/0001.sql conf/sql/postgresql/0002.sql conf/sql/postgresql/0003.sql conf/sql/postgresql/0004.sql conf/sql/postgresql/0006.sql conf/sql/postgresql/0007.sql conf/sql/postgresql/0009.sql conf/sql/postgresql/0010.sql conf/sql/postgresql/0011.sql
EXTRA_DIST += $(CATALOG_SQL) common/embed-sql.awk
BUILT_SOURCES += common/catalog_sql.c
CLEANFILES += common/catalog_sql.c
nodist_librecroom_common_la_SOURCES = common/catalog_sql.c
common/catalog_sql.c: $(CATALOG_SQL) common/embed-sql.awk
	$(AM_V_GEN)$(MKDIR_P) common && \
	$(AWK) -f $(srcdir)/common/embed-sql.awk $(CATALOG_SQL:%=$(srcdir)/%) >$@.tmp && mv $@.tmp $@
