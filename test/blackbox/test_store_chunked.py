"""SECURITY D1-D12 on the store: aws-chunked bodies of every kind, checksums in fields and trailers, 100-continue."""

import base64
import hashlib
import threading
import zlib

import pytest

import wire
from clients import s3_code
from samples import noise
from sigv4 import UNSIGNED

pytestmark = pytest.mark.usefixtures("no_descriptors_lost")
SIGNED, SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
KINDS = [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER]
OLD, KEY = b"the version before", "chunked/key"


def b64(data):
    return base64.b64encode(data).decode()


def crc64nvme(data):
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x9A6C9329AC4BC9B5 if crc & 1 else 0)
    return (crc ^ 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return (crc ^ 0xFFFFFFFF).to_bytes(4, "big")


CHECKSUMS = {
    "crc32": lambda data: b64(zlib.crc32(data).to_bytes(4, "big")), "crc32c": lambda data: b64(crc32c(data)),
    "crc64nvme": lambda data: b64(crc64nvme(data)), "sha1": lambda data: b64(hashlib.sha1(data).digest()),
    "sha256": lambda data: b64(hashlib.sha256(data).digest())}


def crc32_trailer(data):
    return [("x-amz-checksum-crc32", CHECKSUMS["crc32"](data))]


def trailer_of(kind, data):
    return crc32_trailer(data) if kind.endswith("-TRAILER") else []


def send(store, fields, body, key=KEY, framing=None):
    """`body` in one piece, with its Content-Length unless another framing is given."""
    framing = framing or [("Content-Length", str(len(body)))]
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("PUT", store.path(key), [*fields, *framing, ("Connection", "close")]) + body)
        return connection.response("PUT")


def put_chunked(store, data, kind, key=KEY, framing=None, **more):
    fields, pieces = store.signer.chunked(store.host, store.path(key), data, kind, **more)
    return send(store, fields, b"".join(pieces), key, framing)


@pytest.fixture
def refused(store):
    """The answer is this refusal, and the key holds what it held before."""
    store.put(KEY, OLD)

    def check(answer, statuses, code=None):
        assert answer is not None and answer.status in statuses, answer
        assert code is None or s3_code(answer) == code, answer
        assert store.get(KEY).body == OLD
    return check


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size, sizes", [(0, (1,)), (1, (1,)), (8192, (8192,)), (200_000, (65536,)), (300_001, (8192, 100_000)),
                                         (3_000_000, (1 << 20,))])
def test_what_was_framed_is_stored(store, kind, size, sizes):
    data = noise(size)
    answer = put_chunked(store, data, kind, sizes=sizes, trailer=trailer_of(kind, data))
    assert answer.status == 200 and answer.get("ETag") == f'"{hashlib.md5(data).hexdigest()}"', answer
    got = store.get(KEY, [("x-amz-checksum-mode", "ENABLED")])
    assert got.body == data
    if kind.endswith("-TRAILER"):
        assert got.get("x-amz-checksum-crc32") == CHECKSUMS["crc32"](data) == answer.get("x-amz-checksum-crc32")


@pytest.mark.parametrize("kind", KINDS)
def test_http_chunks_around_aws_chunks(store, kind):
    data = noise(100_000)
    fields, pieces = store.signer.chunked(store.host, store.path(KEY), data, kind, trailer=trailer_of(kind, data))
    whole = b"".join(pieces)
    cut = [whole[i:i + 7777] for i in range(0, len(whole), 7777)]  # no border of the one is one of the other
    body = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in cut) + b"0\r\n\r\n"
    assert send(store, fields, body, framing=[("Transfer-Encoding", "chunked")]).status == 200
    assert store.get(KEY).body == data


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_comes_byte_by_byte(store, kind):
    data = noise(50)
    fields, pieces = store.signer.chunked(store.host, store.path(KEY), data, kind, trailer=trailer_of(kind, data))
    whole = b"".join(pieces)
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("PUT", store.path(KEY), [*fields, ("Content-Length", str(len(whole)))]))
        for i in range(len(whole)):
            connection.send(whole[i:i + 1])
        assert connection.response("PUT").status == 200
    assert store.get(KEY).body == data


