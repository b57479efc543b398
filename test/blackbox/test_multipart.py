"""Multipart uploads: boto3 unchanged, and the hostile cases E8 to E11 and E14 by hand."""

import base64
import hashlib
import threading
import zlib
from xml.etree import ElementTree

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from clients import Store, s3_code
from samples import noise

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def s3(store):
    return boto3.client("s3", endpoint_url=store.url, region_name="us-east-1", aws_access_key_id=store.signer.access_key_id,
                        aws_secret_access_key=store.signer.secret_access_key,
                        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1}))


def text(answer, name):
    root = ElementTree.fromstring(answer.body)
    return root.findtext("{*}" + name) or root.findtext(name)


def begin(store, key, headers=()):
    answer = store.call("POST", store.path(key), [("uploads", "")], headers)
    assert answer.status == 200, answer
    return text(answer, "UploadId")


def put_part(store, key, upload, number, body, headers=()):
    return store.call("PUT", store.path(key), [("partNumber", str(number)), ("uploadId", upload)], headers, body)


def complete(store, key, upload, parts, headers=(), sums=None):
    parts = list(parts)
    rows = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{etag}</ETag>{one}</Part>" for (n, etag), one in zip(parts, sums or [""] * len(parts)))
    body = f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode()
    return store.call("POST", store.path(key), [("uploadId", upload)], headers, body)


def test_boto3_multipart_life(s3, store):
    at = {"Bucket": "photos", "Key": "multi/life"}
    data = [noise(5 * MIB), noise(5 * MIB + 77)[77:], b"the end"]
    upload = s3.create_multipart_upload(**at, ContentType="video/mp4", Metadata={"a": "b"})["UploadId"]
    assert upload in [u["UploadId"] for u in s3.list_multipart_uploads(Bucket="photos", Prefix="multi/")["Uploads"]]
    tags = [s3.upload_part(**at, UploadId=upload, PartNumber=i + 1, Body=b)["ETag"] for i, b in enumerate(data)]
    s3.upload_part(**at, UploadId=upload, PartNumber=9, Body=b"not listed")
    listed = s3.list_parts(**at, UploadId=upload, MaxParts=2)
    assert listed["IsTruncated"] and [p["ETag"] for p in listed["Parts"]] == tags[:2]
    with pytest.raises(ClientError):  # nothing is there before it is complete
        s3.head_object(**at)
    parts = {"Parts": [{"PartNumber": i + 1, "ETag": t} for i, t in enumerate(tags)]}
    done = s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload=parts)
    md5s = b"".join(hashlib.md5(b).digest() for b in data)
    assert done["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-3"'
    again = s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload=parts)
    assert again["ETag"] == done["ETag"]
    whole = b"".join(data)
    got = s3.get_object(**at)
    assert got["Body"].read() == whole and got["ContentType"] == "video/mp4" and got["Metadata"] == {"a": "b"}
    ranged = s3.get_object(**at, Range=f"bytes={5 * MIB - 10}-{5 * MIB + 9}")
    assert ranged["Body"].read() == whole[5 * MIB - 10:5 * MIB + 10]
    large = s3.get_object(**at, Range=f"bytes=3-{10 * MIB + 2}")
    assert large["Body"].read() == whole[3:10 * MIB + 3]
    second = s3.get_object(**at, PartNumber=2)
    assert second["Body"].read() == data[1] and second["PartsCount"] == 3
    assert s3.head_object(**at, PartNumber=3)["ContentLength"] == 7
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="photos", Prefix="multi/life")
    s3.copy_object(Bucket="photos", Key="multi/copy", CopySource="photos/multi/life")
    copied = s3.get_object(Bucket="photos", Key="multi/copy")
    assert copied["Body"].read() == whole and copied["ETag"] == f'"{hashlib.md5(whole).hexdigest()}"'
    s3.delete_object(**at)
    with pytest.raises(ClientError):
        s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload=parts)


