"""POST /v1/urls: many URLs in one answer, each decided as if it had been asked for alone."""

import time
from datetime import datetime

import pytest

import wire
from clients import SECRETS, problem, s3_code
from conftest import app_token
from samples import noise

COUNT = 1000


@pytest.fixture(scope="module")
def una(gateway):
    return gateway.bearing(app_token("una"))


@pytest.fixture(scope="module")
def files(una):
    return {one["id"]: data for data in (noise(100, seed) for seed in range(5)) for one in [una.upload(data, "n.bin", "text/plain")]}


def urls(caller, ids, **more):
    answer = caller.call("POST", "/v1/urls", json_body={"ids": list(ids), **more})
    assert answer.status == 200, answer
    assert answer.get("Cache-Control") == "no-store"
    found = answer.json()["urls"]
    for one in found:
        SECRETS.of_url(one.get("url", ""))
    return found


def test_in_the_order_asked(una, files):
    ids = list(files) + list(reversed(files))
    found = urls(una, ids)
    assert [one["id"] for one in found] == ids
    for one in found:
        assert wire.fetch(one["url"]).body == files[one["id"]]


def test_as_each_alone(una, files):
    for file_id in files:
        for _ in range(3):  # a window may begin in between
            if urls(una, [file_id])[0]["url"] == una.signed_url(file_id)["url"]:
                break
        else:
            raise AssertionError("the batch gives another URL")


def test_errors_stand_beside_urls(una, bob, files):
    pending = una.create("p.bin", "text/plain", 3)["file"]["id"]
    secret = bob.upload(b"bob's", "b.txt", "text/plain")["id"]
    mine = next(iter(files))
    found = urls(una, [secret, mine, "none-such", pending, "../../etc/passwd", "a b\u00fc"])
    assert [one.get("error") for one in found] == ["not_found", None, "not_found", "not_ready", "not_found", "not_found"]
    assert {k: v for k, v in found[0].items() if k != "id"} == {k: v for k, v in found[2].items() if k != "id"}


def test_grants_count(una, bob, files):
    shared = bob.upload(b"shared", "b.txt", "text/plain")["id"]
    assert urls(una, [shared])[0]["error"] == "not_found"
    assert bob.call("PUT", f"/v1/files/{shared}/grants/user:app:una", json_body={"role": "viewer"}).status < 300
    assert wire.fetch(urls(una, [shared])[0]["url"]).body == b"shared"
    assert bob.call("DELETE", f"/v1/files/{shared}/grants/user:app:una").status == 204
    assert urls(una, [shared])[0]["error"] == "not_found"


def test_wishes(una, files):
    file_id = next(iter(files))
    head = urls(una, [file_id], method="head")[0]["url"]
    assert wire.fetch(head, "HEAD").status == 200 and s3_code(wire.fetch(head)) == "SignatureDoesNotMatch"
    kept = wire.fetch(urls(una, [file_id], disposition="attachment", expires_in="30s")[0]["url"])
    assert kept.get("Content-Disposition").startswith("attachment")


def test_limits(una, files):
    file_id = next(iter(files))
    many = urls(una, [file_id] * COUNT)
    assert len(many) == COUNT and len({one["url"] for one in many}) <= 2
    for wrong in ({"ids": [file_id] * (COUNT + 1)}, {"ids": "x"}, {"ids": [1]}, {"ids": ["x" * 129]}, {"ids": [""]}, {"ids": []}, {},
                  {"ids": [file_id], "expires_in": 0}, {"ids": [file_id], "method": "put"},
                  {"ids": [file_id], "disposition": "x"}, {"ids": [file_id], "width": 3}, {"ids": None}):
        problem(una.call("POST", "/v1/urls", json_body=wrong), 400)


def test_no_url_outlives_the_token(gateway, una, files):
    end = int(time.time()) + 40
    short = gateway.bearing(app_token("una", exp=end))
    for one in urls(short, files, expires_in="1h"):
        assert datetime.fromisoformat(one["expires_at"].replace("Z", "+00:00")).timestamp() <= end
