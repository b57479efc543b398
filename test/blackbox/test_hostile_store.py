"""Siblings of SECURITY B, D, E, J, L and N at the store: the same attack by another field, encoding, parameter or method. The cases
themselves are tried in test_hostile_sigv4.py, test_store_chunked.py, test_store_names.py and test_store_xml.py."""

import pytest

import wire
from clients import s3_code
from sigv4 import UNSIGNED, encode_path

pytestmark = pytest.mark.usefixtures("no_descriptors_lost")
KEY, BODY = "siblings/a", b"0123456789"
SIGNED, UNSIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
CHUNKS = b"3\r\nabc\r\n0\r\n\r\n"


@pytest.fixture(scope="module", autouse=True)
def thing(store):
    store.put(KEY, BODY)


@pytest.fixture
def refuses(store):
    """refuses(answer, statuses, codes): it was refused, and nothing came, went or changed."""
    before = store.keys()

    def check(answer, statuses, *codes):
        assert answer.status in statuses, answer
        assert not answer.body or not codes or s3_code(answer) in codes, answer
        assert store.keys() == before and store.get(KEY).body == BODY, "a refused request changed something"
    return check


def put(store, headers=(), body=b"abc", payload=None, key="siblings/new", pairs=()):
    return store.call("PUT", store.path(key), pairs, headers, body, payload)


def begin(store, key):
    return store.call("POST", store.path(key), [("uploads", "")]).text.split("<UploadId>")[1].split("<")[0]


def at(store, method, target, path):
    """Sends the target as it is written, signed for the path that it means."""
    fields = store.signer.headers(method, store.host, path, body=b"x" if method == "PUT" else b"")
    return wire.request(store.address, method, target, fields[1:], b"x" if method == "PUT" else None)


# B: one URL, written otherwise

@pytest.mark.parametrize("write", [
    lambda t: t.replace("%2F", "%2f"), lambda t: t + "&", lambda t: t.replace("&", "&&", 1), lambda t: t.replace("?", "?&", 1),
    lambda t: t.replace("X-Amz-Signature", "X%2DAmz%2DSignature"), lambda t: t.split("?")[0] + "?" + "&".join(reversed(t.split("?")[1].split("&"))),
    lambda t: t.replace("siblings", "%73iblings")])
def test_b20_other_spellings_of_one_url_are_one_url(store, write):
    assert store.send("GET", write(store.presign("GET", KEY))).body == BODY


@pytest.mark.parametrize("write", [
    lambda t: t + "#x", lambda t: t.replace("&", ";", 1), lambda t: t.replace("?", "??", 1), lambda t: t.replace("?", "%3F", 1), lambda t: t + "+",
    lambda t: "/" + t, lambda t: t + "&=", lambda t: t + "&x-amz-meta-a=1", lambda t: t + "&X-Amz-Security-Token=", lambda t: t + "&X-Amz-Content-Sha256=" + "0" * 64,
    lambda t: t[:-64] + t[-64:].upper(), lambda t: t.replace("siblings/a", "siblings/./a"), lambda t: t.replace("siblings/a", "siblings//a"),
    lambda t: t.replace("siblings/a", "siblings%252Fa"), lambda t: t.replace("/photos/", "/PHOTOS/"), lambda t: t + "%00", lambda t: t + "\t"])
def test_b27_what_another_spelling_changes(store, refuses, write):
    target = store.presign("GET", KEY)
    while not any(c in "abcdef" for c in target[-64:]):
        target = store.presign("GET", KEY, expires=int(target.split("X-Amz-Expires=")[1].split("&")[0]) + 1)
    refuses(store.send("GET", write(target)), {400, 403})


@pytest.mark.parametrize("signed, sent", [
    (("content-length", "3"), []), (("content-type", "image/png"), []), (("content-type", "image/png"), [("Content-Type", "IMAGE/PNG")]),
    (("content-type", "image/png"), [("Content-Type", "image/png; a=b")]), (("content-type", "image/png"), [("Content-Type", "image/png"), ("Content-Type", "text/html")]),
    (("if-none-match", "*"), []), (("if-none-match", "*"), [("If-None-Match", '"x"')]), (("x-amz-meta-a", "b"), [("x-amz-meta-a", "c")])])
def test_signed_fields_must_come_as_they_were_signed(store, refuses, signed, sent):
    target = store.presign("PUT", "siblings/new", (), [signed])
    refuses(store.send("PUT", target, sent, b"abcd"), {403}, "SignatureDoesNotMatch", "AccessDenied")


