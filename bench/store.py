#!/usr/bin/python3
"""./dev bench store: what a GET and a PUT cost the store, beside nginx (sendfile; its WebDAV module) on the same disk, what durable
PUTs wait for beside the bare file calls, pages out of a million keys beside ten thousand, and memory and start at scale: in one run.
Prints Markdown, last each target with what was measured. The figures to trust are the ratios within a row."""

import argparse
import functools
import hashlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "test/blackbox")]

import store_durable  # noqa: E402
import store_scale  # noqa: E402
import wire  # noqa: E402
from clients import Store  # noqa: E402
from load import SERVER_CORE, congestion_control, cpu_seconds, enter_own_network, pin  # noqa: E402
from procs import Program, children_of, clean_environment, eventually, free_port  # noqa: E402
from samples import noise  # noqa: E402

KEY_ID, KEY = "AKIABENCHSTORE00001", "a secret access key for the bench alone"
MIB = 1 << 20
PARTS = ("bytes", "durable", "pages", "transfers")
ROUNDS = 7
MANY_ROUNDS = 41  # where they are short: of seven, one program's medians were 1.27 to 1.39
GETS = {"64 KiB": (64 << 10, 400, MANY_ROUNDS), "1 MiB": (MIB, 100, MANY_ROUNDS), "1 GiB": (1 << 30, 1, ROUNDS)}  # bytes, requests a round
PUTS = {"1 MiB": (MIB, 40, ROUNDS), "1 GiB": (1 << 30, 1, ROUNDS)}
LONG = 1 << 30

NGINX = """
daemon off;
worker_processes 2;
pid {directory}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path {directory}/files/.body; proxy_temp_path {directory}/p; fastcgi_temp_path {directory}/f;
  uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
  server {{
    listen 127.0.0.1:{port} reuseport;
    keepalive_requests 1000000;
    root {directory}/files;
    client_max_body_size 0;
    location / {{ dav_methods PUT; }}
  }}
}}
"""


class Way:
    """One server, with a connection that is kept."""

    def __init__(self, name, address, pids, target):
        self.name, self.address, self.pids = name, address, pids
        self.target = functools.cache(target)  # to sign is the client's work
        self.buffer = bytearray(MIB)
        self.connection = None
        self.connect()

    def connect(self):
        if self.connection:
            self.connection.close()
        self.connection = wire.Connection(self.address, timeout=300)

    def get(self, key):
        sock = self.connection.socket
        sock.sendall(wire.head("GET", self.target("GET", key), [("Host", self.address.authority)]))
        head = b""
        while b"\r\n\r\n" not in head:
            head += sock.recv(4096)
        head, rest = head.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 200"), head
        left = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) - len(rest)
        while left > 0:
            got = sock.recv_into(self.buffer, min(left, len(self.buffer)))
            assert got > 0
            left -= got

    def put(self, key, piece, count):
        sock = self.connection.socket
        length = len(piece) * count
        sock.sendall(wire.head("PUT", self.target("PUT", key), [("Host", self.address.authority), ("Content-Length", str(length))]))
        for _ in range(count):
            sock.sendall(piece)
        answer = self.connection.response("PUT", timeout=300)
        assert answer.status in (200, 201, 204), answer


def answers(address):
    try:
        return wire.request(address, "GET", "/", timeout=2).status > 0
    except OSError:
        return False


def start_program(directory):
    return Program(directory, "store", "--data", directory / "data", "--listen", "127.0.0.1:0",
                   env={"SIGNPOST_STORE_ACCESS_KEY_ID": KEY_ID, "SIGNPOST_STORE_SECRET_ACCESS_KEY": KEY})


def client_of(program):
    return Store(program.url, KEY_ID, KEY, "bench")


def start_store(stack, directory):
    program = start_program(directory)
    stack.callback(program.stop)
    store = client_of(program).create_bucket()
    return Way("store", store.address, [program.pid, *children_of(program.pid)], lambda method, key: store.presign(method, key, expires=86400))


def start_nginx(stack, directory):
    (directory / "files").mkdir(parents=True)
    port = free_port()
    (directory / "nginx.conf").write_text(f"user root;\n{NGINX.format(directory=directory, port=port)}" if os.getuid() == 0 else
                                          NGINX.format(directory=directory, port=port))
    binary = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    process = subprocess.Popen([binary, "-c", directory / "nginx.conf", "-p", directory], stderr=subprocess.DEVNULL, env=clean_environment(),
                               start_new_session=True)  # as the store: the kernel shares the processor among sessions

    def stop():
        process.terminate()
        process.wait(10)
    stack.callback(stop)
    address = wire.Address("127.0.0.1", port)
    eventually(lambda: process.poll() is None and answers(address), 10)
    return Way("nginx", address, [process.pid, *children_of(process.pid)], lambda _, key: f"/{key}")


