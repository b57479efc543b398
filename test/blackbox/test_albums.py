"""Albums: their entries, the grants that files in them inherit, and who may put a file where."""

from urllib.parse import quote

import pytest

from clients import problem
from conftest import app_token
from samples import png

DATA = png(seed=11)
OTHER = [("PATCH", "/v1/albums/{id}", {"name": "x"}), ("DELETE", "/v1/albums/{id}", None), ("GET", "/v1/albums/{id}/grants", None),
         ("PUT", "/v1/albums/{id}/grants/anyone", {"role": "viewer"}), ("DELETE", "/v1/albums/{id}/grants/anyone", None)]


@pytest.fixture(scope="module")
def ada(gateway):
    return gateway.bearing(app_token("ada"))


@pytest.fixture(scope="module")
def ben(gateway):
    return gateway.bearing(app_token("ben", groups=["family"]))


@pytest.fixture(scope="module")
def root(gateway):
    return gateway.bearing(app_token("root", groups=["file-admins"]))


def make(caller, name="Holiday", **more):
    answer = caller.call("POST", "/v1/albums", json_body={"name": name, **more})
    assert answer.status == 201, answer
    album = answer.json()
    assert answer.get("Location") == f"/v1/albums/{album['id']}"
    return album


def give(owner, album, principal, role="viewer"):
    answer = owner.call("PUT", f"/v1/albums/{album}/grants/{quote(principal, safe='')}", json_body={"role": role})
    assert answer.status == 200, answer


def take(owner, album, principal):
    assert owner.call("DELETE", f"/v1/albums/{album}/grants/{quote(principal, safe='')}").status == 204


def listed(caller, album):
    answer = caller.get(f"/v1/files?album={album}")
    assert answer.status == 200, answer
    return {item["id"] for item in answer.json()["items"]}


@pytest.fixture
def album(ada):
    return make(ada)["id"]


@pytest.fixture
def photo(ada, album):
    file = ada.upload(DATA, "a.png", "image/png", album=album)
    assert file["album"] == album
    return file["id"]


def test_life_of_an_album(ada):
    made = make(ada, "Süße Ferien", id="holiday-2026")
    assert made.keys() >= {"id", "name", "owner", "created_at", "updated_at"}
    assert made["id"] == "holiday-2026" and made["name"] == "Süße Ferien" and made["owner"] == "user:app:ada"
    assert ada.get("/v1/albums/holiday-2026").json() == made
    assert ada.call("PATCH", "/v1/albums/holiday-2026", json_body={"name": "Ferien"}).json()["name"] == "Ferien"
    assert ada.get("/v1/albums/holiday-2026").json()["name"] == "Ferien"
    problem(ada.call("POST", "/v1/albums", json_body={"name": "b", "id": "holiday-2026"}), 409)
    assert ada.call("DELETE", "/v1/albums/holiday-2026").status == 204
    problem(ada.get("/v1/albums/holiday-2026"), 404)
    problem(ada.call("DELETE", "/v1/albums/holiday-2026"), 404)


def test_list_and_pages(gateway):
    carl = gateway.bearing(app_token("carl"))
    assert carl.get("/v1/albums").json() == {"items": [], "next_cursor": None}
    made = [make(carl, f"album {i}")["id"] for i in range(5)]
    everything = [a["id"] for a in carl.get("/v1/albums").json()["items"]]
    assert everything == made[::-1]
    for limit in (1, 2, 5, 6):
        seen, cursor = [], ""
        while cursor is not None:
            page = carl.get(f"/v1/albums?limit={limit}" + (f"&cursor={cursor}" if cursor else "")).json()
            seen, cursor = seen + [a["id"] for a in page["items"]], page["next_cursor"]
        assert seen == everything
    cursor = carl.get("/v1/albums?limit=1").json()["next_cursor"]
    problem(gateway.bearing(app_token("dora")).get(f"/v1/albums?limit=1&cursor={cursor}"), 400)
    problem(carl.get(f"/v1/files?limit=1&cursor={cursor}"), 400)
    for query in ("limit=0", "cursor=x", "q=a"):
        problem(carl.get("/v1/albums?" + query), 400)


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": None}, {"name": 1}, {"name": "a" * 256}, {"name": "a\nb"}, {"name": "a", "id": "../x"},
                                  {"name": "a", "id": ""}, {"name": "a", "id": "1 OR 1=1"}, {"name": "a", "files": []}, {"name": "a", "created_at": "now"},
                                  {"name": "a", "owner": "ada"}, []])
def test_q2_what_is_no_album(ada, body):
    before = ada.get("/v1/albums").json()
    problem(ada.call("POST", "/v1/albums", json_body=body), 400)
    assert ada.get("/v1/albums").json() == before


def test_only_admins_make_albums_for_others(ada, ben, root):
    problem(ben.call("POST", "/v1/albums", json_body={"name": "x", "owner": "user:app:ada"}), 403)
    made = make(root, owner="user:app:ada")
    assert made["owner"] == "user:app:ada" and ada.get(f"/v1/albums/{made['id']}").status == 200
    problem(root.get(f"/v1/albums/{made['id']}"), 404)


