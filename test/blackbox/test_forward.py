"""[[auth.forward]]: an app says who somebody is. What is no answer lets nobody in and says so."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clients import Gateway, Held, problem
from conftest import ALLOWED_ORIGIN, app_token, running, serve, write_configuration

CACHE = 2


class App:
    """Knows its own sessions: sid=NAME, or Authorization: Token NAME."""

    def __init__(self):
        self.asked, self.after, self.status = [], 0, None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.gone, self.extra, self.groups = set(), (), "editors, a:b ,,"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(app):  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                app.asked.append((self.path, dict(self.headers)))
                time.sleep(app.after)
                shown = (self.headers.get("Cookie") or self.headers.get("Authorization") or "").replace("Token ", "sid=")
                name = shown.removeprefix("Bearer ").removeprefix("sid=")
                status = app.status or (401 if name in app.gone or not name else 200)
                try:
                    self.send_response(status)
                    if status < 300 and name != "unnamed":
                        self.send_header("X-User", name)
                        self.send_header("X-Groups", app.groups)
                    for field in app.extra:
                        self.send_header(*field)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_):
                pass
        return Handler


@pytest.fixture(scope="module")
def the_app():
    app = App()
    yield app
    app.server.shutdown()
    app.server.server_close()


@pytest.fixture
def app(the_app):
    the_app.asked, the_app.after, the_app.status, the_app.extra = [], 0, None, ()
    the_app.gone.clear()
    the_app.groups = "editors, a:b ,,"
    return the_app


@pytest.fixture(scope="module")
def gate(work, the_app, rsa_key):
    directory = work / "forward"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], f"""
[[auth.forward]]
name = "rails"
url = "http://127.0.0.1:{the_app.port}/whoami?x=1"
request_headers = ["Cookie", "Authorization"]
principal_header = "X-User"
groups_header = "X-Groups"
cache = "{CACHE}s"

[[auth.forward]]
name = "keys"
url = "http://127.0.0.1:{the_app.port}/key"
request_headers = ["X-Api-Key"]
principal_header = "X-User"