def measure(ways, requests, work, rounds):
    """[(CPU, wall)] in milliseconds a request for each way, by rounds in which all take turns, and the median of what MD5 costs a
    MiB beside them."""
    found = {way.name: [] for way in ways}
    digests = []
    for turn in range(rounds + 1):
        for way in ways if turn % 2 else reversed(ways):
            way.connect()  # TCP goes by what it found out about one
            cpu, wall = cpu_seconds(way.pids), time.monotonic()
            for _ in range(requests):
                work(way)
            if turn > 0:  # the first warms up
                found[way.name].append(((cpu_seconds(way.pids) - cpu) / requests * 1e3, (time.monotonic() - wall) / requests * 1e3))
        digests.append(digest_cost())
    return *(found[way.name] for way in ways), statistics.median(digests)


def ratio(store, nginx, column=0, extra=0.0):
    """The median over rounds, in each of which both had their turns within the same seconds: a machine's speed wanders."""
    return statistics.median(mine[column] / (its[column] + extra) for mine, its in zip(store, nginx, strict=True))


def row(name, nginx, store, extra=0.0):
    """`extra`: CPU that the store must spend and nginx need not, in milliseconds."""
    (cpu, wall), (its_cpu, its_wall) = (tuple(statistics.median(column) for column in zip(*way)) for way in (store, nginx))
    return (f"| {name} | {its_cpu:.3f} | {extra:.3f} | {cpu:.3f} | {ratio(store, nginx):.2f} | {ratio(store, nginx, extra=extra):.2f} | {its_wall:.3f} | "
            f"{wall:.3f} | {ratio(store, nginx, column=1):.2f} |")


def digest_cost(data=noise(4 * MIB)):
    """CPU milliseconds a MiB for MD5, which an ETag is."""
    begun = time.process_time()
    hashlib.md5(data).digest()
    return (time.process_time() - begun) / (len(data) / MIB) * 1e3


def share_one_core(stack, ways):
    """Servers and client on one core. Free to choose, the kernel puts the client now beside a server and now on another core, and each
    keeps its place for many rounds; on a virtual machine to wake another core costs 20 to 60 us, as much as a GET of 64 KiB itself."""
    stack.callback(os.sched_setaffinity, 0, os.sched_getaffinity(0))
    os.sched_setaffinity(0, {SERVER_CORE})
    for way in ways:
        pin(way.pids, SERVER_CORE)


def measure_bytes(stack, directory, small, targets):
    """GET and PUT beside nginx."""
    ways = [start_nginx(stack, directory / "nginx"), start_store(stack, directory / "store")]
    share_one_core(stack, ways)
    piece = noise(MIB)
    print(f"Medians of {ROUNDS} rounds, of {MANY_ROUNDS} for GETs of up to 1 MiB\n")
    print("| | nginx CPU ms | MD5 ms | store CPU ms | ratio | ratio with MD5 allowed | nginx wall ms | store wall ms | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, (size, requests, rounds) in PUTS.items():
        if small and size == LONG:
            continue
        nginx, store, md5 = measure(ways, requests, lambda way, s=size: way.put(f"put-{s}", piece, s // MIB), rounds)
        allowed = md5 * size / MIB
        print(row(f"PUT {name}", nginx, store, allowed), flush=True)
        targets.append((f"PUT {name}, CPU: nginx's DAV and MD5", ratio(store, nginx, extra=allowed), "<=", 1))
    for name, (size, requests, rounds) in GETS.items():
        if small and size == LONG:
            continue
        for way in ways:
            part = piece[:min(size, MIB)]
            way.put(f"get-{size}", part, size // len(part))
        nginx, store, _ = measure(ways, requests, lambda way, s=size: way.get(f"get-{s}"), rounds)
        print(row(f"GET {name}", nginx, store), flush=True)
        targets.append((f"GET {name}, CPU: nginx's sendfile", ratio(store, nginx), "<=", 1.3))


def report(targets):
    print("\n| | measured | target | |\n|---|---:|---:|---|")
    for what, figure, relation, bound in targets:
        met = "" if bound is None else "met" if (figure <= bound if relation == "<=" else figure >= bound) else "missed"
        print(f"| {what} | {figure:.2f} | {relation} {bound if bound is not None else ''} | {met} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="without the GiB")
    parser.add_argument("--directory", help="on the disk to measure")
    parser.add_argument("--only", choices=PARTS, help="one part of it")
    parser.add_argument("--seconds", type=int, default=3, help="of each row of durable PUTs")
    parser.add_argument("--reno", action="store_true", help="in a network of its own with TCP Reno (root), not with the machine's TCP")
    given = parser.parse_args()
    chosen = [given.only] if given.only else PARTS
    targets = []
    network = enter_own_network() if given.reno else congestion_control()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, TCP's congestion control {network}\n")
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=given.directory)))
        if "bytes" in chosen:
            with ExitStack() as servers:
                measure_bytes(servers, directory, given.small, targets)
        if "durable" in chosen:
            targets += store_durable.measure(directory / "durable", given.seconds)
            with ExitStack() as servers:
                targets += store_durable.measure_http(start_store(servers, directory / "http"), directory, given.seconds)
        if "pages" in chosen:
            targets += store_scale.measure_pages(directory, start_program, client_of, Way)
        if "transfers" in chosen:
            with ExitStack() as servers:
                targets += store_scale.measure_transfers(start_store(servers, directory / "transfers"))
    report(targets)


if __name__ == "__main__":
    main()
