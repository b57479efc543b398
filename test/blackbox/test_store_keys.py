"""`signpost access-key`: several owners, keys of one bucket, keys that only read, and their end (SECURITY B30)."""

import base64
import hashlib
import json
import os
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

import wire
from clients import SECRETS, Store, s3_code
from conftest import running, start_store
from forms import BOUNDARY, Form, body_of
from procs import run
from sigv4 import Signer


def keys(data, *arguments, status=0):
    done = run("access-key", *arguments, "--data", data, "--json")
    assert done.returncode == status, (done.stdout, done.stderr)
    return json.loads(done.stdout) if status == 0 else done.stderr


def create(data, *arguments):
    key = keys(data, "create", *arguments)
    SECRETS.add(key["secret_access_key"])
    return key


@pytest.fixture(scope="module")
def data(store):
    return store.program.log_path.parent / "data"


@pytest.fixture(scope="module")
def as_key(store):
    def of(key, bucket="photos"):
        return Store(store.url, key["access_key_id"], key["secret_access_key"], bucket)
    return of


def test_owners_do_not_see_each_other(store, data, as_key):
    ann, ben = (as_key(create(data, "--owner", name), f"of-{name}") for name in ("ann", "ben"))
    ann.create_bucket()
    ann.put("a", b"ann's")
    ben.create_bucket()
    assert "of-ben" in ben.call("GET", "/").text and "of-ann" not in ben.call("GET", "/").text
    assert "<ID>ben</ID><DisplayName>ben</DisplayName>" in ben.call("GET", "/").text
    for answer in (ben.call("GET", "/of-ann/a"), ben.call("GET", "/of-ann/none"), ben.call("PUT", "/of-ann/b", body=b"x"),
                   ben.call("GET", "/of-ann"), ben.call("DELETE", "/of-ann/a"), ben.call("DELETE", "/of-ann"),
                   ben.call("GET", "/of-ann", [("acl", "")]), ben.call("GET", "/of-ann", [("uploads", "")]),
                   ben.call("POST", "/of-ann/c", [("uploads", "")]),
                   ben.call("PUT", "/of-ben/stolen", headers=[("x-amz-copy-source", "/of-ann/a")])):  # E12
        assert answer.status == 403 and s3_code(answer) == "AccessDenied", answer
    assert ben.call("HEAD", "/of-ann/a").status == 403
    taken = ben.call("PUT", "/of-ann")
    assert taken.status == 409 and s3_code(taken) == "BucketAlreadyExists"
    assert ben.head("stolen").status == 404 and ann.get("a").body == b"ann's"


def test_e12_a_part_cannot_be_copied_from_another_owner(store, data, as_key):
    cat = as_key(create(data, "--owner", "cat"), "of-cat").create_bucket()
    store.put("secret", b"root's own")
    upload = cat.call("POST", cat.path("x"), [("uploads", "")]).text.split("<UploadId>")[1].split("<")[0]
    for source in ("photos/secret", "/photos/secret", "/photos/secret?versionId=null", "/of-cat/../photos/secret", "/photos/none"):
        answer = cat.call("PUT", cat.path("x"), [("partNumber", "1"), ("uploadId", upload)], [("x-amz-copy-source", source)])
        assert answer.status in (403, 404) and s3_code(answer) in ("AccessDenied", "NoSuchKey"), (source, answer)
        assert "root's own" not in answer.text


def test_a_key_that_only_reads(store, data, as_key):
    reader = as_key(create(data, "--read-only"))
    store.put("read-only/a", b"readable")
    assert reader.get("read-only/a").body == b"readable" and reader.head("read-only/a").status == 200
    assert reader.call("GET", "/photos", [("list-type", "2")]).status == 200 and reader.call("GET", "/").status == 200
    document = b"<Delete><Object><Key>read-only/a</Key></Object></Delete>"
    for answer in (reader.call("PUT", "/photos/read-only/b", body=b"x"), reader.delete("read-only/a"), reader.call("PUT", "/new-bucket"),
                   reader.call("DELETE", "/photos"), reader.call("POST", "/photos/read-only/c", [("uploads", "")]),
                   reader.call("POST", "/photos", [("delete", "")], body=document),
                   reader.call("PUT", "/photos/read-only/d", headers=[("x-amz-copy-source", "/photos/read-only/a")]),
                   reader.call("PUT", "/photos", [("cors", "")], body=b"<CORSConfiguration/>"),
                   reader.call("DELETE", "/photos", [("cors", "")]), reader.call("PUT", "/photos", [("acl", "")], [("x-amz-acl", "private")]),
                   reader.send("PUT", reader.presign("PUT", "read-only/e"), body=b"x"),
                   reader.send("DELETE", reader.presign("DELETE", "read-only/a"))):
        assert answer.status == 403 and s3_code(answer) == "AccessDenied", answer
    assert reader.send("GET", reader.presign("GET", "read-only/a")).body == b"readable"
    assert [k for k in store.keys() if k.startswith("read-only/")] == ["read-only/a"]


