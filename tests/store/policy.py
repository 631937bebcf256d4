#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that the documentation says a store's user may do, tried: a second user of Ceph's gateway gets just that policy, taken out of docs/storage.md, and
recordings are sent, fetched and deleted. That each permission is needed is what setup.py shows.

    policy.py       in the environment of run.sh: RECROOM_S3_*, BUILD, ROW_DIR
"""
import json
import os
import re
import sqlite3
import subprocess
import sys
import time

import botocore.config
import botocore.session

here = os.path.dirname(os.path.abspath(__file__))
build, row_dir, env = os.environ["BUILD"], os.environ["ROW_DIR"], os.environ
program, seeder = f"{build}/recroom-pp", f"{build}/store-uploads"
passed = failed = 0
admin = botocore.session.get_session().create_client(
    "s3", endpoint_url=env["RECROOM_S3_ENDPOINT"], region_name=env["RECROOM_S3_REGION"], aws_access_key_id=env["RECROOM_S3_KEY"],
    aws_secret_access_key=env["RECROOM_S3_SECRET"], config=botocore.config.Config(s3={"addressing_style": "path"}))


def check(what, good):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print(f"FAIL {what}", flush=True)


def documented():
    """The policy of the page."""
    return json.loads(re.search(r"```json\n(.*?)```", open(f"{here}/../../docs/storage.md").read(), re.S).group(1))


def apply(bucket, policy, versions):
    """As a policy of the bucket, for the second user; without what the page says can be left out where there are no versions."""
    policy = json.loads(json.dumps(policy).replace("example-recordings", bucket))
    for s in policy["Statement"]:
        s["Principal"] = {"AWS": ["arn:aws:iam:::user/limited"]}
        s["Action"] = [a for a in s["Action"] if versions or "Version" not in a]
    admin.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


class Place:
    def __init__(self, name, versions):
        self.bucket, self.dir = f"{name}-{int(time.time() * 1000)}", f"{row_dir}/{name}"
        os.makedirs(f"{self.dir}/rec")
        admin.create_bucket(Bucket=self.bucket)
        if versions:
            admin.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        with open(f"{self.dir}/keys", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as f:
            f.write(f"[default]\naws_access_key_id = {env['RECROOM_S3_LIMITED_KEY']}\naws_secret_access_key = {env['RECROOM_S3_LIMITED_SECRET']}\n")
        with open(f"{self.dir}/conf", "w") as f:
            f.write(f'general: {{ recordings = "{self.dir}/rec"; host_id = "testhost" }}\nstorage: ( {{ name = "main"; kind = "s3"; endpoint = "{env["RECROOM_S3_ENDPOINT"]}"; plain = true; '
                    f'path_style = true; bucket = "{self.bucket}"; credentials = "file"; credentials_file = "{self.dir}/keys"; '
                    f'versions = {"true" if versions else "false"} }} )\n')

    def run(self, *words):
        return subprocess.run([program, *words, "-c", f"{self.dir}/conf", "--json"], capture_output=True, text=True, timeout=120)

    def setup(self):
        """What is needed and missing: {check: permission}"""
        out = self.run("storage", "setup", "--dry-run")
        rows = [json.loads(line) for line in out.stdout.splitlines()]
        return out.returncode, {r["check"]: r["permission"] for r in rows if r["message_type"] == "check" and not r["ok"]}

    def status(self, recording):
        with sqlite3.connect(f"{self.dir}/rec/recroom.db") as db:
            return db.execute("SELECT status FROM recordings WHERE id = ?", (recording,)).fetchone()[0]

    def left(self):
        r = admin.list_object_versions(Bucket=self.bucket)
        return r.get("Versions", []) + r.get("DeleteMarkers", []) + admin.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])


def test_life(place, name):
    """Sent in parts, fetched, deleted: all that a recording goes through."""
    ids = subprocess.run([seeder, f"{place.dir}/conf", "seed", "policy", "1", "20000001"], check=True, capture_output=True, text=True).stdout
    recording = ids.split()[0]
    check(f"{name}: upload", place.run("upload", recording).returncode == 0)
    os.mkdir(f"{place.dir}/out")
    check(f"{name}: download", place.run("download", recording, "--to", f"{place.dir}/out").returncode == 0)
    serve = subprocess.Popen([program, "serve", "-c", f"{place.dir}/conf", "--no-api"], stdout=subprocess.DEVNULL, stderr=open(f"{place.dir}/serve.log", "w"))
    check(f"{name}: delete", place.run("delete", recording).returncode == 0)
    deadline = time.monotonic() + 30
    while place.status(recording) != "deleted" and time.monotonic() < deadline:
        time.sleep(0.05)
    serve.terminate()
    serve.wait(30)
    check(f"{name}: deleted", place.status(recording) == "deleted")
    check(f"{name}: nothing left", not place.left())


def test_complete(policy):
    """What the page names is what setup.py denies one after the other, so each of them is needed."""
    named = {a for s in policy["Statement"] for a in s["Action"]}
    tried = set(re.findall(r'"(s3:\w+)": "', open(f"{here}/setup.py").read()))
    check(f"each permission of the page is tried: {named ^ tried}", named == tried)


least = documented()
for label, versions in (("plain", False), ("versions", True)):
    at = Place(f"policy-{label}", versions)
    apply(at.bucket, least, versions)
    code, missing = at.setup()
    check(f"{label}: all that is needed is allowed: {missing}", code == 0)
    test_life(at, label)
test_complete(least)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