def test_boto3_upload_file_and_part_copy(s3, tmp_path):
    data = noise(20 * MIB + 5)
    (tmp_path / "big").write_bytes(data)
    s3.upload_file(str(tmp_path / "big"), "photos", "multi/file")
    assert s3.get_object(Bucket="photos", Key="multi/file")["Body"].read() == data
    at = {"Bucket": "photos", "Key": "multi/pieces"}
    upload = s3.create_multipart_upload(**at)["UploadId"]
    parts = []
    for number, (first, last) in enumerate([(0, 6 * MIB - 1), (9 * MIB, 20 * MIB + 4)], 1):
        made = s3.upload_part_copy(**at, UploadId=upload, PartNumber=number, CopySource="photos/multi/file",
                                   CopySourceRange=f"bytes={first}-{last}")
        parts.append({"PartNumber": number, "ETag": made["CopyPartResult"]["ETag"]})
    for bad in ("bytes=5-2", "bytes=0-", "bytes=0-18446744073709551615", "0-5", f"bytes=0-{20 * MIB + 5}"):
        with pytest.raises(ClientError) as caught:
            s3.upload_part_copy(**at, UploadId=upload, PartNumber=3, CopySource="photos/multi/file", CopySourceRange=bad)
        assert caught.value.response["Error"]["Code"] in ("InvalidArgument", "InvalidRange"), bad
    s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**at)["Body"].read() == data[:6 * MIB] + data[9 * MIB:]


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_checksums_of_the_whole(store, kind):
    key, data = f"multi/sum-{kind}", [noise(5 * MIB), b"tail"]
    crcs = [zlib.crc32(b).to_bytes(4, "big") for b in data]
    upload = begin(store, key, [("x-amz-checksum-algorithm", "CRC32"), ("x-amz-checksum-type", kind)])
    tags = []
    for number, (body, crc) in enumerate(zip(data, crcs), 1):
        wrong = put_part(store, key, upload, number, body, [("x-amz-checksum-crc32", "AAAAAA==")])
        assert wrong.status == 400 and s3_code(wrong) == "BadDigest"
        right = put_part(store, key, upload, number, body, [("x-amz-checksum-crc32", base64.b64encode(crc).decode())])
        assert right.status == 200, right
        tags.append((number, right.get("ETag")))
    whole = zlib.crc32(b"".join(data)) if kind == "FULL_OBJECT" else zlib.crc32(b"".join(crcs))
    expected = base64.b64encode(whole.to_bytes(4, "big")).decode() + ("" if kind == "FULL_OBJECT" else "-2")
    refused = complete(store, key, upload, tags, [("x-amz-checksum-crc32", "AAAAAA==")])
    assert refused.status == 400 and s3_code(refused) == "BadDigest"
    for second in ("x-amz-checksum-sha256", "x-amz-checksum-crc64nvme"):
        two = complete(store, key, upload, tags, [("x-amz-checksum-crc32", expected), (second, "AAAAAAAAAAA=")])
        assert two.status == 400 and s3_code(two) == "InvalidRequest"
    sized = complete(store, key, upload, tags, [("x-amz-mp-object-size", "7")])
    assert sized.status == 400 and s3_code(sized) == "InvalidRequest"
    done = complete(store, key, upload, tags, [("x-amz-checksum-crc32", expected)])
    assert done.status == 200 and text(done, "ChecksumCRC32") == expected and text(done, "ChecksumType") == kind
    # Once more: what was right is, and what is claimed falsely is refused as it would have been before.
    assert complete(store, key, upload, tags, [("x-amz-checksum-crc32", expected)]).status == 200
    again = [complete(store, key, upload, tags, [("x-amz-checksum-crc32", "AAAAAA==")]), complete(store, key, upload, tags, [("x-amz-mp-object-size", "7")]),
             complete(store, key, upload, tags, sums=["<ChecksumCRC32>AAAAAA==</ChecksumCRC32>", ""])]
    assert [(a.status, s3_code(a)) for a in again] == [(400, "BadDigest"), (400, "InvalidRequest"), (400, "InvalidPart")]
    other = {"COMPOSITE": "FULL_OBJECT", "FULL_OBJECT": "COMPOSITE"}[kind]
    assert complete(store, key, upload, tags, [("x-amz-checksum-type", kind)]).status == 200
    mistaken = complete(store, key, upload, tags, [("x-amz-checksum-type", other)])
    assert mistaken.status == 400 and s3_code(mistaken) == "InvalidRequest"
    got = store.get(key, [("x-amz-checksum-mode", "ENABLED")])
    assert got.body == b"".join(data)
    assert got.get("x-amz-checksum-crc32") == expected and got.get("x-amz-checksum-type") == kind


