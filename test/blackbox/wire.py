"""HTTP/1.1 as bytes over a socket. Sends exactly what it is given and repairs nothing; what comes back
is parsed strictly, so that a malformed answer fails the test that got it."""

import json
import select
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

DEADLINE = 15.0


class Malformed(AssertionError):
    """The server's answer breaks RFC 9112."""


@dataclass
class Response:
    status: int
    headers: list  # (name as sent, value)
    body: bytes = b""
    interim: list = field(default_factory=list)  # statuses of the 1xx answers before it

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        assert len(values) <= 1, f"{name} stands {len(values)} times: {values}"
        return values[0] if values else default

    def json(self):
        return json.loads(self.body.decode("utf-8"))

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @property
    def authority(self):
        return f"{self.host}:{self.port}"


def address_of(url):
    parts = urlsplit(url)
    return Address(parts.hostname, parts.port or 80)


def target_of(url):
    """What follows the authority of a URL, byte for byte."""
    rest = url.split("://", 1)[1]
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else "/"


class Connection:
    def __init__(self, address, timeout=DEADLINE):
        self.timeout = timeout
        self.socket = socket.create_connection((address.host, address.port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.ended = False  # the server closed its side
        self.reset = False  # ... by RST

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends all of it; False when the server closed meanwhile, which a refusal may."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def half_close(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _fill(self, deadline):
        """Reads more; False at the end of the stream. Raises TimeoutError past the deadline."""
        if self.ended:
            return False
        left = deadline - time.monotonic()
        waiting = select.poll()  # select() ends at descriptor 1023
        waiting.register(self.socket, select.POLLIN)
        if left <= 0 or not waiting.poll(left * 1000):
            raise TimeoutError("the server neither answered nor closed in time")
        try:
            piece = self.socket.recv(1 << 18)
        except ConnectionResetError:
            piece, self.reset = b"", True
        if not piece:
            self.ended = True
            return False
        self.buffer += piece
        return True

    def _line(self, deadline):
        while b"\r\n" not in self.buffer:
            if not self._fill(deadline):
                raise Malformed(f"the stream ended within a line: {self.buffer[:200]!r}")
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        if b"\n" in line or b"\r" in line or b"\0" in line:
            raise Malformed(f"control byte in a line: {line!r}")
        return line

    def _exactly(self, count, deadline):
        while len(self.buffer) < count:
            if not self._fill(deadline):
                raise Malformed(f"the stream ended {count - len(self.buffer)} bytes early")
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def _head(self, deadline):
        if not self.buffer and not self._fill(deadline):
            return None
        parts = self._line(deadline).split(b" ", 2)
        if len(parts) != 3 or parts[0] != b"HTTP/1.1" or len(parts[1]) != 3 or not parts[1].isdigit():
            raise Malformed(f"not a status line: {parts!r}")
        headers = []
        while line := self._line(deadline):
            name, colon, value = line.partition(b":")
            if not colon or not name or name != name.strip():
                raise Malformed(f"not a field: {line!r}")
            headers.append((name.decode("ascii"), value.strip().decode("latin-1")))
        return Response(int(parts[1]), headers)

    def _chunks(self, deadline):
        body = b""
        while size := int(self._line(deadline).split(b";")[0], 16):
            body += self._exactly(size, deadline)
            if self._exactly(2, deadline) != b"\r\n":
                raise Malformed("a chunk does not end in CRLF")
        while self._line(deadline):
            pass
        return body

    def response(self, method="GET", timeout=None):
        """The next final answer; None where the server closed instead."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        interim = []
        while True:
            answer = self._head(deadline)
            if answer is None:
                return None
            if answer.status >= 200 or answer.status == 101:
                break
            interim.append(answer.status)
        answer.interim = interim
        if method == "HEAD" or answer.status in (101, 204, 304):
            return answer
        if answer.get("Transfer-Encoding") is not None:
            answer.body = self._chunks(deadline)
        elif answer.get("Content-Length") is not None:
            answer.body = self._exactly(int(answer.get("Content-Length")), deadline)
        else:
            while self._fill(deadline):
                pass
            answer.body, self.buffer = self.buffer, b""
        return answer

    def interim(self):
        """The status of the next 1xx answer, which has no body."""
        return self._head(time.monotonic() + self.timeout).status

    def drain(self, timeout=5.0):
        """Every answer until the server closes, and whether it closed."""
        deadline = time.monotonic() + timeout
        answers = []
        try:
            while True:
                answer = self.response(timeout=deadline - time.monotonic())
                if answer is None:
                    return answers, True
                answers.append(answer)
        except TimeoutError:
            return answers, False


def head(method, target, headers):
    lines = [f"{method} {target} HTTP/1.1"] + [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def request(address, method, target, headers=(), body=None, host=None, timeout=DEADLINE):
    """One request on a connection of its own. Adds Host, Content-Length and Connection: close."""
    fields = [("Host", host or address.authority), *headers, ("Connection", "close")]
    if body is not None or method in ("POST", "PUT", "PATCH"):
        if not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in fields):
            fields.append(("Content-Length", str(len(body or b""))))
    with Connection(address, timeout) as connection:
        connection.send(head(method, target, fields) + (body or b""))
        answer = connection.response(method)
    assert answer is not None, f"{method} {target.split('?')[0]}: the server closed without an answer"
    return answer


def fetch(url, method="GET", headers=(), body=None, **more):
    """The same for an absolute URL, whose path and query go out as they stand."""
    return request(address_of(url), method, target_of(url), headers, body, **more)
