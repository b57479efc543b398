"""Siblings of SECURITY G, K, P, Q, R and S at the gateway: the same attack by another field, encoding, route or method."""

import getpass
import json
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import pytest

import wire
from clients import SECRETS, Gateway, problem
from conftest import ADMIN_PASSWORD, ALLOWED_ORIGIN, app_token, running, serve, session_cookie, write_configuration
from procs import Program, eventually, run
from samples import png
from test_session import port_of

DATA = png(seed=37)
FILE = {"name": "a.txt", "content_type": "text/plain", "size": 1}


@pytest.fixture(scope="module")
def vera(gateway):
    return gateway.bearing(app_token("vera"))


@pytest.fixture(scope="module")
def photo(vera):
    return vera.upload(DATA, "a.png", "image/png")["id"]


@pytest.fixture(scope="module")
def cookie(gateway):
    return session_cookie(gateway.login("admin", ADMIN_PASSWORD))


# G: whose page asks

SITES = {
    "two equal origins": [("Origin", "{own}"), ("Origin", "{own}")], "own, then evil": [("Origin", "{own}"), ("Origin", "https://evil.example")],
    "two sites": [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "same-origin")], "list of sites": [("Sec-Fetch-Site", "same-origin, cross-site")],
    "site in upper case": [("Sec-Fetch-Site", "SAME-ORIGIN")], "site with a parameter": [("Sec-Fetch-Site", "same-origin;x")],
    "site same-originx": [("Sec-Fetch-Site", "same-originx")], "empty site": [("Sec-Fetch-Site", "")],
    "null, though same-origin": [("Origin", "null"), ("Sec-Fetch-Site", "same-origin")], "NULL": [("Origin", "NULL")],
    "own with a slash": [("Origin", "{own}/")], "own with a path": [("Origin", "{own}/x")], "own with a query": [("Origin", "{own}?")],
    "own with a user": [("Origin", "http://evil@{host}")], "own as a user": [("Origin", "http://{host}@evil.example")],
    "own in upper case": [("Origin", "HTTP://{host}")], "own by https": [("Origin", "https://{host}")], "own without a scheme": [("Origin", "{host}")],
    "own with a dot": [("Origin", "http://localhost.:{port}")], "own as a number": [("Origin", "http://2130706433:{port}")],
    "own in short": [("Origin", "http://127.1:{port}")], "own mapped": [("Origin", "http://[::ffff:127.0.0.1]:{port}")],
    "port with a zero": [("Origin", "http://127.0.0.1:0{port}")], "without its port": [("Origin", "http://127.0.0.1")],
    "allowed with a tab": [("Origin", ALLOWED_ORIGIN + "\tx")], "allowed, percent": [("Origin", ALLOWED_ORIGIN.replace(".", "%2E"))],
    "allowed with default port": [("Origin", ALLOWED_ORIGIN + ":443")], "allowed's subdomain": [("Origin", "https://x.app.example.com")],
    "allowed's parent": [("Origin", "https://example.com")], "allowed by another scheme": [("Origin", "ws://app.example.com")],
    "about:blank": [("Origin", "about:blank")], "data": [("Origin", "data:")], "extension": [("Origin", "chrome-extension://abc")],
    "unicode": [("Origin", "https://app.examplé.com".encode().decode("latin-1"))], "only X-Requested-With": [("X-Requested-With", "XMLHttpRequest")],
    "only a referer": [("Referer", "{own}/")], "only user": [("Sec-Fetch-User", "?1"), ("Sec-Fetch-Mode", "navigate")],
}


