"""A request whose body is held back until the file or album that it was allowed for has gone, and another one has its id. What was allowed
for the one is not done to the other (SECURITY cases Q3 and Q5)."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import wire
from clients import problem
from conftest import app_token

SECRET = b"secret"


@pytest.fixture(scope="module")
def mallory(gateway):
    return gateway.bearing(app_token("mallory"))


@pytest.fixture(scope="module")
def victor(gateway):
    return gateway.bearing(app_token("victor"))


class Held:
    """A request that has been sent but for the last byte of its body."""

    def __init__(self, caller, method, target, body, content_type="application/json"):
        self.connection, self.method, self.last = wire.Connection(caller.address), method, body[-1:]
        fields = [("Host", caller.address.authority), *caller.headers, ("Content-Type", content_type), ("Content-Length", str(len(body))),
                  ("Expect", "100-continue")]
        self.connection.send(wire.head(method, target, fields))
        assert self.connection.interim() == 100, "allowed by now, and the body is awaited"
        self.connection.send(body[:-1])

    def let_go(self):
        with self.connection:
            self.connection.send(self.last)
            return self.connection.response(self.method)


def upload(caller, file_id):
    """Pending, with its bytes in the store."""
    document = caller.create("a.txt", "text/plain", len(SECRET), id=file_id)
    assert caller.put(document["upload"], SECRET).status == 200


def entry(caller, file_id):
    answer = caller.get(f"/v1/files/{file_id}")
    assert answer.status == 200, answer
    return answer.json()


def test_q5_a_change_does_not_reach_who_has_the_id_next(mallory, victor):
    """Least of all one that puts the file into an album of whoever asks, who could read it there."""
    album = mallory.call("POST", "/v1/albums", json_body={"name": "trap"}).json()["id"]
    mallory.create(id="held-patch")
    held = Held(mallory, "PATCH", "/v1/files/held-patch", json.dumps({"album": album, "name": "mine"}).encode())
    assert mallory.call("DELETE", "/v1/files/held-patch").status == 204
    upload(victor, "held-patch")
    assert victor.complete("held-patch").status == 200
    before = entry(victor, "held-patch")
    problem(held.let_go(), 404, "not_found")
    assert entry(victor, "held-patch") == before
    for target in ("/v1/files/held-patch", "/files/held-patch", "/v1/files/held-patch/url", "/files/held-patch?delivery=proxy"):
        problem(mallory.get(target), 404, "not_found")
    assert mallory.get(f"/v1/files?album={album}").json()["items"] == []


@pytest.mark.parametrize("content", [b"short", SECRET, b"\x89PNG\r\n\x1a\n"], ids=["shorter", "as long", "of another type"])
@pytest.mark.parametrize("who", ["another", "the same owner"])
def test_q3_the_end_of_an_upload_does_not_end_who_has_the_id_next(mallory, victor, content, who):
    """Neither well nor badly: the second upload goes on, and what it brings is what is there."""
    file_id = f"held-content-{len(content)}-{len(who)}"
    second = victor if who == "another" else mallory
    mallory.create("a.txt", "text/plain", len(content), id=file_id)
    held = Held(mallory, "PUT", f"/v1/files/{file_id}/content", content, "text/plain")
    assert mallory.call("DELETE", f"/v1/files/{file_id}").status == 204
    upload(second, file_id)
    before = entry(second, file_id)
    answer = held.let_go()
    assert answer.status in (404, 409), answer
    assert entry(second, file_id) == before
    assert second.complete(file_id).status == 200
    answer = second.get(f"/files/{file_id}?delivery=proxy")
    assert answer.status == 200 and answer.body == SECRET, answer


def test_q3_nor_does_a_complete(mallory, victor):
    upload(mallory, "held-complete")
    held = Held(mallory, "POST", "/v1/files/held-complete/complete", b"{}")
    assert mallory.call("DELETE", "/v1/files/held-complete").status == 204
    upload(victor, "held-complete")
    assert held.let_go().status in (404, 409)
    assert entry(victor, "held-complete")["state"] == "pending" and victor.complete("held-complete").status == 200
    assert victor.get("/files/held-complete?delivery=proxy").body == SECRET


def test_q5_nor_an_albums_new_name_or_a_grant(mallory, victor):
    for target, body in (("/v1/albums/held-album", {"name": "mine"}), ("/v1/albums/held-album/grants/user:app:mallory", {"role": "editor"})):
        assert mallory.call("POST", "/v1/albums", json_body={"name": "a", "id": "held-album"}).status == 201
        held = Held(mallory, "PATCH" if "grants" not in target else "PUT", target, json.dumps(body).encode())
        assert mallory.call("DELETE", "/v1/albums/held-album").status == 204
        made = victor.call("POST", "/v1/albums", json_body={"name": "victor's", "id": "held-album"}).json()
        problem(held.let_go(), 404, "not_found")
        assert victor.get("/v1/albums/held-album").json() == made
        problem(mallory.get("/v1/albums/held-album"), 404)
        assert victor.call("DELETE", "/v1/albums/held-album").status == 204


def test_q3_an_upload_whose_entry_is_deleted_meanwhile_is_no_failure(mallory):
    """Whenever the deletion comes, also between two questions to the store."""
    def put():
        return mallory.call("PUT", "/v1/files/deleted/content", SECRET, [("Content-Type", "text/plain")])

    statuses = set()
    with ThreadPoolExecutor(2) as pool:
        for n in range(400):
            mallory.create("a.txt", "text/plain", len(SECRET), id="deleted")
            answer = pool.submit(put)
            time.sleep(n % 40 / 10_000)
            assert mallory.call("DELETE", "/v1/files/deleted").status == 204
            statuses.add(answer.result().status)
    assert statuses <= {200, 404, 409}, statuses
