"""Local accounts and sessions: who may change what of whom, and what ends when."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients import SECRETS, Gateway, problem
from conftest import ADMIN_PASSWORD, app_token, running, serve, session_cookie, write_configuration
from samples import noise
from wire import fetch

PASSWORD = "a password of nobody else"
NUMBERS = iter(range(10_000))


@pytest.fixture(scope="module")
def site(work, rsa_key):
    """A gateway of its own, which believes an address that it is told: wrong passwords count by it."""
    directory = work / "users"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key])
    with running(serve(directory, config=config, env={"SIGNPOST__SERVER__TRUSTED_PROXIES__0": "127.0.0.1/32"})) as program:
        yield Gateway(program.url, program=program)


def sign_in(site, username, password, *headers):
    answer = site.call("POST", "/v1/session", json_body={"username": username, "password": password}, headers=headers)
    assert answer.status == 200, answer
    return site.with_cookie(session_cookie(answer), ("Origin", site.url))


@pytest.fixture(scope="module")
def root(site):
    return sign_in(site, "admin", ADMIN_PASSWORD)


@pytest.fixture(scope="module")
def chief(site):
    """An admin by an issuer's word."""
    return site.bearing(app_token("chief", groups=["file-admins"]))


def add(root, password=PASSWORD, **more):
    """A new user; its name."""
    username = f"user-{next(NUMBERS)}"
    answer = root.call("POST", "/v1/users", json_body={"username": username, "password": password, **more})
    assert answer.status == 201, answer
    assert answer.get("Location") == f"/v1/users/{username}"
    return username


def patch(who, username, /, **change):
    return who.call("PATCH", f"/v1/users/{username}", json_body=change)


def patched(*arguments, **change):
    answer = patch(*arguments, **change)
    assert answer.status == 200, answer
    return answer


def token_of(who, scopes=("read", "write")):
    answer = who.call("POST", "/v1/tokens", json_body={"name": "t", "scopes": list(scopes)})
    assert answer.status == 201, answer
    SECRETS.add(answer.json()["token"])
    return answer.json()["token"]


def try_password(site, username, password, address):
    """A sign-in from that address."""
    return site.call("POST", "/v1/session", json_body={"username": username, "password": password},
                     headers=[("X-Forwarded-For", address)])


def walk(who, target):
    items, cursor = [], ""
    while True:
        page = who.get(f"{target}{cursor}")
        assert page.status == 200, page
        items += page.json()["items"]
        if page.json()["next_cursor"] is None:
            return items
        cursor = f"&cursor={page.json()['next_cursor']}"


def test_an_account_from_its_making_to_its_end(site, root):
    username = add(root)
    made = root.get(f"/v1/users/{username}")
    assert made.json() == {"username": username, "principal": f"user:local:{username}", "admin": False, "disabled": False,
                           "created_at": made.json()["created_at"]}
    user = sign_in(site, username, PASSWORD)
    assert user.get("/v1/session").json()["principal"] == f"user:local:{username}"
    assert patched(root, username, disabled=True).json()["disabled"] is True
    problem(user.get("/v1/session"), 401, "bad_credential")
    assert patched(root, username, disabled=False).json()["disabled"] is False
    problem(user.get("/v1/session"), 401, "bad_credential")
    assert sign_in(site, username, PASSWORD).get("/v1/session").status == 200


def test_names_are_unique_whatever_their_case(root):
    username = add(root)
    for same in (username, username.upper(), username.title()):
        problem(root.call("POST", "/v1/users", json_body={"username": same, "password": PASSWORD}), 409, "taken")
    assert root.get(f"/v1/users/{username.upper()}").json()["username"] == username
    assert patched(root, username.upper(), admin=False).json()["username"] == username


@pytest.mark.parametrize("username", ["", " ", " bob", "bob ", "bob\t", "b b", "bób", "ｂｏｂ", "bob\u200b", "bob\u202e", "\u0430dmin",
                                      ".", "..", "a/b", "a%2fb", "../admin", "a:b", "user:local:admin", "x" * 65, "<img>", "a' OR 1=1 --", "a\0b"])
def test_a_name_is_plain(root, username):
    """None looks like another, or could be read as part of a principal or a path."""
    problem(root.call("POST", "/v1/users", json_body={"username": username, "password": PASSWORD}), 400, "invalid_request")


