"""What the app's and the issuer's own servers may answer in bad faith or by a bug (SECURITY F17, O): redirects, floods, drips,
1xx answers, broken framing, bytes after the end. None of it lets anybody in, holds anybody up, or stays on a connection."""

import json
import socket
import threading
import time
from contextlib import contextmanager

import pytest

import tokens
from clients import Gateway, problem
from conftest import app_token, running, serve, write_configuration
from procs import descriptor_count, eventually, resident_bytes, sanitized
from samples import png

DATA = png(seed=29)
ISSUER = "https://raw.example.com/"
MIB = 1 << 20
KEY = tokens.RsaKey("raw")
JWKS = json.dumps({"keys": [KEY.jwk]}).encode()


class Raw:
    """A server that answers each request with the bytes that it is told to, and then does as told with the connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answer, self.asked, self.connections = (lambda connection: None), 0, 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            connection.settimeout(20)
            try:
                while self._read_request(connection):
                    self.asked += 1
                    self.answer(connection)
            except OSError:
                pass

    @staticmethod
    def _read_request(connection):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return False
            data += piece
        head, body = data.split(b"\r\n\r\n", 1)
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            body += connection.recv(65536)
        return True

    def says(self, *pieces, close=True, every=0.0):
        def answer(connection):
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(every)
            if close:
                raise ConnectionAbortedError
        self.answer, self.asked = answer, 0

    def close(self):
        self.listener.close()


def flood(connection, start=b"", piece=b"a" * 65536, most=256 * MIB):
    """Sends for ever, or until the other side has had enough."""
    connection.sendall(start)
    sent = 0
    while sent < most:
        connection.sendall(piece)
        sent += len(piece)


def drip(connection, start=b"", piece=b"a", every=0.2, seconds=15):
    connection.sendall(start)
    for _ in range(int(seconds / every)):
        connection.sendall(piece)
        time.sleep(every)


OK = b"HTTP/1.1 200 OK\r\n"
YES = OK + b"X-User: mallory\r\nContent-Length: 0\r\n\r\n"


def answers(port):
    """Each is no answer, whoever asked. `port` is of a server that must never be asked."""
    return {
        "nothing": [b""], "garbage": [b"\x16\x03\x01\x00\x05hello\r\n\r\n"], "half a head": [OK + b"X-User: mallory\r\n"],
        "HTTP/0.9": [b"<html>X-User: mallory</html>"], "HTTP/2": [b"HTTP/2.0 200 OK\r\nX-User: mallory\r\nContent-Length: 0\r\n\r\n"],
        "HTTP/3.0": [b"HTTP/3.0 200 OK\r\nX-User: m\r\n\r\n"], "status 20": [b"HTTP/1.1 20 OK\r\nX-User: m\r\n\r\n"],
        "status 2000": [b"HTTP/1.1 2000 OK\r\nX-User: m\r\n\r\n"], "status -1": [b"HTTP/1.1 -200 OK\r\nX-User: m\r\n\r\n"],
        "status word": [b"HTTP/1.1 yes OK\r\nX-User: m\r\n\r\n"], "status 000": [b"HTTP/1.1 000 OK\r\nX-User: m\r\n\r\n"],
        "two lengths": [OK + b"X-User: m\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n"],
        "length and chunks": [OK + b"X-User: m\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
        "negative length": [OK + b"X-User: m\r\nContent-Length: -1\r\n\r\n"], "two codings": [OK + b"X-User: m\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"],
        "gzip coding": [OK + b"X-User: m\r\nTransfer-Encoding: gzip\r\n\r\n"], "folded": [OK + b"X-User: m\r\n x\r\nContent-Length: 0\r\n\r\n"],
        "bare LF": [OK.replace(b"\r", b"") + b"X-User: m\n\n"], "NUL": [OK + b"X-User: m\0\r\nContent-Length: 0\r\n\r\n"],
        "space in a name": [OK + b"X-User : m\r\nContent-Length: 0\r\n\r\n"], "no colon": [OK + b"X-User m\r\n\r\n"],
        "a head of 1 MiB": [OK + b"X-Long: " + b"a" * MIB + b"\r\nX-User: m\r\n\r\n"],
        "10,000 fields": [OK + b"A: b\r\n" * 10000 + b"X-User: m\r\n\r\n"],
        "redirect": [f"HTTP/1.1 302 Found\r\nX-User: m\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n".encode()],
        "redirect 308": [f"HTTP/1.1 308 Moved\r\nX-User: m\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n".encode()],
        "refresh": [f"HTTP/1.1 500 No\r\nX-User: m\r\nRefresh: 0; url=http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n".encode()],
        "switch": [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nX-User: m\r\n\r\n", b"PRI"],
        "only interim": [b"HTTP/1.1 100 Continue\r\nX-User: m\r\n\r\n" * 3], "interim without end": [b"HTTP/1.1 103 Early Hints\r\nX-User: m\r\n\r\n"] * 40,
        "not modified": [b"HTTP/1.1 304 Not Modified\r\nX-User: m\r\n\r\n"],
    }


@pytest.fixture(scope="module")
def trap():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        yield listener


@pytest.fixture(scope="module")
def names(trap):
    return answers(trap.getsockname()[1])


NAMES = list(answers(0))


@pytest.fixture(scope="module")
def raw():
    server = Raw()
    yield server
    server.close()


@contextmanager
def gateway(directory, rsa_key, extra):
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], extra)
    with running(serve(directory, config=config, env={"SIGNPOST__SERVER__THREADS": "1"})) as program:
        yield Gateway(program.url, program=program)


@pytest.fixture(scope="module")
def gate(work, raw, rsa_key):
    """The same server says who somebody is, and who may."""
    with gateway(work / "raw", rsa_key, f"""
