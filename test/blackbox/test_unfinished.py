"""Files whose upload nobody goes on with: they go after `uploads.keep`."""

import json
import time
from urllib.parse import urlsplit

import pytest

import wire
from clients import Gateway, Store, problem
from conftest import app_token, running, serve, write_configuration
from procs import eventually, run

DATA = b"some bytes"
SETTINGS = '[uploads]\nkeep = "2s"\n\n[delivery]\nexpires_in = "3s"\nmax_expires_in = "4s"\nstable_window = "0s"\n\n'


def store_of(program, directory, bucket):
    made = json.loads(run("access-key", "create", "--data", directory / "data", "--json").stdout)
    return Store(program.store_url, made["access_key_id"], made["secret_access_key"], bucket=bucket)


@pytest.mark.timeout(90)
def test_what_nobody_goes_on_with_goes(tmp_path, rsa_key):
    config = write_configuration(tmp_path, [rsa_key], SETTINGS)
    with running(serve(tmp_path, config=config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("fin"))
        done = caller.upload(DATA, "done.bin", "application/octet-stream")["id"]
        failed = caller.create("failed.png", "image/png", len(DATA))
        assert caller.put(failed["upload"], DATA).status == 200
        problem(caller.complete(failed["file"]["id"]), 409, "type_mismatch")
        never = caller.create("never.bin", "application/octet-stream", len(DATA), id="never")
        came = caller.create("came.bin", "application/octet-stream", len(DATA), id="came")
        assert caller.put(came["upload"], DATA).status == 200
        kept = caller.create("kept.bin", "application/octet-stream", len(DATA))["file"]["id"]
        bucket, key = urlsplit(came["upload"]["url"]).path[1:].split("/", 1)
        store = store_of(program, tmp_path, bucket)
        assert key in store.keys() and len(store.keys()) == 2

        def gone():
            # Who changes its entry goes on with it.
            assert caller.call("PATCH", f"/v1/files/{kept}", json_body={"name": "kept.bin"}).status == 200
            return {caller.get(f"/v1/files/{made['file']['id']}").status for made in (never, came)} == {404}
        eventually(gone, 40, 0.5)
        assert {file["id"] for file in caller.get("/v1/files").json()["items"]} == {done, failed["file"]["id"], kept}
        eventually(lambda: key not in store.keys())
        assert "2 of 3 pending files" in program.log() or program.log().count("pending files, that nobody went on with") == 2

        problem(caller.complete("never"), 404)
        problem(caller.call("PUT", "/v1/files/came/content", DATA), 404)
        again = caller.create("again.bin", "application/octet-stream", len(DATA), id="never")
        assert caller.put(again["upload"], DATA).status == 200 and caller.complete("never").status == 200
        assert caller.call("PUT", f"/v1/files/{kept}/content", DATA).status == 200
        for file in (done, "never", kept):
            assert caller.get(f"/files/{file}?delivery=proxy").body == DATA
    assert run("check", "--data", tmp_path / "data").returncode == 0


@pytest.mark.timeout(60)
def test_what_may_still_come_stays(tmp_path, rsa_key):
    """The URL is good for longer than files are kept: nothing goes before it has ended."""
    config = write_configuration(tmp_path, [rsa_key], '[uploads]\nkeep = "1s"\n\n[delivery]\nexpires_in = "10s"\nmax_expires_in = "10s"\n\n')
    with running(serve(tmp_path, config=config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("fin"))
        late = caller.create("late.bin", "application/octet-stream", len(DATA))
        time.sleep(7)  # many rounds
        assert caller.put(late["upload"], DATA).status == 200
        assert caller.complete(late["file"]["id"]).status == 200
        assert "pending files" not in program.log()


def test_what_is_deleted_while_it_comes_leaves_nothing(tmp_path, rsa_key):
    config = write_configuration(tmp_path, [rsa_key])
    with running(serve(tmp_path, config=config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("fin"))
        seen = caller.create("seen.bin", "application/octet-stream", 1)
        bucket = urlsplit(seen["upload"]["url"]).path[1:].split("/", 1)[0]
        store = store_of(program, tmp_path, bucket)
        created = caller.create("slow.bin", "application/octet-stream", len(DATA))
        path = f"/v1/files/{created['file']['id']}/content"
        with wire.Connection(caller.address) as connection:
            connection.send(wire.head("PUT", path, [("Host", caller.address.authority), *caller.headers, ("Content-Length", str(len(DATA)))]) + DATA[:4])
            time.sleep(0.3)
            assert caller.call("DELETE", f"/v1/files/{created['file']['id']}").status == 204
            connection.send(DATA[4:])
            problem(connection.response(), 404)
        assert store.keys() == {}
