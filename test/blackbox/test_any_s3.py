"""The store by configuration: a gateway whose objects lie in another S3, here a second `signpost store`; and, since its keys
are then known, that the URLs it signs are botocore's byte for byte."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import wire
from clients import SECRETS, Gateway, Store, digest, problem
from conftest import STORE_KEY_ID, STORE_SECRET, app_token, running, serve, start_store, write_configuration
from procs import Program, eventually
from samples import noise, pdf, png


@pytest.fixture(scope="module")
def external(work):
    with running(start_store(work / "external")) as program:
        yield Store(program.url, STORE_KEY_ID, STORE_SECRET, "someones-bucket", program).create_bucket()


@pytest.fixture(scope="module")
def program(work, external, rsa_key):
    directory = work / "any-s3"
    directory.mkdir()
    (directory / "secret").write_text(STORE_SECRET + "\n")
    (directory / "secret").chmod(0o600)
    config = write_configuration(directory, [rsa_key], f"""
[store]
kind = "s3"
endpoint = "{external.url}"
region = "us-east-1"
bucket = "someones-bucket"
path_style = true
access_key_id = "{STORE_KEY_ID}"
secret_access_key_file = "secret"
""")
    with running(serve(directory, config=config)) as started:
        yield started


@pytest.fixture(scope="module")
def nina(program):
    return Gateway(program.url, program=program).bearing(app_token("nina"))


def test_no_store_of_its_own(program, external):
    assert len(program.children()) == 1, "an embedded store runs beside the external one"
    assert program.store_url == external.url


def test_life(nina, external):
    for data, name, kind in [(png(), "a.png", "image/png"), (noise(2_000_000), "n.bin", "application/octet-stream"), (b"", "e.txt", "text/plain"),
                             (pdf(), "d.pdf", "application/pdf")]:
        file = nina.upload(data, name, kind, sha256=digest(data))
        url = nina.signed_url(file["id"])["url"]
        assert url.startswith(external.url + "/someones-bucket/") and wire.fetch(url).body == data
        assert wire.fetch(nina.get(f"/files/{file['id']}").get("Location")).body == data
        assert nina.get(f"/files/{file['id']}?delivery=proxy").body == data
        if data:
            piece = nina.get(f"/files/{file['id']}?delivery=proxy", [("Range", "bytes=0-3")])
            assert piece.status == 206 and piece.body == data[:4]
        assert nina.call("DELETE", f"/v1/files/{file['id']}").status == 204
        assert wire.fetch(url).status == 404


def test_proxied_upload(nina):
    data = noise(1_000_000, seed=4)
    file_id = nina.create("p.bin", "application/octet-stream", len(data), sha256=digest(data))["file"]["id"]
    answer = nina.call("PUT", f"/v1/files/{file_id}/content", data, [("Content-Type", "application/octet-stream")])
    assert answer.status == 200 and answer.json()["file"]["state"] == "ready", answer
    assert wire.fetch(nina.signed_url(file_id)["url"]).body == data


def test_refusals(nina):
    data = png(seed=2)
    created = nina.create("a.png", "image/png", len(data), sha256=digest(data))
    assert nina.put(created["upload"], data + b"x").status == 403
    problem(nina.complete(created["file"]["id"]), 409)
    created = nina.create("a.png", "image/png", len(data), sha256=digest(data))
    assert nina.put(created["upload"], bytes(len(data))).status == 400
    problem(nina.complete(created["file"]["id"]), 409)
    file = nina.upload(data, "a.png", "image/png")
    url = nina.signed_url(file["id"])["url"]
    assert wire.fetch(url[:-1] + ("0" if url[-1] != "0" else "1")).status == 403


class Frozen:
    """What botocore.auth takes for the datetime module."""

    def __init__(self, moment):
        self.moment, self.datetime = moment, self

    def utcnow(self):
        return self.moment


def signed_by_botocore(monkeypatch, url, method, headers=()):
    """The same request, at the same time, with the same life, signed by botocore."""
    path, query = url.split("?")
    pairs = query.split("&")
    auth = [p for p in pairs if p.startswith("X-Amz-")]
    rest = [p for p in pairs if not p.startswith("X-Amz-")]
    given = dict(parse_qsl("&".join(auth), keep_blank_values=True))
    monkeypatch.setattr(botocore.auth, "datetime", Frozen(datetime.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ")))
    request = AWSRequest(method, path + ("?" + "&".join(rest) if rest else ""), headers=dict(headers))
    botocore.auth.S3SigV4QueryAuth(Credentials(STORE_KEY_ID, STORE_SECRET), "s3", "us-east-1",
                                   expires=int(given["X-Amz-Expires"])).add_auth(request)
    return request.url


@pytest.mark.parametrize("query,method", [
    ("", "GET"), ("?expires_in=10m", "GET"), ("?disposition=attachment", "GET"), ("?method=head", "HEAD"), ("?expires_in=5", "GET"),
    ("?disposition=attachment&filename=a%20b%2B%C3%BC%27%28%29%2A~.png", "GET")])
def test_urls_equal_botocores_byte_for_byte(monkeypatch, nina, query, method):
    file = nina.upload(png(), "holiday ü'()*+&=;~.png", "image/png")
    url = nina.signed_url(file["id"], query)["url"]
    assert url == signed_by_botocore(monkeypatch, url, method)
    assert wire.fetch(url, method).status == 200
    if not query:
        location = nina.get(f"/files/{file['id']}").get("Location")
        assert SECRETS.of_url(location) == signed_by_botocore(monkeypatch, location, "GET")


def test_upload_urls_equal_botocores_byte_for_byte(monkeypatch, nina):
    created = nina.create("a.png", "image/png", 1234, sha256=digest(b"x"))
    url = created["upload"]["url"]
    names = dict(parse_qsl(urlsplit(url).query))["X-Amz-SignedHeaders"].split(";")
    given = {name.lower(): value for name, value in created["upload"]["headers"].items()}
    given["content-length"] = "1234"
    headers = [(name, given[name]) for name in names if name != "host"]
    assert url == signed_by_botocore(monkeypatch, url, "PUT", headers)


def configure(directory, rsa_key, url):
    return write_configuration(directory, [rsa_key], f"""
