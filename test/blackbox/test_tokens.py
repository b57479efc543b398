"""API tokens: their form, what they may do, and that they end."""

import re
import time
import zlib

import pytest

from clients import SECRETS, problem
from conftest import ADMIN_PASSWORD, app_token, session_cookie

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SCOPES = ["read", "write", "share", "admin"]


def make(who, scopes=("read",), name="ci", **more):
    """A token's document, its text included."""
    answer = who.call("POST", "/v1/tokens", json_body={"name": name, "scopes": list(scopes), **more})
    assert answer.status == 201, answer
    document = answer.json()
    SECRETS.add(document["token"])
    return document


def bearing(gateway, *arguments, **more):
    return gateway.bearing(make(*arguments, **more)["token"])


def checksum(text):
    value, out = zlib.crc32(text.encode()), ""
    for _ in range(6):
        value, rest = divmod(value, 62)
        out = DIGITS[rest] + out
    return out


def test_a_token_can_be_recognised_without_the_server(alice):
    document = make(alice, name="build server")
    token = document.pop("token")
    assert re.fullmatch(r"sgn_[0-9A-Za-z]{49}", token)
    assert checksum(token[4:47]) == token[47:]
    assert document["id"] not in token
    assert document == {"id": document["id"], "name": "build server", "principal": "user:app:alice", "scopes": ["read"],
                        "created_at": document["created_at"], "expires_at": None}


def test_it_is_shown_once(alice):
    document = make(alice)
    listed = alice.get("/v1/tokens")
    assert document["id"] in [item["id"] for item in listed.json()["items"]]
    assert document["token"] not in listed.body.decode() and "token" not in listed.json()["items"][0]
    assert listed.get("Cache-Control") == "no-store"


def test_it_stands_for_its_user(gateway, alice):
    session = bearing(gateway, alice).get("/v1/session")
    assert session.status == 200 and session.json()["principal"] == "user:app:alice"
    assert session.json()["admin"] is False


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "A", lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"),
                                    lambda t: t[:10] + ("A" if t[10] != "A" else "B") + t[11:], lambda t: t.upper(),
                                    lambda t: "sgn_" + "A" * 43 + checksum("A" * 43), lambda t: "sgn_", lambda t: t[4:]])
def test_a_wrong_one_is_refused(gateway, alice, change):
    token = make(alice)["token"]
    wrong = change(token)
    assert wrong != token
    for target in ("/v1/files", "/v1/session", "/v1/files/missing"):
        problem(gateway.bearing(wrong).get(target), 401, "bad_credential")


def test_f15_f20_only_the_authorization_field_takes_it(gateway, alice):
    token = make(alice, SCOPES[:3])["token"]
    problem(gateway.get(f"/v1/files?access_token={token}"), 401)
    for name in ("signpost_session", "app_session"):
        problem(gateway.get("/v1/files", [("Cookie", f"{name}={token}")]), 401)
    for value in (f"Basic {token}", f"Token {token}", token):
        problem(gateway.get("/v1/files", [("Authorization", value)]), 401)
    # a session out of a token would lose the token's scopes and end
    problem(gateway.bearing(token).call("POST", "/v1/session"), 401)
    cookie = session_cookie(gateway.login("admin", ADMIN_PASSWORD))
    SECRETS.add(cookie.split("=", 1)[1])
    problem(gateway.bearing(token).get("/v1/files", [("Cookie", cookie)]), 400, "conflicting_credentials")
    problem(gateway.bearing(cookie.split("=", 1)[1]).get("/v1/files"), 401)


CALLS = [("GET", "/v1/files", None, "read"), ("GET", "/v1/files/missing", None, "read"),
         ("GET", "/files/missing", None, "read"), ("GET", "/v1/files/missing/url", None, "read"),
         ("GET", "/v1/tokens", None, "read"), ("DELETE", "/v1/tokens/missing", None, "write"),
         ("POST", "/v1/files", {"name": "a", "content_type": "text/plain", "size": 1}, "write"),
         ("POST", "/v1/tokens", {"name": "a", "scopes": ["read"]}, "write"),
         ("PATCH", "/v1/files/missing", {"name": "b"}, "write"), ("DELETE", "/v1/files/missing", None, "write"),
         ("POST", "/v1/files/missing/complete", {}, "write")]


