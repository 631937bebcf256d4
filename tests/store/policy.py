#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that the documentation says a store's user may do, tried: a second user of Ceph's gateway gets just that policy, taken out of docs/storage.md, and
recordings are sent, fetched and deleted; then each permission is taken away in turn, and `storage setup` must say which one is missing.

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
# what the gateway of this release does not ask for: who has put an object may read it, and see the parts of an upload
NOT_ASKED = {"s3:GetObject", "s3:ListMultipartUploadParts"}
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
    """The policy of the page, and the rows of the table below it: what is needed in addition, for a bucket with versions."""
    text = open(f"{here}/../../docs/storage.md").read()
    policy = json.loads(re.search(r"```json\n(.*?)```", text, re.S).group(1))
    row, = [line for line in text.splitlines() if line.startswith("| `s3:ListBucketVersions`")]
    return policy, re.findall(r"`(s3:\w+)`", row.split("|")[1])


def apply(bucket, policy, without=None, more=()):
    """As a policy of the bucket, for the second user. Without one, nothing but what is left."""
    text = json.dumps(policy).replace("example-recordings", bucket)
    policy = json.loads(text)
    for s in policy["Statement"]:
        s["Principal"] = {"AWS": ["arn:aws:iam:::user/limited"]}
        s["Action"] = [a for a in s["Action"] if a != without]
    for action in more:
        policy["Statement"][1 if "Bucket" in action else 0]["Action"].append(action)
    policy["Statement"] = [s for s in policy["Statement"] if s["Action"]]
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


def test_each(place, name, policy, more):
    for action in [a for s in policy["Statement"] for a in s["Action"]] + list(more):
        apply(place.bucket, policy, action, [a for a in more if a != action])
        code, missing = place.setup()
        if action in NOT_ASKED:
            continue
        check(f"{name}: without {action} it is named: {missing}", any(action in p for p in missing.values()))
        check(f"{name}: without {action} it fails", code == 1)


least, versions = documented()
for label, extra in (("plain", []), ("versions", versions)):
    at = Place(f"policy-{label}", bool(extra))
    apply(at.bucket, least, more=extra)
    code, missing = at.setup()
    check(f"{label}: all that is needed is allowed: {missing}", code == 0)
    test_life(at, label)
    test_each(at, label, least, extra)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
