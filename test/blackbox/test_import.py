"""`signpost import`: objects that a bucket holds already become files, each once, under the owners and ids that their keys name."""

import json
import os
import signal
import subprocess
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from clients import SECRETS, Gateway, Store
from conftest import ADMIN_PASSWORD, app_token, running, serve, session_cookie, write_configuration
from procs import binary, clean_environment, eventually, run
from samples import png

PATTERN = "users/{owner}/"
# Bytes that a key may have and a line of a terminal may not, and what encodings confuse.
ODD = ["a b+c.png", "S\u00fc\u00dfes.png", "100%.png", "q?x=1&y#z.png", "\u202egpj.png", "new\nline.png", "esc\x1b[2J.png", "a%2Fb.png"]


@pytest.fixture(scope="module")
def place(work, rsa_key):
    """(gateway, its store, what the command is told by its environment)"""
    directory = work / "import"
    directory.mkdir()
    with running(serve(directory, config=write_configuration(directory, [rsa_key]))) as program:
        yield describe(directory, program)


def describe(directory, program):
    secrets = tomllib.loads((directory / "data" / "secrets.toml").read_text())["store"]
    gateway = Gateway(program.url, program=program)
    admin = gateway.with_cookie(session_cookie(gateway.login("admin", ADMIN_PASSWORD)), ("Origin", gateway.url))
    made = admin.call("POST", "/v1/tokens", json_body={"name": "import", "scopes": ["write", "admin"]})
    assert made.status == 201, made
    token = made.json()["token"]
    SECRETS.add(token)
    bucket = gateway.bearing(app_token("x")).create()["upload"]["url"].split("/")[3]
    store = Store(program.store_url, secrets["access_key_id"], secrets["secret_access_key"], bucket)
    environment = {"SIGNPOST_SERVER": program.url, "SIGNPOST_TOKEN": token, "AWS_ACCESS_KEY_ID": secrets["access_key_id"],
                   "AWS_SECRET_ACCESS_KEY": secrets["secret_access_key"], "XDG_CONFIG_HOME": str(directory)}
    return gateway, store, environment


def put_all(store, keys, body=b"abc"):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: store.put(key, body, [("Content-Type", "text/plain")]), keys))


def command(place, prefix, *more, env=None, pattern=PATTERN, bucket=None, timeout=120):
    return run("import", f"s3://{bucket or place[1].bucket}/{prefix}", "--owner-from", pattern, *more,
               env={**place[2], **(env or {})}, timeout=timeout)


def imported(place, prefix, *more, status=0, **rest):
    """The command's document."""
    done = command(place, prefix, "--json", *more, **rest)
    assert done.returncode == status, done
    return json.loads(done.stdout)


def counts(document):
    return tuple(document[name] for name in ("entered", "already", "unmatched", "failed"))


def names(gateway, owner, query=None):
    caller = gateway.bearing(app_token(owner))
    found, cursor = [], {}
    while True:
        page = caller.get("/v1/files?" + urlencode({"limit": 1000, **cursor})).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def test_objects_become_files_once(place):
    gateway, store, _ = place
    store.put("users/ida/a/photo.png", png(), [("Content-Type", "image/png")])
    put_all(store, ["users/ida/b.txt", "users/ivo/c.txt"])
    assert counts(imported(place, "users/i", "--issuer", "app")) == (3, 0, 0, 0)
    files = {file["name"]: file for file in names(gateway, "ida")}
    assert set(files) == {"photo.png", "b.txt"}
    photo = files["photo.png"]
    assert photo["owner"] == "user:app:ida" and photo["state"] == "ready" and photo["size"] == len(png())
    assert photo["content_type"] == "image/png"
    assert gateway.bearing(app_token("ida")).get(f"/files/{photo['id']}?delivery=proxy").body == png()
    assert counts(imported(place, "users/i", "--issuer", "app")) == (0, 3, 0, 0)
    store.put("users/ivo/late.txt", b"x")
    assert counts(imported(place, "users/i", "--issuer", "app")) == (1, 3, 0, 0)
    assert len(names(gateway, "ida")) == 2 and len(names(gateway, "ivo")) == 2
    assert store.get("users/ida/a/photo.png").body == png(), "nothing is moved"


