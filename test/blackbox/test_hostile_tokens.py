"""Siblings of SECURITY F1 to F20: what stands near the known attacks on JSON Web Tokens, against each algorithm, in the
Authorization field and in the issuer's cookie, on a route that reads and on one that writes."""

import hashlib
import json
import time

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import tokens
from clients import Gateway, problem
from conftest import HS256_SECRET, app_token, running, serve, write_configuration
from procs import run
from tokens import b64, claims, hmac_signature

ISSUER = "https://every.example.com/"
SECOND_ISSUER = "https://second.example.com/"
P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
ED25519_ORDER = 2 ** 252 + 27742317777372353535851937790883648493
FILE = {"name": "a.txt", "content_type": "text/plain", "size": 1}


class EcKey:
    kid = "ec"

    def __init__(self, curve=None):
        self.key = ec.generate_private_key(curve or ec.SECP256R1())
        numbers = self.key.public_key().public_numbers()
        size = (self.key.curve.key_size + 7) // 8
        self.jwk = {"kty": "EC", "crv": "P-256" if size == 32 else "P-384", "kid": self.kid, "use": "sig",
                    "x": b64(numbers.x.to_bytes(size, "big")), "y": b64(numbers.y.to_bytes(size, "big"))}

    def parts(self, text):
        return decode_dss_signature(self.der(text))

    def der(self, text):
        return self.key.sign(text, ec.ECDSA(hashes.SHA256()))

    def sign(self, text):
        return b"".join(n.to_bytes(32, "big") for n in self.parts(text))


class EdKey:
    kid = "ed"

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()
        self.jwk = {"kty": "OKP", "crv": "Ed25519", "kid": self.kid, "use": "sig",
                    "x": b64(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))}

    def sign(self, text):
        return self.key.sign(text)


def weak_rsa():
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    n = key.public_key().public_numbers().n
    return key, {"kty": "RSA", "kid": "weak", "n": b64(n.to_bytes(128, "big")), "e": "AQAB"}


RSA, EC, ED, P384, OTHER_EC, (WEAK, WEAK_JWK) = tokens.RsaKey("rsa"), EcKey(), EdKey(), EcKey(ec.SECP384R1()), EcKey(), weak_rsa()
TWIN = tokens.RsaKey("rsa")  # another key under the same name
SMALL_ORDER = {"kty": "OKP", "crv": "Ed25519", "kid": "small", "x": b64(b"\x01" + bytes(31))}
PUBLISHED = {"kty": "RSA", "kid": "leaked", "n": tokens.RsaKey("x").jwk["n"], "e": "AQAB", "d": b64(b"x" * 256)}
ENCRYPTING = tokens.RsaKey("enc")
NARROWED = tokens.RsaKey("narrow")


@pytest.fixture(scope="module")
def gate(work, rsa_key):
    """One issuer with a key of each kind, and keys that nobody may use."""
    directory = work / "every"
    directory.mkdir()
    useless = [WEAK_JWK, SMALL_ORDER, PUBLISHED, {**ENCRYPTING.jwk, "use": "enc"}, {**NARROWED.jwk, "alg": "RS512"},
               {**P384.jwk, "kid": "p384"}, {"kty": "oct", "kid": "oct", "k": b64(HS256_SECRET)}, {"kty": "unknown", "kid": "u"},
               {"kid": "nothing"}, {**EC.jwk, "kid": "off-curve", "y": b64(b"\x01" * 32)},
               {**OTHER_EC.jwk, "kid": "signing-only", "use": "sig", "key_ops": ["sign"]}]
    (directory / "every.json").write_text(json.dumps({"keys": [*useless, RSA.jwk, TWIN.jwk, EC.jwk, ED.jwk], "x": {"y": []}}))
    config = write_configuration(directory, [rsa_key], f"""
[[auth.jwt]]
name = "every"
issuer = "{ISSUER}"
audience = "{tokens.AUDIENCE}"
algorithms = ["RS256", "ES256", "EdDSA"]
jwks_file = "{directory / 'every.json'}"
cookie = "every_session"

[[auth.jwt]]
name = "second"
issuer = "{SECOND_ISSUER}"
audience = "{tokens.AUDIENCE}"
algorithms = ["HS256"]
secret = "{HS256_SECRET.decode()}"
cookie = "every_session"

""")
    with running(serve(directory, config=config)) as program:
        yield Gateway(program.url, program=program)