@pytest.mark.parametrize("method,target,body,scope", CALLS, ids=[f"{c[0]} {c[1]}" for c in CALLS])
def test_a_route_takes_its_scope_alone(gateway, alice, method, target, body, scope):
    def call(scopes):
        return bearing(gateway, alice, scopes).call(method, target, json_body=body)
    others = [s for s in SCOPES[:3] if s != scope]
    refused = call(others)
    problem(refused, 403, "insufficient_scope")
    assert 'error="insufficient_scope"' in refused.get("WWW-Authenticate")
    taken = call([scope])
    assert taken.status in (200, 201, 204, 404) or taken.json()["code"] == "insufficient_scope" and method == "POST", taken


def test_a_token_makes_no_stronger_token(gateway, alice):
    writer = bearing(gateway, alice, ["write", "read"])
    assert make(writer, ["read"])["scopes"] == ["read"]
    for scopes in (["share"], ["read", "share"], ["admin"], SCOPES):
        answer = writer.call("POST", "/v1/tokens", json_body={"name": "x", "scopes": scopes})
        problem(answer, 403, "insufficient_scope")


def test_nobody_but_an_admin_gives_the_scope_admin(alice, admin):
    problem(alice.call("POST", "/v1/tokens", json_body={"name": "x", "scopes": ["admin"]}), 403, "insufficient_scope")
    assert make(admin, ["admin"])["scopes"] == ["admin"]


def test_an_admins_token_is_an_admin_only_with_that_scope(gateway, admin):
    assert bearing(gateway, admin, ["read", "admin"]).get("/v1/session").json()["admin"] is True
    plain = bearing(gateway, admin, ["read", "write"])
    assert plain.get("/v1/session").json()["admin"] is False
    refused = plain.call("POST", "/v1/files", json_body={
        "name": "a", "content_type": "text/plain", "size": 1, "owner": "user:app:bob"})
    problem(refused, 403)


def test_revoking_counts_at_once_and_takes_what_it_made(gateway, alice):
    parent = make(alice, ["read", "write"])
    child = make(gateway.bearing(parent["token"]), ["read"])
    assert gateway.bearing(child["token"]).get("/v1/files").status == 200
    assert alice.call("DELETE", f"/v1/tokens/{parent['id']}").status == 204
    for document in (parent, child):
        problem(gateway.bearing(document["token"]).get("/v1/files"), 401, "bad_credential")
    problem(alice.call("DELETE", f"/v1/tokens/{parent['id']}"), 404)


def test_others_tokens_do_not_exist(gateway, alice, bob, admin):
    document = make(alice)
    theirs = bob.call("DELETE", f"/v1/tokens/{document['id']}")
    missing = bob.call("DELETE", "/v1/tokens/nothing")
    assert problem(theirs, 404) == problem(missing, 404)
    problem(bob.get("/v1/tokens?principal=user:app:alice"), 404)
    assert document["id"] not in bob.get("/v1/tokens?limit=1000").body.decode()
    assert gateway.bearing(document["token"]).get("/v1/files").status == 200
    assert document["id"] in admin.get("/v1/tokens?principal=user:app:alice&limit=1000").body.decode()
    assert admin.call("DELETE", f"/v1/tokens/{document['id']}").status == 204
    problem(gateway.bearing(document["token"]).get("/v1/files"), 401)


def test_it_ends_to_the_second_and_so_does_what_it_signs(gateway, alice):
    file = alice.upload(b"x" * 10, "a.txt", "text/plain")
    document = make(alice, ["read", "write"], expires_in="3s")
    bearer = gateway.bearing(document["token"])
    signed = bearer.get(f"/v1/files/{file['id']}/url?expires_in=1h")
    assert signed.status == 200 and signed.json()["expires_at"] <= document["expires_at"], signed
    SECRETS.of_url(signed.json()["url"])
    upload = bearer.create(size=1)["upload"]
    assert upload["expires_at"] <= document["expires_at"]
    child = make(bearer, ["read"], expires_in="7d")
    assert child["expires_at"] == document["expires_at"]
    assert make(bearer, ["read"])["expires_at"] == document["expires_at"]
    time.sleep(3.2)
    problem(bearer.get("/v1/files"), 401, "bad_credential")
    problem(gateway.bearing(child["token"]).get("/v1/files"), 401, "bad_credential")
    assert document["id"] not in [item["id"] for item in alice.get("/v1/tokens?limit=1000").json()["items"]]


