"""Tags of objects and buckets, and GetObjectAttributes, on the store."""

import base64
import hashlib
import time
import zlib
from xml.etree import ElementTree

import pytest

from clients import s3_code
from samples import noise

MIB = 1024 * 1024


def tagging(*tags):
    rows = "".join(f"<Tag><Key>{k}</Key><Value>{v}</Value></Tag>" for k, v in tags)
    return f"<Tagging><TagSet>{rows}</TagSet></Tagging>".encode()


def tags_of(answer):
    assert answer.status == 200, answer
    return [(t.findtext("{*}Key"), t.findtext("{*}Value") or "") for t in ElementTree.fromstring(answer.body).findall(".//{*}Tag")]


@pytest.fixture
def thing(store):
    class Thing:
        key = "tagged/thing"
        path = store.path("tagged/thing")

        def get(self):
            return tags_of(store.call("GET", self.path, [("tagging", "")]))

        def put(self, body):
            return store.call("PUT", self.path, [("tagging", "")], body=body)
    store.put(Thing.key, b"body", [("x-amz-meta-a", "b"), ("Content-Type", "text/plain")])
    return Thing()


def test_life_of_an_objects_tags(store, thing):
    before = store.head(thing.key)
    assert thing.get() == [] and before.get("x-amz-tagging-count") is None
    assert thing.put(tagging(("b", "2"), ("a &lt;", "1 &amp; ü"))).status == 200
    assert thing.get() == [("a <", "1 & ü"), ("b", "2")]
    after = store.head(thing.key)
    assert after.get("x-amz-tagging-count") == "2" == store.get(thing.key).get("x-amz-tagging-count")
    for name in ("ETag", "Last-Modified", "Content-Type", "x-amz-meta-a", "Content-Length"):
        assert before.get(name) == after.get(name), name
    assert after.get("x-amz-tagging") is None
    assert thing.put(tagging(("c", ""))).status == 200 and thing.get() == [("c", "")]  # replaced, not added
    assert store.call("DELETE", thing.path, [("tagging", "")]).status == 204
    assert thing.get() == [] and store.get(thing.key).body == b"body"
    assert thing.put(tagging()).status == 200 and thing.get() == []
    assert store.call("GET", store.path("tagged/none"), [("tagging", "")]).status == 404
    assert s3_code(store.call("PUT", store.path("tagged/none"), [("tagging", "")], body=tagging(("a", "b")))) == "NoSuchKey"
    assert store.call("POST", thing.path, [("tagging", "")]).status == 405


def test_tags_given_with_the_object(store, thing):
    store.put(thing.key, b"x", [("x-amz-tagging", "foo=bar&empty&a%20b=%C3%BC+1")])
    assert thing.get() == [("a b", "ü 1"), ("empty", ""), ("foo", "bar")]
    store.put(thing.key, b"x")
    assert thing.get() == []
    for text, code in (("a=%zz", "InvalidArgument"), ("a=1&a=2", "InvalidTag"), ("a=" + "v" * 257, "InvalidTag"),
                       ("&".join(f"k{i}=v" for i in range(11)), "BadRequest"), ("aws:a=b", "InvalidTag"), ("=b", "InvalidTag")):
        answer = store.call("PUT", thing.path, headers=[("x-amz-tagging", text)], body=b"changed")
        assert answer.status == 400 and s3_code(answer) == code, (text, answer)
    assert store.get(thing.key).body == b"x"


@pytest.mark.parametrize("body, code", [
    (tagging(("k" * 129, "v")), "InvalidTag"), (tagging(("k", "v" * 257)), "InvalidTag"), (tagging(("", "v")), "InvalidTag"),
    (tagging(("a", "1"), ("a", "2")), "InvalidTag"), (tagging(("aws:x", "1")), "InvalidTag"), (tagging(("a&#10;", "1")), "InvalidTag"),
    (tagging(*((f"k{i}", "v") for i in range(11))), "BadRequest"), (b"", "MalformedXML"), (b"<Tagging/>", "MalformedXML"),
    (b"<Other><TagSet/></Other>", "MalformedXML"), (b"<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>", "MalformedXML"),
    (b"<!DOCTYPE a><Tagging><TagSet/></Tagging>", "MalformedXML"), (b"x" * (MIB + 1), "MaxMessageLengthExceeded")])
def test_what_no_tag_may_be(thing, body, code):
    assert thing.put(tagging(("kept", "yes"))).status == 200
    answer = thing.put(body)
    assert answer.status == 400 and s3_code(answer) == code, answer
    assert thing.get() == [("kept", "yes")]


def test_the_most_that_there_may_be(store, thing):
    most = [(f"{i}" + "ü" * 127, "日" * 256) for i in range(10)]
    assert thing.put(tagging(*most)).status == 200
    assert thing.get() == most and store.head(thing.key).get("x-amz-tagging-count") == "10"


