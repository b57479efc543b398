"""Many connections from one thread: slow ones, which hold on to a server for as long as it lets them, and regular clients, whose
waiting is measured. Each runs as a process of its own (`python3 crowd.py slow|regular`), so that neither is in the other's way:
the first line of standard input says what to do (JSON), each further one is a command, and each command gets one line back."""

import heapq
import json
import os
import random
import resource
import select
import socket
import subprocess
import sys
import time
from pathlib import Path

ENDED = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
# What a loop does between two looks at its command line: so many connects at most.
OPENED_AT_ONCE = 50


class Member:
    """One connection of a kind. A kind is `to` (host and port), `first` (sent at once), `drip` (sent a byte at a time, every `every`
    seconds, in a circle), `reads` ("all", "nothing", or "drip": a byte each time) and `again` (whether a new one takes the place of
    an ended one)."""

    def __init__(self, kind):
        self.kind, self.at, self.answered = kind, 0, False
        self.opened = time.monotonic()
        self.socket = socket.create_connection(kind["to"], timeout=5)
        self.socket.setblocking(False)
        self.send(kind["first"].encode("latin-1"))

    def send(self, data):
        try:
            return self.socket.send(data) == len(data)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            return False

    def drip(self):
        text = self.kind["drip"]
        if text:
            self.send(text[self.at % len(text)].encode("latin-1"))
            self.at += 1
        if self.kind["reads"] == "drip":
            self.read(1)

    def read(self, count=1 << 16):
        """False at the end of the stream."""
        try:
            data = self.socket.recv(count)
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        self.answered = self.answered or bool(data)
        return bool(data)


class Slow:
    def __init__(self, spec):
        self.kinds = {kind["name"]: {"drip": "", "every": 5, "again": False, **kind} for kind in spec["kinds"]}
        self.wanted = {name: 0 for name in self.kinds}
        self.members, self.due = {}, []
        self.ended = {name: [] for name in self.kinds}
        self.silent, self.refused = {name: 0 for name in self.kinds}, 0
        self.epoll = select.epoll()

    def open_now(self, name):
        return sum(1 for member in self.members.values() if member.kind["name"] == name)

    def command(self, words):
        if words[0] == "open":
            self.wanted[" ".join(words[2:])] = int(words[1])
            return {}
        if words[0] == "keep":  # from now on an ended one stays ended
            for kind in self.kinds.values():
                kind["again"] = False
            return {}
        return {"open": {name: self.open_now(name) for name in self.kinds}, "ended": self.ended, "silent": self.silent,
                "refused": self.refused}

    def fill_up(self):
        for name, count in self.wanted.items():
            for _ in range(min(OPENED_AT_ONCE, count)):
                self.wanted[name] -= 1
                try:
                    member = Member(self.kinds[name])
                except OSError:
                    self.refused += 1
                    continue
                fd = member.socket.fileno()
                self.members[fd] = member
                reads = select.EPOLLIN if member.kind["reads"] == "all" else 0
                self.epoll.register(fd, reads | select.EPOLLRDHUP)
                heapq.heappush(self.due, (time.monotonic() + member.kind["every"] * random.random(), fd, member))

    def end(self, fd):
        member = self.members.pop(fd)
        name = member.kind["name"]
        self.ended[name].append(round(time.monotonic() - member.opened, 2))
        self.silent[name] += not member.answered
        self.epoll.unregister(fd)
        member.socket.close()
        if member.kind["again"]:
            self.wanted[name] += 1

    def turn(self):
        self.fill_up()
        busy = any(self.wanted.values())
        for fd, events in self.epoll.poll(0 if busy else 0.01):
            member = self.members.get(fd)
            if member is None:
                continue
            more = member.read() if events & select.EPOLLIN else True
            if events & ENDED or not more:
                while more and member.kind["reads"] == "all":
                    before, more = member.answered, member.read()
                    more = more and before != member.answered
                self.end(fd)
        now = time.monotonic()
        while self.due and self.due[0][0] < now:
            _, fd, member = heapq.heappop(self.due)
            if self.members.get(fd) is member:
                member.drip()
                heapq.heappush(self.due, (now + member.kind["every"], fd, member))