@pytest.mark.parametrize("name", SITES)
def test_g1_to_g3_pages_that_are_not_ours(gateway, cookie, name):
    host, port = gateway.address.authority, gateway.address.port
    fields = [(n, v.format(own=gateway.url, host=host, port=port)) for n, v in SITES[name]]
    for shown in (cookie, f"app_session={app_token('vera')}"):
        mine = gateway.with_cookie(shown)
        before = mine.ids()
        caller = gateway.with_cookie(shown, *fields)
        for method, target, document in (("POST", "/v1/files", FILE), ("DELETE", "/v1/session", None), ("POST", "/v1/tokens", {"name": "x", "scopes": ["read"]}),
                                         ("PATCH", "/v1/files/x", {"name": "b"}), ("POST", "/v1/urls", {"ids": ["x"]}), ("PUT", "/v1/files/x/content", None)):
            problem(caller.call(method, target, json_body=document), 403, "cross_site")
        assert caller.get("/v1/session").get("Access-Control-Allow-Origin") is None
        assert mine.ids() == before and mine.get("/v1/session").status == 200


@pytest.mark.parametrize("kind", ["", "application/jsonx", "application/json+x", "text/json", "application/x-json", "application /json", "json",
                                  "application/json, text/plain", "text/plain, application/json", "multipart/form-data; a=application/json",
                                  "application/json\ttext/plain", "*/*", "application/*", "application/problem+json", "APPLICATION/JSONP"])
def test_g4_types_that_a_form_or_a_beacon_sends(gateway, vera, cookie, kind):
    body = json.dumps(FILE).encode()
    for method, target in (("POST", "/v1/files"), ("POST", "/v1/tokens"), ("POST", "/v1/urls"), ("PATCH", "/v1/files/x")):
        answer = gateway.with_cookie(cookie, ("Origin", gateway.url)).call(method, target, body, [("Content-Type", kind)])
        problem(answer, 403)
        answer = vera.call(method, target, body, [("Content-Type", kind)])
        assert answer.status in (404, 415), answer
    two = [("Content-Type", "application/json"), ("Content-Type", "text/plain")]
    assert gateway.with_cookie(cookie, ("Origin", gateway.url)).call("POST", "/v1/files", body, two).status in (400, 403, 415)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON", 'application/json; charset="utf-8"',
                                  "application/json ; charset=utf-8"])
def test_g4_json_by_its_other_names(gateway, cookie, kind):
    answer = gateway.with_cookie(cookie, ("Origin", gateway.url)).call("POST", "/v1/files", json.dumps(FILE).encode(), [("Content-Type", kind)])
    assert answer.status == 201, answer
    SECRETS.of_url(answer.json()["upload"]["url"])


def test_g5_g6_a_session_ends_everywhere_at_once(gateway, photo):
    """Also for what a page shows by itself, on every connection and by every method."""
    shown = session_cookie(gateway.login("admin", ADMIN_PASSWORD))
    caller = gateway.with_cookie(shown, ("Origin", gateway.url))
    mine = caller.upload(DATA, "mine.png", "image/png")["id"]
    with wire.Connection(gateway.address) as kept:
        ask = wire.head("GET", f"/files/{mine}", [("Host", gateway.address.authority), ("Cookie", shown)])
        kept.send(ask)
        assert kept.response().status == 302
        assert caller.call("DELETE", "/v1/session").status == 204
        kept.send(ask)
        assert kept.response().status == 401, "a connection remembers who was signed in"
    for method, target in (("GET", f"/files/{mine}"), ("HEAD", f"/files/{mine}"), ("GET", f"/files/{mine}/x.png"), ("GET", f"/v1/files/{mine}/url"),
                           ("GET", f"/files/{mine}?delivery=proxy"), ("GET", "/v1/files"), ("GET", "/v1/session"), ("DELETE", "/v1/session")):
        assert caller.call(method, target).status == 401, (method, target)


