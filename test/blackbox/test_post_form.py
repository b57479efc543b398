"""POST form uploads to the store: SECURITY C1-C16, and malformed forms, as bytes."""

import base64
import hashlib
import json
import time
import xml.etree.ElementTree as ElementTree
import zlib
from datetime import timedelta

import pytest

import wire
from clients import SECRETS, Store, s3_code
from conftest import STORE_KEY_ID, STORE_SECRET, running, start_store
from forms import BOUNDARY, Form, body_of, part, post
from procs import resident_bytes, run
from samples import noise
from sigv4 import now

pytestmark = pytest.mark.usefixtures("no_descriptors_lost")
KEY = "form/a.png"
DATA = b"bytes of the file"
TAGS = "<Tagging>\r\n\t<TagSet><Tag><Key>a</Key><Value>b c</Value></Tag></TagSet>\n</Tagging>"


@pytest.fixture
def refuses(store):
    """refuses(send, status, code): what send() gets is refused, and no object came, went or changed."""
    def check(send, status, code):
        before = store.keys()
        answer = send()
        assert (answer.status, s3_code(answer)) == (status, code), answer
        assert store.signer.secret_access_key not in answer.text
        assert store.keys() == before, "a refused form changed something"
        return answer
    return check


@pytest.fixture(autouse=True)
def clean(store):
    yield
    for key in [k for k in store.keys() if k.startswith(("form/", "user/"))]:
        store.delete(key)


# What is right

def test_a_form_makes_an_object(store):
    answer = Form(store, fields=[("Content-Type", "image/png"), ("x-amz-meta-Camera", "x100"), ("Cache-Control", "max-age=5"),
                                 ("acl", "private")]).send()
    assert answer.status == 204 and answer.body == b""
    assert answer.get("Location") == f"{store.url}/photos/{KEY}"
    got = store.get(KEY)
    assert got.body == DATA and got.get("ETag") == answer.get("ETag")
    assert got.get("Content-Type") == "image/png" and got.get("x-amz-meta-camera") == "x100"
    assert got.get("Cache-Control") == "max-age=5"
    assert answer.get("x-amz-checksum-type") == "FULL_OBJECT"


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 262144, 3_000_001])
def test_of_any_size(store, size):
    data = noise(size) if size else b""
    assert Form(store).send(data).status == 204
    assert store.get(KEY).body == data


def test_bytes_that_look_like_boundaries(store):
    data = (b"\r\n--" + BOUNDARY.encode()[:-1] + b"\r\n--\r\n\r--" + BOUNDARY.encode() + b"--\r\n" + b"--" + BOUNDARY.encode()[:5]) * 999
    assert Form(store).send(data).status == 204
    assert store.get(KEY).body == data


def test_bytes_as_they_trickle(store):
    body = body_of(Form(store).fields, DATA)
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("POST", "/photos", [
            ("Host", store.host), ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"),
            ("Content-Length", str(len(body))), ("Connection", "close")]))
        for i in range(0, len(body), 7):
            connection.send(body[i:i + 7])
            time.sleep(0.0005)
        assert connection.response("POST").status == 204
    assert store.get(KEY).body == DATA


@pytest.mark.parametrize("wanted, status", [("200", 200), ("201", 201), ("204", 204), ("202", 204), ("x", 204), (None, 204)])
def test_success_action_status(store, wanted, status):
    answer = Form(store, "form/a é+b.png", fields=[("success_action_status", wanted)]).send()
    assert answer.status == status
    location = f"{store.url}/photos/form/a%20%C3%A9%2Bb.png"
    assert answer.get("Location") == location
    if status != 201:
        assert answer.body == b""
        return
    assert answer.get("Content-Type") == "application/xml"
    root = ElementTree.fromstring(answer.body)
    assert root.tag == "PostResponse"
    assert {e.tag: e.text for e in root} == {"Location": location, "Bucket": "photos", "Key": "form/a é+b.png",
                                             "ETag": answer.get("ETag")}


@pytest.mark.parametrize("name", ["success_action_redirect", "redirect"])
@pytest.mark.parametrize("url, start", [("https://app.example.com/done", "https://app.example.com/done?"),
                                        ("http://app.example.com:81/?a=b#c", "http://app.example.com:81/?a=b&")])
