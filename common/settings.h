/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * janus.plugin.recroom.jcfg (libconfig), read by both programs. One struct with defaults, one table {section, key, type, offset, default, min,
 * max, unit, help}; an unknown key is named with its nearest neighbour; a bad value is an error with file, line and key.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum consent_policy { CONSENT_NOTICE, CONSENT_REQUIRE };      /* of a room: staying is agreeing, or a yes is */
enum storage_kind { STORAGE_LOCAL, STORAGE_S3, STORAGE_GCS, STORAGE_AZURE };
enum storage_role { STORAGE_PRIMARY, STORAGE_MIRROR, STORAGE_FALLBACK };        /* recordings are complete with their copy there; copies too; takes over while the primary refuses */
enum storage_credentials { CREDENTIALS_AUTO, CREDENTIALS_ENVIRONMENT, CREDENTIALS_FILE, CREDENTIALS_METADATA };
enum storage_sse { STORAGE_SSE_NONE, STORAGE_SSE_S3, STORAGE_SSE_KMS };         /* what the store is asked to encrypt with */
enum storage_cdn { STORAGE_CDN_NONE, STORAGE_CDN_CLOUDFRONT, STORAGE_CDN_HMAC };        /* how addresses under cdn_url are signed */
enum durability { DURABILITY_NONE, DURABILITY_INTERVAL, DURABILITY_CHUNK };

struct settings_room {
	char *id, *description;
	char *secret;          /* for edit and destroy; NULL: only with admin_key */
	char *host_secret;     /* makes a host; NULL: hosts only by token */
	char *pin;
	int publishers;        /* most publishers, 1..100, default 20 */
	int people;            /* most people present, 1..1000, default 100 */
	int bitrate;           /* REMB cap per publisher [bit/s], 0: none; default 1500000 */
	int layout;            /* of recordings, index in layout_names; grid */
	bool guests_download;  /* guests' tokens get the download grant; default false */
	char *videocodec;      /* taken from publishers, best first: "vp8,vp9,h264,av1" */
	char *outputs;         /* of recordings: formats with commas, the primary one first: "webm" */
	bool opus_fec, opus_dtx, opus_red;     /* true false true */
	bool audiolevel_event; /* say who talks; true */
	int audio_active_packets;      /* averaged before that is decided; 100 */
	int audio_level_average;       /* louder than this [-dBov] is talking; 25 */
	int admission;         /* who comes in: index of "open host lobby"; open */
	int host_leaves;       /* what follows when the last host has gone: index of "continue stop end_call"; continue */
	int host_grace_s;      /* how long a host may be gone before that, 0..3600, default 20 */
	bool locked;           /* calls begin locked; false */
	bool listed;           /* `list` shows the room to anybody; true */
	int consent;           /* enum consent_policy: "notice" (default), "require" */
	char *consent_text, *consent_url;      /* told with the notice of a recording: 250 characters, 500 bytes; "" */
	bool auto_record;      /* recordings begin by themselves; false */
	int auto_stop_empty_s; /* a recording of which nobody sends anything ends after this; 300, 0: never */
	int max_recording_s;   /* and each after this, pauses included; 0: no limit */
	int quota_recordings, quota_mb;        /* kept of this room, 0: any; [MiB] */
	int keep_chunks_days, keep_outputs_days;       /* after the end, 7 and 0; 0: for ever */
};

/** A key that tokens are made or verified with; common/token_keys.h. */
struct settings_token_key {
	char *kid;             /* as tokens name it */
	char *alg;             /* "HS256" "RS256" "ES256": the only one this key is good for */
	char *file;            /* secret, or key in PEM; read again when it changes */
	char *issuer;          /* what `iss` must be; "" is janus-recroom */
	bool sign;             /* our tokens are made with it; false */
};

/* Who is told of events over HTTP, by recroom-pp serve. */
struct settings_webhook {
	char *name;
	char *url;
	char *secret_file;     /* lines whsec_…, the first is the newest */
	char *events;          /* types with commas */
	bool urls;             /* recordingcompleted carries signed addresses */
	bool private;          /* may lie in a private network */
	bool plain;            /* may be http:// */
	char *ca_file;         /* certificates (PEM) it is checked against; NULL: the system's */
};

/** Where recordings are kept besides this machine: an item of the list `storage`. What has no default is NULL; what does not fit the kind was refused. */
struct settings_storage {
	char *name;            /* as the catalog names it */
	int kind;              /* enum storage_kind; s3 */
	int role;              /* enum storage_role; primary, of which there is one */
	char *bucket;          /* Azure: container */
	char *endpoint;        /* https://host[:port], Azure: with the path of an emulator; NULL: the provider's own */
	char *region;          /* NULL: us-east-1; GCS: auto */
	bool path_style;       /* S3: https://host/bucket/key, not https://bucket.host/key; false */
	char *account;         /* Azure */
	char *prefix;          /* of outputs, "recordings"; no slash at its ends */
	char *chunk_prefix;    /* of chunks and timelines, "originals" */
	int credentials;       /* enum storage_credentials; auto: environment, then file, then metadata */
	char *credentials_file, *credentials_profile;  /* the latter "default" */
	char *ca_file;         /* certificates (PEM) it is checked against; NULL: the system's */
	bool plain;            /* endpoint and cdn_url may be http:// */
	char *storage_class;   /* S3, GCS */
	int sse;               /* S3: enum storage_sse; none: as the bucket has it */
	char *kms_key;         /* NULL: the account's own */
	char *tags;            /* S3, Azure: "name=value,name=value"; "" */
	char *acl;             /* S3, GCS: a canned one */
	char *tier;            /* Azure: "Hot" "Cool" "Cold" */
	int part_mb;           /* a multiple of 8; 8 */
	int parallel;          /* parts at a time, of one transfer; 4 */
	char *directory;       /* local: absolute */
	char *cdn_url;         /* before the key, without a slash at its end; NULL: addresses of the store itself */
	int cdn_signing;       /* enum storage_cdn; none only when public */
	char *cdn_key_id, *cdn_key_file;
	bool public;           /* objects may be read by whoever knows their address, which holds 128 random bits then; false */
	bool encrypt;          /* sealed by us before they leave, with a key wrapped by store.master_key_file; false */
	bool versions;         /* deleting deletes every version and delete marker, too; true */
};