@pytest.mark.parametrize("kind", KINDS)
def test_parts_come_the_same_way(store, kind):
    path = store.path("chunked/parts")
    begun = store.call("POST", path, [("uploads", "")], headers=[("x-amz-checksum-algorithm", "CRC32")])
    upload = begun.text.split("<UploadId>")[1].split("<")[0]
    data = noise(100_000)
    pairs = [("partNumber", "1"), ("uploadId", upload)]
    fields, pieces = store.signer.chunked(store.host, path, data, kind, trailer=trailer_of(kind, data), pairs=pairs)
    target = f"{path}?partNumber=1&uploadId={upload}"
    body = b"".join(pieces)
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("PUT", target, [*fields, ("Content-Length", str(len(body)))]) + body)
        put = connection.response("PUT")
    assert put.status == 200 and put.get("x-amz-checksum-crc32") == CHECKSUMS["crc32"](data), put
    document = f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{put.get('ETag')}</ETag></Part></CompleteMultipartUpload>"
    assert store.call("POST", path, [("uploadId", upload)], body=document.encode()).status == 200
    assert store.get("chunked/parts").body == data


@pytest.mark.parametrize("name", sorted(CHECKSUMS))
@pytest.mark.parametrize("kind", [SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_trailing_checksums(store, refused, kind, name):
    data = b"123456789" * 1000
    field = f"x-amz-checksum-{name}"
    right, wrong = CHECKSUMS[name](data), CHECKSUMS[name](data + b"!")
    refused(put_chunked(store, data, kind, trailer=[(field, wrong)]), {400}, "BadDigest")
    answer = put_chunked(store, data, kind, trailer=[(field, right)], headers=[("x-amz-sdk-checksum-algorithm", name.upper())])
    assert answer.status == 200 and answer.get(field) == right and answer.get("x-amz-checksum-type") == "FULL_OBJECT", answer
    assert store.get(KEY, [("x-amz-checksum-mode", "ENABLED")]).get(field) == right


def test_checksum_of_its_own_where_none_is_sent(store):
    answer = store.put(KEY, b"A" * 1024)
    assert answer.get("x-amz-checksum-crc64nvme") == "Qeh8oXvGiSo="
    assert store.get(KEY, [("x-amz-checksum-mode", "ENABLED")]).get("x-amz-checksum-crc64nvme") == "Qeh8oXvGiSo="
    assert store.get(KEY).get("x-amz-checksum-crc64nvme") is None


def flip(piece, at):
    return piece[:at] + (b"0" if piece[at:at + 1] != b"0" else b"1") + piece[at + 1:]


@pytest.mark.parametrize("kind", [SIGNED, SIGNED_TRAILER])
@pytest.mark.parametrize("which", [0, 1, 2, -2])
def test_d1_a_chunk_signature_that_is_wrong(store, refused, kind, which):
    data = noise(200_000)
    change = lambda i, piece: flip(piece, piece.index(b"=") + 5) if i == which else piece
    refused(put_chunked(store, data, kind, trailer=trailer_of(kind, data), change=change), {403}, "SignatureDoesNotMatch")


@pytest.mark.parametrize("which", [0, 1, 2])
def test_d1_a_byte_of_data_that_is_wrong(store, refused, which):
    data = b"x" * 200_000
    change = lambda i, piece: flip(piece, 1000) if i == which else piece
    refused(put_chunked(store, data, SIGNED, change=change), {403}, "SignatureDoesNotMatch")


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 0, 1), (0, 2, 1)])
def test_d1_chunks_in_another_order(store, refused, order):
    fields, pieces = store.signer.chunked(store.host, store.path(KEY), noise(3 * 65536), SIGNED)
    refused(send(store, fields, b"".join([*(pieces[i] for i in order), *pieces[3:]])), {403}, "SignatureDoesNotMatch")


@pytest.mark.parametrize("kind", KINDS)
def test_d2_the_end_is_missing(store, refused, kind):
    data = noise(100_000)
    fields, pieces = store.signer.chunked(store.host, store.path(KEY), data, kind, trailer=trailer_of(kind, data))
    for cut in (pieces[:-2], pieces[:-1], [*pieces[:-1], pieces[-1][:-2]], [pieces[0][:-100]]):
        refused(send(store, fields, b"".join(cut)), {400}, "IncompleteBody")
    with wire.Connection(store.address) as connection:  # ... and the connection with it
        connection.send(wire.head("PUT", store.path(KEY), [*fields, ("Content-Length", "200000")]) + pieces[0])
        connection.half_close()
        answer = connection.response("PUT")
    assert answer is None or answer.status == 400
    assert store.get(KEY).body == OLD


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", [-1, 1, -100_000, 10**9])
def test_d3_another_length_than_said(store, refused, kind, change):
    data = noise(100_000)
    refused(put_chunked(store, data, kind, trailer=trailer_of(kind, data), length=len(data) + change), {400}, "IncompleteBody")