def test_a_key_of_one_bucket(store, data, as_key):
    store.call("PUT", "/other-bucket")
    store.call("PUT", "/other-bucket/x", body=b"other")
    key = as_key(create(data, "--bucket", "photos"))
    key.put("one-bucket/a", b"a")
    assert key.get("one-bucket/a").body == b"a"
    assert "photos" in key.call("GET", "/").text and "other-bucket" not in key.call("GET", "/").text
    for answer in (key.call("GET", "/other-bucket/x"), key.call("PUT", "/other-bucket/y", body=b"x"), key.call("GET", "/other-bucket"),
                   key.call("PUT", "/third-bucket"), key.call("GET", "/no-such-bucket-at-all"),
                   key.call("PUT", "/photos/stolen", headers=[("x-amz-copy-source", "/other-bucket/x")])):
        assert answer.status == 403 and s3_code(answer) == "AccessDenied", answer
    both = as_key(create(data, "--bucket", "photos", "--read-only"))
    assert both.get("one-bucket/a").body == b"a" and both.call("PUT", "/photos/y", body=b"x").status == 403


def test_b30_a_revoked_key_is_dead_within_a_second(store, data, as_key):
    key = create(data)
    ours = as_key(key)
    ours.put("revoked", b"x")
    url = ours.presign("GET", "revoked", expires=3600)
    with wire.Connection(ours.address) as connection:  # kept open
        def get():
            fields = ours.signer.headers("GET", ours.host, ours.path("revoked"))
            connection.send(wire.head("GET", ours.path("revoked"), fields))
            return connection.response()
        assert get().status == 200 and ours.send("GET", url).status == 200
        assert keys(data, "revoke", key["access_key_id"]) == {"access_key_id": key["access_key_id"]}
        begun = time.monotonic()
        for answer in (get(), ours.send("GET", url), ours.get("revoked"), ours.call("PUT", "/photos/revoked", body=b"y")):
            assert answer.status == 403 and s3_code(answer) == "InvalidAccessKeyId", answer
        assert time.monotonic() - begun < 1
    assert store.get("revoked").body == b"x"
    assert "there is no access key" in keys(data, "revoke", key["access_key_id"], status=2)


def hold(store, calls):
    """Sends each request but for the last byte of its body. What ends them all: [(method, path, answer)]."""
    held = []
    for method, path, pairs, body in calls:
        more = [("Content-MD5", base64.b64encode(hashlib.md5(body).digest()).decode())] if pairs in ([("delete", "")], [("tagging", "")], [("cors", "")]) else []
        fields = store.signer.headers(method, store.host, path, pairs, more, body)
        connection = wire.Connection(store.address)
        query = "?" + urlencode(pairs) if pairs else ""
        connection.send(wire.head(method, path + query, [*fields, ("Content-Length", str(len(body))), ("Expect", "100-continue")]))
        assert connection.interim() == 100
        connection.send(body[:-1])
        held.append((connection, method, path + query, body[-1:]))

    def finish():
        answers = []
        for connection, method, target, last in held:
            with connection:
                connection.send(last)
                answers.append((method, target, connection.response(method)))
        return answers
    return finish


def begun(store, key):
    """An upload with a part, and the body that completes it."""
    upload = store.call("POST", store.path(key), [("uploads", "")]).text.split("<UploadId>")[1].split("<")[0]
    tag = store.call("PUT", store.path(key), [("partNumber", "1"), ("uploadId", upload)], body=b"part").get("ETag")
    return upload, f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>".encode()


DELETION = b"<Delete><Object><Key>kept</Key></Object></Delete>"
CORS = b"<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>"
TAGS = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"


