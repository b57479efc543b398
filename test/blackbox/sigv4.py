"""AWS Signature Version 4 for S3, written from Amazon's documents and from nothing of Signpost's. Every step can be
bent: a test changes an attribute before signing, or the pieces after it."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

EMPTY = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"


def encode(text):
    return quote(text, safe="-._~")


def encode_path(text):
    return quote(text, safe="/-._~")


def now():
    return datetime.now(timezone.utc).replace(microsecond=0)


def amz_date(moment):
    return moment.strftime("%Y%m%dT%H%M%SZ")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def _mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


@dataclass
class Signer:
    access_key_id: str
    secret_access_key: str
    region: str = "us-east-1"
    service: str = "s3"
    terminator: str = "aws4_request"
    algorithm: str = "AWS4-HMAC-SHA256"
    scope_date: str = None  # YYYYMMDD where it is not the request's own
    moment: datetime = None  # now where None
    signed_headers: list = None  # the names to list and sign, where not the right ones

    def but(self, **changes):
        return replace(self, **changes)

    def _scope(self, moment):
        day = self.scope_date if self.scope_date is not None else moment.strftime("%Y%m%d")
        return f"{day}/{self.region}/{self.service}/{self.terminator}"

    def _signature(self, canonical, moment):
        scope = self._scope(moment)
        text = "\n".join([self.algorithm, amz_date(moment), scope, sha256(canonical.encode("latin-1"))])
        key = ("AWS4" + self.secret_access_key).encode()
        for step in scope.split("/"):
            key = _mac(key, step)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def _canonical(method, path, pairs, headers, names, payload):
        query = "&".join(f"{n}={v}" for n, v in sorted((encode(n), encode(v)) for n, v in pairs))
        lines = []
        for name in names:
            values = [" ".join(v.split()) for n, v in headers if n.lower() == name.lower()]
            lines.append(f"{name.lower()}:{','.join(values)}\n")
        return "\n".join([method, encode_path(path), query, "".join(lines), ";".join(names), payload])

    def headers(self, method, host, path, pairs=(), headers=(), body=b"", payload=None):
        """The fields of a request signed in its header, Host among them."""
        moment = self.moment or now()
        payload = payload if payload is not None else sha256(body)
        fields = [("Host", host), *headers]
        given = {n.lower() for n, _ in fields}
        if "x-amz-date" not in given:
            fields.append(("x-amz-date", amz_date(moment)))
        if "x-amz-content-sha256" not in given:
            fields.append(("x-amz-content-sha256", payload))
        names = self.signed_headers
        if names is None:
            names = sorted({n.lower() for n, _ in fields})
        canonical = self._canonical(method, path, list(pairs), fields, names, payload)
        fields.append(("Authorization",
                       f"{self.algorithm} Credential={self.access_key_id}/{self._scope(moment)}, "
                       f"SignedHeaders={';'.join(names)}, Signature={self._signature(canonical, moment)}"))
        return fields

    def chunked(self, host, path, data, kind, sizes=(65536,), trailer=(), headers=(), pairs=(), length=None, change=None):
        """Fields and pieces of an aws-chunked PUT: each chunk, then the trailer with the body's end. `sizes` of the
        chunks, the last one again and again; `kind` the x-amz-content-sha256; `length` what is said of the whole.
        `change(index, piece)` may bend a piece (the last chunk and the trailer have -2 and -1)."""
        moment = self.moment or now()
        fields = [("x-amz-decoded-content-length", str(len(data) if length is None else length)), *headers]
        if trailer:
            fields.append(("x-amz-trailer", ",".join(name for name, _ in trailer)))
        fields = self.but(moment=moment).headers("PUT", host, path, pairs, fields, payload=kind)
        chain = ChunkChain(self, moment, fields[-1][1].rsplit("=", 1)[1]) if kind.startswith("STREAMING-AWS4") else None
        pieces, at, sizes = [], 0, list(sizes)
        while at < len(data):
            piece = data[at:at + (sizes.pop(0) if len(sizes) > 1 else sizes[0])]
            pieces.append(chain.chunk(piece) if chain else b"%x\r\n%s\r\n" % (len(piece), piece))
            at += len(piece)
        pieces.append(chain.chunk(b"")[:-2] if chain else b"0\r\n")
        lines = "".join(f"{name}:{value}\r\n" for name, value in trailer)
        if chain and kind.endswith("-TRAILER"):
            lines += f"x-amz-trailer-signature:{chain.trailer(trailer)}\r\n"
        pieces.append((lines + "\r\n").encode())
        if change:
            pieces = [change(i - len(pieces) if i >= len(pieces) - 2 else i, piece) for i, piece in enumerate(pieces)]
        return fields, pieces

    def query(self, method, host, path, pairs=(), headers=(), expires=180, payload=UNSIGNED):
        """(name, value) pairs of a pre-signed URL, decoded, X-Amz-Signature last. `headers` must then be
        sent as they are given."""
        moment = self.moment or now()
        fields = [("host", host), *headers]
        names = self.signed_headers
        if names is None:
            names = sorted({n.lower() for n, _ in fields})
        signed = [*pairs,
                  ("X-Amz-Algorithm", self.algorithm),
                  ("X-Amz-Credential", f"{self.access_key_id}/{self._scope(moment)}"),
                  ("X-Amz-Date", amz_date(moment)),
                  ("X-Amz-Expires", str(expires)),
                  ("X-Amz-SignedHeaders", ";".join(names))]
        canonical = self._canonical(method, path, signed, fields, names, payload)
        return [*signed, ("X-Amz-Signature", self._signature(canonical, moment))]

    def target(self, method, host, path, pairs=(), headers=(), expires=180, payload=UNSIGNED):
        """Path and query of a pre-signed URL."""
        return join(path, self.query(method, host, path, pairs, headers, expires, payload))


class ChunkChain:
    """The signatures of an aws-chunked body, each of which continues the one before it."""

    def __init__(self, signer, moment, previous):
        self.signer, self.moment, self.previous = signer, moment, previous

    def _sign(self, kind, *lines):
        scope = self.signer._scope(self.moment)
        text = "\n".join([kind, amz_date(self.moment), scope, self.previous, *lines])
        key = ("AWS4" + self.signer.secret_access_key).encode()
        for step in scope.split("/"):
            key = _mac(key, step)
        self.previous = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return self.previous

    def chunk(self, data):
        signature = self._sign("AWS4-HMAC-SHA256-PAYLOAD", EMPTY, sha256(data))
        return b"%x;chunk-signature=%s\r\n%s\r\n" % (len(data), signature.encode(), data)

    def trailer(self, fields):
        return self._sign("AWS4-HMAC-SHA256-TRAILER", sha256("".join(f"{n}:{v}\n" for n, v in fields).encode()))


def join(path, pairs):
    query = "&".join(f"{encode(n)}={encode(v)}" for n, v in pairs)
    return encode_path(path) + ("?" + query if query else "")


def ago(**span):
    return now() - timedelta(**span)