@pytest.mark.parametrize("document", [
    {}, {"username": "n1"}, {"password": PASSWORD}, {"username": "n1", "password": "short"}, {"username": "n1", "password": ""},
    {"username": "n1", "password": "1234567"}, {"username": "n1", "password": "x" * 1025}, {"username": "n1", "password": 12345678}, {"username": "n1", "password": ["x" * 10]},
    {"username": 1, "password": PASSWORD}, {"username": "n1", "password": PASSWORD, "admin": "yes"},
    {"username": "n1", "password": PASSWORD, "disabled": True}, {"username": "n1", "password": PASSWORD, "principal": "user:local:x"},
    {"username": "n1", "password": PASSWORD, "password_hash": "x"}, {"username": "n1", "password": PASSWORD, "created_at": "2020-01-01T00:00:00Z"}],
    ids=lambda d: str(d)[:60])
def test_malformed(root, document):
    problem(root.call("POST", "/v1/users", json_body=document), 400, "invalid_request")
    problem(root.get("/v1/users/n1"), 404)


def test_the_longest_password(site, root):
    password = "ü" * 512
    username = add(root, password)
    assert sign_in(site, username, password).get("/v1/session").status == 200
    problem(try_password(site, username, password[:-1], "192.0.2.1"), 401, "wrong_credentials")
    began = time.monotonic()
    problem(patch(root, username, password="x" * 900_000), 400)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("change", [{}, {"password": None}, {"password": "short"}, {"password": "x" * 1025}, {"admin": 1}, {"disabled": "no"},
                                    {"username": "other"}, {"principal": "user:local:admin"}, {"password_hash": "x"}, {"id": "x"},
                                    {"password": PASSWORD, "current_password": PASSWORD}, {"admin": True, "current_password": PASSWORD}], ids=str)
def test_a_malformed_change(site, root, change):
    username = add(root)
    problem(patch(root, username, **change), 400, "invalid_request")
    assert sign_in(site, username, PASSWORD).get("/v1/session").json()["admin"] is False


def test_only_an_admin_knows_of_others(site, root):
    username, other = add(root), add(root)
    user = sign_in(site, username, PASSWORD)
    missing = problem(user.get("/v1/users/nobody-there"), 404)
    for call in (user.get(f"/v1/users/{other}"), user.get("/v1/users"), user.get("/v1/users/admin"),
                 user.get("/v1/users/x%27%20OR%201=1%20--"), user.get("/v1/users/%00"), patch(user, other, password=PASSWORD + "2"),
                 patch(user, "nobody-there", disabled=True),
                 user.call("POST", "/v1/users", json_body={"username": "mine", "password": PASSWORD})):
        assert problem(call, 404) == missing
    assert user.get(f"/v1/users/{username.upper()}").json()["username"] == username
    assert sign_in(site, other, PASSWORD).get("/v1/session").status == 200


def test_nobody_makes_themselves_an_admin(site, root):
    username = add(root)
    user = sign_in(site, username, PASSWORD)
    for change in ({"admin": True}, {"disabled": False}, {"disabled": True},
                   {"admin": True, "password": PASSWORD + "2", "current_password": PASSWORD}):
        problem(patch(user, username, **change), 403, "forbidden")
    assert user.get("/v1/session").json()["admin"] is False
    assert sign_in(site, username, PASSWORD).get("/v1/session").status == 200


def test_an_issuers_subject_of_that_name_is_another(site, root):
    username = add(root)
    same_name = site.bearing(app_token(username))
    problem(same_name.get(f"/v1/users/{username}"), 404)
    problem(patch(same_name, username, password=PASSWORD + "2", current_password=PASSWORD), 404)
    problem(same_name.get(f"/v1/sessions?principal=user:local:{username}"), 404)


def test_admin_counts_from_the_next_request(site, root):
    username = add(root, admin=True)
    user = sign_in(site, username, PASSWORD)
    token = site.bearing(token_of(user, ["read", "admin"]))
    for who in (user, token):
        assert who.get("/v1/users?limit=1").status == 200
    assert patched(root, username, admin=False).json()["admin"] is False
    for who in (user, token):
        assert who.get("/v1/session").json()["admin"] is False
        problem(who.get("/v1/users"), 404)
        problem(who.get("/v1/users/admin"), 404)
    problem(patch(token, "admin", password=PASSWORD), 404)
    problem(token.call("POST", "/v1/users", json_body={"username": "mine", "password": PASSWORD}), 404)
    patched(root, username, admin=True)
    assert user.get("/v1/session").json()["admin"] is True