@pytest.mark.parametrize("headers, expected", [
    ([], [("from", "source")]), ([("x-amz-tagging-directive", "COPY"), ("x-amz-tagging", "new=1")], [("from", "source")]),
    ([("x-amz-tagging-directive", "REPLACE"), ("x-amz-tagging", "new=1")], [("new", "1")]), ([("x-amz-tagging-directive", "REPLACE")], []),
    ([("x-amz-metadata-directive", "REPLACE")], [("from", "source")])])
def test_tags_of_a_copy(store, thing, headers, expected):
    store.put("tagged/source", b"source", [("x-amz-tagging", "from=source"), ("x-amz-meta-m", "1")])
    answer = store.call("PUT", thing.path, headers=[("x-amz-copy-source", "/photos/tagged/source"), *headers])
    assert answer.status == 200 and thing.get() == expected, answer
    kept = store.head(thing.key).get("x-amz-meta-m")
    assert kept == (None if ("x-amz-metadata-directive", "REPLACE") in headers else "1")
    wrong = store.call("PUT", thing.path, headers=[("x-amz-copy-source", "/photos/tagged/source"), ("x-amz-tagging-directive", "x")])
    assert wrong.status == 400 and s3_code(wrong) == "InvalidArgument"


def test_an_object_may_be_copied_onto_itself_to_change_its_tags(store, thing):
    answer = store.call("PUT", thing.path, headers=[("x-amz-copy-source", "/photos/" + thing.key), ("x-amz-tagging-directive", "REPLACE"),
                                                    ("x-amz-tagging", "self=1")])
    assert answer.status == 200 and thing.get() == [("self", "1")] and store.head(thing.key).get("x-amz-meta-a") == "b"


def test_tags_of_a_bucket(store):
    at = ("/photos", [("tagging", "")])
    none = store.call("GET", *at)
    assert none.status == 404 and s3_code(none) == "NoSuchTagSet"
    assert store.call("PUT", *at, body=tagging(*((f"k{i:02}", "v") for i in range(50)))).status == 204
    assert len(tags_of(store.call("GET", *at))) == 50
    assert store.call("PUT", *at, body=tagging(*((f"k{i:02}", "v") for i in range(51)))).status == 400
    assert store.call("DELETE", *at).status == 204 and store.call("GET", *at).status == 404


def begin(store, key, headers=()):
    answer = store.call("POST", store.path(key), [("uploads", "")], headers)
    return answer.text.split("<UploadId>")[1].split("<")[0]


def multipart(store, key, data, headers=()):
    upload = begin(store, key, headers)
    rows = ""
    for number, body in enumerate(data, 1):
        put = store.call("PUT", store.path(key), [("partNumber", str(number)), ("uploadId", upload)], body=body)
        assert put.status == 200, put
        rows += f"<Part><PartNumber>{number}</PartNumber><ETag>{put.get('ETag')}</ETag></Part>"
    done = store.call("POST", store.path(key), [("uploadId", upload)], body=f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode())
    assert done.status == 200, done
    return done


def test_tags_of_a_multipart_upload(store, thing):
    multipart(store, thing.key, [b"one part"], [("x-amz-tagging", "by=upload")])
    assert thing.get() == [("by", "upload")] and store.head(thing.key).get("x-amz-tagging-count") == "1"


# GetObjectAttributes

def attributes(store, key, names, headers=()):
    answer = store.call("GET", store.path(key), [("attributes", "")], [("x-amz-object-attributes", names), *headers])
    assert answer.status == 200, answer
    return answer, ElementTree.fromstring(answer.body)


def test_attributes_of_an_object(store):
    data = noise(1000)
    put = store.put("attributes/one", data, [("x-amz-checksum-sha256", base64.b64encode(hashlib.sha256(data).digest()).decode())])
    answer, root = attributes(store, "attributes/one", "ETag,Checksum,ObjectParts,StorageClass,ObjectSize")
    assert root.tag == "{http://s3.amazonaws.com/doc/2006-03-01/}GetObjectAttributesResponse"
    assert root.findtext("{*}ETag") == put.get("ETag").strip('"') and root.findtext("{*}ObjectSize") == "1000"
    assert root.findtext("{*}StorageClass") == "STANDARD" and root.find("{*}ObjectParts") is None
    assert root.findtext("{*}Checksum/{*}ChecksumSHA256") == put.get("x-amz-checksum-sha256")
    assert root.findtext("{*}Checksum/{*}ChecksumType") == "FULL_OBJECT"
    assert answer.get("Last-Modified") == store.head("attributes/one").get("Last-Modified")
    for more in ([("x-amz-object-attributes", "StorageClass")], []):  # some SDKs send a line for each
        _, only = attributes(store, "attributes/one", "ObjectSize" if more else "ObjectSize, StorageClass", more)
        assert [child.tag.split("}")[1] for child in only] == ["StorageClass", "ObjectSize"]