def test_others_cannot_tell_an_album_from_none(gateway, ben, root, album):
    for method, path, body in [("GET", "/v1/albums/{id}", None), *OTHER]:
        for caller in (ben, root):
            mine, none = (caller.call(method, path.format(id=i), json_body=body) for i in (album, "none-such"))
            problem(mine, 404)
            assert mine.body == none.body and sorted(n for n, _ in mine.headers) == sorted(n for n, _ in none.headers)
        mine, none = (gateway.call(method, path.format(id=i), json_body=body) for i in (album, "none-such"))
        problem(mine, 401)
        assert mine.body == none.body
    assert listed(ben, album) == listed(ben, "none-such") == set()
    problem(gateway.get(f"/v1/files?album={album}"), 401)
    assert gateway.get(f"/v1/files?album={album}").body == gateway.get("/v1/files?album=none-such").body == gateway.get("/v1/files").body


@pytest.mark.parametrize("principal", ["user:app:ben", "group:app:family", "anyone"])
def test_files_inherit_the_grants_of_their_album(ada, ben, album, photo, principal):
    alone = ada.upload(DATA, "b.png", "image/png")["id"]
    problem(ben.get(f"/files/{photo}"), 404)
    give(ada, album, principal)
    assert ben.get(f"/files/{photo}?delivery=proxy").body == DATA
    assert ben.get(f"/v1/files/{photo}/url").status == 200
    assert ben.get(f"/v1/albums/{album}").json()["id"] == album
    assert listed(ben, album) == {photo}
    problem(ben.get(f"/files/{alone}"), 404)
    # a viewer changes nothing, of the album or the file
    for method, path, body in OTHER:
        problem(ben.call(method, path.format(id=album), json_body=body), 404)
    for method, body in (("PATCH", {"name": "x"}), ("DELETE", None)):
        problem(ben.call(method, f"/v1/files/{photo}", json_body=body), 404)
    take(ada, album, principal)
    problem(ben.get(f"/files/{photo}"), 404)
    problem(ben.get(f"/v1/albums/{album}"), 404)
    assert listed(ben, album) == set()


def test_an_album_open_to_anyone(gateway, ada, album, photo):
    give(ada, album, "anyone")
    assert gateway.get(f"/files/{photo}?delivery=proxy").body == DATA
    assert gateway.get(f"/v1/albums/{album}").json()["name"] == "Holiday"
    page = gateway.get(f"/v1/files?album={album}&limit=1").json()
    assert [f["id"] for f in page["items"]] == [photo]
    problem(gateway.get("/v1/files"), 401)
    problem(gateway.get("/v1/files?album="), 401)
    for method, path, body in OTHER:
        problem(gateway.call(method, path.format(id=album), json_body=body), 401)


def test_leaving_and_deleting_an_album_ends_what_it_gave(ada, ben, album, photo):
    give(ada, album, "user:app:ben")
    second = ada.upload(DATA, "b.png", "image/png", album=album)["id"]
    assert ada.call("PATCH", f"/v1/files/{second}", json_body={"album": None}).json()["album"] is None
    problem(ben.get(f"/files/{second}"), 404)
    assert ben.get(f"/files/{photo}").status == 302
    assert ada.call("DELETE", f"/v1/albums/{album}").status == 204
    problem(ben.get(f"/files/{photo}"), 404)
    left = ada.get(f"/v1/files/{photo}").json()
    assert left["album"] is None and ada.get(f"/files/{photo}?delivery=proxy").body == DATA
    # the next album of that id has neither the files nor the grants
    make(ada, id=album)
    assert listed(ada, album) == set() and ada.get(f"/v1/albums/{album}/grants").json()["items"] == []


def test_an_editor_renames_and_adds_and_neither_deletes_nor_shares(ada, ben, album, photo):
    give(ada, album, "user:app:ben", "editor")
    assert ben.call("PATCH", f"/v1/albums/{album}", json_body={"name": "Better"}).json()["name"] == "Better"
    assert ben.call("PATCH", f"/v1/files/{photo}", json_body={"name": "better.png"}).status == 200
    mine = ben.upload(DATA, "bens.png", "image/png", album=album)
    assert mine["owner"] == "user:app:ben" and listed(ada, album) == {photo, mine["id"]} == listed(ben, album)
    assert ada.get(f"/files/{mine['id']}").status == 302, "whose album it is sees what is in it"
    problem(ada.call("DELETE", f"/v1/files/{mine['id']}"), 404)
    assert ada.call("PATCH", f"/v1/files/{mine['id']}", json_body={"album": None}).status == 200, "and takes it out"
    problem(ada.get(f"/files/{mine['id']}"), 404)
    for method, path, body in OTHER[1:]:
        problem(ben.call(method, path.format(id=album), json_body=body), 404)
    for method, path, body in (("DELETE", "", None), ("PUT", "/grants/anyone", {"role": "viewer"})):
        problem(ben.call(method, f"/v1/files/{photo}{path}", json_body=body), 404)


