"""Limits by principal, by address and of wrong passwords; whose word about an address is taken."""

import time

import pytest

import wire
from clients import SECRETS, Gateway, problem
from conftest import ADMIN_PASSWORD, app_token, running, serve, session_cookie, write_configuration

RATE = 5


def start(directory, rsa_key, extra, server=""):
    """The file's [server] table comes from conftest: what is added to it has to stand in the environment."""
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], extra)
    return serve(directory, config=config, env=server or {})


@pytest.fixture(scope="module")
def limited(work, rsa_key):
    with running(start(work / "limited", rsa_key, f"[limits]\nrequests_per_second = {RATE}\n")) as program:
        yield Gateway(program.url, program=program)


@pytest.fixture(scope="module")
def behind_proxy(work, rsa_key):
    env = {"SIGNPOST__SERVER__TRUSTED_PROXIES__0": "127.0.0.1/32", "SIGNPOST__SERVER__TRUSTED_PROXIES__1": "10.0.0.0/8"}
    with running(start(work / "proxied", rsa_key, f"[limits]\nrequests_per_second = {RATE}\n", env)) as program:
        yield Gateway(program.url, program=program)


def too_many(answer):
    problem(answer, 429, "too_many_requests")
    assert 1 <= int(answer.get("Retry-After")) <= 3600, answer
    return int(answer.get("Retry-After"))


def statuses(caller, target, count, headers=()):
    return [caller.get(target, headers).status for _ in range(count)]


def test_each_principal_has_its_own(limited):
    one, other = limited.bearing(app_token("one")), limited.bearing(app_token("other"))
    seen = statuses(one, "/v1/files", 3 * RATE)
    assert seen[:RATE] == [200] * RATE and 429 in seen, seen
    assert other.get("/v1/files").status == 200
    refused = one.get("/v1/files")
    time.sleep(too_many(refused) if refused.status == 429 else 0)
    assert one.get("/v1/files").status == 200


def test_a_body_that_comes_late_counts_once(limited):
    """Though who sends it is judged twice."""
    caller, body = limited.bearing(app_token("late")), b'{"name": "late"}'
    seen = []
    with wire.Connection(caller.address) as connection:
        for _ in range(RATE):
            connection.send(wire.head("POST", "/v1/albums", [("Host", caller.address.authority), *caller.headers, ("Content-Type", "application/json"),
                                                             ("Content-Length", str(len(body)))]) + body[:-1])
            time.sleep(0.02)
            connection.send(body[-1:])
            seen.append(connection.response("POST").status)
    assert seen == [201] * RATE


def test_who_shows_nothing_good_counts_by_address(limited):
    time.sleep(1.2)
    good = limited.bearing(app_token("good"))
    seen = statuses(limited.bearing("sgn_bad"), "/v1/files", RATE) + statuses(limited, "/v1/files", 2 * RATE)
    assert seen[0] == 401 and seen[-1] == 429, seen
    too_many(limited.get("/openapi.json"))
    assert good.get("/v1/files").status == 200
    assert statuses(limited, "/healthz", 3 * RATE) == [200] * 3 * RATE


def test_p1_forwarded_from_anybody_is_ignored(limited):
    time.sleep(1.2)
    seen = [limited.get("/v1/files", [("X-Forwarded-For", f"198.51.100.{i}"), ("X-Real-IP", f"198.51.100.{i}"),
                                      ("Forwarded", f"for=198.51.100.{i}")]).status for i in range(3 * RATE)]
    assert 429 in seen, seen


