"""Siblings of SECURITY F, G, I, J, N, O and P at the gateway: what a careless or hostile client sends as a body, a parameter, a field or a
credential. Each must be answered by a 4xx that says why and change nothing, or do exactly what was asked."""

import pytest

import wire
from clients import problem
from conftest import ADMIN_PASSWORD, app_token, session_cookie
from procs import run
from samples import png

pytestmark = pytest.mark.usefixtures("no_descriptors_lost")
DATA = png(seed=41)
JSON = ("Content-Type", "application/json")
FILE = b'{"name":"a.txt","content_type":"text/plain","size":1}'


@pytest.fixture(scope="module")
def wanda(gateway):
    return gateway.bearing(app_token("wanda"))


@pytest.fixture(scope="module")
def photo(wanda):
    return wanda.upload(DATA, "a.png", "image/png")["id"]


def send(caller, method, target, fields=(), body=b""):
    """Exactly these fields, Host and the caller's own before them, on a connection of its own."""
    with wire.Connection(caller.address) as connection:
        connection.send(wire.head(method, target, [("Host", caller.address.authority), *caller.headers, *fields]) + body)
        return connection.response(method)


def length(body):
    return ("Content-Length", str(len(body)))


def chunks(body, size=7):
    return b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + size]), body[i:i + size]) for i in range(0, len(body), size)) + b"0\r\n\r\n"


# N7, N8: JSON

def of_size(text):
    return b'{"name":"a","content_type":"text/plain","size":' + text + b"}"


BODIES = {
    "BOM": b"\xef\xbb\xbf" + FILE, "UTF-16": FILE.decode().encode("utf-16"), "UTF-16 without BOM": FILE.decode().encode("utf-16le"),
    "UTF-32": FILE.decode().encode("utf-32"), "Latin 1": FILE.replace(b"a.txt", b"\xe9"), "overlong": FILE.replace(b"a.txt", b"\xc0\xaf"),
    "raw surrogate": FILE.replace(b"a.txt", b"\xed\xa0\x80"), "surrogate": FILE.replace(b"a.txt", b"\\ud800"), "half a pair": FILE.replace(b"a.txt", b"\\ud83d\\u0041"),
    "NUL": FILE.replace(b"a.txt", b"a\\u0000b"), "raw NUL": FILE.replace(b"a.txt", b"a\0b"), "raw tab": FILE.replace(b"a.txt", b"a\tb"),
    "1.0": of_size(b"1.0"), "1e0": of_size(b"1e0"), "1e400": of_size(b"1e400"), "NaN": of_size(b"NaN"), "0x1": of_size(b"0x1"), "01": of_size(b"01"),
    "+1": of_size(b"+1"), "2^64": of_size(b"18446744073709551616"), "true": of_size(b"true"), "null": of_size(b"null"), "list": of_size(b"[1]"), "text": of_size(b'"1"'),
    "1e": of_size(b"1e"), "1.": of_size(b"1."), "Infinity": of_size(b"Infinity"), "many digits": of_size(b"9" * 100_000), "-1": of_size(b"-1"),
    "two documents": FILE + FILE, "NUL after it": FILE + b"\0", "comment": b"/**/" + FILE, "comma": FILE[:-1] + b",}", "single quotes": FILE.replace(b'"', b"'"),
    "twice": FILE[:-1] + b',"size":2}', "twice, escaped": FILE[:-1] + b',"\\u0073ize":2}', "list of one": b"[" + FILE + b"]", "string": b'"x"', "number": b"1", "null alone": b"null",
    "nothing": b"", "space": b"   ", "deep": b'{"metadata":' + b"[" * 1000 + b"]" * 1000 + b"}", "deep objects": b'{"a":' * 100_000, "bytes": b"\xff" * 100,
    "vertical tab": b"\x0b" + FILE, "no-break space": "\u00a0".encode() + FILE, "long member": b'{"' + b"k" * 500_000 + b'":1}', "half an escape": b'{"name":"\\u00"}',
    "unclosed": FILE[:-1], "bare word": b"{name:1}"}