[[auth.forward]]
name = "raw"
url = "http://127.0.0.1:{raw.port}/whoami"
request_headers = ["Cookie"]
principal_header = "X-User"
cache = "0s"

[auth.callback]
url = "http://127.0.0.1:{raw.port}/may"
cache = "0s"

""") as gate:
        yield gate


@pytest.fixture(scope="module")
def photo(gate):
    return gate.bearing(app_token("owner")).upload(DATA, "a.png", "image/png")["id"]


def visitor(gate, cookie):
    """Whom only the app knows. What he shows is no secret, so the logs may hold it."""
    return Gateway(gate.url, [("Cookie", cookie)], gate.program)


def never_asked(trap):
    with pytest.raises(TimeoutError):
        trap.accept()


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_lets_nobody_in(raw, gate, photo, names, trap, name):
    pieces = names[name]
    raw.says(*pieces, every=0.1 if len(pieces) > 3 else 0)
    began = time.monotonic()
    problem(visitor(gate, f"sid={name}").get("/v1/session"), 503, "auth_unavailable")
    problem(gate.bearing(app_token("guest")).get(f"/files/{photo}"), 404)
    assert time.monotonic() - began < 8
    assert raw.asked == 2, "asked again"
    never_asked(trap)
    raw.says(YES, close=False)
    assert visitor(gate, "sid=after").get("/v1/session").json()["principal"] == "user:raw:mallory"


@pytest.mark.parametrize("name", ["head", "field", "interim", "body"])
def test_floods_are_bounded(raw, gate, photo, name):
    start, piece = {"head": (OK, b"X-A: b\r\n" * 8192), "field": (OK + b"X-User: ", b"a" * 65536),
                    "interim": (b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 2048),
                    "body": (OK + b"X-User: fran\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"a" * 65536 + b"\r\n")}[name]
    raw.answer = lambda connection: flood(connection, start, piece)
    pid = gate.program.listener_pid(gate.url)
    before, began = resident_bytes(pid), time.monotonic()
    who = visitor(gate, f"sid={name}").get("/v1/session")
    may = gate.bearing(app_token("guest")).get(f"/files/{photo}")
    assert time.monotonic() - began < 8
    if name == "body":  # the head has said it all, and the body is not read
        assert who.json()["principal"] == "user:raw:fran" and may.status == 302
    else:
        problem(who, 503)
        problem(may, 404)
    if not sanitized():  # ASan keeps what was freed, 256 MiB of it
        assert resident_bytes(pid) - before < 8 * MIB


@pytest.mark.parametrize("name", ["status line", "field", "interim", "connect and nothing"])
def test_drips_end_in_time(raw, gate, photo, name):
    """The deadline is for the whole answer: more bytes do not move it."""
    start, piece = {"status line": (b"HTTP/1.1 200 ", b"O"), "field": (OK + b"X-User: ", b"a"),
                    "interim": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), "connect and nothing": (b"", b"")}[name]
    raw.answer = lambda connection: drip(connection, start, piece)
    for ask in (lambda: problem(visitor(gate, f"sid=drip-{name}").get("/v1/session"), 503),
                lambda: problem(gate.bearing(app_token("guest")).get(f"/files/{photo}"), 404)):
        began = time.monotonic()
        ask()
        assert 1.5 < time.monotonic() - began < 3.5
    # who needs no answer does not wait for one
    with_own = gate.bearing(app_token("owner"))
    threading.Thread(target=lambda: visitor(gate, "sid=waits").get("/v1/session")).start()
    time.sleep(0.1)
    began = time.monotonic()
    assert with_own.get(f"/files/{photo}").status == 302
    assert time.monotonic() - began < 0.5


def test_what_comes_after_the_end_is_of_nobody(raw, gate):
    """An answer that is followed by another one: the second is not taken for the next question's."""
    raw.says(YES + OK + b"X-User: root\r\nContent-Length: 0\r\n\r\n", close=False)
    for name in ("one", "two", "three"):
        assert visitor(gate, f"sid=junk-{name}").get("/v1/session").json()["principal"] == "user:raw:mallory"

    def late(connection):
        connection.sendall(YES)
        time.sleep(0.2)
        connection.sendall(OK + b"X-User: root\r\nContent-Length: 0\r\n\r\n")
    raw.answer = late
    for name in ("one", "two", "three"):
        assert visitor(gate, f"sid=late-{name}").get("/v1/session").json()["principal"] == "user:raw:mallory"
        time.sleep(0.4)
    raw.says(OK + b"X-User: mallory\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-User: root\r\n\r\n", close=False)
    for name in ("one", "two"):
        assert visitor(gate, f"sid=trailer-{name}").get("/v1/session").json()["principal"] == "user:raw:mallory"


