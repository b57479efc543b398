"""The life of an upload: created, stored by pre-signed PUT or by proxy, completed; and everything that may go wrong."""

import base64
import gzip
import hashlib
import json
import threading
import time
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

import wire
from clients import SECRETS, digest, problem, s3_code
from conftest import app_token
from samples import noise, pdf, png

DATA = png(seed=3)


@pytest.fixture(scope="module")
def uma(gateway):
    return gateway.bearing(app_token("uma"))


@pytest.fixture
def created(uma):
    """A file that awaits DATA."""
    return uma.create("a.png", "image/png", len(DATA), sha256=digest(DATA))


def moment(text):
    assert text.endswith("Z"), text
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def state_of(uma, created):
    answer = uma.get(f"/v1/files/{created['file']['id']}")
    return answer.json()["state"] if answer.status == 200 else answer.status


def test_what_create_answers(uma, served):
    answer = uma.call("POST", "/v1/files", json_body={"name": "a.png", "content_type": "image/png", "size": len(DATA),
                                                      "sha256": digest(DATA)})
    assert answer.status == 201 and answer.get("Content-Type").startswith("application/json"), answer
    assert answer.get("Cache-Control") == "no-store"
    file, upload = answer.json()["file"], answer.json()["upload"]
    SECRETS.of_url(upload["url"])
    assert set(file) >= {"id", "name", "content_type", "size", "sha256", "state", "owner", "album", "metadata", "width",
                         "height", "created_at", "updated_at"}
    assert file["state"] == "pending" and file["owner"] == "user:app:uma" and file["album"] is None
    assert file["name"] == "a.png" and file["content_type"] == "image/png"
    assert isinstance(file["id"], str) and len(file["id"]) >= 16
    assert abs((moment(file["created_at"]) - datetime.now(timezone.utc)).total_seconds()) < 60
    assert upload["type"] == "put" and upload["method"] == "PUT" and moment(upload["expires_at"])
    assert not {"host", "content-length"} & {name.lower() for name in upload["headers"]}
    assert upload["url"].startswith(served.store_url + "/")
    query = parse_qs(urlsplit(upload["url"]).query)
    signed = set(query["X-Amz-SignedHeaders"][0].split(";"))
    assert {"host", "content-length", "content-type", "x-amz-checksum-sha256"} <= signed
    assert not [n for n in query if n.lower().startswith(("x-amz-checksum", "content-"))], "hoisted into the query"
    given = {name.lower(): value for name, value in upload["headers"].items()}
    assert given["content-type"] == "image/png"
    assert given["x-amz-checksum-sha256"] == base64.b64encode(hashlib.sha256(DATA).digest()).decode()
    # the key tells nothing and is not the name (rule 4)
    assert "a.png" not in upload["url"] and "uma" not in upload["url"]


def test_a_photo_goes_up_and_comes_down(uma, created):
    stored = uma.put(created["upload"], DATA)
    assert stored.status == 200, stored
    done = uma.complete(created["file"]["id"])
    assert done.status == 200, done
    file = done.json()["file"]
    assert file["state"] == "ready" and file["size"] == len(DATA) and file["sha256"] == digest(DATA)
    assert uma.get(f"/v1/files/{file['id']}").json() == file
    redirect = uma.get(f"/files/{file['id']}")
    assert redirect.status == 302 and wire.fetch(redirect.get("Location")).body == DATA
    assert uma.get(f"/files/{file['id']}?delivery=proxy").body == DATA


def test_without_a_hash(uma):
    file = uma.upload(DATA, "b.png", "image/png")
    assert file["sha256"] in (None, digest(DATA))


def test_nothing_is_something(uma):
    file = uma.upload(b"", "empty.txt", "text/plain")
    assert uma.get(f"/files/{file['id']}?delivery=proxy").body == b""
    assert wire.fetch(uma.signed_url(file["id"])["url"]).body == b""


def test_a_pending_file_has_no_content(uma, created):
    for path in ("/files/{}", "/files/{}?delivery=proxy", "/v1/files/{}/url", "/v1/files/{}/content"):
        answer = uma.get(path.format(created["file"]["id"]))
        assert answer.status in (404, 409), (path, answer)
        problem(answer, answer.status)


# Refused by the store: what the signature holds

def refused_by_store(uma, created, data, headers, statuses, codes):
    answer = uma.put(created["upload"], data, headers)
    assert answer.status in statuses and s3_code(answer) in codes, answer
    problem(uma.complete(created["file"]["id"]), 409)


