"""Idempotency-Key: a request that creates something and is sent again under the same key creates one thing and is answered the same,
whatever happened to the first answer."""

import os
import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients import Gateway, problem
from conftest import app_token, running, serve, write_configuration
from procs import eventually

# A body for each creating call. A call that openapi.json says to take the header and that is not here fails a test.
BODIES = {
    "/v1/files": {"name": "a.txt", "content_type": "text/plain", "size": 3},
    "/v1/albums": {"name": "Holiday"},
    "/v1/tokens": {"name": "ci", "scopes": ["read"]},
}
CALLS = sorted(BODIES.items())


@pytest.fixture(scope="module")
def ivy(gateway):
    return gateway.bearing(app_token("ivy"))


def key():
    return str(uuid.uuid4())


def under(value):
    return [("Idempotency-Key", value)]


def post(caller, path, body, value, **more):
    return caller.call("POST", path, json_body=body, headers=under(value), **more)


def changed(body):
    return {**body, "name": "another"}


def count(caller, path):
    """How many the caller has, through all pages."""
    found, cursor = 0, ""
    while True:
        page = caller.get(f"{path}?limit=100{cursor}").json()
        found += len(page["items"])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def without_secrets(document):
    return {name: None if name == "token" else value for name, value in document.items()}


def test_every_creating_call_is_tried_here(gateway):
    document = gateway.get("/openapi.json").json()
    reference = {"$ref": "#/components/parameters/IdempotencyKey"}
    takes = {path for path, item in document["paths"].items() if reference in item.get("post", {}).get("parameters", [])}
    assert takes - {"/v1/users"} == set(BODIES), "accounts are tried in test_users.py"


@pytest.mark.parametrize("path,body", CALLS)
def test_again_is_answered_the_same_and_creates_nothing(ivy, path, body):
    before, name = count(ivy, path), key()
    first = post(ivy, path, body, name)
    assert first.status == 201, first
    for value in (name, f'"{name}"', f'  "{name}"  '):
        again = post(ivy, path, body, value)
        assert again.status == 201 and again.json() == without_secrets(first.json())
        assert again.get("Location") == first.get("Location")
        assert again.get("Content-Type") == first.get("Content-Type") and again.get("Cache-Control") == "no-store"
    assert count(ivy, path) == before + 1
    assert post(ivy, path, body, key()).status == 201 and count(ivy, path) == before + 2


@pytest.mark.parametrize("path,body", CALLS)
def test_another_request_under_the_key_is_422(ivy, path, body):
    name = key()
    assert post(ivy, path, body, name).status == 201
    before = count(ivy, path)
    problem(post(ivy, path, changed(body), name), 422, "idempotency_key_reused")
    problem(post(ivy, path + "?x=1", body, name), 422, "idempotency_key_reused")
    for other, its_body in BODIES.items():
        if other != path:
            problem(post(ivy, other, its_body, name), 422, "idempotency_key_reused")
    assert count(ivy, path) == before and post(ivy, path, body, name).status == 201


@pytest.mark.parametrize("path,body", CALLS)
def test_another_principal_has_other_keys(gateway, ivy, path, body):
    name, ian = key(), gateway.bearing(app_token("ian"))
    mine, his = post(ivy, path, body, name), post(ian, path, changed(body), name)
    assert mine.status == his.status == 201
    assert post(ian, path, changed(body), name).json() == without_secrets(his.json())
    assert post(ivy, path, body, name).json() == without_secrets(mine.json())


def test_a_token_is_shown_once_under_a_key_too(gateway, ivy):
    name = key()
    first = post(ivy, "/v1/tokens", BODIES["/v1/tokens"], name).json()
    again = post(ivy, "/v1/tokens", BODIES["/v1/tokens"], name).json()
    assert again["token"] is None and again["id"] == first["id"]
    assert gateway.bearing(first["token"]).get("/v1/session").status == 200
    # So who lost the answer knows which token to take back.
    assert ivy.call("DELETE", f"/v1/tokens/{again['id']}").status == 204
    problem(gateway.bearing(first["token"]).get("/v1/session"), 401)


def test_an_upload_begun_under_a_key_goes_on_with_the_second_answer(ivy):
    name, data = key(), b"abc"
    post(ivy, "/v1/files", BODIES["/v1/files"], name)
    again = post(ivy, "/v1/files", BODIES["/v1/files"], name).json()
    assert ivy.put(again["upload"], data).status == 200
    assert ivy.complete(again["file"]["id"]).status == 200


def test_a_refusal_is_not_kept(ivy):
    name = key()
    problem(post(ivy, "/v1/files", {"name": "a", "size": -1}, name), 400)
    problem(post(ivy, "/v1/files", {"name": "a", "size": 1, "album": "none-of-that-id"}, name), 422)
    problem(post(ivy, "/v1/files", {"name": "a", "size": 1, "owner": "user:app:bob"}, name), 403)
    taken = ivy.create("a.txt", "text/plain", 1, id=f"taken-{name}")["file"]["id"]
    problem(post(ivy, "/v1/files", {"name": "a", "size": 1, "id": taken}, name), 409, "taken")
    assert post(ivy, "/v1/files", {"name": "a", "size": 1}, name).status == 201


