"""SECURITY N on the store: documents that are hostile, and listings that stay XML whatever the keys are."""

import time
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import pytest

from clients import s3_code

MIB = 1024 * 1024
LAUGHS = (b'<!DOCTYPE l [<!ENTITY a "ha">' + b"".join(b'<!ENTITY %c "%s">' % (b"bcdefghij"[i], b"&%c;" % b"abcdefghi"[i] * 10) for i in range(9)) +
          b"]><%s>&j;</%s>")
DOCUMENTS = {
    "CompleteMultipartUpload": b"<Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part>",
    "Delete": b"<Object><Key>%s</Key></Object>",
    "CORSConfiguration": b"<CORSRule><AllowedOrigin>%s</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>",
    "Tagging": b"<TagSet><Tag><Key>k</Key><Value>%s</Value></Tag></TagSet>",
    "AccessControlPolicy": b"<AccessControlList><Grant><Grantee><ID>%s</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList>",
    "CreateBucketConfiguration": b"<LocationConstraint>%s</LocationConstraint>"}


@pytest.fixture(scope="module")
def send(store):
    upload = store.call("POST", store.path("xml/upload"), [("uploads", "")]).text.split("<UploadId>")[1].split("<")[0]
    store.put("xml/kept", b"kept")
    places = {
        "CompleteMultipartUpload": ("POST", store.path("xml/upload"), [("uploadId", upload)]), "Delete": ("POST", "/photos", [("delete", "")]),
        "CORSConfiguration": ("PUT", "/photos", [("cors", "")]), "Tagging": ("PUT", store.path("xml/kept"), [("tagging", "")]),
        "AccessControlPolicy": ("PUT", "/photos", [("acl", "")]), "CreateBucketConfiguration": ("PUT", "/xml-bucket", [])}

    def to(root, body):
        method, path, pairs = places[root]
        begun = time.monotonic()
        answer = store.call(method, path, pairs, body=body)
        return answer, time.monotonic() - begun
    return to


def whole(root, text=b"x"):
    name = root.encode()
    return b"<%s>" % name + DOCUMENTS[root] % text + b"</%s>" % name


def refused(answer, *codes):
    assert answer.status == 400 and s3_code(answer) in (codes or ("MalformedXML",)), answer