@pytest.mark.parametrize("name", BODIES)
def test_n7_bodies_that_are_no_json(wanda, photo, name):
    before = wanda.ids()
    for method, target in (("POST", "/v1/files"), ("POST", "/v1/albums"), ("POST", "/v1/urls"), ("PATCH", f"/v1/files/{photo}"), ("POST", "/v1/tokens")):
        problem(send(wanda, method, target, [JSON, length(BODIES[name])], BODIES[name]), 400)
    assert wanda.ids() == before


def test_n7_a_body_in_chunks_is_a_body_like_any(wanda):
    for size in (1, 7, 1000):
        assert send(wanda, "POST", "/v1/files", [JSON, ("Transfer-Encoding", "chunked")], chunks(FILE, size)).status == 201
    problem(send(wanda, "POST", "/v1/files", [JSON, ("Transfer-Encoding", "chunked")], chunks(b'"' + b"a" * (2 << 20), 65536)), 413)


@pytest.mark.parametrize("coding", ["gzip", "identity", "br", "", "deflate, gzip", "aws-chunked", "GZIP", "x-gzip"])
def test_l8_codings_of_a_body(wanda, coding):
    problem(send(wanda, "POST", "/v1/files", [JSON, ("Content-Encoding", coding), length(FILE)], FILE), 415)


@pytest.mark.parametrize("name, value, status", [
    ("metadata", {"a": 1}, 400), ("metadata", {"a": None}, 400), ("metadata", {"a": {"b": "c"}}, 400), ("metadata", [], 400), ("metadata", "x", 400), ("metadata", {"": "x"}, 400),
    ("metadata", {"a": "x" * 70_000}, 400), ("metadata", {str(i): "x" for i in range(1000)}, 400), ("metadata", {"a\n": "x"}, 400), ("metadata", {"a": "\0"}, 400),
    ("sha256", "", 400), ("sha256", "x" * 64, 400), ("sha256", "a" * 63, 400), ("sha256", "\u0661" * 64, 400), ("album", "", 400), ("album", "x", 422), ("id", "", 400),
    ("id", "a/b", 400), ("id", "..", 400), ("id", ".", 400), ("id", "a" * 300, 400), ("id", "\u00fc", 400), ("id", "a b", 400), ("id", "a%2fb", 400), ("id", 5, 400), ("id", "a\n", 400),
    ("upload_type", "PUT", 400), ("upload_type", "", 400), ("upload_type", ["put"], 400), ("owner", "", 400), ("owner", "anyone", 400), ("owner", "user:app:bob", 403),
    ("owner", "user:app:WANDA", 403), ("owner", "group:app:x", 400), ("object", {}, 400), ("content_type", "text", 400), ("content_type", "/plain", 400),
    ("content_type", "text/plain, text/html", 400), ("content_type", "text/plain\r\nX: y", 400), ("content_type", "*/*", 400), ("content_type", "text/*", 400),
    ("content_type", "multipart/x-mixed-replace; boundary=x", 400), ("content_type", "text/plain; charset", 400), ("content_type", "text/plain;a=1;a=2", 400),
    ("content_type", "text/pla in", 400), ("content_type", "\u00e9/x", 400), ("content_type", "t" * 256 + "/x", 400), ("name", "", 400), ("name", "a\n", 400), ("name", ["a"], 400)])
def test_n8_values_that_no_file_has(wanda, name, value, status):
    before = wanda.ids()
    document = {"name": "a", "content_type": "text/plain", "size": 1, name: value}
    problem(wanda.call("POST", "/v1/files", json_body=document), status)
    assert wanda.ids() == before


# Parameters

