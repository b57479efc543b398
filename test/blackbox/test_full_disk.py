"""A disk that is really full, of bytes or of files: what would write answers 507, reads and deletes go on, nothing is broken, and
when there is room again everything works."""

import json
import re
import shutil
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

import pytest

import wire
from clients import Gateway, Store, problem, s3_code
from conftest import ADMIN_PASSWORD, ALLOWED_ORIGIN, STORE_KEY_ID, STORE_SECRET, app_token, running, write_configuration
from disks import MIB, fill, free_bytes, give_back, small_disk, take_inodes
from forms import Form
from procs import Program, binary, clean_environment, eventually, run
from samples import noise
from test_durability import copy, delete_many
from test_multipart import begin, complete, put_part

pytestmark = pytest.mark.timeout(180)
BODY = noise(300_000, seed=5)
SMALL = noise(3000, seed=6)
KINDS = ["tmpfs", "ext4"]


@pytest.fixture(params=KINDS)
def disk(request, tmp_path):
    with small_disk(tmp_path, request.param) as where:
        yield where


def store_on(disk, logs, *arguments, name="store"):
    """A store whose data is on that disk, and what it says elsewhere."""
    key = {"SIGNPOST_STORE_ACCESS_KEY_ID": STORE_KEY_ID, "SIGNPOST_STORE_SECRET_ACCESS_KEY": STORE_SECRET}
    return Program(logs, "store", "--data", disk / "data", "--listen", "127.0.0.1:0", *arguments, env=key, name=name)


def serve_on(disk, logs, config):
    return Program(logs, "serve", "--data", disk / "data", "--config", config, "--listen", "127.0.0.1:0", "--store-listen", "127.0.0.1:0",
                   env={"SIGNPOST_ADMIN_PASSWORD": ADMIN_PASSWORD}, name="serve")


def client(program):
    return Store(program.url, STORE_KEY_ID, STORE_SECRET, program=program)


def full(answer):
    """507 with S3's document."""
    assert answer.status == 507 and s3_code(answer) == "InsufficientStorage", answer
    root = ElementTree.fromstring(answer.body)
    assert root.tag == "Error" and root.findtext("Message"), answer
    return answer


class Filled:
    """A store with objects in it, and an upload under way, before its disk is filled."""

    def __init__(self, program):
        self.store = client(program).create_bucket()
        for key in ("a", "b", "c", "d", "e", "f"):
            self.store.put(key, BODY)
        self.upload = begin(self.store, "multi")
        self.etags = [put_part(self.store, "multi", self.upload, n, noise(5 * MIB, seed=n)).get("ETag") for n in (1, 2)]
        self.other = begin(self.store, "aborted")
        put_part(self.store, "aborted", self.other, 1, BODY)

    def writes(self):
        """Everything that needs room for bytes, or for a file."""
        store = self.store
        return {
            "put": lambda: store.call("PUT", store.path("new"), body=BODY),
            "overwrite": lambda: store.call("PUT", store.path("a"), body=BODY[::-1]),
            "form": lambda: Form(store, key="new").send(BODY),
            "part": lambda: put_part(store, "multi", self.upload, 3, BODY),
            "part again": lambda: put_part(store, "multi", self.upload, 1, BODY),
            "copy": lambda: copy(store, "b", "new"),
            "copy over": lambda: copy(store, "b", "a"),
        }

    def expect_whole(self, deleted=()):
        for key in "abcdef":
            answer = self.store.get(key)
            assert (answer.status, answer.body) == ((404, answer.body) if key in deleted else (200, BODY)), key
        assert self.store.head("new").status == 404
        listed = self.store.call("GET", self.store.path("multi"), [("uploadId", self.upload)])
        assert [e.text for e in ElementTree.fromstring(listed.body).iter() if e.tag.endswith("ETag")] == self.etags


@pytest.mark.parametrize("what", ["bytes", "files"])
def test_the_store_on_a_full_disk(tmp_path, disk, what):
    with running(store_on(disk, tmp_path)) as program:
        filled = Filled(program)
        store = filled.store
        taken = fill(disk) if what == "bytes" else take_inodes(disk)
        for name, write in filled.writes().items():
            answer = write()
            assert answer.status == 507, (name, answer)
            full(answer)
            filled.expect_whole()
        page = store.call("GET", "/photos", [("list-type", "2")])
        assert page.status == 200 and store.get("b", [("Range", "bytes=5-9")]).body == BODY[5:10]

        # What takes nothing away but rows goes on, and gives room back.
        assert store.delete("a").status == 204
        assert delete_many(store, "c", "d").status == 200
        assert store.call("DELETE", store.path("aborted"), [("uploadId", filled.other)]).status == 204
        filled.expect_whole("acd")
        if what == "bytes":
            assert free_bytes(disk) > 3 * len(BODY), "the room that the deleted ones had is free"
        store.put("again", SMALL)
        assert store.get("again").body == SMALL

        give_back(taken)
        assert complete(store, "multi", filled.upload, enumerate(filled.etags, 1)).status == 200
        assert store.get("multi").body == noise(5 * MIB, seed=1) + noise(5 * MIB, seed=2)
        for key in ("a", "new"):
            store.put(key, SMALL)
            assert store.get(key).body == SMALL
        assert Form(store, key="new").send(BODY).status == 204 and store.get("new").body == BODY
    checked = run("check", "--data", disk / "data", "--json")
    assert checked.returncode == 0, checked


