"""Fixtures: one gateway with its store, and one store alone, for the whole run; tests that break or restart something
start their own. Run with Debian's Python: /usr/bin/python3 -m pytest test/blackbox"""

import json
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import tokens  # noqa: E402
from clients import SECRETS, Gateway, Store  # noqa: E402
from procs import Program, binary, descriptor_count, eventually  # noqa: E402

ADMIN_PASSWORD = "correct horse battery staple 7"
HS256_SECRET = b"an HS256 secret for tests, of more than 32 bytes"
STORE_KEY_ID = "AKIATESTBLACKBOX0001"
STORE_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYTESTSECRET"
ALLOWED_ORIGIN = "https://app.example.com"
# What a process may keep open between requests: connections of the gateway's pool to the store, database readers.
DESCRIPTOR_SLACK = 24

CONFIGURATION = """
[server]
allowed_origins = ["{origin}"]

[[auth.jwt]]
name = "app"
issuer = "{issuer}"
audience = "{audience}"
algorithms = ["HS256"]
secret = "{secret}"
cookie = "app_session"
groups_claim = "groups"
admin_groups = ["file-admins"]

[[auth.jwt]]
name = "corp"
issuer = "{corp}"
audience = "{audience}"
algorithms = ["RS256"]
jwks_file = "{jwks}"

[[rules]]
prefix = "users/{{subject}}/"
issuer = "app"
allow = ["get", "put"]
"""


@pytest.fixture(scope="session", autouse=True)
def program_exists():
    binary()


@pytest.fixture(autouse=True, scope="session")
def remembered_secrets():
    SECRETS.update([ADMIN_PASSWORD, HS256_SECRET.decode(), STORE_SECRET])


@pytest.fixture(scope="session")
def rsa_key():
    return tokens.RsaKey()


@pytest.fixture(scope="session")
def rsa_key_without_alg():
    return tokens.RsaKey("corp-2", with_alg=False)


@pytest.fixture(scope="session")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("signpost")


def write_configuration(directory, rsa_keys, extra=""):
    jwks = directory / "jwks.json"
    jwks.write_text(json.dumps({"keys": [key.jwk for key in rsa_keys]}))
    path = directory / "signpost.toml"
    path.write_text(extra + CONFIGURATION.format(
        origin=ALLOWED_ORIGIN, issuer=tokens.ISSUER, audience=tokens.AUDIENCE, secret=HS256_SECRET.decode(),
        corp=tokens.CORP_ISSUER, jwks=jwks))
    return path


def serve(directory, *arguments, env=None, config=None):
    """A started `signpost serve` on free ports."""
    directory.mkdir(parents=True, exist_ok=True)
    given = ["serve", "--data", directory / "data", "--listen", "127.0.0.1:0", "--store-listen", "127.0.0.1:0"]
    if config:
        given += ["--config", config]
    return Program(directory, *given, *arguments, env={"SIGNPOST_ADMIN_PASSWORD": ADMIN_PASSWORD, **(env or {})},
                   name="serve")


def start_store(directory, *arguments, env=None):
    given = {"SIGNPOST_STORE_ACCESS_KEY_ID": STORE_KEY_ID, "SIGNPOST_STORE_SECRET_ACCESS_KEY": STORE_SECRET}
    return Program(directory, "store", "--data", directory / "data", "--listen", "127.0.0.1:0", *arguments,
                   env=given if env is None else env, name="store")


@contextmanager
def running(program):
    """Stops it at the end, by SIGTERM, and fails where it does not leave in good order."""
    try:
        yield program
    except BaseException:
        program.kill()
        raise
    left = program.children()
    assert program.stop() == 0, program.log()[-4000:]
    eventually(lambda: not [pid for pid in left if Path(f"/proc/{pid}").exists()])


LOGS = []  # every log of the shared programs; test_zz_logs.py reads them


@pytest.fixture(scope="session")
def served(work, rsa_key, rsa_key_without_alg):
    """The gateway and the store behind it."""
    directory = work / "serve"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key, rsa_key_without_alg])
    with running(serve(directory, config=config)) as program:
        LOGS.append(program)
        yield program


@pytest.fixture(scope="session")
def store(work):
    """A store alone with the bucket `photos`."""
    with running(start_store(work / "store")) as program:
        LOGS.append(program)
        yield Store(program.url, STORE_KEY_ID, STORE_SECRET, program=program).create_bucket()


@pytest.fixture(scope="session")
def gateway(served):
    """The gateway, asked by nobody."""
    return Gateway(served.url, program=served)


def app_token(subject, **changes):
    return tokens.hs256(HS256_SECRET, tokens.claims(subject, **changes))


@pytest.fixture(scope="session")
def alice(gateway):
    return gateway.bearing(app_token("alice"))


@pytest.fixture(scope="session")
def bob(gateway):
    return gateway.bearing(app_token("bob"))


@pytest.fixture(scope="session")
def admin(gateway):
    """The local administrator, by the session cookie, as the page does it."""
    cookie = session_cookie(gateway.login("admin", ADMIN_PASSWORD))
    return gateway.with_cookie(cookie, ("Origin", gateway.url))


def session_cookie(answer):
    return answer.get("Set-Cookie").split(";")[0]


@pytest.fixture(scope="module")
def no_descriptors_lost(request):
    """After the tests of a module, every process has the descriptors that it had before."""
    programs = [request.getfixturevalue(name) for name in ("served", "store")]
    programs = [getattr(p, "program", None) or p for p in programs]
    before = [descriptor_count(p) for p in programs]
    yield
    for program, count in zip(programs, before):
        eventually(lambda p=program, c=count: descriptor_count(p) <= c + DESCRIPTOR_SLACK, 10)


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="more rounds of the tests that are a matter of chance")


def pytest_make_parametrize_id(config, val, argname):
    """Short names for tests whose parameters are long texts."""
    text = repr(val) if isinstance(val, (str, bytes)) else None
    return text[:40] + "..." if text and len(text) > 44 else None