@pytest.mark.parametrize("headers, status", [
    ([("x-amz-checksum-type", "FULL_OBJECT")], 200), ([("x-amz-checksum-type", "COMPOSITE")], 400),
    ([("x-amz-checksum-crc64nvme", "Qeh8oXvGiSo=")], 200), ([("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")], 400)])
def test_checksums_of_what_was_begun_without_an_algorithm(store, headers, status):
    key = "multi/plain"
    upload = begin(store, key)
    tag = put_part(store, key, upload, 1, b"A" * 1024).get("ETag")
    assert complete(store, key, upload, [(1, tag)], headers).status == status


def test_checksums_of_parts_that_the_upload_did_not_ask_for(store):
    """S3 checks them and keeps them with the parts, and the object has none."""
    key, data = "multi/unasked", [noise(5 * MIB), b"tail"]
    crcs = [base64.b64encode(zlib.crc32(b).to_bytes(4, "big")).decode() for b in data]
    whole = base64.b64encode(zlib.crc32(b"".join(data)).to_bytes(4, "big")).decode()
    upload = begin(store, key)
    wrong = put_part(store, key, upload, 1, data[0], [("x-amz-checksum-crc32", crcs[1])])
    assert wrong.status == 400 and s3_code(wrong) == "BadDigest"
    tags = [(n, put_part(store, key, upload, n, b, [("x-amz-checksum-crc32", c)]).get("ETag")) for n, (b, c) in enumerate(zip(data, crcs), 1)]
    listed = store.call("GET", store.path(key), [("uploadId", upload)]).text
    assert all(f"<ChecksumCRC32>{c}</ChecksumCRC32>" in listed for c in crcs) and "ChecksumAlgorithm" not in listed
    for name, value in (("x-amz-checksum-crc32", crcs[0]), ("x-amz-checksum-crc32", whole + "-2"), ("x-amz-checksum-crc32c", whole)):
        refused = complete(store, key, upload, tags, [(name, value)])
        assert refused.status == 400 and s3_code(refused) == "BadDigest", (name, value)
    sums = ["<ChecksumCRC32>AAAAAA==</ChecksumCRC32>", f"<ChecksumCRC32>{crcs[0]}</ChecksumCRC32><ChecksumSHA1>AAAA</ChecksumSHA1>",
            f"<ChecksumSHA1>AAAA</ChecksumSHA1><ChecksumCRC32>{crcs[0]}</ChecksumCRC32>", f"<ChecksumXXHASH64>{crcs[0]}</ChecksumXXHASH64>"]
    for one in sums:  # a part says one thing, and that must be so
        refused = complete(store, key, upload, tags, sums=[one, ""])
        assert refused.status == 400 and s3_code(refused) in ("InvalidPart", "InvalidRequest"), one
    done = complete(store, key, upload, tags, [("x-amz-checksum-crc32", whole)])
    assert done.status == 200 and "Checksum" not in done.text, done
    got = store.get(key, [("x-amz-checksum-mode", "ENABLED")])
    assert got.body == b"".join(data) and not [n for n, _ in got.headers if "checksum" in n.lower()]
    # A copy is a new object, and has the one that every object has that came without.
    copied = store.call("PUT", store.path(key + "-copy"), headers=[("x-amz-copy-source", f"photos/{key}")])
    assert copied.status == 200 and text(copied, "ChecksumCRC64NVME") and text(copied, "ChecksumType") == "FULL_OBJECT", copied