def test_g9_bytes_carry_no_cookie_and_are_private(gateway, cookie):
    caller = gateway.with_cookie(cookie, ("Origin", gateway.url))
    mine = caller.upload(DATA, "mine.png", "image/png")["id"]
    for method in ("GET", "HEAD"):
        for target in (f"/files/{mine}", f"/files/{mine}/a.png", f"/v1/files/{mine}/content", f"/files/{mine}?delivery=proxy",
                       f"/v1/files/{mine}/content?delivery=proxy"):
            for fields in ([], [("Range", "bytes=0-3")], [("If-None-Match", "*")], [("Range", "bytes=99999999-")]):
                answer = caller.call(method, target, headers=fields)
                assert answer.get("Set-Cookie") is None and answer.status in (200, 206, 302, 304, 416), answer
                cache = [each.strip() for each in answer.get("Cache-Control").split(",")]
                assert "private" in cache or "no-store" in cache, answer
                vary = ",".join(answer.all("Vary")).lower()
                assert "cookie" in vary and "authorization" in vary, answer


# K: what must not be seen

def test_k7_a_shared_cache_in_front(work, gateway, rsa_key, tmp_path):
    """nginx, told to cache what it may for everybody: it never has one caller's answer for another, nor under a name that ends in
    what caches like."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    directory = work / "cached"
    directory.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = write_configuration(directory, [rsa_key])
    with running(serve(directory, "--public-url", f"http://127.0.0.1:{port}", config=config)) as program:
        (tmp_path / "nginx.conf").write_text(f"""