def test_many_deletes_on_a_full_disk(tmp_path, disk):
    """More than the index's log has room for as it is: it must not need any more."""
    with running(store_on(disk, tmp_path)) as program:
        store = client(program).create_bucket()
        for n in range(300):
            store.put(f"k{n}", b"x")
        fill(disk)
        for n in range(300):
            assert store.delete(f"k{n}").status == 204, n
            fill(disk)
        assert store.keys() == {} or not store.keys()


@pytest.mark.parametrize("end", ["stopped", "killed"])
@pytest.mark.parametrize("kind", KINDS)
def test_room_is_given_back_on_a_full_disk(tmp_path, kind, end):
    """Others take all that the index gives back of deleted small objects, as it gives it; and in the midst of that the store goes, and comes again."""
    count, body = 3000, noise(16 * 1024, seed=12)
    kept = range(0, count, 100)
    with small_disk(tmp_path, kind, 128 * MIB) as where:
        index = where / "data/store/index.db"
        program = store_on(where, tmp_path)
        try:
            store = client(program).create_bucket()
            with ThreadPoolExecutor(16) as threads:
                assert {answer.status for answer in threads.map(lambda n: store.put(f"k{n}", body), range(count))} == {200}
            store.put("in a file", BODY)
            whole = index.stat().st_size
            fill(where)
            gone = [f"k{n}" for n in range(count) if n % 100]
            for at in range(0, len(gone), 500):
                assert delete_many(store, *gone[at:at + 500]).status == 200
                fill(where)

            def goes_on():
                fill(where)
                for n in kept:
                    assert store.get(f"k{n}").body == body
                for key, new in (("row", SMALL), ("file", BODY)):  # either may find room that has just come free
                    answer = store.call("PUT", store.path(key), body=new)
                    assert answer.status in (200, 507), answer
                    assert store.get(key).status == (200 if answer.status == 200 else 404)
                    assert store.delete(key).status == 204
                return index.stat().st_size

            eventually(lambda: goes_on() < whole, 30)
            assert program.stop() == 0 if end == "stopped" else program.kill() is None
            program = store_on(where, tmp_path)
            store = client(program)
            eventually(lambda: goes_on() < whole * 2 / 3, 30)
            give_back([where / "ballast"])
            assert store.get("in a file").body == BODY
            store.put("again", BODY)
            assert set(store.keys()) == {f"k{n}" for n in kept} | {"in a file", "again"}
        finally:
            program.stop()
        checked = run("check", "--data", where / "data", "--json")
        assert checked.returncode == 0 and json.loads(checked.stdout)["objects"] == len(kept) + 2, checked


def test_complete_on_a_full_disk(tmp_path, disk):
    """It needs rows alone: done or refused, and never in between."""
    with running(store_on(disk, tmp_path)) as program:
        filled = Filled(program)
        taken = fill(disk)
        answer = complete(filled.store, "multi", filled.upload, enumerate(filled.etags, 1))
        assert answer.status in (200, 507), answer
        if answer.status == 507:
            filled.expect_whole()
        give_back(taken)
        answer = complete(filled.store, "multi", filled.upload, enumerate(filled.etags, 1))
        assert answer.status == 200, answer
        assert len(filled.store.get("multi").body) == 10 * MIB


def test_it_stops_and_starts_on_a_full_disk(tmp_path, disk):
    with running(store_on(disk, tmp_path)) as program:
        filled = Filled(program)
        taken = fill(disk)
    killed = store_on(disk, tmp_path)
    try:
        filled.store = client(killed)
        filled.expect_whole()
        full(filled.writes()["put"]())
        assert filled.store.delete("a").status == 204
    finally:
        killed.kill()
    with running(store_on(disk, tmp_path)) as program:
        filled.store = client(program)
        filled.expect_whole("a")
        give_back(taken)
        filled.store.put("a", BODY)
        filled.expect_whole()
    assert run("check", "--data", disk / "data").returncode == 0


