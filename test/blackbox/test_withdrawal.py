"""DELETE /v1/files/{id}/urls, and everything else that takes URLs back that were given out: within a second the store refuses them,
and goes on refusing them after a restart of whatever process; nobody else's URL is touched, and new ones work."""

import json
import os
import signal
import time
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

import wire
from clients import Gateway, Store, problem, s3_code
from conftest import ADMIN_PASSWORD, app_token, running, serve, session_cookie, write_configuration
from procs import Program, eventually, run
from samples import png

DATA = png(seed=43)
SECOND = 1.0


@pytest.fixture(scope="module")
def wilma(gateway):
    return gateway.bearing(app_token("wilma"))


@pytest.fixture(scope="module")
def walt(gateway):
    return gateway.bearing(app_token("walt", groups=["friends"]))


@pytest.fixture(scope="module")
def wendy(gateway):
    return gateway.bearing(app_token("wendy", groups=["friends"]))


def connection_host(url):
    return wire.address_of(url).authority


def works(url):
    answer = wire.fetch(url)
    assert answer.status == 200 and answer.body == DATA, answer
    return url


def refused(url, seconds=SECOND):
    """The store refuses it, within that time."""
    answer = eventually(lambda: [a for a in [wire.fetch(url)] if a.status == 403], seconds, 0.02)[0]
    assert s3_code(answer) == "AccessDenied" and b"withdrawn" in answer.body and DATA not in answer.body
    return answer


def url_of(caller, file_id, query="?expires_in=10m"):
    return works(caller.signed_url(file_id, query)["url"])


def give(owner, path, principal, role="viewer"):
    assert owner.call("PUT", f"{path}/grants/{quote(principal, safe='')}", json_body={"role": role}).status == 200


def take(owner, path, principal):
    assert owner.call("DELETE", f"{path}/grants/{quote(principal, safe='')}").status == 204


def withdraw(caller, file_id, principal=None):
    query = f"?principal={quote(principal, safe='')}" if principal else ""
    answer = caller.call("DELETE", f"/v1/files/{file_id}/urls{query}")
    assert answer.status == 204 and answer.body == b"", answer


@pytest.fixture
def photo(wilma):
    return wilma.upload(DATA, "w.png", "image/png")["id"]


@pytest.fixture
def shared(wilma, photo):
    for name in ("user:app:walt", "user:app:wendy"):
        give(wilma, f"/v1/files/{photo}", name)
    return photo


def test_of_a_file(wilma, walt, shared):
    mine, his = url_of(wilma, shared), url_of(walt, shared)
    other = url_of(wilma, wilma.upload(DATA, "other.png", "image/png")["id"])
    redirect = wilma.get(f"/files/{shared}").get("Location")
    batch = wilma.call("POST", "/v1/urls", json_body={"ids": [shared]}).json()["urls"][0]["url"]
    withdraw(wilma, shared)
    for url in (mine, his, redirect, batch):
        refused(url)
    works(other)
    assert url_of(wilma, shared) != mine and url_of(walt, shared) != his
    works(wilma.get(f"/files/{shared}").get("Location"))
    works(wilma.call("POST", "/v1/urls", json_body={"ids": [shared]}).json()["urls"][0]["url"])
    refused(mine, 0)


def test_of_one_holder(wilma, walt, wendy, shared):
    mine, his, hers = (url_of(who, shared) for who in (wilma, walt, wendy))
    withdraw(wilma, shared, "user:app:walt")
    refused(his)
    works(mine), works(hers)
    again = url_of(walt, shared)
    assert again != his
    withdraw(wilma, shared, "user:app:walt")
    refused(again), refused(his, 0)
    works(hers), works(mine)
    url_of(walt, shared)
    # nobody's file of that name, and yet no error: there is nothing to tell apart
    withdraw(wilma, shared, "user:app:nobody-at-all")


def test_of_anyone(gateway, wilma, photo):
    give(wilma, f"/v1/files/{photo}", "anyone")
    theirs, mine = url_of(gateway.anonymous(), photo), url_of(wilma, photo)
    withdraw(wilma, photo, "anyone")
    refused(theirs)
    works(mine), url_of(gateway.anonymous(), photo)


