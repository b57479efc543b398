"""`signpost presign`: equal to botocore byte for byte, taken by a store, fast enough for a batch."""

import json
import re
import subprocess
import time
from datetime import datetime
from unittest import mock
from urllib.parse import urlsplit

import boto3
import botocore.auth
import pytest
import wire
from botocore.config import Config
from conftest import STORE_KEY_ID, STORE_SECRET
from procs import binary, clean_environment, run, sanitized

ENV = {"AWS_ACCESS_KEY_ID": STORE_KEY_ID, "AWS_SECRET_ACCESS_KEY": STORE_SECRET, "HOME": "/nonexistent"}
KEYS = ["beach.jpg", "a b+c.jpg", "%2F", "a//b", "../x", "./y", "*!'()~", "é/日本/😀", "?a=b&c#d", "tail/", "k" * 1024]
BATCH_LINES, BATCH_LINES_A_SECOND = 1_000_000, 600_000


def presign(*arguments, env=ENV, **more):
    done = run("presign", *arguments, env=env, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def botocore_url(url, call, parameters, endpoint, region, style, expires, token=None):
    """What botocore makes at the time that stands in our URL."""
    moment = datetime.strptime(re.search(r"X-Amz-Date=(\w+)", url)[1], "%Y%m%dT%H%M%SZ")
    client = boto3.client("s3", endpoint_url=endpoint, region_name=region, aws_access_key_id=STORE_KEY_ID,
                          aws_secret_access_key=STORE_SECRET, aws_session_token=token,
                          config=Config(signature_version="s3v4", s3={"addressing_style": style}))
    # Where awscrt is installed botocore lets that sign, with the parameters in another order.
    own = {"s3v4": botocore.auth.S3SigV4Auth, "s3v4-query": botocore.auth.S3SigV4QueryAuth}
    with mock.patch.dict(botocore.auth.AUTH_TYPE_MAPS, own), \
            mock.patch.object(botocore.auth, "datetime", wraps=botocore.auth.datetime) as clock:
        clock.datetime.utcnow.return_value = moment
        clock.datetime.now.return_value = moment
        return client.generate_presigned_url(call, Params=parameters, ExpiresIn=expires)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("endpoint, style", [("http://127.0.0.1:9000", "path"),
                                             ("https://s3.eu-central-1.amazonaws.com", "virtual")])
def test_a_url_is_botocores_byte_for_byte(key, endpoint, style):
    where = ["--endpoint", endpoint] if style == "path" else []
    url = presign("get", f"s3://photos/{key}", "--region", "eu-central-1", "--expires-in", "12h", *where)
    parameters = {"Bucket": "photos", "Key": key}
    assert url == botocore_url(url, "get_object", parameters, endpoint, "eu-central-1", style, 43200)


def test_fields_parameters_and_a_token_are_botocores_too():
    where = ["--endpoint", "http://[::1]:9000", "--expires-in", "90"]
    url = presign("put", "s3://photos/k", "--header", "content-type:  image/jpeg ", *where)
    parameters = {"Bucket": "photos", "Key": "k", "ContentType": "image/jpeg"}
    assert url == botocore_url(url, "put_object", parameters, "http://[::1]:9000", "us-east-1", "path", 90)
    env = {**ENV, "AWS_SESSION_TOKEN": "to/ken+=="}
    url = presign("get", "s3://photos/k", "--query", "response-content-type=a/b c", *where, env=env)
    parameters = {"Bucket": "photos", "Key": "k", "ResponseContentType": "a/b c"}
    assert url == botocore_url(url, "get_object", parameters, "http://[::1]:9000", "us-east-1", "path", 90, "to/ken+==")


def ask(store, method, url, headers=(), body=None):
    parts = urlsplit(url)
    target = url[len(f"{parts.scheme}://{parts.netloc}"):]
    return wire.request(store.address, method, target, headers, body)


@pytest.mark.parametrize("key", KEYS)
def test_the_store_takes_them(store, key):
    where = ["--endpoint", store.url]
    put = json.loads(presign("put", f"s3://photos/{key}", "--header", "Content-Type: image/jpeg", "--json", *where))
    assert set(put) == {"url", "method", "headers", "expires_at"} and put["method"] == "PUT"
    assert ask(store, "PUT", put["url"], put["headers"].items(), b"bytes").status == 200
    assert ask(store, "GET", presign("get", f"s3://photos/{key}", *where)).body == b"bytes"
    assert ask(store, "HEAD", presign("head", f"s3://photos/{key}", *where)).status == 200
    assert ask(store, "DELETE", presign("delete", f"s3://photos/{key}", *where)).status == 204


def test_a_batch_gives_a_line_for_each_line(store):
    lines = "".join(f"s3://photos/{key}\n" for key in KEYS if "\n" not in key)
    out = presign("get", "--batch", "--endpoint", store.url, stdin=lines).split("\n")
    assert [ask(store, "GET", url).status for url in out] == [404] * len(KEYS)
    document = json.loads(presign("get", "--batch", "--json", "--endpoint", store.url, stdin=lines))
    assert len(document["urls"]) == len(KEYS)
    assert presign("get", "--batch", stdin="s3://photos/no-line-feed").count("https://photos.s3.") == 1
    assert presign("get", "--batch", stdin="") == ""


def test_a_batch_stops_at_the_first_bad_line():
    done = run("presign", "get", "--batch", env=ENV, stdin="s3://photos/a\nphotos/b\ns3://photos/c\n")
    assert done.returncode == 1 and "line 2" in done.stderr
    assert done.stdout.count("\n") == 1


@pytest.mark.skipif(sanitized(), reason="measures speed")
def test_a_batch_is_fast(tmp_path):
    lines = tmp_path / "lines"
    lines.write_text("".join(f"s3://photos/users/alice/{i:08}.jpg\n" for i in range(BATCH_LINES)))
    best = float("inf")
    for _ in range(4):
        with open(lines, "rb") as source, open(tmp_path / "out", "wb") as out:
            began = time.monotonic()
            subprocess.run([binary(), "presign", "get", "--batch"], stdin=source, stdout=out, check=True,
                           env=clean_environment(ENV), timeout=60)
            best = min(best, time.monotonic() - began)
        if BATCH_LINES / best > BATCH_LINES_A_SECOND:
            break
    # Half of what is promised: other programs have their share of a test's machine.
    assert BATCH_LINES / best > BATCH_LINES_A_SECOND / 2, f"{BATCH_LINES / best:.0f} lines a second"


@pytest.mark.parametrize("arguments, says", [
    (["get"], "is no s3://BUCKET/KEY"),
    (["get", "https://photos/k"], "is no s3://BUCKET/KEY"),
    (["get", "s3:///k"], "is no s3://BUCKET/KEY"),
    (["get", "s3://a/b", "--expires-in", "8d"], "from 1s to 7d"),
    (["get", "s3://a/b", "--expires-in", "0"], "from 1s to 7d"),
    (["get", "s3://a/b", "--header", "no colon"], "write 'Name: value'"),
    (["get", "s3://a/b", "--header", "Host: x"], "comes from --endpoint"),
    (["put", "s3://a/b", "--header", "A: 1", "--header", "a: 2"], "given twice"),
    (["get", "s3://a/b", "--query", "x-amz-date=1"], "made here"),
    (["get", "s3://a/b", "--endpoint", "https://h/path"], "--endpoint"),
    (["get", "s3://a/b", "--region", "eu central"], "--region"),
    (["get", "s3://a/b", "--batch"], "standard input"),
    (["get", "s3://a/b", "--nonsense"], "--nonsense"),
    (["patch", "s3://a/b"], ""),
])
def test_what_is_wrong_is_said(arguments, says):
    done = run("presign", *arguments, env=ENV)
    assert done.returncode == 2 and done.stdout == ""
    assert says in done.stderr


def test_help_teaches():
    for words in (["presign"], ["presign", "get"]):
        done = run(*words, "--help")
        assert done.returncode == 0
        for shown in ("Examples:", "signpost presign put", "taken literally", "--batch", "--expires-in"):
            assert shown in done.stdout