def test_wrong_size(uma):
    for data in (DATA + b"x", DATA[:-1], b""):
        created = uma.create("a.png", "image/png", len(DATA))
        refused_by_store(uma, created, data, None, {403}, {"SignatureDoesNotMatch"})


def test_size_that_lies(uma):
    """The announced length is right and the bytes stop short: nothing is stored."""
    created = uma.create("a.png", "image/png", len(DATA))
    upload = created["upload"]
    with wire.Connection(wire.address_of(upload["url"])) as connection:
        fields = [("Host", wire.address_of(upload["url"]).authority), *upload["headers"].items(), ("Content-Length", str(len(DATA)))]
        connection.send(wire.head("PUT", wire.target_of(upload["url"]), fields) + DATA[:-5])
        connection.half_close()
        answer = connection.response(timeout=10)
        assert answer is None or 400 <= answer.status < 500, answer
    problem(uma.complete(created["file"]["id"]), 409)


@pytest.mark.parametrize("content_type", ["text/html", "image/jpeg", "IMAGE/PNG", "image/png; charset=utf-8", None])
def test_wrong_type(uma, content_type):
    created = uma.create("a.png", "image/png", len(DATA))
    headers = [(n, v) for n, v in created["upload"]["headers"].items() if n.lower() != "content-type"]
    if content_type is not None:
        headers.append(("Content-Type", content_type))
    refused_by_store(uma, created, DATA, headers, {400, 403}, {"SignatureDoesNotMatch", "AccessDenied", "InvalidRequest"})


def test_wrong_hash(uma, created):
    other = bytes([DATA[0]]) + bytes(len(DATA) - 1)
    refused_by_store(uma, created, other, None, {400}, {"BadDigest", "XAmzContentSHA256Mismatch", "InvalidRequest"})


def test_hash_header_changed_or_left_out(uma):
    other = bytes(len(DATA))
    right = base64.b64encode(hashlib.sha256(other).digest()).decode()
    for value in (right, None):
        created = uma.create("a.png", "image/png", len(DATA), sha256=digest(DATA))
        headers = [(n, v) for n, v in created["upload"]["headers"].items() if n.lower() != "x-amz-checksum-sha256"]
        headers += [("x-amz-checksum-sha256", value)] if value else []
        refused_by_store(uma, created, other, headers, {400, 403}, {"SignatureDoesNotMatch", "AccessDenied", "InvalidRequest"})


def test_more_than_was_signed(uma, created):
    for extra in (("x-amz-meta-a", "b"), ("x-amz-acl", "public-read"), ("x-amz-copy-source", "/signpost/x")):
        answer = uma.put(created["upload"], DATA, [*created["upload"]["headers"].items(), extra])
        assert answer.status == 403 and s3_code(answer) == "AccessDenied", answer
    problem(uma.complete(created["file"]["id"]), 409)


def test_other_method_or_key_with_the_upload_url(uma, created):
    url, headers = created["upload"]["url"], list(created["upload"]["headers"].items())
    for method in ("GET", "HEAD", "DELETE"):
        assert wire.fetch(url, method, headers).status == 403
    path, query = url.split("?")
    assert wire.fetch(f"{path}x?{query}", "PUT", headers, DATA).status == 403


# Completion

def test_complete_without_bytes(uma, created):
    problem(uma.complete(created["file"]["id"]), 409)


def test_complete_twice(uma, created):
    uma.put(created["upload"], DATA)
    first, second = uma.complete(created["file"]["id"]), uma.complete(created["file"]["id"])
    assert first.status == 200 and second.status == 200, (first, second)
    assert first.json()["file"]["id"] == second.json()["file"]["id"] and second.json()["file"]["state"] == "ready"