def test_p1_a_trusted_proxy_tells_the_address(behind_proxy):
    def asked_from(forwarded, count=3 * RATE):
        return statuses(behind_proxy, "/v1/files", count, [("X-Forwarded-For", forwarded)])
    assert 429 in asked_from("203.0.113.1")
    assert asked_from("203.0.113.2", 1) == [401]
    # what stands left of the client was written by the client
    assert 429 in [asked_from(f"198.51.100.{i}, 203.0.113.3", 1)[0] for i in range(3 * RATE)]
    assert 429 in [asked_from(f"198.51.100.{i}, 203.0.113.4, 10.1.1.1", 1)[0] for i in range(3 * RATE)]
    # one customer's IPv6 network counts once
    assert 429 in [asked_from(f"2001:db8:1:2::{i}", 1)[0] for i in range(3 * RATE)]
    assert 429 not in [asked_from(f"2001:db8:2:{i}::1", 1)[0] for i in range(3 * RATE)]
    for garbage in ("unknown", "", ",,,", "1.2.3.4.5", "[::1", "x" * 8000, ", ".join(["10.0.0.1"] * 1500)):
        assert asked_from(garbage, 1)[0] in (401, 429), garbage


def test_p2_forwarded_host_and_scheme_change_nothing(behind_proxy):
    caller = behind_proxy.bearing(app_token("p2"))
    plain = caller.create(size=1)["upload"]["url"]
    time.sleep(1.2)
    evil = [("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Port", "444"),
            ("Forwarded", "host=evil.example;proto=https")]
    answer = caller.call("POST", "/v1/files", json_body={"name": "a", "content_type": "text/plain", "size": 1}, headers=evil)
    assert answer.status == 201 and b"evil" not in answer.body
    SECRETS.of_url(answer.json()["upload"]["url"])
    assert answer.json()["upload"]["url"].split("/")[:3] == plain.split("/")[:3]
    problem(caller.get("/v1/session", host="evil.example"), 421)
    cookie = behind_proxy.call("POST", "/v1/session", headers=evil, json_body={
        "username": "admin", "password": ADMIN_PASSWORD}).get("Set-Cookie")
    SECRETS.add(cookie.split(";")[0].split("=", 1)[1])
    assert cookie.startswith("signpost_session=") and "secure" not in cookie.lower()


@pytest.fixture(scope="module")
def guessed(work, rsa_key):
    env = {"SIGNPOST__SERVER__TRUSTED_PROXIES__0": "127.0.0.1"}
    with running(start(work / "guessed", rsa_key, "", env)) as program:
        yield Gateway(program.url, program=program)


def sign_in(gateway, username, password, address):
    return gateway.call("POST", "/v1/session", json_body={"username": username, "password": password},
                        headers=[("X-Forwarded-For", address)])


def test_wrong_passwords_are_counted_by_user_and_address(guessed):
    seen = [sign_in(guessed, "admin", f"wrong {i}", "203.0.113.1") for i in range(12)]
    assert [a.status for a in seen] == [401] * 10 + [429] * 2
    too_many(seen[-1])
    # the right one is not looked at either, or a guesser would learn it
    too_many(sign_in(guessed, "ADMIN", ADMIN_PASSWORD, "203.0.113.1"))
    # but it works from elsewhere, and for another user from there
    assert sign_in(guessed, "admin", ADMIN_PASSWORD, "203.0.113.2").status == 200
    problem(sign_in(guessed, "other", "wrong", "203.0.113.1"), 401)


def test_the_right_password_clears_the_count(guessed):
    for _ in range(3):
        for i in range(6):
            problem(sign_in(guessed, "admin", f"wrong {i}", "203.0.113.9"), 401)
        answer = sign_in(guessed, "admin", ADMIN_PASSWORD, "203.0.113.9")
        assert answer.status == 200, answer
        SECRETS.add(session_cookie(answer).split("=", 1)[1])


def test_one_address_does_not_try_every_user(guessed):
    seen = []
    while 429 not in seen and len(seen) < 400:
        seen.append(sign_in(guessed, f"user{len(seen)}", "wrong", "203.0.113.20").status)
    assert seen[:200] == [401] * 200 and seen[-1] == 429, seen
    assert sign_in(guessed, "admin", ADMIN_PASSWORD, "203.0.113.21").status == 200
