"""Grants: who else may read or edit a file; what anyone may; that a refusal tells nothing."""

import statistics
import time
from urllib.parse import quote

import pytest

from clients import problem
from conftest import app_token
from samples import png

DATA = png(seed=9)
READS = ["/v1/files/{id}", "/v1/files/{id}/url", "/v1/files/{id}/content", "/files/{id}", "/files/{id}/a.png",
         "/files/{id}?delivery=proxy"]


@pytest.fixture(scope="module")
def gwen(gateway):
    return gateway.bearing(app_token("gwen"))


@pytest.fixture(scope="module")
def hugo(gateway):
    return gateway.bearing(app_token("hugo", groups=["staff", "a b/c"]))


@pytest.fixture(scope="module")
def iris_of_corp(gateway, rsa_key):
    import tokens
    return gateway.bearing(rsa_key.rs256(tokens.claims("hugo", iss=tokens.CORP_ISSUER, groups=["staff"])))


@pytest.fixture
def photo(gwen):
    return gwen.upload(DATA, "shared.png", "image/png")["id"]


def grants_of(file_id, principal=None):
    return f"/v1/files/{file_id}/grants" + (f"/{quote(principal, safe='')}" if principal else "")


def give(owner, file_id, principal, role="viewer"):
    answer = owner.call("PUT", grants_of(file_id, principal), json_body={"role": role})
    assert answer.status == 200, answer
    document = answer.json()
    assert document["principal"] == principal and document["role"] == role and document["created_at"], document
    return document


def take(owner, file_id, principal):
    answer = owner.call("DELETE", grants_of(file_id, principal))
    assert answer.status == 204 and answer.body == b"", answer


def same_refusal(answer, of_none, file_id, none="none-such"):
    assert answer.status == of_none.status == 404, (answer, of_none)
    assert answer.body.replace(file_id.encode(), none.encode()) == of_none.body
    names = lambda a: sorted((n, v) for n, v in a.headers if n.lower() not in ("date", "x-request-id"))  # noqa: E731
    assert names(answer) == names(of_none)


def reads(caller, file_id):
    """The statuses of everything that reads."""
    return [caller.get(path.format(id=file_id)).status for path in READS]


ALL_READ = [200, 200, 302, 302, 302, 200]


@pytest.mark.parametrize("principal", ["user:app:hugo", "group:app:staff", "group:app:a b/c", "anyone"])
def test_a_viewer_reads_and_no_more(gwen, hugo, photo, principal):
    assert reads(hugo, photo) == [404] * len(READS)
    give(gwen, photo, principal)
    assert reads(hugo, photo) == ALL_READ
    assert hugo.get(f"/files/{photo}?delivery=proxy").body == DATA
    for method, path, body in [("PATCH", f"/v1/files/{photo}", {"name": "x.png"}), ("DELETE", f"/v1/files/{photo}", None),
                               ("GET", grants_of(photo), None), ("PUT", grants_of(photo, "user:app:hugo"), {"role": "editor"}),
                               ("DELETE", grants_of(photo, principal), None), ("POST", f"/v1/files/{photo}/complete", {})]:
        refused = hugo.call(method, path, json_body=body)
        none = hugo.call(method, path.replace(photo, "none-such"), json_body=body)
        same_refusal(refused, none, photo)
    take(gwen, photo, principal)
    assert reads(hugo, photo) == [404] * len(READS), "taken back, at once"


def test_an_editor_edits_and_neither_deletes_nor_shares(gwen, hugo, photo):
    give(gwen, photo, "user:app:hugo", "editor")
    patched = hugo.call("PATCH", f"/v1/files/{photo}", json_body={"name": "better.png", "metadata": {"by": "hugo"}})
    assert patched.status == 200 and patched.json()["name"] == "better.png" and patched.json()["owner"] == "user:app:gwen"
    assert reads(hugo, photo) == ALL_READ
    problem(hugo.call("DELETE", f"/v1/files/{photo}"), 404)
    problem(hugo.call("PUT", grants_of(photo, "anyone"), json_body={"role": "viewer"}), 404)
    problem(hugo.get(grants_of(photo)), 404)
    give(gwen, photo, "user:app:hugo", "viewer")  # lowered
    problem(hugo.call("PATCH", f"/v1/files/{photo}", json_body={"name": "again.png"}), 404)
    assert gwen.get(f"/v1/files/{photo}").json()["name"] == "better.png"


