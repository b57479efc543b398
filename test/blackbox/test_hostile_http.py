"""SECURITY A1-A30: framing and request lines that an honest client never sends, as bytes, on both listeners."""

import random
import time

import pytest

import wire
from conftest import ADMIN_PASSWORD, app_token, session_cookie
from hostile import GatewayTarget, StoreTarget, refused
from procs import resident_bytes, sanitized
from wire import Connection

pytestmark = pytest.mark.usefixtures("no_descriptors_lost")


@pytest.fixture(scope="module")
def targets(gateway, store):
    return {"gateway": GatewayTarget(gateway.bearing(app_token("hostile-http"))), "store": StoreTarget(store)}


@pytest.fixture(params=["gateway", "store"])
def target(request, targets):
    return targets[request.param]


def latin(text):
    return text.encode("latin-1")


def compose(target, lines, body=b"", version="HTTP/1.1", host=True):
    """The target's unsafe request with these raw lines among its fields, each of which must end itself."""
    method, path, fields, _ = target.unsafe()
    text = f"{method} {path} {version}\r\n"
    if host:
        text += f"Host: {target.host}\r\n"
    text += "".join(f"{n}: {v}\r\n" for n, v in fields)
    return latin(text) + b"".join(lines) + b"\r\n" + body


def chunked(body):
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def framed(target, *lines, chunk=False, version="HTTP/1.1"):
    """The unsafe request under a Content-Length or coding that `lines` give; {n} is its body's length, {m} that with the
    smuggled request behind it."""
    body = target.unsafe()[3]
    sizes = {b"{n}": str(len(body)).encode(), b"{m}": str(len(body) + len(target.smuggled())).encode()}
    given = []
    for line in lines:
        for mark, value in sizes.items():
            line = line.replace(mark, value)
        given.append(line + b"\r\n")
    return compose(target, given, (chunked(body) if chunk else body) + target.smuggled(), version)


CL, TE = b"Content-Length: {n}", b"Transfer-Encoding: chunked"
FRAMINGS = {
    "A1-CL-TE": ([CL, TE], True), "A1-TE-CL": ([TE, CL], True),
    "A1-CL-TE-covering": ([b"Content-Length: {m}", TE], True),
    "A2-gzip-CL": ([b"Transfer-Encoding: gzip", CL], False), "A2-CL-gzip": ([CL, b"Transfer-Encoding: gzip"], False),
    "A2-gzip": ([b"Transfer-Encoding: gzip"], False),
    "A3-identity": ([b"Transfer-Encoding: identity"], False),
    "A3-identity-CL": ([b"Transfer-Encoding: identity", CL], False),
    "A4-chunked-gzip": ([b"Transfer-Encoding: chunked, gzip"], True),
    "A4-gzip-chunked": ([b"Transfer-Encoding: gzip, chunked"], True),
    "A4-chunked-chunked": ([b"Transfer-Encoding: chunked, chunked"], True),
    "A4-chunked-identity": ([b"Transfer-Encoding: chunked, identity"], True),
    "A5-xchunked-CL": ([b"Transfer-Encoding: xchunked", CL], False),
    "A5-chunked-parameter": ([b"Transfer-Encoding: chunked;a=b"], True),
    "A5-quoted": ([b'Transfer-Encoding: "chunked"'], True),
    "A5-empty": ([b"Transfer-Encoding:", CL], False),
    "A5-vertical-tab": ([b"Transfer-Encoding: \x0bchunked", CL], False),
    "A6-twice": ([TE, TE], True), "A6-identity-chunked": ([b"Transfer-Encoding: identity", TE], True),
    "A6-chunked-identity": ([TE, b"Transfer-Encoding: identity"], True),
    "A6-two-cases": ([TE, b"transfer-encoding: x"], True),
    "A8-equal": ([CL, CL], False),
    "A9-small-large": ([CL, b"Content-Length: {m}"], False), "A9-large-small": ([b"Content-Length: {m}", CL], False),
    "A9-zero": ([b"Content-Length: 0", CL], False),
    "A10-list": ([b"Content-Length: {n}, {n}"], False), "A10-list-different": ([b"Content-Length: {n}, {m}"], False),
}
LENGTHS = ["+5", "-1", "0x5", "", "18446744073709551616", "9223372036854775808", "18446744073709551615", "5 5", "5_0",
           "5;", "5.0", "1e1", "\t", "5,", ",5", "\xb2", "99999999999999999999999999", "5\x0b"]