@pytest.mark.parametrize("life,seconds", [("90s", 90), ("7d", 604800), (60, 60), ("60", 60)])
def test_lives(alice, life, seconds):
    document = make(alice, expires_in=life)
    moments = [time.mktime(time.strptime(document[k], "%Y-%m-%dT%H:%M:%SZ")) for k in ("created_at", "expires_at")]
    assert moments[1] - moments[0] == seconds


@pytest.mark.parametrize("document", [
    {}, {"name": "a"}, {"scopes": ["read"]}, {"name": "a", "scopes": []}, {"name": "a", "scopes": "read"},
    {"name": "a", "scopes": ["root"]}, {"name": "a", "scopes": ["READ"]}, {"name": "a", "scopes": [1]},
    {"name": "a", "scopes": ["read"] * 5}, {"name": "", "scopes": ["read"]}, {"name": "x" * 129, "scopes": ["read"]},
    {"name": "a\nb", "scopes": ["read"]}, {"name": 1, "scopes": ["read"]}, {"name": "a", "scopes": ["read"], "expires_in": 0},
    {"name": "a", "scopes": ["read"], "expires_in": -1}, {"name": "a", "scopes": ["read"], "expires_in": "soon"},
    {"name": "a", "scopes": ["read"], "expires_in": 1.5}, {"name": "a", "scopes": ["read"], "expires_in": 2**62},
    {"name": "a", "scopes": ["read"], "expires_in": "9999999d"}, {"name": "a", "scopes": ["read"], "expires_in": []},
    {"name": "a", "scopes": ["read"], "id": "mine"}, {"name": "a", "scopes": ["read"], "principal": "user:local:admin"},
    {"name": "a", "scopes": ["read"], "token": "sgn_"}], ids=str)
def test_malformed(alice, document):
    problem(alice.call("POST", "/v1/tokens", json_body=document), 400, "invalid_request")


def test_the_list_goes_in_pages(gateway, bob):
    app = gateway.bearing(app_token("pages"))
    made = [make(app, name=f"t{i}")["id"] for i in range(5)]
    found, cursor = [], ""
    while True:
        page = app.get(f"/v1/tokens?limit=2{cursor}").json()
        found += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        problem(bob.get(f"/v1/tokens?cursor={page['next_cursor']}"), 400)
        problem(app.get(f"/v1/files?cursor={page['next_cursor']}"), 400)
        cursor = f"&cursor={page['next_cursor']}"
    assert found == made[::-1]
    for query in ("limit=0", "limit=1001", "limit=x", "cursor=x", "sort=name", "principal=bob", "limit=1%20OR%201=1"):
        problem(app.get(f"/v1/tokens?{query}"), 400)


@pytest.mark.parametrize("name", ["a' OR 1=1 --", "<img src=x onerror=1>", "ü\u202e", '"'])
def test_q1_a_name_is_text(alice, name):
    document = make(alice, name=name)
    assert document["name"] == name
    problem(alice.call("DELETE", "/v1/tokens/x%27%20OR%201=1%20--"), 404)
    assert alice.call("DELETE", f"/v1/tokens/{document['id']}").status == 204


def test_without_a_credential(gateway):
    for method, target in [("GET", "/v1/tokens"), ("POST", "/v1/tokens"), ("DELETE", "/v1/tokens/x")]:
        problem(gateway.call(method, target), 401)


def test_g1_another_sites_request_makes_none(admin, gateway):
    evil = gateway.with_cookie(admin.headers[0][1], ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"))
    problem(evil.call("POST", "/v1/tokens", json_body={"name": "x", "scopes": ["read"]}), 403, "cross_site")
    problem(evil.call("DELETE", "/v1/tokens/x"), 403, "cross_site")