daemon off; user {getpass.getuser()}; error_log stderr crit; pid {tmp_path}/pid; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {tmp_path}/b; proxy_temp_path {tmp_path}/p; fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u;
  scgi_temp_path {tmp_path}/s;
  proxy_cache_path {tmp_path}/cache keys_zone=all:1m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{port_of(program)}; proxy_set_header Host 127.0.0.1:{port};
      proxy_cache all; proxy_cache_valid any 10m; proxy_cache_key $uri; proxy_cache_methods GET HEAD;
      add_header X-Cache $upstream_cache_status always;
    }}
  }}
}}""")
        nginx = subprocess.Popen(["nginx", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)], stderr=subprocess.DEVNULL)
        try:
            front = Gateway(f"http://127.0.0.1:{port}", program=program)
            eventually(lambda: listening(port), 10)
            one, other = front.bearing(app_token("one")), front.bearing(app_token("other"))
            file = one.upload(DATA, "a.png", "image/png")["id"]
            tricks = ["", "/x.css", "/a.png", "/a.js?x", ";.css", "%2f.css", "/..%2fa.css", "?delivery=proxy", "/a.png?delivery=proxy"]
            for trick in tricks:
                for method in ("GET", "HEAD"):
                    target = f"/files/{file}{trick}"
                    mine = [one.call(method, target) for _ in range(3)]
                    if mine[0].status < 400:
                        assert other.call(method, target).status == 404, target
                    assert other.call(method, target).status in (400, 404), target
                    assert front.call(method, target).status in (400, 401, 404), target
                    assert "HIT" not in [answer.get("X-Cache") for answer in mine], f"cached: {target}"
            for target in ("/v1/session", "/v1/files", f"/v1/files/{file}", f"/v1/files/{file}/url"):
                assert [one.get(target).get("X-Cache") for _ in range(3)] == ["MISS"] * 3, target
                assert front.get(target).status == 401
        finally:
            nginx.terminate()
            nginx.wait(10)


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_k4_k5_secrets_in_strange_places(gateway, served, vera, photo):
    """Where a client puts its secret in the wrong place and in another spelling, neither the answer nor the log repeats it."""
    token = app_token("zara")
    SECRETS.add(token)
    signed = vera.signed_url(photo)["url"]
    signature = re.search(r"X-Amz-Signature=(\w{64})", signed)[1]
    double = quote(quote(signed.split("?")[1]))
    places = [
        ("GET", f"/{token}", []), ("GET", f"/files/{token}", []), ("GET", f"/v1/files/{token}/url", []), ("GET", f"/v1/files?cursor={token}", []),
        ("GET", f"/x?{signed.split('?')[1]}", []), ("GET", f"/x?{quote(signed.split('?')[1])}", []), ("GET", f"/x?{double}", []),
        ("GET", f"/x?x-amz-signature={signature}", []), ("GET", f"/x?X-AMZ-SIGNATURE%3D{signature}", []), ("GET", f"/x?%58-Amz-Signature={signature}", []),
        ("GET", "/", [("Referer", signed)]), ("GET", "/", [("User-Agent", f"curl Authorization: Bearer {token}")]), ("GET", "/", [("X-Request-Id", token)]),
        ("GET", "/v1/session", [("Authorization", f"bearer {token}")]), ("GET", "/v1/session", [("Authorization", f"Basic {token}")]),
        ("GET", "/v1/session", [("Cookie", f"app_session={token}x")]), ("GET", f"/v1/files/{photo}/url?expires_in={token}", []),
        (f"X{token.replace('.', '').replace('_', '').replace('-', '')[:30]}", "/", []), ("POST", f"/s/{token}/unlock", []),
        ("GET", "/v1/session", [("Cookie", f"signpost_session={signature}")]), ("GET", f"/v1/objects/users/{token}/a/url", []),
    ]
    for method, target, fields in places:
        answer = wire.request(gateway.address, method, target, fields)
        assert answer.status < 500, answer
        seen = answer.text + str([v for n, v in answer.headers if n != "Location"])
        assert token not in seen and signature not in seen, (method, target[:40], answer)
    log = served.log()
    assert token not in log and signature not in log


def test_k5_problems_say_nothing_of_the_inside(gateway, vera, photo):
    """Each refusal is the same small document: no path, no exception, no version, no name of a table."""
    asks = [vera.get("/v1/files?limit=x"), vera.get("/v1/files/../x"), gateway.get("/v1/files"), vera.get(f"/files/{photo}?expires_in=x"),
            vera.call("POST", "/v1/files", b"{", [("Content-Type", "application/json")]), vera.call("PUT", f"/v1/files/{photo}/content", b"x"),
            vera.call("POST", "/v1/files", json_body={**FILE, "size": -1}), vera.call("DELETE", "/v1/files"), vera.get("/v1/%ff"),
            vera.get("/nowhere"), gateway.get("/v1/files", host="evil.example"), vera.call("POST", "/v1/session", json_body={"username": "a", "password": "b"})]
    for answer in asks:
        document = problem(answer, answer.status)
        assert 400 <= answer.status < 500 and set(document) == {"type", "title", "status", "detail", "code"}, document
        assert document["type"] == "about:blank" or document["type"].startswith(("http", "urn:", "/")), document
        assert not re.search(r"src/|\.cpp|std::|sqlite|SELECT|exception|0x[0-9a-f]{6}|/home|/tmp|errno", answer.text), answer
        assert answer.get("Cache-Control") == "no-store" and answer.get("X-Content-Type-Options") == "nosniff"
        assert answer.get("Server") is None or not re.search(r"\d", answer.get("Server"))


# P: whose word is taken

HOSTS = ["{port}", ":{port}", "localhost:{port}:{port}", "localhost:", "localhost:0{port}", "localhost:+{port}", "localhost: {port}", "local host:{port}",
         "user@localhost:{port}", "localhost:{port}@evil.example", "localhost:{port}/", "localhost:{port}#", "localhost:{port}?", "localhost%00:{port}",
         "loc%61lhost:{port}", "[::ffff:127.0.0.1]:{port}", "[127.0.0.1]:{port}", "127.1:{port}", "2130706433:{port}", "0x7f.1:{port}",
         "127.000.000.001:{port}", "localhost.:{port}", ".localhost:{port}", "localhost,evil.example:{port}", "localhost:{port},evil.example",
         "*:{port}", "*", "_", "[::1%25lo]:{port}", "[::1", "a" * 300 + ":{port}", "evil.example\tlocalhost:{port}", "localhost:65536", "localhost:99999999999999999999"]


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host[:30])
def test_p3_hosts(vera, photo, host):
    given = host.format(port=vera.address.port)
    for method, target in (("GET", "/v1/files"), ("GET", f"/files/{photo}"), ("HEAD", f"/files/{photo}"), ("GET", "/"), ("GET", "/openapi.json"),
                           ("POST", "/v1/files"), ("OPTIONS", "/v1/files")):
        answer = vera.call(method, target, host=given)
        assert answer.status in (400, 421) and answer.get("Location") is None, (target, answer)
        assert given not in answer.text or len(given) < 6
    assert vera.get("/v1/files").status == 200


def test_p2_no_word_of_a_client_gets_into_a_url(vera, photo, served):
    names = ["X-Forwarded-Host", "X-Forwarded-Server", "X-Forwarded-Prefix", "X-Original-Host", "X-Host", "X-Rewrite-URL", "X-Original-URL",
             "X-Forwarded-Path", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "Front-End-Https", "X-Url-Scheme", "Via", "X-ProxyUser-Ip", "True-Client-IP",
             "CF-Connecting-IP", "X-HTTP-Host-Override", "X-Amz-Security-Token", "x-amz-copy-source", "X-HTTP-Method", "X-Method-Override"]
    fields = [(name, "evil.example") for name in names]
    for target in (f"/files/{photo}", f"/v1/files/{photo}/url", f"/v1/files/{photo}", "/v1/session", "/"):
        answer = vera.get(target, fields)
        assert answer.status in (200, 302) and b"evil" not in answer.body and "evil" not in str(answer.headers), answer
    assert vera.get(f"/files/{photo}", fields).get("Location").startswith(served.store_url + "/")


@pytest.mark.parametrize("target", ["//evil.example/", "/\\evil.example", "/%2F/evil.example", "/%5Cevil.example", "/.//evil.example/%2e%2e", "/login?next=//evil.example",
                                    "/login?next=https:evil.example", "/?next=%0d%0aLocation:%20//evil.example", "///evil.example", "/;@evil.example"])
def test_p4_no_redirect_leads_elsewhere(gateway, vera, target):
    for caller in (gateway, vera):
        answer = wire.request(caller.address, "GET", target, caller.headers)
        assert answer.status < 500 and answer.get("Location") is None and answer.get("Refresh") is None, answer
        assert not answer.body or "evil.example" not in answer.text


def test_ipv6(work, rsa_key):
    """The same rules where it listens on an IPv6 address."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    directory = work / "six"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key])
    program = Program(directory, "serve", "--data", directory / "data", "--listen", "[::1]:0", "--store-listen", "127.0.0.1:0", "--config", config,
                      env={"SIGNPOST_ADMIN_PASSWORD": ADMIN_PASSWORD})
    with running(program):
        where = wire.Address("::1", wire.address_of(program.url).port)
        token = ("Authorization", f"Bearer {app_token('six')}")
        for host, status in ((f"[::1]:{where.port}", 200), (f"localhost:{where.port}", 200), (f"127.0.0.1:{where.port}", 421), (f"[::2]:{where.port}", 421),
                             (f"[0:0:0:0:0:0:0:1]:{where.port}", 421), (f"::1:{where.port}", 400), (f"[::1]{where.port}", 400)):
            answer = wire.request(where, "GET", "/v1/files", [token], host=host)
            assert answer.status == status or (status != 200 and answer.status in (400, 421)), (host, answer)


