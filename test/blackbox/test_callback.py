"""[auth.callback]: the app says who may, where owner and grants do not. Whatever is not a plain 200 denies."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clients import Gateway, problem
from conftest import app_token, running, serve, write_configuration
from samples import png

DATA = png(seed=13)
CACHE = 2


class App:
    """The app: answers as `answer` says, and remembers what it was asked."""

    def __init__(self):
        self.asked, self.lock = [], threading.Lock()
        self.answer = lambda handler, question: self.reply(handler, 403)
        app = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with app.lock:
                    app.asked.append((self.path, self.headers["Content-Type"], question))
                app.answer(self, question)

            def do_GET(self):
                with app.lock:
                    app.asked.append((self.path, None, None))
                app.reply(self, 200)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def reply(handler, status, headers=(), body=b""):
        try:
            handler.send_response(status)
            for name, value in headers:
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True

    def says(self, status, headers=(), body=b"", after=0.0):
        def answer(handler, _):
            time.sleep(after)
            self.reply(handler, status, headers, body)
        self.asked, self.answer = [], answer


@pytest.fixture(scope="module")
def app():
    app = App()
    yield app
    app.server.shutdown()
    app.server.server_close()


@pytest.fixture(scope="module")
def gate(work, app, rsa_key):
    directory = work / "callback"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], f"""