@pytest.mark.parametrize("name", ["x-amz-content-sha256", "x-amz-date", "X-AMZ-META-A", "x-amz-decoded-content-length", "x-amz-trailer", "x-amz-checksum-sha256",
                                  "x-amz-sdk-checksum-algorithm", "x-amz-object-ownership", "x-amz-security-token", "x-amz-request-payer", "x-amz-mfa"])
def test_b16_b18_more_fields_that_nobody_signed(store, refuses, name):
    codes = {"x-amz-content-sha256": ["InvalidArgument"], "x-amz-security-token": ["InvalidToken"]}.get(name, ["AccessDenied"])
    refuses(store.send("PUT", store.presign("PUT", "siblings/new"), [(name, "1")], b"abc"), {400, 403}, *codes)
    refuses(store.send("GET", store.presign("GET", KEY), [(name, "1")]), {400, 403}, *codes)



def test_overrides_want_a_signature(store, refuses):
    """Nobody may say what an answer looks like but who signed it."""
    target = store.path(KEY) + "?response-content-type=text%2Fhtml"
    for method in ("GET", "HEAD"):
        refuses(store.send(method, target), {400}, "InvalidRequest")
        refuses(store.send(method, store.path("siblings/none") + "?response-expires=x&a=b"), {400}, "InvalidRequest")
        # An attempt at a signature is no less wrong for it.
        refuses(store.send(method, store.presign(method, KEY, [("response-content-type", "text/html")]).replace("X-Amz-", "x-amz-")), {403}, "AccessDenied")
    refuses(store.send("PUT", target, body=b"x"), {403}, "AccessDenied")
    refuses(store.send("GET", "/photos?response-content-type=a"), {403}, "AccessDenied")
    refuses(store.send("GET", "/not-there" + target[7:]), {404}, "NoSuchBucket")


# D: how a body is framed

@pytest.mark.parametrize("field", [("x-amz-api-version", "2006-03-01"), ("x-amz-te", "append-md5"), ("x-amz-user-agent", "aws-sdk-js/3.1"),
                                   ("x-amz-request-payer", "requester"), ("amz-sdk-invocation-id", "1"), ("x-amzn-trace-id", "Root=1")])
def test_fields_that_clients_add_of_themselves(store, field):
    """The SDKs for C++, Java, Go and JavaScript: they ask for nothing that changes the answer."""
    assert put(store, [field], key="siblings/added").status == 200
    assert store.get("siblings/added", [field]).body == b"abc"
    assert store.call("GET", "/photos", [("list-type", "2")], [field]).status == 200


def test_metadata_may_be_named_as_any_field_is(store):
    """x-amz-meta-* is the caller's own, whatever it is called."""
    names = ("expected-bucket-owner", "source-expected-bucket-owner", "acl", "grant-read", "storage-class", "tagging", "checksum-crc32")
    assert put(store, [(f"x-amz-meta-{name}", "x") for name in names], key="siblings/named").status == 200
    assert [store.head("siblings/named").get(f"x-amz-meta-{name}") for name in names] == ["x"] * len(names)


def test_fields_in_the_query_of_a_url(store):
    """Some SDKs hoist what they sign from the head into the query; it means the same there."""
    target = store.presign("PUT", "siblings/hoisted", [
        ("x-amz-meta-a", "1 2"), ("X-Amz-Meta-B", "\u00fc"), ("x-amz-tagging", "a=1&b=2"), ("x-amz-storage-class", "STANDARD"), ("x-amz-acl", "private"),
        ("x-amz-checksum-crc32", "AAAAAA=="), ("x-amz-sdk-checksum-algorithm", "CRC32")]).replace("x-amz-meta-a", "x%2Damz-meta-a")
    assert store.send("PUT", target, [("Content-Type", "text/plain")], b"hoisted").status == 200
    head = store.head("siblings/hoisted")
    assert (head.get("x-amz-meta-a"), head.get("x-amz-meta-b"), head.get("x-amz-tagging-count")) == ("1 2", "\u00fc".encode().decode("latin-1"), "2")
    assert head.get("Content-Type") == "text/plain"
    got = store.send("GET", store.presign("GET", "siblings/hoisted", [("x-amz-checksum-mode", "ENABLED")]))
    assert got.body == b"hoisted" and got.get("x-amz-checksum-crc64nvme"), got
    assert store.send("PUT", store.presign("PUT", "siblings/copied", [("x-amz-copy-source", "photos/siblings/hoisted")]), body=b"").status == 200
    assert store.get("siblings/copied").body == b"hoisted"