def test_an_editor_ends_an_upload(gwen, hugo):
    pending = gwen.create("later.png", "image/png", len(DATA))["file"]["id"]
    problem(hugo.call("PUT", f"/v1/files/{pending}/content", DATA, [("Content-Type", "image/png")]), 404)
    give(gwen, pending, "user:app:hugo", "viewer")
    assert hugo.get(f"/v1/files/{pending}").json()["state"] == "pending"
    problem(hugo.get(f"/files/{pending}"), 409)
    problem(hugo.call("PUT", f"/v1/files/{pending}/content", DATA, [("Content-Type", "image/png")]), 404)
    give(gwen, pending, "user:app:hugo", "editor")
    done = hugo.call("PUT", f"/v1/files/{pending}/content", DATA, [("Content-Type", "image/png")])
    assert done.status == 200 and done.json()["file"]["owner"] == "user:app:gwen", done
    assert gwen.get(f"/files/{pending}?delivery=proxy").body == DATA


def test_anyone_without_a_credential(gateway, gwen, photo):
    refused = [gateway.get(path.format(id=photo)) for path in READS]
    for answer, path in zip(refused, READS):
        problem(answer, 401, "credential_needed")
        assert answer.body == gateway.get(path.format(id="none-such")).body
    give(gwen, photo, "user:app:hugo")
    assert reads(gateway, photo) == [401] * len(READS), "a grant to somebody is none to nobody"
    give(gwen, photo, "anyone")
    assert reads(gateway, photo) == ALL_READ
    assert gateway.call("HEAD", f"/files/{photo}").status == 302
    answer = gateway.get(f"/files/{photo}?delivery=proxy")
    assert answer.body == DATA and answer.get("Set-Cookie") is None and "private" in answer.get("Cache-Control")
    assert gateway.get(f"/v1/files/{photo}").json()["id"] == photo
    # what comes along must still be good
    for value in ("Bearer x.y.z", "Basic YTpi", "Bearer "):
        problem(gateway.get(f"/files/{photo}", [("Authorization", value)]), 401, "bad_credential")
    problem(gateway.get(f"/files/{photo}", [("Cookie", "signpost_session=made-up")]), 401, "bad_credential")
    # reading is all
    for method, path, body in [("PATCH", "", {"name": "x"}), ("DELETE", "", None), ("GET", "/grants", None),
                               ("PUT", "/grants/anyone", {"role": "editor"}), ("POST", "/complete", {})]:
        problem(gateway.call(method, f"/v1/files/{photo}{path}", json_body=body), 401)
    give(gwen, photo, "anyone", "editor")
    problem(gateway.call("PATCH", f"/v1/files/{photo}", json_body={"name": "x"}), 401)
    take(gwen, photo, "anyone")
    assert reads(gateway, photo) == [401] * len(READS)


def test_a_subject_and_a_group_are_of_their_issuer(gwen, iris_of_corp, photo):
    """corp's hugo of corp's staff is neither app's hugo nor of app's staff."""
    for principal in ("user:app:hugo", "group:app:staff", "user:local:hugo", "user:app:staff", "group:app:hugo"):
        give(gwen, photo, principal, "editor")
    assert reads(iris_of_corp, photo) == [404] * len(READS)
    give(gwen, photo, "group:corp:staff")
    assert reads(iris_of_corp, photo) == ALL_READ


def test_an_admin_neither_reads_nor_shares(gateway, admin, gwen, photo):
    root = gateway.bearing(app_token("root", groups=["file-admins"]))
    for caller in (admin, root):
        assert reads(caller, photo) == [404] * len(READS)
        problem(caller.get(grants_of(photo)), 404)
        problem(caller.call("PUT", grants_of(photo, "user:app:root"), json_body={"role": "viewer"}), 404)
    assert gwen.get(grants_of(photo)).json()["items"] == []


def test_who_made_it_for_another_does_not_share_it(gateway, gwen):
    root = gateway.bearing(app_token("root", groups=["file-admins"]))
    made = root.create("x.png", "image/png", 5, owner="user:app:gwen")["file"]["id"]
    problem(root.call("PUT", grants_of(made, "anyone"), json_body={"role": "viewer"}), 404)
    give(gwen, made, "anyone")


def test_list_and_pages(gwen, photo):
    for i in range(7):
        give(gwen, photo, f"user:app:u{i}", "editor" if i % 2 else "viewer")
    give(gwen, photo, "group:app:g")
    page = gwen.get(grants_of(photo)).json()
    assert page["next_cursor"] is None and [g["principal"] for g in page["items"]] == \
        ["group:app:g"] + [f"user:app:u{i}" for i in range(7)]
    assert [g["role"] for g in page["items"]][:3] == ["viewer", "viewer", "editor"]
    seen, cursor = [], ""
    while cursor is not None:
        part = gwen.get(grants_of(photo) + "?limit=3" + (f"&cursor={cursor}" if cursor else "")).json()
        seen, cursor = seen + part["items"], part["next_cursor"]
    assert seen == page["items"]
    other = gwen.upload(DATA, "other.png", "image/png")["id"]
    first = gwen.get(grants_of(photo) + "?limit=3").json()["next_cursor"]
    problem(gwen.get(grants_of(other) + f"?limit=3&cursor={first}"), 400)
    for query in ("limit=0", "limit=1001", "cursor=x", "page=2", "limit=1&limit=1"):
        problem(gwen.get(grants_of(photo) + "?" + query), 400)


