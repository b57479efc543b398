"""GET /v1/audit: what was fetched from the store with the URLs that were given out, and by whom (docs/adr/0030)."""

import os
import signal
import socket
import time
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

import wire
from clients import Gateway, Store, problem, s3_code
from conftest import app_token, running, serve, write_configuration
from procs import Program, eventually
from samples import noise, png

DATA = png(seed=51)
SECONDS = 5.0


@pytest.fixture(scope="module")
def auditor(gateway):
    return gateway.bearing(app_token("auditor", groups=["file-admins"]))


@pytest.fixture(scope="module")
def fay(gateway):
    return gateway.bearing(app_token("fay"))


def fetch(url, headers=()):
    answer = wire.fetch(url, headers=headers)
    assert answer.status in (200, 206, 304), answer
    return answer


def ticket_of(url):
    return dict(parse_qsl(urlsplit(url).query))["x-signpost-ticket"]


def audit(caller, query=""):
    answer = caller.get(f"/v1/audit?limit=1000{query}")
    assert answer.status == 200, answer
    return answer.json()["items"]


def entries(caller, file_id, requests):
    """The entries of a file, once they have that many requests together."""
    def check():
        found = audit(caller, f"&file={file_id}")
        return sum(e["requests"] for e in found) >= requests and found
    return eventually(check, SECONDS)


def photo_of(owner, data=DATA, name="f.png", content_type="image/png"):
    return owner.upload(data, name, content_type)["id"]


def test_who_fetched_how_much(gateway, auditor, fay):
    photo = photo_of(fay)
    for name in ("anyone", "user:app:gus"):
        assert fay.call("PUT", f"/v1/files/{photo}/grants/{quote(name, safe='')}", json_body={"role": "viewer"}).status == 200
    urls = {"user:app:fay": fay.signed_url(photo)["url"], "anyone": gateway.anonymous().signed_url(photo)["url"],
            "user:app:gus": gateway.bearing(app_token("gus")).get(f"/files/{photo}").get("Location")}
    before = int(time.time())
    fetch(urls["user:app:fay"]), fetch(urls["user:app:fay"], [("Range", "bytes=0-99")])
    etag = fetch(urls["anyone"]).get("ETag")
    assert fetch(urls["anyone"], [("If-None-Match", etag)]).status == 304
    fetch(urls["user:app:gus"])
    found = {e["principal"]: e for e in entries(auditor, photo, 5)}
    assert found.keys() == urls.keys()
    for principal, (requests, size) in {"user:app:fay": (2, len(DATA) + 100), "anyone": (2, len(DATA)),
                                        "user:app:gus": (1, len(DATA))}.items():
        entry = found[principal]
        assert (entry["requests"], entry["bytes"], entry["file"]) == (requests, size, photo), entry
        assert entry["ticket"] == ticket_of(urls[principal]) and entry["object"]["key"] in urls[principal]
        assert entry["first_at"] <= entry["last_at"]
        assert entry["first_at"] >= time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(before))


def test_it_adds_up_and_refusals_do_not_count(auditor, fay):
    photo = photo_of(fay)
    url = fay.signed_url(photo, "?expires_in=10m")["url"]
    head = fay.signed_url(photo, "?method=head")["url"]
    fetch(url)
    assert entries(auditor, photo, 1)[0]["requests"] == 1
    fetch(url)
    assert wire.fetch(head, "HEAD").status == 200
    for wrong in (url.replace(ticket_of(url), "A" * 32), url + "&x=1"):
        assert wire.fetch(wrong).status == 403
    assert wire.fetch(url, headers=[("Range", "bytes=99999999-")]).status == 416
    assert fay.call("DELETE", f"/v1/files/{photo}/urls").status == 204
    served = 2
    while wire.fetch(url).status == 200:  # until the store knows better
        served += 1
    entries(auditor, photo, served + 1)
    time.sleep(2.5)  # nothing comes after that
    found = sorted(audit(auditor, f"&file={photo}"), key=lambda e: -e["bytes"])
    assert [(e["ticket"], e["requests"], e["bytes"]) for e in found] == [
        (ticket_of(url), served, served * len(DATA)), (ticket_of(head), 1, 0)]