@pytest.mark.parametrize("pairs, status, code", [
    ([("x-amz-acl", "public-read")], 400, "AccessControlListNotSupported"), ([("x-amz-grant-read", "id=1")], 400, "AccessControlListNotSupported"),
    ([("x-amz-storage-class", "GLACIER")], 501, "NotImplemented"), ([("X-Amz-Server-Side-Encryption", "AES256")], 501, "NotImplemented"),
    ([("x-amz-object-lock-mode", "GOVERNANCE")], 501, "NotImplemented"), ([("x-amz-expected-bucket-owner", "other")], 403, "AccessDenied"),
    ([("x-amz-meta-a", "1\r\nSet-Cookie: a=b")], 400, "InvalidArgument"), ([("x-amz-meta-a: b\r\nc", "1")], 400, "InvalidArgument"),
    ([("x-amz-meta-a", "\0")], 400, "InvalidArgument"), ([("x-amz-meta-a", "x" * 2048)], 400, "MetadataTooLarge"),
    ([("x-amz-tagging", "a=1&a=2")], 400, "InvalidTag"), ([("x-amz-meta-a", "1"), ("X-Amz-Meta-A", "2")], 400, "InvalidArgument"),
    ([("x-amz-copy-source", "photos/siblings/none")], 404, "NoSuchKey")])
def test_fields_in_the_query_of_a_url_that_are_refused(store, refuses, pairs, status, code):
    refuses(store.send("PUT", store.presign("PUT", "siblings/new", pairs), body=b""), {status}, code)


def test_a_field_in_the_query_and_in_the_head(store, refuses):
    pairs, field = [("x-amz-meta-a", "1")], ("x-amz-meta-a", "2")
    refuses(store.send("PUT", store.presign("PUT", "siblings/new", pairs, [field]), [field], b"abc"), {400}, "InvalidArgument")
    refuses(store.send("PUT", store.presign("PUT", "siblings/new", pairs), [field], b"abc"), {403}, "AccessDenied")
    target = store.presign("PUT", "siblings/typed", [("Content-Type", "text/html"), ("Content-MD5", "AAAA")])  # these are nothing, as on S3
    assert store.send("PUT", target, body=b"abc").status == 200 and store.head("siblings/typed").get("Content-Type") == "binary/octet-stream"
    # Beside a signature in the head the query has no fields, as it has none on S3.
    assert put(store, key="siblings/beside", pairs=[("x-amz-meta-a", "1")]).status == 200
    assert store.head("siblings/beside").get("x-amz-meta-a") is None


@pytest.mark.parametrize("payload", [None, UNSIGNED])
@pytest.mark.parametrize("name, value", [("x-amz-trailer", "x-amz-checksum-crc32"), ("x-amz-decoded-content-length", "3"),
                                         ("x-amz-decoded-content-length", "-1"), ("x-amz-decoded-content-length", "x")])
def test_d6_a_plain_body_that_speaks_of_chunks(store, refuses, payload, name, value):
    """SDKs were seen to frame a body and to forget to say so in x-amz-content-sha256: the frame would become the object."""
    refuses(put(store, [(name, value)], CHUNKS, payload), {400}, "InvalidArgument")


def test_d6_aws_chunked_beside_a_body_without_a_hash(store, refuses):
    for encoding in ("aws-chunked", "AWS-Chunked", "gzip, aws-chunked"):
        refuses(put(store, [("Content-Encoding", encoding)], CHUNKS, UNSIGNED), {400}, "InvalidArgument")
        refuses(store.send("PUT", store.presign("PUT", "siblings/new"), [("Content-Encoding", encoding)], CHUNKS), {400}, "InvalidArgument")
    upload = begin(store, "siblings/parts")
    refuses(put(store, [("Content-Encoding", "aws-chunked")], CHUNKS, UNSIGNED, "siblings/parts", [("partNumber", "1"), ("uploadId", upload)]), {400})
    assert store.call("DELETE", store.path("siblings/parts"), [("uploadId", upload)]).status == 204
    assert put(store, [("x-amz-decoded-content-length", "3")], b"abc", UNSIGNED, "siblings/said").status == 200
    assert store.delete("siblings/said").status == 204


@pytest.mark.parametrize("payload", ["STREAMING-UNSIGNED-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", SIGNED.lower(), "UNSIGNED-PAYLOAD-TRAILER",
                                     "unsigned-payload", "STREAMING-", SIGNED + "-TRAILERS", "", "e3b0c44298fc1c14", "0" * 63, "G" * 64])
