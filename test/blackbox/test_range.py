"""SECURITY J1-J5 and J8: ranges and conditional requests, asked of the store and of the gateway's proxy alike."""

import time
from email.utils import formatdate, parsedate_to_datetime

import pytest

from clients import problem, s3_code
from samples import noise

DATA = noise(100_000, seed=2)
SIZE = len(DATA)


class StoreObject:
    def __init__(self, store):
        self.store = store
        store.put("range/object", DATA, [("Content-Type", "image/jpeg")])
        store.put("range/empty", b"")

    def ask(self, headers=(), method="GET"):
        return self.store.call(method, self.store.path("range/object"), headers=headers)

    def ask_empty(self, headers):
        return self.store.get("range/empty", headers)

    def check_error(self, answer, status):
        assert answer.status == status
        assert s3_code(answer) == {412: "PreconditionFailed", 416: "InvalidRange"}[status]


class ProxiedFile:
    def __init__(self, alice):
        self.alice = alice
        self.id = alice.upload(b"\xff\xd8\xff\xe0" + DATA[4:])["id"]
        self.empty = alice.upload(b"", "empty.bin", "application/octet-stream")["id"]

    def ask(self, headers=(), method="GET"):
        return self.alice.call(method, f"/files/{self.id}?delivery=proxy", headers=headers)

    def ask_empty(self, headers):
        return self.alice.get(f"/files/{self.empty}?delivery=proxy", headers)

    def check_error(self, answer, status):
        problem(answer, status)


@pytest.fixture(scope="module", params=["store", "proxy"])
def thing(request):
    if request.param == "store":
        return StoreObject(request.getfixturevalue("store"))
    return ProxiedFile(request.getfixturevalue("alice"))


@pytest.fixture(scope="module")
def whole(thing):
    answer = thing.ask()
    assert answer.status == 200 and len(answer.body) == SIZE, answer
    assert answer.get("Accept-Ranges") == "bytes" and answer.get("ETag").startswith('"')
    assert answer.get("Content-Type") == "image/jpeg" and answer.get("Content-Length") == str(SIZE)
    assert answer.body[4:] == DATA[4:]
    return answer


@pytest.mark.parametrize("value,first,last", [
    ("bytes=0-0", 0, 0), ("bytes=0-99", 0, 99), ("bytes=99999-99999", 99999, 99999), ("bytes=500-", 500, SIZE - 1),
    ("bytes=-1", SIZE - 1, SIZE - 1), ("bytes=-500", SIZE - 500, SIZE - 1), ("bytes=0-", 0, SIZE - 1),
    ("bytes=0-999999", 0, SIZE - 1), ("bytes=-999999", 0, SIZE - 1), ("bytes=0-18446744073709551615", 0, SIZE - 1),
    ("bytes=0-99999999999999999999999999", 0, SIZE - 1), ("bytes=-18446744073709551616", 0, SIZE - 1),
    ("BYTES=5-9", 5, 9), ("bytes=65535-65537", 65535, 65537)])
def test_satisfiable(thing, whole, value, first, last):
    answer = thing.ask([("Range", value)])
    assert answer.status == 206, answer
    assert answer.get("Content-Range") == f"bytes {first}-{last}/{SIZE}"
    assert answer.body == whole.body[first:last + 1]
    assert answer.get("ETag") == whole.get("ETag") and answer.get("Content-Type") == "image/jpeg"


@pytest.mark.parametrize("value", ["bytes=18446744073709551615-", "bytes=100000-", "bytes=100000-100001", "bytes=-0",
                                   "bytes=99999999999999999999999999-", "bytes=18446744073709551616-18446744073709551617"])
def test_unsatisfiable(thing, whole, value):
    answer = thing.ask([("Range", value)])
    thing.check_error(answer, 416)
    assert answer.get("Content-Range") == f"bytes */{SIZE}"


@pytest.mark.parametrize("value", ["bytes=5-2", "items=0-1", "bytes=a-b", "bytes", "bytes=", "bytes=-", "bytes=--1",
                                   "bytes=1", "bytes=0x0-0x1", "bytes=+0-1", "bytes 0-1", "=0-1", "bytes=1.0-2"])
def test_j5_ignored(thing, whole, value):
    answer = thing.ask([("Range", value)])
    assert answer.status == 200 and answer.body == whole.body, answer
    assert answer.get("Content-Range") is None


@pytest.mark.parametrize("fields", [
    [("Range", "bytes=0-1"), ("Range", "bytes=2-3")], [("Range", "bytes=0-1"), ("Range", "bytes=0-1")], [("Range", "bytes = 0-1")], [("Range", "bytes=0 - 1")],
    [("Range", "bytes=1-0,0-0")], [("Range", "bytes=0-0,-1")], [("Range", "bytes=0-1"), ("If-Range", "")],
    [("Range", "bytes=0-1"), ("If-Range", '"x"'), ("If-Range", '"y"')], [("Range", "")], [("X-Range", "bytes=0-1")], [("Range-Unit", "bytes"), ("Ranges", "bytes=0-1")]])
def test_j5_j8_no_range_that_two_readers_could_read_differently(thing, whole, fields):
    answer = thing.ask(fields)
    assert answer.status == 200 and answer.body == whole.body and answer.get("Content-Range") is None, answer