# R: what it starts with and shows

SECRET = "31c5f1b7d0a94f6e8b2c7a1d5e9f3b60"

def test_r2_files_that_everybody_reads_are_named(work):
    directory = work / "open-secrets"
    directory.mkdir()
    secret, config = directory / "secret", directory / "signpost.toml"
    secret.write_text(SECRET)
    secret.chmod(0o644)
    config.write_text(f'[[auth.jwt]]\nname = "a"\nissuer = "i"\naudience = "f"\nalgorithms = ["HS256"]\nsecret_file = "{secret}"\n')
    with running(serve(directory, config=config)) as program:
        assert str(secret) in program.log() and "can be read by every user" in program.log()
    inline = directory / "inline.toml"
    inline.write_text('[[auth.jwt]]\nname = "a"\nissuer = "i"\naudience = "f"\nalgorithms = ["HS256"]\nsecret = "' + SECRET + '"\n')
    inline.chmod(0o644)
    with running(serve(directory / "two", config=inline)) as program:
        assert str(inline) in program.log() and "can be read by every user" in program.log()
    inline.chmod(0o600)
    with running(serve(directory / "three", config=inline)) as program:
        assert "can be read by every user" not in program.log()


def test_r3_nothing_more_is_shown(gateway):
    for target in ("/debug", "/debug/pprof", "/debug/vars", "/status", "/server-status", "/actuator", "/actuator/env", "/.env", "/.git/config", "/config",
                   "/signpost.toml", "/env", "/admin", "/console", "/info", "/healthz/detail", "/v1", "/v1/", "/v1/debug", "/../etc/passwd", "/%2e%2e/etc/passwd",
                   "/..%2f..%2fetc/passwd", "/static/../../etc/passwd"):
        for method in ("GET", "HEAD", "POST"):
            answer = gateway.call(method, target)
            assert answer.status in (400, 401, 404, 405), (target, answer)
    health, ready = gateway.get("/healthz"), gateway.get("/readyz")
    assert len(health.body) < 200 and set(ready.json()) <= {"store", "store_status", "catalog", "status"}, ready
    for answer in (health, ready):
        assert not re.search(r"/|sqlite:|version|host(?!s)", re.sub(r"https?://[^\"]*", "", answer.text)), answer