def test_success_action_redirect(store, name, url, start):
    answer = Form(store, fields=[(name, url), ("success_action_status", "201")]).send()
    assert answer.status == 303
    etag = answer.get("ETag").strip('"')
    tail = "#c" if "#" in url else ""
    assert answer.get("Location") == f"{start}bucket=photos&key=form%2Fa.png&etag=%22{etag}%22{tail}"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "/path", "ftp://a/b", "https://", "https:///x", "HTTPS",
                                 "https://a b", "https://é.example", "data:text/html,x", "https://a\"b", ""])
def test_c16_no_redirect_but_to_the_web(store, url):
    answer = Form(store, fields=[("success_action_redirect", url)]).send()
    assert answer.status == 204 and answer.get("Location") == f"{store.url}/photos/{KEY}"


def test_c16_a_redirect_with_a_line_feed(store, refuses):
    refuses(Form(store, fields=[("success_action_redirect", "https://a/\r\nSet-Cookie: x=1")]).send, 400, "InvalidArgument")


def test_success_fields_must_be_covered(store, refuses):
    for name in ("success_action_redirect", "success_action_status", "redirect"):
        refuses(Form(store).add(name, "https://evil.example/").send, 403, "AccessDenied")


def test_checksums_are_checked(store, refuses):
    right = [("x-amz-checksum-crc32", "p2N6Uw=="), ("x-amz-checksum-algorithm", "CRC32")]
    crc = base64.b64encode(zlib.crc32(DATA).to_bytes(4, "big")).decode()
    assert Form(store, fields=[("x-amz-checksum-crc32", crc)]).send().get("x-amz-checksum-crc32") == crc
    md5 = base64.b64encode(hashlib.md5(DATA).digest()).decode()
    assert Form(store, fields=[("Content-MD5", md5)]).send().status == 204
    refuses(Form(store, fields=right).send, 400, "BadDigest")
    refuses(Form(store, fields=[("x-amz-checksum-crc32", "x")]).send, 400, "InvalidRequest")
    refuses(Form(store, fields=[("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")]).send, 400, "BadDigest")


def test_the_answer_has_cors(store, refuses):
    rule = (b"<CORSConfiguration><CORSRule><AllowedOrigin>https://app.example.com</AllowedOrigin>"
            b"<AllowedMethod>POST</AllowedMethod><ExposeHeader>ETag</ExposeHeader></CORSRule></CORSConfiguration>")
    md5 = base64.b64encode(hashlib.md5(rule).digest()).decode()
    assert store.call("PUT", "/photos", [("cors", "")], [("Content-MD5", md5)], rule).status == 200
    origin = [("Origin", "https://app.example.com")]
    for answer in (Form(store).send(headers=origin), refuses(lambda: Form(store).without("policy").send(headers=origin), 403, "AccessDenied"),
                   post(store, b"junk", headers=origin)):
        assert answer.get("Access-Control-Allow-Origin") == "https://app.example.com", answer
        assert answer.get("Access-Control-Expose-Headers") == "ETag"
    assert Form(store).send(headers=[("Origin", "https://evil.example")]).get("Access-Control-Allow-Origin") is None
    assert store.call("DELETE", "/photos", [("cors", "")]).status == 204


# C1-C16

def test_c1_no_policy(store, refuses):
    refuses(lambda: Form(store).without("policy").send(), 403, "AccessDenied")
    refuses(lambda: post(store, body_of([("key", KEY)], DATA)), 403, "AccessDenied")