""")
    with running(serve(directory, config=config)) as program:
        yield Gateway(program.url, program=program)


def by_cookie(gate, name, *more):
    return gate.with_cookie(f"sid={name}", *more)


def who(caller):
    answer = caller.get("/v1/session")
    return answer.json()["principal"] if answer.status == 200 else answer.status


def test_the_app_names_the_caller(app, gate):
    answer = by_cookie(gate, "ada", ("X-Other", "1")).get("/v1/session").json()
    assert answer["principal"] == "user:rails:ada" and not answer["admin"]
    assert answer["groups"] == ["group:rails:editors", "group:rails:a:b"]
    path, fields = app.asked[0]
    assert path == "/whoami?x=1"
    assert {name.lower() for name in fields} == {"host", "cookie"}, "just the fields that are named"
    for scheme in ("Token", "Bearer"):
        assert who(Gateway(gate.url, [("Authorization", f"{scheme} bea")])) == "user:rails:bea"
    file = by_cookie(gate, "ada", ("Origin", gate.url)).upload(b"text", "a.txt", "text/plain")
    assert file["owner"] == "user:rails:ada"
    assert by_cookie(gate, "ada").get(f"/files/{file['id']}").status == 302
    problem(by_cookie(gate, "bob").get(f"/files/{file['id']}"), 404)


def test_nobody(app, gate):
    problem(gate.get("/v1/session"), 401)
    assert app.asked == [], "nothing to ask with"
    app.gone.add("cyd")
    assert who(by_cookie(gate, "cyd")) == 401 and who(by_cookie(gate, "unnamed")) == 401
    app.status = 403
    assert who(by_cookie(gate, "dan")) == 401


def test_our_own_credentials_come_first(app, gate):
    both = Gateway(gate.url, [("Authorization", f"Bearer {app_token('eve')}"), ("Cookie", "sid=fay")])
    assert who(both) == "user:app:eve"
    for bad in (app_token("eve", exp=1), "sgn_nonsense"):
        problem(Gateway(gate.url, [("Authorization", f"Bearer {bad}"), ("Cookie", "sid=fay")]).get("/v1/session"), 401)
    two = [("Authorization", "Token gil"), ("Authorization", "Token gus")]
    problem(Gateway(gate.url, two).get("/v1/session"), 401)
    assert app.asked == []


@pytest.mark.parametrize("status", [302, 404, 429, 500, 503])
def test_what_is_no_answer_is_503(app, gate, status):
    app.status, app.extra = status, (("Location", "/whoami"),)
    problem(by_cookie(gate, f"hal{status}").get("/v1/session"), 503, "auth_unavailable")
    assert len(app.asked) == 1
    assert gate.get("/healthz").status == 200


def test_two_principals_or_a_wrong_one_are_no_answer(app, gate):
    app.extra = (("X-User", "root"),)
    problem(by_cookie(gate, "ian").get("/v1/session"), 503)
    app.extra = ()
    problem(by_cookie(gate, "x" * 300).get("/v1/session"), 503)


def test_a_slow_app_is_503_in_time(app, gate):
    app.after = 4
    began = time.monotonic()
    problem(by_cookie(gate, "joe").get("/v1/session"), 503)
    assert 1.5 < time.monotonic() - began < 3.5


def test_cached_and_asked_once_at_a_time(app, gate):
    app.after = 0.5
    with ThreadPoolExecutor(30) as pool:
        assert set(pool.map(lambda _: who(by_cookie(gate, "kim")), range(30))) == {"user:rails:kim"}
    assert 1 <= len(app.asked) <= 4, "once a worker at most"
    app.after = 0
    app.gone.add("kim")
    time.sleep(CACHE + 0.2)
    assert who(by_cookie(gate, "kim")) == 401, "signed out"
    app.gone.clear()
    app.asked = []
    for _ in range(20):
        who(by_cookie(gate, "kim"))
    assert len(app.asked) <= 4, "a no is kept too"


def test_k7_what_says_who_asks_is_in_vary(app, gate):
    """So that no cache gives one caller what another one got."""
    file_id = by_cookie(gate, "lou", ("Origin", gate.url)).upload(b"text", "a.txt", "text/plain")["id"]
    for target, fields in ((f"/files/{file_id}", []), (f"/files/{file_id}?delivery=proxy", []),
                           (f"/files/{file_id}?delivery=proxy", [("Range", "bytes=9-")]), (f"/files/{file_id}?delivery=proxy", [("If-None-Match", "*")])):
        answer = by_cookie(gate, "lou").get(target, fields)
        assert answer.status in (302, 200, 416, 304)
        vary = [name.strip().lower() for name in answer.get("Vary").split(",")]
        assert sorted(vary) == ["authorization", "cookie", "origin", "x-api-key"], answer


def test_scripts_of_other_origins_may_send_what_the_apps_are_asked_with(app, gate):
    asked = [("Origin", ALLOWED_ORIGIN), ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "x-api-key")]
    answer = gate.call("OPTIONS", "/v1/files", headers=asked)
    assert answer.status == 204 and answer.get("Access-Control-Allow-Origin") == ALLOWED_ORIGIN, answer
    allowed = [name.strip().lower() for name in answer.get("Access-Control-Allow-Headers").split(",")]
    assert {"x-api-key", "authorization", "content-type"} <= set(allowed), answer
    foreign = gate.call("OPTIONS", "/v1/files", headers=[("Origin", "https://evil.example"), *asked[1:]])
    assert foreign.get("Access-Control-Allow-Headers") is None, foreign


def test_a_cookie_needs_the_right_origin(app, gate):
    document = {"name": "a.txt", "content_type": "text/plain", "size": 1}
    basic = Gateway(gate.url, [("Authorization", "Token lea")])
    bearer = Gateway(gate.url, [("Authorization", "Bearer lea")])
    for caller in (by_cookie(gate, "lea"), by_cookie(gate, "lea", ("Origin", "https://evil.example")), basic):
        problem(caller.call("POST", "/v1/files", json_body=document), 403, "cross_site")
    for caller in (by_cookie(gate, "lea", ("Origin", ALLOWED_ORIGIN)), bearer):
        assert caller.call("POST", "/v1/files", json_body=document).status == 201


def test_who_left_the_group_meanwhile_brings_no_bytes(app, gate):
    """A body may be long in coming: what its sender may is judged by the groups of the time when it has come."""
    owner = by_cookie(gate, "ava", ("Origin", gate.url))
    editor = by_cookie(gate, "eve", ("Origin", gate.url))
    file_id = owner.create("a.txt", "text/plain", 5)["file"]["id"]
    grant = owner.call("PUT", f"/v1/files/{file_id}/grants/group:rails:editors", json_body={"role": "editor"})
    assert grant.status == 200, grant
    held = Held(editor, "PUT", f"/v1/files/{file_id}/content", b"bytes", "text/plain")
    app.groups = "readers"
    time.sleep(CACHE + 0.2)
    problem(held.let_go(), 404, "not_found")
    assert owner.get(f"/v1/files/{file_id}").json()["state"] == "pending"
    app.groups = "editors"
    time.sleep(CACHE + 0.2)
    assert Held(editor, "PUT", f"/v1/files/{file_id}/content", b"bytes", "text/plain").let_go().status == 200
