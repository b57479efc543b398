"""What the disk does to the store, from outside: damaged bytes, calls that fail, kills at every call that changes something."""

import base64
import hashlib
import http.client
import json
import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from clients import Gateway, Store, problem, s3_code
from conftest import STORE_KEY_ID, STORE_SECRET, app_token, running, serve, start_store, write_configuration
from forms import Form
from procs import binary, eventually, run, sanitized
from samples import noise
from test_multipart import begin, complete, put_part, text

MOST_CALLS = 40  # more than any operation makes

strace = pytest.mark.skipif(not shutil.which("strace") or sanitized(), reason="strace does not go with a sanitizer")


def client(program):
    return Store(program.url, STORE_KEY_ID, STORE_SECRET, program=program)


def data_files(directory):
    return {path for path in (directory / "data/store/objects").rglob("*") if path.is_file()}


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0x10]))


def download(store, key):
    """(status, bytes, whole): whole is false where the connection ended before the body did."""
    connection = http.client.HTTPConnection(store.address.host, store.address.port, timeout=10)
    connection.request("GET", store.presign("GET", key))
    answer = connection.getresponse()
    try:
        return answer.status, answer.read(), True
    except http.client.IncompleteRead as cut:
        return answer.status, cut.partial, False
    finally:
        connection.close()


def test_damage_is_never_a_whole_200_and_check_names_it(tmp_path):
    small, large = noise(100_000, seed=1), noise(3 * 1024 * 1024 + 17, seed=2)
    with running(start_store(tmp_path)) as program:
        store = client(program).create_bucket()
        store.put("fine", small)
        before = data_files(tmp_path)
        store.put("small", small)
        small_file, = data_files(tmp_path) - before
        before = data_files(tmp_path)
        store.put("large", large)
        large_file, = data_files(tmp_path) - before

        flip(small_file, 70_000)
        answer = store.get("small")
        assert answer.status == 500 and s3_code(answer) == "InternalError"
        assert store.get("small", [("Range", "bytes=0-99")]).body == small[:100], "a block that is not damaged"
        assert store.get("small", [("Range", "bytes=69999-70000")]).status == 500
        copied = store.call("PUT", store.path("copy"), headers=[("x-amz-copy-source", "/photos/small")])
        assert copied.status == 500 and store.get("copy").status == 404

        flip(large_file, 2 * 1024 * 1024 + 5)
        status, got, whole = download(store, "large")
        assert (status, whole) == (200, False) and large.startswith(got) and len(got) <= 2 * 1024 * 1024
        flip(large_file, 1)
        assert download(store, "large")[0] == 500, "the first piece is looked at before the head is sent"
        assert store.get("fine").body == small

    found = run("check", "--data", tmp_path / "data", "--json")
    assert found.returncode == 1, found
    document = json.loads(found.stdout)
    assert [(d["bucket"], d["key"]) for d in document["damaged"]] == [("photos", "large"), ("photos", "small")]
    assert document["objects"] == 3 and small_file.name in document["damaged"][1]["problem"]
    text = run("check", "--data", tmp_path / "data")
    assert text.returncode == 1 and "damaged: photos/small: " in text.stdout and "3 objects" in text.stdout

    flip(small_file, 70_000), flip(large_file, 2 * 1024 * 1024 + 5), flip(large_file, 1)
    assert run("check", "--data", tmp_path / "data").returncode == 0
    with running(start_store(tmp_path)) as program:
        assert client(program).get("large").body == large


def test_check_says_why_it_cannot(tmp_path):
    nothing = run("check", "--data", tmp_path / "nothing")
    assert nothing.returncode == 2 and "there is no store" in nothing.stderr
    with running(start_store(tmp_path)):
        busy = run("check", "--data", tmp_path / "data")
        assert busy.returncode == 2 and busy.stderr, busy


