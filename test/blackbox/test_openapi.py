"""Every operation of openapi.json, asked in the ways that go wrong the same everywhere. Which operations there are, and which of
these answers each has, the document itself says, so that a new route is tried here as soon as it is described. What is checked of
each answer besides its status is in contract.py."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

import wire
from clients import Gateway
from conftest import (ADMIN_PASSWORD, STORE_KEY_ID, STORE_SECRET, app_token, running, serve, session_cookie,
                      write_configuration)
from contract import CONTRACT, METHODS
from procs import binary, run
from relay import Relay
from samples import noise

DATA = noise(5_000, seed=77)
OBJECT = "/objects/users/alice/name.bin"
DOWNLOADS = ["/files/{}", "/files/{}/name.bin", "/v1/files/{}/content", OBJECT]


def operations(gateway):
    document = gateway.get("/openapi.json").json()
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def with_status(gateway, status):
    return [(method, path, operation) for method, path, operation in operations(gateway)
            if str(status) in operation["responses"]]


def needs_credential(operation):
    return "security" not in operation


def looks_at_credentials(operation):
    return needs_credential(operation) or operation["operationId"] != "createSession" and operation["security"] != []


def takes_json(operation):
    return "application/json" in operation.get("requestBody", {}).get("content", {})


def concrete(path):
    """The path with names that nothing has."""
    path = path.replace("{principal}", "user:app:nobody-at-all").replace("{page}", "")
    return re.sub(r"\{\w+\}", "nothing-of-that-name", path)


@pytest.fixture(scope="module")
def own(alice):
    """The path with names of what is alice's, where the route looks for it before it looks at the body."""
    pending = alice.create("pending.bin", "application/octet-stream", 3)["file"]["id"]
    made = alice.call("POST", "/v1/albums", json_body={"name": "of alice"})
    assert made.status == 201, made
    prefixes = {"/v1/objects/{key}": "/v1/objects/users/alice/new.bin", "/v1/files/{id}": f"/v1/files/{pending}", "/v1/albums/{id}": f"/v1/albums/{made.json()['id']}",
                "/v1/users/{username}": "/v1/users/admin"}

    def path_of(path):
        for pattern, prefix in prefixes.items():
            if path == pattern or path.startswith(pattern + "/"):
                path = prefix + path[len(pattern):]
        return concrete(path)
    return path_of


@pytest.fixture(scope="module")
def asking(gateway, alice):
    """Who may ask for the path at all, by a bearer token."""
    chief = gateway.bearing(app_token("chief", groups=["file-admins"]))
    return lambda path: chief if path.startswith("/v1/users") else alice


@pytest.fixture(scope="module")
def cookie(gateway):
    return session_cookie(gateway.login("admin", ADMIN_PASSWORD))


def test_no_credential_is_401(gateway):
    tried = 0
    for method, path, operation in operations(gateway):
        if needs_credential(operation):
            tried += 1
            answer = gateway.call(method, concrete(path), body=b"{}" if takes_json(operation) else None)
            assert answer.status == 401, (method, path, answer)
    assert tried > 10


def test_two_principals_are_400(gateway, cookie):
    both = Gateway(gateway.url, [("Cookie", cookie), ("Authorization", f"Bearer {app_token('two')}")], gateway.program)
    for method, path, operation in with_status(gateway, 400):
        if looks_at_credentials(operation):
            assert both.call(method, concrete(path)).status == 400, (method, path)


def test_cookie_from_another_site_is_403(gateway, cookie):
    attacked = Gateway(gateway.url, [("Cookie", cookie), ("Origin", "https://evil.example")], gateway.program)
    for method, path, operation in with_status(gateway, 403):
        if needs_credential(operation) and method not in ("GET", "HEAD"):
            assert attacked.call(method, concrete(path)).status == 403, (method, path)


def test_token_without_the_scope_is_403(gateway, cookie):
    """No single scope is enough for everything, and each is refused where another one is needed."""
    admin = Gateway(gateway.url, [("Cookie", cookie), ("Origin", gateway.url)], gateway.program)
    refused = set()
    for scope in ("read", "write", "share"):
        made = admin.call("POST", "/v1/tokens", json_body={"name": f"only {scope}", "scopes": [scope], "expires_in": "10m"})
        assert made.status == 201, made
        holder = gateway.bearing(made.json()["token"])
        for method, path, operation in with_status(gateway, 403):
            if method != "DELETE" and looks_at_credentials(operation):
                answer = holder.call(method, concrete(path))
                if answer.status == 403 and (method == "HEAD" or answer.json()["code"] == "insufficient_scope"):
                    refused.add((method, path))
    assert len(refused) > 5


