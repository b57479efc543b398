"""What bounds multipart uploads: S3's numbers, and the end of those that nobody goes on with."""

import json
import time

import pytest

from clients import Store, s3_code
from conftest import STORE_KEY_ID, STORE_SECRET, running, serve, start_store, write_configuration
from procs import eventually, run
from samples import noise
from test_multipart import MIB, begin, complete, put_part, text

GIB = 1024 * MIB


def test_a_part_has_at_most_5_gib(store):
    upload = begin(store, "multi/large")
    at = [("partNumber", "1"), ("uploadId", upload)]
    answer = store.call("PUT", store.path("multi/large"), at, [("Content-Length", str(5 * GIB + 1))], payload="UNSIGNED-PAYLOAD")
    assert (answer.status, s3_code(answer)) == (400, "EntityTooLarge"), answer
    assert store.call("DELETE", store.path("multi/large"), [("uploadId", upload)]).status == 204


def test_parts_10000_and_1_make_an_object_and_no_other_number_is_one(store):
    key = "multi/numbers"
    upload = begin(store, key)
    first, last = noise(5 * MIB, seed=1), b"the last one"
    tags = [put_part(store, key, upload, number, body).get("ETag") for number, body in ((1, first), (10_000, last))]
    for number in (0, 10_001):
        assert s3_code(put_part(store, key, upload, number, b"x")) == "InvalidArgument"
    assert complete(store, key, upload, [(1, tags[0]), (10_000, tags[1])]).status == 200
    assert store.get(key).body == first + last
    store.delete(key)


def client(program):
    return Store(program.url, STORE_KEY_ID, STORE_SECRET, program=program)


def open_uploads(store):
    answer = store.call("GET", f"/{store.bucket}", [("uploads", "")])
    assert answer.status == 200, answer
    return answer.body.count(b"<UploadId>")


def files_of(directory):
    return [path for path in (directory / "data/store/objects").rglob("*") if path.is_file()]


@pytest.mark.timeout(60)
def test_what_nobody_goes_on_with_ends(tmp_path):
    with running(start_store(tmp_path, "--keep-uploads", "3s")) as program:
        store = client(program).create_bucket()
        left, kept = begin(store, "left"), begin(store, "kept")
        put_part(store, "left", left, 1, noise(100_000))
        done = begin(store, "done")
        tag = put_part(store, "done", done, 1, b"done").get("ETag")
        assert complete(store, "done", done, [(1, tag)]).status == 200
        deadline = time.monotonic() + 20
        while open_uploads(store) > 1:
            assert time.monotonic() < deadline
            assert put_part(store, "kept", kept, 1, b"still here").status == 200
            time.sleep(0.3)
        assert s3_code(put_part(store, "left", left, 2, b"too late")) == "NoSuchUpload"
        assert len(files_of(tmp_path)) == 2, "those of the two that are left"
        assert "multipart uploads" in program.log() and "100000 bytes" in program.log()
        listed = store.call("GET", store.path("kept"), [("uploadId", kept)])
        tag = text(listed, "Part/{*}ETag")
        assert complete(store, "kept", kept, [(1, tag)]).status == 200
        assert store.get("kept").body == b"still here" and store.get("done").body == b"done"
    assert run("check", "--data", tmp_path / "data").returncode == 0


@pytest.mark.timeout(60)
def test_the_configuration_says_how_long(tmp_path, rsa_key):
    config = write_configuration(tmp_path, [rsa_key], "[uploads]\nkeep = \"2s\"\n")
    with running(serve(tmp_path, config=config)) as program:
        made = run("access-key", "create", "--data", tmp_path / "data", "--json")
        key = json.loads(made.stdout)
        store = Store(program.store_url, key["access_key_id"], key["secret_access_key"], bucket="abandoned").create_bucket()
        begin(store, "left")
        eventually(lambda: open_uploads(store) == 0, 20)


@pytest.mark.parametrize("wrong", ["0s", "never", "-1h", ""])
def test_a_wrong_time_is_refused_at_the_start(tmp_path, wrong):
    found = run("store", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", f"--keep-uploads={wrong}")
    assert found.returncode == 2 and "--keep-uploads" in found.stderr, found
