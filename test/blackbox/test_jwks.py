"""jwks_url: an issuer's keys come from a server, are fetched aside, and end (SECURITY cases F7, F16 to F18)."""

import json
import os
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import tokens
import wire
from clients import SECRETS, Gateway, problem
from conftest import app_token, running, serve, write_configuration
from procs import eventually

ISSUER = "https://idp.example.com/"
JSON = (("Content-Type", "application/json"),)


class Idp:
    """The issuer's server: answers as `answer` says and remembers when it was asked."""

    def __init__(self, tls=None):
        self.asked, self.answer = [], None
        idp = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                idp.asked.append((time.monotonic(), self.path, dict(self.headers)))
                try:
                    idp.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://localhost:{self.port}/keys?set=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def says(self, status, body=b"", headers=JSON, after=0.0):
        def answer(handler):
            time.sleep(after)
            handler.send_response(status)
            for name, value in headers:
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        self.answer = answer

    def publishes(self, *keys, after=0.0):
        self.says(200, json.dumps({"keys": [key.jwk for key in keys]}).encode(), after=after)

    def drips(self):
        """One byte a second, for ever."""
        def answer(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            while True:
                handler.wfile.write(b" ")
                time.sleep(1)
        self.answer = answer

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def idp_and_gateway(directory, rsa_key, prepare, url=None, env=None, tls=None):
    """`prepare` says how the server answers before anybody asks."""
    idp = Idp(tls)
    prepare(idp)
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], f"""
[[auth.jwt]]
name = "idp"
issuer = "{ISSUER}"
audience = "{tokens.AUDIENCE}"
algorithms = ["RS256"]
jwks_url = "{url or idp.url}"
cookie = "idp_session"

""")
    try:
        with running(serve(directory, config=config, env=env)) as program:
            yield idp, Gateway(program.url, program=program)
    finally:
        idp.close()


@pytest.fixture(scope="module")
def keys():
    return [tokens.RsaKey(f"idp-{n}") for n in range(3)]


def token(key, subject="ida", header=None, **changes):
    made = key.rs256(tokens.claims(subject, iss=ISSUER, **changes), header)
    SECRETS.add(made)
    return made


def status(gate, text):
    return gate.bearing(text).get("/v1/session").status


def fetches(idp, seconds):
    return sum(1 for at, _, _ in idp.asked if at > time.monotonic() - seconds)


@pytest.mark.timeout(120)
def test_keys_come_from_the_url_and_rotate(work, rsa_key, keys):
    old, new, foreign = keys
    with idp_and_gateway(work / "jwks", rsa_key, lambda idp: idp.publishes(old, after=1)) as (idp, gate):
        # the first ones wait for the first fetch, all for the same
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda _: status(gate, token(old)), range(8))) == [200] * 8
        assert [path for _, path, _ in idp.asked] == ["/keys?set=1"]
        assert gate.bearing(token(old)).get("/v1/session").json()["principal"] == "user:idp:ida"
        assert gate.with_cookie(f"idp_session={token(old)}").get("/v1/session").status == 200
        assert {"cookie", "authorization"}.isdisjoint(name.lower() for name in idp.asked[0][2])
        # a new key: its first token has the set fetched, and already passes
        idp.publishes(old, new)
        remembered = token(old)
        assert status(gate, token(new)) == 200 and [status(gate, remembered) for _ in range(20)] == [200] * 20
        assert len(idp.asked) == 2
        # now the attempt is used up: a key that nobody published costs no fetch
        problem(gate.bearing(token(foreign)).get("/v1/session"), 401)
        assert len(idp.asked) == 2
        # an algorithm is its key's, whatever the header says
        forged = tokens.hs256(old.pem(), tokens.claims("ida", iss=ISSUER), {"alg": "HS256", "kid": old.kid})
        problem(gate.bearing(forged).get("/v1/session"), 401)
        # a key that goes: the regular fetch ends its tokens
        idp.publishes(new)
        eventually(lambda: status(gate, remembered) == 401, 40, every=1)
        assert {status(gate, one) for one in [remembered, token(old)] * 20} == {401}
        assert status(gate, token(new)) == 200
        assert len(idp.asked) <= 4


