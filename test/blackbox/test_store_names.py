"""SECURITY E and J on the store: keys are opaque bytes, buckets have strict names, copies and conditions hold."""

import hashlib
import os
import threading

import pytest

import wire
from clients import s3_code
from samples import noise

KEYS = ["..", "../x", "a/../b", "../../../etc/passwd", "..\\", "a\\b", "a//b", "/a", "//a", "a/", ".", "./a", "a/.", "a/..", ".tmp", ".uploads/x",
        "index.db", "index.db-wal", "objects/00", "FORMAT", "lock", ".minio.sys/config", "CON", "a:b", "~", "%2e%2e%2f", "%00", "a%2Fb", "é", "e\u0301",
        "\u017f", "s", "S", "A", "a", "x\r\ny", "\x01", "a b", "a+b", "\U0001f600"]


@pytest.fixture(scope="module")
def names(store):
    store.call("PUT", "/e-names")
    return store


def at(key):
    return f"/e-names/{key}"


def test_e1_e4_e5_keys_are_opaque_and_distinct(names):
    for key in KEYS:
        answer = names.call("PUT", at(key), body=b"of " + key.encode())
        assert answer.status == 200, (key, answer)
    for key in KEYS:
        assert names.call("GET", at(key)).body == b"of " + key.encode(), key
    listing = names.call("GET", "/e-names", [("list-type", "2"), ("encoding-type", "url")])
    assert f"<KeyCount>{len(KEYS)}</KeyCount>" in listing.text
    data = names.program.log_path.parent / "data"
    for _, _, files in os.walk(data):  # no file is named by a key
        assert not {"passwd", "x", "b", "CON", "S"} & set(files)
    for key in KEYS[::2]:
        assert names.call("DELETE", at(key)).status == 204
    for i, key in enumerate(KEYS):
        assert names.call("GET", at(key)).status == (200 if i % 2 else 404), key


@pytest.mark.parametrize("key", [b"a\0b", b"\xff", b"\xed\xa0\x80", b"\xc0\xae", b"\x80", b"a\xf5"])
def test_e2_what_is_not_utf_8_or_has_a_nul(names, key):
    before = names.call("GET", "/e-names").text
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = names.call(method, b"/e-names/" + key, body=b"x" if method == "PUT" else b"")
        assert answer.status == 400, (method, answer)
        assert method == "HEAD" or s3_code(answer) in ("InvalidArgument", "InvalidURI"), answer
    assert names.call("GET", "/e-names").text == before


@pytest.mark.parametrize("key, status", [("k" * 1024, 200), ("k" * 1025, 400), ("ü" * 512, 200), ("ü" * 512 + "x", 400), ("日" * 342, 400)])
def test_e3_the_longest_key(names, key, status):
    answer = names.call("PUT", at(key), body=b"long")
    assert answer.status == status, answer
    if status == 200:
        assert names.call("GET", at(key)).body == b"long"
    else:
        assert s3_code(answer) == "KeyTooLongError"


@pytest.mark.parametrize("name", ["a", "ab", "x" * 64, "Abc", "a..b", "192.168.1.1", "xn--a", "-ab", "ab-", "a_b", "%2e%2e", "..", "a.-b", "a-.b", ".ab",
                                  "ab.", "ab\u00fc", "a b", "sthree-x", "abc-s3alias", "abc--ol-s3", "index.db"])
def test_e6_bucket_names(store, name):
    answer = store.call("PUT", f"/{name}")
    legal = name == "index.db"  # a name like any other, and of no file
    assert answer.status == (200 if legal else 400), answer
    if not legal:
        assert s3_code(answer) in ("InvalidBucketName", "InvalidURI"), answer
        assert store.call("GET", f"/{name}").status == 400


@pytest.mark.parametrize("source", ["/photos/../victim/secret", "photos%2f..%2fvictim%2fsecret", "http://127.0.0.1/photos/a", "", "?versionId=null",
                                    "/", "photos", "photos/", "/photos/%zz", "/photos/a?versionId=1", "//photos/a", "photos/a%00b"])
def test_e7_copy_sources(store, source):
    store.put("a", b"a")
    answer = store.call("PUT", store.path("e7/target"), headers=[("x-amz-copy-source", source)])
    assert answer.status in (400, 403, 404), answer
    assert s3_code(answer) in ("InvalidArgument", "AccessDenied", "NoSuchKey", "NoSuchBucket", "NoSuchVersion", "InvalidBucketName", "InvalidRequest"), answer
    assert store.head("e7/target").status == 404


@pytest.mark.parametrize("value, code", [
    ("bytes=0-18446744073709551615", "InvalidRange"), ("bytes=5-2", "InvalidArgument"), ("bytes=0-1000", "InvalidRange"), ("bytes=1000-1001", "InvalidRange"),
    ("bytes=0-", "InvalidArgument"), ("bytes=-5", "InvalidArgument"), ("0-5", "InvalidArgument"), ("bytes=0-18446744073709551616", "InvalidArgument"),
    ("bytes=a-b", "InvalidArgument"), ("bytes=0-1,2-3", "InvalidArgument"), ("", "InvalidArgument")])
