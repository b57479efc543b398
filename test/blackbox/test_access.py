"""Who may: no credential is 401, somebody else's is 404, a foreign page is 403. Lists, cursors, hosts and origins."""

import json
import re

import pytest

import wire
from clients import problem, s3_code
from conftest import ADMIN_PASSWORD, ALLOWED_ORIGIN, app_token, session_cookie
from samples import png

DATA = png(seed=5)
ROUTES = [("GET", "/v1/files"), ("POST", "/v1/files"), ("GET", "/v1/files/{id}"), ("PATCH", "/v1/files/{id}"),
          ("DELETE", "/v1/files/{id}"), ("POST", "/v1/files/{id}/complete"), ("PUT", "/v1/files/{id}/content"),
          ("GET", "/v1/files/{id}/content"), ("GET", "/v1/files/{id}/url"), ("GET", "/files/{id}"),
          ("GET", "/files/{id}/{name}"), ("HEAD", "/files/{id}"), ("GET", "/v1/session"), ("DELETE", "/v1/session")]
BODIES = {("POST", "/v1/files"): {"name": "a", "content_type": "text/plain", "size": 1}, ("PATCH", "/v1/files/{id}"): {"name": "b"},
          ("POST", "/v1/files/{id}/complete"): {}}


@pytest.fixture(scope="module")
def olga(gateway):
    return gateway.bearing(app_token("olga"))


@pytest.fixture(scope="module")
def photo(olga):
    return olga.upload(DATA, "private.png", "image/png")["id"]


def ask(caller, method, pattern, file_id, headers=()):
    path = pattern.replace("{id}", file_id).replace("{name}", "a.png")
    if method == "PUT":
        return caller.call(method, path, DATA, [("Content-Type", "image/png"), *headers])
    return caller.call(method, path, json_body=BODIES.get((method, pattern)), headers=headers)


@pytest.mark.parametrize("method,pattern", ROUTES)
def test_nobody(gateway, photo, method, pattern):
    answers = [ask(gateway, method, pattern, file_id) for file_id in (photo, "none-such")]
    for answer in answers:
        assert answer.status == 401 and answer.get("WWW-Authenticate"), answer
        if method != "HEAD":
            problem(answer, 401)
    assert answers[0].body == answers[1].body


@pytest.mark.parametrize("method,pattern", [r for r in ROUTES if "{id}" in r[1]])
def test_somebody_else(bob, admin, olga, photo, method, pattern):
    mine, none = (ask(bob, method, pattern, file_id) for file_id in (photo, "none-such"))
    assert mine.status == none.status == 404, (mine, none)
    if method != "HEAD":
        problem(mine, 404)
    assert mine.body.replace(photo.encode(), b"none-such") == none.body
    assert sorted(n for n, _ in mine.headers) == sorted(n for n, _ in none.headers)
    assert olga.get(f"/v1/files/{photo}").json()["name"] == "private.png"
    assert olga.get(f"/files/{photo}?delivery=proxy").body == DATA


def test_lists_are_ones_own(bob, olga, photo):
    assert photo in olga.ids() and photo not in bob.ids()


def test_a_bad_credential_is_401_also_for_what_exists(gateway, photo):
    problem(gateway.bearing("a.b.c").get(f"/v1/files/{photo}"), 401)


@pytest.mark.parametrize("file_id", ["1%20OR%201=1", "'", "%22;drop%20table%20files;--", "..", "%2e%2e", "a%00b", "%ff", "%", "%zz", "a" * 5000,
                                     "*", "%2F", "null", "..%2f..%2fetc%2fpasswd", ";", "%0d%0aX:%20y"])
def test_q1_strange_ids(olga, file_id):
    for path in (f"/v1/files/{file_id}", f"/files/{file_id}", f"/v1/files/{file_id}/url"):
        answer = olga.get(path)
        assert answer.status in (400, 404), (path, answer)
        problem(answer, answer.status)
        assert answer.get("X") is None


# Lists