def test_attributes_of_parts(store):
    data = [noise(5 * MIB), noise(5 * MIB, 2), b"tail"]
    multipart(store, "attributes/parts", data, [("x-amz-checksum-algorithm", "CRC32"), ("x-amz-checksum-type", "COMPOSITE")])
    crcs = [base64.b64encode(zlib.crc32(b).to_bytes(4, "big")).decode() for b in data]

    def parts(*headers):
        return attributes(store, "attributes/parts", "ObjectParts", headers)[1].find("{*}ObjectParts")
    whole = parts()
    assert whole.findtext("{*}PartsCount") == "3" and whole.findtext("{*}IsTruncated") == "false"
    assert [(p.findtext("{*}PartNumber"), p.findtext("{*}Size"), p.findtext("{*}ChecksumCRC32")) for p in whole.findall("{*}Part")] == [
        (str(n), str(len(b)), crc) for n, (b, crc) in enumerate(zip(data, crcs), 1)]
    page = parts(("x-amz-max-parts", "1"), ("x-amz-part-number-marker", "1"))
    assert [p.findtext("{*}PartNumber") for p in page.findall("{*}Part")] == ["2"] and page.findtext("{*}IsTruncated") == "true"
    assert (page.findtext("{*}NextPartNumberMarker"), page.findtext("{*}MaxParts"), page.findtext("{*}PartNumberMarker")) == ("2", "1", "1")
    assert parts(("x-amz-part-number-marker", "3")).findall("{*}Part") == []
    none = parts(("x-amz-max-parts", "0"))
    assert none.findall("{*}Part") == [] and none.findtext("{*}IsTruncated") == "false"  # or a client would never end
    # One part at a time carries its own checksum.
    for number, (body, crc) in enumerate(zip(data, crcs), 1):
        got = store.get("attributes/parts", [("x-amz-checksum-mode", "ENABLED")], [("partNumber", str(number))])
        assert got.status == 206 and got.body == body and got.get("x-amz-mp-parts-count") == "3", number
        assert got.get("x-amz-checksum-crc32") == crc and got.get("x-amz-checksum-type") == "COMPOSITE"


def test_a_multipart_object_without_an_algorithm_has_the_default_one(store):
    done = multipart(store, "attributes/default", [b"A" * 1024])
    root = ElementTree.fromstring(done.body)
    assert root.findtext("{*}ChecksumCRC64NVME") == "Qeh8oXvGiSo=" and root.findtext("{*}ChecksumType") == "FULL_OBJECT"
    assert store.get("attributes/default", [("x-amz-checksum-mode", "ENABLED")]).get("x-amz-checksum-crc64nvme") == "Qeh8oXvGiSo="


@pytest.mark.parametrize("headers, status, code", [
    ([], 400, "InvalidRequest"), ([("x-amz-object-attributes", "Etag")], 400, "InvalidArgument"),
    ([("x-amz-object-attributes", "ETag,,Checksum")], 400, "InvalidArgument"),
    ([("x-amz-object-attributes", "ETag"), ("x-amz-max-parts", "x")], 400, "InvalidArgument"),
    ([("x-amz-object-attributes", "ETag"), ("x-amz-part-number-marker", "-1")], 400, "InvalidArgument")])
def test_attributes_that_are_none(store, headers, status, code):
    store.put("attributes/x", b"x")
    answer = store.call("GET", store.path("attributes/x"), [("attributes", "")], headers)
    assert answer.status == status and s3_code(answer) == code, answer
    gone = store.call("GET", store.path("attributes/none"), [("attributes", "")], [("x-amz-object-attributes", "ETag")])
    assert gone.status == 404 and s3_code(gone) == "NoSuchKey"


def test_tags_outlive_a_restart(tmp_path):
    from clients import Store
    from conftest import STORE_KEY_ID, STORE_SECRET, running, start_store
    for turn in range(2):
        with running(start_store(tmp_path)) as program:
            ours = Store(program.url, STORE_KEY_ID, STORE_SECRET)
            if turn == 0:
                ours.create_bucket().put("a", b"x", [("x-amz-tagging", "a=1")])
                ours.call("PUT", "/photos", [("tagging", "")], body=tagging(("b", "2")))
                time.sleep(0.1)
            assert tags_of(ours.call("GET", "/photos/a", [("tagging", "")])) == [("a", "1")]
            assert tags_of(ours.call("GET", "/photos", [("tagging", "")])) == [("b", "2")]