PARAMETERS = ["expires_in=0", "expires_in=0s", "expires_in=-1", "expires_in=12h1s", "expires_in=1.5m", "expires_in=%2B5s", "expires_in=5S", "expires_in=5%20s",
              "expires_in=", "expires_in", "expires_in=5m&expires_in=5m", "expires_in=%D9%A5m", "expires_in=5m%00", "expires_in=1e2", "expires_in=0x10",
              "expires_in=99999999999999999999d", "expires_in=5m%0d%0a", "disposition=INLINE", "disposition=x", "disposition=", "disposition=inline&disposition=attachment",
              "filename=a%0d%0ab", "filename=%ff", "filename=a%00", "filename=a&filename=b", "delivery=", "delivery=PROXY", "delivery=x", "delivery=proxy&delivery=redirect"]


@pytest.mark.parametrize("query", PARAMETERS)
def test_parameters_of_a_delivery(wanda, photo, query):
    for target in (f"/files/{photo}", f"/files/{photo}/a.png", f"/v1/files/{photo}/content", f"/v1/files/{photo}/url"):
        problem(wanda.get(f"{target}?{query}"), 400)
        assert wanda.call("HEAD", f"{target}?{query}").status == 400


@pytest.mark.parametrize("query", ["method=put", "method=GET", "method=", "unknown=1", "response-content-type=text/html", "X-Amz-Signature=x", "x-signpost-ticket=x",
                                   "Delivery=proxy", ";disposition=inline", "width=abc", "%00=1", "disposition%00=inline"])
def test_parameters_of_a_url(wanda, photo, query):
    problem(wanda.get(f"/v1/files/{photo}/url?{query}"), 400)


def test_no_parameter_of_a_client_gets_into_a_signed_url(wanda, photo):
    for query in ("response-content-type=text/html", "X-Amz-Expires=604800", "x-signpost-ticket=x", "versionId=x", "a=b%26response-content-type=text/html"):
        where = wanda.get(f"/files/{photo}?{query}").get("Location")
        assert where.count("response-content-type=") == 1 and "html" not in where and "604800" not in where and "versionId" not in where, where
        assert wire.fetch(where).body == DATA


# Uploads by proxy

@pytest.mark.parametrize("name, fields, body, status", [
    ("too short", [length(DATA[1:])], DATA[1:], 400), ("too long", [length(DATA + b"x")], DATA + b"x", 400), ("none", [("Content-Length", "0")], b"", 400), ("no length", [], b"", 400),
    ("chunks too short", [("Transfer-Encoding", "chunked")], chunks(DATA[1:]), 400), ("chunks too long", [("Transfer-Encoding", "chunked")], chunks(DATA + b"x"), 400),
    ("another type", [("Content-Type", "text/html"), length(DATA)], DATA, 400), ("a form", [("Content-Type", "multipart/form-data; boundary=x"), length(DATA)], DATA, 400),
    ("two types", [("Content-Type", "image/png"), ("Content-Type", "text/html"), length(DATA)], DATA, 400), ("compressed", [("Content-Encoding", "gzip"), length(DATA)], DATA, 415),
    ("a piece", [("Content-Range", f"bytes 0-{len(DATA) - 1}/{len(DATA)}"), length(DATA)], DATA, 415), ("stale", [("If-Match", '"x"'), length(DATA)], DATA, 412),
    ("any", [("If-Match", "*"), length(DATA)], DATA, 412)])
def test_uploads_that_are_not_what_was_declared(wanda, name, fields, body, status):
    file = wanda.create("a.png", "image/png", len(DATA))["file"]["id"]
    problem(send(wanda, "PUT", f"/v1/files/{file}/content", fields, body), status)
    assert wanda.get(f"/v1/files/{file}").json()["state"] == "pending"
    done = send(wanda, "PUT", f"/v1/files/{file}/content", [length(DATA)], DATA)  # ... and it is still of use
    assert done.status == 200 and wanda.get(f"/files/{file}?delivery=proxy").body == DATA, done
    problem(send(wanda, "PUT", f"/v1/files/{file}/content", [length(DATA)], DATA), 409)