def test_complete_at_the_same_time(uma):
    created = uma.create("a.png", "image/png", len(DATA))
    uma.put(created["upload"], DATA)
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(uma.complete(created["file"]["id"]).status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 8 and set(statuses) <= {200, 409} and 200 in statuses, statuses
    assert state_of(uma, created) == "ready"


def test_an_upload_by_proxy_replaces_nothing(uma):
    created = uma.create("a.png", "image/png", len(DATA))
    answer = uma.call("PUT", f"/v1/files/{created['file']['id']}/content", body=DATA, headers=[("If-Match", "*")])
    assert answer.status == 412 and state_of(uma, created) == "pending", answer


def test_a_completed_file_cannot_be_swapped(uma):
    other = png(seed=4)
    assert len(other) != 0
    created = uma.create("a.png", "image/png", len(DATA))
    assert uma.put(created["upload"], DATA).status == 200
    same_length = DATA[:-1] + bytes([DATA[-1] ^ 1])
    answer = uma.put(created["upload"], same_length)  # before complete already
    assert answer.status in (403, 412), answer
    assert uma.complete(created["file"]["id"]).status == 200
    answer = uma.put(created["upload"], same_length)
    assert answer.status in (403, 412), answer
    assert uma.get(f"/files/{created['file']['id']}?delivery=proxy").body == DATA
    assert wire.fetch(uma.signed_url(created["file"]["id"])["url"]).body == DATA


def test_first_bytes_decide(uma):
    """A type that does not fit its bytes is never promoted to one that a browser runs."""
    for data, declared in [(b"<html><script>alert(1)</script></html>", "image/png"), (b"<svg onload=alert(1)>", "image/jpeg"),
                           (b"%PDF-1.4 not a picture", "image/gif")]:
        created = uma.create("a.png", declared, len(data))
        assert uma.put(created["upload"], data).status == 200
        done = uma.complete(created["file"]["id"])
        assert done.status in (200, 409), done
        if done.status == 409:
            problem(done, 409)
            continue
        assert done.json()["file"]["content_type"] not in ("text/html", "image/svg+xml", declared)
        served = uma.get(f"/files/{created['file']['id']}?delivery=proxy&disposition=inline")
        assert "html" not in served.get("Content-Type") and "svg" not in served.get("Content-Type")
        assert served.get("X-Content-Type-Options") == "nosniff"


def test_an_upload_url_ends(gateway, uma):
    """Expiry is what the URL itself says; a changed one is refused."""
    created = uma.create("a.png", "image/png", len(DATA))
    url = created["upload"]["url"]
    headers = list(created["upload"]["headers"].items())
    expires = parse_qs(urlsplit(url).query)["X-Amz-Expires"][0]
    assert 1 <= int(expires) <= 12 * 3600
    longer = url.replace(f"X-Amz-Expires={expires}", f"X-Amz-Expires={int(expires) + 1}")
    assert wire.fetch(longer, "PUT", headers, DATA).status == 403


# By proxy

def proxied(uma, created, data, content_type="image/png", headers=()):
    return uma.call("PUT", f"/v1/files/{created['file']['id']}/content", data, [("Content-Type", content_type), *headers])


def test_upload_by_proxy(uma):
    for data, name, kind in [(DATA, "p.png", "image/png"), (noise(3_000_000), "n.bin", "application/octet-stream"),
                             (b"", "e.txt", "text/plain"), (pdf(), "d.pdf", "application/pdf")]:
        created = uma.create(name, kind, len(data), sha256=digest(data))
        answer = proxied(uma, created, data, kind)
        assert answer.status == 200, answer
        file = answer.json()["file"]
        assert file["state"] == "ready" and file["sha256"] == digest(data) and file["content_type"] == kind
        assert uma.get(f"/files/{file['id']}?delivery=proxy").body == data
        assert wire.fetch(uma.signed_url(file["id"])["url"]).body == data


def test_upload_by_proxy_of_wrong_bytes(uma):
    for data in (DATA + b"x", DATA[:-1], b"", DATA[:-1] + b"x"):
        created = uma.create("p.png", "image/png", len(DATA), sha256=digest(DATA))
        answer = proxied(uma, created, data)
        assert 400 <= answer.status < 500, answer
        problem(answer, answer.status)
        assert state_of(uma, created) != "ready"


def md5(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()


@pytest.mark.parametrize("declared", [None, digest(DATA)], ids=["no hash declared", "hash declared"])
def test_d9_upload_by_proxy_with_content_md5(uma, declared):
    """Bytes that are not those of their Content-MD5 are refused and not kept, so that they can be sent again."""
    created = uma.create("p.png", "image/png", len(DATA), **({"sha256": declared} if declared else {}))
    spoilt = DATA[:-1] + bytes([DATA[-1] ^ 1])
    problem(proxied(uma, created, spoilt, headers=[("Content-MD5", md5(DATA))]), 400, "md5_mismatch")
    problem(proxied(uma, created, DATA, headers=[("Content-MD5", md5(spoilt))]), 400, "md5_mismatch")
    for bad in ("", "bad", md5(DATA)[:-4], md5(DATA).rstrip("="), hashlib.md5(DATA).hexdigest(), base64.b64encode(b"x" * 15).decode(),
                md5(DATA)[:-3] + "h==", md5(DATA) + ", " + md5(DATA)):
        problem(proxied(uma, created, DATA, headers=[("Content-MD5", bad)]), 400, "invalid_digest")
    problem(proxied(uma, created, DATA, headers=[("Content-MD5", md5(DATA))] * 2), 400, "invalid_digest")
    if declared:
        problem(proxied(uma, created, spoilt, headers=[("Content-MD5", md5(spoilt))]), 409, "sha256_mismatch")
    problem(uma.complete(created["file"]["id"]), 409)
    assert proxied(uma, created, DATA, headers=[("Content-MD5", md5(DATA))]).status == 200
    assert uma.get(f"/files/{created['file']['id']}?delivery=proxy").body == DATA


def test_d9_upload_by_proxy_of_nothing_with_content_md5(uma):
    for sent, status in ((md5(b"x"), 400), (md5(b""), 200)):
        created = uma.create("e.txt", "text/plain", 0)
        assert proxied(uma, created, b"", "text/plain", [("Content-MD5", sent)]).status == status


def test_upload_by_proxy_cut_short(uma):
    created = uma.create("p.png", "image/png", 1_000_000)
    path = f"/v1/files/{created['file']['id']}/content"
    with wire.Connection(uma.address) as connection:
        connection.send(wire.head("PUT", path, [("Host", uma.address.authority), *uma.headers, ("Content-Type", "image/png"),
                                                ("Content-Length", "1000000")]) + noise(700_000))
    time.sleep(0.2)
    assert state_of(uma, created) != "ready"
    assert uma.get("/v1/session").status == 200


def test_upload_by_proxy_in_chunks(uma):
    """A body without a length: taken with the right bytes, or refused for want of a length; never wrong."""
    created = uma.create("p.png", "image/png", len(DATA))
    body = b"".join(b"%x\r\n%b\r\n" % (len(DATA[i:i + 50]), DATA[i:i + 50]) for i in range(0, len(DATA), 50)) + b"0\r\n\r\n"
    answer = proxied(uma, created, body, headers=[("Transfer-Encoding", "chunked")])
    assert answer.status in (200, 411), answer
    if answer.status == 200:
        assert uma.get(f"/files/{created['file']['id']}?delivery=proxy").body == DATA


def test_upload_by_proxy_after_complete(uma):
    file = uma.upload(DATA, "p.png", "image/png")
    answer = proxied(uma, {"file": file}, DATA)
    problem(answer, 409)
    assert uma.get(f"/files/{file['id']}?delivery=proxy").body == DATA


# What create refuses

def create(uma, **changes):
    document = {"name": "a.txt", "content_type": "text/plain", "size": 3, **changes}
    return uma.call("POST", "/v1/files", json_body={k: v for k, v in document.items() if v is not ...})


@pytest.mark.parametrize("changes", [
    {"size": -1}, {"size": 1.5}, {"size": "3"}, {"size": None}, {"size": ...}, {"size": True}, {"size": [3]}, {"size": 2**64},
    {"size": 1e400}, {"name": ...}, {"name": None}, {"name": 7}, {"name": ["a"]}, {"name": "a\r\nSet-Cookie: x=y"}, {"name": "a\0b"},
    {"content_type": ""}, {"content_type": 1}, {"content_type": ""}, {"content_type": "text"}, {"content_type": "*/*"},
    {"content_type": "text/plain\r\nX: y"}, {"content_type": "a/" + "b" * 1000}, {"content_type": "multipart/x-mixed-replace"},
    {"content_type": "text/html; charset=utf-7"}, {"content_type": "text/ plain"}, {"content_type": "text/plain, text/html"},
    {"sha256": "x"}, {"sha256": "0" * 63}, {"sha256": "g" * 64}, {"sha256": 5}, {"sha256": "0" * 65},
    {"id": ""}, {"id": 5}, {"id": "a/b"}, {"id": "a\0b"}, {"id": "x" * 2000}, {"id": ".."},
    {"metadata": "x"}, {"metadata": [1]}, {"upload_type": "carrier pigeon"}, {"upload_type": 1},
], ids=repr)
def test_create_refuses(uma, changes):
    before = uma.ids()
    answer = create(uma, **changes)
    assert answer.status in (400, 422), answer
    problem(answer, answer.status)
    assert uma.ids() == before


def test_put_above_five_gibibytes(uma):
    problem(create(uma, size=5 * 2**30 + 1), 422)
    problem(create(uma, size=2**63 - 1), 422)
    assert create(uma, size=5 * 2**30).status == 201


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"{}{}", b'{"name":"a","name":"b","content_type":"text/plain","size":1}',
                                  b'{"name":"a","content_type":"text/plain","size":NaN}', b"\xef\xbb\xbf{}", b"{\"name\":\"\xff\"}",
                                  b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}", b'{"name":"\\ud800","content_type":"text/plain","size":1}',
                                  b'{"name":"a","content_type":"text/plain","size":1} x', b"{'name':'a'}", b'{"name":"a",}'])