[auth.callback]
url = "http://127.0.0.1:{app.port}/may?from=signpost"
cache = "{CACHE}s"
""")
    # each worker asks for itself: with one, what is asked can be counted
    with running(serve(directory, config=config, env={"SIGNPOST__SERVER__THREADS": "1"})) as program:
        yield Gateway(program.url, program=program)


@pytest.fixture(scope="module")
def lena(gate):
    return gate.bearing(app_token("lena"))


@pytest.fixture(scope="module")
def photo(lena):
    return lena.upload(DATA, "a.png", "image/png")["id"]


@pytest.fixture
def guest(gate, request):
    """Somebody of whom nothing is remembered yet."""
    return gate.bearing(app_token("guest-" + str(abs(hash(request.node.name)))))


def test_the_app_allows_and_is_asked_what_it_should(app, guest, photo, lena):
    app.says(200)
    assert guest.get(f"/files/{photo}?delivery=proxy").body == DATA
    path, kind, question = app.asked[0]
    assert path == "/may?from=signpost" and kind == "application/json"
    assert set(question) == {"principal", "action", "file"} and question["action"] == "read_content"
    assert question["principal"].startswith("user:app:guest-") and question["file"] == lena.get(f"/v1/files/{photo}").json()
    assert guest.get(f"/v1/files/{photo}").status == 200 and guest.get(f"/v1/files/{photo}/url").status == 200
    assert guest.call("PATCH", f"/v1/files/{photo}", json_body={"name": "b.png"}).json()["name"] == "b.png"
    assert [q["action"] for _, _, q in app.asked] == ["read_content", "read_entry", "edit"]


def test_owners_grants_and_nobody_are_not_asked_about(app, gate, lena, guest, photo):
    app.says(200)
    assert lena.get(f"/files/{photo}").status == 302
    problem(gate.get(f"/files/{photo}"), 401)
    problem(gate.get("/files/none-such"), 401)
    assert lena.call("PUT", f"/v1/files/{photo}/grants/anyone", json_body={"role": "viewer"}).status == 200
    assert guest.get(f"/files/{photo}").status == gate.get(f"/files/{photo}").status == 302
    assert lena.call("DELETE", f"/v1/files/{photo}/grants/anyone").status == 204
    assert app.asked == []


def test_the_app_denies(app, guest, photo):
    app.says(403)
    refused, none = guest.get(f"/v1/files/{photo}"), guest.get("/v1/files/none-such")
    problem(refused, 404)
    assert refused.body == none.body and sorted(n for n, _ in refused.headers) == sorted(n for n, _ in none.headers)
    assert [q["file"].get("id") for _, _, q in app.asked] == [photo, "none-such"], "asked about both alike"


def test_a_yes_does_not_make_a_file(app, guest):
    app.says(200)
    problem(guest.get("/v1/files/none-such"), 404)


@pytest.mark.parametrize("status,headers,body", [
    (201, (), b""), (204, (), b""), (302, (("Location", "/yes"),), b""), (307, (("Location", "/yes"),), b""), (401, (), b""), (404, (), b""),
    (429, (), b""), (500, (), b""), (503, (), b"allowed")])
def test_anything_else_denies(app, guest, photo, status, headers, body):
    app.says(status, headers, body)
    problem(guest.get(f"/files/{photo}"), 404)
    assert len(app.asked) == 1, "followed a redirect, or asked twice"


def test_a_huge_body_is_not_read(app, guest, photo):
    app.says(200, body=b"x" * (64 << 20))
    began = time.monotonic()
    assert guest.get(f"/files/{photo}").status == 302
    assert time.monotonic() - began < 2


def test_garbage_denies(app, guest, photo):
    def answer(handler, _):
        handler.wfile.write(b"yes, of course\r\n\r\n")
        handler.close_connection = True
    app.asked, app.answer = [], answer
    problem(guest.get(f"/files/{photo}"), 404)


def test_a_slow_app_denies_in_time(app, guest, lena, photo):
    app.says(200, after=4)
    began = time.monotonic()
    problem(guest.get(f"/files/{photo}"), 404)
    assert 1.5 < time.monotonic() - began < 3.5
    assert lena.get(f"/files/{photo}").status == 302, "others do not wait"
    # soon after the app is quick again, it is heard
    app.says(200)
    time.sleep(1.1)
    assert guest.get(f"/files/{photo}").status == 302


def test_its_word_holds_for_the_time_that_cache_says(app, guest, photo):
    app.says(200)
    for _ in range(20):
        assert guest.get(f"/files/{photo}").status == 302
    assert 1 <= len(app.asked) <= 4, "once a worker at most"
    app.says(403)
    time.sleep(CACHE + 0.5)
    problem(guest.get(f"/files/{photo}"), 404)


@pytest.mark.parametrize("first", ["a file", "none"])
def test_its_word_is_of_one_file_and_not_of_the_next_of_that_id(app, gate, guest, lena, first):
    """Also where it was asked about an id that was nobody's yet."""
    file_id, mia = f"again-{first.replace(' ', '-')}", gate.bearing(app_token("mia"))
    if first == "a file":
        lena.upload(DATA, "a.png", "image/png", id=file_id)
    app.says(200)
    assert guest.get(f"/v1/files/{file_id}").status == (200 if first == "a file" else 404)
    assert len(app.asked) == 1
    if first == "a file":
        assert lena.call("DELETE", f"/v1/files/{file_id}").status == 204
    mia.upload(DATA, "b.png", "image/png", id=file_id)
    app.says(403)
    problem(guest.get(f"/v1/files/{file_id}"), 404, "not_found")
    assert [question["file"].get("owner") for _, _, question in app.asked] == ["user:app:mia"]


def test_the_same_question_is_asked_once_at_a_time(app, guest, photo):
    app.says(200, after=0.7)
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: guest.get(f"/files/{photo}").status, range(40)))
    assert answers == [302] * 40
    assert 1 <= len(app.asked) <= 4, len(app.asked)


def test_an_app_that_is_down_denies(work, rsa_key):
    directory = work / "callback-down"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], '[auth.callback]\nurl = "http://127.0.0.1:1/may"\n')
    with running(serve(directory, config=config)) as program:
        gate = Gateway(program.url, program=program)
        owner, other = (gate.bearing(app_token(name)) for name in ("owner", "other"))
        file_id = owner.upload(DATA, "a.png", "image/png")["id"]
        problem(other.get(f"/files/{file_id}"), 404)
        assert owner.get(f"/files/{file_id}").status == 302
