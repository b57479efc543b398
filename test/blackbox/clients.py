"""What the tests speak to: a store, by S3, and a gateway, by its HTTP API. Thin: a method is one request."""

import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree
from urllib.parse import urlencode

import wire
from contract import CONTRACT, METHODS
from sigv4 import Signer, encode_path

METHODS_OF_CONTRACT = {method.upper() for method in METHODS}
PROBLEM_KEYS = {"type", "title", "status", "detail", "code"}


class Secrets(set):
    """Every secret that a test used. None may stand in a log."""

    def of_url(self, url):
        for value in re.findall(r"X-Amz-Signature=([0-9a-f]{64})", url):
            self.add(value)
        return url


SECRETS = Secrets()


def s3_code(answer):
    """<Code> of S3's error document, whose shape it checks."""
    assert answer.get("Content-Type", "").split(";")[0] == "application/xml", answer
    root = ElementTree.fromstring(answer.body)
    assert root.tag == "Error", answer
    request_id = root.findtext("RequestId")
    assert request_id and request_id == answer.get("x-amz-request-id"), answer
    assert root.findtext("Message"), answer
    return root.findtext("Code")


class Store:
    """A bucket of a store, spoken to with requests signed in their header, as bytes."""

    def __init__(self, url, access_key_id, secret_access_key, bucket="photos", program=None):
        self.url, self.bucket, self.program = url, bucket, program
        self.address = wire.address_of(url)
        self.signer = Signer(access_key_id, secret_access_key)
        SECRETS.add(secret_access_key)

    @property
    def host(self):
        return self.address.authority

    def path(self, key):
        return f"/{self.bucket}/{key}"

    def call(self, method, path, pairs=(), headers=(), body=b"", payload=None, signer=None):
        """A signed request; path is decoded text, pairs decoded query parameters."""
        fields = (signer or self.signer).headers(method, self.host, path, pairs, headers, body, payload)
        SECRETS.add(fields[-1][1].rsplit("=", 1)[1])
        query = urlencode([(n, v) for n, v in pairs], safe="-._~", quote_via=_quote)
        target = encode_path(path) + ("?" + query if query else "")
        rest = [(n, v) for n, v in fields if n != "Host"]
        return wire.request(self.address, method, target, rest, body if method in ("PUT", "POST") else None)

    def create_bucket(self):
        answer = self.call("PUT", f"/{self.bucket}")
        assert answer.status == 200, answer
        return self

    def put(self, key, body, headers=()):
        answer = self.call("PUT", self.path(key), headers=headers, body=body)
        assert answer.status == 200, answer
        return answer

    def get(self, key, headers=(), pairs=()):
        return self.call("GET", self.path(key), pairs, headers)

    def head(self, key):
        return self.call("HEAD", self.path(key))

    def delete(self, key):
        return self.call("DELETE", self.path(key))

    def presign(self, method, key, pairs=(), headers=(), signer=None, **more):
        """Path and query of a pre-signed URL."""
        target = (signer or self.signer).target(method, self.host, self.path(key), pairs, headers, **more)
        SECRETS.of_url(target)
        return target

    def send(self, method, target, headers=(), body=None, host=None):
        """An unsigned request, or one whose signature stands in the target."""
        return wire.request(self.address, method, target, headers, body, host=host)

    def keys(self):
        """Every key of the bucket with its ETag, by ListObjectsV2; none where the store has no such call yet."""
        answer = self.call("GET", f"/{self.bucket}", [("list-type", "2")])
        if answer.status == 501:
            return None
        assert answer.status == 200, answer
        root = ElementTree.fromstring(answer.body)
        space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
        return {c.findtext(f"{space}Key"): c.findtext(f"{space}ETag") for c in root.iter(f"{space}Contents")}


def _quote(text, safe="", encoding=None, errors=None):
    from urllib.parse import quote
    return quote(text, safe=safe)


def problem(answer, status, code=None):
    """Checks that an answer is problem details (RFC 9457) of this status."""
    assert answer.status == status, answer
    assert answer.get("Content-Type", "").split(";")[0] == "application/problem+json", answer
    document = answer.json()
    assert PROBLEM_KEYS <= set(document), document
    assert document["status"] == status, document
    assert re.fullmatch(r"[a-z][a-z0-9_]*", document["code"]), document
    assert all(isinstance(document[k], str) and document[k] for k in ("type", "title", "detail")), document
    if status == 401:
        assert answer.get("WWW-Authenticate"), answer
    if status in (429, 503):
        assert int(answer.get("Retry-After")) >= 1, answer
    if code is not None:
        assert document["code"] == code, document
    return document