def test_pages(gateway):
    paula = gateway.bearing(app_token("paula"))
    assert paula.get("/v1/files").json() == {"items": [], "next_cursor": None}
    made = [paula.create(f"{i}.txt", "text/plain", i)["file"]["id"] for i in range(7)]
    for limit in (1, 2, 3, 6, 7, 8):
        seen, cursor = [], ""
        while cursor is not None:
            page = paula.get(f"/v1/files?limit={limit}" + (f"&cursor={cursor}" if cursor else "")).json()
            assert len(page["items"]) <= limit and (page["items"] or not seen)
            seen += page["items"]
            cursor = page["next_cursor"]
        assert sorted(item["id"] for item in seen) == sorted(made), limit
        assert [i["id"] for i in seen] == [i["id"] for i in paula.get("/v1/files?limit=100").json()["items"]]
    # what comes or goes between pages neither hides nor doubles what stays
    first = paula.get("/v1/files?limit=3").json()
    paula.call("DELETE", f"/v1/files/{first['items'][0]['id']}")
    paula.create("new.txt", "text/plain", 1)
    rest, cursor = [], first["next_cursor"]
    while cursor:
        page = paula.get(f"/v1/files?limit=3&cursor={cursor}").json()
        rest, cursor = rest + [i["id"] for i in page["items"]], page["next_cursor"]
    seen = [i["id"] for i in first["items"]] + rest
    assert len(seen) == len(set(seen)) and set(made) <= set(seen)


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=99999999999999999999", "limit=1&limit=2",
                                   "cursor=", "cursor=x", "cursor=AAAA", "cursor=../..", "cursor=%ff", "cursor=" + "A" * 3000])
def test_bad_pages(olga, query):
    answer = olga.get(f"/v1/files?{query}")
    if query == "limit=99999999999999999999" and answer.status == 200:
        return
    problem(answer, 400)


def test_cursors_are_bound_and_sealed(gateway):
    rita, sam = (gateway.bearing(app_token(name)) for name in ("rita", "sam"))
    for caller in (rita, sam):
        for i in range(3):
            caller.create(f"{i}.txt", "text/plain", i)
    cursor = rita.get("/v1/files?limit=1").json()["next_cursor"]
    assert rita.get(f"/v1/files?limit=1&cursor={cursor}").status == 200
    problem(sam.get(f"/v1/files?limit=1&cursor={cursor}"), 400)
    for at in (0, len(cursor) // 2, len(cursor) - 2):
        other = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1:]
        problem(rita.get(f"/v1/files?limit=1&cursor={other}"), 400)


# CSRF: a cookie is sent by the browser whoever asks; so the page that asks must be ours

@pytest.fixture(scope="module")
def cookie(gateway):
    return session_cookie(gateway.login("admin", ADMIN_PASSWORD))


FOREIGN = {
    "G1-cross-site": [("Sec-Fetch-Site", "cross-site")], "G1-same-site": [("Sec-Fetch-Site", "same-site")],
    "G2-evil": [("Origin", "https://evil.example")], "G3-null": [("Origin", "null")], "neither": [],
    "G1-none": [("Sec-Fetch-Site", "none")], "evil-but-same-origin": [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")],
    "allowed-with-port": [("Origin", ALLOWED_ORIGIN + ":8443")], "allowed-longer": [("Origin", ALLOWED_ORIGIN + ".evil.example")],
    "allowed-http": [("Origin", ALLOWED_ORIGIN.replace("https", "http"))], "referer-only": [("Referer", "{own}/")],
    "two-origins": [("Origin", "{own} https://evil.example")], "upper": [("Origin", "HTTPS://APP.EXAMPLE.COM/")],
    "empty": [("Origin", "")], "other-port": [("Origin", "http://127.0.0.1:1")],
}


@pytest.mark.parametrize("name", FOREIGN)
def test_csrf(gateway, cookie, name):
    headers = [(n, v.format(own=gateway.url)) for n, v in FOREIGN[name]]
    caller = gateway.with_cookie(cookie, *headers)
    before = gateway.with_cookie(cookie).ids()
    assert caller.get("/v1/session").status == 200  # a safe method is not refused for it
    for method, pattern in [r for r in ROUTES if r[0] in ("POST", "PUT", "PATCH", "DELETE")]:
        answer = ask(caller, method, pattern, "none-such")
        problem(answer, 403)
    assert gateway.with_cookie(cookie).ids() == before
    assert gateway.with_cookie(cookie).get("/v1/session").status == 200, "DELETE /v1/session was let through"


@pytest.mark.parametrize("headers", [[("Origin", "{own}")], [("Sec-Fetch-Site", "same-origin")], [("Origin", ALLOWED_ORIGIN)],
                                     [("Origin", "{own}"), ("Sec-Fetch-Site", "same-origin")]])
def test_own_and_allowed_pages_may(gateway, cookie, headers):
    caller = gateway.with_cookie(cookie, *[(n, v.format(own=gateway.url)) for n, v in headers])
    file_id = caller.create("a.txt", "text/plain", 1)["file"]["id"]
    assert caller.call("DELETE", f"/v1/files/{file_id}").status == 204


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a",
                                  "text/plain; application/json"])