@pytest.mark.parametrize("name", FRAMINGS)
def test_ambiguous_framing(target, name):
    lines, chunk = FRAMINGS[name]
    allowed = {400, 501} if name.startswith(("A2", "A4", "A5")) else {400}
    refused(target, framed(target, *lines, chunk=chunk), allowed)


@pytest.mark.parametrize("coding", ["chunked", "Chunked, identity"])
def test_a7_coding_in_http_1_0(target, coding):
    line = latin(f"Transfer-Encoding: {coding}")
    refused(target, framed(target, line, chunk=True, version="HTTP/1.0"), {400})
    refused(target, framed(target, CL, line, chunk=True, version="HTTP/1.0"), {400})


@pytest.mark.parametrize("value", LENGTHS)
def test_a11_content_length_values(target, value):
    before = resident_bytes(target.program().pid)
    answer = refused(target, compose(target, [latin(f"Content-Length: {value}\r\n")], target.smuggled()), {400, 413})
    if not (value.isascii() and value.isdigit()):
        assert answer.status == 400
    assert resident_bytes(target.program().pid) < before + (64 << 20)


HOSTS = {
    "A12-different": ["Host: {host}\r\n", "Host: other.example.com\r\n"],
    "A12-different-reverse": ["Host: other.example.com\r\n", "Host: {host}\r\n"],
    "A12-equal": ["Host: {host}\r\n", "host: {host}\r\n"],
    "A12-list": ["Host: {host}, {host}\r\n"],
    "A13-none": [],
    "A15-space": ["Host: {host}\r\n", "X-A: b\r\n", " c\r\n"],
    "A15-tab": ["Host: {host}\r\n", "X-A: b\r\n", "\tc\r\n"],
    "A15-folded-host": ["Host: {host}\r\n", "X-A: b\r\n", " Content-Length: 3\r\n"],
    "A15-first-line": [" X-A: b\r\n", "Host: {host}\r\n"],
    "A15-empty-fold": ["Host: {host}\r\n", "X-A:\r\n", " \r\n"],
    "A16-host": ["Host : {host}\r\n"],
    "A16-tab": ["Host: {host}\r\n", "X-A\t: b\r\n"],
    "A16-length": ["Host: {host}\r\n", "Content-Length : 3\r\n"],
    "A16-empty-name": ["Host: {host}\r\n", ": b\r\n"],
    "A16-no-colon": ["Host: {host}\r\n", "X-A\r\n"],
    "A16-name-with-space": ["Host: {host}\r\n", "X A: b\r\n"],
    "A16-non-ascii-name": ["Host: {host}\r\n", "X-\xe9: b\r\n"],
    "A16-slash-name": ["Host: {host}\r\n", "X/A: b\r\n"],
    "A17-bare-lf": ["Host: {host}\r\n", "X-A: b\n", "X-B: c\r\n"],
    "A17-bare-lf-first": ["Host: {host}\n"],
    "A17-lf-smuggles-length": ["Host: {host}\r\n", "X-A: b\nContent-Length: 40\r\n"],
    "A17-bare-cr": ["Host: {host}\r\n", "X-A: b\rc\r\n"],
    "A17-cr-at-end": ["Host: {host}\r\n", "X-A: b\r\r\n"],
    "A17-nul": ["Host: {host}\r\n", "X-A: b\0c\r\n"],
    "A17-nul-in-name": ["Host: {host}\r\n", "X\0A: b\r\n"],
    "A17-bell": ["Host: {host}\r\n", "X-A: b\x07c\r\n"],
    "A17-del": ["Host: {host}\r\n", "X-A: b\x7fc\r\n"],
}


