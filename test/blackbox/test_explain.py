"""`signpost explain`: made-up failures of pre-signed URLs, each with the cause that it names, offline and against a
store. The URLs are signed by code of these tests' own, and bent."""

import json
import re
from datetime import timedelta

import pytest

from clients import SECRETS, Store
from conftest import STORE_KEY_ID, STORE_SECRET
from procs import run
from rewriting import Rewriting
from sigv4 import Signer, amz_date, encode, join, now

ENV = {"AWS_ACCESS_KEY_ID": STORE_KEY_ID, "AWS_SECRET_ACCESS_KEY": STORE_SECRET, "HOME": "/nonexistent",
       "AWS_EC2_METADATA_DISABLED": "true"}
NOBODY = {"HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}
KEY = "explain/a b+c%2F.jpg"
SIGNER = Signer(STORE_KEY_ID, STORE_SECRET)


@pytest.fixture(scope="module", autouse=True)
def objects(store):
    store.put(KEY, b"bytes")
    store.put("explain/plain", b"bytes")


def explain(*arguments, env=ENV, status=None, **more):
    """What it says as JSON. Nothing secret may be in what it prints."""
    done = run("explain", "--json", *arguments, env=env, **more)
    assert done.returncode in (0, 1), done.stderr
    document = json.loads(done.stdout)
    assert done.returncode == (0 if document["cause"] is None else 1)
    assert (document["cause"] is None) == (document["findings"] == []) == (document["remedy"] is None)
    url = next((a for a in arguments if str(a).startswith("http")), "")
    secret = re.search(r"(?i)x-amz-signature=([0-9a-f]{64})", url)
    for text in (done.stdout, done.stderr):
        assert STORE_SECRET not in text
        assert not secret or secret[1] not in text
    if status is not None:
        assert document["store"]["status"] == status, document
    return document


def presigned(store, key="explain/plain", method="GET", signer=SIGNER, host=None, pairs=(), **more):
    url = f"http://{host or store.host}" + signer.target(method, host or store.host, f"/photos/{key}", pairs, **more)
    return SECRETS.of_url(url)


def moved(url, store):
    """The URL as it is sent to the store, whatever host it was signed for."""
    return f"http://{store.host}/" + url.split("://", 1)[1].split("/", 1)[1]


def replaced(url, name, value):
    assert f"{name}=" in url
    return re.sub(rf"{name}=[^&]*", f"{name}={value}", url)


def without(url, name):
    path, query = url.split("?")
    return path + "?" + "&".join(p for p in query.split("&") if not p.startswith(name + "="))


# What is right

@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE"])
def test_a_good_url(store, method):
    url = presigned(store, KEY, method, expires=3600)
    told = explain(url)
    assert told["cause"] is None and told["store"] is None
    assert (told["bucket"], told["key"], told["bucket_in_host"]) == ("photos", KEY, False)
    assert (told["method"], told["method_by"]) == (method, "signature")
    assert (told["access_key_id"], told["region"], told["signed_headers"]) == (STORE_KEY_ID, "us-east-1", "host")
    assert 3500 < told["seconds_left"] <= 3600
    assert told["signature"]["right"] is True and told["signature"]["differs"] is None
    assert re.fullmatch(r"[0-9a-f]{8}\.\.\. \(64 characters\)", told["signature"]["value"])


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE"])
def test_asking_changes_nothing(store, method):
    url = presigned(store, "explain/plain", method)
    before = store.keys()
    told = explain(url, "--check")
    assert told["cause"] is None, told
    assert store.keys() == before
    fresh = presigned(store, "explain/new", "PUT")
    assert explain(fresh, "--check")["store"]["accepted"] is True
    assert store.head("explain/new").status == 404


def test_without_credentials(store):
    url = presigned(store, pairs=[("response-content-type", "text/plain")])
    told = explain(url, env=NOBODY)
    assert told["cause"] is None and told["signature"]["checked"] is False
    assert told["method_by"] == "guess" and told["method"] == "GET"
    assert told["parameters"] == [{"name": "response-content-type", "value": "text/plain"}]
    assert explain(url, "--check", env=NOBODY, status=206)["cause"] is None


def test_amazons_urls_are_taken_apart():
    host = "photos.s3.eu-central-1.amazonaws.com"
    url = f"https://{host}" + SIGNER.but(region="eu-central-1").target("GET", host, "/a/b c.jpg")
    told = explain(SECRETS.of_url(url))
    assert (told["bucket"], told["key"], told["bucket_in_host"]) == ("photos", "a/b c.jpg", True)
    assert told["signature"]["right"] is True and told["region"] == "eu-central-1"


def test_what_presign_makes_is_explained(store):
    made = json.loads(run("presign", "put", f"s3://photos/{KEY}", "--json", "--endpoint", store.url, "--header", "Content-Type: image/jpeg",
                          "--header", "Content-Length: 5", "--header", "If-None-Match: *", env=ENV).stdout)
    told = explain(made["url"])
    assert told["cause"] is None and told["method"] == "PUT" and told["method_by"] == "guess"
    assert "content-length;content-type" in told["notes"][-1]
    given = [x for n, v in made["headers"].items() for x in ("--header", f"{n}: {v}")]
    told = explain(made["url"], *given)
    assert told["signature"]["right"] is True and told["method_by"] == "signature"
    told = explain(made["url"], "--check", *given)
    assert told["cause"] is None and told["store"]["status"] == 412  # the object is there, and the signature is right


def test_text_and_standard_input(store):
    url = presigned(store)
    done = run("explain", "-", env=ENV, stdin=url + "\n")
    assert done.returncode == 0, done.stderr
    for shown in ("s3://photos/explain/plain", "GET (so it is signed)", STORE_KEY_ID, "left", "Nothing is wrong with it"):
        assert shown in done.stdout, done.stdout
    assert url[-64:] not in done.stdout
    assert url[-64:] in run("explain", "--show-signature", url, env=ENV).stdout
    broken = run("explain", replaced(url, "X-Amz-Date", "20200101T000000Z"), env=ENV)
    assert broken.returncode == 1 and "Cause: wrong_scope_date" in broken.stdout and "What to do:" in broken.stdout


# The form: seen without asking and without a secret

FORMS = {
    "no_signature": lambda url: url.split("?")[0],
    "missing_parameter": lambda url: without(url, "X-Amz-Expires"),
    "html_escaped": lambda url: url.replace("&", "&amp;"),
    "misspelt_parameter": lambda url: url.replace("X-Amz-Signature", "x-amz-signature"),
    "repeated_parameter": lambda url: url + "&X-Amz-Expires=180",
    "broken_escape": lambda url: url.replace("/explain/", "/explain%/"),
    "signature_truncated": lambda url: url[:-3],
    "expires_out_of_range": lambda url: replaced(url, "X-Amz-Expires", "604801"),
    "wrong_scope_date": lambda url: replaced(url, "X-Amz-Credential", encode(f"{STORE_KEY_ID}/20200101/us-east-1/s3/aws4_request")),
    "malformed_parameter": lambda url: replaced(url, "X-Amz-Date", "yesterday"),
}


@pytest.mark.parametrize("cause", FORMS)
@pytest.mark.parametrize("env", [ENV, NOBODY], ids=["with credentials", "without"])
def test_damaged_urls(store, cause, env):
    url = FORMS[cause](presigned(store))
    assert explain(url, env=env)["cause"] == cause
    if cause not in ("no_signature", "html_escaped"):
        told = explain(url, "--check", env=env)
        assert told["cause"] == cause, told
        assert told["store"]["status"] in (400, 403)


def test_the_step_of_a_scope_of_another_day(store):
    told = explain(FORMS["wrong_scope_date"](presigned(store)))
    assert told["signature"]["right"] is False and told["signature"]["differs"] == "string_to_sign"
    assert [f["cause"] for f in told["findings"]] == ["wrong_scope_date"]


@pytest.mark.parametrize("expires", ["-1", "0", "60.5", "x", "", "99999999999999999999"])
def test_expires(store, expires):
    assert explain(replaced(presigned(store), "X-Amz-Expires", expires))["cause"] == "expires_out_of_range"


def test_a_url_cut_by_the_shell(store):
    told = explain(presigned(store).split("&")[0], env=NOBODY)
    assert told["cause"] == "missing_parameter" and "quotes" in told["remedy"]


def test_signature_version_2():
    url = "http://h/photos/a?AWSAccessKeyId=AKIA&Signature=abc%3D&Expires=1900000000"
    told = explain(url)
    assert told["cause"] == "signature_version_2" and "s3v4" in told["remedy"]


# Time

def test_expired(store):
    url = presigned(store, signer=SIGNER.but(moment=now() - timedelta(minutes=10)), expires=60)
    for env in (ENV, NOBODY):
        told = explain(url, env=env)
        assert told["cause"] == "expired" and told["seconds_left"] < -500
    assert told["findings"][0]["cause"] == "expired"
    told = explain(url, "--check", status=403)
    assert told["cause"] == "expired" and told["store"]["code"] == "AccessDenied"
    assert told["signature"]["right"] is True


def test_clock_skew(store):
    url = presigned(store, signer=SIGNER.but(moment=now() + timedelta(hours=1)))
    assert explain(url)["cause"] == "clock_skew"
    told = explain(url, "--check", status=403)
    assert told["cause"] == "clock_skew" and "clock" in told["remedy"]


def test_the_credentials_end_first(store):
    def with_end(moment):
        return {**ENV, "AWS_CREDENTIAL_EXPIRATION": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
    url = presigned(store, expires=3600)
    told = explain(url, env=with_end(now() + timedelta(minutes=20)))
    assert told["cause"] is None and any("ends with its temporary credentials" in note for note in told["notes"])
    told = explain(url, env=with_end(now() - timedelta(minutes=1)))
    assert told["cause"] == "credentials_ended" and told["signature"]["right"] is True


# The signature: which step differs, and what was changed

CHANGES = {
    "extra parameter": ("extra_parameter", lambda s: presigned(s) + "&versionId=null"),
    "two extra parameters": ("extra_parameter", lambda s: presigned(s) + "&utm_source=a&utm_medium=b"),
    "missing x-id": ("missing_parameter", lambda s: without(presigned(s, pairs=[("x-id", "GetObject")]), "x-id")),
    "longer life": ("parameter_changed", lambda s: replaced(presigned(s), "X-Amz-Expires", "86399")),
    "plus in a value": ("parameter_changed", lambda s: presigned(s, pairs=[("response-content-type", "a b")]).replace("a%20b", "a+b")),
    "encoded twice": ("key_encoding", lambda s: presigned(s, KEY).replace("a%20b%2Bc%252F", "a%2520b%252Bc%25252F")),
    "decoded %2F": ("key_encoding", lambda s: presigned(s, KEY).replace("%252F", "%2F")),
    "plus for a blank": ("key_encoding", lambda s: presigned(s, "explain/a b").replace("a%20b", "a+b")),
    "blank for a plus": ("key_encoding", lambda s: presigned(s, "explain/a+b").replace("a%2Bb", "a%20b")),
    "another host": ("wrong_host", lambda s: moved(presigned(s, host=s.host.replace("127.0.0.1", "localhost")), s)),
    "without the port": ("wrong_port", lambda s: moved(presigned(s, host="127.0.0.1"), s)),
    "another port": ("wrong_port", lambda s: moved(presigned(s, host="127.0.0.1:9000"), s)),
    "bucket in front": ("bucket_style", lambda s: f"http://{s.host}/photos" + SIGNER.target("GET", f"photos.{s.host}", "/explain/plain")),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_on_the_way(store, name):
    cause, make = CHANGES[name]
    url = SECRETS.of_url(make(store))
    told = explain(url)
    assert told["cause"] == cause, told
    assert told["signature"]["right"] is False and told["signature"]["differs"] == "canonical_request"
    told = explain(url, "--check", status=403)
    assert told["cause"] == cause and told["store"]["code"] == "SignatureDoesNotMatch"


def test_a_host_that_is_configured(store):
    url = moved(presigned(store, host="files.example.com"), store)
    told = explain(url, "--endpoint", "https://files.example.com")
    assert told["cause"] == "wrong_host" and "files.example.com" in told["evidence"]


def test_wrong_method(store):
    url = presigned(store, method="PUT")
    told = explain(url, "--method", "GET")
    assert told["cause"] == "wrong_method" and "one for PUT" in told["evidence"]
    assert explain(url, "--method", "get", "--check", status=403)["cause"] == "wrong_method"
    assert explain(presigned(store), "--method", "PUT", "--check", status=403)["cause"] == "wrong_method"
    assert explain(presigned(store), "--method", "DELETE", "--check")["cause"] == "wrong_method"
    assert store.head("explain/plain").status == 200


def test_wrong_secret_key(store):
    url = presigned(store, signer=SIGNER.but(secret_access_key="wJalrXUtnFEMI"))
    told = explain(url)
    assert told["cause"] == "wrong_secret_key" and told["signature"]["differs"] == "signing_key"
    assert explain(url, "--check", status=403)["cause"] == "wrong_secret_key"
    told = explain(url, "--check", env=NOBODY, status=403)
    assert told["cause"] == "wrong_secret_key" and "credentials" in told["remedy"]


def test_the_store_has_another_secret(store):
    """Right for the secret that is known here: the store says no, though it read the same request."""
    other = "another-secret-0123456789"
    url = presigned(store, signer=SIGNER.but(secret_access_key=other))
    told = explain(url, "--check", env={**ENV, "AWS_SECRET_ACCESS_KEY": other}, status=403)
    assert told["cause"] == "wrong_secret_key" and "the store holds another one" in told["evidence"]
    assert "same request" in told["evidence"] and told["signature"]["right"] is True


def test_unknown_access_key(store):
    url = presigned(store, signer=SIGNER.but(access_key_id="AKIAUNKNOWN00000001"))
    told = explain(url)
    assert told["cause"] is None and "another access key" in told["notes"][0]
    told = explain(url, "--check", status=403)
    assert told["cause"] == "unknown_access_key" and "AKIAUNKNOWN00000001" in told["evidence"]


def test_wrong_region(store):
    url = presigned(store, signer=SIGNER.but(region="eu-central-1"))
    told = explain(url, "--check", status=400)
    assert told["cause"] == "wrong_region" and "--region us-east-1" in told["remedy"]
    scope = re.search(r"X-Amz-Credential=([^&]*)", presigned(store))[1]
    key_of_another = Signer(STORE_KEY_ID, STORE_SECRET)
    key_of_another._signature = lambda canonical, moment: foreign_signature(canonical, moment)
    told = explain(f"http://{store.host}" + key_of_another.target("GET", store.host, "/photos/explain/plain"), "--region", "eu-west-1")
    assert "us-east-1" in scope and told["cause"] == "wrong_region" and told["signature"]["differs"] == "signing_key"


def foreign_signature(canonical, moment):
    """Signed with the key of eu-west-1 under a scope that says us-east-1."""
    import hashlib
    import hmac
    from sigv4 import _mac, sha256
    text = "\n".join(["AWS4-HMAC-SHA256", amz_date(moment), SIGNER._scope(moment), sha256(canonical.encode())])
    key = ("AWS4" + STORE_SECRET).encode()
    for step in (moment.strftime("%Y%m%d"), "eu-west-1", "s3", "aws4_request"):
        key = _mac(key, step)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def test_session_token(store):
    url = presigned(store, signer=SIGNER.but(access_key_id="ASIATEMPORARY000001"))
    assert explain(url, env=NOBODY)["cause"] == "session_token_missing"
    with_token = {**ENV, "AWS_SESSION_TOKEN": "to/ken=="}
    assert explain(presigned(store), env=with_token)["cause"] == "session_token_missing"
    url = presigned(store, pairs=[("X-Amz-Security-Token", "to/ken==")])
    told = explain(url, env=with_token)
    assert told["cause"] is None and told["has_session_token"] is True
    assert "to/ken==" not in json.dumps(told) and "to%2Fken" not in json.dumps(told)
    told = explain(url, "--check", env=with_token, status=400)
    assert told["cause"] == "session_token_refused" and told["store"]["code"] == "InvalidToken"


def test_unsigned_header(store):
    url = presigned(store, method="PUT")
    told = explain(url, "--header", "x-amz-acl: private")
    assert told["cause"] == "unsigned_header" and "x-amz-acl" in told["evidence"]
    assert explain(url, "--header", "x-amz-copy-source: /a/b", "--check", env=NOBODY, status=403)["cause"] == "unsigned_header"


def test_signed_header_not_sent(store):
    url = presigned(store, method="PUT", headers=[("content-type", "image/png")])
    assert explain(url)["cause"] is None
    told = explain(url, "--check", "--method", "PUT", status=403)
    assert told["cause"] == "signed_header_missing" and "content-type" in told["evidence"]
    told = explain(url, "--check", "--header", "Content-Type: image/png")
    assert told["cause"] is None and told["method"] == "PUT"
    told = explain(url, "--check", "--method", "PUT", "--header", "Content-Type: text/html", status=403)
    assert told["cause"] in ("wrong_secret_key", "signed_header_missing")


def test_an_answer_that_somebody_got(store, tmp_path):
    """The store's error document in the place of asking it."""
    def answered(url, *more, stdin=None):
        (tmp_path / "error.xml").write_bytes(store.send("GET", "/" + url.split("://", 1)[1].split("/", 1)[1]).body)
        return explain(url, "--answer", tmp_path / "error.xml", *more, env=NOBODY)
    told = answered(presigned(store, signer=SIGNER.but(access_key_id="AKIAUNKNOWN00000001")))
    assert told["cause"] == "unknown_access_key" and told["store"]["code"] == "InvalidAccessKeyId"
    assert answered(presigned(store, signer=SIGNER.but(region="eu-west-1")))["cause"] == "wrong_region"
    url = moved(presigned(store, host="files.example.com"), store)
    (tmp_path / "error.xml").write_bytes(store.send("GET", "/" + url.split("://", 1)[1].split("/", 1)[1]).body)
    told = explain(url.replace(store.host, "files.example.com"), "--answer", tmp_path / "error.xml")
    assert told["cause"] == "wrong_host" and store.host in told["evidence"] and told["signature"]["right"] is True
    told = explain(url, "--answer", "-", env=NOBODY, stdin="<Error><Code>SlowDown</Code><Message>m</Message></Error>")
    assert told["cause"] == "refused" and told["store"]["status"] == 503
    for bad in ("", "no XML", "<html/>"):
        done = run("explain", url, "--answer", "-", env=NOBODY, stdin=bad)
        assert done.returncode == 2 and "no error document" in done.stderr
    assert run("explain", url, "--answer", tmp_path / "absent").returncode == 2


# Something between this machine and the store that changes requests: seen by what the store read

def through(rewrite, url, store, **more):
    """What explain says of a URL that is sent through a proxy with this fault."""
    with Rewriting(store.address, rewrite) as proxy:
        return explain(presigned(store, host=proxy.authority, **more) if url is None else url, "--check", status=403)


def test_a_proxy_that_changes_the_host(store):
    told = through(lambda head: re.sub(rb"Host: [^\r]*", b"Host: " + store.host.encode(), head), None, store)
    assert told["cause"] == "wrong_host" and "proxy" in told["remedy"] and store.host in told["evidence"]
    assert told["signature"]["right"] is True


def test_a_proxy_that_changes_the_path(store):
    told = through(lambda head: head.replace(b"//", b"/", 1), None, store, key="explain//x")
    assert told["cause"] == "key_encoding" and "rewrites paths" in told["remedy"]


def test_a_proxy_that_adds_a_parameter(store):
    told = through(lambda head: head.replace(b" HTTP/1.1", b"&trace=1 HTTP/1.1", 1), None, store)
    assert told["cause"] == "parameter_changed" and "trace" in told["evidence"]


# What is not the signature's fault

def test_what_is_not_there(store):
    told = explain(presigned(store, "explain/absent"), "--check", status=404)
    assert told["cause"] == "not_found" and told["store"]["code"] == "NoSuchKey"
    url = f"http://{store.host}" + SIGNER.target("GET", store.host, "/no-such-bucket/a")
    assert explain(url, "--check", status=404)["cause"] == "not_found"


def test_nobody_answers():
    url = presigned(Store("http://127.0.0.1:1", STORE_KEY_ID, STORE_SECRET))
    told = explain(url, "--check")
    assert told["cause"] == "unreachable" and told["store"]["status"] is None


@pytest.mark.parametrize("arguments", [["not a URL"], ["ftp://h/a"], ["http:///a"], [], ["http://u@h/a"], ["http://h/a", "--method", "BREW"],
                                       ["http://h/a", "--header", "no colon"], ["http://h/a", "--endpoint", "nonsense"]])
def test_wrong_usage(arguments):
    done = run("explain", *arguments, env=ENV)
    assert done.returncode == 2 and done.stdout == "" and done.stderr


def test_help_teaches():
    done = run("explain", "--help")
    for shown in ("Examples:", "--check", "changes nothing", "standard input", "cause"):
        assert shown in done.stdout