@pytest.mark.parametrize("value", ["-1", "18446744073709551616", "x", "0x10", "1 0", "+5", "", "5.0"])
def test_d4_no_length(store, refused, value):
    refused(put_chunked(store, b"12345", UNSIGNED_TRAILER, length=value), {400}, "InvalidArgument")


def test_d4_length_missing_or_twice_or_too_large(store, refused):
    fields = store.signer.headers("PUT", store.host, store.path(KEY), payload=SIGNED)
    refused(send(store, fields, b"0\r\n\r\n"), {411}, "MissingContentLength")
    refused(put_chunked(store, b"12345", SIGNED, headers=[("x-amz-decoded-content-length", "5")]), {400}, "InvalidArgument")
    refused(put_chunked(store, b"12345", SIGNED, length=(5 << 30) + 1), {400}, "EntityTooLarge")


@pytest.mark.parametrize("kind", [SIGNED, SIGNED_TRAILER])
def test_d5_small_chunks(store, refused, kind):
    data = noise(20_000)
    trailer = trailer_of(kind, data)
    refused(put_chunked(store, data, kind, sizes=(8191, 8192), trailer=trailer), {400}, "InvalidChunkSizeError")
    assert put_chunked(store, data, kind, sizes=(8192, 11_807, 1), trailer=trailer).status == 200


def test_d5_small_chunks_without_signatures_are_fine(store):
    data = noise(3000)
    assert put_chunked(store, data, UNSIGNED_TRAILER, sizes=(1, 2, 700), trailer=crc32_trailer(data)).status == 200
    assert store.get(KEY).body == data


def test_d6_the_signed_hash_decides_and_not_content_encoding(store):
    store.put(KEY, b"3\r\nabc\r\n0\r\n\r\n", [("Content-Encoding", "aws-chunked")])
    got = store.get(KEY)
    assert got.body == b"3\r\nabc\r\n0\r\n\r\n" and got.get("Content-Encoding") is None
    for encoding, left in ((None, None), ("aws-chunked", None), ("gzip,aws-chunked", "gzip"), ("aws-chunked, gzip", "gzip")):
        headers = [("Content-Encoding", encoding)] if encoding else []
        assert put_chunked(store, b"data", SIGNED, headers=headers).status == 200
        got = store.get(KEY)
        assert got.body == b"data" and got.get("Content-Encoding") == left


@pytest.mark.parametrize("trailer, code", [
    (b"", "MalformedTrailerError"), (b"x-amz-checksum-crc32:AAAAAA==\r\n", "MalformedTrailerError"),
    (b"x-amz-meta-a:b\r\n", "MalformedTrailerError"), (b"no colon\r\n", "MalformedTrailerError"),
    (b"x-amz-checksum-crc32c:AAAAAA==\r\nx-amz-checksum-crc32c:AAAAAA==\r\n", "MalformedTrailerError"),
    (b"x-amz-checksum-crc32c:AAAAAA==\r\n", "BadDigest"), (b"x-amz-checksum-crc32c:AAAA\r\n", "MalformedTrailerError"),
    (b"x-amz-checksum-crc32c:\r\n", "MalformedTrailerError"), (b"x-amz-checksum-crc32c:AAAAAA==\r\nhost:x\r\n", "MalformedTrailerError"),
    (b"authorization:x\r\n", "MalformedTrailerError"), (b"x-amz-checksum-crc32c:" + b"A" * 20_000 + b"\r\n", "MalformedTrailerError")])
def test_d7_trailers(store, refused, trailer, code):
    change = lambda i, piece: trailer + b"\r\n" if i == -1 else piece
    refused(put_chunked(store, b"data", UNSIGNED_TRAILER, trailer=[("x-amz-checksum-crc32c", "")], change=change), {400}, code)


@pytest.mark.parametrize("kind, announced, code", [
    (UNSIGNED_TRAILER, "x-amz-meta-a", "InvalidRequest"), (UNSIGNED_TRAILER, "x-amz-checksum-crc32,x-amz-checksum-sha1", "InvalidRequest"),
    (UNSIGNED_TRAILER, "", "InvalidArgument"), (UNSIGNED_TRAILER, "x-amz-checksum-crc32,x-amz-checksum-crc32", "InvalidArgument"),
    (UNSIGNED_TRAILER, "a b", "InvalidArgument"), (UNSIGNED_TRAILER, "x-amz-trailer-signature", "InvalidArgument"),
    (SIGNED, "x-amz-checksum-crc32", "InvalidArgument")])