def test_c2_signature(store, refuses):
    form = Form(store)
    signature, policy = dict(form.fields)["x-amz-signature"], dict(form.fields)["policy"]
    for bad in ("0" * 64, signature.upper(), signature[:-1], signature + "0", "", "ü"):
        refuses(Form(store).replace("x-amz-signature", bad).send, 403, "SignatureDoesNotMatch")
    for i in (0, 20, len(policy) - 3):
        changed = policy[:i] + ("A" if policy[i] != "A" else "B") + policy[i + 1:]
        refuses(Form(store).replace("policy", changed).send, 403, "SignatureDoesNotMatch")
    refuses(Form(store, signer=store.signer.but(secret_access_key="x")).send, 403, "SignatureDoesNotMatch")
    refuses(Form(store, signer=store.signer.but(access_key_id="AKIAUNKNOWN")).send, 403, "InvalidAccessKeyId")
    for change in ({"region": "eu-central-1"}, {"service": "iam"}, {"terminator": "aws5_request"}):
        refuses(Form(store, signer=store.signer.but(**change)).send, 400, "InvalidArgument")
    for name in ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"):
        refuses(Form(store).without(name).send, 400, "InvalidArgument")
        if name != "x-amz-signature":
            refuses(Form(store).replace(name, "x").send, 400, "InvalidArgument")
    refuses(Form(store, moment=now() + timedelta(minutes=16)).send, 403, "AccessDenied")
    refuses(Form(store, fields=[("x-amz-security-token", "t")]).send, 400, "InvalidToken")


def test_c2_signature_version_2(store, refuses):
    refuses(lambda: post(store, body_of([("key", KEY), ("AWSAccessKeyId", STORE_KEY_ID), ("policy", "e30="), ("signature", "x")],
                                        DATA)), 400, "InvalidRequest")


def test_c3_every_field_is_covered(store, refuses):
    for name in ("Content-Disposition", "x-amz-meta-a", "tagging", "acl", "submit", "x-amz-storage-class", "Expires", "x-amzn", ""):
        answer = refuses(Form(store).add(name, "private").send, 403, "AccessDenied")
        assert "Extra input fields" in answer.text


def test_c4_ignored_fields(store):
    assert Form(store).add("x-ignore-foo", "1").add("X-Ignore-Foo", "2\r\n").send().status == 204


def test_c5_eq(store, refuses):
    condition = [["eq", "$Content-Type", "image/png"]]
    assert Form(store, fields=[("content-type", "image/png")], conditions=condition).send().status == 204
    for bad in ("text/html", "image/png ", "IMAGE/PNG", "", None):
        refuses(Form(store, fields=[("Content-Type", bad)], conditions=condition).send, 403, "AccessDenied")


def test_c6_starts_with(store, refuses):
    condition = [["starts-with", "$key", "user/a/"]]
    assert Form(store, "user/a/x", conditions=condition).send().status == 204
    # Keys are opaque: this one is below user/a/, and no path.
    assert Form(store, "user/a/../b/x", conditions=condition).send().status == 204
    assert store.head("user/b/x").status == 404
    for bad in ("user/ab", "USER/a/x", "user/a", "", " user/a/x", "/user/a/x"):
        refuses(Form(store, bad, conditions=condition).send, 403, "AccessDenied")
    images = [["starts-with", "$Content-Type", "image/"]]
    assert Form(store, fields=[("Content-Type", "image/png,image/jpeg")], conditions=images).send().status == 204
    refuses(Form(store, fields=[("Content-Type", "image/png,text/html")], conditions=images).send, 403, "AccessDenied")


def test_c7_length(store, refuses):
    length = [["content-length-range", 10, 20]]
    for size in (10, 20):
        assert Form(store, conditions=length).send(b"x" * size).status == 204
    for size in (21, 100_000):
        refuses(lambda n=size: Form(store, conditions=length).send(b"x" * n), 400, "EntityTooLarge")
    for size in (0, 9):
        refuses(lambda n=size: Form(store, conditions=length).send(b"x" * n), 400, "EntityTooSmall")


def test_c7_the_stream_stops(store):
    """The refusal comes while most of a gibibyte is yet to be sent, and memory stays as it was."""
    start = body_of(Form(store, conditions=[["content-length-range", 0, 1000]]).fields, b"")[:-len(f"\r\n--{BOUNDARY}--\r\n")]
    before = resident_bytes(store.program.pid)
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("POST", "/photos", [
            ("Host", store.host), ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"),
            ("Content-Length", str(1 << 30))]) + start + b"x" * 1001)
        answer = connection.response("POST", timeout=5)
        assert answer.status == 400 and s3_code(answer) == "EntityTooLarge"
        sent, went_on = 0, True
        while sent < 64 << 20 and went_on:
            went_on = connection.send(b"x" * 65536)
            sent += 65536
        assert sent < 64 << 20, "the store reads on"
    assert resident_bytes(store.program.pid) < before + (16 << 20)
    assert store.head(KEY).status == 404