def test_b30_a_key_that_is_revoked_while_a_body_comes(store, data, as_key):
    key = create(data)
    ours = as_key(key)
    ours.put("kept", b"x")
    upload, completion = begun(ours, "parts")
    finish = hold(ours, [
        ("PUT", ours.path("kept"), [], b"yy"), ("PUT", ours.path("parts"), [("partNumber", "2"), ("uploadId", upload)], b"part"),
        ("POST", ours.path("parts"), [("uploadId", upload)], completion), ("DELETE", ours.path("kept"), [], b"a body for nothing"),
        ("POST", "/photos", [("delete", "")], DELETION), ("PUT", ours.path("kept"), [("tagging", "")], TAGS),
        ("PUT", "/bucket-of-the-revoked", [], b"<CreateBucketConfiguration/>")])
    keys(data, "revoke", key["access_key_id"])
    for method, target, answer in finish():
        assert answer.status == 403 and s3_code(answer) == "InvalidAccessKeyId", (method, target, answer)
    assert store.get("kept").body == b"x" and store.call("HEAD", "/bucket-of-the-revoked").status == 404
    assert store.head("kept").get("x-amz-tagging-count") is None and store.head("parts").status == 404
    parts = store.call("GET", store.path("parts"), [("uploadId", upload)])
    assert parts.status == 200 and parts.text.count("<Part>") == 1
    assert store.call("DELETE", store.path("parts"), [("uploadId", upload)]).status == 204


