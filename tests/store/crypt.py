#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypted recordings in real stores, end to end: sent, looked at from outside, opened by decrypt.py, downloaded, interrupted, served, another master key, shredded.

    crypt.py        in the environment of run.sh: RECROOM_S3_*, RECROOM_AZURE_*, BUILD, ROW_DIR
"""
import base64
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

SIZE = 20_000_001
BLOCK = 65564
here = os.path.dirname(os.path.abspath(__file__))
build, row_dir, env = os.environ["BUILD"], os.environ["ROW_DIR"], os.environ
program, seeder = f"{build}/recroom-pp", f"{build}/store-uploads"
bucket = f"crypt-{int(time.time() * 1000)}"
passed = failed = 0


def check(what, good):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print(f"FAIL {what}", flush=True)


def storage(kind):
    if kind == "local":
        return None, f'kind = "local"; directory = "{row_dir}/nas"'
    if kind == "s3":
        keys = f"[default]\naws_access_key_id = {env['RECROOM_S3_KEY']}\naws_secret_access_key = {env['RECROOM_S3_SECRET']}\n"
        return keys, f'kind = "s3"; endpoint = "{env["RECROOM_S3_ENDPOINT"]}"; plain = true; path_style = true; bucket = "{bucket}"'
    return env["RECROOM_AZURE_KEY"] + "\n", (f'kind = "azure"; endpoint = "{env["RECROOM_AZURE_ENDPOINT"]}"; plain = true; '
                                             f'account = "{env["RECROOM_AZURE_ACCOUNT"]}"; bucket = "{bucket}"')


class Place:
    """A recordings directory, a catalog and a configuration with one encrypting store."""

    def __init__(self, kind):
        self.kind, self.dir = kind, f"{row_dir}/{kind}"
        os.makedirs(f"{self.dir}/rec")
        keys, rows = storage(kind)
        self.put("keys", keys or "")
        credentials = f' credentials = "file"; credentials_file = "{self.dir}/keys"' if keys else ""
        self.put("master.key", self.master_line("2026a"))
        self.put("conf", f'general: {{ recordings = "{self.dir}/rec" }}\nstore: {{ master_key_file = "{self.dir}/master.key" }}\n'
                         f'storage: ( {{ name = "main"; {rows}; encrypt = true;{credentials} }} )\n')
        if keys:
            subprocess.run([seeder, f"{self.dir}/conf", "bucket"], check=True)
        else:
            os.mkdir(f"{row_dir}/nas")
        ids = subprocess.run([seeder, f"{self.dir}/conf", "seed", "crypt", "1", str(SIZE)], check=True, capture_output=True, text=True).stdout
        self.id = ids.split()[0]
        self.media = open(f"{self.dir}/rec/{self.id}/output.webm", "rb").read()

    @staticmethod
    def master_line(name):
        return f"{name}:{base64.b64encode(os.urandom(32)).decode()}\n"

    def put(self, name, text):
        with open(f"{self.dir}/{name}", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as f:
            f.write(text)

    def run(self, *words):
        return subprocess.run([program, *words, "-c", f"{self.dir}/conf", "--json"], capture_output=True, text=True, timeout=60)

    def rows(self, sql):
        with sqlite3.connect(f"{self.dir}/rec/recroom.db") as db:
            return db.execute(sql).fetchall()

    def object_key(self):
        return self.rows("SELECT c.key FROM copies c JOIN files f ON f.id = c.file WHERE f.kind = 'media'")[0][0]

    def download(self, to, *words):
        shutil.rmtree(f"{self.dir}/{to}", ignore_errors=True)
        os.mkdir(f"{self.dir}/{to}")
        return self.run("download", *words, "--to", f"{self.dir}/{to}")


def as_it_lies_there(place):
    """The object's own bytes: no program of ours that opens is asked, so the key's row is hidden and the object is fetched as if it were none of ours."""
    raw = f"{place.dir}/raw"
    got = subprocess.run([seeder, f"{place.dir}/conf", "raw", place.object_key(), raw], capture_output=True, text=True)
    if got.returncode:
        print(got.stderr)
    return open(raw, "rb").read()


def test_sent(place):
    sent = place.run("upload", place.id)
    check(f"{place.kind}: upload", sent.returncode == 0)
    raw = as_it_lies_there(place)
    check(f"{place.kind}: a sealed object", raw[:8] == b"RECSEAL1" and len(raw) == SIZE + 32 + 28 * ((SIZE + 32) // 65536 + 1))
    check(f"{place.kind}: nothing of it in the clear", not any(place.media[i:i + 24] in raw for i in range(0, SIZE - 24, SIZE // 50)))
    nonces = {raw[i + (32 if i == 0 else 0):][:12] for i in range(0, len(raw), BLOCK)}
    check(f"{place.kind}: no nonce twice", len(nonces) == (len(raw) + BLOCK - 1) // BLOCK)
    (master, wrapped), = place.rows("SELECT master, wrapped FROM keys")
    with open(f"{place.dir}/raw", "rb") as f:
        opened = subprocess.run([sys.executable, f"{here}/decrypt.py", f"{place.dir}/master.key", master, wrapped], stdin=f, capture_output=True)
    check(f"{place.kind}: decrypt.py opens it", opened.stdout == place.media)


def test_download(place):
    got = place.download("out", place.id, "--all")
    check(f"{place.kind}: download", got.returncode == 0)
    check(f"{place.kind}: the same", open(f"{place.dir}/out/{place.id}.webm", "rb").read() == place.media)
    check(f"{place.kind}: by key", place.download("by-key", "--key", place.object_key()).returncode == 0)
    name = os.path.basename(place.object_key())
    check(f"{place.kind}: by key the same", open(f"{place.dir}/by-key/{name}", "rb").read() == place.media)


def test_interrupted(place):
    """Killed as soon as there is something: the same command goes on with what is there, and until then nothing has the name."""
    to = f"{place.dir}/half"
    os.mkdir(to)
    p = subprocess.Popen([program, "download", place.id, "-c", f"{place.dir}/conf", "--to", to, "-q"])
    deadline = time.monotonic() + 30
    half = lambda: sum(os.path.getsize(f"{to}/{n}") for n in os.listdir(to) if n.endswith(".part"))
    while p.poll() is None and half() == 0 and time.monotonic() < deadline:
        pass
    p.send_signal(signal.SIGKILL)
    p.wait()
    if os.path.exists(f"{to}/{place.id}.webm"):
        print("it was faster than the kill")
    else:
        check(f"{place.kind}: half a file under another name", half() > 0)
    again = place.run("download", place.id, "--to", to)
    file, = [o for o in map(json.loads, again.stdout.splitlines()) if o["message_type"] == "file"]
    check(f"{place.kind}: goes on", again.returncode == 0 and (file["there_already"] or file["resumed"] > 0))
    check(f"{place.kind}: whole", open(f"{to}/{place.id}.webm", "rb").read() == place.media)
    check(f"{place.kind}: nothing left", len(os.listdir(to)) == 1)


def fetch(url, token, span=None):
    headers = {"Authorization": f"Bearer {token}"} | ({"Range": f"bytes={span[0]}-{span[1]}"} if span else {})
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as r:
            return r.status, r.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def test_served(place):
    """The local file is gone; who is entitled gets it all the same, in part as well."""
    os.rename(f"{place.dir}/rec/{place.id}/output.webm", f"{place.dir}/kept.webm")
    room, = place.rows("SELECT room FROM recordings")[0]
    token = subprocess.run([program, "token", "-c", f"{place.dir}/conf", "--room", room, "--role", "host"], capture_output=True, text=True).stdout.strip()
    serve = subprocess.Popen([program, "serve", "-c", f"{place.dir}/conf", "--listen", "127.0.0.1:0", "--no-jobs"], stdout=subprocess.PIPE, text=True,
                             stderr=open(f"{place.dir}/serve.log", "w"))
    url = re.search(r"http://\S+", serve.stdout.readline()).group() + f"/recording/{place.id}/files/output.webm"
    status, body = fetch(url, token)
    check(f"{place.kind}: served", status == 200 and body == place.media)
    status, body = fetch(url, token, (65500, 131100))
    check(f"{place.kind}: a range", status == 206 and body == place.media[65500:131101])
    check(f"{place.kind}: not to anybody", fetch(url, "x")[0] == 401)
    serve.terminate()
    check(f"{place.kind}: the service ends", serve.wait(30) == 0)
    os.rename(f"{place.dir}/kept.webm", f"{place.dir}/rec/{place.id}/output.webm")


def test_rekey(place):
    old = open(f"{place.dir}/master.key").read()
    new = place.master_line("2026b")
    place.put("master.key", new + old)
    done = place.run("storage", "rekey")
    check(f"{place.kind}: rekey", done.returncode == 0 and json.loads(done.stdout.splitlines()[-1])["rewrapped"] >= 1)
    place.put("master.key", new)
    check(f"{place.kind}: without the old one", place.download("rekeyed", place.id).returncode == 0)
    place.put("master.key", old)
    lost = place.download("lost", place.id)
    check(f"{place.kind}: not without the new one", lost.returncode != 0 and "wrapped by the master key 2026b" in lost.stderr and not os.listdir(f"{place.dir}/lost"))
    place.put("master.key", new)


def test_shredded(place):
    place.rows("DELETE FROM keys")
    gone = place.download("shredded", place.id)
    check(f"{place.kind}: shredded", gone.returncode == 3 and "nobody can open" in gone.stderr and not os.listdir(f"{place.dir}/shredded"))


def test_silent(place):
    """No secret in what was said."""
    secrets = [line.split(" = ")[-1].split(":")[-1].strip() for name in ("keys", "master.key") for line in open(f"{place.dir}/{name}")]
    secrets = [s for s in secrets if len(s) > 15]
    said = open(f"{place.dir}/serve.log").read() + place.run("storage", "setup").stdout + place.run("show", place.id).stdout
    check(f"{place.kind}: no secret in it", secrets and not any(s in said for s in secrets))


for store in ("s3", "azure", "local"):
    at = Place(store)
    for test in (test_sent, test_download, test_interrupted, test_served, test_rekey, test_silent, test_shredded):
        test(at)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
