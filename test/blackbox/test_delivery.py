"""How a file comes down: by redirect, by proxy, by a URL in JSON; for how long; and what its holder can do with it."""

import re
import time
from datetime import datetime, timezone
from urllib.parse import parse_qs, quote, urlsplit

import pytest

import wire
from clients import SECRETS, problem, s3_code
from conftest import app_token
from procs import eventually
from samples import noise, png

DATA = png(seed=9)


@pytest.fixture(scope="module")
def dora(gateway):
    return gateway.bearing(app_token("dora"))


@pytest.fixture(scope="module")
def photo(dora):
    return dora.upload(DATA, "holiday.png", "image/png")["id"]


def parameters(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


def ends(url):
    """The true end of a pre-signed URL, in seconds since 1970."""
    query = parameters(url)
    date = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    return date.timestamp() + int(query["X-Amz-Expires"])


def redirect(dora, target, method="GET"):
    answer = dora.call(method, target)
    assert answer.status == 302, answer
    return answer, SECRETS.of_url(answer.get("Location"))


@pytest.mark.parametrize("path", ["/files/{}", "/files/{}/holiday.png", "/files/{}/any-name.jpg", "/v1/files/{}/content"])
def test_redirect(dora, served, photo, path):
    answer, url = redirect(dora, path.format(photo))
    assert url.startswith(served.store_url + "/") and answer.body == b""
    fetched = wire.fetch(url)
    assert fetched.status == 200 and fetched.body == DATA
    cache = re.fullmatch(r"private, max-age=(\d+)", answer.get("Cache-Control"))
    assert cache and time.time() + int(cache[1]) < ends(url), "a cached redirect outlives its URL"
    vary = {v.strip().lower() for v in answer.get("Vary").split(",")}
    assert {"cookie", "authorization"} <= vary
    assert answer.get("Referrer-Policy") == "no-referrer"
    assert answer.get("Set-Cookie") is None


def test_what_a_browser_gets_is_pinned(dora, photo):
    _, url = redirect(dora, f"/files/{photo}")
    query = parameters(url)
    assert query["response-content-type"] == "image/png"
    assert query["response-content-disposition"].startswith("inline") and "holiday.png" in query["response-content-disposition"]
    assert "response-cache-control" in query
    fetched = wire.fetch(url)
    assert fetched.get("Content-Type") == "image/png"
    assert fetched.get("Content-Disposition") == query["response-content-disposition"]
    assert fetched.get("Cache-Control") == query["response-cache-control"]
    for changed in (url.replace("image%2Fpng", "text%2Fhtml"), url + "&response-content-type=text/html",
                    re.sub("response-cache-control=[^&]*&", "", url)):
        assert changed != url and wire.fetch(changed).status in (400, 403)


def test_head_is_signed_for_head(dora, photo):
    _, url = redirect(dora, f"/files/{photo}", "HEAD")
    answer = wire.fetch(url, "HEAD")
    assert answer.status == 200 and answer.get("Content-Length") == str(len(DATA))
    assert wire.fetch(url, "GET").status == 403
    _, url = redirect(dora, f"/files/{photo}")
    assert wire.fetch(url, "HEAD").status == 403


def test_url_as_json(dora, photo):
    answer = dora.get(f"/v1/files/{photo}/url")
    assert answer.status == 200 and answer.get("Cache-Control") == "no-store"
    document = answer.json()
    SECRETS.of_url(document["url"])
    assert document["method"] == "GET" and wire.fetch(document["url"]).body == DATA
    told = datetime.fromisoformat(document["expires_at"].replace("Z", "+00:00")).timestamp()
    assert told == ends(document["url"]), "expires_at is not the true end"
    head = dora.signed_url(photo, "?method=head")
    assert head["method"] == "HEAD" and wire.fetch(head["url"], "HEAD").status == 200
    assert wire.fetch(head["url"]).status == 403


def test_life_of_a_url(dora, photo):
    default = ends(dora.signed_url(photo)["url"]) - time.time()
    assert 170 <= default <= 241  # 3 minutes, and the window of at most one
    for text, seconds in [("30s", 30), ("10m", 600), ("45", 45), ("50m", 3000)]:
        left = ends(dora.signed_url(photo, f"?expires_in={text}")["url"]) - time.time()
        assert seconds - 10 <= left <= seconds + 61, (text, left)
    most = ends(dora.signed_url(photo, "?expires_in=12h")["url"]) - time.time()
    assert most <= 3600 + 1  # the token that asks ends in an hour, and what ends sooner wins


@pytest.mark.parametrize("value", ["0", "-1", "0s", "-3m", "x", "", "1.5", "3 m", "1y", "99999999999999999999", "3m3m", "NaN", "%00", "１"])
def test_no_such_life(dora, photo, value):
    for path in (f"/v1/files/{photo}/url", f"/files/{photo}"):
        answer = dora.get(quoted(f"{path}?expires_in={value}"))
        problem(answer, 400)


def quoted(text):
    return quote(text, safe="/?=&%")


def test_longer_than_allowed(dora, photo):
    answer = dora.get(f"/v1/files/{photo}/url?expires_in=13h")
    if answer.status == 200:
        assert ends(answer.json()["url"]) - time.time() <= 12 * 3600 + 1
    else:
        problem(answer, 400)


def test_a_url_is_refused_after_its_time(dora, photo):
    document = dora.signed_url(photo, "?expires_in=2s")
    assert wire.fetch(document["url"]).body == DATA
    eventually(lambda: time.time() > ends(document["url"]) + 1, 5)
    late = wire.fetch(document["url"])
    assert late.status == 403 and s3_code(late) == "AccessDenied" and "Request has expired" in late.text
    # asking again still works
    assert wire.fetch(dora.signed_url(photo)["url"]).body == DATA


def test_a_url_never_outlives_the_token(gateway, dora, photo):
    end = int(time.time()) + 20
    brief = gateway.bearing(app_token("dora", exp=end))
    for url in (brief.signed_url(photo)["url"], brief.get(f"/files/{photo}").get("Location")):
        assert ends(url) <= end


def test_the_same_url_within_its_window(dora, photo):
    """So that caches work. A window may end between two calls, so one of three pairs must agree."""
    pairs = [(dora.signed_url(photo)["url"], dora.signed_url(photo)["url"]) for _ in range(3)]
    assert any(a == b for a, b in pairs)
    brief = [dora.signed_url(photo, "?expires_in=5")["url"] for _ in range(2)]
    assert all(ends(u) - time.time() <= 6 for u in brief)


def test_the_other_way_round(dora, photo):
    assert dora.get(f"/files/{photo}?delivery=redirect").status == 302
    assert dora.get(f"/files/{photo}?delivery=proxy").body == DATA
    problem(dora.get(f"/files/{photo}?delivery=pigeon"), 400)
    problem(dora.get(f"/files/{photo}?delivery=proxy&delivery=redirect"), 400)


def test_by_proxy(dora, photo):
    answer = dora.get(f"/files/{photo}?delivery=proxy")
    assert answer.status == 200 and answer.body == DATA and answer.get("Content-Type") == "image/png"
    cache = {v.strip() for v in answer.get("Cache-Control").split(",")}
    assert cache == {"private", "no-cache"} and answer.get("ETag")
    assert answer.get("X-Content-Type-Options") == "nosniff" and "holiday.png" in answer.get("Content-Disposition")
    assert "sandbox" in answer.get("Content-Security-Policy", "")
    assert answer.get("Set-Cookie") is None  # G9
    assert not [n for n, _ in answer.headers if n.lower().startswith("x-amz")], "the store's own fields come through"
    assert {"cookie", "authorization"} <= {v.strip().lower() for v in answer.get("Vary").split(",")}


def test_disposition(dora, photo):
    for ask, start in [("attachment", "attachment"), ("inline", "inline")]:
        assert dora.get(f"/files/{photo}?delivery=proxy&disposition={ask}").get("Content-Disposition").startswith(start)
        _, url = redirect(dora, f"/files/{photo}?disposition={ask}")
        assert wire.fetch(url).get("Content-Disposition").startswith(start)
    problem(dora.get(f"/files/{photo}?disposition=x%0d%0ay"), 400)
    problem(dora.get(f"/files/{photo}?disposition=form-data"), 400)


def test_filename_parameter(dora, photo):
    url = dora.signed_url(photo, "?disposition=attachment&filename=other%20name.png")["url"]
    assert "other name.png" in wire.fetch(url).get("Content-Disposition")


def test_proxy_of_many_bytes(dora):
    data = noise(5_000_000)
    file = dora.upload(data, "n.bin", "application/octet-stream")["id"]
    assert dora.get(f"/files/{file}?delivery=proxy").body == data
    piece = dora.get(f"/files/{file}?delivery=proxy", [("Range", "bytes=4000000-4999999")])
    assert piece.status == 206 and piece.body == data[4_000_000:]


def test_a_reader_that_goes_away(dora, served):
    data = noise(5_000_000)
    file = dora.upload(data, "n.bin", "application/octet-stream")["id"]
    for _ in range(5):
        with wire.Connection(dora.address) as connection:
            connection.send(wire.head("GET", f"/files/{file}?delivery=proxy", [("Host", dora.address.authority), *dora.headers]))
            assert connection.socket.recv(1000)
    assert dora.get(f"/files/{file}?delivery=proxy").body == data


def test_by_proxy_on_one_connection(dora, photo):
    """A connection serves one download after another, and errors between."""
    with wire.Connection(dora.address) as connection:
        for target, status in [(f"/files/{photo}?delivery=proxy", 200), (f"/files/{photo}", 302), ("/files/none", 404),
                               (f"/files/{photo}?delivery=proxy", 200)]:
            connection.send(wire.head("GET", target, [("Host", dora.address.authority), *dora.headers]))
            answer = connection.response()
            assert answer is not None and answer.status == status
            assert status != 200 or answer.body == DATA


def test_delete(dora):
    file = dora.upload(DATA, "gone.png", "image/png")["id"]
    url = dora.signed_url(file)["url"]
    assert wire.fetch(url).status == 200
    assert dora.call("DELETE", f"/v1/files/{file}").status == 204
    for path in (f"/v1/files/{file}", f"/files/{file}", f"/files/{file}?delivery=proxy", f"/v1/files/{file}/url"):
        problem(dora.get(path), 404)
    problem(dora.call("DELETE", f"/v1/files/{file}"), 404)
    problem(dora.complete(file), 404)
    assert file not in dora.ids()
    gone = wire.fetch(url)
    assert gone.status in (403, 404) and s3_code(gone) in ("NoSuchKey", "AccessDenied"), "the object is still there"


def test_delete_of_a_pending_file(dora):
    created = dora.create("a.png", "image/png", len(DATA))
    assert dora.put(created["upload"], DATA).status == 200
    assert dora.call("DELETE", f"/v1/files/{created['file']['id']}").status == 204
    problem(dora.complete(created["file"]["id"]), 404)


def test_patch_name(dora):
    file = dora.upload(DATA, "old.png", "image/png")["id"]
    answer = dora.call("PATCH", f"/v1/files/{file}", json_body={"name": "new.png"})
    assert answer.status == 200, answer
    assert dora.get(f"/v1/files/{file}").json()["name"] == "new.png"
    assert "new.png" in wire.fetch(dora.signed_url(file)["url"]).get("Content-Disposition")


@pytest.mark.parametrize("headers", [
    [("X-Forwarded-Host", "evil.example")], [("X-Forwarded-Proto", "https")], [("Forwarded", "host=evil.example;proto=https")],
    [("X-Original-URL", "/x")], [("X-Forwarded-For", "127.0.0.1")], [("X-HTTP-Method-Override", "DELETE")]])
def test_p2_forwarding_fields_change_nothing(dora, served, photo, headers):
    answer = dora.get(f"/files/{photo}", headers)
    assert answer.status == 302 and answer.get("Location").startswith(served.store_url + "/")
    assert dora.get(f"/v1/files/{photo}").status == 200