@pytest.mark.parametrize("value", ["", " ", "root\0", "a" * 256, "a\tb", "\x01", "a\x7f"], ids=repr)
def test_names_that_are_none(raw, gate, value):
    raw.says(OK + b"X-User: " + value.encode("latin-1") + b"\r\nContent-Length: 0\r\n\r\n", close=False)
    answer = visitor(gate, "sid=name" + value.encode().hex()[:40]).get("/v1/session")
    assert answer.status in (401, 503), answer


def test_interim_answers_are_skipped(raw, gate, photo):
    raw.says(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-User: root\r\nLink: <x>\r\n\r\n", YES, close=False)
    assert visitor(gate, "sid=interim").get("/v1/session").json()["principal"] == "user:raw:mallory"
    assert gate.bearing(app_token("guest")).get(f"/files/{photo}").status == 302


def test_connections_are_kept_and_none_is_lost(raw, gate, photo):
    raw.says(YES, close=False)
    visitor(gate, "sid=warm").get("/v1/session")
    count, before = raw.connections, descriptor_count(gate.program)
    for number in range(30):
        assert visitor(gate, f"sid=kept-{number}").get("/v1/session").status == 200
    assert raw.connections - count <= 1
    raw.says(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")
    for number in range(30):
        visitor(gate, f"sid=short-{number}").get("/v1/session")
    eventually(lambda: descriptor_count(gate.program) <= before + 4, 20)


# The issuer's key set

SETS = {
    "text": b'"keys"', "no keys": b"{}", "keys object": b'{"keys":{}}', "keys text": b'{"keys":"x"}', "keys null": b'{"keys":null}',
    "a list": json.dumps([KEY.jwk]).encode(), "the key alone": json.dumps(KEY.jwk).encode(), "keys twice": JWKS[:-1] + b',"keys":[]}',
    "an element that is no object": b'{"keys":[1]}', "101 keys": json.dumps({"keys": [KEY.jwk] * 101}).encode(), "BOM": b"\xef\xbb\xbf" + JWKS,
    "UTF-16": JWKS.decode().encode("utf-16"), "deep": b'{"keys":[{"a":' + b"[" * 100 + b"]" * 100 + b"}]}", "trailing": JWKS + b"x",
    "cut": JWKS[:-10], "HTML": b"<!doctype html><title>Sign in</title>", "PEM": KEY.pem(), "only unknown kinds": b'{"keys":[{"kty":"PQ","kid":"raw"}]}',
    "only symmetric": json.dumps({"keys": [{"kty": "oct", "kid": "raw", "k": tokens.b64(KEY.pem())}]}).encode(),
    "private": json.dumps({"keys": [{**KEY.jwk, "d": "AQAB"}]}).encode(), "for encryption": json.dumps({"keys": [{**KEY.jwk, "use": "enc"}]}).encode(),
    "of another algorithm": json.dumps({"keys": [{**KEY.jwk, "alg": "RS512"}]}).encode(), "exponent 1": json.dumps({"keys": [{**KEY.jwk, "e": "AQ"}]}).encode(),
    "even exponent": json.dumps({"keys": [{**KEY.jwk, "e": "Ag"}]}).encode(), "no modulus": json.dumps({"keys": [{**KEY.jwk, "n": ""}]}).encode(),
    "modulus with padding": json.dumps({"keys": [{**KEY.jwk, "n": KEY.jwk["n"] + "=="}]}).encode(),
    "modulus of 64 KiB": json.dumps({"keys": [{**KEY.jwk, "n": tokens.b64(b"\xff" * 65536)}]}).encode(), "kid number": json.dumps({"keys": [{**KEY.jwk, "kid": 1}]}).encode(),
    "600 KiB": JWKS[:-1] + b',"x":"' + b"a" * 600_000 + b'"}', "empty body": b"",
}


@contextmanager
def keyed(directory, rsa_key, raw):
    with gateway(directory, rsa_key, f"""
[[auth.jwt]]
name = "raw"
issuer = "{ISSUER}"
audience = "{tokens.AUDIENCE}"
algorithms = ["RS256"]
jwks_url = "http://127.0.0.1:{raw.port}/keys"

""") as gate:
        yield gate


def ok(body):
    return OK + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def token(subject="ria"):
    return KEY.rs256(tokens.claims(subject, iss=ISSUER))


@pytest.mark.timeout(240)
def test_f17_sets_that_are_none(work, rsa_key):
    """One gateway for each would take minutes: the issuer's cooldown lets one attempt through at a time, so each set gets a program
    that starts with it, all at once."""
    from concurrent.futures import ThreadPoolExecutor
    servers = {name: Raw() for name in SETS}

    def one(name):
        servers[name].says(ok(SETS[name]), close=False)
        with keyed(work / f"set-{name.replace(' ', '-')}", rsa_key, servers[name]) as gate:
            answer = gate.bearing(token()).get("/v1/session")
            return answer.status, gate.bearing(app_token("ann")).get("/v1/session").status, gate.program.log()

    with ThreadPoolExecutor(6) as pool:
        for name, (status, other, log) in zip(SETS, pool.map(one, SETS)):
            assert status == 401 and other == 200, name
            assert "jwks_url" in log, f"{name}: the log does not say what was wrong"
    for server in servers.values():
        server.close()


def test_f17_good_keys_among_bad_ones(work, rsa_key, raw):
    """Keys of no use are passed over, also of the same name, and a key's name may come twice."""
    others = [{"kty": "PQ"}, {"kty": "RSA", "kid": "raw", "n": tokens.b64(b"\xff" * 64), "e": "AQAB"}, {**KEY.jwk, "use": "enc"},
              {"kty": "EC", "crv": "P-521", "kid": "raw", "x": "AA", "y": "AA"}, tokens.RsaKey("raw").jwk, {"kty": "oct", "k": "AA"}]
    raw.says(ok(json.dumps({"keys": [*others, KEY.jwk, KEY.jwk], "more": {"a": 1}}).encode()), close=False)
    with keyed(work / "set-mixed", rsa_key, raw) as gate:
        assert gate.bearing(token()).get("/v1/session").json()["principal"] == "user:raw:ria"
        chunks = b"".join(f"{len(JWKS[i:i + 7]):x}\r\n".encode() + JWKS[i:i + 7] + b"\r\n" for i in range(0, len(JWKS), 7)) + b"0\r\n\r\n"
        raw.says(b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"Transfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n" + chunks)
        assert gate.bearing(tokens.RsaKey("new").rs256(tokens.claims("x", iss=ISSUER))).get("/v1/session").status == 401
        assert gate.bearing(token()).get("/v1/session").status == 200