def test_d7_announcements(store, refused, kind, announced, code):
    refused(put_chunked(store, b"data", kind, headers=[("x-amz-trailer", announced)]), {400}, code)


def test_d7_a_checksum_in_the_head_and_one_in_the_trailer(store, refused):
    refused(put_chunked(store, b"data", UNSIGNED_TRAILER, trailer=crc32_trailer(b"data"),
                        headers=[("x-amz-checksum-sha1", CHECKSUMS["sha1"](b"data"))]), {400}, "InvalidRequest")
    refused(put_chunked(store, b"data", UNSIGNED_TRAILER, trailer=crc32_trailer(b"data"),
                        headers=[("x-amz-sdk-checksum-algorithm", "SHA1")]), {400}, "InvalidRequest")
    right = [("x-amz-checksum-sha1", CHECKSUMS["sha1"](b"data"))]
    assert put_chunked(store, b"data", UNSIGNED_TRAILER, headers=right).status == 200
    wrong = [("x-amz-checksum-sha1", CHECKSUMS["sha1"](b"Data"))]
    store.put(KEY, OLD)
    refused(put_chunked(store, b"data", UNSIGNED_TRAILER, headers=wrong), {400}, "BadDigest")


@pytest.mark.parametrize("bend", [
    lambda piece: flip(piece, piece.index(b"signature:") + 20), lambda piece: piece[:piece.index(b"x-amz-trailer-signature")] + b"\r\n",
    lambda piece: piece.replace(b"crc32:", b"crc32:A")])
def test_d8_trailer_signatures(store, refused, bend):
    change = lambda i, piece: bend(piece) if i == -1 else piece
    refused(put_chunked(store, b"data", SIGNED_TRAILER, trailer=crc32_trailer(b"data"), change=change), {400, 403})


def test_d8_trailer_changed_on_the_way(store, refused):
    other = CHECKSUMS["crc32"](b"atad").encode()
    change = lambda i, piece: piece.replace(CHECKSUMS["crc32"](b"data").encode(), other) if i == -1 else piece
    refused(put_chunked(store, b"data", SIGNED_TRAILER, trailer=crc32_trailer(b"data"), change=change), {403}, "SignatureDoesNotMatch")


@pytest.mark.parametrize("kind", [SIGNED, UNSIGNED_TRAILER])
@pytest.mark.parametrize("value, code", [("x", "InvalidDigest"), ("", "InvalidDigest"), ("AAAA", "InvalidDigest"),
                                         ("AAAAAAAAAAAAAAAAAAAAAA==", "BadDigest")])
def test_d9_content_md5(store, refused, kind, value, code):
    refused(put_chunked(store, b"data", kind, headers=[("Content-MD5", value)]), {400}, code)


@pytest.mark.parametrize("value, code", [("x", "InvalidDigest"), ("", "InvalidDigest"), ("AAAAAAAAAAAAAAAAAAAAAA==", "BadDigest")])
def test_d9_content_md5_of_a_plain_body(store, refused, value, code):
    refused(store.call("PUT", store.path(KEY), headers=[("Content-MD5", value)], body=b"data"), {400}, code)


@pytest.mark.parametrize("headers, code", [
    ([("x-amz-checksum-sha256", CHECKSUMS["sha256"](b"other"))], "BadDigest"),
    ([("x-amz-checksum-sha256", CHECKSUMS["sha256"](b"data")), ("x-amz-checksum-crc32", CHECKSUMS["crc32"](b"data"))], "InvalidRequest"),
    ([("x-amz-checksum-crc32", "AAAA")], "InvalidRequest"), ([("x-amz-checksum-crc64nvme", CHECKSUMS["crc64nvme"](b"x"))], "BadDigest")])
@pytest.mark.parametrize("payload", [None, UNSIGNED])
def test_d10_checksums_in_the_head(store, refused, headers, code, payload):
    refused(store.call("PUT", store.path(KEY), headers=headers, body=b"data", payload=payload), {400}, code)


@pytest.mark.parametrize("line", [b"1" * 8193, b"4;chunk-signature=" + b"0" * 9000, b"4;x=" + b"y" * 9000, b"", b"\r\n", b"-4\r\n",
                                  b"0x4\r\n", b"4 \r\n", b"g\r\n", b"11111111111111111\r\n", b"4\ndata", b"4;a=b\r\ndata\r\n"])
