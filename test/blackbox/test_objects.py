"""POST /v1/files with `object`: an entry for what the bucket holds already, nothing copied. For admins alone."""

import pytest

import wire
from clients import Gateway, Store, digest, problem
from conftest import STORE_KEY_ID, STORE_SECRET, app_token, running, serve, start_store, write_configuration
from samples import pdf, png

BUCKET = "someones-bucket"


@pytest.fixture(scope="module")
def bucket(work):
    with running(start_store(work / "objects-store")) as program:
        yield Store(program.url, STORE_KEY_ID, STORE_SECRET, BUCKET, program).create_bucket()


@pytest.fixture(scope="module")
def gate(work, bucket, rsa_key):
    directory = work / "objects"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], f"""
[store]
kind = "s3"
endpoint = "{bucket.url}"
region = "us-east-1"
bucket = "{BUCKET}"
path_style = true
access_key_id = "{STORE_KEY_ID}"
secret_access_key = "{STORE_SECRET}"
""")
    with running(serve(directory, config=config)) as program:
        yield Gateway(program.url, program=program)


@pytest.fixture(scope="module")
def root(gate):
    return gate.bearing(app_token("root", groups=["file-admins"]))


@pytest.fixture(scope="module")
def olive(gate):
    return gate.bearing(app_token("olive"))


def enter(caller, key, **more):
    return caller.call("POST", "/v1/files", json_body={"object": {"bucket": BUCKET, "key": key}, **more})


def test_an_object_becomes_a_file(bucket, root, olive):
    bucket.put("users/olive/Süßes ü.png", png(), [("Content-Type", "image/png")])
    answer = enter(root, "users/olive/Süßes ü.png", id="3434323", owner="user:app:olive", metadata={"k": "v"})
    assert answer.status == 201 and answer.get("Location") == "/v1/files/3434323", answer
    document = answer.json()
    file = document["file"]
    assert document["upload"] is None and file["state"] == "ready" and file["owner"] == "user:app:olive"
    assert file["name"] == "Süßes ü.png" and file["content_type"] == "image/png" and file["size"] == len(png())
    assert file["metadata"] == {"k": "v"} and olive.get("/v1/files/3434323").json() == file
    assert olive.get("/files/3434323?delivery=proxy").body == png()
    assert wire.fetch(olive.signed_url("3434323")["url"]).body == png()
    assert "3434323" in olive.ids() and "3434323" not in root.ids()
    problem(root.get("/v1/files/3434323"), 404)  # who made it reads nobody's files
    # once only, under whatever id
    problem(enter(root, "users/olive/Süßes ü.png", id="other"), 409)
    problem(enter(root, "users/olive/Süßes ü.png"), 409)
    assert olive.call("DELETE", "/v1/files/3434323").status == 204
    assert bucket.head("users/olive/Süßes ü.png").status == 404


@pytest.mark.parametrize("stored,declared,data,kind", [
    ("text/plain", "image/png", b"text", "text/plain"),  # the store's word
    ("application/octet-stream", "application/pdf", pdf(), "application/pdf"),  # it has none
    ("binary/octet-stream", "image/png", b"not an image", "application/octet-stream"),
])
def test_the_type(bucket, root, stored, declared, data, kind):
    key = f"types/{stored}/{declared}".replace("/", "-")
    bucket.put(key, data, [("Content-Type", stored)])
    assert enter(root, key, name="n", content_type=declared, size=len(data)).json()["file"]["content_type"] == kind


def test_what_is_declared_besides_must_be_so(bucket, root):
    bucket.put("declared", b"abc", [("Content-Type", "text/plain")])
    problem(enter(root, "declared", size=4), 409, "size_mismatch")
    problem(enter(root, "declared", sha256=digest(b"other")), 409, "sha256_mismatch")
    assert enter(root, "declared", size=3).status == 201


def test_only_admins(gate, bucket, olive):
    bucket.put("secret", b"abc")
    problem(enter(olive, "secret"), 403)
    assert enter(olive, "secret").body == enter(olive, "none-such").body, "nobody learns what the bucket has"
    problem(enter(gate, "secret"), 401)
    assert olive.ids() == []


@pytest.mark.parametrize("given,status,code", [
    ({"bucket": "other", "key": "a"}, 422, "wrong_bucket"), ({"bucket": BUCKET, "key": "none-such"}, 422, "no_such_object"),
    ({"bucket": BUCKET, "key": "../x"}, 422, "no_such_object"), ({"bucket": BUCKET, "key": "staging/x"}, 422, "reserved_key"),
    ({"bucket": BUCKET}, 400, None), ({"key": "a"}, 400, None), ({"bucket": BUCKET, "key": ""}, 400, None), ("a", 400, None),
    ({"bucket": BUCKET, "key": "a" * 1025}, 400, None), ({"bucket": BUCKET, "key": "a\nb"}, 422, "no_such_object"), ({"bucket": BUCKET, "key": 1}, 400, None),
    ({"bucket": BUCKET, "key": "a", "etag": "x"}, 400, None)])
def test_q2_what_is_no_object(root, given, status, code):
    problem(root.call("POST", "/v1/files", json_body={"name": "a", "size": 1, "object": given}), status, code)


def test_an_upload_of_somebody_cannot_be_entered(bucket, root, olive):
    document = olive.create("a.png", "image/png", len(png()))
    key = wire.target_of(document["upload"]["url"]).split("?")[0].removeprefix(f"/{BUCKET}/")
    assert olive.put(document["upload"], png()).status == 200
    answer = enter(root, key)
    assert answer.status in (409, 422), answer
