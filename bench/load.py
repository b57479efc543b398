"""Load on HTTP servers and the CPU time that it costs them, for the benches. A figure is the CPU time of one server's own
processes, divided by the requests that it answered; the rounds of all ways are interleaved and the median counts, so that
what else the machine does falls on all alike."""

import ctypes
import fcntl
import os
import re
import socket
import statistics
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import wire

SERVER_CORE, CLIENT_CORE = 0, (os.cpu_count() or 1) - 1

# Every request asks for another file: {count} of them, every fourth one this caller's.
LUA = """
local prefix, suffix, count, first = "GET {path}", " HTTP/1.1\\r\\nHost: {host}\\r\\n{headers}\\r\\n", {count}, {first}
function init() math.randomseed({seed}) end
function request() return prefix .. (4 * math.random(0, count / 4 - 1) + first) .. suffix end
"""


CONGESTION_CONTROL = Path("/proc/sys/net/ipv4/tcp_congestion_control")


def congestion_control():
    return CONGESTION_CONTROL.read_text().strip()


def enter_own_network():
    """Where root runs it: from here on this process and what it starts have a network of their own, with TCP Reno, which any network
    may have. Many servers have BBR, which sends by timer what it holds to be too much at once: on loopback, too, and by what it found
    out about a connection a GET of 1 MiB then takes 80 or 500 us of one and the same server. Returns what is used."""
    clone_newnet, siocgifflags, siocsifflags, iff_up = 0x40000000, 0x8913, 0x8914, 1
    if ctypes.CDLL(None, use_errno=True).unshare(clone_newnet) == 0:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            name, flags = struct.unpack("16sh", fcntl.ioctl(any_socket, siocgifflags, struct.pack("16sh", b"lo", 0)))
            fcntl.ioctl(any_socket, siocsifflags, struct.pack("16sh", name, flags | iff_up))
        CONGESTION_CONTROL.write_text("reno")
    return congestion_control()


def cpu_seconds(pids):
    """CPU time of all threads of these processes (/proc/PID/task/TID/schedstat, in nanoseconds)."""
    return sum(int((task / "schedstat").read_text().split()[0]) for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9


def pin(pids, core):
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            os.sched_setaffinity(int(task), {core})


@dataclass
class Way:
    """One server and what is asked of it: a fixed target, or `path` followed by the number of a file."""
    name: str
    address: wire.Address
    pids: list
    path: str
    headers: list = field(default_factory=list)
    files: int = 0  # numbers to choose among; 0: the path as it stands
    first: int = 0  # the first number that this caller owns
    status: int = 302
    connections: int = 64
    micros: list = field(default_factory=list)  # CPU microseconds a request, by round

    @property
    def cost(self):
        return statistics.median(self.micros)

    def ratio_to(self, other):
        """How many times the other's cost: the median over rounds, in each of which both had their turns within the same seconds,
        because a machine's speed wanders by a fifth from minute to minute."""
        return statistics.median(mine / its for mine, its in zip(self.micros, other.micros, strict=True))

    def target(self, number=0):
        return f"{self.path}{4 * number + self.first}" if self.files else self.path

    def check(self):
        answer = wire.request(self.address, "GET", self.target(), self.headers, timeout=20)
        if answer.status != self.status:
            raise RuntimeError(f"{self.name}: {answer.status} {answer.body[:300]}")

    def round(self, seconds, directory):
        script = []
        if self.files:
            path = Path(directory) / "wrk.lua"
            fields = "".join(f"{n}: {v}\\r\\n" for n, v in self.headers)
            path.write_text(LUA.format(path=self.path, host=self.address.authority, headers=fields, count=self.files, first=self.first,
                                       seed=len(self.micros) + 1))
            script = ["-s", path]
        options = [option for name, value in self.headers for option in ("-H", f"{name}: {value}")]
        before = cpu_seconds(self.pids)
        done = subprocess.run(["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{self.connections}", f"-d{seconds}s", "--timeout", "20s",
                               *script, *options, f"http://{self.address.authority}{self.path}"],
                              capture_output=True, text=True, timeout=seconds + 60, check=True)
        used = cpu_seconds(self.pids) - before
        if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
            raise RuntimeError(f"{self.name}: {done.stdout}")
        self.micros.append(used / int(re.search(r"(\d+) requests in", done.stdout)[1]) * 1e6)


def measure(ways, rounds, seconds, directory):
    for way in ways:
        way.check()
        way.round(1, directory)  # warms caches and compilers up
        way.micros.clear()
    for _ in range(rounds):
        for way in ways:
            way.round(seconds, directory)