@pytest.mark.parametrize("fields, status", [
    ([("If-None-Match", '"a"'), ("If-None-Match", "*")], 200), ([("If-Match", '"a"'), ("If-Match", "*")], 412), ([("If-None-Match", "W/*")], 200), ([("If-None-Match", "")], 200),
    ([("If-Match", "")], 412), ([("If-Modified-Since", "Thu, 01 Jan 2099 00:00:00 GMT")], 200), ([("If-Modified-Since", "")], 200),
    ([("If-Unmodified-Since", "Thu Jan  1 00:00:00 1970")], 412), ([("If-Unmodified-Since", "nonsense")], 200), ([("If-None-Match", '"' + "a" * 9000 + '"')], 200)])
def test_conditions_written_otherwise(thing, fields, status):
    answer = thing.ask(fields)
    assert answer.status == status, answer


@pytest.mark.parametrize("value", ["bytes=" + ",".join(f"{i}-{i}" for i in range(1000)),
                                   "bytes=" + ",".join(["0-"] * 1000), "bytes=0-1,5-9", "bytes=0-1,",
                                   "bytes=" + ",".join(f"{i}-" for i in range(1000))],
                         ids=["thousand", "overlapping", "two", "comma", "long"])
def test_j4_many_ranges(thing, whole, value):
    started = time.monotonic()
    answer = thing.ask([("Range", value)])
    assert time.monotonic() - started < 2
    assert answer.status in (200, 416) or (value == "bytes=0-1," and answer.status == 206), answer
    if answer.status == 200:
        assert answer.body == whole.body


def test_range_of_nothing(thing):
    for value in ("bytes=0-0", "bytes=0-", "bytes=-1"):
        answer = thing.ask_empty([("Range", value)])
        assert answer.status == 416 and answer.get("Content-Range") == "bytes */0", answer
    assert thing.ask_empty([]).status == 200


def test_head(thing, whole):
    answer = thing.ask(method="HEAD")
    assert answer.status == 200 and answer.body == b""
    for name in ("Content-Length", "ETag", "Content-Type", "Accept-Ranges"):
        assert answer.get(name) == whole.get(name), name


def test_if_none_match(thing, whole):
    etag = whole.get("ETag")
    for value in (etag, f'"no", {etag}', "*", f"W/{etag}"):
        for method in ("GET", "HEAD"):
            answer = thing.ask([("If-None-Match", value)], method)
            assert answer.status == 304 and answer.body == b"", (value, answer)
            assert answer.get("ETag") == etag
            assert answer.get("Content-Length") in (None, str(SIZE))
    assert thing.ask([("If-None-Match", '"no"')]).status == 200


def test_if_match(thing, whole):
    etag = whole.get("ETag")
    assert thing.ask([("If-Match", etag)]).status == 200
    assert thing.ask([("If-Match", "*")]).status == 200
    thing.check_error(thing.ask([("If-Match", '"no"')]), 412)
    assert thing.ask([("If-Match", '"no"')], "HEAD").status == 412
    assert thing.ask([("If-Match", etag), ("Range", "bytes=0-0")]).status == 206
    thing.check_error(thing.ask([("If-Match", '"no"'), ("Range", "bytes=0-0")]), 412)


def test_dates(thing, whole):
    modified = parsedate_to_datetime(whole.get("Last-Modified")).timestamp()
    same, before = formatdate(modified, usegmt=True), formatdate(modified - 10, usegmt=True)
    assert thing.ask([("If-Modified-Since", same)]).status == 304
    assert thing.ask([("If-Modified-Since", before)]).status == 200
    assert thing.ask([("If-Unmodified-Since", same)]).status == 200
    thing.check_error(thing.ask([("If-Unmodified-Since", before)]), 412)
    assert thing.ask([("If-Modified-Since", "yesterday")]).status == 200
    # RFC 9110 section 13.2.2: a tag wins over a date
    assert thing.ask([("If-None-Match", '"no"'), ("If-Modified-Since", same)]).status == 200
    assert thing.ask([("If-Match", whole.get("ETag")), ("If-Unmodified-Since", before)]).status == 200


def test_j8_if_range(thing, whole):
    etag = whole.get("ETag")
    ranged = ("Range", "bytes=10-19")
    assert thing.ask([ranged, ("If-Range", etag)]).body == whole.body[10:20]
    for stale in ('"no"', f"W/{etag}", formatdate(0, usegmt=True), "nonsense"):
        answer = thing.ask([ranged, ("If-Range", stale)])
        assert answer.status == 200 and answer.body == whole.body, (stale, answer)
    # a range that is wrong does not matter where If-Range fails
    assert thing.ask([("Range", "bytes=999999-"), ("If-Range", '"no"')]).status == 200


def test_304_says_of_caching_what_200_does(store):
    store.put("range/cached", b"x", [("Cache-Control", "no-cache"), ("Expires", "Thu, 01 Dec 2033 16:00:00 GMT")])
    for pairs in ((), [("response-cache-control", "private, max-age=60"), ("response-expires", "0")]):
        whole = store.get("range/cached", pairs=pairs)
        for method in ("GET", "HEAD"):
            same = store.call(method, store.path("range/cached"), pairs, [("If-None-Match", whole.get("ETag"))])
            assert same.status == 304 and same.get("ETag") == whole.get("ETag"), same
            assert [same.get(n) for n in ("Cache-Control", "Expires")] == [whole.get(n) for n in ("Cache-Control", "Expires")]