def payload(**changes):
    return claims("eve", iss=ISSUER, **changes)


def made(alg, kid, sign, header=None, body=None):
    return tokens.assemble({"alg": alg, "kid": kid, **(header or {})}, payload() if body is None else body, sign)


def test_each_kind_is_accepted(gate):
    for token in (made("RS256", "rsa", RSA.sign), made("RS256", "rsa", TWIN.sign), made("ES256", "ec", EC.sign),
                  made("EdDSA", "ed", ED.sign), tokens.assemble({"alg": "ES256"}, payload(), EC.sign),
                  made("EdDSA", "ed", ED.sign, {"typ": "at+jwt", "jwk": EC.jwk, "x5c": ["MIIB"], "cty": "JWT", "unknown": [1]})):
        assert gate.bearing(token).get("/v1/session").json()["principal"] == "user:every:eve"
        assert gate.with_cookie(f"every_session={token}").get("/v1/session").status == 200


def test_issuers_that_share_a_cookie(gate):
    """The token says whose it is; of another's it is none."""
    second = tokens.hs256(HS256_SECRET, claims("eve", iss=SECOND_ISSUER))
    for token, name in ((made("EdDSA", "ed", ED.sign), "every"), (second, "second")) * 2:
        assert gate.with_cookie(f"every_session={token}").get("/v1/session").json()["principal"] == f"user:{name}:eve"
    problem(gate.with_cookie(f"app_session={second}").get("/v1/session"), 401)
    problem(gate.with_cookie(f"every_session={app_token('eve')}").get("/v1/session"), 401)


def refused(gate, token, cookie="every_session"):
    """Everywhere, and with the same words: a refusal says nothing of what was wrong."""
    before = gate.bearing(made("EdDSA", "ed", ED.sign)).ids()
    callers = [gate.bearing(token)]
    if not set(token) & set(" \t,;\"\\\r\n"):
        callers += [gate.with_cookie(f"{cookie}={token}", ("Origin", gate.url))]
    seen = set()
    for caller in callers:
        for answer in (caller.get("/v1/session"), caller.get("/files/x"), caller.call("POST", "/v1/files", json_body=FILE),
                       caller.call("DELETE", "/v1/files/x")):
            problem(answer, 401, "bad_credential")
            assert answer.get("Set-Cookie") is None
            seen.add(answer.body)
        assert caller.call("HEAD", "/files/x").status == 401
    answer = gate.bearing(token).call("POST", "/v1/session")
    problem(answer, 401)
    assert answer.get("Set-Cookie") is None, "a session out of a token that is none"
    assert len(seen) == 1, seen
    assert gate.bearing(made("EdDSA", "ed", ED.sign)).ids() == before


def der_of(numbers):
    return lambda text: b"".join(n.to_bytes(32, "big") for n in numbers(*EC.parts(text)))


def long_s(text):
    """S + L: the same point, another text (RFC 8032 section 5.1.7)."""
    signature = ED.sign(text)
    s = int.from_bytes(signature[32:], "little") + ED25519_ORDER
    return signature[:32] + s.to_bytes(32, "little")