def test_d6_kinds_of_payload_that_there_are_not(store, refuses, payload):
    refuses(put(store, [("x-amz-decoded-content-length", "3")], CHUNKS, payload), {400, 403})


@pytest.mark.parametrize("bend", [
    lambda p: p[:p.index(b"=") + 1] + p[p.index(b"=") + 1:p.index(b"=") + 65].upper() + p[p.index(b"=") + 65:], lambda p: p.replace(b";chunk", b";a=b;chunk"),
    lambda p: p.replace(b"\r\n", b";a=b\r\n", 1), lambda p: p.replace(b";", b" ; ", 1), lambda p: p.replace(b"chunk-signature", b"Chunk-Signature"),
    lambda p: p.replace(b"\r\n", b";chunk-signature=" + b"0" * 64 + b"\r\n", 1), lambda p: b"4e20\r\n" + p[p.index(b"\r\n") + 2:],
    lambda p: p.replace(b"\r\n", b"\n"), lambda p: b"\r\n" + p, lambda p: p.replace(b"4e20", b"4e2"), lambda p: p.replace(b"4e20", b"4e21"),
    lambda p: b"0" * 17 + p, lambda p: p + p])
def test_d11_one_chunk_written_otherwise(store, refuses, bend):
    fields, pieces = store.signer.chunked(store.host, store.path("siblings/new"), b"d" * 20_000, SIGNED)
    refuses(wire.request(store.address, "PUT", store.path("siblings/new"), fields[1:], b"".join([bend(pieces[0]), *pieces[1:]])), {400, 403})


def test_d2_nothing_at_all_where_chunks_were_said(store, refuses):
    for length in ("0", "3"):
        refuses(put(store, [("x-amz-decoded-content-length", length)], b"", UNSIGNED_TRAILER), {400}, "IncompleteBody")


# E: keys, copies, parts

@pytest.mark.parametrize("target, path", [
    ("/photos%2Fsiblings%2Fa", "/photos/siblings/a"), ("/%70hotos/siblings/a", "/photos/siblings/a"), ("/photos/siblings/%61", "/photos/siblings/a"),
    ("/photos/siblings%2fa?", "/photos/siblings/a"), ("/photos/siblings/a?&", "/photos/siblings/a")])
def test_e1_one_key_in_other_spellings(store, target, path):
    assert at(store, "GET", target, path).body == BODY


@pytest.mark.parametrize("path", ["/photos/./siblings/a", "/photos/siblings/../siblings/a", "/photos//siblings/a", "/photos/siblings/a/", "/photos/siblings/a/.",
                                  "/photos/siblings/A", "/photos/siblings/a ", "/photos/siblings/a;x", "/photos/siblings\\a", "/photos/siblings/\u0430"])
def test_e1_other_keys_are_other_objects(store, refuses, path):
    for method in ("GET", "HEAD"):
        assert at(store, method, encode_path(path), path).status == 404
    assert at(store, "PUT", encode_path(path), path).status == 200 and at(store, "DELETE", encode_path(path), path).status == 204
    assert store.get(KEY).body == BODY


def test_e6_paths_that_name_no_bucket(store, refuses):
    for path in ("//photos/siblings/a", "/./photos/siblings/a", "/../photos/siblings/a", "/.", "/%2e", "/photos;x/siblings/a", "/photos ", "/photos%00/a"):
        refuses(at(store, "GET", encode_path(path), path), {400, 404}, "InvalidBucketName", "NoSuchBucket", "InvalidURI")


@pytest.mark.parametrize("source", ["/photos/siblings/a?versionId=", "/photos/siblings/a?versionId=null&x=1", "/photos/siblings/a?x=1", "/PHOTOS/siblings/a",
                                    "arn:aws:s3:::photos/siblings/a", "s3://photos/siblings/a", "/photos/siblings/a%", "/photos/siblings/%ff",
                                    "/photos/" + "k" * 1025, "../photos/siblings/a", "/./photos/siblings/a", "/photos%00/siblings/a"])
def test_e7_more_copy_sources(store, refuses, source):
    refuses(put(store, [("x-amz-copy-source", source)], b""), {400}, "InvalidArgument")


@pytest.mark.parametrize("source", ["/photos/siblings/a#x", "/photos//siblings/a", "/photos/siblings/a/", "/photos/siblings/a+", "/photos/siblings/a,/photos/siblings/a",
                                    "/photos/siblings/a%3FversionId=null", "/photos/siblings/./a", "/photos/siblings/%2e%2e/siblings/a"])