def test_a_disabled_user_is_refused_at_once(site, root):
    username = add(root)
    user = sign_in(site, username, PASSWORD)
    file = user.upload(noise(100, seed=9), "a.bin", "application/octet-stream")
    tokens = [site.bearing(token_of(user)) for _ in range(2)]
    for who in (user, *tokens):
        assert who.signed_url(file["id"])["url"]
    patched(root, username, disabled=True)
    for who in (user, *tokens):
        for target in (f"/v1/files/{file['id']}/url", f"/files/{file['id']}", "/v1/files", "/v1/session", "/v1/sessions"):
            problem(who.get(target), 401, "bad_credential")
        problem(who.call("POST", "/v1/urls", json_body={"ids": [file["id"]]}), 401)
        problem(who.call("POST", "/v1/tokens", json_body={"name": "t", "scopes": ["read"]}), 401)
    refused = problem(try_password(site, username, PASSWORD, "192.0.2.2"), 401, "wrong_credentials")
    assert refused == problem(try_password(site, "nobody-there", PASSWORD, "192.0.2.2"), 401)
    assert refused == problem(try_password(site, "admin", PASSWORD, "192.0.2.2"), 401)
    patched(root, username, disabled=False)
    for who in (user, *tokens):
        problem(who.get("/v1/files"), 401, "bad_credential")
    again = sign_in(site, username, PASSWORD)
    assert fetch(again.signed_url(file["id"])["url"]).status == 200


def test_s2_sign_in_takes_as_long_whoever_it_is(site, root):
    """Unknown, disabled and known: medians within a few per cent of each other, for the slow hash is run for all."""
    known, disabled = add(root), add(root)
    patched(root, disabled, disabled=True)
    times = {name: [] for name in (known, disabled, "nobody-there", "no such name!")}
    for i in range(25):
        for name, taken in times.items():
            began = time.perf_counter()
            answer = try_password(site, name, "a wrong password", f"198.51.100.{i}")
            taken.append(time.perf_counter() - began)
            problem(answer, 401, "wrong_credentials")
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    quickest, slowest = min(medians.values()), max(medians.values())
    assert quickest > 0.02 and slowest / quickest < 1.25, medians


def test_an_admins_new_password_ends_the_sessions(site, root):
    username = add(root)
    user = sign_in(site, username, PASSWORD)
    token = site.bearing(token_of(user))
    answer = patched(root, username, password=PASSWORD + "2")
    assert answer.get("Set-Cookie") is None and "password" not in answer.text
    problem(user.get("/v1/session"), 401, "bad_credential")
    problem(try_password(site, username, PASSWORD, "192.0.2.3"), 401)
    assert sign_in(site, username, PASSWORD + "2").get("/v1/session").status == 200
    assert token.get("/v1/session").status == 200, "a token is no password's: it is revoked by itself"
    assert root.get("/v1/session").status == 200


def test_ones_own_new_password_ends_the_other_sessions(site, root):
    username = add(root)
    user, other = sign_in(site, username, PASSWORD), sign_in(site, username, PASSWORD)
    answer = patched(user, username, password=PASSWORD + "2", current_password=PASSWORD)
    for old in (user, other):  # whoever holds the same cookie is out too
        problem(old.get("/v1/session"), 401, "bad_credential")
    cookie = session_cookie(answer)
    attributes = answer.get("Set-Cookie").lower()
    assert "httponly" in attributes and "samesite=lax" in attributes
    renewed = site.with_cookie(cookie, ("Origin", site.url))
    assert renewed.get("/v1/session").json()["principal"] == f"user:local:{username}"
    assert [one["current"] for one in walk(renewed, "/v1/sessions?limit=10")] == [True]
    problem(try_password(site, username, PASSWORD, "192.0.2.4"), 401)


