"""Signing in and out, JSON Web Tokens, cookies, and who is who."""

import hashlib
import json
import time
from pathlib import Path

import pytest

import tokens
import wire
from clients import SECRETS, Gateway, problem
from conftest import ADMIN_PASSWORD, HS256_SECRET, app_token, running, serve, session_cookie, write_configuration
from procs import descriptors
from tokens import b64, claims, hs256


def test_sign_in_and_out(gateway):
    answer = gateway.login("admin", ADMIN_PASSWORD)
    assert answer.json()["principal"] == "user:local:admin" and answer.json()["admin"] is True
    assert answer.get("Cache-Control") == "no-store"
    cookie = session_cookie(answer)
    session = gateway.with_cookie(cookie, ("Origin", gateway.url))
    seen = session.get("/v1/session")
    assert seen.status == 200 and seen.json() == answer.json(), seen
    ended = session.call("DELETE", "/v1/session")
    assert ended.status == 204, ended
    assert "max-age=0" in ended.get("Set-Cookie").lower() or "expires=thu, 01 jan 1970" in ended.get("Set-Cookie").lower()
    # G6: dead at once, everywhere
    problem(session.get("/v1/session"), 401)
    problem(session.get("/v1/files"), 401)
    problem(session.get("/files/x"), 401)


def test_g7_cookie_attributes(gateway):
    attributes = [a.strip().lower() for a in gateway.login("admin", ADMIN_PASSWORD).get("Set-Cookie").split(";")[1:]]
    assert "httponly" in attributes and "samesite=lax" in attributes and "path=/" in attributes
    assert "secure" not in attributes  # over http, a browser would throw it away
    assert not [a for a in attributes if a.startswith("domain")]


@pytest.fixture(scope="module")
def behind_tls(work):
    """A gateway that clients reach as https://files.example.com."""
    with running(serve(work / "tls", "--public-url", "https://files.example.com")) as program:
        yield program


def test_g7_cookie_behind_tls(behind_tls):
    gateway = Gateway(behind_tls.url, program=behind_tls)
    document = {"username": "admin", "password": ADMIN_PASSWORD}
    where = wire.Address("127.0.0.1", port_of(behind_tls))
    gateway.address = where
    answer = gateway.call("POST", "/v1/session", json_body=document, host="files.example.com")
    assert answer.status == 200, answer
    name = answer.get("Set-Cookie").split("=")[0]
    attributes = [a.strip().lower() for a in answer.get("Set-Cookie").split(";")[1:]]
    assert name.startswith("__Host-") and "secure" in attributes and "httponly" in attributes
    assert "path=/" in attributes and not [a for a in attributes if a.startswith("domain")]
    # with a public URL only its host is served, but for the health routes
    problem(gateway.get("/v1/files"), 421)
    problem(gateway.get("/v1/files", host="localhost:8080"), 421)
    assert gateway.get("/healthz").status == 200
    # its origin is the page's own, and this machine's address is not
    session = [("Cookie", session_cookie(answer))]
    SECRETS.add(session_cookie(answer).split("=", 1)[1])
    body = {"name": "a", "content_type": "text/plain", "size": 1}
    for origin, status in [("https://files.example.com", 201), ("http://files.example.com", 403),
                           (f"http://127.0.0.1:{where.port}", 403)]:
        made = gateway.call("POST", "/v1/files", json_body=body, headers=[*session, ("Origin", origin)],
                            host="files.example.com")
        assert made.status == status, (origin, made)


def port_of(program):
    """The gateway's port, where the ready line names a public URL: the one of the listening sockets that answers."""
    store = wire.address_of(program.store_url).port
    inodes = {d for pid in program.everyone() for d in descriptors(pid)}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        parts = line.split()
        port = int(parts[1].split(":")[1], 16)
        if parts[3] == "0A" and f"socket:[{parts[9]}]" in inodes and port != store:
            return port
    raise AssertionError("no listening socket of the gateway")