def test_e7_sources_are_opaque_keys(store, refuses, source):
    refuses(put(store, [("x-amz-copy-source", source)], b""), {404}, "NoSuchKey")


def test_e7_a_source_counts_where_something_is_copied_and_nowhere_else(store, refuses):
    given = [("x-amz-copy-source", "/photos/none")]
    assert store.call("GET", store.path(KEY), (), given).body == BODY
    assert store.call("HEAD", store.path(KEY), (), given).status == 200
    store.put("siblings/mine", b"mine")
    assert store.call("PUT", store.path("siblings/mine"), (), [("x-amz-copy-source", "/photos/" + KEY)], b"and a body").status == 200
    assert store.get("siblings/mine").body == BODY
    assert store.delete("siblings/mine").status == 204


def test_e13_only_parts_are_copied_from_a_range(store, refuses):
    refuses(put(store, [("x-amz-copy-source", "/photos/" + KEY), ("x-amz-copy-source-range", "bytes=0-1")], b""), {400}, "InvalidArgument")


def test_e8_e9_a_part_and_its_upload_belong_together(store, refuses):
    upload = begin(store, "siblings/up")
    refuses(put(store, key=KEY, pairs=[("partNumber", "1")]), {400}, "InvalidArgument")
    refuses(put(store, key="siblings/up", pairs=[("uploadId", upload)]), {400}, "InvalidArgument")
    for more in (("uploads", ""), ("acl", ""), ("tagging", ""), ("uploadId", upload)):
        for method in ("GET", "PUT", "POST", "DELETE"):
            refuses(store.call(method, store.path("siblings/up"), [("uploadId", upload), more]), {400}, "InvalidArgument")
    for other in (upload.upper(), upload + " ", upload + "\u200b", upload[:-1], "%" + upload):
        refuses(put(store, key="siblings/up", pairs=[("partNumber", "1"), ("uploadId", other)]), {404}, "NoSuchUpload")
    for number in ("1 ", " 1", "\u0661", "1e0", "0x1", "+1", "1,2", "00001", "4294967297"):
        refuses(put(store, key="siblings/up", pairs=[("partNumber", number), ("uploadId", upload)]), {400}, "InvalidArgument")
    for method in ("GET", "HEAD", "POST", "DELETE"):
        refuses(store.call(method, store.path("siblings/up"), [("partNumber", "1"), ("uploadId", upload)]), {405}, "MethodNotAllowed")
    for name, value in (("max-parts", "-1"), ("max-parts", "1.0"), ("part-number-marker", "x"), ("part-number-marker", "99999999999")):
        refuses(store.call("GET", store.path("siblings/up"), [("uploadId", upload), (name, value)]), {400}, "InvalidArgument")
    assert store.call("DELETE", store.path("siblings/up"), [("uploadId", upload)]).status == 204


@pytest.mark.parametrize("pairs, status, code", [
    ([("partNumber", "0")], 400, "InvalidArgument"), ([("partNumber", "2")], 400, "InvalidPart"), ([("versionId", "NULL")], 404, "NoSuchVersion"),
    ([("versionId", "")], 400, "InvalidArgument"), ([("versionId", "null"), ("versionId", "null")], 400, "InvalidArgument"),
    ([("torrent", "")], 501, "NotImplemented"), ([("retention", "")], 501, "NotImplemented")])
def test_parameters_of_an_object(store, refuses, pairs, status, code):
    refuses(store.call("GET", store.path(KEY), pairs), {status}, code)
    if pairs[0][0] == "versionId":
        refuses(store.call("DELETE", store.path(KEY), pairs), {status}, code)


def test_what_makes_a_version_takes_none(store, refuses):
    upload = begin(store, "siblings/up")
    for version in ("null", "", "x"):
        for method, more in (("PUT", []), ("PUT", [("partNumber", "1"), ("uploadId", upload)]), ("POST", [("uploads", "")]),
                             ("POST", [("uploadId", upload)]), ("GET", [("uploadId", upload)]), ("DELETE", [("uploadId", upload)])):
            refuses(store.call(method, store.path("siblings/up"), [*more, ("versionId", version)], body=b"x"), {400}, "InvalidArgument")
    assert store.call("DELETE", store.path("siblings/up"), [("uploadId", upload)]).status == 204
    assert store.call("PUT", store.path(KEY), [("tagging", ""), ("versionId", "null")], body=b"<Tagging><TagSet/></Tagging>").status == 200