def test_one_token_too_many_is_409(gateway):
    caller = gateway.bearing(app_token("token-collector"))
    for count in range(2000):
        answer = caller.call("POST", "/v1/tokens", json_body={"name": f"t{count}", "scopes": ["read"]})
        if answer.status != 201:
            break
    assert answer.status == 409 and count > 50, answer


def test_too_many_requests_are_429(work, gateway, rsa_key):
    """The limit stands before every route that one can be told so for."""
    directory = work / "one-a-second"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], "[limits]\nrequests_per_second = 1\n")
    with running(serve(directory, config=config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("hasty"))
        asked = with_status(gateway, 429)
        CONTRACT.documents[caller.url] = CONTRACT.documents[gateway.url]  # to ask for it would count
        for method, path, _ in asked:
            statuses = {caller.call(method, concrete(path)).status for _ in range(8)}
            assert 429 in statuses, (method, path, statuses)


@pytest.mark.parametrize("path,body", [
    ("/v1/files", {"name": "a", "size": 1, "content_type": None, "sha256": None, "album": None, "metadata": None, "id": None, "owner": None,
                   "upload_type": None, "object": None}),
    ("/v1/albums", {"name": "a", "id": None, "owner": None}), ("/v1/tokens", {"name": "a", "scopes": ["read"], "expires_in": None}),
    ("/v1/urls", {"ids": ["a"], "expires_in": None, "method": None, "disposition": None})])
def test_null_is_as_absent(alice, path, body):
    assert alice.call("POST", path, json_body=body).status in (200, 201)


def test_what_does_not_exist_is_404(alice, gateway):
    for method, path, operation in with_status(gateway, 404):
        if "{" in path and path != "/{page}" and not takes_json(operation):
            headers = [("Content-Type", "text/plain")] if "requestBody" in operation else []
            assert alice.call(method, concrete(path), headers=headers).status in (404, 403), (method, path)


def test_json_of_another_type_is_415(asking, gateway, own):
    for method, path, operation in with_status(gateway, 415):
        if takes_json(operation):
            answer = asking(path).call(method, own(path), body=b'{"a": 1}', headers=[("Content-Type", "text/plain")])
            assert answer.status == 415, (method, path, answer)


def test_json_past_the_limit_is_413(asking, gateway, own):
    large = json.dumps({"name": "x" * 3_000_000}).encode()
    for method, path, operation in with_status(gateway, 413):
        if takes_json(operation):
            answer = asking(path).call(method, own(path), body=large, headers=[("Content-Type", "application/json")])
            assert answer.status == 413, (method, path, answer)


def test_what_is_no_json_is_400(asking, gateway, own):
    for method, path, operation in with_status(gateway, 400):
        if takes_json(operation):
            answer = asking(path).call(method, own(path), body=b'{"a": ', headers=[("Content-Type", "application/json")])
            assert answer.status == 400, (method, path, answer)


def stored(caller):
    """A ready file of alice's; and, by its key, the object of DOWNLOADS."""
    way = caller.call("POST", f"/v1{OBJECT}/upload", json_body={"size": len(DATA)})
    assert way.status == 201 and caller.put(way.json()["upload"], DATA).status in (200, 412)
    return caller.upload(DATA, "name.bin", "application/octet-stream")["id"]


@pytest.fixture(scope="module")
def file(alice):
    return stored(alice)


@pytest.mark.parametrize("path", DOWNLOADS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
class TestDownloads:
    def ask(self, caller, method, path, query, headers=(), status=200):
        answer = caller.call(method, path + query, headers=headers)
        assert answer.status == status, answer
        return answer

    def test_by_proxy(self, alice, file, method, path):
        path = path.format(file)
        whole = self.ask(alice, method, path, "?delivery=proxy")
        tag = whole.get("ETag")
        assert method == "HEAD" or whole.body == DATA
        self.ask(alice, method, path, "?delivery=proxy", [("If-None-Match", tag)], 304)
        self.ask(alice, method, path, "?delivery=proxy", [("If-Match", '"other"')], 412)
        if method == "GET":
            part = self.ask(alice, method, path, "?delivery=proxy", [("Range", "bytes=1-3")], 206)
            assert part.body == DATA[1:4]
            self.ask(alice, method, path, "?delivery=proxy", [("Range", "bytes=5000-")], 416)

    def test_by_redirect(self, alice, file, method, path):
        self.ask(alice, method, path.format(file), "?delivery=redirect", status=302)

    def test_refused(self, alice, bob, gateway, file, method, path):
        self.ask(alice, method, path.format(file), "?delivery=carrier-pigeon", status=400)
        self.ask(gateway, method, path.format(file), "", status=401)
        self.ask(bob, method, path.format(file), "", status=404)
        if path != OBJECT:
            pending = alice.create("pending.bin", "application/octet-stream", 3)["file"]["id"]
            self.ask(alice, method, path.format(pending), "", status=409)

    def test_the_other_way_is_not_allowed(self, one_way, method, path):
        caller, file = one_way
        self.ask(caller, method, path.format(file), "?delivery=proxy", status=403)


@pytest.fixture(scope="module")
def one_way(work, rsa_key):
    """A gateway that redirects whatever is asked of it."""
    directory = work / "one-way"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], "[delivery]\nallow_override = false\n")
    with running(serve(directory, config=config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("alice"))
        yield caller, stored(caller)


@pytest.fixture(scope="module")
def fragile(work, rsa_key, store):
    """A gateway whose store fails on command: (caller, relay, a ready file, a pending one whose bytes are there)."""
    directory = work / "fragile"
    directory.mkdir()
    relay = Relay(wire.address_of(store.url))
    (directory / "secret").write_text(STORE_SECRET)
    (directory / "secret").chmod(0o600)
    config = write_configuration(directory, [rsa_key], f"""
[store]
kind = "s3"
endpoint = "{relay.url}"
bucket = "photos"
path_style = true
access_key_id = "{STORE_KEY_ID}"
secret_access_key_file = "secret"
""")
    with running(serve(directory, config=config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("alice", groups=["file-admins"]))
        ready = stored(caller)
        made = caller.create("name.bin", "application/octet-stream", len(DATA))
        assert caller.put(made["upload"], DATA).status == 200
        yield caller, relay, ready, made["file"]["id"]
    relay.close()


def needing_the_store(caller, ready, pending):
    """Every request that cannot be answered without the store."""
    asked = [("GET", path.format(ready) + "?delivery=proxy", None) for path in DOWNLOADS]
    asked += [("HEAD", OBJECT, None), ("GET", f"/v1{OBJECT}/url", None)]
    asked.append(("POST", f"/v1/files/{pending}/complete", b"{}"))
    upload = caller.create("name.bin", "application/octet-stream", len(DATA))["file"]["id"]
    asked.append(("PUT", f"/v1/files/{upload}/content", DATA))
    there = {"name": "a.bin", "object": {"bucket": "photos", "key": "not/entered/yet"}}
    asked.append(("POST", "/v1/files", json.dumps(there).encode()))
    return asked


@pytest.mark.timeout(150)
@pytest.mark.parametrize("mode, status", [("closed", 502), ("busy", 503), ("silent", 504)])
def test_store_that_fails(fragile, mode, status):
    caller, relay, ready, pending = fragile
    asked = needing_the_store(caller, ready, pending)
    relay.become(mode)
    with ThreadPoolExecutor(len(asked)) as threads:
        def ask(one):
            method, target, body = one
            kind = "application/json" if method == "POST" else "application/octet-stream"
            headers = [("Content-Type", kind)] if body else []
            return caller.call(method, target, body, headers, timeout=90)
        answers = list(threads.map(ask, asked))
    for (method, target, _), answer in zip(asked, answers):
        assert answer.status == status, (method, target, answer)
    relay.become("pass")
    assert caller.get(DOWNLOADS[0].format(ready) + "?delivery=proxy").body == DATA, "it works again at once"


@pytest.mark.timeout(90)
def test_body_that_never_comes_is_408(alice, gateway):
    made = alice.create("slow.bin", "application/octet-stream", len(DATA))["file"]["id"]
    answer = alice.call("PUT", f"/v1/files/{made}/content", b"",
                        [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(DATA)))], timeout=60)
    assert answer.status == 408, answer


def test_encoded_content_is_415(alice):
    made = alice.create("packed.bin", "application/octet-stream", len(DATA))["file"]["id"]
    answer = alice.call("PUT", f"/v1/files/{made}/content", DATA,
                        [("Content-Type", "application/octet-stream"), ("Content-Encoding", "gzip")])
    assert answer.status == 415, answer


def test_too_many_sign_ins_are_503(gateway):
    """Each costs a slow hash; past the queue's end the rest are told to come back."""
    with ThreadPoolExecutor(150) as threads:
        answers = list(threads.map(lambda i: gateway.call("POST", "/v1/session", timeout=60, json_body={
            "username": f"nobody{i}", "password": "wrong"}), range(150)))
    assert {one.status for one in answers} <= {401, 429, 503}
    assert any(one.status == 503 for one in answers)


def test_the_page_and_its_304(gateway):
    page = gateway.get("/")
    assert page.status == 200
    assert gateway.get("/", [("If-None-Match", page.get("ETag"))]).status == 304


def test_document_is_of_this_version(gateway):
    version = json.loads(run("version", "--json").stdout)["version"]
    assert gateway.get("/openapi.json").json()["info"]["version"] == version, binary()