@pytest.mark.parametrize("name", HOSTS)
def test_field_lines(target, name):
    body = target.unsafe()[3]
    lines = [latin(line.format(host=target.host)) for line in HOSTS[name]]
    length = latin(f"Content-Length: {len(body)}\r\n")
    placed = [*lines, length] if name != "A15-first-line" else [lines[0], *lines[1:], length]
    method, path, fields, _ = target.unsafe()
    given = latin(f"{method} {path} HTTP/1.1\r\n") + b"".join(placed)
    given += latin("".join(f"{n}: {v}\r\n" for n, v in fields)) + b"\r\n" + body
    refused(target, given, {400})


def test_a17_every_line_ends_in_lf_alone(target):
    whole = compose(target, [b"Content-Length: 0\r\n"]).replace(b"\r\n", b"\n")
    refused(target, whole, {400})


def test_a17_last_line_ends_in_lf_alone(target):
    refused(target, compose(target, [b"Content-Length: 0\r\n"])[:-2] + b"\n", {400})


LINES = {
    "A14-absolute": "{m} http://evil.example/x HTTP/1.1", "A14-absolute-tls": "{m} https://evil.example{p} HTTP/1.1",
    "A14-authority": "{m} evil.example:80 HTTP/1.1", "A14-double-scheme": "{m} http://{h}@evil.example/ HTTP/1.1",
    "A18-non-ascii": "{m} /\xe9 HTTP/1.1", "A18-utf8": "{m} /\xc3\xa9 HTTP/1.1", "A18-fragment": "{m} /a#b HTTP/1.1",
    "A18-space": "{m} /a b HTTP/1.1", "A18-nul": "{m} /a\0b HTTP/1.1", "A18-tab": "{m} /a\tb HTTP/1.1",
    "A18-del": "{m} /a\x7f HTTP/1.1", "A18-two-spaces": "{m}  {p} HTTP/1.1", "A18-tab-separator": "{m}\t{p} HTTP/1.1",
    "A18-space-at-end": "{m} {p} HTTP/1.1 ", "A18-no-version": "{m} {p}", "A18-empty-target": "{m}  HTTP/1.1",
    "A18-version-lower": "{m} {p} http/1.1", "A18-version-1.10": "{m} {p} HTTP/1.10",
    "A18-version-x": "{m} {p} HTTP/1.x", "A18-version-01": "{m} {p} HTTP/01.1", "A18-icap": "{m} {p} ICAP/1.0",
    "A18-method-space": " {m} {p} HTTP/1.1", "A18-method-brackets": "{m}[] {p} HTTP/1.1",
    "A18-method-colon": "{m}: {p} HTTP/1.1", "A18-bare-cr": "{m} {p}\r HTTP/1.1", "A18-star": "{m} * HTTP/1.1",
    "A18-backslash-start": "{m} \\a HTTP/1.1", "A18-lone": "\xff",
}


@pytest.mark.parametrize("name", LINES)
def test_request_lines(target, name):
    method, path, fields, body = target.unsafe()
    line = LINES[name].format(m=method, p=path, h=target.host)
    lines = [line, f"Host: {target.host}", *(f"{n}: {v}" for n, v in fields), f"Content-Length: {len(body)}"]
    refused(target, latin("\r\n".join(lines) + "\r\n\r\n") + body, {400, 505} if "version" in name else {400})


@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/3", "HTTP/1.2", "HTTP/0.9", "HTTP/9.9"])
def test_other_versions(target, version):
    method, path, _, _ = target.unsafe()
    data = latin(f"{method} {path} {version}\r\nHost: {target.host}\r\nContent-Length: 0\r\n\r\n")
    refused(target, data, {400, 505})