def test_g4_form_types(gateway, cookie, kind):
    caller = gateway.with_cookie(cookie, ("Origin", gateway.url))
    body = json.dumps(BODIES[("POST", "/v1/files")]).encode()
    answer = caller.call("POST", "/v1/files", body, [("Content-Type", kind)])
    assert answer.status in (403, 415), answer
    problem(answer, answer.status)


def test_csrf_of_an_issuers_cookie(gateway):
    caller = gateway.with_cookie(f"app_session={app_token('tom')}")
    problem(ask(caller, "POST", "/v1/files", ""), 403)
    problem(ask(caller, "POST", "/v1/files", "", [("Origin", "https://evil.example")]), 403)
    assert ask(caller, "POST", "/v1/files", "", [("Origin", gateway.url)]).status == 201


def test_a_bearer_needs_no_origin(olga):
    assert ask(olga, "POST", "/v1/files", "").status == 201
    assert ask(olga, "POST", "/v1/files", "", [("Origin", "https://evil.example")]).status == 201


def test_sign_in_from_a_foreign_page(gateway):
    answer = gateway.call("POST", "/v1/session", json_body={"username": "admin", "password": ADMIN_PASSWORD},
                          headers=[("Origin", "https://evil.example")])
    assert answer.get("Access-Control-Allow-Origin") is None
    if answer.status != 200:
        problem(answer, 403)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_g10_reading_changes_nothing(olga, photo, method):
    before = olga.get(f"/v1/files/{photo}").json(), sorted(olga.ids())
    for pattern in {p for _, p in ROUTES}:
        ask(olga, method, pattern, photo) if method == "HEAD" else olga.get(pattern.replace("{id}", photo).replace("{name}", "x"))
    assert (olga.get(f"/v1/files/{photo}").json(), sorted(olga.ids())) == before


# Hosts

@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost:1", "127.0.0.1", "127.0.0.1:1", "127.0.0.2:{port}", "[::1]:{port}",
                                  "localhost.evil.example:{port}", "127.0.0.1:{port}.evil.example", "0:{port}", "xlocalhost:{port}",
                                  "localhost.:{port}0"])
def test_p3_wrong_host(olga, host):
    for path in ("/v1/files", "/", "/openapi.json", "/files/x"):
        answer = olga.get(path, host=host.format(port=olga.address.port))
        assert answer.status in (400, 421), answer
    assert olga.get("/healthz", host=host.format(port=olga.address.port)).status in (200, 400)


def test_p3_wrong_host_is_421(olga):
    problem(olga.get("/v1/files", host="evil.example"), 421)
    assert olga.get("/healthz", host="evil.example").status == 200
    assert olga.get("/readyz", host="evil.example").status == 200


def test_right_hosts(olga):
    for host in (olga.address.authority, f"localhost:{olga.address.port}", f"LOCALHOST:{olga.address.port}"):
        assert olga.get("/v1/files", host=host).status == 200


# CORS

EVIL = ["https://evil.example", "https://app.example.com.evil.example", "https://evilapp.example.com", "null", "http://app.example.com",
        "https://app.example.com:444", "https://APP.example.com.", "file://", "*"]


