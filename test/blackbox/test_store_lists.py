"""Lists of the store read page by page: whatever the delimiter and the page's size, nothing is left out or twice."""

from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from clients import Store
from conftest import STORE_KEY_ID, STORE_SECRET

KEYS = ["..", "../x", "a", "a-b", "a/", "a//", "a/b", "a/b/c", "ab", "b", "c d", "d\r\n", "é", "z/1", "z/2", "z/y/1", "z/y/2",
        "zz", "\uffff", "😀"]


@pytest.fixture(scope="module")
def lists(store):
    bucket = Store(store.url, STORE_KEY_ID, STORE_SECRET, "of-lists").create_bucket()
    for key in KEYS:
        bucket.put(key, b"x")
    return bucket


def expected(prefix, delimiter):
    found = set()
    for key in KEYS:
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        if key.startswith(prefix):
            found.add(key if at < 0 else key[:at + len(delimiter)])
    return sorted(found, key=str.encode)


def page_of(lists, pairs):
    answer = lists.call("GET", "/of-lists", [("encoding-type", "url"), *pairs])
    assert answer.status == 200, answer
    root = ElementTree.fromstring(answer.body)
    names = [unquote(e.text) for e in root.iterfind("{*}Contents/{*}Key")]
    names += [unquote(e.text) for e in root.iterfind("{*}Version/{*}Key")]
    names += [unquote(e.text) for e in root.iterfind("{*}CommonPrefixes/{*}Prefix")]
    return root, sorted(names, key=str.encode)


def walk(lists, pairs, next_of):
    """Every name of every page, as a client goes through them."""
    found, place = [], []
    for _ in range(len(KEYS) + 1):
        root, names = page_of(lists, [*pairs, *place])
        found += names
        if root.findtext("{*}IsTruncated") != "true":
            return found
        place = next_of(root, names)
    raise AssertionError("the list does not end")


def by_marker(root, names):
    following = root.findtext("{*}NextMarker")
    return [("marker", names[-1] if following is None else unquote(following))]


WALKS = {
    "v1": ([], by_marker),
    "v2": ([("list-type", "2")], lambda root, _: [("continuation-token", root.findtext("{*}NextContinuationToken"))]),
    "versions": ([("versions", "")], lambda root, _: [("key-marker", unquote(root.findtext("{*}NextKeyMarker"))),
                                                      ("version-id-marker", "null")]),
}


@pytest.mark.parametrize("version", WALKS)
@pytest.mark.parametrize("delimiter", ["", "/", "//", "/y/", "b/c", "😀", "none of them"])
def test_every_page(lists, version, delimiter):
    pairs, next_of = WALKS[version]
    for prefix in ("", "a", "a/", "z/"):
        for size in (1, 2, 3, 1000):
            asked = [*pairs, ("prefix", prefix), ("max-keys", str(size))] + ([("delimiter", delimiter)] if delimiter else [])
            assert walk(lists, asked, next_of) == expected(prefix, delimiter), (prefix, size)


def test_uploads_that_are_aborted_while_they_are_listed(lists):
    for _ in range(3):
        assert lists.call("POST", "/of-lists/up", [("uploads", "")]).status == 200
    aborted, place = [], []
    for _ in range(3):
        root, _ = page_of(lists, [("uploads", ""), ("max-uploads", "1"), *place])
        (upload,) = [e.text for e in root.iterfind("{*}Upload/{*}UploadId")]
        assert lists.call("DELETE", "/of-lists/up", [("uploadId", upload)]).status == 204
        aborted.append(upload)
        place = [("key-marker", "up"), ("upload-id-marker", upload)]
    assert len(set(aborted)) == 3
    root, _ = page_of(lists, [("uploads", "")])
    assert root.find("{*}Upload") is None


def test_buckets(lists):
    own = ["of-lists-1", "of-lists-2", "of-lists-3"]
    for name in own:
        assert lists.call("PUT", f"/{name}").status == 200
    found, place = [], []
    for _ in own:
        answer = lists.call("GET", "/", [("prefix", "of-lists-"), ("max-buckets", "1"), ("bucket-region", "us-east-1"), *place])
        root = ElementTree.fromstring(answer.body)
        found += [e.text for e in root.iterfind("{*}Buckets/{*}Bucket/{*}Name")]
        place = [("continuation-token", root.findtext("{*}ContinuationToken"))]
    assert found == own and place == [("continuation-token", None)]
    elsewhere = ElementTree.fromstring(lists.call("GET", "/", [("bucket-region", "eu-west-1")]).body)
    assert elsewhere.findall("{*}Buckets/{*}Bucket") == []
