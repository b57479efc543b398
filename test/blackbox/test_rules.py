"""[[rules]]: objects by their key, with no catalog entry."""

import time
from urllib.parse import quote

import pytest

import wire
from clients import SECRETS, Gateway, problem, s3_code
from conftest import app_token, running, serve, write_configuration
from samples import noise, png
from test_tickets import ticket

DATA = png(seed=55)

# beside the one that conftest.py's configuration has
RULES = """
[[rules]]
prefix = "shared/"
issuer = "app"
allow = ["get"]

[[rules]]
prefix = "drop/{subject}/in/"
issuer = "app"
allow = ["put"]
"""


@pytest.fixture(scope="module")
def program(work, rsa_key):
    directory = work / "rules"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key])
    config.write_text(config.read_text() + RULES)
    with running(serve(directory, config=config)) as started:
        yield started


@pytest.fixture(scope="module")
def nobody(program):
    return Gateway(program.url, program=program)


@pytest.fixture(scope="module")
def ann(nobody):
    return nobody.bearing(app_token("ann"))


@pytest.fixture(scope="module")
def ben(nobody):
    return nobody.bearing(app_token("ben"))


def start(caller, key, body, kind="image/png"):
    return caller.call("POST", f"/v1/objects/{key}/upload", json_body={"content_type": kind, "size": len(body)})


def upload(caller, key, body, kind="image/png"):
    made = start(caller, key, body, kind)
    assert made.status == 201, made
    way = made.json()["upload"]
    assert ticket(way["url"])
    return caller.put(way, body)


@pytest.fixture(scope="module")
def photo(ann):
    assert upload(ann, "users/ann/cat%20%2B%20dog/%C3%BC.png", DATA).status == 200
    return "users/ann/cat%20%2B%20dog/%C3%BC.png"


def test_up_and_down(ann, photo):
    answer = ann.get(f"/v1/objects/{photo}/url")
    assert answer.status == 200, answer
    url = SECRETS.of_url(answer.json()["url"])
    got = wire.fetch(url)
    assert got.body == DATA and got.get("Content-Type") == "image/png" and ticket(url)
    redirected = ann.get(f"/objects/{photo}")
    assert redirected.status == 302 and wire.fetch(redirected.get("Location")).body == DATA
    assert ann.call("HEAD", f"/objects/{photo}").status == 302
    whole = ann.get(f"/objects/{photo}?delivery=proxy")
    assert whole.body == DATA and whole.get("Content-Type") == "image/png"
    part = ann.get(f"/objects/{photo}?delivery=proxy", [("Range", "bytes=2-5")])
    assert part.status == 206 and part.body == DATA[2:6]
    assert ann.get(f"/objects/{photo}?delivery=proxy", [("If-None-Match", whole.get("ETag"))]).status == 304


def test_conditions_are_about_when_the_store_got_it(ann):
    """Not about when somebody asked."""
    assert upload(ann, "users/ann/old.bin", DATA).status == 200
    target, changed = "/objects/users/ann/old.bin?delivery=proxy", None
    for _ in range(2):
        answer = ann.get(target)
        assert changed in (None, answer.get("Last-Modified")), answer
        changed = answer.get("Last-Modified")
        assert ann.get(target, [("If-Unmodified-Since", changed)]).status == 200
        assert ann.get(target, [("If-Modified-Since", changed)]).status == 304
        assert ann.get(target, [("Range", "bytes=0-0"), ("If-Range", changed)]).status == 206
        time.sleep(1.1)


def test_slashes_may_be_encoded(ann, photo):
    encoded = photo.replace("/", "%2F")
    assert ann.get(f"/objects/{encoded}").status == 302
    assert ann.get(f"/v1/objects/{encoded}/url").status == 200


def test_a_url_is_good_once_and_for_that_alone(ann):
    way = start(ann, "users/ann/once.bin", DATA).json()["upload"]
    assert ann.put(way, DATA).status == 200
    assert ann.put(way, DATA).status == 412
    assert s3_code(upload(ann, "users/ann/once.bin", DATA)) == "PreconditionFailed"
    other = start(ann, "users/ann/size.bin", DATA).json()["upload"]
    assert ann.put(other, DATA + b"x").status == 403


def test_who_may(ann, ben, nobody, photo):
    problem(ben.get(f"/objects/{photo}"), 404)
    problem(ben.get(f"/v1/objects/{photo}/url"), 404)
    problem(start(ben, "users/ann/x.png", DATA), 404)
    problem(nobody.get(f"/objects/{photo}"), 401)
    problem(nobody.get("/objects/no/such/key"), 401)
    problem(start(nobody, "users/ann/x", DATA), 401)
    problem(start(ann, "shared/x", DATA), 404)
    problem(ann.get("/objects/shared/none"), 404)
    assert upload(ann, "drop/ann/in/a.bin", DATA).status == 200
    problem(ann.get("/objects/drop/ann/in/a.bin"), 404)


def shape(answer):
    return answer.status, answer.body, [field for field in answer.headers if field[0] not in ("Date", "X-Request-Id")]


def test_not_allowed_looks_as_not_there(ben, ann, photo):
    assert shape(ben.get(f"/objects/{photo}")) == shape(ann.get("/objects/users/ann/none")) == shape(ben.get("/objects/x/y"))


@pytest.mark.parametrize("key", [
    "users/ann", "users/ann/", "users/annx/a", "users//ann/a", "users/ann/../ben/a", "users/ann/%2e%2e/ben/a", "users/ann/./a",
    "users%2Fann%2F..%2Fben%2Fa", "users/ANN/a", "/users/ann/a", "users/ann/%00", "users/ann/%ff", "users/ann/a%zz", "files/x", "staging/x",
    "users/ann/" + "x" * 1025])
def test_keys_that_are_none(ann, ben, key):
    assert upload(ben, "users/ben/a", DATA).status in (200, 412)
    for answer in (ann.get(f"/objects/{key}"), ann.get(f"/v1/objects/{key}/url"), start(ann, key, DATA)):
        assert answer.status in (400, 404), answer


@pytest.mark.parametrize("subject", ["ann/deep", "..", ".", "a\\b", "{subject}/x", "ann/"])
def test_subjects_that_are_no_part_of_a_path(nobody, subject):
    caller = nobody.bearing(app_token(subject))
    for key in (f"users/{subject}/a", f"users/{quote(subject, safe='')}/a", "users/ann/deep/a"):
        answer = start(caller, quote(key, safe="/%"), DATA)
        assert answer.status in (400, 404), (key, answer)


def test_the_catalog_is_out_of_reach(program, ann, nobody):
    """Objects of the catalog are found by id alone, whatever their keys."""
    file = ann.upload(noise(50), "n.bin", "text/plain")
    url = ann.signed_url(file["id"])["url"]
    key = url.split("?")[0].split("/", 4)[4]
    assert key.startswith("files/")
    problem(ann.get(f"/objects/{key}"), 404)


def test_bad_bodies(ann):
    for wrong in ({}, {"size": -1}, {"size": "x"}, {"size": 3, "name": "a"}, {"size": 3, "sha256": "x"}, {"size": 3, "content_type": "x"}):
        problem(ann.call("POST", "/v1/objects/users/ann/z/upload", json_body=wrong), 400)
    problem(ann.call("POST", "/v1/objects/users/ann/z/upload", json_body={"size": 6 << 30}), 422)