def preflight(address, path, origin, method="POST", fields="authorization,content-type"):
    headers = [("Origin", origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", fields)]
    return wire.request(address, "OPTIONS", path, headers)


def test_cors_of_an_allowed_origin(olga):
    answer = preflight(olga.address, "/v1/files", ALLOWED_ORIGIN)
    assert answer.status in (200, 204) and answer.get("Access-Control-Allow-Origin") == ALLOWED_ORIGIN, answer
    assert "post" in answer.get("Access-Control-Allow-Methods").lower()
    allowed = answer.get("Access-Control-Allow-Headers").lower()
    assert "authorization" in allowed and "content-type" in allowed and "content-md5" in allowed
    for answer in (olga.get("/v1/files", [("Origin", ALLOWED_ORIGIN)]), olga.anonymous().get("/v1/files", [("Origin", ALLOWED_ORIGIN)])):
        assert answer.get("Access-Control-Allow-Origin") == ALLOWED_ORIGIN, answer
        assert "origin" in ",".join(answer.all("Vary")).lower()


@pytest.mark.parametrize("origin", EVIL)
def test_g8_cors_of_the_gateway(olga, origin):
    answer = preflight(olga.address, "/v1/files", origin)
    assert answer.get("Access-Control-Allow-Origin") is None and answer.get("Access-Control-Allow-Credentials") is None
    for caller in (olga, olga.anonymous()):
        answer = caller.get("/v1/files", [("Origin", origin)])
        assert answer.get("Access-Control-Allow-Origin") is None and answer.get("Access-Control-Allow-Credentials") is None
        assert "origin" in ",".join(answer.all("Vary")).lower(), "Vary lacks Origin"


def test_cors_of_the_bucket(olga, photo, served):
    """The gateway has set it at its start: own page and allowed origins, GET and PUT, errors too."""
    url = olga.signed_url(photo)["url"]
    store = wire.address_of(url)
    for origin in (ALLOWED_ORIGIN, served.url):
        answer = wire.fetch(url, headers=[("Origin", origin)])
        assert answer.status == 200 and answer.get("Access-Control-Allow-Origin") == origin, answer
        assert "origin" in ",".join(answer.all("Vary")).lower()
        denied = wire.fetch(url + "0", headers=[("Origin", origin)])
        assert denied.status == 403 and denied.get("Access-Control-Allow-Origin") == origin, "an error without CORS fields"
        ahead = preflight(store, wire.target_of(url), origin, "PUT", "content-type,x-amz-checksum-sha256,if-none-match")
        assert ahead.status == 200 and ahead.get("Access-Control-Allow-Origin") == origin, ahead
        assert "etag" in ",".join(answer.all("Access-Control-Expose-Headers")).lower()


@pytest.mark.parametrize("origin", EVIL)
def test_g8_cors_of_the_store(olga, photo, origin):
    url = olga.signed_url(photo)["url"]
    answer = wire.fetch(url, headers=[("Origin", origin)])
    assert answer.status == 200 and answer.get("Access-Control-Allow-Origin") is None
    assert answer.get("Access-Control-Allow-Credentials") is None
    ahead = preflight(wire.address_of(url), wire.target_of(url), origin, "PUT", "content-type")
    assert ahead.status == 403 and s3_code(ahead) == "AccessForbidden" and ahead.get("Access-Control-Allow-Origin") is None


def test_preflight_that_asks_nothing(olga, photo):
    url = olga.signed_url(photo)["url"]
    assert wire.request(wire.address_of(url), "OPTIONS", wire.target_of(url)).status in (400, 403)
    for method in ("", "get", "PATCH", "CONNECT", "PUT, GET", "x" * 100):
        assert preflight(wire.address_of(url), wire.target_of(url), ALLOWED_ORIGIN, method).status in (400, 403)


# The API describes itself

def test_openapi(gateway):
    answer = gateway.get("/openapi.json")
    assert answer.status == 200 and answer.get("Content-Type").startswith("application/json")
    document = answer.json()
    assert document["openapi"].startswith("3.1") and document["info"]["title"] and document["info"]["version"]
    named = {(method.upper(), re.sub(r"\{\w+\}", "{}", path)) for path, item in document["paths"].items()
             for method in item if method in ("get", "head", "post", "put", "patch", "delete")}
    wanted = {(m, re.sub(r"\{\w+\}", "{}", p)) for m, p in ROUTES if m != "HEAD"}
    wanted |= {("POST", "/v1/session"), ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/openapi.json")}
    assert wanted <= named, wanted - named


def test_everything_described_is_there(gateway):
    """No described route is unknown, and none answers without the credential that it says it needs."""
    for path, item in gateway.get("/openapi.json").json()["paths"].items():
        for method, operation in item.items():
            if method not in ("get", "head", "post", "put", "patch", "delete"):
                continue
            target = re.sub(r"\{\w+\}", "none-such", path.replace("{page}", ""))
            body = b"{}" if method in ("post", "patch") else b"x" if method == "put" else None
            headers = [("Content-Type", "application/json")] if body == b"{}" else []
            answer = gateway.call(method.upper(), target, body, headers)
            assert answer.status not in (404, 405) and answer.status < 500, (method, path, answer)
            assert str(answer.status) in operation["responses"] or "default" in operation["responses"], (method, path, answer.status)


def test_method_not_allowed(olga):
    for method, path in [("DELETE", "/v1/files"), ("PUT", "/v1/files/x"), ("POST", "/healthz"), ("PATCH", "/v1/session"),
                         ("POST", "/files/x"), ("DELETE", "/openapi.json")]:
        answer = olga.call(method, path, b"" if method in ("PUT", "POST", "PATCH") else None)
        problem(answer, 405)
        assert method not in answer.get("Allow") and "GET" in answer.get("Allow")


def test_unknown_routes(olga, gateway):
    for path in ("/v1/nothing", "/v2/files", "/v1", "//", "/v1//files", "/v1/files/", "/%2e%2e/etc/passwd", "/.git/config", "/V1/files",
                 "/files", "/metrics/x", "/v1/files/x/y/z", "/..%2f", "/index.php?a=b"):
        answer = olga.get(path)
        problem(answer, 404)
        assert gateway.get(path).status in (401, 404)


@pytest.mark.parametrize("query", ["%zz", "a=%", "a=%ff", "a=%00", "&".join(f"a{i}=1" for i in range(60)), "expires_in=1m&expires_in=2m"])
def test_broken_queries(olga, photo, query):
    problem(olga.get(f"/v1/files/{photo}/url?{query}"), 400)


def test_health(gateway, served):
    assert gateway.get("/healthz").status == 200
    ready = gateway.get("/readyz")
    assert ready.status == 200 and served.store_url in json.dumps(ready.json()["store"]), ready
    assert ready.json()["catalog"]
    assert gateway.call("HEAD", "/healthz").status == 200


def test_every_answer_says_nosniff_and_no_referrer(gateway, olga, photo):
    for answer in (olga.get("/v1/files"), gateway.get("/v1/files"), olga.get(f"/files/{photo}"), gateway.get("/"), olga.get("/v1/files/none"),
                   gateway.get("/openapi.json"), olga.get(f"/files/{photo}?delivery=proxy"), olga.get("/v1/files", host="evil.example"),
                   olga.get("/v1/files", [("Content-Length", "x")]), olga.get("/" + "a" * 20_000)):
        assert answer.get("X-Content-Type-Options") == "nosniff", answer
        assert answer.get("Referrer-Policy") == "no-referrer", answer


def test_the_page(gateway):
    answer = gateway.get("/")
    assert answer.status == 200 and answer.get("Content-Type").startswith("text/html")
    policy = answer.get("Content-Security-Policy")
    assert policy and "default-src" in policy and "unsafe-inline" not in policy and "unsafe-eval" not in policy
    assert answer.get("Set-Cookie") is None
    assert "frame-ancestors" in policy or answer.get("X-Frame-Options")
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>[^<]", answer.text), "an inline script"