[store]
kind = "s3"
endpoint = "{url}"
region = "us-east-1"
bucket = "photos"
path_style = true
access_key_id = "{STORE_KEY_ID}"
secret_access_key = "{STORE_SECRET}"
""")


def test_the_other_store_goes_and_comes(work, rsa_key):
    """While the store is away the gateway says so, by 502 to 504, and serves again when it is back."""
    directory = work / "absent"
    with running(start_store(directory / "store")) as there:
        store = Store(there.url, STORE_KEY_ID, STORE_SECRET, program=there).create_bucket()
        address = store.host
        config = configure(directory, rsa_key, store.url)
        started = serve(directory, config=config)
    with running(started):
        nina = Gateway(started.url, program=started).bearing(app_token("nina"))
        created = nina.create("a.png", "image/png", 5)
        answer = nina.complete(created["file"]["id"])
        problem(answer, answer.status)
        assert 502 <= answer.status <= 504, answer
        not_ready = nina.get("/readyz")
        assert not_ready.status == 503 and int(not_ready.get("Retry-After")) >= 1 and nina.get("/healthz").status == 200
        back = Program(directory / "store", "store", "--data", directory / "store/data", "--listen", address, name="store")
        with running(back):
            # Each worker asks the store once a second.
            eventually(lambda: nina.get("/readyz").status == 200, 5)
            assert nina.upload(png(), "a.png", "image/png")["state"] == "ready"


class Fake(ThreadingHTTPServer):
    """A store that has nothing. A DELETE is answered by what `answers` has for the key's end: 403 where a rule keeps the object."""

    def __init__(self):
        self.answers, self.deleted, self.after, self.heads = {}, [], 0, 0

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_DELETE(self):
                end = self.path.rpartition("/")[2]
                self.send_response(self.server.answers.get(end, 204))
                self.send_header("Content-Length", "0")
                self.end_headers()
                self.server.deleted.append(end)

            def do_HEAD(self):
                self.server.heads += 1
                time.sleep(self.server.after)
                self.answer()

            do_GET = do_PUT = answer

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


def test_an_object_that_the_store_keeps_stops_no_other_ones_deletion(work, rsa_key):
    """The bytes of what users deleted go, whatever stands before them that the store will not delete."""
    directory = work / "keeping"
    directory.mkdir()
    with Fake() as store:
        config = configure(directory, rsa_key, store.url)
        with running(serve(directory, config=config)) as started:
            nina = Gateway(started.url, program=started).bearing(app_token("nina"))
            made = [nina.create("a.png", "image/png", 5) for _ in range(3)]
            ends = [urlsplit(one["upload"]["url"]).path.rpartition("/")[2] for one in made]
            store.answers = {ends[0]: 403, ends[1]: 503, ends[2]: 503}
            for one in made:
                assert nina.call("DELETE", f"/v1/files/{one['file']['id']}").status == 204
        store.answers, store.deleted = {ends[0]: 403}, []
        with running(serve(directory, config=config)):
            eventually(lambda: set(ends) <= set(store.deleted), 10)
        store.deleted = []
        # What it kept is asked for again, for the rule may have gone.
        store.answers = {}
        with running(serve(directory, config=config)):
            eventually(lambda: ends[0] in store.deleted, 10)
        store.shutdown()


def test_a_flood_of_health_checks_is_none_for_the_store(work, rsa_key):
    """Also where it hangs: each worker asks once, and all get what was found."""
    directory = work / "flood"
    directory.mkdir()
    with Fake() as store:
        config = configure(directory, rsa_key, store.url)
        with running(serve(directory, config=config, env={"SIGNPOST__SERVER__THREADS": "2"})) as started:
            gateway = Gateway(started.url, program=started)
            eventually(lambda: gateway.get("/readyz").status == 200, 5)
            time.sleep(1.1)
            store.after, store.heads = 1, 0
            with ThreadPoolExecutor(40) as pool:
                answers = list(pool.map(lambda _: gateway.get("/readyz").status, range(40)))
            assert answers == [200] * 40
            assert 1 <= store.heads <= 2
        store.shutdown()