@pytest.mark.parametrize("number", ["0", "-1", "10001", "1" + "0" * 20, "1.0", "01", ""])
def test_e8_part_numbers(store, number):
    upload = begin(store, "multi/e8")
    answer = store.call("PUT", store.path("multi/e8"), [("partNumber", number), ("uploadId", upload)], body=b"x")
    assert answer.status == 400 and s3_code(answer) == "InvalidArgument"


def test_e9_upload_ids(store):
    upload = begin(store, "multi/e9")
    for key, which in (("multi/other", upload), ("multi/e9", "0" * 32), ("multi/e9", "x" * 10_000), ("multi/e9", "../../x"),
                       ("multi/e9", "")):
        for answer in (put_part(store, key, which, 1, b"x"), complete(store, key, which, [(1, '"a"')]),
                       store.call("GET", store.path(key), [("uploadId", which)]),
                       store.call("DELETE", store.path(key), [("uploadId", which)])):
            assert answer.status == 404 and s3_code(answer) == "NoSuchUpload", (key, which[:40], answer)
    assert store.call("DELETE", store.path("multi/e9"), [("uploadId", upload)]).status == 204
    assert put_part(store, "multi/e9", upload, 1, b"x").status == 404


def test_e10_lists_of_parts(store):
    key = "multi/e10"
    upload = begin(store, key)
    small = put_part(store, key, upload, 1, noise(5 * MIB - 1)).get("ETag")
    last = put_part(store, key, upload, 2, b"last").get("ETag")
    cases = [([(2, last), (1, small)], "InvalidPartOrder"), ([(2, last), (2, last)], "InvalidPartOrder"), ([], "MalformedXML"),
             ([(1, last)], "InvalidPart"), ([(3, last)], "InvalidPart"), ([(1, small), (2, last)], "EntityTooSmall"),
             ([(0, last)], "InvalidArgument"), ([(n, last) for n in range(1, 10_002)], "MalformedXML")]
    for parts, code in cases:
        answer = complete(store, key, upload, parts)
        assert answer.status == 400 and s3_code(answer) in (code, "InvalidArgument"), (code, answer)
        assert store.head(key).status == 404
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><CompleteMultipartUpload>&b;</CompleteMultipartUpload>'
    assert store.call("POST", store.path(key), [("uploadId", upload)], body=bomb).status == 400
    assert complete(store, key, upload, [(2, last.strip('"'))]).status == 200  # the upload is still of use
    assert store.get(key).body == b"last"