@pytest.mark.parametrize("root", DOCUMENTS)
def test_n1_n2_document_types_and_entities(send, root):
    name = root.encode()
    for head in (LAUGHS % (name, name), b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + whole(root, b"&e;"),
                 b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">' + whole(root), b"<!DOCTYPE x>" + whole(root), whole(root, b"&unknown;"),
                 b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>' + whole(root)):
        answer, seconds = send(root, head)
        refused(answer)
        assert seconds < 1 and b"root:" not in answer.body


@pytest.mark.parametrize("root", DOCUMENTS)
def test_n3_depth_and_attributes(send, root):
    name = root.encode()
    for inner in (b"<a>" * 10_000 + b"</a>" * 10_000, b"<a>" * 200_000, b"<a " + b" ".join(b"a%d='1'" % i for i in range(20_000)) + b" a0=''"):
        answer, seconds = send(root, b"<%s>%s</%s>" % (name, inner, name))
        refused(answer, "MalformedXML", "MaxMessageLengthExceeded")
        assert seconds < 2


@pytest.mark.parametrize("root", DOCUMENTS)
@pytest.mark.parametrize("bend", [
    lambda d: d.decode().encode("utf-16"), lambda d: b'<?xml version="1.0" encoding="UTF-16"?>' + d,
    lambda d: b'<?xml version="1.0" encoding="UTF-7"?>' + d, lambda d: b'<?xml version="1.0" encoding="cp037"?>' + d.decode().encode("cp037"),
    lambda d: d.replace(b"x", b"\0"), lambda d: d.replace(b"x", b"\xff\xfe"), lambda d: d.replace(b"x", b"&#0;"), lambda d: d.replace(b"x", b"&#xD800;"),
    lambda d: d + d, lambda d: d[:-1], lambda d: b"{}", lambda d: d + b"junk"])
def test_n4_encodings_and_what_is_not_xml(send, root, bend):
    answer, _ = send(root, bend(whole(root)))
    refused(answer)


def test_n4_a_byte_order_mark_of_utf_8_is_fine(send, store):
    answer, _ = send("Tagging", b"\xef\xbb\xbf" + b'<?xml version="1.0" encoding="utf-8"?>' + whole("Tagging", b"bom"))
    assert answer.status == 200, answer
    assert "bom" in store.call("GET", store.path("xml/kept"), [("tagging", "")]).text


def test_n5_lists_of_keys(send, store):
    def many(count):
        return b"<Delete>" + b"".join(b"<Object><Key>xml/none-%d</Key></Object>" % i for i in range(count)) + b"</Delete>"
    refused(send("Delete", many(1001))[0])
    answer, _ = send("Delete", many(1000))
    assert answer.status == 200 and answer.text.count("<Deleted>") == 1000
    refused(send("Delete", whole("Delete", b"a&#0;b"))[0])
    refused(send("Delete", b"<Delete></Delete>")[0])
    refused(send("Delete", b"<Delete><Object/></Delete>")[0])
    assert store.get("xml/kept").body == b"kept"


@pytest.mark.parametrize("root", DOCUMENTS)
def test_n6_too_long(send, root):
    most = {"CompleteMultipartUpload": 2 * MIB, "CORSConfiguration": 64 * 1024}.get(root, MIB)
    answer, seconds = send(root, whole(root) + b" " * most)
    assert seconds < 2
    refused(answer, "MaxMessageLengthExceeded")


CONTROLS = "".join(chr(c) for c in range(1, 32)) + "\x7f"
NASTY = ["xml/n9/&<>\"'", "xml/n9/]]>", "xml/n9/\U0001f600\U00010000", "xml/n9/\u2028\ufffe", "xml/n9/a\rb\nc\td", "xml/n9/&amp;", "xml/n9/" + CONTROLS]


def test_n9_listings_of_any_key(store):
    for key in NASTY:
        store.put(key, b"x")
    encoded = store.call("GET", "/photos", [("list-type", "2"), ("prefix", "xml/n9/"), ("encoding-type", "url")])
    keys = [unquote(e.findtext("{*}Key")) for e in ElementTree.fromstring(encoded.body).findall(".//{*}Contents")]
    assert keys == sorted(NASTY, key=lambda k: k.encode())
    plain = [k for k in NASTY if k.isprintable() or "\r" in k and "\x01" not in k]
    for query in ([("list-type", "2")], [], [("versions", "")]):
        for key in plain:
            answer = store.call("GET", "/photos", [*query, ("prefix", key)])
            listed = [e.text for e in ElementTree.fromstring(answer.body).findall(".//{*}Key")]
            assert listed == [key], (key, answer.text)
    gone = b"".join(b"<Object><Key>" + b"".join(b"&#%d;" % ord(c) for c in key) + b"</Key></Object>" for key in NASTY)
    answer = store.call("POST", "/photos", [("delete", "")], body=b"<Delete><Quiet>true</Quiet>" + gone + b"</Delete>")
    assert answer.status == 200 and "<Error>" not in answer.text, answer
    assert not [k for k in store.keys() if k.startswith("xml/n9/")]


@pytest.mark.parametrize("code", [*range(1, 9), *range(11, 32), 0xFFFE, 0xFFFF], ids=hex)
def test_n9_characters_that_xml_has_not_are_references(store, code):
    """None stands raw in a document, whatever names it: a reader can tell at least which character it was."""
    character, reference = chr(code), f"&#x{code:X};".encode()
    key, beside = f"xml/has-not/{code}/a{character}b", f"xml/has-not/{code}/\ufffd\uf000"
    store.put(key, b"x", headers=[("x-amz-tagging", "t=" + quote(character))] if code > 31 else [])
    store.put(beside, b"x")
    folder = f"xml/has-not/{code}/"
    for query in ([("list-type", "2")], [], [("versions", "")]):
        for more in ([("prefix", folder)], [("prefix", folder), ("delimiter", character)], [("prefix", folder + "a" + character)]):
            answer = store.call("GET", "/photos", [*query, *more])
            assert answer.status == 200 and character.encode() not in answer.body and reference in answer.body, (query, more, answer)
            assert ("\ufffd\uf000".encode() in answer.body) == (len(more[0][1]) == len(folder)), answer
    upload = store.call("POST", store.path(key), [("uploads", "")])
    uploads = store.call("GET", "/photos", [("uploads", ""), ("prefix", folder)])
    for answer in (upload, uploads, *([store.call("GET", store.path(key), [("tagging", "")])] if code > 31 else [])):
        assert answer.status == 200 and character.encode() not in answer.body and reference in answer.body, answer


def test_errors_are_xml_whatever_was_asked_for(store):
    for key in [*NASTY, "xml/n9/\uffff"]:
        answer = store.get(key + "-none")
        assert answer.status == 404 and s3_code(answer) == "NoSuchKey"