@pytest.mark.parametrize("username,password", [
    ("admin", "wrong"), ("nobody", ADMIN_PASSWORD), ("admin", ADMIN_PASSWORD + " "), ("Admin ", ADMIN_PASSWORD),
    ("admin", ADMIN_PASSWORD[:-1]), ("user:local:admin", ADMIN_PASSWORD), ("admin' OR 1=1 --", "x")])
def test_wrong_password(gateway, username, password):
    answer = gateway.call("POST", "/v1/session", json_body={"username": username, "password": password})
    problem(answer, 401)
    assert answer.get("Set-Cookie") is None


def test_wrong_user_and_wrong_password_look_alike(gateway):
    answers = [gateway.call("POST", "/v1/session", json_body={"username": u, "password": "x"}) for u in ("admin", "nobody")]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("document", [
    {}, {"username": "admin"}, {"password": "x"}, {"username": 1, "password": "x"}, {"username": "admin", "password": None},
    {"username": "admin", "password": ["x"]}, [], "x", {"username": "", "password": "x"}, {"username": "admin", "password": ""}], ids=str)
def test_malformed_sign_in(gateway, document):
    problem(gateway.call("POST", "/v1/session", json_body=document), 400)


@pytest.mark.parametrize("body", [b"{", b"", b"nonsense", b'{"username":"admin","username":"x","password":"y"}',
                                  b'{"username":"admin","password":"x"} trailing', b"\xff\xfe{}",
                                  b'{"username":"\xff","password":"x"}', b'{"username":"\\ud800","password":"x"}'])
def test_sign_in_that_is_not_json(gateway, body):
    answer = gateway.call("POST", "/v1/session", body, [("Content-Type", "application/json")])
    if body == b"":
        assert answer.status in (400, 401)
    else:
        problem(answer, 400)


def test_h13_long_password(gateway):
    for password in ("x" * 1025, "x" * 500_000):
        problem(gateway.call("POST", "/v1/session", json_body={"username": "admin", "password": password}), 400)
    with_nul = b'{"username":"admin","password":"a\\u0000b"}'
    assert gateway.call("POST", "/v1/session", with_nul, [("Content-Type", "application/json")]).status in (400, 401)


def test_g5_a_session_id_is_never_taken_from_the_client(gateway):
    first = session_cookie(gateway.login("admin", ADMIN_PASSWORD))
    name = first.split("=")[0]
    planted = f"{name}=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    for old in (planted, first):
        answer = gateway.call("POST", "/v1/session", json_body={"username": "admin", "password": ADMIN_PASSWORD},
                              headers=[("Cookie", old), ("Origin", gateway.url)])
        assert answer.status == 200 and session_cookie(answer) != old
        SECRETS.add(session_cookie(answer).split("=", 1)[1])
        problem(gateway.with_cookie(old).get("/v1/session"), 401)


def test_sign_in_by_token(gateway):
    """A bearer JWT and no body make a session, which ends with the token."""
    soon = int(time.time()) + 3
    bearer = gateway.bearing(app_token("carol", exp=soon))
    answer = bearer.call("POST", "/v1/session")
    assert answer.status == 200 and answer.json()["principal"] == "user:app:carol", answer
    session = gateway.with_cookie(session_cookie(answer))
    assert session.get("/v1/session").json()["principal"] == "user:app:carol"
    time.sleep(max(0, soon - time.time()) + 1.1)
    problem(session.get("/v1/session"), 401)


def test_hs256(alice):
    answer = alice.get("/v1/session")
    assert answer.status == 200 and answer.json()["principal"] == "user:app:alice" and answer.json()["admin"] is False


def test_groups_make_an_admin(gateway):
    answer = gateway.bearing(app_token("root", groups=["x", "file-admins"])).get("/v1/session")
    assert answer.json()["admin"] is True and "file-admins" in json.dumps(answer.json()["groups"])
    assert gateway.bearing(app_token("root", groups=["file-admin"])).get("/v1/session").json()["admin"] is False