def test_c8_the_tightest_range_wins(store, refuses):
    lengths = [["content-length-range", 0, 100], ["content-length-range", 5, 1000]]
    assert Form(store, conditions=lengths).send(b"x" * 100).status == 204
    refuses(lambda: Form(store, conditions=lengths).send(b"x" * 101), 400, "EntityTooLarge")
    refuses(lambda: Form(store, conditions=lengths).send(b"x" * 4), 400, "EntityTooSmall")


@pytest.mark.parametrize("least, most", [(-1, 5), (6, 5), ("0", "5"), (0, 5.5), (0, 2 ** 64), (None, 5), (0, True), ([], {})])
def test_c9_bad_ranges(store, refuses, least, most):
    refuses(Form(store, conditions=[["content-length-range", least, most]]).send, 400, "InvalidPolicyDocument")


def test_c10_expiration(store, refuses):
    for gone in ("2020-01-01T00:00:00Z", "9999-12-31T23:59:59Z", (now() + timedelta(days=7, minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")):
        refuses(Form(store, expiration=gone).send, 403, "AccessDenied")
    for bad in ("2030-01-01T00:00:00", "2030-01-01", "tomorrow", "", 5):
        refuses(Form(store, expiration=bad).send, 400, "InvalidPolicyDocument")
    good = (now() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert Form(store, expiration=good).send().status == 204


def test_c10_a_policy_ends_while_it_is_good_for_an_old_signature(store, refuses):
    week = now() - timedelta(days=6, hours=23)
    soon = (now() + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert Form(store, moment=week, expiration=soon).send().status == 204
    refuses(Form(store, moment=week, expiration=(now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")).send, 403, "AccessDenied")


@pytest.mark.parametrize("document", [
    "", "[]", "null", "{}", "not JSON", '{"expiration":"2030-01-01T00:00:00Z"}', '{"conditions":[]}',
    '{"Expiration":"2030-01-01T00:00:00Z","conditions":[]}', '{"expiration":"2030-01-01T00:00:00Z","Conditions":[]}',
    '{"expiration":"2030-01-01T00:00:00Z","conditions":{}}', '{"expiration":"2030-01-01T00:00:00Z","conditions":[["eq","$key"]]}',
    '{"expiration":"2030-01-01T00:00:00Z","conditions":[["Eq","$key","form/a.png"]]}',
    '{"expiration":"2030-01-01T00:00:00Z","conditions":[["eq","key","form/a.png"]]}',
    '{"expiration":"2030-01-01T00:00:00Z","conditions":[],"conditions":[]}',
    '{"expiration":"2030-01-01T00:00:00Z","conditions":[{"key":"a","key":"form/a.png"}]}',
    "[" * 5000, b"\xff\xfe", '{"expiration":"2030-01-01T00:00:00Z","conditions":[[[[[[["eq"]]]]]]]}'])
def test_a_policy_that_is_none(store, refuses, document):
    refuses(Form(store, document=document).send, 400, "InvalidPolicyDocument")


def test_c11_duplicates(store, refuses):
    for first in (True, False):
        refuses(Form(store).add("key", "form/b.png", first=first).send, 400, "MalformedPOSTRequest")
        refuses(Form(store).add("KEY", KEY, first=first).send, 400, "MalformedPOSTRequest")
    for name in ("policy", "x-amz-signature", "x-amz-date"):
        form = Form(store)
        refuses(form.add(name, dict(form.fields)[name]).send, 400, "MalformedPOSTRequest")


def test_c12_the_bucket(store, refuses):
    assert Form(store, fields=[("bucket", "photos")]).send().status == 204
    refuses(Form(store, fields=[("bucket", "other")]).send, 403, "AccessDenied")
    refuses(Form(store, conditions=[{"bucket": "other"}]).send, 403, "AccessDenied")
    refuses(lambda: post(store, body_of(Form(store).fields, DATA), bucket="other-bucket"), 403, "AccessDenied")
    assert store.call("PUT", "/second-bucket").status == 200
    refuses(lambda: post(store, body_of(Form(store).fields, DATA), bucket="second-bucket"), 403, "AccessDenied")
    assert store.call("DELETE", "/second-bucket").status == 204


def test_a_bucket_that_is_not_there(store):
    absent = Store(store.url, STORE_KEY_ID, STORE_SECRET, bucket="no-such-bucket")
    answer = Form(absent).send()
    assert (answer.status, s3_code(answer)) == (404, "NoSuchBucket")


def test_c13_what_follows_the_file(store, refuses):
    form = Form(store)
    assert post(store, body_of(form.fields, DATA, after=part("key", "form/other") + part("success_action_status", "201"))).status == 204
    assert store.get(KEY).body == DATA and store.head("form/other").status == 404
    for second in (part("file", "2", "b.png"), part("FILE", "2")):
        refuses(lambda s=second: post(store, body_of(Form(store).fields, DATA, after=s)), 400, "InvalidArgument")
    # After the file nothing more may be kept of it than ignored: no end of it is an error too.
    refuses(lambda: post(store, body_of(Form(store).fields, DATA, after=part("x", "y" * 30000))), 400, "MaxPostPreDataLengthExceeded")


@pytest.mark.parametrize("content_type", [
    "multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={'x' * 71}",
    f"multipart/form-data; boundary={BOUNDARY}; boundary=other", f"multipart/form-data; boundary={BOUNDARY}; Boundary={BOUNDARY}",
    'multipart/form-data; boundary="a', "multipart/form-data; boundary=other", "multipart/form-data; boundary=a\tb"])
def test_c13_boundaries(store, refuses, content_type):
    refuses(lambda: post(store, body_of(Form(store).fields, DATA), content_type=content_type), 400, "MalformedPOSTRequest")


def test_c13_two_content_types(store, refuses):
    refuses(lambda: post(store, body_of(Form(store).fields, DATA), headers=[("Content-Type", "multipart/form-data; boundary=x")]),
            400, "MalformedPOSTRequest")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/mixed; boundary=x", None])
def test_another_type_is_no_form(store, content_type):
    body = body_of(Form(store).fields, DATA)
    answer = post(store, body, content_type=content_type)
    assert answer.status == 403 and s3_code(answer) == "AccessDenied"
    signed = store.call("POST", "/photos", headers=[("Content-Type", content_type)] if content_type else [], body=b"x")
    assert (signed.status, s3_code(signed)) == (412, "PreconditionFailed")


@pytest.mark.parametrize("spoil", [
    lambda b: b[:-2 - len(BOUNDARY) - 4], lambda b: b[:len(b) // 2], lambda b: b"", lambda b: b"\r\n", lambda b: b"preamble\r\n" + b,
    lambda b: b + b"epilogue", lambda b: b + b, lambda b: b.replace(b"\r\n", b"\n"), lambda b: b[1:],
    lambda b: b.replace(b"form-data; name=\"key\"", b"attachment; name=\"key\""), lambda b: b.replace(b'name="key"', b""),
    lambda b: b.replace(b'name="key"', b'name="key"; name="key"'), lambda b: b.replace(b'name="key"', b'name*=UTF-8\'\'key'),
    lambda b: b.replace(b'filename="a.png"', b"filename*=UTF-8''a.png"), lambda b: b.replace(b'name="key"', b'name="key'),
    lambda b: b.replace(b"\r\nContent-Type: image/png", b"\r\n folded: 1"),
    lambda b: b.replace(b"Content-Type: image/png", b"Content-Transfer-Encoding: base64"),
    lambda b: b.replace(b"Content-Type: image/png", b"X: " + b"y" * 9000),
    lambda b: b.replace(b"Content-Type: image/png", b"X: a\0b"), lambda b: b.replace(b"Content-Type: image/png", b"no colon"),
    lambda b: b.replace(b"--" + BOUNDARY.encode() + b"\r\n", b"--" + BOUNDARY.encode() + b"x\r\n", 2),
    lambda b: b.replace(DATA, b"\r\n--" + BOUNDARY.encode() + b"x" + DATA)])
def test_c13_malformed_bodies(store, refuses, spoil):
    refuses(lambda: post(store, spoil(body_of(Form(store).fields, DATA))), 400, "MalformedPOSTRequest")


def test_no_file(store, refuses):
    parts = b"".join(part(n, v) for n, v in Form(store).fields)
    refuses(lambda: post(store, parts + f"--{BOUNDARY}--\r\n".encode()), 400, "InvalidArgument")


def test_c14_much_before_the_file(store, refuses):
    refuses(Form(store).add("x-ignore-a", "y" * 20480).send, 400, "MaxPostPreDataLengthExceeded")
    refuses(lambda: post(store, b"".join(part(f"x-ignore-{i}", "") for i in range(3000)) + body_of(Form(store).fields, DATA)),
            400, "MaxPostPreDataLengthExceeded")
    assert Form(store).add("x-ignore-a", "y" * 18000).send().status == 204


def test_c15_filename(store, refuses):
    condition = [["starts-with", "$key", "user/a/"]]
    def send(filename):
        return Form(store, "user/a/${filename}", conditions=condition).send(filename=filename)
    for filename, key in [("x.png", "x.png"), ("../../x", "x"), ("C:\\dir\\x y.png", "x y.png"), ('a\\"b', 'a"b'), ("é日本", "é日本"),
                          ("..", ".."), ("${filename}", "${filename}"), ("%2e%2e", "%2e%2e")]:
        assert send(filename).status == 204, filename
        assert store.get(f"user/a/{key}").body == DATA, filename
    for bad in ("", "a/", "../"):
        refuses(lambda f=bad: send(f), 400, "InvalidArgument")
    refuses(lambda: send(None), 400, "InvalidArgument")
    refuses(lambda: send("a\r\nb"), 400, "MalformedPOSTRequest")
    refuses(lambda: send("x" * 2048), 400, "KeyTooLongError")
    # The policy is held against the key as it becomes, not as it was written.
    for prefix, filename in (("user/", "a/x"), ("", "user/a/x")):
        refuses(lambda p=prefix, f=filename: Form(store, p + "${filename}", conditions=condition).send(filename=f), 403, "AccessDenied")


def test_key(store, refuses):
    refuses(Form(store, key=None).send, 400, "InvalidArgument")
    for named in (["starts-with", "$key", "form/"], {"key": KEY}):  # whatever the policy says of a key that is not there
        refuses(Form(store, key=None, conditions=[named]).send, 400, "InvalidArgument")
    refuses(Form(store, key=None).replace("x-amz-signature", "0" * 64).send, 403, "SignatureDoesNotMatch")
    refuses(Form(store, key="").send, 400, "InvalidArgument")
    refuses(Form(store, key="x" * 1025).send, 400, "KeyTooLongError")
    refuses(Form(store, key="a\0b").send, 400, "InvalidArgument")
    assert Form(store, key="form/" + "é" * 500).send().status == 204


@pytest.mark.parametrize("name, value, code, status", [
    ("acl", "public-read", "AccessControlListNotSupported", 400), ("tagging", "<Tagging/>", "MalformedXML", 400), ("tagging", "a=b", "MalformedXML", 400),
    ("tagging", TAGS.replace("<Key>a</Key>", ""), "MalformedXML", 400), ("tagging", "<!DOCTYPE a []>" + TAGS, "MalformedXML", 400),
    ("tagging", TAGS.replace("<Key>a", "<Key>aws:a"), "InvalidTag", 400), ("tagging", TAGS.replace("b c", "b\0c"), "InvalidArgument", 400),
    ("x-amz-website-redirect-location", "/x", "NotImplemented", 501), ("x-amz-server-side-encryption", "AES256", "NotImplemented", 501),
    ("x-amz-storage-class", "GLACIER", "NotImplemented", 501), ("x-amz-meta-a b", "1", "InvalidArgument", 400),
    ("x-amz-meta-a", "\x7f", "InvalidArgument", 400), ("x-amz-meta-a", "x" * 2049, "MetadataTooLarge", 400),
    ("x-amz-meta-é", "1", "InvalidArgument", 400), ("x-amz-meta-a;b", "1", "InvalidArgument", 400)])
def test_fields_that_are_covered_and_yet_wrong(store, refuses, name, value, code, status):
    refuses(Form(store, fields=[(name, value)]).send, status, code)


def test_tags(store, refuses):
    """The field `tagging` is a document, and conditions may speak of it as of any other."""
    for conditions in ((), [["starts-with", "$tagging", "<Tagging>"]], [["eq", "$Tagging", TAGS]]):
        assert Form(store, fields=[("tagging", TAGS)], conditions=conditions).send().status == 204
        got = store.get(KEY, pairs=[("tagging", "")])
        assert "<Tag><Key>a</Key><Value>b c</Value></Tag>" in got.text and store.head(KEY).get("x-amz-tagging-count") == "1", got
        assert Form(store, fields=[("tagging", "<Tagging><TagSet/></Tagging>")]).send().status == 204
        assert store.head(KEY).get("x-amz-tagging-count") is None
    refuses(Form(store, fields=[("tagging", TAGS)], conditions=[["eq", "$tagging", "<Tagging/>"]]).send, 403, "AccessDenied")
    refuses(Form(store, fields=[("tagging", TAGS), ("x-amz-tagging", "a=b")]).send, 400, "InvalidArgument")


def test_a_form_has_one_authentication(store, refuses):
    """SECURITY 0.1: the policy beside another signature, right or wrong, and fields of the head that nobody signed."""
    body = body_of(Form(store).fields, DATA)
    kind = ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    signed = store.signer.headers("POST", store.host, "/photos", (), [kind], body)
    fields = [f for f in signed if f[0] not in ("Host", "Content-Type")]
    refuses(lambda: post(store, body, headers=fields), 400, "InvalidArgument")
    refuses(lambda: post(store, body, headers=[("Authorization", "Basic eDp5")]), 400, "InvalidArgument")
    refuses(lambda: post(store, body, headers=[("x-amz-copy-source", "/photos/secret")]), 403, "AccessDenied")
    refuses(lambda: post(store, body, headers=[("x-amz-meta-a", "1")]), 403, "AccessDenied")
    assert post(store, body, headers=[("If-None-Match", "*"), ("Cookie", "a=b")]).status == 204
    target = store.signer.target("POST", store.host, "/photos")
    answer = wire.request(store.address, "POST", target, [kind], body)
    assert answer.status == 412, answer  # a right signature in the query, and then no form


def test_no_length(store, refuses):
    body = body_of(Form(store).fields, DATA)
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    answer = wire.request(store.address, "POST", "/photos", [
        ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"), ("Transfer-Encoding", "chunked")], chunked)
    assert (answer.status, s3_code(answer)) == (411, "MissingContentLength")


def test_a_client_that_goes_away_leaves_nothing(store):
    body = body_of(Form(store).fields, noise(1_000_000))
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("POST", "/photos", [
            ("Host", store.host), ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"),
            ("Content-Length", str(len(body)))]) + body[:500_000])
    time.sleep(0.3)
    assert store.head(KEY).status == 404


def test_kill_after_204_loses_nothing(tmp_path):
    """As durable as a PUT: the answer went out, and the power went off."""
    directory = tmp_path / "store"
    program = start_store(directory)
    store = Store(program.url, STORE_KEY_ID, STORE_SECRET, program=program).create_bucket()
    data = noise(700_000)
    assert Form(store).send(data).status == 204
    program.kill()
    with running(start_store(directory)) as again:
        assert Store(again.url, STORE_KEY_ID, STORE_SECRET).get(KEY).body == data


def test_a_form_can_do_no_more_than_its_key(store, refuses):
    """SECURITY 0.1: what an access key may not, a form that it signed may not either."""
    def key(*arguments):
        done = run("access-key", "create", *arguments, "--data", store.program.log_path.parent / "data", "--json")
        made = json.loads(done.stdout)
        SECRETS.add(made["secret_access_key"])
        return store.signer.but(access_key_id=made["access_key_id"], secret_access_key=made["secret_access_key"])
    assert Form(store, signer=key()).send().status == 204
    for signer in (key("--read-only"), key("--owner", "stranger"), key("--bucket", "some-other-bucket")):
        refuses(Form(store, signer=signer).send, 403, "AccessDenied")