def test_r1_known_passwords_do_not_open_a_server(work):
    """On an address that others reach."""
    for index, password in enumerate(("admin", "password", "minioadmin", "changeme", "ADMIN", "Admin123", "12345678", "short", " ", "xxxxxxxxxxxx")):
        done = run("serve", "--data", work / f"weak-{index}", "--listen", "0.0.0.0:0", "--store-listen", "127.0.0.1:0",
                   "--public-url", "https://files.example.com", "--store-public-url", "https://content.example.com",
                   env={"SIGNPOST_ADMIN_PASSWORD": password}, timeout=20)
        assert done.returncode == 2 and "SIGNPOST_ADMIN_PASSWORD" in done.stderr, (password, done)


@pytest.mark.parametrize("password", ["with\ta tab in it", "with a line feed\n", "with a DEL\x7f in it", b"not \xff UTF-8"])
def test_a_password_that_nobody_could_sign_in_with_does_not_start(tmp_path, password):
    done = run("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", env={"SIGNPOST_ADMIN_PASSWORD": password}, timeout=20)
    assert done.returncode == 2 and "SIGNPOST_ADMIN_PASSWORD" in done.stderr and not (tmp_path / "data/signpost.db").exists(), done


# Q: what a name, an id or a body may hold

STRANGE = ["1 OR 1=1", "1' OR '1'='1", "x\"; DROP TABLE file; --", "${jndi:ldap://127.0.0.1/a}", "{{7*7}}", "$(id)", "`id`", "%00", "%0d%0aSet-Cookie:%20a=b",
           "..%2f..%2fetc%2fpasswd", "%2e%2e", "..", "%c0%ae%c0%ae", "%ff", "a" * 300, "%F0%9F%92%A9", "%E2%80%AE", "*", "?", "null", "undefined", "-1", "0", "1e9",
           "__proto__", "constructor", "%25", "%2525", "[]", "{}", "user:app:vera", "%EF%BB%BF"]


@pytest.mark.parametrize("text", STRANGE, ids=lambda text: text[:20])
def test_q1_strange_values_everywhere(vera, gateway, photo, text):
    encoded = quote(text, safe="%")
    before = vera.ids()
    for method, pattern in (("GET", "/v1/files/{}"), ("GET", "/files/{}"), ("HEAD", "/files/{}"), ("GET", "/v1/files/{}/url"), ("DELETE", "/v1/files/{}"),
                            ("GET", "/v1/albums/{}"), ("DELETE", "/v1/tokens/{}"), ("GET", "/v1/files/{}/grants"), ("DELETE", f"/v1/files/{photo}/grants/{{}}")):
        answer = vera.call(method, pattern.format(encoded))
        assert answer.status in (400, 404), (method, pattern, answer)
    for query in ("album", "q", "content_type", "sort", "cursor", "limit", "unknown"):
        answer = vera.get(f"/v1/files?{query}={encoded}")
        assert answer.status in (200, 400) and answer.get("Set-Cookie") is None, answer
    for query in ("width", "disposition", "filename", "expires_in", "method", "delivery", "format", "fit"):
        assert vera.get(f"/files/{photo}?{query}={encoded}").status in (200, 302, 400, 403), query
    assert vera.ids() == before and vera.get(f"/v1/files/{photo}").status == 200