def test_a_body_that_comes_when_the_bucket_is_somebody_elses(store, data, as_key):
    """Its first owner deleted it, and another made one of that name: neither his objects nor his bucket are changed."""
    ann, ben = (as_key(create(data, "--owner", name), "handed-over") for name in ("ann", "ben"))
    ann.create_bucket()
    form = body_of(Form(ann, key="kept").fields, b"ann's")
    finish = hold(ann, [("PUT", ann.path("kept"), [], b"ann's"), ("POST", "/handed-over", [("delete", "")], DELETION),
                        ("PUT", ann.path("kept"), [("tagging", "")], TAGS), ("PUT", "/handed-over", [("tagging", "")], TAGS),
                        ("PUT", "/handed-over", [("cors", "")], CORS)])
    with wire.Connection(ann.address) as posted:
        posted.send(wire.head("POST", "/handed-over", [
            ("Host", ann.host), ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"), ("Content-Length", str(len(form)))]) + form[:-1])
        time.sleep(0.1)
        assert ann.call("DELETE", "/handed-over").status == 204
        ben.create_bucket().put("kept", b"ben's")
        posted.send(form[-1:])
        for method, target, answer in [*finish(), ("POST", "form", posted.response("POST"))]:
            assert answer.status == 403 and s3_code(answer) == "AccessDenied", (method, target, answer)
    assert ben.get("kept").body == b"ben's" and ben.head("kept").get("x-amz-tagging-count") is None
    for name, code in (("tagging", "NoSuchTagSet"), ("cors", "NoSuchCORSConfiguration")):
        assert s3_code(ben.call("GET", "/handed-over", [(name, "")])) == code


def test_the_list_has_no_secrets(store, data):
    key = create(data, "--owner", "listed", "--bucket", "photos-2", "--read-only")
    listed = {k["access_key_id"]: k for k in keys(data, "list")["items"]}
    assert listed[key["access_key_id"]] == {n: v for n, v in key.items() if n != "secret_access_key"}
    assert store.signer.access_key_id in listed and listed[store.signer.access_key_id]["owner"] == "root"
    plain = run("access-key", "list", "--data", data)
    assert plain.returncode == 0 and key["access_key_id"] in plain.stdout and "bucket photos-2, read-only" in plain.stdout
    assert key["secret_access_key"] not in plain.stdout and store.signer.secret_access_key not in plain.stdout


@pytest.mark.parametrize("arguments, why", [
    (("create", "--owner", "a b"), "an owner is"), (("create", "--owner", "x" * 129), "an owner is"),
    (("create", "--owner", "<x>"), "an owner is"), (("create", "--owner", ""), "an owner is"), (("create", "--bucket", ""), "no bucket"),
    (("create", "--bucket", "UPPER"), "no bucket"),
    (("create", "--owner", "stranger", "--bucket", "photos"), "belongs to another owner"), (("revoke", "SGNnone"), "no access key")])
def test_what_is_refused(data, store, arguments, why):
    assert why in keys(data, *arguments, status=2)


def test_the_root_key_stays(data, store):
    assert "root access key" in keys(data, "revoke", store.signer.access_key_id, status=2)
    assert store.call("GET", "/").status == 200


def test_the_socket_is_its_owners_alone(data, store):
    socket = data / "admin.sock"
    assert stat.S_ISSOCK(socket.stat().st_mode) and stat.S_IMODE(socket.stat().st_mode) == 0o600
    talk = lambda line: subprocess.run(["/usr/bin/python3", "-c", (
        "import socket,sys\nwith socket.socket(socket.AF_UNIX) as s:\n s.settimeout(8)\n s.connect(sys.argv[1])\n"
        " s.sendall(sys.stdin.buffer.read())\n print(s.recv(1<<16).decode())"), str(socket)], input=line, capture_output=True,
        timeout=20, check=False).stdout.decode()
    for line in (b"{\n", b"[]\n", b"{}\n", b'{"command": 5}\n', b'{"command": "access-key-revoke"}\n', b"\0\n", b"[" * 10000 + b"\n"):
        assert "error" in json.loads(talk(line)), line
    assert talk(b"no end of line").strip() == "" == talk(b"x" * (3 << 20)).strip()  # cut
    assert keys(data, "list")["items"]


def test_many_at_once(data, store):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda i: create(data, "--owner", f"many-{i}"), range(24)))
    assert len({k["access_key_id"] for k in made}) == 24
    assert {k["access_key_id"] for k in made} <= {k["access_key_id"] for k in keys(data, "list")["items"]}


def test_keys_without_a_running_store(tmp_path):
    assert "there is no store" in keys(tmp_path / "none", "list", status=2)
    assert not (tmp_path / "none").exists()
    with running(start_store(tmp_path)) as program:
        first = create(tmp_path / "data", "--owner", "first")
        url = program.url
        assert Store(url, first["access_key_id"], first["secret_access_key"], "first").create_bucket().keys() == {}
    assert not (tmp_path / "data/admin.sock").exists()
    second = create(tmp_path / "data", "--owner", "second")
    keys(tmp_path / "data", "revoke", first["access_key_id"])
    program = start_store(tmp_path)
    try:
        store = Store(program.url, second["access_key_id"], second["secret_access_key"], "second").create_bucket()
        assert store.keys() == {}
        gone = store.call("GET", "/", signer=Signer(first["access_key_id"], first["secret_access_key"]))
        assert gone.status == 403 and s3_code(gone) == "InvalidAccessKeyId"
    finally:
        program.kill()
    assert (tmp_path / "data/admin.sock").exists()  # what a killed process leaves is in nobody's way
    assert len(keys(tmp_path / "data", "list")["items"]) == 2
    with running(start_store(tmp_path)):
        assert len(keys(tmp_path / "data", "list")["items"]) == 2
    assert os.listdir(tmp_path / "data")


OPEN = ["--listen", "0.0.0.0:0"]


@pytest.mark.parametrize("secret", ["minioadmin", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "short", "x" * 40, "a" * 7 + "b" * 8])
def test_r1_a_root_secret_that_can_be_guessed_opens_no_store(tmp_path, secret):
    given = {"SIGNPOST_STORE_ACCESS_KEY_ID": "AKIAWEAK", "SIGNPOST_STORE_SECRET_ACCESS_KEY": secret}
    done = run("store", "--data", tmp_path / "new", *OPEN, env=given)
    assert done.returncode == 2 and "SIGNPOST_STORE_SECRET_ACCESS_KEY" in done.stderr and f" {secret} " not in done.stderr, done
    # nor where it is in the folder already, since a start that nobody else could reach
    with running(start_store(tmp_path, env=given)):
        pass
    for command in (["store", "--data", tmp_path / "data", *OPEN],
                    ["serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--store-listen", "0.0.0.0:0",
                     "--public-url", "https://files.example.com", "--store-public-url", "https://content.example.com"]):
        done = run(*command)
        assert done.returncode == 2 and "root access key" in done.stderr, (command, done)


@pytest.mark.parametrize("option, value", [("--region", ""), ("--region", "eu west"), ("--domain", "a b"), ("--domain", "s3.example.test:9000"),
                                           ("--domain", ".example.test")])
def test_names_that_no_store_can_have(tmp_path, option, value):
    done = run("store", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", option, value)
    assert done.returncode == 2 and option in done.stderr, done