def test_of_an_upload(wilma):
    made = wilma.create("w.png", "image/png", len(DATA))
    withdraw(wilma, made["file"]["id"])

    def stored():
        answer = wilma.put(made["upload"], DATA)
        assert answer.status in (403, 200, 412), answer  # 412: it was stored a moment ago
        return answer.status == 403 and answer
    assert s3_code(eventually(stored, SECOND, 0.02)) == "AccessDenied"


@pytest.mark.parametrize("how", ["withdrawn", "deleted"])
def test_of_an_upload_under_way(wilma, how):
    """Its bytes are held back until then: nothing is kept of them, and nothing lies about that no entry knows."""
    made = wilma.create("w.png", "image/png", len(DATA))
    file_id, way = made["file"]["id"], made["upload"]
    with wire.Connection(wire.address_of(way["url"])) as connection:
        fields = [("Host", connection_host(way["url"])), *way["headers"].items(), ("Content-Length", str(len(DATA))), ("Expect", "100-continue")]
        connection.send(wire.head("PUT", wire.target_of(way["url"]), fields))
        assert connection.interim() == 100
        connection.send(DATA[:-1])
        if how == "withdrawn":
            withdraw(wilma, file_id)
            time.sleep(SECOND)
        else:
            assert wilma.call("DELETE", f"/v1/files/{file_id}").status == 204
        connection.send(DATA[-1:])
        answer = connection.response("PUT")
    assert answer.status == 403 and s3_code(answer) == "AccessDenied" and b"withdrawn" in answer.body, answer
    if how == "withdrawn":
        problem(wilma.complete(file_id), 409, "upload_missing")


def test_head_and_range_too(wilma, photo):
    url, head = url_of(wilma, photo), wilma.signed_url(photo, "?method=head")["url"]
    assert wire.fetch(head, "HEAD").status == 200
    withdraw(wilma, photo)
    refused(url)
    assert wire.fetch(head, "HEAD").status == 403
    assert wire.fetch(url, headers=[("Range", "bytes=0-1")]).status == 403
    assert wire.fetch(url, headers=[("If-None-Match", "*")]).status == 403


def test_only_its_owner_may(gateway, wilma, walt, admin, shared):
    url = url_of(wilma, shared)
    path = f"/v1/files/{shared}/urls"
    problem(gateway.anonymous().call("DELETE", path), 401)
    give(wilma, f"/v1/files/{shared}", "user:app:walt", "editor")
    for who in (walt, admin, gateway.bearing(app_token("stranger"))):
        problem(who.call("DELETE", path), 404)
    for scopes in (["read"], ["read", "write"]):
        token = wilma.call("POST", "/v1/tokens", json_body={"name": "t", "scopes": scopes}).json()["token"]
        problem(gateway.bearing(token).call("DELETE", path), 403, "insufficient_scope")
    problem(wilma.call("DELETE", "/v1/files/none-such/urls"), 404)
    time.sleep(0.5)
    works(url)


@pytest.mark.parametrize("query", ["?principal=", "?principal=walt", "?principal=group:app:friends", "?principal=user:app:",
                                   "?principal=user:app:a&principal=user:app:b", "?who=user:app:walt", "?principal=%00"])
def test_wrong_parameters_are_400(wilma, photo, query):
    url = url_of(wilma, photo)
    problem(wilma.call("DELETE", f"/v1/files/{photo}/urls{query}"), 400)
    time.sleep(0.4)
    works(url)


def test_a_grant_taken_back(wilma, walt, wendy, shared):
    mine, his, hers = (url_of(who, shared) for who in (wilma, walt, wendy))
    take(wilma, f"/v1/files/{shared}", "user:app:walt")
    refused(his)
    works(mine), works(hers)
    problem(walt.get(f"/v1/files/{shared}/url"), 404)
    give(wilma, f"/v1/files/{shared}", "user:app:walt")
    assert url_of(walt, shared) != his


@pytest.mark.parametrize("grantee", ["group:app:friends", "anyone"])
def test_a_grant_of_many_taken_back(wilma, walt, photo, grantee):
    give(wilma, f"/v1/files/{photo}", grantee)
    his = url_of(walt, photo)
    take(wilma, f"/v1/files/{photo}", grantee)
    refused(his)
    url_of(wilma, photo)