class Client:
    """A regular client: one request after another on a connection that it keeps."""

    def __init__(self, address, start):
        self.address, self.due, self.socket, self.buffer = address, start, None, b""
        self.sent_at = self.want = None

    def ask(self, epoll, owners, request):
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=10)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.setblocking(False)
            owners[self.socket.fileno()] = self
            epoll.register(self.socket.fileno(), select.EPOLLIN)
        self.sent_at, self.want, self.buffer = time.monotonic(), request["status"], b""
        self.socket.send(request["bytes"])

    def complete(self):
        """The status, once the whole answer is there."""
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(head[9:12]) if len(body) >= length else None


class Regular:
    """`clients` clients, each with a request every `every` seconds, chosen at random of `requests` ({text, status})."""

    def __init__(self, spec):
        self.address, self.every = (spec["host"], spec["port"]), spec["every"]
        self.requests = [{"bytes": one["text"].encode("latin-1"), "status": one["status"]} for one in spec["requests"]]
        self.clients = [Client(self.address, 0) for _ in range(spec["clients"])]
        self.epoll, self.owners = select.epoll(), {}

    def command(self, words):
        return self.measure(float(words[1]))

    def turn(self):
        time.sleep(0.005)

    def measure(self, seconds):
        self.took, self.errors = [], []
        began = time.monotonic()
        for client in self.clients:
            client.due = began + self.every * random.random()
        while (now := time.monotonic()) < began + seconds + 10:
            asking = now < began + seconds
            waiting = [c for c in self.clients if c.sent_at is not None]
            if not asking and not waiting:
                break
            for client in self.clients if asking else ():
                if client.sent_at is None and client.due <= now:
                    client.due += self.every
                    self.guarded(client, lambda c=client: c.ask(self.epoll, self.owners, random.choice(self.requests)))
            for fd, _ in self.epoll.poll(0.002):
                self.guarded(self.owners[fd], lambda c=self.owners[fd]: self.read(c))
        self.errors += ["no answer"] * sum(1 for c in self.clients if c.sent_at is not None)
        return {"count": len(self.took), "errors": self.errors, "took": sorted(self.took)}

    def read(self, client):
        data = client.socket.recv(1 << 17)
        if not data:
            raise ConnectionResetError("closed")
        client.buffer += data
        status = client.complete()
        if status is not None and client.sent_at is not None:
            self.took.append(time.monotonic() - client.sent_at)
            if status != client.want:
                self.errors.append(f"{status} instead of {client.want}")
            client.sent_at = None

    def guarded(self, client, act):
        try:
            act()
        except OSError as error:
            self.errors.append(repr(error))
            if client.socket is not None:
                self.owners.pop(client.socket.fileno(), None)
                client.socket.close()
            client.socket = client.sent_at = None


class Crowd:
    """The other end of such a process: open in the test that uses it."""

    def __init__(self, what, spec):
        self.process = subprocess.Popen([sys.executable, str(Path(__file__)), what], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.tell(json.dumps(spec))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def say(self, *words):
        """Sends a command and waits for what comes back."""
        self.tell(" ".join(map(str, words)))
        return json.loads(self.process.stdout.readline())

    def begin(self, *words):
        self.tell(" ".join(map(str, words)))

    def result(self):
        return json.loads(self.process.stdout.readline())


class Commands:
    """Lines of standard input, without waiting for them."""

    def __init__(self):
        self.buffer, self.ended = b"", False

    def next(self):
        """None where there is none yet; "" at the end."""
        while b"\n" not in self.buffer:
            if self.ended or not select.select([0], [], [], 0)[0]:
                return "" if self.ended else None
            data = os.read(0, 1 << 20)
            self.buffer, self.ended = self.buffer + data, not data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()


def main():
    if sys.argv[1] == "slow":
        os.nice(19)  # nine thousand machines elsewhere, whose work is not to be this one's
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    commands = Commands()
    while (first := commands.next()) is None:
        time.sleep(0.01)
    crowd = {"slow": Slow, "regular": Regular}[sys.argv[1]](json.loads(first))
    while (line := commands.next()) != "":
        if line is not None:
            print(json.dumps(crowd.command(line.split())), flush=True)
        crowd.turn()


if __name__ == "__main__":
    main()