def test_rs256(gateway, rsa_key, rsa_key_without_alg):
    for key in (rsa_key, rsa_key_without_alg):
        token = key.rs256(claims("dave", iss=tokens.CORP_ISSUER))
        answer = gateway.bearing(token).get("/v1/session")
        assert answer.status == 200 and answer.json()["principal"] == "user:corp:dave", answer


def test_two_issuers_are_two_people(gateway, rsa_key):
    """The same subject of two issuers is not the same principal."""
    mine = gateway.bearing(app_token("erin"))
    other = gateway.bearing(rsa_key.rs256(claims("erin", iss=tokens.CORP_ISSUER)))
    file_id = mine.create(size=1)["file"]["id"]
    assert mine.get(f"/v1/files/{file_id}").status == 200
    problem(other.get(f"/v1/files/{file_id}"), 404)


def test_token_in_the_issuers_cookie(gateway):
    token = app_token("frank")
    assert gateway.with_cookie(f"app_session={token}").get("/v1/session").json()["principal"] == "user:app:frank"
    problem(gateway.with_cookie(f"app_session={token}x").get("/v1/session"), 401)
    problem(gateway.with_cookie(f"other={token}").get("/v1/session"), 401)


def test_f20_conflicting_credentials(gateway, alice, admin):
    both = gateway.with_cookie(f"app_session={app_token('bob')}", *alice.headers)
    problem(both.get("/v1/session"), 400)
    agree = gateway.with_cookie(f"app_session={app_token('alice')}", *alice.headers)
    assert agree.get("/v1/session").json()["principal"] == "user:app:alice"
    mixed = gateway.with_cookie(dict(admin.headers)["Cookie"], *alice.headers)
    problem(mixed.get("/v1/session"), 400)


def test_f20_token_in_the_query(gateway):
    problem(gateway.get(f"/v1/session?access_token={app_token('alice')}"), 401)


# F1-F15: tokens that no issuer signed

RS, CORP = "corp", tokens.CORP_ISSUER


def hs(payload=None, header=None, secret=HS256_SECRET):
    return hs256(secret, payload if payload is not None else claims("alice"), header)


def raw(header, payload, signature=b"x"):
    return tokens.assemble(header, payload, lambda _: signature)