@contextmanager
def injected(pid, calls, what):
    """strace on a running process: `what` happens at those calls."""
    names = ",".join(calls)
    tracer = subprocess.Popen(["strace", "-f", "-o", "/dev/null", "-p", str(pid), "-e", f"trace={names}",
                               "-e", f"inject={names}:{what}"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        line = tracer.stderr.readline()
        if b"attached" not in line:
            pytest.skip(f"strace may not attach here: {line}")
        yield
    finally:
        tracer.terminate()
        tracer.wait(10)
        tracer.stderr.close()


def copy(store, source, key):
    return store.call("PUT", store.path(key), headers=[("x-amz-copy-source", f"/photos/{source}")])


def delete_many(store, *keys):
    body = "<Delete>" + "".join(f"<Object><Key>{key}</Key></Object>" for key in keys) + "</Delete>"
    body = body.encode()
    return store.call("POST", "/photos", [("delete", "")], [("x-amz-checksum-algorithm", "SHA256"), (
        "x-amz-checksum-sha256", base64.b64encode(hashlib.sha256(body).digest()).decode())], body)


SMALL, IN_A_FILE = 100, 20_000  # on either side of what lies in the index itself


@strace
@pytest.mark.parametrize("calls, error, status, code, size", [
    (["fdatasync"], "ENOSPC", 507, "InsufficientStorage", IN_A_FILE),
    (["fdatasync"], "EDQUOT", 507, "InsufficientStorage", IN_A_FILE),
    (["fdatasync"], "EIO", 503, "ServiceUnavailable", IN_A_FILE),
    (["fsync"], "EIO", 503, "ServiceUnavailable", IN_A_FILE),
    (["pwrite64"], "ENOSPC", 507, "InsufficientStorage", IN_A_FILE),
    (["pwrite64"], "EIO", 503, "ServiceUnavailable", IN_A_FILE),
    # A commit whose sync failed may have come to pass, so that it is 503 for 507.
    (["fdatasync"], "ENOSPC", 503, "ServiceUnavailable", SMALL),
    (["fdatasync"], "EIO", 503, "ServiceUnavailable", SMALL),
    (["pwrite64"], "ENOSPC", 507, "InsufficientStorage", SMALL),
    (["pwrite64"], "EIO", 503, "ServiceUnavailable", SMALL),
])
def test_a_failing_disk_is_507_or_503_and_reads_go_on(tmp_path, calls, error, status, code, size):
    first, second = noise(size, seed=1), noise(size, seed=2)
    with running(start_store(tmp_path)) as program:
        store = client(program).create_bucket()
        store.put("old", first)
        upload = begin(store, "multi")
        part = put_part(store, "multi", upload, 1, b"part").get("ETag")
        with injected(program.pid, calls, f"error={error}"):
            for answer in (store.call("PUT", store.path("new"), body=second), Form(store, key="new").send(second),
                           store.call("PUT", store.path("old"), body=second), Form(store, key="old").send(second),
                           copy(store, "old", "new")):
                assert (answer.status, s3_code(answer)) == (status, code)
                assert store.get("old").body == first
            # A part has a file, whatever its size.
            full = (507, "InsufficientStorage") if error in ("ENOSPC", "EDQUOT") else (503, "ServiceUnavailable")
            answer = put_part(store, "multi", upload, 1, second)
            assert (answer.status, s3_code(answer)) == full
            assert store.get("new").status == 404 and store.get("multi").status == 404
            # Rows alone: SQLite makes its log durable by fdatasync, and no directory changes.
            answer = complete(store, "multi", upload, [(1, part)])
            assert answer.status in ({200} if calls == ["fsync"] else {status, 503}), answer
        assert complete(store, "multi", upload, [(1, part)]).status == 200 and store.get("multi").body == b"part"
        store.put("new", b"afterwards")
        assert store.get("new").body == b"afterwards" and store.get("old").body == first
    assert run("check", "--data", tmp_path / "data").returncode == 0


def begun(store):
    """The id of the upload of "multi", whose one part is there, and that part."""
    listed = store.call("GET", "/photos", [("uploads", "")])
    upload = text(listed, "Upload/{*}UploadId")
    return upload, f'"{hashlib.md5(b"part").hexdigest()}"'


def whole(store):
    upload, part = begun(store)
    return complete(store, "multi", upload, [(1, part)])


FIRST, NEW = b"first" * 5_000, b"new" * 10_000  # in files
BEFORE = {"old": FIRST, "other": b"second" * 5_000, "small": b"third"}
QUICK = ["put", "overwrite", "overwrite, small", "form", "complete", "delete many"]
ROWS_ALONE = ["complete", "put, small", "overwrite, small", "form, small", "delete, small", "copy, small"]
OPERATIONS = {
    "put": (lambda s: s.call("PUT", s.path("k"), body=NEW), {"k": NEW}),
    "put, small": (lambda s: s.call("PUT", s.path("k"), body=b"new"), {"k": b"new"}),
    "overwrite": (lambda s: s.call("PUT", s.path("old"), body=NEW), {"old": NEW}),
    "overwrite, small": (lambda s: s.call("PUT", s.path("small"), body=b"new"), {"small": b"new"}),
    "overwrite with nothing": (lambda s: s.call("PUT", s.path("old"), body=b""), {"old": b""}),
    "form": (lambda s: Form(s, key="k").send(NEW), {"k": NEW}),
    "form, small": (lambda s: Form(s, key="k").send(b"new"), {"k": b"new"}),
    "form over": (lambda s: Form(s, key="old").send(NEW), {"old": NEW}),
    "part": (lambda s: put_part(s, "multi", begun(s)[0], 2, b"another"), {}),
    "complete": (whole, {"multi": b"part"}),
    "copy": (lambda s: copy(s, "old", "k"), {"k": FIRST}),
    "copy, small": (lambda s: copy(s, "small", "k"), {"k": b"third"}),
    "delete": (lambda s: s.delete("old"), {"old": None}),
    "delete, small": (lambda s: s.delete("small"), {"small": None}),
    "delete many": (lambda s: delete_many(s, "old", "other", "small"), {"old": None, "other": None, "small": None}),
}


@strace
def test_each_start_makes_the_name_of_its_folder_durable(tmp_path):
    """The start that made it may have died right then; what is acknowledged later lies below that name."""
    (tmp_path / "above").mkdir()
    data, trace = tmp_path / "above" / "data", tmp_path / "trace"
    with running(start_store(tmp_path / "above")):
        pass
    subprocess.run(["strace", "-f", "-y", "-e", "trace=fsync", "-o", trace, binary(), "access-key", "list", "--data", data],
                   check=True, capture_output=True, timeout=30)
    assert f"<{data.parent}>) = 0" in trace.read_text()


@strace
def test_a_catalog_that_cannot_be_read_is_503_and_then_goes_on(tmp_path, rsa_key):
    with running(serve(tmp_path, config=write_configuration(tmp_path, [rsa_key]))) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("frida"))
        caller.upload(b"first", "first.bin", "application/octet-stream")
        assert len(caller.get("/v1/files").json()["items"]) == 1
        caller.upload(b"second", "second.bin", "application/octet-stream")  # no connection has what it reads of this in memory
        with injected(program.listener_pid(program.url), ["pread64"], "error=ENOMEM"):  # EIO is damage to SQLite
            problem(caller.get("/v1/files"), 503, "disk_failed")
            assert caller.get("/healthz").status == 200
        assert len(caller.get("/v1/files").json()["items"]) == 2


@strace
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("calls", [["openat", "copy_file_range", "fsync", "unlink"], ["fdatasync"], ["pwrite64"]], ids=" ".join)
def test_a_kill_at_a_call_loses_nothing(request, tmp_path, calls, name):
    """From the first such call to the last that a thread makes for the operation. storage_test does it to every call."""
    if name not in QUICK and not request.config.getoption("--long"):
        pytest.skip("only with --long")
    operation, after = OPERATIONS[name]
    killed = 0
    for at in range(1, MOST_CALLS):
        directory = tmp_path / str(at)
        directory.mkdir()
        program = start_store(directory)
        store = client(program).create_bucket()
        for key, body in BEFORE.items():
            store.put(key, body)
        put_part(store, "multi", begin(store, "multi"), 1, b"part")
        answer = None
        with injected(program.pid, calls, f"signal=KILL:when={at}"):
            try:
                answer = operation(store)
            except (OSError, AssertionError):
                program.process.wait(5)  # killed before it said anything
            time.sleep(0.05)
        gone = program.process.poll() is not None
        program.kill()
        killed += gone
        with running(start_store(directory)) as again:
            now = client(again)
            for key, body in {**BEFORE, **after}.items():
                found = now.get(key)
                allowed = [after.get(key, BEFORE.get(key))]
                if answer is None:
                    allowed.append(BEFORE.get(key))
                assert (found.body if found.status == 200 else None) in allowed, (at, key, answer)
            if now.get("multi").status == 404:
                assert whole(now).status == 200 and now.get("multi").body == b"part"
            now.put("afterwards", b"x")
        if not gone:
            assert answer is not None and answer.status in (200, 204), answer
            break
    assert killed >= 1 or (name in ROWS_ALONE and "unlink" in calls), "it makes no such call"


@pytest.mark.timeout(3600)
def test_the_long_sweeps(request):
    """./dev test --long: 10,000 runs beside the reference model, more than 5,000 disks after a loss of power."""
    if not request.config.getoption("--long"):
        pytest.skip("only with --long")
    tests = os.environ["SIGNPOST_BINARY"].rsplit("/", 1)[0] + "/src/storage_test"
    done = subprocess.run([tests, "--gtest_filter=ModelTest.*:PowerLossTest.*:DurabilityTest.*"], env={**os.environ, "SIGNPOST_LONG": "1"},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def test_room_of_small_objects_goes_back_to_the_disk(tmp_path):
    body = noise(16 * 1024, seed=11)
    with running(start_store(tmp_path)) as program:
        store = client(program).create_bucket()
        index = tmp_path / "data/store/index.db"
        with ThreadPoolExecutor(16) as threads:
            assert {answer.status for answer in threads.map(lambda i: store.put(str(i), body), range(2000))} == {200}
            full = index.stat().st_size
            assert full > 25_000_000
            gone = [str(i) for i in range(2000) if i % 100]
            assert {answer.status for answer in threads.map(store.delete, gone)} == {204}
        eventually(lambda: index.stat().st_size < full * 2 / 3, 30)
        assert all(store.get(str(i)).body == body for i in range(0, 2000, 100))
    checked = run("check", "--data", tmp_path / "data")
    assert checked.returncode == 0, checked