@pytest.mark.parametrize("grantee", ["user:app:walt", "group:app:friends", "anyone"])
def test_a_grant_on_an_album_taken_back(wilma, walt, grantee):
    album = wilma.call("POST", "/v1/albums", json_body={"name": "Trip"}).json()["id"]
    photo = wilma.upload(DATA, "w.png", "image/png", album=album)["id"]
    give(wilma, f"/v1/albums/{album}", grantee)
    his, elsewhere = url_of(walt, photo), url_of(wilma, wilma.upload(DATA, "x.png", "image/png")["id"])
    take(wilma, f"/v1/albums/{album}", grantee)
    refused(his)
    works(elsewhere), url_of(wilma, photo)


def test_taken_out_of_an_album(wilma, walt):
    album = wilma.call("POST", "/v1/albums", json_body={"name": "Trip"}).json()["id"]
    give(wilma, f"/v1/albums/{album}", "user:app:walt")
    photos = [wilma.upload(DATA, "w.png", "image/png", album=album)["id"] for _ in range(2)]
    first, second = (url_of(walt, photo) for photo in photos)
    assert wilma.call("PATCH", f"/v1/files/{photos[0]}", json_body={"name": "renamed.png"}).status == 200
    time.sleep(0.4)
    works(first)  # a new name takes no right away
    assert wilma.call("PATCH", f"/v1/files/{photos[0]}", json_body={"album": None}).status == 200
    refused(first)
    works(second)
    assert wilma.call("DELETE", f"/v1/albums/{album}").status == 204
    refused(second)
    # and an album that takes the name anew has nothing to do with it
    assert wilma.call("POST", "/v1/albums", json_body={"name": "Trip", "id": album}).status == 201
    assert wilma.call("PATCH", f"/v1/files/{photos[1]}", json_body={"album": album}).status == 200
    url_of(wilma, photos[1])


def test_a_deleted_file_and_another_of_its_name(wilma):
    name = f"w-{time.monotonic_ns()}"
    old = url_of(wilma, wilma.upload(DATA, "w.png", "image/png", id=name)["id"])
    pending = wilma.create("p.png", "image/png", len(DATA))
    assert wilma.call("DELETE", f"/v1/files/{pending['file']['id']}").status == 204
    assert wilma.call("DELETE", f"/v1/files/{name}").status == 204
    refused(old)
    # No bytes come after the file has gone, by a URL that was given out for it.
    assert eventually(lambda: wilma.put(pending["upload"], DATA).status == 403, SECOND, 0.02)
    assert wilma.upload(DATA, "w.png", "image/png", id=name)["id"] == name
    url_of(wilma, name)
    refused(old, 0)


def test_the_ticket_is_part_of_the_signature(wilma, photo):
    """A withdrawn URL does not come back to life by a change of its ticket, nor by another way to write it."""
    url = url_of(wilma, photo)
    withdraw(wilma, photo)
    refused(url)
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    ticket = dict(pairs)["x-signpost-ticket"]

    def fetch(query):
        return wire.fetch(f"{parts.scheme}://{parts.netloc}{parts.path}?{query}")

    fresh = dict(parse_qsl(urlsplit(wilma.signed_url(photo, "?expires_in=10m")["url"]).query))["x-signpost-ticket"]
    for query in (urlencode([p for p in pairs if p[0] != "x-signpost-ticket"], quote_via=quote),
                  parts.query.replace(ticket, "A" * len(ticket)), parts.query.replace(ticket, ticket[:-8]),
                  parts.query.replace(ticket, ticket.swapcase()), parts.query.replace(ticket, ""), parts.query.replace(ticket, fresh),
                  parts.query.replace("x-signpost-ticket", "X-Signpost-Ticket"),
                  parts.query.replace("x-signpost-ticket", "x%2Dsignpost%2Dticket"),
                  parts.query.replace(ticket, "%" + format(ord(ticket[0]), "02X") + ticket[1:]),
                  parts.query + f"&x-signpost-ticket={fresh}", f"x-signpost-ticket={fresh}&" + parts.query,
                  parts.query + "&x-signpost-ticket="):
        answer = fetch(query)
        assert answer.status in (400, 403) and DATA not in answer.body, (query, answer)