def test_the_own_password_needs_the_present_one(site, root):
    for username in (add(root), add(root, admin=True)):
        user = sign_in(site, username, PASSWORD)
        problem(patch(user, username, password=PASSWORD + "2"), 400, "invalid_request")
        from_there = ("X-Forwarded-For", "192.0.2.5")
        wrong = {"password": PASSWORD + "2", "current_password": "wrong password"}
        seen = [user.call("PATCH", f"/v1/users/{username}", json_body=wrong, headers=[from_there]) for _ in range(12)]
        problem(seen[0], 403, "wrong_password")
        problem(seen[-1], 429, "too_many_requests")  # guessed at no faster than at a sign-in
        assert user.get("/v1/session").status == 200
        assert sign_in(site, username, PASSWORD).get("/v1/session").status == 200


def test_an_admin_remains(work, rsa_key):
    directory = work / "last-admin"
    directory.mkdir()
    with running(serve(directory, config=write_configuration(directory, [rsa_key]))) as program:
        site = Gateway(program.url, program=program)
        root = sign_in(site, "admin", ADMIN_PASSWORD)
        for change in ({"admin": False}, {"disabled": True}, {"admin": False, "disabled": False}):
            problem(patch(root, "admin", **change), 409, "last_admin")
            # nor by an admin of an issuer: whose word may end with its configuration
            problem(patch(site.bearing(app_token("chief", groups=["file-admins"])), "ADMIN", **change), 409, "last_admin")
        second = add(root, admin=True)
        assert patched(root, "admin", admin=False).json()["admin"] is False
        problem(root.get("/v1/users"), 404)
        problem(patch(sign_in(site, second, PASSWORD), second, disabled=True), 409, "last_admin")


def test_a_token_makes_and_changes_no_admin(site, root):
    """Whoever stole one cannot make themselves a lasting account that may everything."""
    scoped = site.bearing(token_of(root, ["read", "write", "admin"]))
    username = add(scoped)
    assert username in [one["username"] for one in walk(scoped, "/v1/users?limit=50")]
    assert patched(scoped, username, password=PASSWORD + "2").status == 200
    patched(scoped, username, disabled=True)
    other_admin = add(root, admin=True)
    for refused in (patch(scoped, username, admin=True), patch(scoped, other_admin, password=PASSWORD + "2"),
                    patch(scoped, other_admin, disabled=True), patch(scoped, "admin", password=PASSWORD + "2"),
                    patch(scoped, "admin", password=PASSWORD + "2", current_password=ADMIN_PASSWORD),
                    scoped.call("POST", "/v1/users", json_body={"username": "lasting", "password": PASSWORD, "admin": True})):
        problem(refused, 403, "sign_in_needed")
    problem(root.get("/v1/users/lasting"), 404)
    for scopes in (["read"], ["write"], ["read", "write", "share"]):
        weak = site.bearing(token_of(root, scopes))
        for refused in (weak.get("/v1/users"), weak.get("/v1/users/admin"), patch(weak, username, disabled=False),
                        weak.call("POST", "/v1/users", json_body={"username": "lasting", "password": PASSWORD})):
            problem(refused, 403, "insufficient_scope")


def test_a_users_own_token_does_not_change_its_password(site, root):
    username = add(root, admin=True)
    token = site.bearing(token_of(sign_in(site, username, PASSWORD), ["read", "admin"]))
    patched(root, username, admin=False)
    refused = patch(token, username, password=PASSWORD + "2", current_password=PASSWORD)
    problem(refused, 403, "sign_in_needed")


