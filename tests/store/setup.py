#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`recroom-pp storage setup` against Ceph's gateway and azurite: all there, no bucket, wrong keys, and a user who lacks one permission after the other.

    setup.py RECROOM_PP          RECROOM_S3_*, RECROOM_S3_LIMITED_*, RECROOM_AZURE_* and ROW_DIR in the environment (tests/store/run.sh)
"""
import json
import os
import subprocess
import sys

import botocore.session
from botocore.config import Config

PP, WORK = sys.argv[1], os.environ["ROW_DIR"]
ENV = {k: os.environ[k] for k in ("RECROOM_S3_ENDPOINT", "RECROOM_S3_KEY", "RECROOM_S3_SECRET", "RECROOM_S3_REGION")}
# what docs/storage.md says is needed, and the check that tells when it is not there
PERMISSIONS = {
    "s3:PutObject": "write an object",
    "s3:GetObject": "read a part of it",
    "s3:DeleteObject": "delete an object",
    "s3:ListBucket": "list objects",
    "s3:AbortMultipartUpload": "abort an upload",
    "s3:ListMultipartUploadParts": "see which parts are there",
    "s3:ListBucketMultipartUploads": "find unfinished uploads",
    "s3:ListBucketVersions": "list versions",
    "s3:DeleteObjectVersion": "delete versions",
}
passed = failed = 0


def check(name, ok, more=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print("FAIL", name, more)


def client():
    return botocore.session.get_session().create_client(
        "s3", endpoint_url=ENV["RECROOM_S3_ENDPOINT"], region_name=ENV["RECROOM_S3_REGION"], aws_access_key_id=ENV["RECROOM_S3_KEY"],
        aws_secret_access_key=ENV["RECROOM_S3_SECRET"], config=Config(s3={"addressing_style": "path"}))


def setup(bucket, key, secret, *args, more=""):
    """Exit status and the lines of `storage setup` as one user."""
    conf = os.path.join(WORK, "recroom.jcfg")
    with open(conf, "w") as f:
        f.write('general: { recordings = "%s" }\nstorage: ( { name = "main"; bucket = "%s"; endpoint = "%s"; region = "%s"; path_style = true; plain = true } %s )\n'
                % (WORK, bucket, ENV["RECROOM_S3_ENDPOINT"], ENV["RECROOM_S3_REGION"], more))
    env = dict(os.environ, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret, AZURE_STORAGE_KEY=os.environ["RECROOM_AZURE_KEY"])
    r = subprocess.run([PP, "storage", "setup", *args, "--config", conf, "--json"], env=env, capture_output=True, text=True, timeout=120)
    check("no secret is said", secret not in r.stdout + r.stderr)
    return r.returncode, [json.loads(line) for line in r.stdout.splitlines()]


def missing(lines):
    return {o["check"]: o["permission"] for o in lines if o["message_type"] == "check" and not o["ok"]}


def allow(s3, bucket, *denied):
    """All that is needed, but not these: denied, as whoever wrote an object may read it by its access list."""
    def statement(effect, actions):
        return {"Effect": effect, "Principal": {"AWS": ["arn:aws:iam:::user/limited"]}, "Action": sorted(actions),
                "Resource": ["arn:aws:s3:::" + bucket, "arn:aws:s3:::" + bucket + "/*"]}
    statements = [statement("Allow", PERMISSIONS)] + ([statement("Deny", denied)] if denied else [])
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))


def rules_of(s3, bucket):
    return {r["ID"]: r for r in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]}


def test_owner(s3, bucket):
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
        {"ID": "theirs", "Filter": {"Prefix": "logs/"}, "Status": "Enabled", "Expiration": {"Days": 30}}]})
    rc, lines = setup(bucket, ENV["RECROOM_S3_KEY"], ENV["RECROOM_S3_SECRET"], "--dry-run")
    check("dry: nothing is missing", rc == 0 and not missing(lines), str(lines))
    check("dry: no rule is written", set(rules_of(s3, bucket)) == {"theirs"})
    rc, lines = setup(bucket, ENV["RECROOM_S3_KEY"], ENV["RECROOM_S3_SECRET"], "--expire-originals")
    rules = rules_of(s3, bucket)
    check("rules beside those of others", rc == 0 and set(rules) == {"theirs", "recroom-abort-outputs", "recroom-abort-originals", "recroom-expire-originals"}, str(rules))
    check("unfinished uploads end", rules["recroom-abort-outputs"]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7)
    check("originals are deleted late", rules["recroom-expire-originals"]["Expiration"]["Days"] == 37)
    check("theirs is as it was", rules["theirs"]["Expiration"]["Days"] == 30 and rules["theirs"]["Filter"]["Prefix"] == "logs/")
    setup(bucket, ENV["RECROOM_S3_KEY"], ENV["RECROOM_S3_SECRET"])
    check("and no longer", "recroom-expire-originals" not in rules_of(s3, bucket))


def test_permissions(s3, bucket):
    key, secret = os.environ["RECROOM_S3_LIMITED_KEY"], os.environ["RECROOM_S3_LIMITED_SECRET"]
    allow(s3, bucket)
    rc, lines = setup(bucket, key, secret)
    check("the least that is needed is enough", rc == 0 and not missing(lines), str(missing(lines)))
    rules = [o for o in lines if o["message_type"] == "rules"]
    check("rules are done without", rules and rules[0]["result"] == "not written", str(rules))
    for gone, told_by in PERMISSIONS.items():
        allow(s3, bucket, gone)
        rc, lines = setup(bucket, key, secret)
        check("without " + gone, rc == 1 and told_by in missing(lines) and gone in missing(lines)[told_by], "%d %s" % (rc, missing(lines)))


def test_not_reached(bucket):
    rc, lines = setup(bucket + "-none", ENV["RECROOM_S3_KEY"], ENV["RECROOM_S3_SECRET"])
    check("no bucket", rc == 1 and list(missing(lines)) == ["reach it"] and "NoSuchBucket" in lines[0]["reason"], str(lines))
    rc, lines = setup(bucket, ENV["RECROOM_S3_KEY"], "a-wrong-secret")
    check("wrong keys", rc == 1 and list(missing(lines)) == ["reach it"] and "SignatureDoesNotMatch" in lines[0]["reason"], str(lines))
    rc, lines = setup(bucket, ENV["RECROOM_S3_KEY"], ENV["RECROOM_S3_SECRET"], "elsewhere")
    check("no such store", rc == 3)


def left(s3, bucket):
    objects, uploads = s3.list_object_versions(Bucket=bucket), s3.list_multipart_uploads(Bucket=bucket)
    return [o["Key"] for k in ("Versions", "DeleteMarkers") for o in objects.get(k, [])] + [u["Key"] for u in uploads.get("Uploads", [])]


def test_others(bucket):
    nas = os.path.join(WORK, "nas")
    os.mkdir(nas)
    more = ', { name = "nas"; kind = "local"; role = "mirror"; directory = "%s" }' % nas
    more += ', { name = "az"; kind = "azure"; role = "mirror"; bucket = "%s"; account = "%s"; endpoint = "%s"; plain = true }' % (
        bucket + "-none", os.environ["RECROOM_AZURE_ACCOUNT"], os.environ["RECROOM_AZURE_ENDPOINT"])
    rc, lines = setup(bucket, ENV["RECROOM_S3_KEY"], ENV["RECROOM_S3_SECRET"], "nas", more=more)
    check("a directory", rc == 0 and not missing(lines) and {o.get("store") for o in lines} == {"nas", None}, str(lines))
    check("nothing is left there", os.listdir(nas) == [".uploads"] and not os.listdir(os.path.join(nas, ".uploads")))
    rc, lines = setup(bucket, ENV["RECROOM_S3_KEY"], ENV["RECROOM_S3_SECRET"], "az", more=more)
    check("no container", rc == 1 and "ContainerNotFound" in lines[0]["reason"], str(lines))


def main():
    bucket, versions = "setup-%d" % os.getpid(), "setup-versions-%d" % os.getpid()
    s3 = client()
    s3.create_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=versions)
    s3.put_bucket_versioning(Bucket=versions, VersioningConfiguration={"Status": "Enabled"})
    test_owner(s3, bucket)
    test_not_reached(bucket)
    test_others(bucket)
    check("nothing is left", not left(s3, bucket), str(left(s3, bucket)))
    rc, lines = setup(versions, ENV["RECROOM_S3_KEY"], ENV["RECROOM_S3_SECRET"])
    check("with versions", rc == 0 and not missing(lines), str(missing(lines)))
    check("no version is left", not left(s3, versions), str(left(s3, versions)))
    test_permissions(s3, versions)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


sys.exit(main())
