#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our signatures against python3-botocore's: seeded requests in headers and links; Google's variant, which botocore does not know, against the strings of
Google's description (cloud.google.com/storage/docs/authentication/canonical-requests), put together here. Usage: signers.py PROGRAM [SEED]"""
import calendar
import datetime
import hashlib
import hmac
import json
import random
import subprocess
import sys
import time
import types
from urllib.parse import parse_qsl, quote, urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

COUNT = 1000
program = sys.argv[1]
seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
rnd = random.Random(seed)
letters = "aZ09-._~ !\"#$%&'()*+,/:;<=>?@[\\]^`{|}\u00e9\u00fc\u4f1a\U0001f600"


class Clock(datetime.datetime):
	at = 0

	@classmethod
	def utcnow(cls):
		return datetime.datetime.utcfromtimestamp(cls.at)


botocore.auth.datetime = types.SimpleNamespace(datetime=Clock)


def text(least, most, of=letters):
	return "".join(rnd.choice(of) for _ in range(rnd.randint(least, most)))


def name():
	return text(1, 8, "abcdefghijklmnopqrstuvwxyz0123456789-")


def header_value():
	return text(0, 12, "abc XYZ  \t,;=/\"*\u00e9").strip() if rnd.random() < 0.8 else "  two  blanks  "


def request():
	pairs = {text(1, 6): text(0, 8) for _ in range(rnd.randint(0, 4))}
	headers = {"x-amz-meta-" + name(): header_value() for _ in range(rnd.randint(0, 4))}
	if rnd.random() < 0.5:
		headers["Content-Type"] = "video/webm"
	if rnd.random() < 0.3:
		headers["Range"] = "bytes=%d-" % rnd.randint(0, 1 << 40)
	if rnd.random() < 0.2:
		headers["x-amz-meta-a"], headers["x-amz-meta-a-b"] = "1", "2"
	return {
		"scheme": "AWS4", "id": text(16, 20, "ABCDEFGHIJ0123456789"), "secret": text(8, 40, "abcXYZ0123456789+/="),
		"token": text(20, 200, "abcXYZ0123456789+/=") if rnd.random() < 0.4 else "",
		"region": rnd.choice(["us-east-1", "eu-central-1", "auto"]), "method": rnd.choice(["GET", "PUT", "POST", "HEAD", "DELETE"]),
		"host": rnd.choice(["b.s3.amazonaws.com", "storage.example:9000", "127.0.0.1:7480"]),
		"path": "/" + text(0, 24) + rnd.choice(["", "//x", "/a/../b", "/."]), "query": list(pairs.items()), "headers": list(headers.items()),
		"now": rnd.randint(0, 4102444800), "ttl": rnd.randint(1, 604800),
	}


def url_of(r):
	query = "&".join("%s=%s" % (quote(n, safe="-_.~"), quote(v, safe="-_.~")) for n, v in r["query"])
	return "http://%s%s%s" % (r["host"], quote(r["path"], safe="/-_.~"), "?" + query if query else "")


def theirs(r, body):
	"""What botocore makes of it: a list of all it signs with."""
	Clock.at = r["now"]
	asked = AWSRequest(method=r["method"], url=url_of(r), headers=dict(r["headers"]), data=body)
	credentials = Credentials(r["id"], r["secret"], r["token"] or None)
	if r["kind"] == "aws-query":
		botocore.auth.S3SigV4QueryAuth(credentials, "s3", r["region"], expires=r["ttl"]).add_auth(asked)
		return sorted(parse_qsl(urlsplit(asked.url).query, keep_blank_values=True))
	botocore.auth.S3SigV4Auth(credentials, "s3", r["region"]).add_auth(asked)
	r["hash"] = asked.headers["X-Amz-Content-SHA256"]
	own = ("x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "authorization")
	return sorted((n.lower(), v) for n, v in asked.headers.items() if n.lower() in own)


def google(r):
	"""The same of Google, by its description."""
	t = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(r["now"]))
	scope = "%s/%s/storage/goog4_request" % (t[:8], r["region"])
	given = {n.lower(): " ".join(v.split()) for n, v in r["headers"] + [("host", r["host"])]}
	query = dict(r["query"])
	if r["kind"] == "aws-headers":
		given.update({"x-goog-date": t, "x-goog-content-sha256": r["hash"]})
		if r["token"]:
			given["x-goog-security-token"] = r["token"]
	signed = ";".join(sorted(given))
	if r["kind"] == "aws-query":
		query.update({"X-Goog-Algorithm": "GOOG4-HMAC-SHA256", "X-Goog-Credential": r["id"] + "/" + scope, "X-Goog-Date": t,
			"X-Goog-Expires": str(r["ttl"]), "X-Goog-SignedHeaders": signed})
		if r["token"]:
			query["X-Goog-Security-Token"] = r["token"]
	canonical_query = "&".join("%s=%s" % p for p in sorted((quote(n, safe="-_.~"), quote(v, safe="-_.~")) for n, v in query.items()))
	canonical = "\n".join([r["method"], quote(r["path"], safe="/-_.~"), canonical_query] + ["%s:%s" % (n, given[n]) for n in sorted(given)]
		+ ["", signed, r["hash"]])
	to_sign = "\n".join(["GOOG4-HMAC-SHA256", t, scope, hashlib.sha256(canonical.encode()).hexdigest()])
	key = ("GOOG4" + r["secret"]).encode()
	for word in scope.split("/") + [to_sign]:
		key = hmac.new(key, word.encode(), hashlib.sha256).digest()
	if r["kind"] == "aws-query":
		return sorted(list(query.items()) + [("X-Goog-Signature", key.hex())])
	own = [(n, given[n]) for n in ("x-goog-date", "x-goog-content-sha256", "x-goog-security-token") if n in given]
	return sorted(own + [("authorization", "GOOG4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (r["id"], scope, signed, key.hex()))])


def ours(a):
	if a["query"] is not None:
		return sorted(parse_qsl(a["query"], keep_blank_values=True))
	return sorted((n.lower(), v) for n, v in (line.split(": ", 1) for line in a["lines"]))


rows = []
for i in range(COUNT + COUNT // 4):
	r = request()
	r["kind"] = "aws-query" if i % 2 else "aws-headers"
	body = rnd.randbytes(rnd.randint(0, 64)) if r["method"] in ("PUT", "POST") and r["kind"] == "aws-headers" else b""
	if i < COUNT:
		if r["kind"] == "aws-query":
			r["hash"] = "UNSIGNED-PAYLOAD"
		rows.append((r, theirs(r, body)))
	else:
		r["scheme"] = "GOOG4"
		r["hash"] = hashlib.sha256(body).hexdigest() if r["kind"] == "aws-headers" else "UNSIGNED-PAYLOAD"
		rows.append((r, google(r)))
out = subprocess.run([program], input="".join(json.dumps(r) + "\n" for r, _ in rows), capture_output=True, text=True, check=True).stdout.splitlines()
print("seed %d" % seed)
failed = 0
for (r, want), line in zip(rows, out):
	got = ours(json.loads(line))
	if got != want:
		failed += 1
		if failed <= 3:
			print("FAIL %s\n ours   %s\n theirs %s" % (json.dumps(r), got, want))
failed += len(rows) - len(out)
print("figure signatures equal to botocore's or Google's description: %d of %d" % (len(rows) - failed, len(rows)))
print("%d passed, %d failed" % (len(rows) - failed, failed))
sys.exit(failed > 0)