def test_q7_who_may_put_what_where(ada, ben, gateway, album, photo):
    """Moving a file shares it with whom the album is shared; so an editor cannot move it into an album of its own."""
    bens = make(ben, "Ben's")["id"]
    give(ben, bens, "anyone")
    adas = make(ada, "Ada's other")["id"]
    refusals = set()
    for caller, target in ((ben, album), (ben, "none-such"), (ada, bens), (ada, "none-such"), (ada, "no id at all"), (ada, "../x")):
        answer = caller.call("POST", "/v1/files", json_body={"name": "a", "size": 1, "album": target})
        problem(answer, 422, "no_such_album")
        refusals.add(answer.body)
    own = ada.upload(DATA, "own.png", "image/png")["id"]
    for target in (bens, "none-such"):
        answer = ada.call("PATCH", f"/v1/files/{own}", json_body={"album": target})
        problem(answer, 422, "no_such_album")
        refusals.add(answer.body)
    assert len(refusals) == 1
    ada.call("PUT", f"/v1/files/{photo}/grants/user%3Aapp%3Aben", json_body={"role": "editor"})
    problem(ben.call("PATCH", f"/v1/files/{photo}", json_body={"album": bens}), 422)
    problem(gateway.get(f"/files/{photo}"), 401)
    problem(ben.call("PATCH", f"/v1/files/{photo}", json_body={"album": adas}), 422)
    give(ada, adas, "user:app:ben", "editor")
    assert ben.call("PATCH", f"/v1/files/{photo}", json_body={"album": adas}).json()["album"] == adas
    give(ada, adas, "user:app:ben", "viewer")
    assert ben.call("PATCH", f"/v1/files/{photo}", json_body={"name": "c.png", "album": adas}).status == 200, "where it is already"
    problem(ben.call("POST", "/v1/files", json_body={"name": "a", "size": 1, "album": adas}), 422)


def test_acting_for_a_user_puts_it_where_the_user_may(ada, ben, root, album):
    made = root.create("x.png", "image/png", 5, owner="user:app:ada", album=album)["file"]
    assert made["album"] == album and made["id"] in listed(ada, album)
    problem(root.call("POST", "/v1/files", json_body={"name": "a", "size": 1, "owner": "user:app:ben", "album": album}), 422)
    problem(root.call("POST", "/v1/files", json_body={"name": "a", "size": 1, "album": album}), 422)


def test_q4_grants_of_another_parent(ada, album, photo):
    give(ada, album, "user:app:ben")
    other = make(ada)["id"]
    problem(ada.call("DELETE", f"/v1/albums/{other}/grants/user%3Aapp%3Aben"), 404)
    problem(ada.call("DELETE", f"/v1/files/{photo}/grants/user%3Aapp%3Aben"), 404)
    problem(ada.call("DELETE", f"/v1/files/{album}/grants/user%3Aapp%3Aben"), 404)
    problem(ada.get(f"/v1/albums/{photo}"), 404)
    assert len(ada.get(f"/v1/albums/{album}/grants").json()["items"]) == 1


def test_a_file_and_an_album_of_one_id_are_two(ada, ben):
    make(ada, id="same-id")
    ada.upload(DATA, "a.png", "image/png", id="same-id")
    give(ada, "same-id", "user:app:ben")
    problem(ben.get("/files/same-id"), 404)
    assert ben.get("/v1/albums/same-id").status == 200


def test_the_list_of_an_album_by_pages(ada, ben, album):
    give(ada, album, "user:app:ben", "editor")
    made = {caller.create(f"{i}.txt", "text/plain", i, album=album)["file"]["id"] for i in range(3) for caller in (ada, ben)}
    for sort in ("created_at", "-created_at", "name", "-size"):
        seen, cursor = [], ""
        while cursor is not None:
            page = ben.get(f"/v1/files?album={album}&limit=2&sort={sort}" + (f"&cursor={cursor}" if cursor else "")).json()
            seen, cursor = seen + [f["id"] for f in page["items"]], page["next_cursor"]
        assert len(seen) == 6 and set(seen) == made, sort
    cursor = ben.get(f"/v1/files?album={album}&limit=2").json()["next_cursor"]
    problem(ada.get(f"/v1/files?album={album}&limit=2&cursor={cursor}"), 400)
    problem(ben.get(f"/v1/files?limit=2&cursor={cursor}"), 400)
    problem(ben.get(f"/v1/files?album={make(ben)['id']}&limit=2&cursor={cursor}"), 400)
    take(ada, album, "user:app:ben")
    page = ben.get(f"/v1/files?album={album}&limit=100&cursor=").status
    assert page == 400
    rest = ben.get(f"/v1/files?album={album}&limit=2&cursor={cursor}").json()["items"]
    assert all(f["owner"] == "user:app:ben" for f in rest), "taken back between two pages"


def test_cookies_need_their_own_page(gateway, album):
    caller = gateway.with_cookie(f"app_session={app_token('ada')}", ("Sec-Fetch-Site", "cross-site"))
    problem(caller.call("POST", "/v1/albums", json_body={"name": "x"}), 403)
    for method, path, body in OTHER:
        if method != "GET":
            problem(caller.call(method, path.format(id=album), json_body=body), 403)