@pytest.mark.parametrize("field,value", [
    ("owner_id", "x"), ("status", "ready"), ("state", "ready"), ("etag", "x"), ("scanned", True), ("object_key", "x"), ("key", "x"), ("created_at", "2020-01-01T00:00:00Z"),
    ("sha256_verified", True), ("width", 1), ("epoch", 9), ("upload", {}), ("file", {}), ("__proto__", {"admin": True}), ("constructor", {}), ("admin", True),
    ("principal", "user:app:bob"), ("bucket", "photos"), ("Name", "x"), ("SIZE", 5), ("name ", "x"), ("name\0", "x"), ("", "x")])
def test_q2_n8_fields_that_are_not_the_callers(vera, field, value):
    """At creation and at a change: refused, and nothing is made."""
    before = vera.ids()
    for method, target, document in (("POST", "/v1/files", {**FILE, field: value}), ("PATCH", f"/v1/files/{before[0]}", {"name": "b", field: value}),
                                     ("POST", f"/v1/files/{before[0]}/complete", {field: value})):
        answer = vera.call(method, target, json_body=document)
        assert answer.status in (400, 409), (method, answer)
    assert vera.ids() == before


def test_s2_a_user_who_is_not_there_takes_as_long(work, rsa_key):
    """Medians within 5 %, of tries one after the other, so that the machine's mood is in both."""
    directory = work / "timing"
    directory.mkdir()
    env = {"SIGNPOST__SERVER__TRUSTED_PROXIES__0": "127.0.0.1"}
    with running(serve(directory, config=write_configuration(directory, [rsa_key]), env=env)) as program:
        gate = Gateway(program.url, program=program)

        def took(username, n):
            began = time.perf_counter()
            problem(gate.call("POST", "/v1/session", json_body={"username": username, "password": "wrong"},
                              headers=[("X-Forwarded-For", f"203.0.113.{n % 250}")]), 401)
            return time.perf_counter() - began
        took("admin", 251), took("nobody", 252)
        ratios = []
        for attempt in range(4):
            pairs = [(took("admin", n), took(f"nobody{n}", n)) for n in range(attempt * 25, attempt * 25 + 25)]
            known, unknown = (sorted(times)[len(times) // 2] for times in zip(*pairs))
            ratios.append(round(unknown / known, 3))
            if 0.95 < ratios[-1] < 1.05:
                break
        assert 0.95 < ratios[-1] < 1.05, ratios
        assert known > 0.005, "no password hash was computed"


def test_s1_secrets_are_compared_in_constant_time():
    """What is compared with a secret's digest or signature goes by equal_in_constant_time, or is looked up by a digest."""
    source = Path(__file__).resolve().parents[2] / "src"
    uses = {str(path.relative_to(source)) for path in source.rglob("*.cpp") if not path.name.endswith("_test.cpp")
            and "equal_in_constant_time" in path.read_text()}
    assert {"jwt/key.cpp", "sigv4/signing_key.cpp", "domain/cursor.cpp"} <= uses, uses
    for path in source.rglob("*.cpp"):
        if path.name.endswith("_test.cpp"):
            continue
        for line in path.read_text().splitlines():
            assert not re.search(r"(signature|digest|mac|token_hash)\w*\(?\)? [!=]= .*(signature|expected|computed|mac)\b", line), f"{path}: {line}"


