"""JSON Web Tokens made by hand, so that they can be wrong in every way."""

import base64
import hashlib
import hmac
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ISSUER = "https://auth.example.com/"
CORP_ISSUER = "https://corp.example.com/"
AUDIENCE = "files"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(subject, **changes):
    """Claims that the test servers accept; a change to None leaves the claim out."""
    moment = int(time.time())
    given = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": moment, "exp": moment + 3600}
    given.update(changes)
    return {name: value for name, value in given.items() if value is not None}


def hmac_signature(secret, signing_input, digest=hashlib.sha256):
    return hmac.new(secret, signing_input, digest).digest()


def assemble(header, payload, sign):
    """header and payload: a value to write as JSON, or bytes as they shall stand."""
    pieces = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    signing_input = ".".join(b64(piece) for piece in pieces)
    return f"{signing_input}.{b64(sign(signing_input.encode()))}"


def hs256(secret, payload, header=None):
    return assemble(header or {"alg": "HS256", "typ": "JWT"}, payload,
                    lambda text: hmac_signature(secret, text))


class RsaKey:
    def __init__(self, kid="corp-1", with_alg=True):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = kid
        numbers = self.key.public_key().public_numbers()
        self.jwk = {"kty": "RSA", "use": "sig", "kid": kid,
                    "n": b64(numbers.n.to_bytes(256, "big")), "e": b64(numbers.e.to_bytes(3, "big"))}
        if with_alg:
            self.jwk["alg"] = "RS256"

    def public(self, encoding, form):
        return self.key.public_key().public_bytes(encoding, form)

    def pem(self):
        return self.public(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def der(self):
        return self.public(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, text):
        return self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())

    def rs256(self, payload, header=None):
        return assemble(header or {"alg": "RS256", "typ": "JWT", "kid": self.kid}, payload, self.sign)