struct settings {
	/* general */
	char *recordings;      /* directory; default /var/lib/recroom/recordings */
	char *catalog;         /* default: sqlite:<recordings>/recroom.db */
	char *host_id;         /* default: host name */
	char *admin_key;       /* create and destroy rooms; NULL: rooms only from this file */
	char *token_secret_file;   /* default <recordings>/secret.key */
	int token_ttl_s;       /* 3600 */
	char *token_audience;  /* "": `aud` is not looked at */
	int max_rooms;         /* 1000 */
	int max_sessions;      /* 5000 */
	/* limits; a request that reaches one is refused with a code and a sentence, and what was there goes on */
	int max_streams;       /* 8, of one publisher */
	int max_subscriptions; /* 200, of one handle */
	int max_recordings;    /* 100 */
	int max_recorded_tracks;       /* 1000 */
	int requests_per_s, requests_burst;    /* 20 100, of one handle */
	int offers_per_s, offers_burst;        /* 2 20, of one handle */
	int request_bytes;     /* 65536 */
	int request_depth;     /* 16 */
	int waiting_mib;       /* 64, of requests that wait for their answer */
	int max_waiting;       /* 100, people who wait to be let into one room */
	int waiting_s;         /* 900, how long one of them waits */
	/* capture */
	int chunk_ms;          /* 1000, 500..10000 */
	int reorder_ms;        /* 500, 200..2000 */
	int stall_budget_ms;   /* 10000 */
	int min_free_mb;       /* 500; 0: no limit */
	int min_free_inodes;   /* 5000 */
	int durability;        /* enum durability, "none" "interval" "chunk"; default interval */
	char *sign_key_file;   /* Ed25519 private key, PEM; NULL: recordings are not signed */
	int call_end_grace_s;  /* 5 */
	/* mix */
	int width, height, fps;        /* 1280 720 30 */
	int video_bitrate;     /* 1500000 */
	int audio_bitrate;     /* 96000 */
	char *fit;             /* "fill" */
	bool clock;            /* false */
	char *time_zone, *text, *image;        /* in the picture; "" */
	int segment_ms;        /* 4000 */
	/* serve */
	char *listen;          /* "127.0.0.1:8090" */
	char *address;         /* of that listener as other hosts reach it; NULL: made from `listen` */
	char *hosts_ca;        /* PEM file of those who signed the other hosts' certificates; NULL: the system's */
	char *page;            /* directory of the demo page; default the installed one */
	char *tls_cert, *tls_key;      /* PEM files: HTTPS */
	char *janus_ws, *janus_http;   /* what /config.json tells the page; "" lets the page guess host:8188 */
	char *janus_admin;     /* Admin API of this host's Janus; "http://127.0.0.1:7088/admin" */
	char *janus_admin_secret_file; /* NULL: requests about calls are not answered */
	bool allow_plaintext;  /* HTTP beyond loopback; false */
	char *cors_origins, *proxies;  /* with commas; "" */
	int max_connections, max_connections_per_address;      /* 512 64; the latter 0: no limit */
	int address_requests_per_s, address_requests_burst;    /* 50 200, of one address; 0: no limit */
	int token_requests_per_s, token_requests_burst;        /* 20 100, of one token; 0: no limit */
	bool metrics_public;   /* false */
	int url_ttl_s;         /* 3600 */
	int keep_access_days;  /* the access log, 365; 0: there is none */
	char *public_url;      /* under which others reach this server, without a slash at its end; NULL: not known */
	int jobs;              /* at once, 1 */
	int live_jobs;         /* besides, of recordings that run, 4 */
	int cores;             /* the jobs may use, 0: the machine's */
	char *reaches;         /* further hosts whose recordings lie in the same directory; "" */
	int lost_h;            /* after so long of silence a host does not come back, 24 */
	bool compose_live;     /* true */
	int transfers;         /* uploads and downloads at once, besides jobs; 2 */
	/* store: what is done with the stores of `storage` */
	bool backup;           /* chunks and timelines go there while the call runs; false */
	int bundle_s;          /* in bundles of one participant, of so much; 30 */
	int takeover_min;      /* another worker finishes what is there of a host silent for so long; 15 */
	int upload_give_up_h;  /* 168 */
	int fallback_after_s;  /* the primary has refused for so long; 600 */
	int local_h;           /* how long outputs that are verified in the store stay here, 168; 0: not at all */
	char *master_key_file; /* wraps the keys of what is encrypted; NULL: nothing is */
	/* rooms */
	struct settings_room *rooms;
	size_t nrooms;
	/* token_keys */
	struct settings_token_key *token_keys;
	size_t ntoken_keys;
	/* webhooks */
	struct settings_webhook *webhooks;
	size_t nwebhooks;
	/* storage */
	struct settings_storage *storages;
	size_t nstorages;
};

/** Reads the file; a missing file gives the defaults when `optional`. On failure writes one clear line into why. Unknown keys are logged as
 *  warnings. 0, -ENOENT, -EINVAL. */
int settings_load(struct settings **out, const char *path, bool optional, char *why, size_t why_size);
void settings_unref(struct settings **s);
/** A room with nothing but defaults; its strings are not to be freed. */
void settings_room_defaults(struct settings_room *out);