def test_fields_of_the_stores_mean_nothing_to_an_upload(wanda, photo):
    fields = [("x-amz-copy-source", "/signpost/x"), ("x-amz-acl", "public-read"), ("x-amz-meta-a", "b"), ("x-amz-tagging", "a=b"), ("If-None-Match", "*"),
              ("Content-Disposition", "inline"), ("Cache-Control", "public"), ("Authorization-2", "x")]
    file = wanda.create("a.png", "image/png", len(DATA))["file"]["id"]
    assert send(wanda, "PUT", f"/v1/files/{file}/content", [*fields, length(DATA)], DATA).status == 200
    answer = wire.fetch(wanda.signed_url(file)["url"])
    assert answer.body == DATA and answer.get("x-amz-meta-a") is None and answer.get("x-amz-tagging-count") is None and "public" not in answer.get("Cache-Control", "")


# F, G: credentials

def test_f20_bearers_written_otherwise(gateway, wanda):
    token = wanda.headers[0][1].split()[1]
    for text in (f"Bearer\t{token}", f"Bearer {token},", f'Bearer "{token}"', "Bearer", "Bearer ", "", " ", f"Token {token}", token, f"Bearer {token} x", f"Bearer {token}=",
                 f"Bearer {token}, Bearer {token}", f"Basic {token}", f"Bearer {token[:-1]}", "Bearer sgn_", "Bearer sgn_x", "Bearer " + "a" * 9000, "Bearer ...", "Bearer " + "." * 5000,
                 "Bearer a.b.c", f"Bearer .{token}", f"Bearer {token}.", f"Bearer {token}\x7f", f"Bearer={token}", f"Bearer:{token}"):
        answer = send(gateway, "GET", "/v1/session", [("Authorization", text)])
        assert answer.status in (400, 401), (text[:60], answer)
    for text in (f"bearer {token}", f"BEARER {token}", f"Bearer  {token}", f"Bearer {token} "):
        assert send(gateway, "GET", "/v1/session", [("Authorization", text)]).json()["principal"] == "user:app:wanda"
    for two in ([f"Bearer {token}"] * 2, ["", f"Bearer {token}"], [f"Bearer {token}", ""]):
        assert send(gateway, "GET", "/v1/session", [("Authorization", text) for text in two]).status in (400, 401)


def test_g5_cookies_written_otherwise(gateway, wanda):
    cookie = session_cookie(gateway.login("admin", ADMIN_PASSWORD))
    name, value = cookie.split("=", 1)
    token = wanda.headers[0][1].split()[1]

    def ask(*cookies):
        return send(gateway, "GET", "/v1/session", [("Cookie", each) for each in cookies])
    for text in (cookie, f" {cookie} ", f"{cookie};", f";{cookie}", f"a=b;{cookie}", f"$Version=1; {cookie}", f"{cookie}; {cookie}", "a=" + "b" * 7000 + f"; {cookie}"):
        assert ask(text).json()["principal"] == "user:local:admin", text[:80]
    for text in (f"{name.upper()}={value}", f"{name}={value[:-1]}", f"{name}={value}x", f"{name}=", name, f"a=b,{cookie}", f"{name} = {value}", f"{name}=%00", f"{name}={value[::-1]}",
                 f"__Host-{cookie}", f"__Secure-{cookie}", f"{cookie}; {name}=x", f"{name}=x; {cookie}", f"{name}.x={value}", f"{name}={value.upper()}"):
        assert ask(text).status == 401, text.replace(value, "...")
    assert ask("a=b", cookie).status == 200
    for two in ((cookie, f"{name}=x"), (f"{name}=x", cookie)):
        assert ask(*two).status == 401
    problem(ask(f"{cookie}; app_session={token}"), 400, "conflicting_credentials")
    problem(ask(f"app_session={token}; {cookie}"), 400, "conflicting_credentials")
    assert ask("; ".join(f"a{i}=b" for i in range(2000)) + f"; {cookie}").status in (400, 401, 431)


# Rules: whose prefix it is