# What S3 has of a bucket and of an object, and this store has not, is 501; a method that S3 has not of it is 405.
OF_BUCKET = {"abac": "GP", "accelerate": "GP", "acl": "GP", "analytics": "GPD", "cors": "GPD", "delete": "O", "encryption": "GPD",
             "intelligent-tiering": "GPD", "inventory": "GPD", "lifecycle": "GPD", "location": "G", "logging": "GP",
             "metadataConfiguration": "GOD", "metadataInventoryTable": "P", "metadataJournalTable": "P", "metadataTable": "GOD", "metrics": "GPD",
             "notification": "GP", "object-lock": "GP", "ownershipControls": "GPD", "policy": "GPD", "policyStatus": "G",
             "publicAccessBlock": "GPD", "replication": "GPD", "requestPayment": "GP", "session": "G", "tagging": "GPD", "uploads": "G",
             "versioning": "GP", "versions": "G", "website": "GPD", "signpost-withdrawals": "O", "signpost-fetches": "O"}
OF_OBJECT = {"acl": "GP", "attributes": "G", "legal-hold": "GP", "renameObject": "P", "restore": "O", "retention": "GP", "select": "O",
             "tagging": "GPD", "torrent": "G", "uploadId": "GPOD", "uploads": "O"}
METHODS = {"GET": "G", "HEAD": "H", "PUT": "P", "POST": "O", "DELETE": "D"}


@pytest.mark.parametrize("path, table", [("/photos", OF_BUCKET), ("/photos/" + KEY, OF_OBJECT)], ids=["bucket", "object"])
@pytest.mark.parametrize("method", METHODS)
def test_methods_that_a_subresource_has_not(store, refuses, path, table, method):
    for name, methods in table.items():
        if METHODS[method] not in methods:
            answer = store.call(method, path, [(name, "")])
            refuses(answer, {405}, "MethodNotAllowed")
            assert set(answer.get("Allow").split(", ")) == {m for m in METHODS if METHODS[m] in methods} | {"OPTIONS"}, (name, answer)


@pytest.mark.parametrize("path, names", [
    ("/photos", ["abac", "accelerate", "analytics", "encryption", "inventory", "lifecycle", "logging", "notification", "policy", "replication", "website"]),
    ("/photos/" + KEY, ["legal-hold", "retention"])], ids=["bucket", "object"])
def test_subresources_that_the_store_lacks(store, refuses, path, names):
    for name in names:
        refuses(store.call("GET", path, [(name, "")]), {501}, "NotImplemented")
        for body in (b"<x/>", b""):
            refuses(store.call("PUT", path, [(name, "")], body=body), {501}, "NotImplemented")


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "LINK", "PROPFIND", "QUERY", "get", "Put", "POST"])
def test_methods_that_an_object_has_not(store, refuses, method):
    answer = store.call(method, store.path(KEY))
    refuses(answer, {405}, "MethodNotAllowed")
    assert answer.get("Allow") == "GET, HEAD, PUT, DELETE, OPTIONS"


@pytest.mark.parametrize("path, allowed", [("/", "GET, OPTIONS"), ("/photos", "GET, HEAD, PUT, POST, DELETE, OPTIONS")])
def test_methods_that_a_service_and_a_bucket_have_not(store, refuses, path, allowed):
    for method in ("PATCH", *(m for m in METHODS if m not in allowed)):
        answer = store.call(method, path)
        refuses(answer, {405}, "MethodNotAllowed")
        assert answer.get("Allow") == allowed, answer


# L10: lists

@pytest.mark.parametrize("pairs", [
    [("max-keys", "2147483648")], [("max-keys", "-1")], [("max-keys", "1.0")], [("max-keys", "+1")], [("max-keys", "9" * 30)], [("max-keys", "\u0661")], [("max-keys", "0x5")],
    [("delimiter", "x" * 5000)], [("prefix", "x" * 1025)], [("prefix", "\u00fc" * 600)], [("prefix", "a\0")], [("marker", "x" * 2000)], [("marker", "\0")],
    [("encoding-type", "URL")], [("encoding-type", "base64")], [("list-type", "3")], [("list-type", "")], [("list-type", "02")], [("list-type", "2"), ("list-type", "2")],
    [("prefix", "a"), ("prefix", "b")], [("list-type", "2"), ("continuation-token", "x")], [("list-type", "2"), ("continuation-token", "//../")],
    [("list-type", "2"), ("start-after", "x" * 2000)], [("uploads", ""), ("max-uploads", "-1")], [("versions", ""), ("version-id-marker", "null")],
    [("location", ""), ("acl", "")], [("versions", ""), ("uploads", "")]])