def test_the_gateway_on_a_full_disk(tmp_path, disk, rsa_key):
    """Its catalog is on that disk too: problem documents with 507, in time, and what needs no writing goes on."""
    config = write_configuration(tmp_path, [rsa_key])
    with running(serve_on(disk, tmp_path, config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("frida"))
        photo = caller.upload(BODY, "f.bin", "application/octet-stream")["id"]
        pending = caller.create("g.bin", "application/octet-stream", len(BODY))
        taken = fill(disk)

        def room():
            """Until nothing more can be written into the catalog: its log may have room in it yet."""
            for _ in range(3000):
                answer = caller.call("POST", "/v1/albums", json_body={"name": "n" * 200}, headers=[("Origin", ALLOWED_ORIGIN)])
                if answer.status != 201:
                    return answer
                fill(disk)
            raise AssertionError("the catalog's log never ends")

        refused = room()
        problem(refused, 507, "disk_full")
        assert refused.get("Access-Control-Allow-Origin") == ALLOWED_ORIGIN and refused.get("Referrer-Policy") == "no-referrer", refused
        for method, target, body in [("POST", "/v1/files", {"name": "a", "content_type": "image/png", "size": 5}),
                                     ("POST", "/v1/tokens", {"name": "t", "scopes": ["read"]}),
                                     ("PATCH", f"/v1/files/{photo}", {"name": "f.bin"}),
                                     ("PUT", f"/v1/files/{photo}/grants/user:app:x", {"role": "viewer"})]:
            # Done, where the log had room for so little yet, or refused: in time, and never anything else.
            answer = caller.call(method, target, json_body=body, timeout=10)
            assert answer.status in (200, 201, 507), answer
            fill(disk)
        problem(room(), 507, "disk_full")
        assert caller.put(pending["upload"], BODY).status == 507
        sent = caller.call("PUT", f"/v1/files/{pending['file']['id']}/content", BODY, [("Content-Type", "application/octet-stream")], timeout=10)
        problem(sent, sent.status)
        assert sent.status in (503, 507), sent

        assert caller.get("/healthz").status == 200
        assert caller.get(f"/v1/files/{photo}").json()["name"] == "f.bin"
        assert wire.fetch(caller.signed_url(photo)["url"]).body == BODY
        assert caller.get(f"/v1/files/{photo}/content?delivery=proxy").body == BODY

        give_back(taken)
        assert caller.put(pending["upload"], BODY).status == 200
        assert caller.complete(pending["file"]["id"]).status == 200
        assert caller.call("PATCH", f"/v1/files/{photo}", json_body={"name": "other.bin"}).json()["name"] == "other.bin"
        assert len(caller.upload(BODY, "h.bin", "application/octet-stream")["id"]) > 3
    assert run("check", "--data", disk / "data").returncode == 0


def refuses_to_start(start):
    """It ends at once, with 1, and says what the matter is and what to do. False where it starts."""
    begun = time.monotonic()
    try:
        with running(start()):
            return False
    except RuntimeError as error:
        assert time.monotonic() - begun < 10
        assert "exit 1 " in str(error) and "df -i" in str(error) and re.search("(?i)no space|full", str(error)), error
        return True


@pytest.mark.parametrize("what", ["bytes", "files"])
@pytest.mark.parametrize("command", ["store", "serve"])
def test_a_first_start_on_a_full_disk_says_so(tmp_path, rsa_key, command, what):
    config = write_configuration(tmp_path, [rsa_key])
    with small_disk(tmp_path, "tmpfs", 16 * MIB) as where:
        start = {"store": lambda: store_on(where, tmp_path), "serve": lambda: serve_on(where, tmp_path, config)}[command]
        taken = fill(where) if what == "bytes" else take_inodes(where)
        assert refuses_to_start(start)
        give_back(taken)
        with running(start()) as program:
            if command == "store":
                client(program).create_bucket().put("k", SMALL)
            else:
                Gateway(program.url, program=program).bearing(app_token("frida")).upload(SMALL, "k.bin", "application/octet-stream")


def test_a_first_start_with_room_for_some_files_says_so(tmp_path, rsa_key):
    """Wherever it runs out of them, what it has made by then is no hindrance later."""
    config = write_configuration(tmp_path, [rsa_key])
    with small_disk(tmp_path, "tmpfs", 32 * MIB, 600) as where:
        taken, refused = take_inodes(where), 0
        while refuses_to_start(lambda: serve_on(where, tmp_path, config)):
            refused += 1
            if refused % 2:
                shutil.rmtree(where / "data", ignore_errors=True)
            # The store's 256 folders, between what is made before them and after, are passed over.
            give_back([taken.pop() for _ in range(230 if refused == 20 else 1)])
        assert 25 < refused < 60
        give_back(taken)
        with running(serve_on(where, tmp_path, config)) as program:
            Gateway(program.url, program=program).bearing(app_token("frida")).upload(SMALL, "k.bin", "application/octet-stream")


def test_a_start_without_room_for_a_file_says_so(tmp_path, disk, rsa_key):
    config = write_configuration(tmp_path, [rsa_key])
    for start in (lambda: store_on(disk, tmp_path), lambda: serve_on(disk, tmp_path, config)):
        with running(start()):
            pass
        taken = take_inodes(disk)
        assert refuses_to_start(start)
        give_back(taken)
        with running(start()):
            pass


def test_an_error_that_nobody_can_read_has_its_status_all_the_same(tmp_path):
    with open("/dev/full", "wb", buffering=0) as nowhere:
        done = subprocess.run([binary(), "check", "--data", tmp_path / "none"], stderr=nowhere, env=clean_environment(), check=False, timeout=10)
    assert done.returncode == 2
