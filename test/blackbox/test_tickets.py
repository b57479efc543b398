"""x-signpost-ticket: every URL says for whom it was made, to those who hold the key, and to nobody else."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest

import wire
from clients import SECRETS, Gateway, s3_code
from conftest import app_token, running, serve, write_configuration
from samples import png

DATA = png(seed=41)


def ticket(url):
    SECRETS.of_url(url)
    values = parse_qs(urlsplit(url).query).get("x-signpost-ticket", [])
    assert len(values) == 1 and len(values[0]) in (32, 40), url
    return values[0]


@pytest.fixture(scope="module")
def tina(gateway):
    return gateway.bearing(app_token("tina"))


@pytest.fixture(scope="module")
def photo(tina):
    return tina.upload(DATA, "ticketed.png", "image/png")["id"]


def within_a_window(ask, tries=3):
    """What two requests in a row answer; again, where a minute began between them."""
    for _ in range(tries):
        minute = int(time.time()) // 60
        answers = ask(), ask()
        if int(time.time()) // 60 == minute:
            return answers
    raise AssertionError("never within one minute")


def test_same_within_a_window(tina, photo):
    one, two = within_a_window(lambda: tina.signed_url(photo)["url"])
    assert one == two
    assert wire.fetch(one).body == DATA


def test_each_fact_has_its_own(tina, gateway, photo):
    share = tina.call("PUT", f"/v1/files/{photo}/grants/user:app:tom", json_body={"role": "viewer"})
    assert share.status in (200, 201, 204), share
    tom = gateway.bearing(app_token("tom"))
    other = tina.upload(DATA, "other.png", "image/png")["id"]
    seen = {ticket(url) for url in (
        tina.signed_url(photo)["url"], tom.signed_url(photo)["url"], tina.signed_url(other)["url"],
        tina.signed_url(photo, "?method=head")["url"], tina.signed_url(photo, "?expires_in=10m")["url"],
        tina.signed_url(photo, "?disposition=attachment")["url"])}
    assert len(seen) == 6


def test_everywhere(tina, photo):
    for path in (f"/files/{photo}", f"/files/{photo}/x.png", f"/v1/files/{photo}/content"):
        assert ticket(tina.get(path).get("Location"))
    upload = tina.create("a.png", "image/png", len(DATA))["upload"]
    assert ticket(upload["url"])
    assert tina.put(upload, DATA).status == 200


def test_says_nothing_and_is_signed(tina, photo):
    url = tina.signed_url(photo)["url"]
    assert "tina" not in url and photo not in ticket(url)
    other = "A" * 22
    assert s3_code(wire.fetch(url.replace(ticket(url), other))) == "SignatureDoesNotMatch"
    gone = url.replace(f"&x-signpost-ticket={ticket(url)}", "").replace(f"x-signpost-ticket={ticket(url)}&", "")
    assert wire.fetch(gone).status == 403


def test_the_same_after_a_restart(work, rsa_key):
    """Every node that shares the catalog gives the same URL, so the key is the catalog's."""
    directory = work / "tickets"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], "[delivery]\nstable_window = \"1h\"\nexpires_in = \"2h\"\n")
    seen = set()
    file_id, token = None, app_token("tina", exp=int(time.time()) + 8 * 3600)
    for _ in range(2):
        with running(serve(directory, config=config)) as program:
            caller = Gateway(program.url, program=program).bearing(token)
            file_id = file_id or caller.upload(DATA, "a.png", "image/png")["id"]
            seen.add(ticket(caller.signed_url(file_id)["url"]))
    assert len(seen) == 1 or int(time.time()) % 3600 < 30, "an hour began in between"


def test_off(work, rsa_key):
    directory = work / "no-tickets"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], "[store]\nticket_parameter = false\n")
    with running(serve(directory, config=config)) as program:
        caller = Gateway(program.url, program=program).bearing(app_token("tina"))
        url = caller.signed_url(caller.upload(DATA, "a.png", "image/png")["id"])["url"]
        assert "ticket" not in url and wire.fetch(url).body == DATA