def withdrawals(bucket="photos"):
    return f"/{bucket}?signpost-withdrawals"


def test_nobody_else_reaches_the_control_path(served, store, wilma, photo):
    """It is a call of the store's, signed by who owns the bucket."""
    url = url_of(wilma, photo)
    ticket = dict(parse_qsl(urlsplit(url).query))["x-signpost-ticket"]
    body = (ticket[:8] + "\n").encode()
    address = wire.address_of(served.store_url)
    bucket = urlsplit(url).path.split("/")[1]
    for method in ("POST", "PUT", "GET", "DELETE"):
        answer = wire.request(address, method, withdrawals(bucket), [], body if method in ("POST", "PUT") else None)
        assert answer.status in (403, 405), answer
    query = urlsplit(url).query
    for more in ("&signpost-withdrawals", "&signpost-withdrawals="):
        answer = wire.request(address, "POST", f"/{bucket}?{query}{more}", [], body)
        assert answer.status == 403, answer
    # and keys that another store knows are none here
    foreign = Store(served.store_url, store.signer.access_key_id, "not the secret", bucket=bucket)
    answer = foreign.call("POST", f"/{bucket}", [("signpost-withdrawals", "")], body=body)
    assert answer.status == 403, answer
    time.sleep(0.4)
    works(url)


@pytest.mark.parametrize("body", [b"", b"\n", b"abcdefgh", b"abcdefg\n", b"abcdefghi\n", b"abcdefgh\r\n", b"abcdefgh\n\n",
                                  b"abcdefgh\nabc=efgh\n", b"abcdefgh\n" * 1001, b"\0" * 9, b"x" * 100_000])
def test_a_wrong_list_of_tags_is_400(store, body):
    key = store.presign("GET", "none-such", [("x-signpost-ticket", "abcdefgh")])
    answer = store.call("POST", "/photos", [("signpost-withdrawals", "")], body=body)
    assert answer.status == 400, answer
    assert store.send("GET", key).status == 404


def test_the_control_path_by_itself(store):
    store.put("w.txt", b"abc")
    plain, marked = store.presign("GET", "w.txt"), store.presign("GET", "w.txt", [("x-signpost-ticket", "abcdefghABCDEFGH")])
    odd = store.presign("GET", "w.txt", [("x-signpost-ticket", "ABCDEFGH no ticket of ours")])
    assert {store.send("GET", url).status for url in (plain, marked, odd)} == {200}
    answer = store.call("POST", "/photos", [("signpost-withdrawals", "")], body=b"12345678\nABCDEFGH\n")
    assert answer.status == 204, answer
    assert s3_code(store.send("GET", marked)) == "AccessDenied"
    assert store.send("GET", plain).status == store.send("GET", odd).status == 200
    # it is of one bucket
    assert store.call("POST", "/none-such", [("signpost-withdrawals", "")], body=b"ABCDEFGH\n").status == 404
    assert store.call("POST", "/", [("signpost-withdrawals", "")], body=b"ABCDEFGH\n").status in (405, 501)
    assert store.call("PUT", "/photos", [("signpost-withdrawals", "")], body=b"ABCDEFGH\n").status in (405, 501)


def test_of_a_list_of_parts_under_way(store):
    """What completes an upload by URL, as Uppy does: the parts stay what they were."""
    upload = store.call("POST", store.path("w.parts"), [("uploads", "")]).text.split("<UploadId>")[1].split("<")[0]
    tag = store.call("PUT", store.path("w.parts"), [("partNumber", "1"), ("uploadId", upload)], body=b"part").get("ETag")
    body = f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>".encode()
    url = store.presign("POST", "w.parts", [("uploadId", upload), ("x-signpost-ticket", "ofaListU")])
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("POST", url, [("Host", store.host), ("Content-Length", str(len(body))), ("Expect", "100-continue")]))
        assert connection.interim() == 100
        connection.send(body[:-1])
        assert store.call("POST", "/photos", [("signpost-withdrawals", "")], body=b"ofaListU\n").status == 204
        connection.send(body[-1:])
        answer = connection.response("POST")
    assert answer.status == 403 and s3_code(answer) == "AccessDenied" and b"withdrawn" in answer.body, answer
    assert store.head("w.parts").status == 404
    assert store.call("POST", store.path("w.parts"), [("uploadId", upload)], body=body).status == 200  # by a key, not by that URL