@pytest.mark.parametrize("principal", ["nobody", "user:app", "user::x", "group:app:", "Anyone", "user:app:x\n", "user:app:\u0085", "role",
                                       "' OR 1=1 --", "user:a'b:x", "user:app:" + "x" * 256])
def test_q1_what_is_no_principal(gwen, photo, principal):
    answer = gwen.call("PUT", grants_of(photo, principal), json_body={"role": "viewer"})
    problem(answer, 400)
    problem(gwen.call("DELETE", grants_of(photo, principal)), 400)
    assert gwen.get(grants_of(photo)).json()["items"] == []


@pytest.mark.parametrize("body", [{}, {"role": "owner"}, {"role": "Viewer"}, {"role": None}, {"role": 1}, {"role": ["viewer"]},
                                  {"role": "viewer", "owner": "user:app:eve"}, {"role": "viewer", "principal": "anyone"}, []])
def test_q2_what_is_no_grant(gwen, photo, body):
    problem(gwen.call("PUT", grants_of(photo, "user:app:eve"), json_body=body), 400)
    assert gwen.get(grants_of(photo)).json()["items"] == []


def test_strange_but_right_subjects(gwen, gateway, photo):
    """Quotes, wildcards, JSON and colons in a subject are just text."""
    for subject in ("o'neil", '"], ["', "%", "_", "a:b", "ünï 😀", "\\", "null", "user:app:gwen"):
        caller = gateway.bearing(app_token(subject))
        assert reads(caller, photo) == [404] * len(READS), subject
        give(gwen, photo, f"user:app:{subject}")
        assert reads(caller, photo) == ALL_READ, subject
        take(gwen, photo, f"user:app:{subject}")
        assert reads(caller, photo) == [404] * len(READS), subject


def test_q4_a_grant_of_another_file(gwen, photo):
    other = gwen.upload(DATA, "other.png", "image/png")["id"]
    give(gwen, other, "user:app:hugo")
    problem(gwen.call("DELETE", grants_of(photo, "user:app:hugo")), 404)
    assert len(gwen.get(grants_of(other)).json()["items"]) == 1


def test_q5_grants_of_others_files(hugo, photo):
    for method, principal, body in [("GET", None, None), ("PUT", "user:app:hugo", {"role": "viewer"}), ("DELETE", "user:app:hugo", None)]:
        mine = hugo.call(method, grants_of(photo, principal), json_body=body)
        same_refusal(mine, hugo.call(method, grants_of("none-such", principal), json_body=body), photo)


def test_grants_go_with_their_file(gwen, hugo):
    gwen.upload(DATA, "a.png", "image/png", id="grants-reborn")
    give(gwen, "grants-reborn", "user:app:hugo")
    give(gwen, "grants-reborn", "anyone")
    assert gwen.call("DELETE", "/v1/files/grants-reborn").status == 204
    gwen.upload(DATA, "b.png", "image/png", id="grants-reborn")
    assert reads(hugo, "grants-reborn") == [404] * len(READS)
    assert gwen.get(grants_of("grants-reborn")).json()["items"] == []


def test_cookies_need_their_own_page(gateway, gwen, photo):
    token = app_token("gwen")
    for origin in ([], [("Origin", "https://evil.example")], [("Sec-Fetch-Site", "cross-site")]):
        caller = gateway.with_cookie(f"app_session={token}", *origin)
        problem(caller.call("PUT", grants_of(photo, "anyone"), json_body={"role": "viewer"}), 403)
        problem(caller.call("DELETE", grants_of(photo, "anyone")), 403)
    assert gwen.get(grants_of(photo)).json()["items"] == []


def test_the_time_of_a_refusal_does_not_tell(hugo, gwen, photo):
    """Medians of interleaved requests: another's file with grants for others, and none."""
    for i in range(5):
        give(gwen, photo, f"user:app:other{i}")
    times = {photo: [], "n" * len(photo): []}
    for _ in range(300):
        for file_id in times:
            begin = time.perf_counter()
            assert hugo.get(f"/v1/files/{file_id}").status == 404
            times[file_id].append(time.perf_counter() - begin)
    there, none = (statistics.median(values) for values in times.values())
    assert abs(there - none) < max(0.15 * none, 100e-6), (there, none)