def test_n7_not_json(uma, body):
    before = uma.ids()
    problem(uma.call("POST", "/v1/files", body, [("Content-Type", "application/json")]), 400)
    assert uma.ids() == before


def test_l7_body_too_long(uma):
    body = b'{"name":"' + b"a" * (1024 * 1024) + b'"}'
    problem(uma.call("POST", "/v1/files", body, [("Content-Type", "application/json")]), 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                                  "application/jsonp", "application/json, text/plain", None])
def test_json_must_say_so(uma, kind):
    body = json.dumps({"name": "a", "content_type": "text/plain", "size": 1}).encode()
    answer = uma.call("POST", "/v1/files", body, [("Content-Type", kind)] if kind else [])
    problem(answer, 415)


def test_l8_compressed_json(uma):
    body = gzip.compress(json.dumps({"name": "a", "content_type": "text/plain", "size": 1}).encode())
    answer = uma.call("POST", "/v1/files", body, [("Content-Type", "application/json"), ("Content-Encoding", "gzip")])
    assert answer.status in (400, 415), answer
    problem(answer, answer.status)


def test_q2_internal_state_is_not_the_callers(uma):
    answer = create(uma, state="ready", created_at="2000-01-01T00:00:00Z", object_key="x", width=1, etag="x", scanned=True)
    assert answer.status in (201, 400), answer
    if answer.status == 201:
        assert answer.json()["file"]["state"] == "pending" and answer.json()["file"]["width"] is None