def test_a19_trailer_does_not_authenticate(targets):
    gateway = targets["gateway"]
    _, path, _, body = gateway.unsafe()
    before = gateway.state()
    fields = [("Host", gateway.host), ("Content-Type", "application/json"), ("Transfer-Encoding", "chunked"),
              ("Trailer", "Authorization")]
    for name, value in [*gateway.alice.headers, ("aUTHORIZATION", gateway.alice.headers[0][1])]:
        with Connection(gateway.address) as connection:
            trailer = latin(f"{name}: {value}\r\n\r\n")
            connection.send(wire.head("POST", path, fields) + chunked(body)[:-2] + trailer)
            assert connection.response().status == 401
    assert gateway.state() == before


def test_a19_trailer_does_not_sign(targets):
    store = targets["store"]
    before = store.state()
    path = "/photos/hostile/smuggled"
    signed = store.store.signer.headers("PUT", store.host, path, payload="UNSIGNED-PAYLOAD")
    authorization = [f for f in signed if f[0] == "Authorization"][0]
    fields = [f for f in signed if f[0] != "Authorization"] + [("Transfer-Encoding", "chunked")]
    with Connection(store.address) as connection:
        trailer = latin(f"{authorization[0]}: {authorization[1]}\r\n\r\n")
        connection.send(wire.head("PUT", path, fields) + chunked(b"x")[:-2] + trailer)
        assert connection.response().status in (400, 403)
    assert store.state() == before