class Gateway:
    """A gateway as one caller sees it."""

    def __init__(self, url, headers=(), program=None):
        self.url, self.headers, self.program = url, list(headers), program
        self.address = wire.address_of(url)

    def bearing(self, token):
        SECRETS.add(token)
        return Gateway(self.url, [("Authorization", f"Bearer {token}")], self.program)

    def with_cookie(self, cookie, *more):
        SECRETS.add(cookie.split("=", 1)[1])
        return Gateway(self.url, [("Cookie", cookie), *more], self.program)

    def anonymous(self):
        return Gateway(self.url, [], self.program)

    def call(self, method, target, body=None, headers=(), json_body=None, **more):
        fields = [*self.headers, *headers]
        if json_body is not None:
            body = json.dumps(json_body).encode()
            fields.append(("Content-Type", "application/json"))
        answer = wire.request(self.address, method, target, fields, body, **more)
        if method in METHODS_OF_CONTRACT and not more.get("host"):
            document, operations = CONTRACT.document(self.url, self._openapi)
            CONTRACT.check(document, operations, method, target, body, answer)
        return answer

    def _openapi(self):
        return wire.request(self.address, "GET", "/openapi.json").body

    def get(self, target, headers=(), **more):
        return self.call("GET", target, headers=headers, **more)

    def login(self, username, password):
        answer = self.anonymous().call("POST", "/v1/session",
                                       json_body={"username": username, "password": password})
        assert answer.status == 200, answer
        return answer

    def create(self, name="photo.jpg", content_type="image/jpeg", size=0, **more):
        """POST /v1/files: the whole document {file, upload}."""
        answer = self.call("POST", "/v1/files",
                           json_body={"name": name, "content_type": content_type, "size": size, **more})
        assert answer.status == 201, answer
        document = answer.json()
        SECRETS.of_url(document["upload"]["url"])
        return document

    def put(self, upload, data, headers=None):
        """What a client does with `upload`: exactly its method, URL and header fields."""
        given = list(upload["headers"].items()) if headers is None else headers
        return wire.fetch(upload["url"], upload["method"], given, data)

    def complete(self, file_id):
        return self.call("POST", f"/v1/files/{file_id}/complete", json_body={})

    def upload(self, data, name="photo.jpg", content_type="image/jpeg", **more):
        """The whole life of an upload by pre-signed PUT; the file, ready."""
        document = self.create(name, content_type, len(data), **more)
        stored = self.put(document["upload"], data)
        assert stored.status == 200, stored
        done = self.complete(document["file"]["id"])
        assert done.status == 200, done
        file = done.json()["file"]
        assert file["state"] == "ready" and file["size"] == len(data), file
        return file

    def signed_url(self, file_id, query=""):
        answer = self.get(f"/v1/files/{file_id}/url{query}")
        assert answer.status == 200, answer
        SECRETS.of_url(answer.json()["url"])
        return answer.json()

    def ids(self):
        """Every file that this caller sees, through all pages."""
        found, cursor = [], ""
        while True:
            answer = self.get(f"/v1/files?limit=100{cursor}")
            assert answer.status == 200, answer
            page = answer.json()
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = "&" + urlencode({"cursor": page["next_cursor"]})


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Held:
    """A request that has been sent but for the last byte of its body."""

    def __init__(self, caller, method, target, body, content_type="application/json"):
        self.connection, self.method, self.last = wire.Connection(caller.address), method, body[-1:]
        fields = [("Host", caller.address.authority), *caller.headers, ("Content-Type", content_type), ("Content-Length", str(len(body))),
                  ("Expect", "100-continue")]
        self.connection.send(wire.head(method, target, fields))
        assert self.connection.interim() == 100, "allowed by now, and the body is awaited"
        self.connection.send(body[:-1])

    def let_go(self):
        with self.connection:
            self.connection.send(self.last)
            return self.connection.response(self.method)