def test_l10_lists_that_cannot_be(store, refuses, pairs):
    refuses(store.call("GET", "/photos", pairs), {400}, "InvalidArgument", "InvalidURI")


def test_l10_odd_lists_that_can_be(store):
    for pairs in ([("max-keys", "0")], [("delimiter", "")], [("encoding-type", "")], [("max-keys", "")], [("prefix", "")], [("delimiter", "siblings/a")],
                  [("delimiter", "\u00fc")], [("max-keys", "1000000")], [("unknown", "x")], [("ACL", "")], [("list-type", "2"), ("fetch-owner", "yes")]):
        answer = store.call("GET", "/photos", pairs)
        assert answer.status == 200, (pairs, answer)
        assert "<MaxKeys>1000000" not in answer.text


# N: documents that two readers would read differently

@pytest.mark.parametrize("document", [
    "<Object><Key>siblings/none</Key><Key>siblings/a</Key></Object>", "<Object><Key>siblings/a</Key><VersionId>null</VersionId><VersionId>x</VersionId></Object>",
    "<Quiet>true</Quiet><Quiet>false</Quiet><Object><Key>siblings/a</Key></Object>", "<Object a='1' a='2'><Key>siblings/a</Key></Object>",
    "<s:Object xmlns:s='http://s3.amazonaws.com/doc/2006-03-01/'><s:Key>siblings/a</s:Key></s:Object>", "<object><key>siblings/a</key></object>",
    "<Object><Key>&#xFFFFFFFF;</Key></Object>", "<Object " + " ".join(f"a{i}=''" for i in range(40)) + "><Key>siblings/a</Key></Object>",
    "<Object><Key>siblings/a</Key><Key/></Object>"])
def test_n4_deletions_of_which(store, refuses, document):
    refuses(store.call("POST", "/photos", [("delete", "")], body=f"<Delete>{document}</Delete>".encode()), {400}, "MalformedXML")


@pytest.mark.parametrize("pairs, document", [
    ([("tagging", "")], "<Tagging><TagSet><Tag><Key>a</Key><Key>b</Key><Value>1</Value></Tag></TagSet></Tagging>"),
    ([("tagging", "")], "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value><Value>2</Value></Tag></TagSet></Tagging>"),
    ([("tagging", "")], "<Tagging><TagSet/><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"),
    ([("acl", "")], "<AccessControlPolicy><AccessControlList/><AccessControlList><Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>"
                    "</Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"),
    ([("acl", "")], "<AccessControlPolicy><AccessControlList><Grant><Grantee><ID>root</ID><ID>x</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>"
                    "</AccessControlList></AccessControlPolicy>"),
    ([("acl", "")], "<AccessControlPolicy><AccessControlList><Grant><Grantee><ID>root</ID></Grantee><Permission>FULL_CONTROL</Permission>"
                    "<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>")])
def test_n4_what_stands_twice(store, refuses, pairs, document):
    refuses(store.call("PUT", store.path(KEY), pairs, body=document.encode()), {400}, "MalformedXML")
    refuses(store.call("PUT", "/photos", pairs, body=document.encode()), {400}, "MalformedXML")
    assert "<Tag>" not in store.call("GET", store.path(KEY), [("tagging", "")]).text


def test_n4_a_part_that_stands_twice(store, refuses):
    upload = begin(store, "siblings/twice")
    at_upload = ("POST", store.path("siblings/twice"), [("uploadId", upload)])
    etag = put(store, key="siblings/twice", pairs=[("partNumber", "1"), ("uploadId", upload)]).get("ETag")
    one = f"<PartNumber>1</PartNumber><ETag>{etag}</ETag>"
    for part in (one + "<PartNumber>2</PartNumber>", one + '<ETag>"x"</ETag>', '<ETag>"x"</ETag>' + one, one + one):
        refuses(store.call(*at_upload, body=f"<CompleteMultipartUpload><Part>{part}</Part></CompleteMultipartUpload>".encode()), {400}, "MalformedXML")
    for more, status, code in ((b"<Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>", 501, "NotImplemented"), (b"<x/>", 400, "MalformedXML"),
                               (b"<Bucket><Type>Directory</Type></Bucket>", 501, "NotImplemented")):  # not made without what was asked for
        document = b"<CreateBucketConfiguration>\n  <LocationConstraint>us-east-1</LocationConstraint>\n  " + more + b"</CreateBucketConfiguration>"
        refuses(store.call("PUT", "/siblings-region", body=document), {status}, code)
        assert store.call("HEAD", "/siblings-region").status == 404
    refuses(store.call("PUT", "/siblings-region", body=b"<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint>"
                                                       b"<LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"), {400}, "MalformedXML")
    assert store.call("HEAD", "/siblings-region").status == 404
    assert store.call("DELETE", *at_upload[1:]).status == 204