def test_of_local_users_unless_told(place):
    gateway, store, _ = place
    put_all(store, ["users/lotte/a.txt", "users/user:app:lou/b.txt"])
    assert counts(imported(place, "users/lo")) == (1, 0, 0, 0)
    assert counts(imported(place, "users/user")) == (1, 0, 0, 0)
    assert [f["owner"] for f in names(gateway, "lou")] == ["user:app:lou"] and names(gateway, "lotte") == []


def test_the_apps_own_ids(place):
    gateway, store, _ = place
    put_all(store, ["users/ike/3434323.jpg", "users/ike/77.tar.jpg", "users/ike/not-so.png", "users/ike/b@d.jpg"])
    document = imported(place, "users/ike/", "--issuer", "app", "--id-from", "users/{owner}/{id}.jpg", status=1)
    assert counts(document) == (2, 0, 1, 1)
    assert document["unmatched_keys"] == ["users/ike/not-so.png"]
    assert document["failures"][0]["key"] == "users/ike/b@d.jpg" and "id is not" in document["failures"][0]["reason"]
    ike = gateway.bearing(app_token("ike"))
    assert ike.get("/files/3434323").status == ike.get("/files/77.tar").status == 302
    assert counts(imported(place, "users/ike/3", "--issuer", "app", "--id-from", "users/{owner}/{id}.jpg")) == (0, 1, 0, 0)
    store.put("users/ike/other/3434323.jpg", b"x")
    clash = imported(place, "users/ike/other/", "--issuer", "app", "--id-from", "users/{owner}/other/{id}.jpg", status=1)
    assert counts(clash) == (0, 0, 0, 1) and "taken" in clash["failures"][0]["reason"]


def test_what_does_not_match_is_named_and_counted(place):
    _, store, _ = place
    put_all(store, ["mixed/a.txt", "mixed/u/nil/a.txt", "mixed/u/", "mixed/u/folder/", "mixed/u//x.txt"])
    document = imported(place, "mixed/", "--dry-run", pattern="mixed/u/{owner}/")
    assert counts(document) == (1, 0, 4, 0) and document["dry_run"] is True
    assert document["unmatched_keys"] == ["mixed/a.txt", "mixed/u/", "mixed/u//x.txt", "mixed/u/folder/"]
    told = command(place, "mixed/", "--dry-run", pattern="mixed/u/{owner}/")
    assert told.returncode == 0 and told.stdout == "1 would be entered, 0 there already, 4 not matching, 0 failed\n"
    assert "does not match: mixed/u//x.txt" in told.stderr


def test_a_dry_run_enters_nothing(place):
    gateway, store, _ = place
    put_all(store, ["users/dot/a.txt"])
    for _ in range(2):
        assert counts(imported(place, "users/dot/", "--issuer", "app", "--dry-run")) == (1, 0, 0, 0)
    assert names(gateway, "dot") == []


def test_odd_keys(place):
    gateway, store, _ = place
    keys = [f"odd/ole/{n}/{name}" for n, name in enumerate(ODD)]
    put_all(store, keys)
    assert counts(imported(place, "odd/", "--issuer", "app", pattern="odd/{owner}/")) == (len(ODD), 0, 0, 0)
    assert counts(imported(place, "odd/", "--issuer", "app", pattern="odd/{owner}/")) == (0, len(ODD), 0, 0)
    files = names(gateway, "ole")
    assert len(files) == len(ODD) and {"a b+c.png", "S\u00fc\u00dfes.png", "100%.png"} <= {f["name"] for f in files}
    # A terminal is told names, never commands.
    told = command(place, "odd/", pattern="nothing/{owner}/")
    assert "\x1b" not in told.stderr and told.stderr.count("\n") == len(ODD), told.stderr


def test_start_after(place):
    _, store, _ = place
    put_all(store, [f"users/sam/{n}.txt" for n in range(5)])
    document = imported(place, "users/sam/", "--issuer", "app", "--start-after", "users/sam/2.txt")
    assert counts(document) == (2, 0, 0, 0) and document["last_key"] == "users/sam/4.txt"
    assert counts(imported(place, "users/sam/", "--issuer", "app")) == (3, 2, 0, 0)


def wrong(place, *arguments, env=None):
    done = run("import", *arguments, env={**place[2], **(env or {})})
    assert done.returncode == 2 and done.stderr and not done.stdout, done
    return done.stderr