def test_a20_trailers_are_absent_on_the_gateway(targets, gateway):
    target = targets["gateway"]
    _, path, _, body = target.unsafe()
    cookie = session_cookie(gateway.login("admin", ADMIN_PASSWORD))
    common = [("Host", target.host), ("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]
    trailer = latin(f"Host: other.example.com\r\nCookie: {cookie}\r\nX-Forwarded-For: 10.0.0.1\r\n"
                    f"X-Forwarded-Host: evil.example\r\n\r\n")
    data = chunked(body)[:-2] + trailer
    with Connection(target.address) as connection:
        connection.send(wire.head("POST", path, common) + data)
        assert connection.response().status == 401, "a trailer's Cookie authenticated"
    with Connection(target.address) as connection:
        connection.send(wire.head("POST", path, [*common, *target.alice.headers]) + data)
        answer = connection.response()
    assert answer.status == 201, answer
    assert answer.json()["upload"]["url"].startswith(target.program().store_url + "/")
    assert target.alice.call("DELETE", f"/v1/files/{answer.json()['file']['id']}").status == 204


@pytest.mark.parametrize("trailer", ["x-amz-copy-source: /photos/hostile/canary", "Host: other.example.com",
                                     "x-amz-meta-a: b", "Content-Type: text/html"])
def test_a20_trailers_are_absent_on_the_store(targets, trailer):
    target = targets["store"]
    path = target.store.presign("PUT", "hostile/trailer")
    with Connection(target.address) as connection:
        fields = [("Host", target.host), ("Transfer-Encoding", "chunked")]
        connection.send(wire.head("PUT", path, fields) + chunked(b"mine")[:-2] + latin(trailer + "\r\n\r\n"))
        status = connection.response().status
    assert status in (200, 411), status  # S3 asks for a length; a store may also read the chunks
    stored = target.store.get("hostile/trailer")
    if status == 200:
        assert stored.body == b"mine" and stored.get("x-amz-meta-a") is None
        assert stored.get("Content-Type") != "text/html"
        target.store.delete("hostile/trailer")
    else:
        assert stored.status == 404


CHUNKS = {
    "A21-2^64+5": b"10000000000000005\r\nhello\r\n0\r\n\r\n", "A21-space-before": b" 5\r\nhello\r\n0\r\n\r\n",
    "A21-space-after": b"5 \r\nhello\r\n0\r\n\r\n", "A21-0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "A21-minus": b"-5\r\nhello\r\n0\r\n\r\n", "A21-plus": b"+5\r\nhello\r\n0\r\n\r\n",
    "A21-lone-lf": b"5\nhello\r\n0\r\n\r\n", "A21-empty": b"\r\nhello\r\n0\r\n\r\n",
    "A21-not-hex": b"5g\r\nhello\r\n0\r\n\r\n", "A21-2^64-1": b"ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "A21-2^63": b"8000000000000000\r\nhello\r\n0\r\n\r\n", "A21-zeros": b"0" * 40 + b"5\r\nhello\r\n0\r\n\r\n",
    "A21-tab": b"5\t\r\nhello\r\n0\r\n\r\n", "A21-bare-cr": b"5\rhello\r\n0\r\n\r\n", "A21-nul": b"5\0\r\nhello\r\n0\r\n\r\n",
    "A22-lf-in-extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n", "A22-lf-ends-extension": b"5;a\nhello\r\n0\r\n\r\n",
    "A22-cr-in-extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n", "A22-open-quote": b'5;a="b\r\nhello\r\n0\r\n\r\n',
    "A22-text-after-quote": b'5;a="b"c\r\nhello\r\n0\r\n\r\n', "A22-nul": b"5;a\0\r\nhello\r\n0\r\n\r\n",
    "A22-long": b"5;" + b"a" * 9000 + b"\r\nhello\r\n0\r\n\r\n",
    "A23-no-crlf": b"5\r\nhello0\r\n\r\n", "A23-lf": b"5\r\nhello\n0\r\n\r\n", "A23-cr": b"5\r\nhello\r0\r\n\r\n",
    "A23-longer": b"5\r\nhelloworld\r\n0\r\n\r\n", "A23-trailer-lf": b"5\r\nhello\r\n0\r\nA: b\n\r\n",
    "A23-trailer-no-colon": b"5\r\nhello\r\n0\r\nAb\r\n\r\n", "A23-trailer-fold": b"5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n",
    "A23-last-lf": b"5\r\nhello\r\n0\n\n",
    "A23-trailers-too-long": b"5\r\nhello\r\n0\r\n" + b"A: " + b"b" * 20_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", CHUNKS)
def test_chunks(target, name):
    allowed = {400, 411, 431} if target.name == "store" else {400, 431}
    refused(target, compose(target, [TE + b"\r\n"], CHUNKS[name]), allowed)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_a24_body_where_none_belongs(target, method, coding):
    """Refused and closed, or read away: in no case taken for the next request."""
    before = target.state()
    path, fields = target.probe()
    if target.name == "store" and method != "GET":
        path = target.store.presign(method, "hostile/none" if method == "DELETE" else target.canary)
    elif method == "DELETE":
        path = "/v1/files/none-such"
    hidden = target.smuggled()
    framing = ("Content-Length", str(len(hidden))) if coding == "length" else ("Transfer-Encoding", "chunked")
    given = wire.head(method, path, [("Host", target.host), *fields, framing])
    given += hidden if coding == "length" else chunked(hidden)
    with Connection(target.address) as connection:
        connection.send(given + target.follow_up())
        first = connection.response(method)
        rest, closed = connection.drain()
    assert first is not None and closed
    assert len(rest) <= 1 and all(a.status == 200 for a in rest), rest
    assert not (first.status >= 400 and first.status not in (404,) and rest), "answered again after a refusal"
    target.check_alive()
    assert target.state() == before, "the body ran as a request"


def test_a25_too_many_fields(target):
    path, fields = target.probe()
    room = 100 - len(fields) - 2  # Host, Connection
    for count, statuses in [(room, {200}), (room + 1, {431})]:
        many = [(f"X-{i}", "a") for i in range(count)]
        data = wire.head("GET", path, [("Host", target.host), *fields, *many, ("Connection", "close")])
        if statuses == {431}:
            refused(target, data, statuses)
        else:
            with Connection(target.address) as connection:
                connection.send(data)
                assert connection.response().status == 200


@pytest.mark.parametrize("fields", [
    [("X-A", "a" * 16384)], [(f"X-{i}", "a" * 13200) for i in range(5)], [("X-" + "a" * 16384, "b")],
    [("Cookie", "a=" + "b" * 70_000)], [("Authorization", "Bearer " + "a" * 70_000)]],
    ids=["one-16K", "sum-64K", "name-16K", "cookie-70K", "bearer-70K"])
def test_a25_too_long_fields(target, fields):
    path, own = target.probe()
    refused(target, wire.head("GET", path, [("Host", target.host), *own, *fields]), {431})


@pytest.mark.parametrize("target_bytes", [16 * 1024 + 1, 100_000])
def test_a26_request_line_too_long(target, target_bytes):
    path = "/" + "a" * target_bytes
    refused(target, wire.head("GET", path, [("Host", target.host)]), {414})


def test_a26_method_too_long(target):
    refused(target, wire.head("A" * 20_000, "/", [("Host", target.host)]), {400, 414, 501})


def test_a27_no_continue_for_who_may_not(targets):
    for name, target in targets.items():
        if name == "store":
            path = target.store.presign("PUT", "hostile/smuggled")[:-4] + "0000"
            fields, status = [("Host", target.host)], 403
        else:
            path = f"/v1/files/{target.canary}/content"
            fields, status = [("Host", target.host), ("Authorization", "Bearer a.b.c")], 401
        before = target.state()
        with Connection(target.address) as connection:
            connection.send(wire.head("PUT", path, [*fields, ("Content-Type", "text/plain"), ("Content-Length", "6"),
                                                    ("Expect", "100-continue")]))
            answer = connection.response(timeout=5)
            assert answer.status == status, (name, answer)
            assert answer.interim == [], f"{name}: 100 Continue to an unauthorised PUT"
        assert target.state() == before


def test_a27_continue_for_who_may(targets):
    store = targets["store"].store
    path = store.presign("PUT", "hostile/continued")
    with Connection(store.address) as connection:
        connection.send(wire.head("PUT", path, [("Host", store.host), ("Content-Length", "4"),
                                                ("Expect", "100-continue"), ("Connection", "close")]))
        while b"\r\n\r\n" not in connection.buffer:
            assert connection._fill(time.monotonic() + 5)
        assert connection.buffer.startswith(b"HTTP/1.1 100 "), connection.buffer
        connection.send(b"body")
        answer = connection.response()
    assert answer.status == 200 and answer.interim == [100]
    assert store.get("hostile/continued").body == b"body"
    store.delete("hostile/continued")


@pytest.mark.parametrize("value", [
    "foo", "100-continue, foo", "foo, 100-continue", "200-ok", "100", "404", "2000", "20", "200, foo", "200;q=1", "100-continue;q=1",
    "100-continue=1", '"100-continue"', "100 continue"])
def test_a28_unknown_expectation(target, value):
    method, path, fields, body = target.unsafe()
    given = [("Host", target.host), *fields, ("Content-Length", str(len(body))), ("Expect", value)]
    refused(target, wire.head(method, path, given) + body, {417})


@pytest.mark.parametrize("value", ["", "200", "204"])
def test_expectations_that_ask_for_nothing(store, value):
    """An empty list, and the answer that the client hopes for, which S3 takes too (ceph/s3-tests)."""
    fields = store.signer.headers("PUT", store.host, store.path("hostile/expects-nothing"), body=b"body")
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("PUT", store.path("hostile/expects-nothing"), [*fields, ("Content-Length", "4"), ("Expect", value)]) + b"body")
        answer = connection.response("PUT")
    assert answer.status == 200 and answer.interim == [], answer


STRANGE = {
    "CONNECT": "CONNECT {h} HTTP/1.1\r\nHost: {h}\r\n\r\n",
    "CONNECT-other": "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n",
    "CONNECT-path": "CONNECT / HTTP/1.1\r\nHost: {h}\r\n\r\n",
    "TRACE": "TRACE / HTTP/1.1\r\nHost: {h}\r\nConnection: close\r\n\r\n",
    "PRI": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "BREW": "BREW / HTTP/1.1\r\nHost: {h}\r\nConnection: close\r\n\r\n",
    "lower": "get / HTTP/1.1\r\nHost: {h}\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("name", STRANGE)
def test_a29_methods(target, name):
    before = target.state()
    with Connection(target.address) as connection:
        connection.send(latin(STRANGE[name].format(h=target.host)))
        answers, closed = connection.drain()
    assert len(answers) == 1 and closed
    allowed = {400, 405, 501, 505} | ({403} if target.name == "store" else {404})
    assert answers[0].status in (allowed if name in ("BREW", "lower") else {400, 405, 501, 505}), answers[0]
    assert b"Host:" not in answers[0].body, "TRACE echoes"
    target.check_alive()
    assert target.state() == before


@pytest.mark.parametrize("protocol", ["h2c", "websocket", "TLS/1.2"])
def test_a29_no_upgrade(target, protocol):
    path, fields = target.probe()
    with Connection(target.address) as connection:
        connection.send(wire.head("GET", path, [
            ("Host", target.host), *fields, ("Connection", "Upgrade, HTTP2-Settings, close"), ("Upgrade", protocol),
            ("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", "13")]))
        answers, closed = connection.drain()
    assert len(answers) == 1 and closed
    assert answers[0].status in (200, 400, 501) and answers[0].get("Upgrade") is None


def test_a30_thousand_pipelined_requests(target):
    path, fields = target.probe()
    pattern = [random.Random(30).random() < 0.5 for _ in range(1000)]
    wrong = "/v1/files/none-such" if target.name == "gateway" else path[:-1] + ("0" if path[-1] != "0" else "1")
    good = wire.head("GET", path, [("Host", target.host), *fields])
    bad = wire.head("GET", wrong, [("Host", target.host), *fields])
    pid = target.program().listener_pid("http://" + target.host)
    target.check_alive()
    before = resident_bytes(pid)
    with Connection(target.address) as connection:
        connection.send(b"".join(good if ok else bad for ok in pattern))
        connection.half_close()
        answers, closed = connection.drain(30)
    assert closed
    expected = [200 if ok else (404 if target.name == "gateway" else 403) for ok in pattern]
    statuses = [a.status for a in answers]
    assert statuses == expected[:len(statuses)], "answers out of order"
    assert statuses, "no answer at all"
    if not sanitized():
        assert resident_bytes(pid) < before + (16 << 20)
    target.check_alive()


@pytest.mark.parametrize("data", [
    b"\0" * 64, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x5a" * 200, b"\r\n" * 200, b"HELO me\r\n",
    b"GET / HTTP/1.1\r\n\r\n", b"\x80\x01\x02\r\n\r\n", b"*1\r\n$4\r\nPING\r\n", b"GET\r\n\r\n", b"\n\n\n"],
    ids=["nul", "tls", "empty-lines", "smtp", "no-host", "high", "redis", "method", "lf"])
def test_other_protocols(target, data):
    with Connection(target.address) as connection:
        connection.send(data)
        connection.half_close()
        answers, closed = connection.drain()
    assert closed and len(answers) <= 1
    assert all(a.status in (400, 505) for a in answers)
    target.check_alive()


def test_nobody_there(target):
    """Connections that say nothing, or half a thing, and go."""
    for part in (b"", b"G", b"GET / HTTP/1.1", b"GET / HTTP/1.1\r\nHost:", compose(target, [b"Content-Length: 9\r\n"], b"1")):
        for _ in range(5):
            with Connection(target.address) as connection:
                connection.send(part)
    target.check_alive()
