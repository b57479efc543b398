"""The store at scale: pages and the start of a million objects, and the memory of 200 transfers."""

import hashlib
import selectors
import socket
import sqlite3
import statistics
import time
from contextlib import ExitStack, closing
from pathlib import Path

import wire
from samples import noise
from sigv4 import join

FEW, MANY = 10_000, 1_000_000
PAGE = 1000
PAGES = 40  # asked for in each round
ROUNDS = 5
TRANSFERS = 200
LONG = 1 << 30
SECONDS = 15
MIB = 1 << 20


def key_of(number):
    return f"albums/{number // 1000:04}/{hashlib.md5(str(number).encode()).hexdigest()}.jpg"


def fill_index(data, count):
    """Rows of objects whose files are not there: neither a page nor a start looks at them."""
    insert = ("INSERT INTO object(bucket, key, data, size, etag, modified, fields, checksum_algorithm, checksum) "
              "SELECT id,?,?,123456,?,1700000000000,?,'CRC64NVME','AAAAAAAAAAA=' FROM bucket")
    fields = b"content-type\0image/jpeg\0"
    digests = (hashlib.md5(str(number).encode()).hexdigest() for number in range(count))
    rows = ((key_of(number).encode(), f"{digest}.crc32c", digest, fields) for number, digest in enumerate(digests))
    with closing(sqlite3.connect(next(data.rglob("index.db")))) as index, index:
        index.executemany(insert, rows)


def start_filled(stack, directory, start, client_of, count):
    """A store of so many objects, and how long it took to start with them, in seconds."""
    program = start(directory)
    client_of(program).create_bucket()
    program.stop()
    fill_index(directory / "data", count)
    times = []
    for last in (False, False, True):
        begun = time.monotonic()
        program = start(directory)
        times.append(time.monotonic() - begun)
        if not last:
            program.stop()
    stack.callback(program.stop)
    return program, statistics.median(times)


def page_way(program, client_of, way_class, count):
    store = client_of(program)

    def target(_, number):
        pairs = [("list-type", "2"), ("max-keys", str(PAGE)), ("start-after", key_of(number))]
        path = f"/{store.bucket}"
        return join(path, store.signer.query("GET", store.host, path, pairs, expires=86400))
    way = way_class(f"{count:,}", store.address, [program.pid], target)
    # Places that have a whole page behind them.
    way.numbers = [count * (2 * i + 1) // (2 * PAGES) - PAGE for i in range(PAGES)]
    return way


def times_of(way):
    times = []
    for number in way.numbers:
        begun = time.monotonic()
        way.get(number)
        times.append((time.monotonic() - begun) * 1e3)
    return times


def measure_pages(directory, start, client_of, way_class):
    with ExitStack() as stack:
        programs = {count: start_filled(stack, directory / f"keys-{count}", start, client_of, count) for count in (FEW, MANY)}
        ways = {count: page_way(program, client_of, way_class, count) for count, (program, _) in programs.items()}
        found = {count: [] for count in ways}
        for turn in range(ROUNDS + 1):
            for count, way in ways.items():
                times = times_of(way)
                if turn > 0:
                    found[count] += times
        print("\n| | p50 ms | p99 ms | start, s |\n|---|---:|---:|---:|")
        for count, times in found.items():
            times.sort()
            print(f"| page of {PAGE:,} out of {count:,} | {statistics.median(times):.2f} | {times[len(times) * 99 // 100]:.2f} | "
                  f"{programs[count][1]:.2f} |", flush=True)
        few, many = (statistics.median(found[count]) for count in (FEW, MANY))
        return [(f"page of {PAGE:,} out of {MANY:,} keys, ms", many, "<=", 5),
                (f"... and out of {FEW:,}", many / few, "<=", 1.1),
                (f"start with {MANY:,} objects, s", programs[MANY][1], "<=", 2)]


class Transfer:
    """One GET or PUT that goes on for as long as somebody looks at it."""
    buffer = bytearray(256 << 10)
    piece = noise(256 << 10)

    def __init__(self, way, method, key):
        self.moved, self.method = 0, method
        length = [("Content-Length", str(LONG))] if method == "PUT" else []
        self.socket = socket.create_connection((way.address.host, way.address.port), timeout=10)
        self.socket.sendall(wire.head(method, way.target(method, key), [("Host", way.address.authority), *length]))
        self.socket.setblocking(False)

    @property
    def event(self):
        return selectors.EVENT_READ if self.method == "GET" else selectors.EVENT_WRITE

    def move(self):
        left = LONG - self.moved
        if left <= 0:
            return False
        if self.method == "GET":
            count = self.socket.recv_into(self.buffer)
        else:
            count = self.socket.send(memoryview(self.piece)[:min(left, len(self.piece))])
        assert count > 0
        self.moved += count
        return True


def move_all(transfers, seconds):
    with selectors.DefaultSelector() as selector:
        for transfer in transfers:
            selector.register(transfer.socket, transfer.event, transfer)
        end = time.monotonic() + seconds
        while time.monotonic() < end and selector.get_map():
            for entry, _ in selector.select(1):
                if not entry.data.move():
                    selector.unregister(entry.fileobj)


def status_of(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"no {name} of {pid}")


def measure_transfers(way):
    """Half of them down, half up, all at once; after a while all are cut, for 200 GiB tell no more."""
    way.put("long", noise(MIB), LONG // MIB)
    for pid in way.pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew
    transfers = [Transfer(way, "PUT" if i % 2 else "GET", f"up-{i}" if i % 2 else "long") for i in range(TRANSFERS)]
    try:
        move_all(transfers, SECONDS)
    finally:
        for transfer in transfers:
            transfer.socket.close()
    peak = sum(status_of(pid, "VmHWM") for pid in way.pids)
    least = min(transfer.moved for transfer in transfers) / MIB
    total = sum(transfer.moved for transfer in transfers) / LONG
    print(f"\n{TRANSFERS} transfers of 1 GiB at once for {SECONDS} s: {total:.1f} GiB in all, at least {least:.0f} MiB each, "
          f"resident at most {peak:.0f} MiB", flush=True)
    return [(f"{TRANSFERS} transfers of 1 GiB at once, resident MiB", peak, "<=", 200)]