def test_ids_of_the_apps_own(gateway, uma, bob):
    mine = f"343432-{time.monotonic_ns()}"
    file = uma.upload(DATA, "a.png", "image/png", id=mine)
    assert file["id"] == mine and uma.get(f"/files/{mine}").status == 302
    problem(create(uma, id=mine), 409)
    answer = create(bob, id=mine)
    problem(answer, 409)
    assert "uma" not in answer.text


def test_owner_is_for_admins(gateway, uma, bob, admin):
    answer = create(uma, owner="user:app:bob")
    assert answer.status in (403, 404), answer
    made = create(admin, owner="user:app:bob")
    assert made.status == 201 and made.json()["file"]["owner"] == "user:app:bob", made
    assert bob.get(f"/v1/files/{made.json()['file']['id']}").status == 200
    problem(uma.get(f"/v1/files/{made.json()['file']['id']}"), 404)


def test_who_uploads_for_another_may_end_it_twice(uma, bob, admin):
    """The first answer may have been lost: 404 would say that there is no such file."""
    made = create(admin, owner="user:app:bob", name="a.txt", content_type="text/plain", size=5, sha256=None).json()
    made_id = made["file"]["id"]
    assert admin.put(made["upload"], b"bytes").status == 200
    for _ in range(2):
        done = admin.complete(made_id)
        assert done.status == 200 and done.json()["file"]["state"] == "ready", done
    problem(admin.call("PUT", f"/v1/files/{made_id}/content", b"bytes", [("Content-Type", "text/plain")]), 409, "not_pending")
    for method, target in (("GET", ""), ("GET", "/url"), ("DELETE", "")):
        problem(admin.call(method, f"/v1/files/{made_id}{target}"), 404)
    problem(uma.complete(made_id), 404)
    wrong = create(admin, owner="user:app:bob", name="a.png", content_type="image/png", size=5, sha256=None).json()
    assert admin.put(wrong["upload"], b"bytes").status == 200
    problem(admin.complete(wrong["file"]["id"]), 409, "type_mismatch")
    problem(admin.complete(wrong["file"]["id"]), 409, "not_pending")
    assert bob.get(f"/files/{made_id}").status == 302


def test_metadata_stays(uma):
    created = create(uma, metadata={"camera": "x100", "ort": "Zürich"})
    assert created.status == 201, created
    assert uma.get(f"/v1/files/{created.json()['file']['id']}").json()["metadata"] == {"camera": "x100", "ort": "Zürich"}
