#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings served out of real stores: signed addresses as they are given out, followed, tampered with; 302 when the file is no longer here; share links; a bucket
that is public, whose addresses nobody guesses.

    serving.py      in the environment of run.sh: RECROOM_S3_*, RECROOM_AZURE_*, BUILD, ROW_DIR
"""
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request

import botocore.session
from botocore.config import Config

SIZE = 300_001
build, row_dir, env = os.environ["BUILD"], os.environ["ROW_DIR"], os.environ
program, seeder = f"{build}/recroom-pp", f"{build}/store-uploads"
bucket = f"serving-{int(time.time() * 1000)}"
passed = failed = 0


def check(what, good):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print(f"FAIL {what}", flush=True)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask(url, method="GET", token=None, headers=None, body=None, follow=True):
    """(status, headers, body)"""
    request = urllib.request.Request(url, method=method, headers=headers or {}, data=body)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    opener = urllib.request.build_opener() if follow else urllib.request.build_opener(NoRedirect)
    try:
        with opener.open(request, timeout=30) as got:
            return got.status, got.headers, got.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


def storage(kind):
    if kind == "s3":
        keys = f"[default]\naws_access_key_id = {env['RECROOM_S3_KEY']}\naws_secret_access_key = {env['RECROOM_S3_SECRET']}\n"
        return keys, f'kind = "s3"; endpoint = "{env["RECROOM_S3_ENDPOINT"]}"; plain = true; path_style = true; bucket = "{bucket}"'
    return env["RECROOM_AZURE_KEY"] + "\n", (f'kind = "azure"; endpoint = "{env["RECROOM_AZURE_ENDPOINT"]}"; plain = true; '
                                             f'account = "{env["RECROOM_AZURE_ACCOUNT"]}"; bucket = "{bucket}"')


def put(path, text):
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as f:
        f.write(text)


def addresses(kind, base, token, rec, media, _):
    status, _, body = ask(f"{base}/recording/{rec}", token=token)
    r = json.loads(body)
    check(f"{kind}: shown", status == 200 and r["status"] == "completed")
    url, save = r["url"], r["downloadUrl"]
    check(f"{kind}: an address of the store", url.startswith("http") and bucket in url and "/files/" not in url)
    status, _, got = ask(url)
    check(f"{kind}: it is the recording", status == 200 and got == media)
    status, _, got = ask(url, headers={"Range": "bytes=10-19"})
    check(f"{kind}: in ranges", status == 206 and got == media[10:20])
    status, headers, got = ask(save)
    check(f"{kind}: saved under its name", status == 200 and got == media and headers["Content-Disposition"].startswith('attachment; filename="'))
    check(f"{kind}: tampered with", ask(url.replace(".webm", ".web_"))[0] == 403 and ask(save.replace("attachment", "inline"))[0] == 403)
    check(f"{kind}: for nothing else", ask(url, method="DELETE")[0] in (401, 403))


def from_here(kind, base, token, rec, media, local):
    path = f"{base}/recording/{rec}/files/output.webm"
    check(f"{kind}: local first", ask(path, token=token, follow=False)[0] == 200)
    os.unlink(local)
    status, headers, _ = ask(path, token=token, follow=False)
    check(f"{kind}: then the store", status == 302 and ask(headers["Location"])[2] == media)
    status, _, body = ask(f"{base}/recording/{rec}/share", method="POST", token=token, body=b'{"expiresInS": 600}')
    share = json.loads(body)
    check(f"{kind}: shared", status == 201)
    status, _, got = ask(base + share["url"])
    check(f"{kind}: followed", status == 200 and got == media)
    check(f"{kind}: taken back", ask(f"{base}/recording/{rec}/share/{share['shareId']}", method="DELETE", token=token)[0] == 204)
    check(f"{kind}: and gone", ask(base + share["url"])[0] == 410)


def let_all_read():
    s3 = botocore.session.get_session().create_client(
        "s3", endpoint_url=env["RECROOM_S3_ENDPOINT"], region_name=env["RECROOM_S3_REGION"], aws_access_key_id=env["RECROOM_S3_KEY"],
        aws_secret_access_key=env["RECROOM_S3_SECRET"], config=Config(s3={"addressing_style": "path"}))
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{bucket}/*"]}]}))


def in_public(kind, base, token, rec, media, _):
    """Unsigned, and known only to whom it was told: 128 bits of it are random, others each time."""
    let_all_read()
    url = json.loads(ask(f"{base}/recording/{rec}", token=token)[2])["url"]
    found = re.fullmatch(r"[^?]*/([0-9a-f]{32})/[^/?]*", url)
    check(f"{kind}: unsigned, with a random part: {url}", found)
    check(f"{kind}: anybody reads it", ask(url)[0::2] == (200, media))
    without = url.replace(f"/{found.group(1)}/", "/") if found else url
    check(f"{kind}: not without that part", ask(without)[0] in (403, 404))
    check(f"{kind}: nobody lists it", ask(f"{env['RECROOM_S3_ENDPOINT']}/{bucket}?list-type=2")[0] == 403)


def run(kind, steps, more=""):
    top = f"{row_dir}/{kind}{more and '-public'}"
    os.makedirs(f"{top}/rec")
    keys, rows = storage(kind)
    put(f"{top}/keys", keys)
    put(f"{top}/conf", f'general: {{ recordings = "{top}/rec" }}\nserve: {{ listen = "127.0.0.1:0" }}\n'
                       f'storage: ( {{ name = "main"; {rows}; credentials = "file"; credentials_file = "{top}/keys"{more} }} )\n')
    if not more:
        subprocess.run([seeder, f"{top}/conf", "bucket"], check=True)
    rec = subprocess.run([seeder, f"{top}/conf", "seed", "open" if more else "serving", "1", str(SIZE)], check=True, capture_output=True, text=True).stdout.split()[0]
    local = f"{top}/rec/{rec}/output.webm"
    media = open(local, "rb").read()
    sent = subprocess.run([program, "upload", rec, "-c", f"{top}/conf"], capture_output=True, text=True, timeout=60)
    check(f"{kind}: upload {sent.stderr}", sent.returncode == 0)
    room = rec.split("_")[1]
    token = subprocess.run([program, "token", "--room", room, "--role", "host", "-c", f"{top}/conf"], check=True, capture_output=True, text=True).stdout.strip()
    with subprocess.Popen([program, "serve", "--no-jobs", "-c", f"{top}/conf"], stdout=subprocess.PIPE, text=True) as server:
        try:
            base = server.stdout.readline().split()[-1]
            for step in steps:
                step(kind, base, token, rec, media, local)
        finally:
            server.terminate()


for one in ("s3", "azure"):
    run(one, (addresses, from_here))
run("s3", (in_public,), more="; public = true")
print(f"{passed} passed, {failed} failed")
raise SystemExit(failed > 0)