def test_g1_another_sites_request_changes_nothing(site, root):
    username = add(root)
    cookie = root.headers[0][1]
    for evil in (("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("X-Nothing", "x")):
        attacked = site.with_cookie(cookie, evil)
        problem(patch(attacked, username, admin=True), 403, "cross_site")
        problem(attacked.call("POST", "/v1/users", json_body={"username": "csrf", "password": PASSWORD}), 403, "cross_site")
        problem(attacked.call("DELETE", "/v1/sessions/x"), 403, "cross_site")
    typed = [("Content-Type", "text/plain")]
    problem(root.call("POST", "/v1/users", b'{"username":"csrf","password":"12345678"}', typed), 403, "cross_site")
    problem(root.call("PATCH", f"/v1/users/{username}", b'{"admin":true}', typed), 403, "cross_site")
    problem(root.get("/v1/users/csrf"), 404)
    assert root.get(f"/v1/users/{username}").json()["admin"] is False


def test_lists_go_in_pages(site, root, chief):
    for _ in range(3):
        add(root)
    everyone = [one["username"] for one in walk(root, "/v1/users?limit=1000")]
    assert everyone == sorted(everyone, key=str.lower) and "admin" in everyone
    assert [one["username"] for one in walk(root, "/v1/users?limit=2")] == everyone
    cursor = root.get("/v1/users?limit=1").json()["next_cursor"]
    problem(chief.get(f"/v1/users?cursor={cursor}"), 400)
    problem(root.get(f"/v1/sessions?cursor={cursor}"), 400)
    for query in ("limit=0", "limit=1001", "cursor=x", "q=a", "sort=name", "limit=1%20OR%201=1"):
        problem(root.get(f"/v1/users?{query}"), 400)
    problem(root.get("/v1/users/admin?x=1"), 400)


def test_an_admin_by_an_issuers_word(site, root, chief):
    username = add(chief, admin=True)
    user = sign_in(site, username, PASSWORD)
    assert user.get("/v1/session").json()["admin"] is True
    patched(chief, username, password=PASSWORD + "2")
    problem(user.get("/v1/session"), 401)
    problem(site.bearing(app_token("chief")).get("/v1/users"), 404)


def test_a_repeated_creation_is_one(site, root, chief):
    """Under an Idempotency-Key, and without the password's being kept as a quick hash: another one is another request."""
    def make(who, value, **more):
        body = {"username": username, "password": PASSWORD, **more}
        return who.call("POST", "/v1/users", json_body=body, headers=[("Idempotency-Key", value)])
    username = f"user-{next(NUMBERS)}"
    first = make(root, "made-once")
    assert first.status == 201
    again = make(root, "made-once")
    assert again.status == 201 and again.json() == first.json() and again.get("Location") == first.get("Location")
    for change in ({"password": PASSWORD + "2"}, {"admin": True}, {"username": "another"}):
        problem(make(root, "made-once", **change), 422, "idempotency_key_reused")
    problem(make(root, "another-key"), 409, "taken")
    problem(make(chief, "made-once"), 409, "taken")
    with ThreadPoolExecutor(6) as threads:
        username = f"user-{next(NUMBERS)}"
        made = list(threads.map(lambda i: make(root, "at-once", password=PASSWORD if i % 2 else PASSWORD + "2"), range(6)))
    assert sorted({one.status for one in made}) == [201, 422] and [one.status for one in made].count(201) == 3, made
    patched(root, username, password=PASSWORD + "3")
    problem(make(root, "at-once"), 422, "idempotency_key_reused")


# Sessions


def test_sessions_say_from_where(site, root):
    username = add(root)
    begun = [sign_in(site, username, PASSWORD, ("User-Agent", f"Browser/{i} \xe9 <img src=x>"), ("X-Forwarded-For", f"203.0.113.{i}"))
             for i in range(3)]
    sessions = walk(begun[1], "/v1/sessions?limit=2")
    assert sorted(one["address"] for one in sessions) == [f"203.0.113.{i}" for i in range(3)]
    mine = next(one for one in sessions if one["current"])
    assert [one["current"] for one in sessions].count(True) == 1
    assert mine["address"] == "203.0.113.1" and mine["user_agent"].startswith("Browser/1 ?")
    assert mine["principal"] == f"user:local:{username}"
    cookie = begun[1].headers[0][1].split("=", 1)[1]
    assert cookie not in begun[1].get("/v1/sessions").text
    problem(begun[1].get("/v1/sessions?limit=x"), 400)
    problem(begun[1].call("DELETE", "/v1/sessions/x?all=1"), 400)


def test_ending_a_session_by_its_id(site, root):
    username = add(root)
    here, there = sign_in(site, username, PASSWORD), sign_in(site, username, PASSWORD)
    lost = next(one["id"] for one in walk(here, "/v1/sessions?limit=5") if not one["current"])
    assert here.call("DELETE", f"/v1/sessions/{lost}").status == 204
    problem(there.get("/v1/session"), 401, "bad_credential")
    assert here.get("/v1/session").status == 200
    problem(here.call("DELETE", f"/v1/sessions/{lost}"), 404)


def test_others_sessions_do_not_exist(site, root):
    one, other = add(root), add(root)
    mine, theirs = sign_in(site, one, PASSWORD), sign_in(site, other, PASSWORD)
    target = walk(theirs, "/v1/sessions?limit=5")[0]["id"]
    missing = problem(mine.call("DELETE", "/v1/sessions/nothing"), 404)
    for wrong in (target, target.upper(), f"{target}%00", "%27%20OR%201=1%20--", "%25", "*"):
        assert problem(mine.call("DELETE", f"/v1/sessions/{wrong}"), 404) == missing
    problem(mine.get(f"/v1/sessions?principal=user:local:{other}"), 404)
    problem(mine.get("/v1/sessions?principal=everybody"), 400)
    assert target not in mine.get("/v1/sessions?limit=1000").text
    assert theirs.get("/v1/session").status == 200
    # an admin sees and ends them
    assert [s["id"] for s in walk(root, f"/v1/sessions?principal=user:local:{other}&limit=5")] == [target]
    assert root.call("DELETE", f"/v1/sessions/{target}").status == 204
    problem(theirs.get("/v1/session"), 401, "bad_credential")


def test_an_admin_scope_that_counts_no_more_ends_nobodys_session(site, root):
    username, other = add(root, admin=True), add(root)
    token = site.bearing(token_of(sign_in(site, username, PASSWORD), ["read", "write", "admin"]))
    theirs = sign_in(site, other, PASSWORD)
    target = walk(token, f"/v1/sessions?principal=user:local:{other}&limit=5")[0]["id"]
    patched(root, username, admin=False)
    problem(token.get(f"/v1/sessions?principal=user:local:{other}"), 404)
    problem(token.call("DELETE", f"/v1/sessions/{target}"), 404)
    assert theirs.get("/v1/session").status == 200


def test_a_session_out_of_a_token_is_its_principals(site):
    """POST /v1/session with a bearer JWT: the session is listed, ends by its id, and with the JWT."""
    bearer = site.bearing(app_token("hana", exp=int(time.time()) + 600))
    answer = bearer.call("POST", "/v1/session")
    assert answer.status == 200 and int(answer.get("Set-Cookie").split("Max-Age=")[1].split(";")[0]) <= 600, answer
    session = site.with_cookie(session_cookie(answer), ("Origin", site.url))
    file = bearer.upload(b"picture", "a.bin", "application/octet-stream")
    shown = session.get(f"/files/{file['id']}")  # as <img> does it
    assert shown.status == 302 and fetch(shown.get("Location")).body == b"picture"
    listed = walk(bearer, "/v1/sessions?limit=5")
    assert [one["principal"] for one in listed] == ["user:app:hana"] and listed[0]["current"] is False
    assert listed[0]["expires_at"] == answer.json()["expires_at"]
    assert bearer.call("DELETE", f"/v1/sessions/{listed[0]['id']}").status == 204
    problem(session.get(f"/files/{file['id']}"), 401)


def test_too_many_new_passwords_are_503(site, root):
    username = add(root)

    def ask(i):
        if i % 2:
            return root.call("PATCH", f"/v1/users/{username}", json_body={"password": f"{PASSWORD} {i}"}, timeout=60)
        return root.call("POST", "/v1/users", json_body={"username": f"flood-{i}", "password": PASSWORD}, timeout=60)
    with ThreadPoolExecutor(200) as threads:
        seen = list(threads.map(ask, range(200)))
    for kind, good in ((seen[0::2], 201), (seen[1::2], 200)):
        assert {one.status for one in kind} == {good, 503}
    assert root.get("/v1/session").status == 200


def test_a_session_made_while_its_password_changes_ends(site, root):
    """Of a sign-in by the old password and its change at the same time, no session stays that the new password did not make."""
    username = add(root)
    for round_number in range(6):
        old, new = f"{PASSWORD} {round_number}", f"{PASSWORD} {round_number + 1}"
        patched(root, username, password=old)
        with ThreadPoolExecutor(4) as threads:
            tries = [threads.submit(try_password, site, username, old, f"198.51.100.{i}") for i in range(3)]
            patched(root, username, password=new)
        for answer in (one.result() for one in tries):
            if answer.status == 200:
                SECRETS.add(session_cookie(answer).split("=", 1)[1])
                problem(site.with_cookie(session_cookie(answer)).get("/v1/session"), 401)
            else:
                problem(answer, 401)