def test_a_token_that_was_good_ends_to_the_second(gateway, rsa_key):
    end = int(time.time()) + 3
    made = rsa_key.rs256(tokens.claims("rob", iss=tokens.CORP_ISSUER, exp=end))
    good = bad = 0
    while bad < 20:
        began = time.time()
        answer = status(gateway, made)
        if time.time() < end:
            assert answer == 200
            good += 1
        elif began >= end:
            assert answer == 401
            bad += 1
    assert good > 20


def test_keys_named_by_a_token_are_not_fetched(work, rsa_key, keys):
    """F7: whoever holds the token chooses what it names."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(1)
        url = f"http://127.0.0.1:{trap.getsockname()[1]}/keys"
        with idp_and_gateway(work / "jwks-header", rsa_key, lambda idp: idp.publishes(keys[0])) as (idp, gate):
            assert status(gate, token(keys[0])) == 200
            for name, value in (("jku", url), ("x5u", url), ("jwk", keys[1].jwk), ("x5c", ["MIIB"])):
                for kid in ({}, {"kid": keys[0].kid}, {"kid": "mine"}):
                    made = token(keys[1], header={"alg": "RS256", name: value, **kid})
                    assert status(gate, made) == 401, (name, kid)
            with pytest.raises(TimeoutError):
                trap.accept()
            assert len(idp.asked) <= 2


STORM = 1_000  # tokens a second
BATCH, BATTERIES = 25, 8


def storm(gate, keys, seconds):
    """Tokens with random "kid", STORM a second; how many there were."""
    parts = token(keys[1]).split(".")

    def attack(_):
        done, began = 0, time.monotonic()
        with wire.Connection(gate.address) as connection:
            while done * BATTERIES < STORM * seconds:
                time.sleep(max(0, began + done * BATTERIES / STORM - time.monotonic()))
                text = b""
                for _ in range(BATCH):
                    kid = tokens.b64(json.dumps({"alg": "RS256", "kid": os.urandom(8).hex()}).encode())
                    bearer = ("Authorization", f"Bearer {kid}.{parts[1]}.{parts[2]}")
                    text += wire.head("GET", "/v1/session", [("Host", gate.address.authority), bearer])
                connection.send(text)
                for _ in range(BATCH):
                    answer = connection.response()
                    assert answer.status == 401, answer
                done += BATCH
        return done

    with ThreadPoolExecutor(BATTERIES) as pool:
        return sum(pool.map(attack, range(BATTERIES)))


def p99_of_good(gate, good, stop):
    """What a good token takes, asked again and again until stop() says so."""
    took = []
    while not stop():
        began = time.monotonic()
        assert status(gate, good) == 200
        took.append(time.monotonic() - began)
        time.sleep(0.01)
    return sorted(took)[int(len(took) * 0.99)]


@pytest.mark.parametrize("answers", ["well", "with 500", "with nothing", "with garbage", "slowly"])
def test_a_storm_of_random_key_names(work, rsa_key, keys, answers):
    """F16: at most two fetches in all, also where they fail, and who has a good token does not notice."""
    directory = work / f"jwks-storm-{answers.replace(' ', '-')}"
    seconds = 10 if answers == "well" else 2
    with idp_and_gateway(directory, rsa_key, lambda idp: idp.publishes(keys[0])) as (idp, gate):
        good = token(keys[0])
        assert status(gate, good) == 200
        quiet = time.monotonic() + 2
        usual = p99_of_good(gate, good, lambda: time.monotonic() > quiet)
        {"well": lambda: None, "with 500": lambda: idp.says(500), "with nothing": lambda: idp.says(200, b'{"keys":[]}'),
         "with garbage": lambda: idp.says(200, b"<html>"), "slowly": idp.drips}[answers]()
        idp.asked.clear()
        with ThreadPoolExecutor(1) as pool:
            began = time.monotonic()
            attack = pool.submit(storm, gate, keys, seconds)
            p99 = p99_of_good(gate, good, attack.done)
            assert attack.result() == STORM * seconds
            assert time.monotonic() - began < seconds + 8, "a fetch that is slow holds the first ones up, and no others"
        assert len(idp.asked) <= 2, len(idp.asked)
        # the tests' own threads are in the way too: what is asked is that nobody waits for a fetch
        assert p99 < max(2 * usual, 0.1), (p99, usual)
        assert status(gate, token(keys[0])) == 200


@pytest.mark.parametrize("trouble", ["down", "404", "500", "garbage", "empty", "symmetric", "huge", "slow", "silent", "redirect", "cut"])
def test_trouble_keeps_the_old_keys(work, rsa_key, keys, trouble):
    """F17: an attempt that fails changes nothing for tokens whose key is known, and nobody else waits."""
    with idp_and_gateway(work / f"jwks-{trouble}", rsa_key, lambda idp: idp.publishes(keys[0])) as (idp, gate), \
            socket.create_server(("127.0.0.1", 0)) as trap:
        good = token(keys[0])
        assert status(gate, good) == 200
        secret = {"kty": "oct", "kid": keys[1].kid, "k": tokens.b64(b"x" * 32)}
        elsewhere = f"http://127.0.0.1:{trap.getsockname()[1]}/keys"

        def cut(handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"keys\":")
            handler.close_connection = True
        {"down": idp.close, "404": lambda: idp.says(404), "500": lambda: idp.says(500),
         "garbage": lambda: idp.says(200, b"{"), "empty": lambda: idp.says(200, b'{"keys":[]}'),
         "symmetric": lambda: idp.says(200, json.dumps({"keys": [secret]}).encode()),
         "huge": lambda: idp.says(200, json.dumps({"keys": [keys[1].jwk], "x": "x" * (10 << 20)}).encode()),
         "slow": idp.drips, "silent": lambda: setattr(idp, "answer", lambda _: time.sleep(20)),
         "redirect": lambda: idp.says(302, headers=(("Location", elsewhere),)),
         "cut": lambda: setattr(idp, "answer", cut)}[trouble]()
        idp.asked.clear()
        with ThreadPoolExecutor(1) as pool:
            began = time.monotonic()
            unknown = pool.submit(lambda: gate.bearing(token(keys[1])).get("/v1/session"))
            while not unknown.done():
                one = time.monotonic()
                assert status(gate, good) == 200
                assert time.monotonic() - one < 1
                time.sleep(0.1)
            problem(unknown.result(), 401)
            assert time.monotonic() - began < 7
        assert len(idp.asked) <= 1
        assert status(gate, good) == 200 and status(gate, token(keys[1])) == 401
        trap.settimeout(0.1)
        with pytest.raises(TimeoutError):
            trap.accept()


def test_an_issuer_that_is_down_at_the_start_is_heard_when_it_is_back(work, rsa_key, keys):
    with idp_and_gateway(work / "jwks-late", rsa_key, lambda idp: idp.says(503)) as (idp, gate):
        problem(gate.bearing(token(keys[0])).get("/v1/session"), 401)
        assert status(gate, app_token("ann")) == 200, "other issuers are not concerned"
        idp.publishes(keys[0])
        eventually(lambda: status(gate, token(keys[0])) == 200, 12, every=0.5)
        assert fetches(idp, 60) <= 4


def test_https_is_checked(work, rsa_key, keys):
    certificate, key = work / "idp.pem", work / "idp.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    trusting = {"SSL_CERT_FILE": str(certificate)}
    with idp_and_gateway(work / "jwks-tls", rsa_key, lambda idp: idp.publishes(keys[0]), env=trusting, tls=tls) as (_, gate):
        assert status(gate, token(keys[0])) == 200
    with idp_and_gateway(work / "jwks-tls-unknown", rsa_key, lambda idp: idp.publishes(keys[0]), tls=tls) as (idp, gate):
        assert status(gate, token(keys[0])) == 401 and not idp.asked