def test_n1_a_document_like_the_ones_that_clients_send_is_read(store):
    document = ('<?xml version="1.0" encoding="UTF-8"?>\n<!-- a comment --><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\n  <Quiet>false</Quiet>\n'
                "  <Object><Key><![CDATA[siblings/x]]></Key></Object>\n  <Object><VersionId>null</VersionId><Key>siblings/&#x79;</Key></Object>\n</Delete>\n")
    answer = store.call("POST", "/photos", [("delete", "")], body=document.encode())
    assert answer.status == 200 and answer.text.count("<Deleted>") == 2 and "siblings/y" in answer.text, answer


@pytest.mark.parametrize("rule", [
    "<AllowedOrigin>https://*.a.*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>", "<AllowedOrigin></AllowedOrigin><AllowedMethod>GET</AllowedMethod>",
    "<AllowedOrigin>https://a&#13;&#10;X: y</AllowedOrigin><AllowedMethod>GET</AllowedMethod>", "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>get</AllowedMethod>",
    "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>OPTIONS</AllowedMethod>", "<AllowedOrigin>*</AllowedOrigin>",
    "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>-1</MaxAgeSeconds>",
    "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>1</MaxAgeSeconds><MaxAgeSeconds>2</MaxAgeSeconds>",
    "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><ExposeHeader>*</ExposeHeader>",
    "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><ExposeHeader>a b</ExposeHeader>",
    "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>a&#10;b</AllowedHeader>",
    "<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><Foo/>"])
def test_j6_rules_of_cors_that_are_none(store, refuses, rule):
    document = f"<CORSConfiguration><CORSRule>{rule}</CORSRule></CORSConfiguration>"
    refuses(store.call("PUT", "/photos", [("cors", "")], body=document.encode()), {400}, "InvalidRequest", "MalformedXML")
    assert store.call("GET", "/photos", [("cors", "")]).status == 404


@pytest.mark.parametrize("headers, code", [
    ([("x-amz-grant-read", "id=x")], "AccessControlListNotSupported"), ([("x-amz-acl", "public-read-write")], "AccessControlListNotSupported"),
    ([("x-amz-acl", "Private")], "AccessControlListNotSupported"), ([("x-amz-expected-bucket-owner", "x")], "AccessDenied"),
    ([("x-amz-storage-class", "GLACIER")], "NotImplemented"), ([("x-amz-server-side-encryption", "aws:kms")], "NotImplemented"),
    ([("x-amz-server-side-encryption-customer-algorithm", "AES256")], "NotImplemented"), ([("x-amz-object-lock-mode", "GOVERNANCE")], "NotImplemented"),
    ([("x-amz-object-lock-legal-hold", "ON")], "NotImplemented"), ([("x-amz-website-redirect-location", "https://evil.example")], "NotImplemented"),
    ([("x-amz-write-offset-bytes", "1")], "NotImplemented"), ([("x-amz-rename-source", "/photos/a")], "NotImplemented")])
def test_what_is_not_kept_is_not_promised(store, refuses, headers, code):
    """An object is not stored as if it were encrypted, locked, public or cold."""
    for key in ("siblings/new", KEY):
        refuses(put(store, headers, key=key), {400, 403, 501}, code)
    refuses(store.call("POST", store.path("siblings/new"), [("uploads", "")], headers), {400, 403, 501}, code)


def test_a_piece_is_not_taken_for_the_whole(store, refuses):
    for value in ("bytes 0-4/100", "bytes 0-0/*", "bytes */100", "x"):
        refuses(put(store, [("Content-Range", value)], key=KEY), {501}, "NotImplemented")


def test_a_list_that_lets_nobody_in_is_not_the_one_there_is(store, refuses):
    document = b"<AccessControlPolicy><AccessControlList/></AccessControlPolicy>"
    for path in ("/photos", store.path(KEY)):
        refuses(store.call("PUT", path, [("acl", "")], body=document), {400}, "AccessControlListNotSupported")
