"""Rows that the gateway keeps in memory: a change of the catalog counts for the very next request, also where another
process made it."""

import sqlite3
from contextlib import closing
from hashlib import sha256

import pytest

from conftest import ADMIN_PASSWORD, app_token, session_cookie
from samples import png


@pytest.fixture(scope="module")
def lena(gateway):
    return gateway.bearing(app_token("lena"))


@pytest.fixture
def catalog(work):
    """The catalog's file, as another process writes it."""
    with closing(sqlite3.connect(work / "serve/data/signpost.db", timeout=20, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")  # of this connection; a crash is no part of these tests
        yield database


def test_another_process_takes_a_file_away_and_gives_it_back(lena, catalog):
    file_id = lena.upload(png(seed=31), "rows.png", "image/png")["id"]
    change = "UPDATE file SET owner=? WHERE id=?"
    for _ in range(100):
        for _ in range(3):
            assert lena.get(f"/files/{file_id}").status == 302
        catalog.execute(change, ("user:app:somebody", file_id))
        assert lena.get(f"/files/{file_id}").status == 404
        assert lena.get(f"/v1/files/{file_id}/url").status == 404
        assert "error" in lena.call("POST", "/v1/urls", json_body={"ids": [file_id]}).json()["urls"][0]
        catalog.execute(change, ("user:app:lena", file_id))


def test_another_process_ends_sessions(gateway, lena, catalog):
    file_id = lena.upload(png(seed=32), "rows.png", "image/png")["id"]
    for _ in range(10):
        catalog.execute("UPDATE file SET owner='user:local:admin' WHERE id=?", (file_id,))
        cookie = session_cookie(gateway.login("admin", ADMIN_PASSWORD))
        admin = gateway.with_cookie(cookie)
        for _ in range(3):
            assert admin.get(f"/files/{file_id}").status == 302
        catalog.execute("DELETE FROM session WHERE token_hash=?", (sha256(cookie.split("=", 1)[1].encode()).digest(),))
        assert admin.get(f"/files/{file_id}").status == 401


def test_own_changes_count_for_the_next_request(lena, gateway):
    """Of the same gateway, on whichever worker the next request lands: each is on a connection of its own."""
    for seed in range(10):
        file_id = lena.upload(png(seed=seed), "rows.png", "image/png")["id"]
        guest = gateway.bearing(app_token("guest-of-lena"))
        grant = f"/v1/files/{file_id}/grants/user:app:guest-of-lena"
        assert guest.get(f"/files/{file_id}").status == 404
        assert lena.call("PUT", grant, json_body={"role": "viewer"}).status == 200
        for _ in range(4):
            assert guest.get(f"/files/{file_id}").status == 302
        assert lena.call("DELETE", grant).status == 204
        for _ in range(4):
            assert guest.get(f"/files/{file_id}").status == 404
        assert lena.get(f"/v1/files/{file_id}").json()["owner"] == "user:app:lena"
        assert lena.call("DELETE", f"/v1/files/{file_id}").status == 204
        for _ in range(4):
            assert lena.get(f"/files/{file_id}").status == 404
