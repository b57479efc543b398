"""A request whose body is held back until the file or album that it was allowed for has gone, and another one has its id: what was allowed
for the one is not done to the other (SECURITY cases Q3 and Q5). Or until who sends it may no more (G6): then nothing is done."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import wire
from clients import Held, problem
from conftest import app_token, session_cookie

SECRET = b"secret"


@pytest.fixture(scope="module")
def mallory(gateway):
    return gateway.bearing(app_token("mallory"))


@pytest.fixture(scope="module")
def victor(gateway):
    return gateway.bearing(app_token("victor"))


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


def first_user(admin, name):
    """A local account, signed in."""
    assert admin.call("POST", "/v1/users", json_body={"username": name, "password": "a good password"}).status == 201
    guest = admin.anonymous()
    cookie = session_cookie(guest.login(name, "a good password"))
    return guest.with_cookie(cookie, ("Origin", admin.url))


def held_requests(caller, file_id, album):
    """One of each kind, allowed by now."""
    return [
        Held(caller, "POST", "/v1/files", json.dumps({"name": "made.txt", "size": 1}).encode()),
        Held(caller, "POST", "/v1/albums", b'{"name": "made"}'),
        Held(caller, "POST", "/v1/tokens", b'{"name": "made", "scopes": ["read"]}'),
        Held(caller, "POST", "/v1/urls", json.dumps({"ids": [file_id]}).encode()),
        Held(caller, "PATCH", f"/v1/files/{file_id}", b'{"name": "changed"}'),
        Held(caller, "PATCH", f"/v1/albums/{album}", b'{"name": "changed"}'),
        Held(caller, "PUT", f"/v1/files/{file_id}/grants/anyone", b'{"role": "viewer"}'),
        Held(caller, "PUT", f"/v1/albums/{album}/grants/anyone", b'{"role": "viewer"}'),
        Held(caller, "POST", f"/v1/files/{file_id}/complete", b"{}"),
    ]


@pytest.mark.parametrize("how", ["signed out", "a revoked token", "a disabled user"])
def test_g6_a_credential_that_is_taken_back_ends_what_waits_for_its_body(admin, how):
    name = "held-" + how.replace(" ", "-")
    user = first_user(admin, name)
    token = user.call("POST", "/v1/tokens", json_body={"name": "t", "scopes": ["read", "write", "share"]}).json()
    caller = user.anonymous().bearing(token["token"]) if how == "a revoked token" else user
    file_id = caller.create("a.txt", "text/plain", len(SECRET))["file"]["id"]
    album = caller.call("POST", "/v1/albums", json_body={"name": "a"}).json()["id"]
    before = entry(caller, file_id)
    held = [*held_requests(caller, file_id, album), Held(caller, "PUT", f"/v1/files/{file_id}/content", SECRET, "text/plain")]
    if how == "signed out":
        assert user.call("DELETE", "/v1/session").status == 204
    elif how == "a revoked token":
        assert user.call("DELETE", f"/v1/tokens/{token['id']}").status == 204
    else:
        assert admin.call("PATCH", f"/v1/users/{name}", json_body={"disabled": True}).status == 200
    for request in held:
        problem(request.let_go(), 401, "bad_credential")
    if how == "a disabled user":
        assert admin.call("PATCH", f"/v1/users/{name}", json_body={"disabled": False}).status == 200
    cookie = session_cookie(admin.anonymous().login(name, "a good password"))
    again = admin.anonymous().with_cookie(cookie, ("Origin", admin.url))
    assert entry(again, file_id) == before and again.ids() == [file_id]
    assert [item["name"] for item in again.get("/v1/albums").json()["items"]] == ["a"]
    for target in (f"/v1/files/{file_id}/grants", f"/v1/albums/{album}/grants"):
        assert again.get(target).json()["items"] == []


def test_a_token_that_ends_ends_what_waits_for_its_body(gateway):
    caller = gateway.bearing(app_token("brief", exp=int(time.time()) + 3))
    held = Held(caller, "POST", "/v1/files", b'{"name": "a.txt", "size": 1}')
    time.sleep(3.2)
    problem(held.let_go(), 401, "bad_credential")
    assert gateway.bearing(app_token("brief")).ids() == []


def test_an_admin_no_more_is_none_for_what_waits_for_its_body(admin):
    second = first_user(admin, "held-admin")
    assert admin.call("PATCH", "/v1/users/held-admin", json_body={"admin": True}).status == 200
    held = [Held(second, "POST", "/v1/users", b'{"username": "held-made", "password": "a good password", "admin": true}'),
            Held(second, "PATCH", "/v1/users/held-admin", b'{"admin": true}'),
            Held(second, "POST", "/v1/files", b'{"name": "a.txt", "size": 1, "owner": "user:app:victor"}')]
    assert admin.call("PATCH", "/v1/users/held-admin", json_body={"admin": False}).status == 200
    assert [request.let_go().status for request in held] == [404, 403, 403]
    problem(admin.get("/v1/users/held-made"), 404)
    assert not admin.get("/v1/users/held-admin").json()["admin"]


def test_q5_a_grant_that_is_taken_back_ends_what_waits_for_its_body(mallory, victor):
    file_id = victor.create("a.txt", "text/plain", len(SECRET))["file"]["id"]
    album = victor.call("POST", "/v1/albums", json_body={"name": "a"}).json()["id"]
    targets = [f"/v1/files/{file_id}/grants/user:app:mallory", f"/v1/albums/{album}/grants/user:app:mallory"]
    for target in targets:
        assert victor.call("PUT", target, json_body={"role": "editor"}).status == 200
    before = entry(victor, file_id)
    held = [Held(mallory, "PATCH", f"/v1/files/{file_id}", b'{"name": "changed"}'),
            Held(mallory, "PATCH", f"/v1/albums/{album}", b'{"name": "changed"}'),
            Held(mallory, "POST", f"/v1/files/{file_id}/complete", b"{}"),
            Held(mallory, "PUT", f"/v1/files/{file_id}/content", SECRET, "text/plain")]
    urls = Held(mallory, "POST", "/v1/urls", json.dumps({"ids": [file_id]}).encode())
    for target in targets:
        assert victor.call("DELETE", target).status == 204
    for request in held:
        problem(request.let_go(), 404, "not_found")
    assert urls.let_go().json()["urls"] == [{"id": file_id, "error": "not_found"}]
    assert entry(victor, file_id) == before and victor.get(f"/v1/albums/{album}").json()["name"] == "a"


def test_who_may_still_is_answered_as_ever(mallory):
    """Also where the body came late and in pieces, and the connection goes on."""
    with wire.Connection(mallory.address) as connection:
        for n in range(3):
            body = json.dumps({"name": f"late-{n}.txt", "size": n}).encode()
            connection.send(wire.head("POST", "/v1/files", [
                ("Host", mallory.address.authority), *mallory.headers, ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]))
            for i in range(0, len(body), 12):
                time.sleep(0.02)
                connection.send(body[i:i + 12])
            answer = connection.response("POST")
            assert answer.status == 201 and answer.json()["file"]["size"] == n, answer


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
