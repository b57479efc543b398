"""Random requests signed by botocore and by us: equal, accepted by our verifier, and refused with one byte of meaning changed.
2,000 of them, with --long 100,000; SIGNPOST_SEED repeats a run."""

import hashlib
import os
import random
import subprocess
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest import mock
from urllib.parse import quote, unquote_to_bytes

import pytest
from procs import binary

os.environ["BOTO_DISABLE_CRT"] = "true"
import botocore.auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

ENDPOINTS = ["http://127.0.0.1:9000", "http://[::1]:9000", "http://[2001:db8::1]", "https://s3.eu-central-1.amazonaws.com",
             "https://files.example.com:8443", "https://files.example.com:443", "http://files.example.com:80", "http://localhost"]
METHODS = ["GET", "PUT", "HEAD", "DELETE", "POST"]
REGIONS = ["us-east-1", "eu-central-1", "local", "ap-southeast-2", "auto"]
SERVICES = ["s3", "s3", "s3", "s3-object-lambda", "s3-outposts"]
PIECES = ["a", "Z", "7", "photos", "IMG_1000.jpg", "2026/11/24", "/", "//", ".", "..", "./", "../", " ", "  ", "+", "%", "%2F", "%25",
          "%zz", "*", "!", "'", "(", ")", "~", "-", "_", "&", "=", "?", "#", ";", ":", "@", ",", "$", "[", "]", "{", "}", "<", ">", "\\",
          "^", "`", "|", '"', "\t", "\n", "\x7f", "é", "e\u0301", "日本語", "ሴ", "😀", "🏳️‍🌈", "𝔘", "\u00a0", "X-Amz-Signature=0"]
SUBRESOURCES = ["acl", "uploads", "cors", "versions", "tagging", "location"]
PARAMETERS = ["response-content-type", "response-content-disposition", "versionId", "partNumber", "uploadId", "prefix", "delimiter",
              "list-type", "x-id", "x-amz-checksum-mode", "a", "A", "Ü", "a b", "a+b"]
FIELDS = ["Content-Type", "Content-MD5", "Content-Length", "Range", "If-None-Match", "x-amz-acl", "x-amz-meta-a", "X-Amz-Meta-B",
          "x-amz-checksum-crc32", "x-amz-storage-class", "Cache-Control"]
ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def escape(text):
    return "".join(f"\\x{ord(c):02x}" if ord(c) < 0x20 or c == "\\" else c for c in text)


def encode(text, safe="~"):
    return quote(text, safe=safe)


def random_text(rng, most):
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(0, most)))


def random_key(rng):
    kind = rng.random()
    if kind < 0.05:
        return ""
    if kind < 0.1:
        return rng.choice(["x" * 1024, "é" * 512, "😀" * 256, "a/" * 512])
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 12)))


def random_query(rng):
    """Names once each: botocore keeps one value of a name."""
    chosen = {}
    for _ in range(rng.choice([0, 0, 1, 2, 5])):
        if rng.random() < 0.3:
            chosen[rng.choice(SUBRESOURCES)] = ""
        else:
            chosen[rng.choice(PARAMETERS)] = random_text(rng, 6)
    return list(chosen.items())


def random_fields(rng):
    """Values that HTTP can carry and botocore can join: no control characters, Latin-1."""
    chosen = {}
    for name in rng.sample(FIELDS, rng.choice([0, 0, 1, 2, 4])):
        value = "".join(c for c in random_text(rng, 5) if 0x20 <= ord(c) < 0x7F)
        chosen[name] = " ".join(value.split()) if rng.random() < 0.5 else value.strip()
    return list(chosen.items())


class Clock(datetime):
    moment = datetime(2026, 1, 1)

    @classmethod
    def utcnow(cls):
        return cls.moment

    @classmethod
    def now(cls, tz=None):
        return cls.moment


@contextmanager
def stopped_clock():
    with mock.patch.object(botocore.auth.datetime, "datetime", Clock):
        yield