def test_a_download_cut_short_counts_what_was_sent(auditor, fay):
    data = noise(8 * 1024 * 1024)
    photo = photo_of(fay, data, "f.bin", "application/octet-stream")
    url = urlsplit(fay.signed_url(photo)["url"])
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
        assert connection.recv(1000)
    entry, = entries(auditor, photo, 1)
    assert entry["requests"] == 1 and entry["bytes"] < len(data)


def test_objects_by_key_have_no_file(auditor, fay):
    made = fay.call("POST", "/v1/objects/users/fay/a%20%2B%0A.png/upload", json_body={"content_type": "image/png", "size": len(DATA)})
    assert made.status == 201 and fay.put(made.json()["upload"], DATA).status == 200
    fetch(fay.get("/v1/objects/users/fay/a%20%2B%0A.png/url").json()["url"])
    entry, = eventually(lambda: [e for e in audit(auditor) if e["object"]["key"] == "users/fay/a +\n.png"], SECONDS)
    assert (entry["file"], entry["principal"], entry["bytes"]) == (None, "user:app:fay", len(DATA))


def test_only_admins_see_it(gateway, auditor, fay):
    problem(gateway.anonymous().get("/v1/audit"), 401)
    problem(fay.get("/v1/audit"), 404)
    problem(fay.get(f"/v1/audit?file={photo_of(fay)}"), 404)
    token = auditor.call("POST", "/v1/tokens", json_body={"name": "t", "scopes": ["read"]}).json()["token"]
    problem(gateway.bearing(token).get("/v1/audit"), 403, "insufficient_scope")


def test_pages(auditor, fay):
    photos = [photo_of(fay) for _ in range(3)]
    for photo in photos:
        fetch(fay.signed_url(photo)["url"])
    for photo in photos:
        entries(auditor, photo, 1)
    found, cursor = [], ""
    while len(found) < 1000:
        page = auditor.get(f"/v1/audit?limit=2{cursor}").json()
        assert 0 < len(page["items"]) <= 2
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={quote(page['next_cursor'])}"
    assert set(photos) <= {e["file"] for e in found}
    assert len({(e["ticket"], e["object"]["key"]) for e in found}) == len(found)


def test_a_cursor_is_of_one_admins_list(gateway, auditor, fay):
    for photo in [photo_of(fay) for _ in range(2)]:
        fetch(fay.signed_url(photo)["url"])
        entries(auditor, photo, 1)
    cursor = "&cursor=" + quote(auditor.get("/v1/audit?limit=1").json()["next_cursor"])
    assert auditor.get(f"/v1/audit?limit=1{cursor}").status == 200
    other = gateway.bearing(app_token("controller", groups=["file-admins"]))
    problem(other.get(f"/v1/audit?limit=1{cursor}"), 400)


@pytest.mark.parametrize("query", ["?limit=0", "?limit=x", "?file=", "?file=%00", "?cursor=x", "?principal=anyone", "?file=a&file=b"])
def test_wrong_parameters_are_400(auditor, query):
    problem(auditor.get(f"/v1/audit{query}"), 400)


# The store's side of it

def report(store, place=""):
    answer = store.call("POST", "/photos", [("signpost-fetches", "")], body=place.encode())
    assert answer.status == 200, answer
    next_place, *lines = answer.text.splitlines()
    return next_place, lines


