#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/openapi.yaml against the code it describes, and real answers against it.

  tests/openapi_check.py                      the document: references, examples, routes, codes, events, version; then docs/api.md's examples
  tests/openapi_check.py --json               the document as JSON, with path items and responses resolved, for the end-to-end tests
  tests/openapi_check.py --answers FILE       each line {"event", "data"}, or {"method", "path" (of the document), "status", "type", "headers", "body"}: is it what the document says?

The last line is `N passed, N failed`. Needs Debian's python3-yaml and python3-jsonschema.
"""
import copy
import json
import os
import re
import sys

import jsonschema
import yaml

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
METHODS = ("get", "post", "delete", "put", "patch", "head", "options")
# how the document names the rules of common/permission.h
WHO = {"WHO_ANYONE": "anybody", "WHO_JOINED": "token", "WHO_HANDLE": "token", "WHO_HOST": "host", "WHO_HOST_RECORD": "host+record", "WHO_HOST_DELETE": "host+delete",
       "WHO_HOST_ADMIT": "host+admit", "WHO_FILE": "download", "WHO_OPERATOR": "operator"}


def text_of(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as f:
        return f.read()


class Checks:
    """Counts what holds and says what does not."""
    def __init__(self):
        self.passed = self.failed = 0

    def of(self, name, wrong):
        wrong = list(wrong)
        self.passed += not wrong
        self.failed += bool(wrong)
        if wrong:
            print("FAIL", name, *wrong[:20], sep="\n  ")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


# ---- the document ----

def walk(node, path=""):
    """Every object and list below a node, with its place."""
    yield path, node
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield from walk(value, f"{path}/{key}")


def find(doc, ref):
    node = doc
    for part in ref.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def deref(doc, node):
    while isinstance(node, dict) and "$ref" in node:
        node = find(doc, node["$ref"])
    return node


def operations(doc, part="paths"):
    """(path, method, operation, its parameters and the path's)"""
    for path, item in doc[part].items():
        for method in METHODS:
            if method in item:
                parameters = [deref(doc, p) for p in item.get("parameters", []) + item[method].get("parameters", [])]
                yield path, method, item[method], parameters


def validator(doc, schema):
    """The schema with the components it refers to, as one document."""
    return jsonschema.Draft202012Validator({**schema, "components": doc["components"]})


def closed(doc):
    """A copy in which objects have no members but those described: what the server says must be in the document."""
    doc = copy.deepcopy(doc)
    for _, node in walk(doc["components"]["schemas"]):
        if isinstance(node, dict) and isinstance(node.get("properties"), dict) and "type" in node:
            node.setdefault("additionalProperties", False)
    return doc


def faults(doc, schema, value):
    for error in sorted(validator(doc, schema).iter_errors(value), key=str):
        best = jsonschema.exceptions.best_match([error]) or error
        yield f"/{'/'.join(map(str, best.absolute_path))}: {best.message[:200]}"


def contents(doc):
    """(place, media type's object) of each request and response."""
    for part in ("paths", "webhooks"):
        for path, method, op, _ in operations(doc, part):
            body = deref(doc, op.get("requestBody", {}))
            for mime, media in body.get("content", {}).items():
                yield f"{method} {path} request {mime}", media
            for status, response in op["responses"].items():
                for mime, media in deref(doc, response).get("content", {}).items():
                    yield f"{method} {path} {status} {mime}", media


def check_examples(doc):
    strict = closed(doc)
    for place, media in contents(doc):
        if not media.get("examples"):
            yield f"{place}: no example"
        for name, example in media.get("examples", {}).items():
            yield from (f"{place} {name}{fault}" for fault in faults(strict, media["schema"], example["value"]))
    for part in ("parameters", "headers"):
        for name, one in doc["components"][part].items():
            if "example" in one:
                yield from (f"{part} {name}{fault}" for fault in faults(doc, one["schema"], one["example"]))
    for path, method, _, parameters in operations(doc):
        for one in parameters:
            if "example" in one:
                yield from (f"{method} {path} {one['name']}{fault}" for fault in faults(doc, one["schema"], one["example"]))


def check_operations(doc):
    seen = set()
    for part in ("paths", "webhooks"):
        for path, method, op, parameters in operations(doc, part):
            for member in ("operationId", "summary", "responses"):
                if not op.get(member):
                    yield f"{method} {path}: no {member}"
            if op.get("operationId") in seen:
                yield f"{method} {path}: {op['operationId']} is another operation's id"
            seen.add(op.get("operationId"))
            named = {p["name"] for p in parameters if p["in"] == "path"}
            if part == "paths" and named != set(re.findall(r"{(\w+)}", path)):
                yield f"{method} {path}: its path parameters are {sorted(named)}"
            for one in parameters:
                if not one.get("description"):
                    yield f"{method} {path}: {one['name']} is not described"
            if (op.get("x-who") == "anybody" or part == "webhooks" or op.get("x-who") == "operator") != (op.get("security") == []):
                yield f"{method} {path}: x-who and security do not agree"
            if part == "paths" and method == "post" and ("Idempotency-Key" not in {p["name"] for p in parameters} or "422" not in op["responses"]):
                yield f"{method} {path}: any POST takes an Idempotency-Key"
            for status, response in op["responses"].items():
                if not deref(doc, response).get("description"):
                    yield f"{method} {path}: {status} is not described"


UNIT = re.compile(r"millisecond|bytes|seconds|bit/s|not known", re.I)


def check_units(doc):
    """Durations, times and sizes say what they are counted in."""
    for place, node in walk(doc["components"]["schemas"]):
        name = place.rsplit("/", 1)[-1]
        if isinstance(node, dict) and "integer" in node.get("type", "") and re.search(r"duration|elapsed|size$|[aA]t$|Ms$|_ms$|bytes", name):
            if not UNIT.search(node.get("description", "")):
                yield f"{place} does not say its unit"


def check_references(doc):
    used = set()
    for place, node in walk(doc):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            used.add(node["$ref"])
            try:
                find(doc, node["$ref"])
            except (KeyError, IndexError):
                yield f"{place}: {node['$ref']} is not there"
    for part, components in doc["components"].items():
        for name in components:
            if part != "securitySchemes" and f"#/components/{part}/{name}" not in used:
                yield f"components/{part}/{name} is used by nobody"


def check_schemas(doc):
    for name, schema in doc["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            yield f"{name}: {error.message}"


# ---- against the code ----

def code_routes():
    rows = re.findall(r'{ HTTP_(\w+), "([^"]+)", (WHO_\w+),', text_of("postprocess/service.c"))
    return {(method.lower(), pattern): who for method, pattern, who in rows}


def pattern_of(path):
    if path == "/{file}":
        return "/*"
    return re.sub(r"{(\w+)}", lambda m: ":id" if m[1] == "recordingId" else ":" + m[1], path)


def check_routes(doc):
    rows = code_routes()
    described = {(method, pattern_of(path)): op for path, method, op, _ in operations(doc)}
    yield from (f"{method} {pattern} is a route, and not in the document" for method, pattern in rows.keys() - described.keys())
    yield from (f"{method} {pattern} is in the document, and no route" for method, pattern in described.keys() - rows.keys())
    for key in rows.keys() & described.keys():
        if WHO.get(rows[key]) != described[key].get("x-who"):
            yield f"{' '.join(key)} is for {rows[key]}, the document says {described[key].get('x-who')}"


def code_errors():
    return {code: int(status) for status, code in re.findall(r'{ \d+, (\d+), "(\w+)",', text_of("common/errors.c")) if code != "ok"}


def check_codes(doc):
    errors = code_errors()
    enum = set(doc["components"]["schemas"]["Code"]["enum"])
    yield from (f"{code} is an error, and not in the document" for code in errors.keys() - enum)
    yield from (f"{code} is in the document, and no error" for code in enum - errors.keys())
    for part in ("paths",):
        for path, method, op, _ in operations(doc, part):
            for status, response in op["responses"].items():
                media = deref(doc, response).get("content", {}).get("application/problem+json")
                for name, example in (media or {}).get("examples", {}).items():
                    value = example["value"]
                    if [str(value["status"]), errors.get(value["code"])] != [status, value["status"]] or value["type"] != f"/problems/{value['code']}":
                        yield f"{method} {path} {status} {name}: {value['code']} is {errors.get(value['code'])}"


def check_events(doc):
    stored = set(re.findall(r'{ "(\w+)", true,', text_of("common/event.c"))) | {"webhooktest"}
    yield from (f"{name} is in one place only" for name in stored ^ set(doc["webhooks"]))
    for name, item in doc["webhooks"].items():
        for media in item["post"]["requestBody"]["content"].values():
            if media["schema"]["properties"]["type"] != {"const": name}:
                yield f"{name} is described as another"


def check_spec(doc):
    """Members and limits of an output's spec are those of common/spec.h."""
    properties = doc["components"]["schemas"]["OutputSpec"]["properties"]
    rows = re.findall(r"row\((\w+), [^,]+, [^,]+, (\w+), (\d+), (\d+),", text_of("common/spec.h"))
    names = {name for name, kind, _, _ in rows if kind != "PATH"}
    yield from (f"{name} is in one place only" for name in names ^ set(properties))
    for name, kind, least, most in rows:
        if kind == "INT" and [properties[name].get("minimum"), properties[name].get("maximum")] != [int(least), int(most)]:
            yield f"{name} is {least} to {most}"


def check_version(doc):
    version = re.search(r"AC_INIT\(\[[^]]+\],\[([^]]+)\]", text_of("configure.ac"))[1]
    if doc["info"]["version"] != version or not doc["openapi"].startswith("3.1."):
        yield f"it is {doc['info']['version']}, configure.ac says {version}"


def check_document(checks, doc):
    for name, check in (("references resolve, all are used", check_references), ("schemas are schemas", check_schemas),
                        ("operations are complete", check_operations), ("examples fit their schemas", check_examples), ("units are said", check_units),
                        ("routes are those of the server", check_routes), ("codes are those of the table", check_codes),
                        ("events are those of the table", check_events), ("an output's spec is that of the table", check_spec), ("version", check_version), ("docs/api.md shows each request of the Janus API", check_requests),
                        ("docs/api.md has each operation of REST", check_documented), ("docs/api.md's curl fits", check_curl)):
        checks.of(name, check(doc))


# ---- docs/api.md ----

TABLES = ("request_rooms", "request_joins", "request_media", "request_hosts", "request_gates", "request_recordings", "request_consents", "request_library", "request_shares", "request_operators")
# members that every request may have, or that REST's and the Admin API's requests alone have
EVERYWHERE = {"recroom", "room", "transaction"}


def plugin_requests():
    """{request: members its table knows} of all tables of the plugin."""
    found, tables = {}, set()
    for name in sorted(os.listdir(os.path.join(TOP, "plugins"))):
        if not re.fullmatch(r"request_\w+\.c", name):
            continue
        text = text_of("plugins/" + name)
        params = {m[1]: set(re.findall(r'{ "(\w+)", P_', m[2])) for m in re.finditer(r"json_param (\w+)\[\] = \{(.*?)};", text, re.S)}
        for table in re.finditer(r"request_row (\w+)\[\] = \{(.*?)\n};", text, re.S):
            tables.add(table[1])
            for request, known in re.findall(r'{ "(\w+)", (\w+), WHO_', table[2]):
                found[request] = found.get(request, set()) | params.get(known, set())
    return found, tables


def blocks(kind):
    parts = re.split(r"^```(\w*)\n", text_of("docs/api.md"), flags=re.M)     # text, opening, inside, closing, text, …
    return [parts[i + 1] for i in range(1, len(parts) - 1, 4) if parts[i] == kind]


def parsed(text, place):
    """JSON, or a place and what is wrong."""
    try:
        return json.loads(text), None
    except ValueError as error:
        return None, f"{place}: {error}"


def json_examples():
    """(value, fault) of each block of JSON, whole or a value a line, and of each line with an arrow."""
    for block in blocks("json"):
        value, fault = parsed(block, "")
        if not fault:
            yield value, None
            continue
        lines = block.strip().splitlines()
        yield from (parsed(line, line[:60]) for line in lines)
    for block in blocks(""):
        yield from (parsed(line[1:], line[:60]) for line in block.splitlines() if line[:1] in "▶◀" and line)


def check_requests(_):
    requests, tables = plugin_requests()
    yield from (f"{table} is a table of requests in one place only" for table in tables ^ set(TABLES))
    shown = {}
    for value, fault in json_examples():
        if fault:
            yield fault
        elif isinstance(value, dict):
            shown.setdefault(value.get("recroom"), []).append(value)
    text = text_of("docs/api.md")
    words = set(re.findall(r"\w+", text))
    for request, members in requests.items():
        examples = [value for value in shown.get(request, []) if set(value) <= members | EVERYWHERE]
        if not examples:
            yield f"{request} has no example in docs/api.md, or one with members it does not know ({', '.join(sorted(members))})"
        yield from (f"{request}: {member} is not in docs/api.md" for member in sorted(members) if member.removeprefix("new_") not in words)


def check_curl(doc):
    routes = {(path, method): op for path, method, op, _ in operations(doc)}
    bodies = re.compile(r"-d '([^']*)'")
    found = 0
    for block in blocks("sh"):
        for command in re.split(r"(?<!\\)\n", block):
            if "curl" not in command:
                continue
            found += 1
            method = (re.search(r"-X (\w+)", command) or ["", "POST" if "-d " in command else "GET"])[1].lower()
            path = (re.search(r"https?://[^/\s]+(/[^\s'\"?]*)", command) or ["", ""])[1]
            fits = [op for (route, m), op in routes.items() if m == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", route), path)]
            if not fits:
                yield f"no such operation: {method} {path}"
            for body in bodies.findall(command):
                value, fault = parsed(body, body)
                media = deref(doc, fits[0].get("requestBody", {})).get("content", {}).get("application/json") if fits else None
                yield from [fault] if fault else faults(doc, media["schema"], value) if media else []
    if not found:
        yield "docs/api.md shows no curl"


def check_documented(doc):
    """REST's table in docs/api.md has every operation that needs proof, and its table of errors every code of REST's own."""
    text = text_of("docs/api.md")
    for path, method, op, _ in operations(doc):
        if op["x-who"] in ("anybody", "operator") or "{folder}" in path:
            continue
        pattern = pattern_of(path)
        if not re.search(rf"`{method.upper()} {re.escape(pattern)}[?`]", text):
            yield f"{method.upper()} {pattern} is not in docs/api.md"


# ---- answers of a real server ----

def event_faults(doc, event):
    item = doc["webhooks"].get(event["event"])
    if not item:
        yield "no such event"
        return
    message = item["post"]["requestBody"]["content"]["application/json"]["schema"]
    yield from faults(doc, message["properties"]["data"], event["data"])


def answer_faults(doc, answer):
    item = doc["paths"].get(answer["path"], {})
    op = item.get(answer["method"].lower())
    if not op:
        yield "no such operation"
        return
    response = deref(doc, op["responses"].get(str(answer["status"])))
    if not response:
        yield f"{answer['status']} is not in the document: {json.dumps(answer.get('body'))[:200]}"
        return
    mime = (answer.get("type") or "").split(";")[0]
    content = response.get("content", {})
    media = content.get(mime) or content.get("*/*")
    if content and not media:
        yield f"{answer['status']} comes as {mime}"
    if media and mime.endswith("json"):
        yield from faults(doc, media["schema"], answer["body"])
    for name in response.get("headers", {}):
        if name in ("Location", "X-Request-Id", "Accept-Ranges", "Content-Range") and name.lower() not in answer.get("headers", {}):
            yield f"no header {name}"


def check_answers(checks, doc, file):
    strict = closed(doc)
    with open(file, encoding="utf-8") as f:
        for line in f:
            answer = json.loads(line)
            if "event" in answer:
                checks.of(f"event {answer['event']}", event_faults(strict, answer))
            else:
                checks.of(f"{answer['method']} {answer['path']} {answer['status']}", answer_faults(strict, answer))


def main(args):
    doc = yaml.safe_load(text_of("docs/openapi.yaml"))
    checks = Checks()
    if args[:1] == ["--json"]:
        print(json.dumps(doc))
        return 0
    if args[:1] == ["--answers"] and len(args) == 2:
        check_answers(checks, doc, args[1])
    else:
        check_document(checks, doc)
    return checks.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