def test_keys_that_only_read_or_are_of_others_withdraw_nothing(store):
    data = store.program.log_path.parent / "data"
    store.put("w.txt", b"abc")
    url = store.presign("GET", "w.txt", [("x-signpost-ticket", "readonly")])
    for arguments in (["--read-only"], ["--bucket", "elsewhere"], ["--owner", "somebody"]):
        made = json.loads(run("access-key", "create", *arguments, "--data", data, "--json").stdout)
        key = Store(store.url, made["access_key_id"], made["secret_access_key"])
        answer = key.call("POST", "/photos", [("signpost-withdrawals", "")], body=b"readonly\n")
        assert answer.status == 403 and s3_code(answer) == "AccessDenied", (arguments, answer)
    assert store.send("GET", url).status == 200


def healthy(caller):
    try:
        return caller.get("/readyz", timeout=2).status == 200
    except (OSError, AssertionError, TimeoutError):
        return False


@pytest.fixture
def own(tmp_path, rsa_key):
    return tmp_path, write_configuration(tmp_path, [rsa_key])


def test_it_survives_every_restart(own):
    directory, config = own
    with running(serve(directory, config=config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("wilma"))
        photo = caller.upload(DATA, "w.png", "image/png")["id"]
        url = url_of(caller, photo)
        withdraw(caller, photo)
        refused(url)
        fresh = url_of(caller, photo)
        os.kill(program.listener_pid(program.store_url), signal.SIGKILL)
        # From the first answer on: no moment in which it does not know.
        answer = eventually(lambda: _answer(url), 15)
        assert answer.status == 403, answer
        works(fresh)
        store = wire.address_of(program.store_url)
    again = Program(directory, "serve", "--data", directory / "data", "--config", config, "--listen", "127.0.0.1:0",
                    "--store-listen", store.authority, name="serve")
    with running(again):
        assert wire.fetch(url).status == 403
        works(fresh)


def _answer(url):
    try:
        return wire.fetch(url, timeout=3)
    except (OSError, AssertionError, TimeoutError):
        return None


def test_a_withdrawal_outlives_the_stores_absence(own):
    """204 while the store does not answer, and the gateway killed after it: when both are back, the URL is dead."""
    directory, config = own
    with running(serve(directory, config=config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("wilma"))
        photo = caller.upload(DATA, "w.png", "image/png")["id"]
        url = url_of(caller, photo)
        store, gateway = program.listener_pid(program.store_url), program.listener_pid(program.url)
        os.kill(store, signal.SIGSTOP)
        withdraw(caller, photo)
        os.kill(gateway, signal.SIGKILL)
        os.kill(store, signal.SIGCONT)
        eventually(lambda: healthy(caller), 15)
        refused(url)
        url_of(caller, photo)


def test_a_disabled_user(own):
    directory, config = own
    with running(serve(directory, config=config)) as program:
        gateway = Gateway(program.url, program=program)
        admin = gateway.with_cookie(session_cookie(gateway.login("admin", ADMIN_PASSWORD)), ("Origin", gateway.url))
        made = admin.call("POST", "/v1/users", json_body={"username": "dora", "password": "a long password of dora 1"})
        assert made.status == 201, made
        dora = gateway.with_cookie(session_cookie(gateway.login("dora", "a long password of dora 1")), ("Origin", gateway.url))
        wilma = gateway.bearing(app_token("wilma"))
        photo = wilma.upload(DATA, "w.png", "image/png")["id"]
        give(wilma, f"/v1/files/{photo}", "user:local:dora")
        hers, mine = url_of(dora, photo), url_of(wilma, photo)
        own_url = url_of(dora, dora.upload(DATA, "d.png", "image/png")["id"])
        assert admin.call("PATCH", "/v1/users/dora", json_body={"disabled": True}).status == 200
        refused(hers), refused(own_url)
        works(mine)