def test_e11_complete_against_abort(store):
    for round_number in range(20):
        key = f"multi/e11/{round_number}"
        upload = begin(store, key)
        tag = put_part(store, key, upload, 1, b"bytes").get("ETag")
        answers = {}
        jobs = {"complete": lambda: complete(store, key, upload, [(1, tag)]),
                "abort": lambda: store.call("DELETE", store.path(key), [("uploadId", upload)]),
                "part": lambda: put_part(store, key, upload, 2, b"more")}
        threads = [threading.Thread(target=lambda n=n, j=j: answers.update({n: j()})) for n, j in jobs.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        completed, aborted = answers["complete"].status == 200, answers["abort"].status == 204
        assert completed != aborted, answers
        assert answers["part"].status in (200, 404)
        got = store.get(key)
        assert (got.status, got.body) == (200, b"bytes") if completed else got.status == 404


def test_e14_one_of_many_completes(store):
    key, results = "multi/e14", []
    uploads = [begin(store, key) for _ in range(8)]
    tags = [put_part(store, key, u, 1, str(i).encode()).get("ETag") for i, u in enumerate(uploads)]

    def finish(i):
        results.append((complete(store, key, uploads[i], [(1, tags[i])], [("If-None-Match", "*")]).status, i))
    threads = [threading.Thread(target=finish, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [i for status, i in results if status == 200]
    assert len(winners) == 1 and {s for s, _ in results} <= {200, 412}, results
    assert store.get(key).body == str(winners[0]).encode()


def uploads(store, *pairs):
    answer = store.call("GET", f"/{store.bucket}", [("uploads", ""), *pairs])
    assert answer.status == 200, answer
    root = ElementTree.fromstring(answer.body)
    return ([e.text for e in root.findall("{*}Upload/{*}Key")], [e.text for e in root.findall("{*}CommonPrefixes/{*}Prefix")],
            {name: root.findtext("{*}" + name) for name in ("IsTruncated", "NextKeyMarker", "NextUploadIdMarker", "Delimiter", "MaxUploads")})


def test_listing_of_uploads(store):
    keys = ["list/a", "list/a/b", "list/a/c", "list/b", "list/b", "list/c/d", "list/e"]
    ids = [begin(store, key) for key in keys]
    prefix = ("prefix", "list/")
    assert uploads(store, prefix)[:2] == (keys, [])
    everything = (["list/a", "list/b", "list/b", "list/e"], ["list/a/", "list/c/"])
    assert uploads(store, prefix, ("delimiter", "/"))[:2] == everything
    for size in (1, 2, 3, 5, 6, 7):  # pages, whatever their size, bring each once
        found, rolled, marker, turns = [], [], [], 0
        while True:
            some, prefixes, fields = uploads(store, prefix, ("delimiter", "/"), ("max-uploads", str(size)), *marker)
            assert len(some) + len(prefixes) <= size and fields["Delimiter"] == "/" and fields["MaxUploads"] == str(size)
            found, rolled, turns = found + some, rolled + prefixes, turns + 1
            if fields["IsTruncated"] == "false":
                break
            marker = [("key-marker", fields["NextKeyMarker"]), ("upload-id-marker", fields["NextUploadIdMarker"] or "")]
        assert (found, rolled, turns) == (*everything, -(-6 // size)), size
    assert uploads(store, prefix, ("max-uploads", "0")) == ([], [], {"IsTruncated": "false", "NextKeyMarker": None, "NextUploadIdMarker": None,
                                                                     "Delimiter": None, "MaxUploads": "0"})
    assert uploads(store, prefix, ("key-marker", "list/b"))[0] == ["list/c/d", "list/e"]
    assert uploads(store, prefix, ("key-marker", "list/b"), ("upload-id-marker", ids[3]))[0] == ["list/b", "list/c/d", "list/e"]
    for key, upload in zip(keys, ids):
        assert store.call("DELETE", store.path(key), [("uploadId", upload)]).status == 204
    assert uploads(store, prefix)[:2] == ([], [])


def test_a_bucket_that_is_deleted_leaves_nothing_of_its_uploads(store):
    """However many parts they had, and at once: the store's start takes more than a few files without an object for lost ones."""
    objects = store.program.log_path.parent / "data/store/objects"
    before = {path.name for path in objects.rglob("*") if path.is_file()}
    other = Store(store.url, store.signer.access_key_id, store.signer.secret_access_key, bucket="abandoned").create_bucket()
    for key in ("a", "a", "b"):
        upload = begin(other, key)
        for number in range(1, 41):
            assert put_part(other, key, upload, number, noise(20 + number)).status == 200
    other.put("kept", b"x")
    answer = other.call("DELETE", "/abandoned")
    assert answer.status == 409 and s3_code(answer) == "BucketNotEmpty" and uploads(other)[0] == ["a", "a", "b"], answer
    other.delete("kept")
    assert other.call("DELETE", "/abandoned").status == 204
    assert {path.name for path in objects.rglob("*") if path.is_file()} == before
    answer = put_part(other, "b", upload, 41, b"late")
    assert answer.status == 404 and s3_code(answer) == "NoSuchBucket", answer
    other.create_bucket()
    assert uploads(other)[0] == []
    answer = put_part(other, "b", upload, 41, b"late")
    assert answer.status == 404 and s3_code(answer) == "NoSuchUpload", answer
    assert other.call("DELETE", "/abandoned").status == 204
