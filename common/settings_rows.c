/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of the configuration file. A new key is a row here, a member of its struct in settings.h, and its place in the sample and in
 * docs/operations.md; a new list is a struct, its rows, and a row of settings_lists.
 */
#include <glib.h>
#include <limits.h>
#include "common/ids.h"
#include "common/settings.h"
#include "common/settings_rows.h"

#define ROW(section, key, type, def, min, max, unit, help) \
	{ #section, #key, type, offsetof(struct settings, key), def, min, max, unit, help }
#define ROOM(key, type, def, min, max, unit, help) \
	{ "rooms", #key, type, offsetof(struct settings_room, key), def, min, max, unit, help }

#define WEBHOOK(key, type, def, min, max, unit, help) \
	{ "webhooks", #key, type, offsetof(struct settings_webhook, key), def, min, max, unit, help }

static const struct row rows[] = {
	ROW(general, recordings, R_STRING, "/var/lib/recroom/recordings", 1, PATH_MAX - 256, "", "Directory of the recordings."),
	ROW(general, catalog, R_STRING, NULL, 1, PATH_MAX, "", "Catalog: sqlite:/path/recroom.db, or postgresql://user@server/database for several hosts; without it sqlite:<recordings>/recroom.db."),
	ROW(general, host_id, R_STRING, NULL, 1, 64, "", "Name of this host in the catalog; without it the machine's host name."),
	ROW(general, admin_key, R_STRING, NULL, 6, 256, "", "Key that lets clients create and destroy rooms; without it rooms come from this file only."),
	ROW(general, token_secret_file, R_STRING, NULL, 1, PATH_MAX, "",
	    "File with the key of the tokens, 32 bytes or more, made if missing; without it <recordings>/secret.key."),
	ROW(general, token_ttl_s, R_INT, "3600", 60, 604800, "s", "How long the token of a participant is good."),
	ROW(general, token_audience, R_STRING, "", 0, 256, "", "What tokens must name as their audience (aud); empty: that is not looked at."),
	ROW(general, max_rooms, R_INT, "1000", 1, 100000, "rooms", "Most rooms at a time."),
	ROW(general, max_sessions, R_INT, "5000", 1, 1000000, "handles", "Most handles at a time."),

	ROW(limits, max_streams, R_INT, "8", 1, 32, "streams", "Most streams of one publisher."),
	ROW(limits, max_subscriptions, R_INT, "200", 1, 200, "streams", "Most streams that one handle receives."),
	ROW(limits, max_recordings, R_INT, "100", 1, 10000, "recordings", "Most recordings at a time."),
	ROW(limits, max_recorded_tracks, R_INT, "1000", 1, 100000, "tracks", "Most tracks recorded at a time, in all recordings together."),
	ROW(limits, requests_per_s, R_INT, "20", 1, 100000, "requests/s", "Requests of one handle, on average."),
	ROW(limits, requests_burst, R_INT, "100", 1, 100000, "requests", "Requests of one handle at once."),
	ROW(limits, offers_per_s, R_INT, "2", 1, 1000, "offers/s", "Offers of one handle, on average."),
	ROW(limits, offers_burst, R_INT, "20", 1, 1000, "offers", "Offers of one handle at once."),
	ROW(limits, request_bytes, R_INT, "65536", 4096, 1048576, "bytes", "Largest body of a request; session descriptions may have 524288 besides."),
	ROW(limits, request_depth, R_INT, "16", 4, 128, "levels", "Deepest nesting of a request's body."),
	ROW(limits, waiting_mib, R_INT, "64", 2, 65536, "MiB", "Most that all requests which wait for their answer may hold together."),
	ROW(limits, max_waiting, R_INT, "100", 1, 1000, "people", "Most people who wait to be let into one room."),
	ROW(limits, waiting_s, R_INT, "900", 1, 86400, "s", "How long somebody waits to be let in before being turned away."),

	ROW(capture, chunk_ms, R_INT, "1000", 500, 10000, "ms", "Length of a chunk file."),
	ROW(capture, reorder_ms, R_INT, "500", 200, 2000, "ms", "How long late packets are waited for."),
	ROW(capture, stall_budget_ms, R_INT, "10000", 1000, 60000, "ms", "How long a stalled disk may last before anything is lost."),
	ROW(capture, min_free_mb, R_INT, "500", 0, 100000000, "MiB", "With less free on the disk no recording starts, running ones warn, and their mixes wait; 0: no limit."),
	ROW(capture, min_free_inodes, R_INT, "5000", 0, 100000000, "files", "The same for inodes; a recorded track takes one a second."),
	ROW(capture, durability, R_WORD, "interval", 0, 0, "none interval chunk", "When files are synced to the disk: never, each second, each chunk."),
	ROW(capture, sign_key_file, R_STRING, NULL, 1, PATH_MAX, "",
	    "File with an Ed25519 private key (PEM) that signs each recording; without it they are not signed."),
	ROW(capture, call_end_grace_s, R_INT, "5", 0, 3600, "s", "How long a call without people lives on."),

	ROW(mix, width, R_INT, "1280", 160, 3840, "pixels", "Width of the mixed picture, even."),
	ROW(mix, height, R_INT, "720", 120, 2160, "pixels", "Height of the mixed picture, even."),
	ROW(mix, fps, R_INT, "30", 5, 60, "frames/s", "Frame rate of the mixed picture."),
	ROW(mix, video_bitrate, R_INT, "1500000", 100000, 50000000, "bit/s", "Bit rate of the mixed picture."),
	ROW(mix, audio_bitrate, R_INT, "96000", 16000, 510000, "bit/s", "Bit rate of the mixed sound."),
	ROW(mix, fit, R_ONE, "fill", 1, 8, "fit fill", "Cameras in their tiles: whole with bars beside them, or cut to fill them. Shared screens are never cut."),
	ROW(mix, clock, R_BOOL, "false", 0, 0, "", "The time of day runs in the picture."),
	ROW(mix, time_zone, R_STRING, "", 0, 63, "", "Of that clock, for example \"Europe/Berlin\"; empty: UTC."),
	ROW(mix, text, R_STRING, "", 0, 127, "", "Text in the picture."),
	ROW(mix, image, R_STRING, "", 0, 255, "", "PNG or JPEG file in the picture, right below; at most 8 MiB and 4096×4096."),
	ROW(mix, compose_live, R_BOOL, "true", 0, 0, "", "The first output is made while the call runs, and ready seconds after its end; false: all of it after the end."),
	ROW(mix, segment_ms, R_INT, "4000", 1000, 20000, "ms", "Length of a closed piece of the mix, whole seconds."),

	ROW(serve, listen, R_STRING, "127.0.0.1:8090", 3, 256, "", "Address and port of recroom-pp serve."),
	ROW(serve, address, R_STRING, NULL, 8, 256, "", "That listener as other hosts reach it, http://host:8090; without it made from listen and the machine's name."),
	ROW(serve, hosts_ca, R_STRING, NULL, 1, PATH_MAX, "", "Authorities (PEM) of the other hosts' certificates; without it the system's."),
	ROW(serve, page, R_STRING, NULL, 1, PATH_MAX, "", "Directory of the demo page; without it the installed one."),
	ROW(serve, tls_cert, R_STRING, NULL, 1, PATH_MAX, "", "Certificate chain (PEM) for HTTPS; needs tls_key."),
	ROW(serve, tls_key, R_STRING, NULL, 1, PATH_MAX, "", "Private key (PEM) for HTTPS; needs tls_cert."),
	ROW(serve, janus_ws, R_STRING, "", 0, 512, "", "Janus' WebSocket as browsers reach it; empty: the page takes its own host, port 8188."),
	ROW(serve, janus_http, R_STRING, "", 0, 512, "", "Janus' HTTP API as browsers reach it; empty: not offered to the page."),
	ROW(serve, janus_admin, R_STRING, "http://127.0.0.1:7088/admin", 1, 512, "", "Admin API of this host's Janus, over loopback only."),
	ROW(serve, janus_admin_secret_file, R_STRING, NULL, 1, PATH_MAX, "",
	    "File with Janus' admin_secret; without it recordings cannot be started or stopped over REST."),
	ROW(serve, allow_plaintext, R_BOOL, "false", 0, 0, "", "Listen beyond loopback, and ask other hosts, without a certificate: tokens and recordings travel in clear."),
	ROW(serve, cors_origins, R_STRING, "", 0, 4096, "", "Web origins whose pages may use REST, with commas: \"https://app.example.org\"; \"*\": all."),
	ROW(serve, proxies, R_STRING, "", 0, 1024, "", "Proxies whose X-Forwarded-For and -Proto count, addresses or networks with commas: \"127.0.0.1,10.0.0.0/8\"."),
	ROW(serve, max_connections, R_INT, "512", 8, 100000, "connections", "Most connections at a time."),
	ROW(serve, max_connections_per_address, R_INT, "64", 0, 100000, "connections", "Most connections of one address, proxies apart; 0: no limit."),
	ROW(serve, address_requests_per_s, R_INT, "50", 0, 100000, "requests/s", "Requests of one address, on average; 0: no limit."),
	ROW(serve, address_requests_burst, R_INT, "1000", 1, 100000, "requests", "Requests of one address at once; the page is about eighty."),
	ROW(serve, token_requests_per_s, R_INT, "20", 0, 100000, "requests/s", "Requests with one token, on average; 0: no limit."),
	ROW(serve, token_requests_burst, R_INT, "100", 1, 100000, "requests", "Requests with one token at once."),
	ROW(serve, metrics_public, R_BOOL, "false", 0, 0, "", "Figures for Prometheus (/metrics) are given to everybody who reaches the port, not to this machine alone."),
	ROW(serve, url_ttl_s, R_INT, "3600", 60, 604800, "s", "How long a signed address is good."),
	ROW(serve, keep_access_days, R_INT, "365", 0, 36500, "days", "How long it is kept who viewed, downloaded, shared, changed or deleted a recording; 0: it is not noted."),
	ROW(serve, public_url, R_STRING, NULL, 8, 512, "", "Under which address others reach this server, for links in webhooks."),
	ROW(serve, jobs, R_INT, "1", 1, 64, "jobs", "Jobs at a time, of recordings that are over."),
	ROW(serve, live_jobs, R_INT, "4", 0, 64, "jobs", "Recordings mixed at a time while they run; further ones when they are over."),
	ROW(serve, cores, R_INT, "0", 0, 1024, "cores", "Cores the jobs may use, by what each is reckoned to cost; 0: the machine's."),
	ROW(serve, reaches, R_STRING, "", 0, 4096, "", "Ids of further hosts whose recordings lie in the same shared directory, with commas: their jobs are taken too."),
	ROW(serve, lost_h, R_INT, "24", 1, 8760, "h", "Recordings of a host that was silent for so long, and whose files no living worker reaches, are failed, until the files are there again."),
	ROW(serve, transfers, R_INT, "2", 1, 64, "transfers", "Uploads and downloads at a time, besides the jobs."),

	ROW(store, backup, R_BOOL, "false", 0, 0, "", "Chunks and timelines go to the stores while the call runs: a host that burns down loses its last bundles only."),
	ROW(store, bundle_s, R_INT, "30", 5, 600, "s", "Length of such a bundle, of one participant: what can be lost; each costs a request."),
	ROW(store, takeover_min, R_INT, "15", 1, 1440, "min", "Recordings in a store of a host that was silent for so long are finished by another."),
	ROW(store, upload_give_up_h, R_INT, "168", 1, 8760, "h", "An upload that has failed for so long is given up; its files are kept, and recroom-pp upload sends them."),
	ROW(store, fallback_after_s, R_INT, "600", 10, 86400, "s", "When the primary store has refused for so long the fallback takes over."),
	ROW(store, local_h, R_INT, "168", 0, 87600, "h", "How long outputs that are verified in their stores stay on this machine, too; 0: not at all."),
	ROW(store, master_key_file, R_STRING, NULL, 1, PATH_MAX, "", "File with the key that wraps the keys of encrypted recordings; needed by encrypt, and lost with it are they."),
};

#define TOKEN_KEY(key, type, def, min, max, unit, help) \
	{ "token_keys", #key, type, offsetof(struct settings_token_key, key), def, min, max, unit, help }

static const struct row room_rows[] = {
	ROOM(id, R_ID, NULL, 1, ROOM_ID_MAX, "", "Name of the room: letters, digits, dot, dash, underscore. Needed."),
	ROOM(description, R_STRING, NULL, 0, 256, "", "What people see."),
	ROOM(secret, R_STRING, NULL, 6, 256, "", "Key for edit and destroy; without it only general.admin_key."),
	ROOM(host_secret, R_STRING, NULL, 6, 256, "", "Who shows this in join is a host; without it hosts need a token."),
	ROOM(pin, R_STRING, NULL, 1, 64, "", "Guests must show it; without it anybody may join."),
	ROOM(publishers, R_INT, "20", 1, 100, "people", "Most publishers at a time."),
	ROOM(people, R_INT, "100", 1, 1000, "people", "Most people at a time."),
	ROOM(bitrate, R_INT, "1500000", 0, 50000000, "bit/s", "Most each publisher is asked to send; 0: no cap."),
	ROOM(layout, R_WORD, "grid", 0, 0, "grid speaker presentation single audio", "Layout of the mixed picture, unless the host asks for another."),
	ROOM(guests_download, R_BOOL, "false", 0, 0, "", "Guests may download recordings."),
	ROOM(videocodec, R_WORDS, "vp8,vp9,h264,av1", 1, 64, "vp8 vp9 h264 av1", "Video codecs taken: the first of these that a publisher offers."),
	ROOM(outputs, R_WORDS, "webm", 1, 64, "webm mp4 opus m4a participants stems",
	     "What is made of each recording, where start_recording says nothing else: the first while the call runs, the others after it."),
	ROOM(opus_fec, R_BOOL, "true", 0, 0, "", "Publishers are asked for Opus' own error correction."),
	ROOM(opus_dtx, R_BOOL, "false", 0, 0, "", "Publishers are asked to send little while they are silent."),
	ROOM(opus_red, R_BOOL, "true", 0, 0, "", "Publishers that can are asked to send sound twice (RED), so that a lost packet is not missed."),
	ROOM(audiolevel_event, R_BOOL, "true", 0, 0, "", "Tell everybody who talks."),
	ROOM(audio_active_packets, R_INT, "100", 1, 1000, "packets", "How many are averaged to tell whether somebody talks."),
	ROOM(consent, R_WORD, "notice", 0, 0, "notice require", "Who is in a recorded call is told before anything of theirs is kept, or must also say yes."),
	ROOM(consent_text, R_TEXT, "", 0, 250, "", "Told with it: what the recording is for."),
	ROOM(consent_url, R_STRING, "", 0, 500, "", "Told with it: where to read more."),
	ROOM(auto_record, R_BOOL, "false", 0, 0, "", "A recording begins when the first one sends or a host comes."),
	ROOM(auto_stop_empty_s, R_INT, "300", 0, 86400, "s", "A recording ends when nobody has sent anything for so long; 0: when the call does."),
	ROOM(max_recording_s, R_INT, "0", 0, 604800, "s", "A recording ends after so long, pauses included; 0: no limit."),
	ROOM(quota_recordings, R_INT, "0", 0, 1000000, "recordings", "Most recordings kept of this room; 0: any number."),
	ROOM(quota_mb, R_INT, "0", 0, 1000000000, "MiB", "Most that they may take on the disk, outputs included; 0: any."),
	ROOM(keep_chunks_days, R_INT, "7", 0, 36500, "days", "How long what was captured is kept after the end; 0: for ever. Without it no other output can be made."),
	ROOM(keep_outputs_days, R_INT, "0", 0, 36500, "days", "How long what was made of it is kept; 0: for ever."),
	ROOM(audio_level_average, R_INT, "25", 1, 127, "-dBov", "Talking is louder than this on average."),
	ROOM(admission, R_WORD, "open", 0, 0, "open host lobby", "Who comes in: anybody; anybody while a host is there; whom a host admits. Hosts always do."),
	ROOM(host_leaves, R_WORD, "continue", 0, 0, "continue stop end_call", "When the last host has been gone for host_grace_s: nothing; the recording stops; the call ends."),
	ROOM(host_grace_s, R_INT, "20", 0, 3600, "s", "How long the last host may be gone before host_leaves counts."),
	ROOM(locked, R_BOOL, "false", 0, 0, "", "Calls begin locked: nobody but hosts comes in until a host unlocks."),
	ROOM(listed, R_BOOL, "true", 0, 0, "", "The request list, and the page, show the room to anybody."),
};

static const struct row token_key_rows[] = {
	TOKEN_KEY(kid, R_ID, NULL, 1, ROOM_ID_MAX, "", "Name of the key, as tokens give it in kid: letters, digits, dot, dash, underscore. Needed."),
	TOKEN_KEY(alg, R_ONE, NULL, 1, 8, "HS256 RS256 ES256", "The one algorithm this key is good for. Needed."),
	TOKEN_KEY(file, R_STRING, NULL, 1, PATH_MAX, "",
		  "File with a secret of 32 bytes or more (HS256), or a key in PEM form: the public one verifies, the private one signs as well. Needed."),
	TOKEN_KEY(issuer, R_STRING, "", 0, 256, "", "What tokens of this key must give as their issuer (iss); empty: janus-recroom."),
	TOKEN_KEY(sign, R_BOOL, "false", 0, 0, "", "The tokens of join are made with this key; without any such key with that of token_secret_file."),
};

#define STORED_EVENTS "recordingstarting recordingstarted recordingpaused recordingresumed recordingstopped recordingcompleted recordingfailed" \
	" recordingdegraded recordingexpiring recordingdeleted outputcompleted outputfailed"
#define STORED_EVENTS_LIST "recordingstarting,recordingstarted,recordingpaused,recordingresumed,recordingstopped,recordingcompleted,recordingfailed" \
	",recordingdegraded,recordingexpiring,recordingdeleted,outputcompleted,outputfailed"

static const struct row webhook_rows[] = {
	WEBHOOK(name, R_ID, NULL, 1, ROOM_ID_MAX, "", "Name of the endpoint: letters, digits, dot, dash, underscore. Needed, and kept when the address changes."),
	WEBHOOK(url, R_STRING, NULL, 8, 2048, "", "Where events are posted to, https://…. Needed."),
	WEBHOOK(secret_file, R_STRING, NULL, 1, PATH_MAX, "",
		"File with the secret that signs, \"whsec_\" and 24 to 64 bytes in base64; a second line with the old one while they are changed. Needed."),
	WEBHOOK(events, R_WORDS, STORED_EVENTS_LIST, 1, 512, STORED_EVENTS, "Which events it gets."),
	WEBHOOK(urls, R_BOOL, "false", 0, 0, "", "recordingcompleted carries links for which no token is needed; wants serve.public_url."),
	WEBHOOK(private, R_BOOL, "false", 0, 0, "", "It may have an address in a private network, or be this machine."),
	WEBHOOK(plain, R_BOOL, "false", 0, 0, "", "Its address may be http://…: anybody on the way reads what is sent."),
	WEBHOOK(ca_file, R_STRING, NULL, 1, PATH_MAX, "", "Certificates (PEM) by which it is known; without it the system's."),
};

#define STORAGE(key, type, def, min, max, unit, help) \
	{ "storage", #key, type, offsetof(struct settings_storage, key), def, min, max, unit, help }

static const struct row storage_rows[] = {
	STORAGE(name, R_ID, NULL, 1, ROOM_ID_MAX, "", "Name of the store: letters, digits, dot, dash, underscore. Needed, and kept when the rest changes."),
	STORAGE(kind, R_WORD, "s3", 0, 0, "local s3 gcs azure", "A directory (a mounted NAS), Amazon S3 or what speaks like it, Google Cloud Storage, Azure Blob Storage."),
	STORAGE(role, R_WORD, "primary", 0, 0, "primary mirror fallback",
		"A recording is complete with its copy in the primary, of which there is one; a mirror gets a copy, too; a fallback while the primary refuses."),
	STORAGE(bucket, R_STRING, NULL, 3, 63, "", "Bucket; Azure: container. Needed but for local."),
	STORAGE(endpoint, R_STRING, NULL, 8, 512, "", "Where it is, https://host[:port]; without it the provider's own address."),
	STORAGE(region, R_STRING, NULL, 1, 64, "", "Region; without it us-east-1, or auto for gcs."),
	STORAGE(path_style, R_BOOL, "false", 0, 0, "", "S3: https://host/bucket/key instead of https://bucket.host/key."),
	STORAGE(account, R_STRING, NULL, 3, 63, "", "Azure: storage account. Needed there."),
	STORAGE(directory, R_STRING, NULL, 2, PATH_MAX - 256, "", "Local: the directory, from its root. Needed there."),
	STORAGE(prefix, R_STRING, "recordings", 1, 128, "", "Before the names of what was made."),
	STORAGE(chunk_prefix, R_STRING, "originals", 1, 128, "", "Before the names of what was captured."),
	STORAGE(credentials, R_WORD, "auto", 0, 0, "auto environment file metadata",
		"Where keys come from: AWS_ACCESS_KEY_ID, GOOG_ACCESS_KEY_ID or AZURE_STORAGE_KEY; credentials_file; EC2's or ECS' metadata service; the first of these that has some."),
	STORAGE(credentials_file, R_STRING, NULL, 1, PATH_MAX, "", "File as the aws command has it; Azure: one line with the account's key or a shared access signature. Read again when it changes."),
	STORAGE(credentials_profile, R_STRING, "default", 1, 64, "", "Section of that file."),
	STORAGE(ca_file, R_STRING, NULL, 1, PATH_MAX, "", "Certificates (PEM) by which the store is known; without it the system's."),
	STORAGE(plain, R_BOOL, "false", 0, 0, "", "endpoint and cdn_url may be http://…: anybody on the way reads the recordings."),
	STORAGE(storage_class, R_STRING, NULL, 1, 64, "", "S3, gcs: class of the objects, STANDARD_IA for example; without it the bucket's."),
	STORAGE(tier, R_ONE, NULL, 1, 8, "Hot Cool Cold", "Azure: tier of the objects; without it the account's."),
	STORAGE(sse, R_WORD, "none", 0, 0, "none s3 kms", "S3: encryption asked of the store; none: as the bucket has it."),
	STORAGE(kms_key, R_STRING, NULL, 1, 2048, "", "S3: the key of sse = \"kms\"; without it the account's own."),
	STORAGE(tags, R_STRING, "", 0, 1024, "", "S3, Azure: tags of the objects, \"team=media,project=calls\", ten at most."),
	STORAGE(acl, R_ONE, NULL, 1, 32, "private public-read authenticated-read bucket-owner-read bucket-owner-full-control", "S3, gcs: access list of the objects; most buckets take none."),
	STORAGE(part_mb, R_INT, "8", 8, 1024, "MiB", "Size of the parts of an upload, a multiple of 8; 10000 parts are the most."),
	STORAGE(parallel, R_INT, "4", 1, 32, "parts", "Parts at a time, of one transfer; so many parts are in memory."),
	STORAGE(cdn_url, R_STRING, NULL, 8, 512, "", "Addresses that are given out begin with this instead of the store's."),
	STORAGE(cdn_signing, R_WORD, "none", 0, 0, "none cloudfront hmac", "How those are signed; none only with public = true."),
	STORAGE(cdn_key_id, R_STRING, NULL, 1, 128, "", "Id of the key pair; needed by cloudfront."),
	STORAGE(cdn_key_file, R_STRING, NULL, 1, PATH_MAX, "", "Private RSA key (PEM) of cloudfront; secret of hmac."),
	STORAGE(public, R_BOOL, "false", 0, 0, "", "Whoever knows an object's address may read it; the address holds 128 random bits then."),
	STORAGE(encrypt, R_BOOL, "false", 0, 0, "", "What goes there is encrypted before it leaves this machine; wants store.master_key_file."),
	STORAGE(versions, R_BOOL, "true", 0, 0, "", "What is deleted is deleted in every version; false where the bucket keeps none and listing them is not allowed."),
};

const struct table settings_main = { rows, G_N_ELEMENTS(rows) };

#define LIST(section, noun, name, rows, type, items, count) \
	{ #section, noun, #name, { rows, G_N_ELEMENTS(rows) }, sizeof(type), offsetof(struct settings, items), offsetof(struct settings, count) }

const struct list settings_lists[] = {
	[LIST_ROOMS] = LIST(rooms, "room", id, room_rows, struct settings_room, rooms, nrooms),
	[LIST_TOKEN_KEYS] = LIST(token_keys, "key", kid, token_key_rows, struct settings_token_key, token_keys, ntoken_keys),
	[LIST_WEBHOOKS] = LIST(webhooks, "webhook", name, webhook_rows, struct settings_webhook, webhooks, nwebhooks),
	[LIST_STORAGE] = LIST(storage, "store", name, storage_rows, struct settings_storage, storages, nstorages),
};
const size_t settings_nlists = G_N_ELEMENTS(settings_lists);