NOW = int(time.time())
GOOD = json.dumps(claims("alice")).encode()
BAD = {
    "F1-none": raw({"alg": "none"}, claims("alice"), b""), "F1-None": raw({"alg": "None"}, claims("alice"), b""),
    "F1-nOnE": raw({"alg": "nOnE"}, claims("alice"), b""), "F1-none-signed": hs(header={"alg": "none"}),
    "F1-empty-signature": hs().rsplit(".", 1)[0] + ".", "F1-two-parts": hs().rsplit(".", 1)[0],
    "F1-no-alg": hs(header={"typ": "JWT"}), "F1-alg-number": hs(header={"alg": 256}),
    "F1-HS512": tokens.assemble({"alg": "HS512"}, claims("alice"),
                                lambda t: tokens.hmac_signature(HS256_SECRET, t, hashlib.sha512)),
    "F1-hs256": hs(header={"alg": "hs256"}), "other-secret": hs(secret=b"x" * 40), "empty-secret": hs(secret=b""),
    "F6-crit-unknown": hs(header={"alg": "HS256", "crit": ["bork"], "bork": 1}),
    "F6-crit-empty": hs(header={"alg": "HS256", "crit": []}), "F6-crit-text": hs(header={"alg": "HS256", "crit": "exp"}),
    "F6-b64": hs(header={"alg": "HS256", "crit": ["b64"], "b64": False}),
    "F9-no-exp": hs(claims("alice", exp=None)), "F9-past": hs(claims("alice", exp=NOW - 3600)),
    "F9-text": hs(claims("alice", exp="9999999999")), "F9-negative": hs(claims("alice", exp=-1)),
    "F9-1e400": hs(GOOD.replace(b'"exp": ' + str(claims("alice")["exp"]).encode(), b'"exp": 1e400')),
    "F9-null": hs(b'{"iss":"https://auth.example.com/","aud":"files","sub":"alice","exp":null}'),
    "F10-nbf": hs(claims("alice", nbf=NOW + 7200)), "F10-nbf-text": hs(claims("alice", nbf="soon")),
    "F10-iat-future": hs(claims("alice", iat=NOW + 7200)),
    "F11-aud": hs(claims("alice", aud="other")), "F11-aud-list": hs(claims("alice", aud=["other", "x"])),
    "F11-no-aud": hs(claims("alice", aud=None)), "F11-aud-number": hs(claims("alice", aud=1)),
    "F11-iss": hs(claims("alice", iss="https://evil.example/")), "F11-no-iss": hs(claims("alice", iss=None)),
    "F11-iss-slash": hs(claims("alice", iss=tokens.ISSUER.rstrip("/"))), "F11-iss-case": hs(claims("alice", iss=tokens.ISSUER.upper())),
    "F11-iss-list": hs(claims("alice", iss=[tokens.ISSUER])), "F11-corp-by-hmac": hs(claims("alice", iss=tokens.CORP_ISSUER)),
    "sub-missing": hs(claims("alice", sub=None)), "sub-empty": hs(claims("")), "sub-number": hs(claims("alice", sub=7)),
    "F12-sub-twice": hs(GOOD[:-1] + b',"sub":"bob"}'), "F12-alg-twice": hs(header=b'{"alg":"HS256","alg":"HS256"}'),
    "F12-escaped-twice": hs(GOOD[:-1] + b',"\\u0073ub":"bob"}'),
    "F13-padding": hs() + "=", "F13-trailing": hs() + "!", "F13-four-dots": hs() + ".x", "F13-five": hs() + ".x.y",
    "F13-plus-slash": hs().rsplit(".", 1)[0] + "." + "+/" * 21 + "A", "F13-empty": "..", "F13-dot": ".", "F13-text": "abc",
    "F13-payload-padding": ".".join([hs().split(".")[0], b64(GOOD) + "==", hs().split(".")[2]]),
    "payload-list": hs(b"[]"), "payload-text": hs(b'"alice"'), "payload-trailing": hs(GOOD + b"x"), "payload-empty": hs(b""),
    "header-list": hs(header=b"[]"), "header-not-json": hs(header=b"{"), "payload-utf16": hs(GOOD.decode().encode("utf-16")),
    "F14-deep": hs(b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"," + GOOD[1:]), "F14-long": hs(claims("alice", x="y" * 13000)),
    "payload-nul": hs(GOOD + b"\0"),
    "F15-share-token": "sgn_0123456789abcdefghijklmnop",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_tokens(gateway, name):
    caller = gateway.bearing(BAD[name])
    # One token is too long for a header field already.
    refusal = 431 if name == "F14-long" else 401
    problem(caller.get("/v1/session"), refusal)
    answer = caller.call("POST", "/v1/files", json_body={"name": "a", "content_type": "text/plain", "size": 1})
    problem(answer, refusal)
    if not set(BAD[name]) & set(" \t,;\"\\"):
        problem(gateway.with_cookie(f"app_session={BAD[name]}").get("/v1/session"), refusal)


def test_f14_longest_token(gateway):
    answer = gateway.bearing(hs(claims("alice", x="y" * 30000))).get("/v1/session")
    assert answer.status in (401, 431), answer


def test_f2_f3_public_key_as_hmac_secret(gateway, rsa_key, rsa_key_without_alg):
    for key in (rsa_key, rsa_key_without_alg):
        pem = key.pem()
        secrets = [pem, pem.strip(), b" " + pem, b"\n" + pem, pem + b"\n", key.der(), json.dumps(key.jwk).encode(),
                   key.jwk["n"].encode()]
        for secret in secrets:
            token = hs256(secret, claims("dave", iss=tokens.CORP_ISSUER), {"alg": "HS256", "kid": key.kid})
            problem(gateway.bearing(token).get("/v1/session"), 401)
            problem(gateway.bearing(hs256(secret, claims("dave"), {"alg": "HS256"})).get("/v1/session"), 401)


def test_f7_keys_in_the_header_are_ignored(gateway):
    mine = tokens.RsaKey("corp-1")
    payload = claims("dave", iss=tokens.CORP_ISSUER)
    for extra in ({}, {"jwk": mine.jwk}, {"jku": "http://127.0.0.1:1/jwks.json"}, {"x5u": "http://127.0.0.1:1/x"},
                  {"x5c": [b64(mine.der())]}):
        problem(gateway.bearing(mine.rs256(payload, {"alg": "RS256", "kid": "corp-1", **extra})).get("/v1/session"), 401)


@pytest.mark.parametrize("kid", ["../../dev/null", "' OR 1=1 --", "a\0b", "x" * 5000, ["corp-1"], 1, {}, None, "", "CORP-1"], ids=repr)
def test_f8_kid(gateway, rsa_key, kid):
    token = rsa_key.rs256(claims("dave", iss=tokens.CORP_ISSUER), {"alg": "RS256", "kid": kid})
    problem(gateway.bearing(token).get("/v1/session"), 401)


def test_rs256_wrong_signatures(gateway, rsa_key):
    payload = claims("dave", iss=tokens.CORP_ISSUER)
    good = rsa_key.rs256(payload)
    head, body, signature = good.split(".")
    other = rsa_key.rs256(claims("eve", iss=tokens.CORP_ISSUER)).split(".")[1]
    for token in (f"{head}.{other}.{signature}", f"{head}.{body}.{signature[:-4]}", f"{head}.{body}.{b64(bytes(256))}",
                  f"{head}.{body}.{b64(bytes(255))}", f"{head}.{body}.{signature}AAAA"):
        problem(gateway.bearing(token).get("/v1/session"), 401)


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Basic YWRtaW46YWRtaW4=", "bearer x", "Token x", "Bearer a b", "Bearer \"x\"",
                                   "AWS4-HMAC-SHA256 Credential=x", "", "Negotiate"])