def pss(text):
    return RSA.key.sign(text, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def sha1(text):
    return RSA.key.sign(text, padding.PKCS1v15(), hashes.SHA1())


SIGNATURES = {
    "F4 zeros": ("ES256", "ec", lambda _: bytes(64)), "F4 r is 0": ("ES256", "ec", der_of(lambda r, s: (0, s))),
    "F4 s is 0": ("ES256", "ec", der_of(lambda r, s: (r, 0))), "F4 r is n": ("ES256", "ec", der_of(lambda r, s: (P256_ORDER, s))),
    "F4 s is n": ("ES256", "ec", der_of(lambda r, s: (r, P256_ORDER))),
    "F4 r is n + 1": ("ES256", "ec", der_of(lambda r, s: (P256_ORDER + 1, s))),
    "F4 all ones": ("ES256", "ec", lambda _: b"\xff" * 64), "F4 r = s = 1": ("ES256", "ec", der_of(lambda r, s: (1, 1))),
    "F4 swapped": ("ES256", "ec", der_of(lambda r, s: (s, r))), "F4 DER": ("ES256", "ec", EC.der),
    "F4 63 bytes": ("ES256", "ec", lambda t: EC.sign(t)[:63]), "F4 65 bytes": ("ES256", "ec", lambda t: EC.sign(t) + b"\0"),
    "F4 128 bytes": ("ES256", "ec", lambda t: EC.sign(t) * 2), "F4 leading zero": ("ES256", "ec", lambda t: b"\0" + EC.sign(t)),
    "F4 other key": ("ES256", "ec", OTHER_EC.sign), "F4 P-384 key": ("ES256", "p384", P384.der),
    "F4 SHA-384": ("ES384", "ec", lambda t: EC.key.sign(t, ec.ECDSA(hashes.SHA384()))),
    "F5 S not reduced": ("EdDSA", "ed", long_s), "F5 zeros": ("EdDSA", "ed", lambda _: bytes(64)),
    "F5 small order": ("EdDSA", "small", lambda _: b"\x01" + bytes(63)), "F5 63 bytes": ("EdDSA", "ed", lambda t: ED.sign(t)[:63]),
    "F5 65 bytes": ("EdDSA", "ed", lambda t: ED.sign(t) + b"x"), "F5 Ed25519 as its name": ("Ed25519", "ed", ED.sign),
    "RSA PSS": ("RS256", "rsa", pss), "RSA PS256": ("PS256", "rsa", pss), "RSA SHA-1": ("RS256", "rsa", sha1),
    "RSA RS1": ("RS1", "rsa", sha1), "RSA weak": ("RS256", "weak", lambda t: WEAK.sign(t, padding.PKCS1v15(), hashes.SHA256())),
    "RSA weak as RS256 of another": ("RS256", "rsa", lambda t: WEAK.sign(t, padding.PKCS1v15(), hashes.SHA256())),
    "RSA one": ("RS256", "rsa", lambda _: bytes(255) + b"\x01"), "RSA leading zero": ("RS256", "rsa", lambda t: b"\0" + RSA.sign(t)),
    "key for encryption": ("RS256", "enc", ENCRYPTING.sign), "key of RS512": ("RS256", "narrow", NARROWED.sign),
    "key for signing": ("ES256", "signing-only", OTHER_EC.sign), "secret in the set": ("HS256", "oct", lambda t: hmac_signature(HS256_SECRET, t)),
    "F2 RS256 names an EC key": ("RS256", "ec", EC.sign), "F2 ES256 names an RSA key": ("ES256", "rsa", RSA.sign),
    "F2 EdDSA names an EC key": ("EdDSA", "ec", EC.sign), "F2 HMAC with EC x": ("HS256", "ec", lambda t: hmac_signature(b64(
        EC.key.public_key().public_numbers().x.to_bytes(32, "big")).encode(), t)),
    "F2 HMAC with Ed25519 raw": ("HS256", "ed", lambda t: hmac_signature(ED.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), t)),
    "F2 HMAC with the PEM": ("HS256", "rsa", lambda t: hmac_signature(RSA.pem(), t)),
    "F2 HMAC with CRLF PEM": ("HS256", "rsa", lambda t: hmac_signature(RSA.pem().replace(b"\n", b"\r\n"), t)),
    "F2 HMAC with nothing": ("HS256", "rsa", lambda t: hmac_signature(b"", t)),
    "F2 HS384": ("HS384", "rsa", lambda t: hmac_signature(RSA.pem(), t, hashlib.sha384)),
    "F2 SHA-256 alone": ("RS256", "rsa", lambda t: hashlib.sha256(t).digest()),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(gate, name):
    alg, kid, sign = SIGNATURES[name]
    refused(gate, made(alg, kid, sign))
    refused(gate, tokens.assemble({"alg": alg}, payload(), sign))  # of any key


HEADERS = {
    "F1 alg in upper case": {"alg": "EDDSA"}, "F1 alg in lower case": {"alg": "eddsa"}, "F1 alg with a space": {"alg": "EdDSA "},
    "F1 alg with NUL": {"alg": "EdDSA\0"}, "F1 alg null": {"alg": None}, "F1 alg list": {"alg": ["EdDSA"]}, "F1 alg object": {"alg": {}},
    "F1 alg empty": {"alg": ""}, "F1 alg true": {"alg": True}, "F1 alg unicode": {"alg": "ＥdDSA"}, "F1 NONE": {"alg": "NONE"},
    "F6 crit exp": {"crit": ["exp"], "exp": 1}, "F6 crit alg": {"crit": ["alg"]}, "F6 crit null": {"crit": None},
    "F6 crit object": {"crit": {}}, "F6 crit number": {"crit": 1}, "F6 crit twice": {"crit": ["b64", "b64"], "b64": True},
    "F6 b64 true": {"b64": True}, "F6 b64 false without crit": {"b64": False},
    "F8 kid long": {"kid": "x" * 7000}, "F8 kid bool": {"kid": True}, "F8 kid float": {"kid": 1.5}, "F8 kid with NUL": {"kid": "ed\0"},
    "F8 kid with newline": {"kid": "ed\r\nX: y"}, "F8 kid path": {"kid": "/dev/null"}, "F8 kid url": {"kid": "http://127.0.0.1:1/"},
    "F8 kid shell": {"kid": "|/usr/bin/id"}, "F8 kid space": {"kid": "ed "}, "F8 kid case": {"kid": "ED"},
    "F15 typ of another": {"typ": "refresh+jwt"}, "F15 typ logout": {"typ": "logout+jwt"}, "F15 typ dpop": {"typ": "dpop+jwt"},
    "F15 typ JWE": {"typ": "JWE"}, "F15 typ number": {"typ": 1}, "F15 typ null": {"typ": None}, "F15 typ list": {"typ": ["JWT"]},
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers(gate, name):
    refused(gate, made("EdDSA", "ed", ED.sign, HEADERS[name]))


NOW = int(time.time())
CLAIMS = {
    "F9 float": {"exp": NOW + 3600.0}, "F9 fraction": {"exp": NOW + 3600.5}, "F9 true": {"exp": True}, "F9 list": {"exp": [NOW + 3600]},
    "F9 object": {"exp": {"$gt": 0}}, "F9 empty": {"exp": ""}, "F9 text of digits": {"exp": str(NOW + 3600)}, "F9 zero": {"exp": 0},
    "F9 now": {"exp": NOW}, "F9 2^31": {"exp": -2 ** 31}, "F9 2^53": {"exp": 2 ** 53}, "F9 2^63 - 1": {"exp": 2 ** 63 - 1},
    "F9 2^63": {"exp": 2 ** 63}, "F9 2^64 + soon": {"exp": 2 ** 64 + NOW + 3600}, "F9 10^300": {"exp": 10 ** 300},
    "F9 milliseconds": {"exp": (NOW - 10) * 1000}, "F9 year 10000": {"exp": 253402300800},
    "F10 nbf float": {"nbf": NOW + 0.5}, "F10 nbf null": {"nbf": None}, "F10 nbf 2^63": {"nbf": 2 ** 63}, "F10 nbf far": {"nbf": NOW + 10 ** 9},
    "F10 nbf list": {"nbf": []}, "F10 iat text": {"iat": "yesterday"}, "F10 iat negative": {"iat": -1}, "F10 iat far": {"iat": NOW + 10 ** 9},
    "F11 aud empty": {"aud": ""}, "F11 aud empty list": {"aud": []}, "F11 aud null": {"aud": None}, "F11 aud object": {"aud": {"files": 1}},
    "F11 aud nested": {"aud": [["files"]]}, "F11 aud with a number": {"aud": ["files", 1]}, "F11 aud case": {"aud": "Files"},
    "F11 aud space": {"aud": "files "}, "F11 aud joined": {"aud": "files,other"}, "F11 aud spaced": {"aud": "files other"},
    "F11 aud prefix": {"aud": "files2"}, "F11 aud with NUL": {"aud": "files\0"}, "F11 aud true": {"aud": True},
    "F11 iss without slash": {"iss": ISSUER[:-1]}, "F11 iss with path": {"iss": ISSUER + "x"}, "F11 iss http": {"iss": ISSUER.replace("https", "http")},
    "F11 iss NUL": {"iss": ISSUER + "\0"}, "F11 iss port": {"iss": "https://every.example.com:443/"}, "F11 iss object": {"iss": {}},
    "F11 iss of another": {"iss": tokens.ISSUER}, "F11 iss empty": {"iss": ""},
    "F15 typ refresh": {"typ": "Refresh"}, "F15 typ offline": {"typ": "Offline"}, "F15 typ id": {"typ": "ID"}, "F15 token_use": {"token_use": "id"},
    "F15 token_type": {"token_type": "refresh"}, "F15 type": {"type": "refresh"}, "F15 purpose share": {"purpose": "share"},
    "F15 purpose upload": {"purpose": "upload"}, "F15 typ refresh_token": {"typ": "refresh_token"}, "F15 token_use id_token": {"token_use": "id_token"},
    "sub null": {"sub": None}, "sub list": {"sub": ["eve"]}, "sub object": {"sub": {}}, "sub true": {"sub": True}, "sub NUL": {"sub": "e\0ve"},
    "sub newline": {"sub": "eve\r\nadmin"}, "sub long": {"sub": "e" * 256}, "sub float": {"sub": 1.5}, "groups text": {"groups": "file-admins"},
    "groups numbers": {"groups": [1]}, "groups object": {"groups": {"file-admins": True}}, "groups nested": {"groups": [["file-admins"]]},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims(gate, name):
    body = {**payload(), **CLAIMS[name]}
    refused(gate, made("EdDSA", "ed", ED.sign, body=body))


GOOD = json.dumps(payload()).encode()
BYTES = {
    "F12 exp twice": GOOD[:-1] + b',"exp":9999999999}', "F12 exp escaped": GOOD[:-1] + b',"\\u0065xp":9999999999}',
    "F12 iss twice": GOOD[:-1] + b',"iss":"x"}', "F12 aud twice, equal": GOOD[:-1] + b',"aud":"files"}',
    "F12 within": GOOD[:-1] + b',"x":{"a":1,"a":2}}', "F12 within a list": GOOD[:-1] + b',"x":[{"a":1,"a":1}]}',
    "BOM": b"\xef\xbb\xbf" + GOOD, "UTF-16": GOOD.decode().encode("utf-16-le"), "not UTF-8": GOOD[:-1] + b',"x":"\xff"}',
    "lone surrogate": GOOD[:-1] + b',"x":"\\ud800"}', "NaN": GOOD[:-1] + b',"x":NaN}', "Infinity": GOOD[:-1] + b',"exp":Infinity}',
    "single quotes": GOOD.replace(b'"', b"'"), "comment": GOOD[:-1] + b"/**/}", "trailing comma": GOOD[:-1] + b",}",
    "two documents": GOOD + GOOD, "list of it": b"[" + GOOD + b"]", "nested": b'{"claims":' + GOOD + b"}", "null": b"null", "number": b"1",
    "exp 1e999": GOOD[:-1] + b',"nbf":1e999}', "exp with plus": GOOD[:-1] + b',"nbf":+1}', "hexadecimal": GOOD[:-1] + b',"nbf":0x1}',
    "leading zero": GOOD[:-1] + b',"nbf":01}', "control character": GOOD[:-1] + b',"x":"a\nb"}', "deep": GOOD[:-1] + b',"x":' + b"[" * 50 + b"]" * 50 + b"}",
    "deep objects": GOOD[:-1] + b',"x":' + b'{"a":' * 40 + b"1" + b"}" * 41,
}


@pytest.mark.parametrize("name", BYTES)
def test_payload_bytes(gate, name):
    refused(gate, made("EdDSA", "ed", ED.sign, body=BYTES[name]))


def test_f14_nested_token_and_other_serializations(gate):
    """A token in a token, a JWE, and JWS in JSON are no bearer tokens."""
    good = made("EdDSA", "ed", ED.sign)
    header, body, signature = good.split(".")
    for token in (tokens.assemble({"alg": "EdDSA", "kid": "ed", "cty": "JWT"}, good.encode(), ED.sign),
                  ".".join([b64(b'{"alg":"dir","enc":"A128GCM"}'), "", b64(b"i" * 12), b64(b"x"), b64(b"t" * 16)]),
                  json.dumps({"protected": header, "payload": body, "signature": signature}),
                  json.dumps({"payload": body, "signatures": [{"protected": header, "signature": signature}]}),
                  f"{header}..{signature}", f".{body}.{signature}", f"{header}.{body}.{signature}.", f"{header}.{body}.{signature}~",
                  f"{header}%2E{body}%2E{signature}", f"{header}.{body}.{signature}%3D", f"{header} .{body}.{signature}",
                  f"{header}.{body}.{signature[:-1]}", f"{header}.{body}.{signature}\t", good.swapcase(), good * 2, f"{good},{good}",
                  f"{good} {good}"):
        answer = gate.bearing(token).get("/v1/session")
        if token.endswith("\t"):  # white space around a field's value is none of it (RFC 9110 section 5.5)
            assert answer.status == 200
        else:
            problem(answer, 401)


def test_f13_bits_beyond_the_last_byte(gate):
    """The same bytes in another spelling would be another token of the same life: a list of revoked ones would miss it."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    good = made("EdDSA", "ed", ED.sign)
    assert gate.bearing(good).get("/v1/session").status == 200
    last = alphabet.index(good[-1])
    for bit in (1, 2, 4, 8):
        refused(gate, good[:-1] + alphabet[last ^ bit])


def test_f20_two_of_them(gate):
    """No order of credentials lets the first one win."""
    eve, bob = made("EdDSA", "ed", ED.sign), made("EdDSA", "ed", ED.sign, body=claims("bob", iss=ISSUER))
    same, app = ("Cookie", f"every_session={eve}"), ("Cookie", f"app_session={app_token('eve')}")
    for fields in ([("Authorization", f"Bearer {bob}"), same], [same, ("Authorization", f"Bearer {bob}")], [same, app], [app, same],
                   [("Authorization", f"Bearer {eve}"), app]):
        problem(Gateway(gate.url, fields).get("/v1/session"), 400, "conflicting_credentials")
    for fields in ([("Cookie", f"every_session={eve}; every_session={bob}")], [("Cookie", f"every_session={eve}"), ("Cookie", f"every_session={bob}")],
                   [("Authorization", f"Bearer {eve}"), ("Authorization", f"Bearer {eve}")], [("Authorization", f"Bearer {eve}x"), same],
                   [("Authorization", f"Bearer {eve}"), ("Cookie", f"every_session={eve}x")], [same, ("Cookie", "signpost_session=nonsense")]):
        problem(Gateway(gate.url, fields).get("/v1/session"), 401)
    for where in ("access_token", "token", "jwt", "bearer", "Authorization"):
        problem(gate.get(f"/v1/session?{where}={eve}"), 401)
    for name in ("X-Authorization", "Proxy-Authorization", "X-Forwarded-Authorization", "X-Auth-Request-User", "X-Access-Token", "Remote-User"):
        problem(gate.get("/v1/session", [(name, f"Bearer {eve}")]), 401)


def test_f8_refusing_is_quick(gate):
    """Of a thousand tokens with keys that nobody has, each costs next to nothing: no key is looked for in a file or elsewhere."""
    bad = [made("EdDSA", f"../../../etc/passwd{n}", ED.sign) for n in range(300)]
    began = time.monotonic()
    for token in bad:
        problem(gate.bearing(token).get("/v1/session"), 401)
    assert (time.monotonic() - began) / len(bad) < 0.02, "with a connection each, on a busy machine"


@pytest.mark.parametrize("cookie", ["signpost_session", "__Host-signpost_session", "a b", "a=b"])
def test_a_cookie_that_no_issuer_can_have_does_not_start(work, tmp_path, cookie):
    """The gateway's own would be taken for the issuer's token, and the other way round: nobody could come in by either."""
    (tmp_path / "signpost.toml").write_text(f'[[auth.jwt]]\nname = "a"\nissuer = "i"\naudience = "f"\nalgorithms = ["HS256"]\n'
                                            f'secret = "{HS256_SECRET.decode()}"\ncookie = "{cookie}"\n')
    done = run("serve", "--config", tmp_path / "signpost.toml", "--data", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert done.returncode == 2 and "auth.jwt[0].cookie" in done.stderr, done


def test_f19_a_short_secret_does_not_start(work):
    for secret in ("", "x" * 31, "secret", "é" * 15):
        directory = work / f"short-{len(secret)}"
        directory.mkdir()
        path = directory / "signpost.toml"
        path.write_text(f'[[auth.jwt]]\nname = "a"\nissuer = "i"\naudience = "f"\nalgorithms = ["HS256"]\nsecret = "{secret}"\n')
        done = run("serve", "--config", path, "--data", directory / "data", "--listen", "127.0.0.1:0")
        assert done.returncode == 2 and "secret" in done.stderr, done
        assert not secret or secret not in done.stderr or secret == "secret"