def test_the_report_by_itself(store):
    ticket = "reportAAreportBBreportCC"
    store.put("fetch ed", b"x" * 10)
    start, _ = report(store)
    url = store.presign("GET", "fetch ed", [("x-signpost-ticket", ticket)])
    assert [store.send("GET", url).status for _ in range(3)] == [200] * 3
    assert store.send("GET", store.presign("GET", "fetch ed", [("x-signpost-ticket", "no ticket of ours")])).status == 200
    assert store.send("GET", store.presign("GET", "fetch ed")).status == 200

    def told():
        found = [line.split(" ") for line in report(store, start)[1]]
        return sum(int(line[1]) for line in found) == 3 and found
    lines = eventually(told, SECONDS)
    assert {(line[0], line[5]) for line in lines} == {(ticket, "fetch%20ed")} and sum(int(line[2]) for line in lines) == 30
    place, again = report(store, start)
    assert len(again) == len(lines), "until it is known to have arrived, it is told again"
    assert report(store, place) == (place, [])
    assert report(store) == (report(store)[0], []), "then it is forgotten"
    store.delete("fetch ed")


@pytest.mark.parametrize("body", [b"1-1\n", b"x y", b"a" * 65, b"\0", "ä".encode(), b"x" * 4096])
def test_what_is_no_place_is_400(store, body):
    assert store.call("POST", "/photos", [("signpost-fetches", "")], body=body).status == 400


def test_nobody_else_gets_the_report(store):
    address, key = store.address, store.presign("GET", "k")
    assert wire.request(address, "POST", "/photos?signpost-fetches", [], b"").status == 403
    assert wire.request(address, "POST", f"/photos?{urlsplit(key).query}&signpost-fetches", [], b"").status == 403
    stranger = Store(store.url, store.signer.access_key_id, "not the secret")
    assert s3_code(stranger.call("POST", "/photos", [("signpost-fetches", "")])) == "SignatureDoesNotMatch"
    for method in ("GET", "PUT", "DELETE"):
        assert store.call(method, "/photos", [("signpost-fetches", "")]).status in (405, 501)
    assert store.call("POST", "/none-such", [("signpost-fetches", "")]).status == 404


# Restarts

@pytest.fixture
def own(tmp_path, rsa_key):
    return tmp_path, write_configuration(tmp_path, [rsa_key])


def test_nothing_is_lost_or_counted_twice_by_restarts(own):
    directory, config = own
    with running(serve(directory, config=config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("fay", groups=["file-admins"]))
        photo = photo_of(caller)
        url = caller.signed_url(photo, "?expires_in=1h")["url"]
        fetch(url)
        assert entries(caller, photo, 1)[0]["principal"] == "user:app:fay"
        fetch(url), fetch(url)
        os.kill(program.listener_pid(program.url), signal.SIGKILL)  # the gateway, with or without what the store said
        eventually(lambda: healthy(caller), 15)
        assert entries(caller, photo, 3)[0]["requests"] == 3
        fetch(url)
        time.sleep(1.5)  # a kill loses what the last second brought
        os.kill(program.listener_pid(program.store_url), signal.SIGKILL)
        eventually(lambda: answers(url), 15)
        eventually(lambda: sum(e["requests"] for e in audit(caller, f"&file={photo}")) >= 5, SECONDS)
        fetch(url)
        store = wire.address_of(program.store_url)
    again = Program(directory, "serve", "--data", directory / "data", "--config", config, "--listen", "127.0.0.1:0",
                    "--store-listen", store.authority, name="serve")
    with running(again):
        caller = Gateway(again.url, program=again).bearing(app_token("fay", groups=["file-admins"]))
        found = entries(caller, photo, 6)
        time.sleep(1.5)
        assert audit(caller, f"&file={photo}") == found
        assert [(e["requests"], e["bytes"]) for e in found] == [(6, 6 * len(DATA))]


def healthy(caller):
    try:
        return caller.get("/readyz", timeout=2).status == 200
    except (OSError, AssertionError, TimeoutError):
        return False


def answers(url):
    try:
        return wire.fetch(url, timeout=3).status == 200
    except (OSError, AssertionError, TimeoutError):
        return False
