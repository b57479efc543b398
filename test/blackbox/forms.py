"""Browsers' upload forms, written from Amazon's documents and from nothing of Signpost's: a policy, its signature, and
the multipart/form-data body as bytes. Every step can be bent."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import wire
from sigv4 import amz_date, now

BOUNDARY = "----signpost0123456789"


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sign_policy(signer, policy, day):
    """The hexadecimal signature over the policy's Base64 text."""
    key = ("AWS4" + signer.secret_access_key).encode()
    for step in (day, signer.region, signer.service, signer.terminator):
        key = mac(key, step)
    return hmac.new(key, policy.encode(), hashlib.sha256).hexdigest()


class Form:
    """fields: an ordered list of (name, value) that the test may change; `policy` is made of them by sign()."""

    def __init__(self, store, key="form/a.png", fields=(), conditions=(), expiration=None, moment=None, document=None,
                 signer=None):
        self.store, self.signer = store, signer or store.signer
        moment = moment or now()
        day = moment.strftime("%Y%m%d")
        scope = f"{self.signer.access_key_id}/{day}/{self.signer.region}/{self.signer.service}/{self.signer.terminator}"
        own = [("key", key), *fields]
        own = [(n, v) for n, v in own if v is not None]
        signature = [("x-amz-algorithm", "AWS4-HMAC-SHA256"), ("x-amz-credential", scope), ("x-amz-date", amz_date(moment))]
        if expiration is None:
            expiration = (now() + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        covered = {c[1][1:].lower() if isinstance(c, list) and isinstance(c[1], str) else n.lower()
                   for c in conditions for n in (c if isinstance(c, dict) else [""])}
        exact = [{n: v} for n, v in [*own, *signature, ("bucket", store.bucket)] if n.lower() not in covered]
        if document is None:
            document = json.dumps({"expiration": expiration, "conditions": [*conditions, *exact]})
        policy = base64.b64encode(document.encode() if isinstance(document, str) else document).decode()
        self.fields = [*own, *signature, ("policy", policy), ("x-amz-signature", sign_policy(self.signer, policy, day))]
        store_secrets(self.fields)

    def replace(self, name, value):
        self.fields = [(n, value if n == name else v) for n, v in self.fields]
        return self

    def without(self, name):
        self.fields = [(n, v) for n, v in self.fields if n != name]
        return self

    def add(self, name, value, first=False):
        self.fields = [(name, value), *self.fields] if first else [*self.fields, (name, value)]
        return self

    def send(self, data=b"bytes of the file", filename="a.png", **more):
        return post(self.store, body_of(self.fields, data, filename), **more)


def store_secrets(fields):
    from clients import SECRETS
    SECRETS.add(dict(fields)["x-amz-signature"])


def part(name, value, filename=None, extra=""):
    more = f'; filename="{filename}"' if filename is not None else ""
    value = value.encode() if isinstance(value, str) else value
    return (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n{extra}\r\n'.encode() + value + b"\r\n")


def body_of(fields, data, filename="a.png", after=b"", end=f"--{BOUNDARY}--\r\n".encode()):
    parts = b"".join(part(n, v) for n, v in fields)
    return parts + part("file", data, filename, "Content-Type: image/png\r\n") + after + end


def post(store, body, headers=(), content_type=f"multipart/form-data; boundary={BOUNDARY}", bucket=None):
    fields = [*headers]
    if content_type is not None:
        fields.append(("Content-Type", content_type))
    return wire.request(store.address, "POST", f"/{store.bucket if bucket is None else bucket}", fields, body)