def test_wrong_usage_is_exit_2(place):
    url = f"s3://{place[1].bucket}/users/"
    assert "s3://BUCKET/PREFIX" in wrong(place, "photos/users", "--owner-from", PATTERN)
    assert "{owner} is not in it" in wrong(place, url, "--owner-from", "users/")
    assert "{id} is not in it" in wrong(place, url, "--owner-from", PATTERN, "--id-from", "users/{owner}")
    wrong(place, url, "--owner-from", "users/{owner")
    wrong(place, url, "--owner-from", "{owner}{x}/")
    wrong(place, url)
    assert "--issuer" in wrong(place, url, "--owner-from", PATTERN, "--issuer", "a b")
    assert "is no server" in wrong(place, url, "--owner-from", PATTERN, "--server", "localhost")
    assert "SIGNPOST_SERVER" in wrong(place, url, "--owner-from", PATTERN, env={"SIGNPOST_SERVER": ""})
    assert run("import", "--help").returncode == 0


def test_failures_are_exit_1_and_say_why(place):
    gateway, store, _ = place
    put_all(store, ["users/fay/a.txt"])
    no_admin = app_token("fay")
    document = imported(place, "users/fay/", env={"SIGNPOST_TOKEN": no_admin}, status=1)
    assert "403" in document["error"] and counts(document) == (0, 0, 0, 0)
    assert "401" in imported(place, "users/fay/", env={"SIGNPOST_TOKEN": "sgn_nothing"}, status=1)["error"]
    assert "signpost login" in imported(place, "users/fay/", env={"SIGNPOST_TOKEN": ""}, status=1)["error"]
    assert "NoSuchBucket" in imported(place, "users/fay/", bucket="nobody-has-this", status=1)["error"]
    assert store.call("PUT", "/other-bucket").status == 200
    assert store.call("PUT", "/other-bucket/users/fay/a.txt", body=b"x").status == 200
    assert "wrong_bucket" in imported(place, "users/fay/", bucket="other-bucket", status=1)["error"]
    assert "SignatureDoesNotMatch" in imported(place, "users/fay/", env={"AWS_SECRET_ACCESS_KEY": "wrong"}, status=1)["error"]
    gone = command(place, "users/fay/", "--server", "http://127.0.0.1:1")
    assert gone.returncode == 1 and "cannot be reached" in gone.stderr, gone
    assert names(gateway, "fay") == []


@pytest.mark.timeout(240)
def test_killed_and_run_again_enters_each_once(tmp_path, rsa_key):
    """The command is killed, then the gateway under it; in the end every object has one entry. And it is quick."""
    objects = 1500
    with running(serve(tmp_path, config=write_configuration(tmp_path, [rsa_key]))) as program:
        place = describe(tmp_path, program)
        gateway, store, environment = place
        put_all(store, [f"users/kay/{n:05}.txt" for n in range(objects)])
        words = [str(binary()), "import", f"s3://{store.bucket}/users/", "--owner-from", PATTERN, "--issuer", "app", "--json"]
        first = subprocess.Popen(words, env=clean_environment(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        caller = gateway.bearing(app_token("kay"))
        eventually(lambda: len(caller.get("/v1/files?limit=1000").json()["items"]) > 50, 20, 0.01)
        first.kill()
        first.wait(10)
        some = len(names(gateway, "kay"))
        assert 50 < some < objects, "nothing was cut off: this proves nothing"
        second = subprocess.Popen(words, env=clean_environment(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.15)
        os.kill(program.listener_pid(program.url), signal.SIGKILL)
        out, errors = second.communicate(timeout=120)
        assert second.returncode == 0, (out, errors)
        document = json.loads(out)
        assert document["entered"] + document["already"] == objects and document["failed"] == 0
        assert sorted(f["name"] for f in names(gateway, "kay")) == [f"{n:05}.txt" for n in range(objects)]


def test_thousands_a_minute(place):
    _, store, _ = place
    objects = 1200
    put_all(store, [f"users/zoe/{n:05}.txt" for n in range(objects)])
    began = time.monotonic()
    assert counts(imported(place, "users/zoe/", "--issuer", "app")) == (objects, 0, 0, 0)
    rate = objects / (time.monotonic() - began) * 60
    assert rate > 2000, f"only {rate:.0f} a minute"
    print(f"import: {rate:.0f} objects a minute")