class Case:
    """One request, as botocore sends it and as our signers take it."""

    def __init__(self, rng):
        self.rng, self.kind = rng, rng.choice(["presign", "header"])
        self.endpoint = rng.choice(ENDPOINTS)
        self.style = "path" if "[" in self.endpoint else rng.choice(["path", "virtual"])
        self.bucket, self.key = rng.choice(["photos", "my.bucket-1", ""]), random_key(rng)
        self.region, self.service, self.method = rng.choice(REGIONS), rng.choice(SERVICES), rng.choice(METHODS)
        self.access_key = rng.choice(["AKIAIOSFODNN7EXAMPLE", "team/a+b", "x"])
        self.secret = rng.choice(["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "s", "ü" * 40])
        self.token = rng.choice(["", "", "FwoGZXIvYXdzEBYaDH+/token==with+every/kind=of~char.-_"])
        self.query, self.fields = random_query(rng), random_fields(rng)
        self.expires = rng.choice([1, 180, 3600, 604800, rng.randint(1, 604800)])
        self.moment = datetime(2000, 1, 1) + timedelta(seconds=rng.randrange(3_000_000_000))
        self.body = rng.randbytes(rng.choice([0, 0, 1, 100]))
        self._address()

    def _address(self):
        scheme, authority = self.endpoint.split("://")
        host = authority
        if (scheme, host.rpartition(":")[2]) in (("http", "80"), ("https", "443")):
            host = host.rpartition(":")[0]
        in_host = self.style == "virtual" and self.bucket
        front = f"{self.bucket}." if in_host else ""
        self.host = front + host
        self.base = f"{scheme}://{front}{authority}"
        self.path = "" if in_host or not self.bucket else "/" + encode(self.bucket, "/~")
        if not self.path or self.key:
            self.path += "/" + encode(self.key, "/~")

    def sign(self):
        Clock.moment = self.moment
        query = "&".join(f"{encode(n)}={encode(v)}" for n, v in self.query)
        request = AWSRequest(method=self.method, url=self.base + self.path + ("?" + query if query else ""),
                             data=self.body if self.kind == "header" else b"", headers=dict(self.fields))
        credentials = Credentials(self.access_key, self.secret, self.token or None)
        if self.kind == "presign":
            botocore.auth.S3SigV4QueryAuth(credentials, self.service, self.region, expires=self.expires).add_auth(request)
            self.theirs, self.payload = request.url, "UNSIGNED-PAYLOAD"
        else:
            botocore.auth.S3SigV4Auth(credentials, self.service, self.region).add_auth(request)
            self.theirs, self.payload = request.headers["Authorization"], request.headers["X-Amz-Content-SHA256"]
            assert self.payload in ("UNSIGNED-PAYLOAD", hashlib.sha256(self.body).hexdigest())
        self.sent_query = request.url.partition("?")[2]
        self.sent_fields = [("Host", self.host), *request.headers.items()]
        self.wire = {"method": self.method, "path": self.path, "query": self.sent_query, "field": self.sent_fields}
        self.changed = self._change()
        return self

    def _change(self):
        """The request with one byte of meaning changed."""
        changed = dict(self.wire)
        part = self.rng.choice(["method", "path", "query", "field", "field"])
        if part == "query" and not self.sent_query:
            part = "path"
        if part == "method":
            changed["method"] = self.rng.choice([m for m in METHODS if m != self.method])
        elif part == "field":
            index = self.rng.choice([i for i, (_, value) in enumerate(self.sent_fields) if value.strip()])
            name, value = self.sent_fields[index]
            changed["field"] = [*self.sent_fields[:index], (name, other_value(self.rng, name, value)), *self.sent_fields[index + 1:]]
        else:
            changed[part] = other_text(self.rng, self.wire[part])
        return changed

    def record(self):
        moment = f"{self.moment:%Y%m%dT%H%M%SZ}"
        single = {"endpoint": self.endpoint, "style": self.style, "region": self.region, "service": self.service,
                  "access_key": self.access_key, "secret": self.secret, "token": self.token, "method": self.method, "bucket": self.bucket,
                  "key": self.key, "date": moment, "expires": self.expires, "payload": self.payload, "wire_path": self.path,
                  "wire_query": self.sent_query, **{f"changed_{name}": self.changed[name] for name in ("method", "path", "query")}}
        lists = {"query": self.query, "field": self.fields, "wire_field": self.sent_fields, "changed_field": self.changed["field"]}
        lines = [self.kind, *(f"{name}\t{escape(str(value))}" for name, value in single.items())]
        lines += [f"{name}\t{escape(n)}\t{escape(v)}" for name, pairs in lists.items() for n, v in pairs]
        return "\n".join(lines) + "\n\n"


def units(text):
    """The bytes of a percent-encoded text, each as it is written."""
    out, at = [], 0
    while at < len(text):
        size = 3 if text[at] == "%" else 1
        out.append(text[at:at + size])
        at += size
    return out


def other_text(rng, text):
    pieces = units(text)
    index = rng.randrange(len(pieces))
    before = unquote_to_bytes(pieces[index])
    pieces[index] = rng.choice([c for c in ALNUM if c.encode() != before])
    return "".join(pieces)


def other_value(rng, name, value):
    """Of an Authorization field only what is behind an '=': how its parts are set apart has no meaning."""
    places = [i for i, c in enumerate(value) if c != " "]
    if name == "Authorization":
        places = [i for i in places if i > value.index("Credential=") and value[i] not in ",="]
    index = rng.choice(places)
    return value[:index] + rng.choice([c for c in ALNUM if c != value[index]]) + value[index + 1:]


@pytest.fixture
def count(pytestconfig):
    return 100_000 if pytestconfig.getoption("--long") else 2_000


@pytest.mark.timeout(900)
def test_botocore_and_we_sign_alike_and_a_byte_of_meaning_counts(count):
    seed = int(os.environ.get("SIGNPOST_SEED") or random.randrange(1 << 32))
    print(f"SIGNPOST_SEED={seed}, {count} requests")
    rng = random.Random(seed)
    process = subprocess.Popen([binary().parent / "sigv4_lines"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    with stopped_clock(), process:
        for start in range(0, count, 50):
            cases = [Case(rng).sign() for _ in range(min(50, count - start))]
            for case in cases:  # one by one: a pipe holds no more than 64 KiB
                process.stdin.write(case.record())
                process.stdin.flush()
                ours, verdict, changed = process.stdout.readline().rstrip("\n").split("\t")
                told = f"SIGNPOST_SEED={seed}\n{case.record()}"
                assert ours == case.theirs, told
                assert verdict == "verified", f"{verdict}\n{told}"
                assert changed not in ("verified", "anonymous", ""), f"{changed}\n{told}"
        process.stdin.close()
        assert process.stdout.read() == ""
    assert process.returncode == 0