def test_e13_ranges_of_copies(store, value, code):
    store.put("e13/source", noise(1000))
    upload = store.call("POST", store.path("e13/x"), [("uploads", "")]).text.split("<UploadId>")[1].split("<")[0]
    answer = store.call("PUT", store.path("e13/x"), [("partNumber", "1"), ("uploadId", upload)],
                        [("x-amz-copy-source", "/photos/e13/source"), ("x-amz-copy-source-range", value)])
    assert answer.status == {"InvalidRange": 416}.get(code, 400) and s3_code(answer) == code, answer


def test_e14_one_of_many_writers_wins(store):
    for turn in range(3):
        key = f"e14/{turn}"
        bodies = [f"writer {i}".encode() for i in range(64)]
        answers = [None] * len(bodies)

        def write(i, key=key, bodies=bodies, answers=answers):
            answers[i] = store.call("PUT", store.path(key), headers=[("If-None-Match", "*")], body=bodies[i])
        threads = [threading.Thread(target=write, args=(i,)) for i in range(len(bodies))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won = [i for i, answer in enumerate(answers) if answer.status == 200]
        assert len(won) == 1 and {a.status for i, a in enumerate(answers) if i not in won} == {412}
        assert store.get(key).body == bodies[won[0]]


def test_e15_stale_conditions(store):
    first = store.put("e15", b"one").get("ETag")
    for headers, status, code in (([("If-Match", '"stale"')], 412, "PreconditionFailed"), ([("If-None-Match", "*")], 412, "PreconditionFailed"),
                                  ([("If-None-Match", first)], 412, "PreconditionFailed"),
                                  ([("If-Match", f"W/{first}")], 412, "PreconditionFailed"), ([("If-Match", '"*"')], 412, "PreconditionFailed"),
                                  ([("If-Match", "not quoted")], 400, "InvalidArgument")):
        answer = store.call("PUT", store.path("e15"), headers=headers, body=b"two")
        assert answer.status == status and s3_code(answer) == code, (headers, answer)
        assert store.get("e15").body == b"one"
    assert s3_code(store.call("PUT", store.path("e15/none"), headers=[("If-Match", first)], body=b"x")) == "NoSuchKey"
    for stale in ('"stale"', f"W/{first}"):
        assert store.call("DELETE", store.path("e15"), headers=[("If-Match", stale)]).status == 412
    listed = f"<Delete><Object><Key>e15</Key><ETag>W/{first}</ETag></Object></Delete>".encode()
    assert "<Code>PreconditionFailed</Code>" in store.call("POST", f"/{store.bucket}", [("delete", "")], body=listed).text
    assert store.call("PUT", store.path("e15"), headers=[("If-Match", first)], body=b"two").status == 200
    assert store.call("DELETE", store.path("e15"), headers=[("If-Match", first)]).status == 412
    assert store.get("e15").body == b"two"


# J

def test_j6_fields_with_line_ends(store):
    from sigv4 import now
    for name, value in (("x-amz-meta-a", "a\rb"), ("x-amz-meta-a", "a\x01b"), ("Content-Type", "a\x7f")):
        fields = store.signer.but(moment=now()).headers("PUT", store.host, store.path("j6"), (), [(name, value)], b"x")
        with wire.Connection(store.address) as connection:
            connection.send(wire.head("PUT", store.path("j6"), [*fields, ("Content-Length", "1")]) + b"x")
            answer = connection.response("PUT")
        assert answer.status == 400, answer
    store.put("j6", b"x")
    for value in ("text/html\r\nSet-Cookie: x", "a\nb", "a\x7fb", " a"):
        answer = store.get("j6", (), [("response-content-type", value)])
        assert answer.status == 400 and s3_code(answer) in ("InvalidArgument", "InvalidURI"), answer
    document = (b"<CORSConfiguration><CORSRule><AllowedOrigin>https://a.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
                b"<ExposeHeader>x&#13;&#10;Set-Cookie: a</ExposeHeader></CORSRule></CORSConfiguration>")
    assert store.call("PUT", "/photos", [("cors", "")], body=document).status == 400


@pytest.mark.parametrize("size, status", [(2048 - 1, 200), (2048, 400), (5000, 400)])
def test_j7_metadata(store, size, status):
    answer = store.call("PUT", store.path("j7"), headers=[("x-amz-meta-a", "v" * size)], body=b"x")
    assert answer.status == status, answer
    if status == 400:
        assert s3_code(answer) == "MetadataTooLarge"


def test_j9_a_range_is_of_one_version(store):
    size = 3_000_000  # above what is read in one piece
    versions = [bytes([65 + i]) * size for i in range(4)]
    store.put("j9", versions[0])
    stop = threading.Event()

    def overwrite():
        i = 0
        while not stop.is_set():
            i += 1
            store.put("j9", versions[i % 4])
    writer = threading.Thread(target=overwrite)
    writer.start()
    try:
        for turn in range(40):
            got = store.get("j9", [("Range", f"bytes={turn * 1000}-{size - 1 - turn}")])
            assert got.status == 206 and len(set(got.body)) == 1 and len(got.body) == size - turn * 1001, turn
            etag = hashlib.md5(versions[got.body[0] - 65]).hexdigest()
            assert got.get("ETag") == f'"{etag}"'
    finally:
        stop.set()
        writer.join()
