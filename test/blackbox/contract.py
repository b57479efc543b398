"""Holds what the gateway answers against its own openapi.json. Every request that the tests make through clients.Gateway
comes by here, so that the whole suite is the proof that the document is true; test_zz_openapi.py then asks what of the document
nobody has seen."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import jsonschema

# What any route may answer before or beside its own work; the document says so once, in its description.
ANYWHERE = {404, 405, 408, 413, 414, 415, 417, 421, 429, 431, 503, 507}
METHODS = ("get", "head", "post", "put", "patch", "delete")


class Operation:
    def __init__(self, path, method, item):
        self.path, self.method, self.item = path, method.upper(), item[method]
        self.shared = item.get("parameters", [])
        self.rest_of_path = item.get("x-rest-of-path")  # the parameter that may hold slashes
        self.name = f"{self.method} {path}"
        pieces = re.split(r"(\{[^}]*\})", path)
        self.pattern = re.compile("".join(self._piece(piece) for piece in pieces))

    def _piece(self, piece):
        if not piece.startswith("{"):
            return re.escape(piece)
        return ".*" if self.rest_of_path == piece[1:-1] else "[^/]+"

    def fixed_length(self):
        return len(re.sub(r"\{[^}]*\}", "", self.path))


class Contract:
    def __init__(self):
        self.documents = {}  # by the server's URL: every build under test answers for itself
        self.seen = set()  # (operation's name, status)

    def document(self, url, load):
        """(document, operations) of that server; no operations where it does not speak to us by this name."""
        if url not in self.documents:
            document = json.loads(load())
            if "paths" not in document:
                return document, []
            operations = [Operation(path, method, item) for path, item in document["paths"].items()
                          for method in METHODS if method in item]
            operations.sort(key=lambda one: -one.fixed_length())
            self.documents[url] = (document, operations)
        return self.documents[url]

    def check(self, document, operations, method, target, request_body, answer):
        path = urlsplit(target).path
        operation = next((one for one in operations if one.method == method and one.pattern.fullmatch(path)), None)
        if operation is None:
            return
        self.seen.add((operation.name, answer.status))
        found = operation.item["responses"].get(str(answer.status))
        if found is None:
            assert answer.status in ANYWHERE, f"{operation.name} answered {answer.status}, which openapi.json has not: {answer}"
            return
        self._check_answer(document, operation, resolve(document, found), answer)
        if answer.status < 300:
            self._check_request(document, operation, target, request_body)

    def _check_answer(self, document, operation, described, answer):
        if operation.method == "HEAD" or answer.status in (204, 304):
            assert not answer.body, f"{operation.name}: a body with {answer.status}"
            return
        for name, header in described.get("headers", {}).items():
            if header.get("required"):
                assert answer.get(name) is not None, f"{operation.name} {answer.status}: no {name}: {answer}"
        content = described.get("content")
        kind = (answer.get("Content-Type") or "").split(";")[0]
        if not content:
            assert not answer.body, f"{operation.name} {answer.status}: a body that openapi.json has not: {answer}"
            return
        given = content.get(kind) or content.get("*/*")
        assert given is not None, f"{operation.name} {answer.status}: {kind} where openapi.json has {list(content)}"
        if kind.endswith("json") and "schema" in given:
            validate(document, given["schema"], answer.json(), f"{operation.name} {answer.status}")

    def _check_request(self, document, operation, target, request_body):
        """What is accepted is documented."""
        known = {one["name"] for one in map(lambda p: resolve(document, p), operation.shared + operation.item.get("parameters", []))
                 if one["in"] == "query"}
        asked = {name for name, _ in parse_qsl(urlsplit(target).query, keep_blank_values=True)}
        assert asked <= known, f"{operation.name} took {asked - known}, which openapi.json has not"
        body = resolve(document, operation.item.get("requestBody", {}))
        schema = body.get("content", {}).get("application/json", {}).get("schema")
        if schema and request_body:
            validate(document, schema, json.loads(request_body), f"{operation.name}'s body")


def resolve(document, value):
    if "$ref" not in value:
        return value
    node = document
    for step in value["$ref"][2:].split("/"):
        node = node[step]
    return node


def validate(document, schema, value, what):
    resolver = jsonschema.RefResolver.from_schema(document)
    try:
        jsonschema.Draft202012Validator(schema, resolver=resolver).validate(value)
    except jsonschema.ValidationError as error:
        raise AssertionError(f"{what}: openapi.json does not describe it: {error.message} at {error.json_path}") from None


CONTRACT = Contract()
