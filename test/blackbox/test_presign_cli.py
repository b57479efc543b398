"""`signpost presign`: equal to botocore byte for byte, taken by a store, fast enough for a batch."""

import json
import re
import subprocess
import time
from datetime import datetime
from html.parser import HTMLParser
from unittest import mock
from urllib.parse import urlsplit

import boto3
import botocore.auth
import botocore.signers
import pytest
import requests
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


# presign post

def botocore_post(made, key, fields, conditions, endpoint, style, region="us-east-1", expires=180, token=None):
    moment = datetime.strptime(made["fields"]["x-amz-date"], "%Y%m%dT%H%M%SZ")
    client = boto3.client("s3", endpoint_url=endpoint, region_name=region, aws_access_key_id=STORE_KEY_ID,
                          aws_secret_access_key=STORE_SECRET, aws_session_token=token,
                          config=Config(signature_version="s3v4", s3={"addressing_style": style}))
    with mock.patch.object(botocore.auth, "datetime", wraps=botocore.auth.datetime) as clock, \
            mock.patch.object(botocore.signers, "datetime", wraps=botocore.signers.datetime) as signers_clock:
        clock.datetime.utcnow.return_value = moment
        signers_clock.datetime.utcnow.return_value = moment
        return client.generate_presigned_post("photos", key, Fields=dict(fields),
                                              Conditions=[{n: v} for n, v in fields.items()] + conditions, ExpiresIn=expires)


@pytest.mark.parametrize("key", [k for k in KEYS if not k.endswith("/")] + ["users/alice/", ""])
@pytest.mark.parametrize("endpoint, style", [("http://127.0.0.1:9000", "path"),
                                             ("https://s3.eu-central-1.amazonaws.com", "virtual")])
def test_a_form_is_botocores(key, endpoint, style):
    where = ["--endpoint", endpoint] if style == "path" else []
    made = json.loads(presign("post", f"s3://photos/{key}", "--region", "eu-central-1", "--field", "Content-Type=a/b c",
                              "--field", "x-amz-meta-k=é\"=", "--starts-with", "x-amz-meta-l=é", "--max-size", "5MiB", *where))
    assert set(made) == {"url", "method", "fields", "expires_at"} and made["method"] == "POST"
    whole = key + "${filename}" if key.endswith("/") or not key else key
    theirs = botocore_post(made, whole, {"Content-Type": "a/b c", "x-amz-meta-k": "é\"="},
                           [["starts-with", "$x-amz-meta-l", "é"], ["content-length-range", 0, 5 << 20]], endpoint, style,
                           "eu-central-1")
    assert (made["url"], made["fields"]) == (theirs["url"], theirs["fields"])
    assert list(made["fields"]) == list(theirs["fields"])


def test_a_form_with_a_token_is_botocores():
    made = json.loads(presign("post", "s3://photos/k", "--endpoint", "http://[::1]:9000", "--expires-in", "12h", "--json",
                              env={**ENV, "AWS_SESSION_TOKEN": "to/ken+=="}))
    theirs = botocore_post(made, "k", {}, [], "http://[::1]:9000", "path", expires=43200, token="to/ken+==")
    assert (made["url"], made["fields"]) == (theirs["url"], theirs["fields"])


def test_the_store_takes_a_form(store, tmp_path):
    order = ["s3://photos/cli/", "--endpoint", store.url, "--field", "success_action_status=201", "--field", "x-amz-meta-q=it's \"$x\" `y`",
             "--starts-with", "Content-Type=image/", "--max-size", "10"]
    made = json.loads(presign("post", *order))
    send = lambda data, kind: requests.post(made["url"], data={**made["fields"], "Content-Type": kind},
                                            files={"file": ("a b.png", data)}, timeout=10)
    assert send(b"0123456789", "image/png").status_code == 201
    got = store.get("cli/a b.png")
    assert got.body == b"0123456789" and got.get("x-amz-meta-q") == "it's \"$x\" `y`"
    assert "EntityTooLarge" in send(b"0123456789a", "image/png").text
    assert "Policy Condition failed" in send(b"x", "text/html").text
    # The command, run by a shell as it stands.
    (tmp_path / "FILE").write_bytes(b"by curl")
    command = presign("post", *order, "--curl")
    done = subprocess.run(["sh", "-c", command + " -sS"], cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False)
    assert "<Key>cli/FILE</Key>" in done.stdout, done
    assert store.get("cli/FILE").body == b"by curl"
    for key in ("cli/a b.png", "cli/FILE"):
        store.delete(key)


class Inputs(HTMLParser):
    def __init__(self):
        super().__init__()
        self.form, self.inputs = None, []

    def handle_starttag(self, tag, attrs):
        if tag == "form":
            self.form = dict(attrs)
        if tag == "input":
            self.inputs.append(dict(attrs))


def test_a_form_as_html(store):
    page = Inputs()
    hostile = 'x"><script>alert(1)</script>&amp;'
    page.feed(presign("post", f"s3://photos/html/{hostile}", "--endpoint", store.url, "--field", f"x-amz-meta-a={hostile}",
                      "--starts-with", "Content-Type=text/", "--html"))
    assert page.form == {"action": f"{store.url}/photos", "method": "post", "enctype": "multipart/form-data"}
    assert page.inputs[-1]["type"] == "file" and page.inputs[-1]["name"] == "file"
    fields = {i["name"]: i["value"] for i in page.inputs[:-1]}
    assert fields["key"] == f"html/{hostile}" and fields["Content-Type"] == "text/"
    assert requests.post(page.form["action"], data=fields, files={"file": ("n", b"x")}, timeout=10).status_code == 204
    assert store.get(f"html/{hostile}").get("x-amz-meta-a") == hostile
    store.delete(f"html/{hostile}")


@pytest.mark.parametrize("arguments, says", [
    ([], "is no s3://BUCKET/KEY-OR-PREFIX"),
    (["s3://a/b", "--expires-in", "8d"], "from 1s to 7d"),
    (["s3://a/b", "--field", "novalue"], "write 'name=value'"),
    (["s3://a/b", "--field", "=v"], "write 'name=value'"),
    (["s3://a/b", "--field", "Key=x"], "made here"),
    (["s3://a/b", "--starts-with", "x-amz-signature=x"], "made here"),
    (["s3://a/b", "--field", "A=1", "--starts-with", "a=2"], "given twice"),
    (["s3://a/b", "--max-size", "6TiB"], "--max-size"),
    (["s3://a/b", "--min-size", "2", "--max-size", "1"], "--min-size is more"),
    (["s3://a/${filename}/b"], "at the key's end"),
    (["s3://a/b\tc"], "control characters"),
    (["s3://a/b", "--html", "--curl"], "--html"),
    (["s3://a/b", "--html", "--json"], "--"),
])
def test_what_is_wrong_with_a_form_is_said(arguments, says):
    done = run("presign", "post", *arguments, env=ENV)
    assert done.returncode == 2 and done.stdout == "", done
    assert says in done.stderr


def test_help_teaches():
    form = run("presign", "post", "--help").stdout
    for shown in ("Examples:", "--max-size", "--starts-with", "--html", "x-ignore-"):
        assert shown in form
    for words in (["presign"], ["presign", "get"]):
        done = run(*words, "--help")
        assert done.returncode == 0
        for shown in ("Examples:", "signpost presign put", "taken literally", "--batch", "--expires-in"):
            assert shown in done.stdout
