"""No URL outlives what it was given out for: the token, the session, the store's credentials, the longest life that the
configuration allows, to the second, on every route that gives one out. And within a window it is the same URL, so that caches work."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest

import tokens
import wire
from clients import SECRETS, Gateway, problem, s3_code
from conftest import ADMIN_PASSWORD, STORE_KEY_ID, STORE_SECRET, app_token, running, serve, session_cookie, write_configuration
from samples import png
from test_credentials import faked, instance, rfc3339
from test_delivery import ends, parameters

DATA = png(seed=31)
WINDOW = 4
MOST = 20
FILE = {"name": "a.png", "content_type": "image/png", "size": len(DATA)}


@pytest.fixture(scope="module")
def gate(work, rsa_key):
    directory = work / "expiry"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key])
    env = {"SIGNPOST__DELIVERY__STABLE_WINDOW": f"{WINDOW}s", "SIGNPOST__DELIVERY__MAX_EXPIRES_IN": f"{MOST}s",
           "SIGNPOST__DELIVERY__EXPIRES_IN": "12s"}
    with running(serve(directory, config=config, env=env)) as program:
        yield Gateway(program.url, program=program)


@pytest.fixture(scope="module")
def photo(gate):
    ella = gate.bearing(app_token("ella"))
    key = ella.call("POST", f"/v1/objects/{quote('users/ella/a.png')}/upload", json_body={"content_type": "image/png", "size": len(DATA)})
    assert key.status == 201 and ella.put(key.json()["upload"], DATA).status == 200, key
    return ella.upload(DATA, "a.png", "image/png")["id"]


def one(caller, method, target, document=None):
    answer = caller.call(method, target, json_body=document)
    assert answer.status in (200, 201, 302), answer
    return answer


def told(document):
    """(URL, the end that is told)"""
    SECRETS.of_url(document["url"])
    return document["url"], datetime.fromisoformat(document["expires_at"].replace("Z", "+00:00")).timestamp()


def redirected(caller, method, target):
    asked = time.time()  # a cache counts from then (RFC 9111 section 4.2.3)
    answer = one(caller, method, target)
    url = SECRETS.of_url(answer.get("Location"))
    seconds = int(answer.get("Cache-Control").split("max-age=")[1])
    assert asked + seconds < ends(url) or seconds == 0, "a cached redirect outlives its URL"
    return url, ends(url)


OBJECT = "users/ella/a.png"
ROUTES = {
    "GET /files/{id}": lambda c, f, q: redirected(c, "GET", f"/files/{f}{q}"),
    "HEAD /files/{id}": lambda c, f, q: redirected(c, "HEAD", f"/files/{f}{q}"),
    "GET /files/{id}/{name}": lambda c, f, q: redirected(c, "GET", f"/files/{f}/x.png{q}"),
    "GET /v1/files/{id}/content": lambda c, f, q: redirected(c, "GET", f"/v1/files/{f}/content{q}"),
    "GET /v1/files/{id}/url": lambda c, f, q: told(one(c, "GET", f"/v1/files/{f}/url{q}").json()),
    "GET /v1/files/{id}/url?method=head": lambda c, f, q: told(one(c, "GET", f"/v1/files/{f}/url?method=head{q.replace('?', '&')}").json()),
    "POST /v1/urls": lambda c, f, q: told(one(c, "POST", "/v1/urls", {"ids": [f], **({"expires_in": q.split("=")[1]} if q else {})}).json()["urls"][0]),
    "GET /v1/objects/{key}/url": lambda c, f, q: told(one(c, "GET", f"/v1/objects/{OBJECT}/url{q}").json()),
    "GET /objects/{key}": lambda c, f, q: redirected(c, "GET", f"/objects/{OBJECT}{q}"),
}
UPLOADS = {
    "POST /v1/files": lambda c: told(one(c, "POST", "/v1/files", FILE).json()["upload"]),
    "POST /v1/objects/{key}/upload": lambda c: told(one(c, "POST", "/v1/objects/users/ella/b.png/upload", {
        "content_type": "image/png", "size": 1}).json()["upload"]),
}


def by_bearer(gate, end):
    return gate.bearing(app_token("ella", exp=end))


def by_cookie(gate, end):
    return gate.with_cookie(f"app_session={app_token('ella', exp=end)}", ("Origin", gate.url))


def by_session(gate, end):
    answer = by_bearer(gate, end).call("POST", "/v1/session")
    assert answer.status == 200, answer
    return gate.with_cookie(session_cookie(answer), ("Origin", gate.url))


def by_api_token(gate, end):
    life = end - int(time.time())
    answer = gate.bearing(app_token("ella")).call("POST", "/v1/tokens", json_body={
        "name": "brief", "scopes": ["read", "write"], "expires_in": f"{life}s"})
    assert answer.status == 201, answer
    return gate.bearing(answer.json()["token"])


CALLERS = {"bearer": by_bearer, "cookie": by_cookie, "session": by_session, "API token": by_api_token}


def outlive(gate, photo, who):
    """What lives past the end of that caller: nothing, also where more is asked for."""
    end = int(time.time()) + 8
    caller = CALLERS[who](gate, end)
    end += who == "API token"  # of which the life is asked for, and not the end
    routes = {route: ask for route, ask in ROUTES.items() if who != "API token" or "objects" not in route}  # a rule is for an issuer's users
    urls = []
    for route, ask in routes.items():
        for query in ("", "?expires_in=18s"):
            url, told_end = ask(caller, photo, query)
            assert told_end == ends(url) <= end, (who, route, query, ends(url) - end)
            urls.append((url, "HEAD" if "HEAD" in route or "head" in route else "GET"))
    for route, ask in UPLOADS.items():
        if who != "API token" or "objects" not in route:
            url, told_end = ask(caller)
            assert told_end == ends(url) <= end, (who, route)
    assert {wire.fetch(url, method).status for url, method in urls} == {200}, who
    time.sleep(max(0, end - time.time()))
    for url, method in urls:
        late = wire.fetch(url, method)
        assert late.status == 403, f"{who}: lives {time.time() - end:.2f} s past the end of what it was given for"
        assert method == "HEAD" or s3_code(late) == "AccessDenied"
    problem(caller.get(f"/files/{photo}"), 401)


def test_no_url_outlives_its_caller(gate, photo):
    """The very end is refused by the store itself. All at once: each takes its time."""
    with ThreadPoolExecutor(len(CALLERS)) as pool:
        for done in [pool.submit(outlive, gate, photo, who) for who in CALLERS]:
            done.result()


def test_at_its_last_second(gate, photo):
    """A caller who ends within a second gets a URL that ends with him, or none."""
    end = int(time.time()) + 2
    caller = by_bearer(gate, end)
    seen = []
    while time.time() < end + 1:
        answer = caller.get(f"/v1/files/{photo}/url?expires_in=20s")
        if answer.status == 200:
            url, told_end = told(answer.json())
            assert told_end == ends(url) == end
            seen.append(url)
        else:
            problem(answer, 401)
    assert len(seen) > 3
    assert {wire.fetch(url).status for url in seen} == {403}


def test_the_longest_life(gate, photo):
    """With its window a URL does not live longer than max_expires_in either, whatever is asked for."""
    caller = gate.bearing(app_token("ella"))
    for route, ask in ROUTES.items():
        for asked in (f"{MOST}s", f"{MOST + 1}s", "1h", "9999h"):
            url, end = ask(caller, photo, f"?expires_in={asked}")
            assert int(parameters(url)["X-Amz-Expires"]) <= MOST and end - time.time() <= MOST, (route, asked)


def window_start():
    """Waits until a window has just begun: they are counted from 1970."""
    time.sleep(WINDOW - time.time() % WINDOW + 0.05)


def within_one_window(act):
    """What act() gives when it began and ended in the same window."""
    for _ in range(5):
        window_start()
        began = time.time() // WINDOW
        result = act()
        if time.time() // WINDOW == began:
            return result
    pytest.fail("the machine is too busy: never within one window")


def test_the_same_within_a_window_and_another_after(gate, photo):
    """On every connection, so on every worker of the server."""
    caller = gate.bearing(app_token("ella"))

    def ask_all():
        with ThreadPoolExecutor(6) as pool:
            return {route: set(pool.map(lambda _, ask=ask: ask(caller, photo, "")[0], range(6))) for route, ask in ROUTES.items()}

    first = within_one_window(ask_all)
    for route, urls in first.items():
        assert len(urls) == 1, f"{route}: {len(urls)} URLs within a window"
    window_start()
    for route, urls in first.items():
        url, (other, _) = urls.pop(), ROUTES[route](caller, photo, "")
        seconds = int(parameters(url)["X-Amz-Expires"])
        assert seconds == 12 + WINDOW and (ends(url) - seconds) % WINDOW == 0, route
        assert other != url and ends(other) >= ends(url) + WINDOW, route
        method = "HEAD" if "HEAD" in route or "head" in route else "GET"
        assert wire.fetch(url, method).status == wire.fetch(other, method).status == 200, route


def test_windows_are_of_half_the_life_at_most(gate, photo):
    caller = gate.bearing(app_token("ella"))
    for life, window in ((9, 0), (10, WINDOW), (MOST, WINDOW)):
        url = ROUTES["GET /v1/files/{id}/url"](caller, photo, f"?expires_in={life}s")[0]
        assert int(parameters(url)["X-Amz-Expires"]) == min(life + window, MOST)
        assert life - 1 <= ends(url) - time.time() <= min(life + window, MOST)


def test_each_caller_has_his_own(gate, photo):
    """What differs in what was asked differs in the URL: another caller, file, name or disposition."""
    ella = gate.bearing(app_token("ella"))
    assert ella.call("PUT", f"/v1/files/{photo}/grants/anyone", json_body={"role": "viewer"}).status == 200
    asked = [(ella, ""), (gate.bearing(app_token("finn")), ""), (gate, ""), (ella, "?disposition=attachment"), (ella, "?filename=b.png"),
             (ella, "?expires_in=13s"), (ella, "?method=head")]
    urls = within_one_window(lambda: [ROUTES["GET /v1/files/{id}/url"](caller, photo, query)[0] for caller, query in asked])
    assert len(set(urls)) == len(urls)


def test_a_session_of_the_page_and_its_urls(gate, photo):
    """A local account has no end of its own: its session's is what counts."""
    admin = gate.with_cookie(session_cookie(gate.login("admin", ADMIN_PASSWORD)), ("Origin", gate.url))
    session_end = datetime.fromisoformat(admin.get("/v1/session").json()["expires_at"].replace("Z", "+00:00")).timestamp()
    file = admin.upload(DATA, "mine.png", "image/png")["id"]
    url, end = ROUTES["GET /v1/files/{id}/url"](admin, file, "")
    assert end <= min(session_end, time.time() + MOST)
    assert admin.call("DELETE", "/v1/session").status == 204
    problem(admin.get(f"/v1/files/{file}/url"), 401)