@pytest.mark.parametrize("value", ["", " ", '""', '"a', "a b", '"a"b', "a\\b", '"a\\n"', "k" * 256, f'"{"k" * 256}"',
                                   "\u00e9", '"a", "b"'])
def test_what_is_no_key_is_400(ivy, value):
    before = count(ivy, "/v1/albums")
    problem(post(ivy, "/v1/albums", BODIES["/v1/albums"], value), 400, "invalid_idempotency_key")
    assert count(ivy, "/v1/albums") == before


def test_two_keys_are_400(ivy):
    answer = ivy.call("POST", "/v1/albums", json_body=BODIES["/v1/albums"], headers=under("a1") + under("a1"))
    problem(answer, 400, "invalid_idempotency_key")


def test_the_longest_key(ivy):
    name = ("k" + key()) * 7
    assert post(ivy, "/v1/albums", BODIES["/v1/albums"], name[:255]).status == 201


def test_a_key_opens_nothing_to_who_may_not(gateway, ivy):
    """Replays come after every check of who asks."""
    name = key()
    assert post(ivy, "/v1/files", BODIES["/v1/files"], name).status == 201
    problem(post(gateway.anonymous(), "/v1/files", BODIES["/v1/files"], name), 401)
    reader = ivy.call("POST", "/v1/tokens", json_body={"name": "r", "scopes": ["read"]}).json()["token"]
    problem(post(gateway.bearing(reader), "/v1/files", BODIES["/v1/files"], name), 403, "insufficient_scope")


def test_scripts_of_other_origins_may_send_it(gateway):
    fields = [("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "POST"),
              ("Access-Control-Request-Headers", "idempotency-key, content-type")]
    answer = gateway.call("OPTIONS", "/v1/files", headers=fields)
    assert "idempotency-key" in answer.get("Access-Control-Allow-Headers").lower()


@pytest.mark.parametrize("path,body", CALLS)
def test_of_64_at_once_one_creates(ivy, path, body):
    before, name, start = count(ivy, path), key(), threading.Barrier(64)

    def send(_):
        start.wait()
        return post(ivy, path, body, name, timeout=30)

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(send, range(64)))
    assert {a.status for a in answers} == {201}, [a for a in answers if a.status != 201][:1]
    assert len({a.json().get("file", a.json())["id"] for a in answers}) == 1
    assert count(ivy, path) == before + 1
    if path == "/v1/tokens":
        assert len([a for a in answers if a.json()["token"] is not None]) == 1


def test_of_two_requests_at_once_one_wins(ivy):
    """Under one key, different bodies: whichever came first is what the key means, and the rest is refused."""
    for _ in range(20):
        name, before = key(), count(ivy, "/v1/albums")
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n, k=name: post(ivy, "/v1/albums", {"name": f"album {n % 2}"}, k), range(8)))
        assert sorted({a.status for a in answers}) == [201, 422], answers
        assert len({a.json()["id"] for a in answers if a.status == 201}) == 1
        assert count(ivy, "/v1/albums") == before + 1


@pytest.mark.timeout(120)
def test_killed_at_any_moment_one_is_created(tmp_path, rsa_key):
    """The gateway is killed while requests are on their way; every one is sent again under its key until it is answered."""
    requests = 150
    with running(serve(tmp_path, config=write_configuration(tmp_path, [rsa_key]))) as program:
        caller = Gateway(program.url).bearing(app_token("kim"))
        assert caller.get("/v1/files").status == 200
        done, lost = threading.Event(), [0]

        def killer():
            pause = 0.05
            while not done.wait(pause):
                os.kill(program.listener_pid(program.url), signal.SIGKILL)
                pause = 0.7

        def create(number):
            name, until = f"retry-{number}", time.monotonic() + 90
            while time.monotonic() < until:
                try:
                    answer = post(caller, "/v1/files", {**BODIES["/v1/files"], "name": f"{number}.txt"}, name, timeout=5)
                    if answer.status == 201:
                        return answer.json()["file"]["id"]
                    assert answer.status >= 500, answer
                except (OSError, TimeoutError, AssertionError) as error:
                    if "422" in str(error):
                        raise
                    lost[0] += 1
                time.sleep(0.02)
            raise AssertionError("never answered")

        thread = threading.Thread(target=killer, daemon=True)
        thread.start()
        ids = []
        with ThreadPoolExecutor(8) as pool:
            while len(ids) < requests or (lost[0] == 0 and len(ids) < 40 * requests):
                ids += pool.map(create, range(len(ids), len(ids) + requests))
        done.set()
        thread.join()
        eventually(lambda: _healthy(caller), 15)
        assert len(set(ids)) == len(ids) and set(caller.ids()) == set(ids), f"{len(caller.ids())} files"
        assert lost[0] > 0, "no request was hit: this proves nothing"
        # And after a restart the keys still mean the same.
        for number in (0, requests - 1):
            again = post(caller, "/v1/files", {**BODIES["/v1/files"], "name": f"{number}.txt"}, f"retry-{number}")
            assert again.json()["file"]["id"] == ids[number]


def _healthy(caller):
    try:
        return caller.get("/readyz", timeout=2).status == 200
    except (OSError, AssertionError, TimeoutError):
        return False