@pytest.mark.parametrize("kind", [SIGNED, UNSIGNED_TRAILER])
def test_d11_first_lines_of_chunks(store, refused, kind, line):
    change = lambda i, piece: line if i == 0 else b"" if line else piece
    refused(put_chunked(store, b"data", kind, change=change), {400, 403})


def test_d11_bytes_behind_the_end(store, refused):
    change = lambda i, piece: piece + b"more" if i == -1 else piece
    refused(put_chunked(store, b"data", UNSIGNED_TRAILER, change=change), {400}, "InvalidRequest")
    data_longer = lambda i, piece: piece[:-2] + b"!\r\n" if i == 0 else piece
    refused(put_chunked(store, b"data", UNSIGNED_TRAILER, change=data_longer), {400}, "InvalidRequest")


def test_d12_nobody_sees_part_of_a_body_that_turns_out_wrong(store, refused, request):
    size = (1 << 30) if request.config.getoption("--long") else (64 << 20)
    piece = noise(1 << 20)
    fields, _ = store.signer.chunked(store.host, store.path(KEY), b"", UNSIGNED_TRAILER, trailer=[("x-amz-checksum-crc32", "x")],
                                     length=size)
    chunk = b"100000\r\n" + piece + b"\r\n"
    end = b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    seen, stop = set(), threading.Event()

    def read():
        while not stop.is_set():
            seen.add(store.get(KEY).body)
    reader = threading.Thread(target=read)
    reader.start()
    try:
        with wire.Connection(store.address, timeout=120) as connection:
            count = size >> 20
            connection.send(wire.head("PUT", store.path(KEY), [*fields, ("Content-Length", str(len(chunk) * count + len(end)))]))
            for _ in range(count):
                connection.send(chunk)
            connection.send(end)
            answer = connection.response("PUT")
    finally:
        stop.set()
        reader.join()
    refused(answer, {400}, "BadDigest")
    assert seen == {OLD}


@pytest.mark.parametrize("kind", [None, SIGNED, UNSIGNED_TRAILER])
def test_continue_is_said_after_authentication(store, kind):
    if kind:
        fields, pieces = store.signer.chunked(store.host, store.path(KEY), b"data", kind)
        body = b"".join(pieces)
    else:
        fields, body = store.signer.headers("PUT", store.host, store.path(KEY), body=b"data"), b"data"
    more = [("Content-Length", str(len(body))), ("Expect", "100-continue")]
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("PUT", store.path(KEY), [*fields, *more]))
        assert connection.interim() == 100
        connection.send(body)
        assert connection.response("PUT").status == 200
    assert store.get(KEY).body == b"data"
    wrong = [(n, v[:-1] + ("0" if v[-1] != "0" else "1")) if n == "Authorization" else (n, v) for n, v in fields]
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("PUT", store.path(KEY), [*wrong, *more]))
        answer = connection.response("PUT")
        assert answer.status == 403 and answer.interim == [], answer
    with wire.Connection(store.address) as connection:  # nor where the precondition cannot hold
        given = store.signer.headers("PUT", store.host, store.path(KEY), headers=[("If-None-Match", "*")], body=b"data")
        connection.send(wire.head("PUT", store.path(KEY), [*given, ("Content-Length", "4"), ("Expect", "100-continue")]))
        answer = connection.response("PUT")
        assert answer.status == 412 and answer.interim == [], answer


def test_documents_may_come_in_chunks_too(store):
    store.put("chunked/gone", b"x")
    document = b"<Delete><Object><Key>chunked/gone</Key></Object></Delete>"
    fields, pieces = store.signer.chunked(store.host, store.path(KEY), document, UNSIGNED_TRAILER, trailer=crc32_trailer(document))
    # signed for PUT by the helper: sign the POST of the bucket instead
    given = [(n, v) for n, v in fields if n not in ("Host", "x-amz-date", "x-amz-content-sha256", "Authorization")]
    body = b"".join(pieces)
    answer = store.call("POST", f"/{store.bucket}", [("delete", "")], given, body, UNSIGNED_TRAILER)
    assert answer.status == 200 and store.head("chunked/gone").status == 404, answer
    answer = store.call("POST", f"/{store.bucket}", [("delete", "")], given, body[:-9], UNSIGNED_TRAILER)
    assert answer.status == 400 and s3_code(answer) in ("IncompleteBody", "MalformedTrailerError"), answer