def test_credentials_that_end_and_never_come_again(tmp_path, store, rsa_key):
    """Every URL ends with them, to the second; and then there are none, rather than one that a store would refuse."""
    end = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=9)

    def reply(*request):
        status, text = inner(*request)
        if not text.startswith("{"):
            return status, text
        return status, json.dumps({**json.loads(text), "SecretAccessKey": STORE_SECRET, "Token": ""})

    inner = instance(end=lambda: rfc3339(end), keys=(STORE_KEY_ID,))
    config = write_configuration(tmp_path, [rsa_key], f"""
[store]
kind = "s3"
endpoint = "{store.url}"
region = "us-east-1"
bucket = "photos"
path_style = true
""")
    with faked(reply) as server:
        env = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url, "HOME": str(tmp_path)}
        with running(serve(tmp_path / "serve", config=config, env=env)) as program:
            ella = Gateway(program.url, program=program).bearing(app_token("ella"))
            key = ella.call("POST", f"/v1/objects/{OBJECT}/upload", json_body={"content_type": "image/png", "size": len(DATA)})
            assert key.status == 201 and ella.put(key.json()["upload"], DATA).status in (200, 412), key
            photo = ella.upload(DATA, "a.png", "image/png")["id"]
            for route, ask in {**ROUTES, **UPLOADS}.items():
                url, told_end = ask(ella) if route in UPLOADS else ask(ella, photo, "?expires_in=1h")
                assert told_end == ends(url) <= end.timestamp(), route
            time.sleep(max(0, end.timestamp() - time.time()) + 0.05)
            for target in (f"/v1/files/{photo}/url", f"/files/{photo}", f"/v1/objects/{OBJECT}/url"):
                problem(ella.get(target), 503)
            problem(ella.call("POST", "/v1/files", json_body=FILE), 503)
            assert STORE_SECRET not in program.log()