def test_other_authorization(gateway, value):
    problem(gateway.get("/v1/files", [("Authorization", value)]), 401)


def test_two_authorization_fields(alice):
    answer = alice.get("/v1/files", alice.headers)
    assert answer.status in (400, 401), answer


@pytest.mark.parametrize("cookie", ["signpost_session=", "=x", ";;;", "a", "signpost_session=\"", "a=b; a=c", "x=" + "y" * 9000])
def test_strange_cookies_are_no_credential(gateway, cookie):
    problem(gateway.get("/v1/files", [("Cookie", cookie)]), 401)
    assert gateway.get("/healthz", [("Cookie", cookie)]).status == 200


def test_bad_credential_is_ignored_where_none_is_needed(gateway):
    for path in ("/healthz", "/readyz", "/openapi.json", "/"):
        assert gateway.bearing("no.such.token").get(path).status == 200, path


def test_what_an_issuer_vouched_for_ends_with_it(tmp_path, rsa_key):
    """Who takes an issuer out of the configuration takes its users out: nobody says any more who they are."""
    config = write_configuration(tmp_path, [rsa_key])
    with running(serve(tmp_path, config=config)) as program:
        gate = Gateway(program.url)
        ada = gate.bearing(app_token("ada"))
        admin = gate.with_cookie(session_cookie(gate.login("admin", ADMIN_PASSWORD)), ("Origin", gate.url))
        session = session_cookie(ada.call("POST", "/v1/session"))
        made = [who.call("POST", "/v1/tokens", json_body={"name": "t", "scopes": ["read"]}).json()["token"] for who in (ada, admin)]
    for text, status in (("", 401), (config.read_text(), 200)):
        config.write_text(text)
        with running(serve(tmp_path, config=config)) as program:
            gate = Gateway(program.url)
            assert gate.with_cookie(session).get("/v1/session").status == status
            assert [gate.bearing(token).get("/v1/files").status for token in made] == [status, 200]