@pytest.mark.parametrize("subject, key, allowed", [
    ("wanda", "users/wanda//x", True), ("*", "users/*/x", True), ("{subject}", "users/{subject}/x", True), ("a b", "users/a%20b/x", True), ("a%2fb", "users/a%252fb/x", True),
    ("\u00e9", "users/%C3%A9/x", True), ("wanda", "users/wanda/x/url", True), ("wanda", "users%2fwanda/x", True),
    ("e\u0301", "users/%C3%A9/x", False), ("WANDA", "users/wanda/x", False), ("wanda/../bob", "users/bob/x", False), ("wanda/../bob", "users/wanda/../bob/x", False),
    ("wand\u0251", "users/wanda/x", False), (" wanda", "users/wanda/x", False), ("wanda ", "users/wanda/x", False), ("a%2fb", "users/a%2fb/x", False), ("a/b", "users/a/b/x", False),
    ("..", "users/../x", False), (".", "users/./x", False), ("*", "users/wanda/x", False), ("%", "users/wanda/x", False), ("wand_", "users/wanda/x", False),
    ("", "users//x", False), ("wanda\n", "users/wanda/x", False), ("wanda\0", "users/wanda/x", False), ("wanda", "users/wanda/%2e%2e/bob/x", False), ("wanda", "users/wanda/..", False),
    ("wanda", "users/wanda/a%00", False), ("wanda", "users/wanda/" + "k" * 1013, False), ("wanda", "users/wanda%00/x", False), ("wanda", "users/bob/x/url", False)])
def test_whose_prefix_a_key_has(gateway, subject, key, allowed):
    caller = gateway.bearing(app_token(subject))
    answer = wire.request(caller.address, "POST", f"/v1/objects/{key}/upload", [*caller.headers, JSON], b'{"size":1}')
    assert answer.status == 201 if allowed else answer.status in (400, 401, 404), answer


# Methods

@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "PUT", "DELETE", "POST", "get", "Get", "LINK", "PROPFIND", "QUERY", "GETX", "G" * 30])
def test_any_method_on_any_route_is_answered(wanda, photo, method):
    before = wanda.ids()
    body = b"{}" if method in ("POST", "PUT", "PATCH") else b""
    fields = [JSON, length(body)] if body else []
    for target in ("/", "/healthz", "/readyz", "/v1/files", f"/v1/files/{photo}/url", f"/v1/files/{photo}/grants", "/v1/urls", "/v1/albums", "/v1/tokens", "/v1/users", "/openapi.json",
                   "/docs", "/metrics", "/objects/users/wanda/x", "/nowhere", f"/files/{photo}", f"/v1/files/{photo}/content", f"/v1/files/{photo}/complete", "*", "/v1/sessions"):
        answer = send(wanda, method, target, fields, body)
        assert answer is not None and answer.status < 500 or answer.status == 501, (method, target, answer)
        assert answer.get("Set-Cookie") is None
        if method == "HEAD":
            assert answer.body == b""
    assert wanda.ids() == before and wanda.get(f"/files/{photo}?delivery=proxy").body == DATA


# O5: addresses of the configuration

@pytest.mark.parametrize("url", ["http://allowed.example@127.0.0.1/keys", "https://user:hunter2@127.0.0.1/keys", "http:///keys", "http://", "ftp://a/", "file:///etc/passwd", "//a/keys",
                                 "http://a b/", "http://a/ b", "http://a:99999/", "http://a:0/", "http://a:/", "http://a/#x", "http://[::1/", "http://[::1]x/", "http://a%2eb/",
                                 "javascript:alert(1)", "gopher://127.0.0.1/", "unix:/tmp/x", "http://@a/", "http://a@/", "http://a\\\\b/"])
def test_o5_urls_that_are_not_called(tmp_path, url):
    issuer = '[[auth.jwt]]\nname = "a"\nissuer = "i"\naudience = "f"\nalgorithms = ["RS256"]\n'
    for text in (f'{issuer}jwks_url = "{url}"\n', f'[auth.callback]\nurl = "{url}"\n'):
        (tmp_path / "signpost.toml").write_text(text)
        done = run("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--store-listen", "127.0.0.1:0", "--config", tmp_path / "signpost.toml")
        assert done.returncode == 2 and "hunter2" not in done.stderr + done.stdout, done
