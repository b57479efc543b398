"""SECURITY L1 to L3, L5 and R8: thousands of connections that are slow on purpose, while regular clients work. Nobody of these
may notice, memory stays bounded, and who is too slow is gone at his deadline.

The times of regular clients are compared with those of the same clients in the same run, without the slow ones: before and
after. A busy machine disturbs both; so a comparison that fails is made again, as often as ROUNDS says, and must hold once."""

import threading
import time

import pytest

import wire
from clients import Gateway
from conftest import app_token, running, serve, write_configuration
from crowd import Crowd
from procs import eventually, resident_bytes
from samples import noise

ROUNDS = 4
KIB = 1024
IDLE_BYTES, TRANSFER_BYTES = 32 * KIB, 320 * KIB
# What a process needs besides: allocators keep what was freed, and work in flight is not counted to a connection.
SLACK_BYTES = 24 * KIB * KIB
HEADER_SECONDS, PROGRESS_SECONDS, IDLE_SECONDS = 10, 30, 75
LARGE = noise(8 << 20)
SMALL = noise(2000)
PATIENT_BYTES = 8 * KIB
RESTING = ("idle", "mute")


@pytest.fixture(scope="module")
def gate(work, rsa_key):
    directory = work / "slow"
    directory.mkdir()
    with running(serve(directory, config=write_configuration(directory, [rsa_key]))) as program:
        yield Gateway(program.url, program=program)


@pytest.fixture(scope="module")
def sam(gate):
    return gate.bearing(app_token("sam"))


class Patient(threading.Thread):
    """Reads slowly, but not too slowly, for longer than a window of progress; and then the rest as fast as it comes."""

    def __init__(self, address, request):
        super().__init__(daemon=True)
        self.address, self.request, self.answer = address, request, None
        self.start()

    def run(self):
        with wire.Connection(self.address, timeout=60) as connection:
            connection.send(self.request)
            until = time.monotonic() + PROGRESS_SECONDS + 4
            while time.monotonic() < until:
                connection.buffer += connection.socket.recv(PATIENT_BYTES)
                time.sleep(1)
            self.answer = connection.response()


@pytest.fixture(scope="module", autouse=True)
def patients(sam):
    """They begin with the first test, so that nobody has to wait for them."""
    large = sam.upload(LARGE, "large.bin", "application/octet-stream")["id"]
    url = sam.signed_url(large, "?expires_in=10m")["url"]
    store = wire.address_of(url)
    yield {"proxy": Patient(sam.address, head(sam, "GET", f"/files/{large}?delivery=proxy").encode()),
           "store": Patient(store, wire.head("GET", wire.target_of(url), [("Host", store.authority)]))}


def head(caller, method, target, *fields):
    return wire.head(method, target, [("Host", caller.address.authority), *caller.headers, *fields]).decode()


def kinds(sam):
    """Slow heads, slow bodies (JSON, uploads by proxy and to the store), slow readers (by proxy and of the store), and idle ones."""
    large = sam.upload(LARGE, "large.bin", "application/octet-stream")["id"]
    url = sam.signed_url(large, "?expires_in=10m")["url"]
    store = wire.address_of(url)
    waiting = [sam.create("pending.bin", "application/octet-stream", 1 << 20) for _ in range(2)]
    upload = waiting[1]["upload"]
    length = ("Content-Length", str(1 << 20))
    json_head = head(sam, "POST", "/v1/files", ("Content-Type", "application/json"), ("Content-Length", "100000"))
    put_head = head(sam, "PUT", f"/v1/files/{waiting[0]['file']['id']}/content", length)
    store_put = wire.head("PUT", wire.target_of(upload["url"]), [("Host", store.authority), *upload["headers"].items(), length]).decode()
    store_get = wire.head("GET", wire.target_of(url), [("Host", store.authority)]).decode()
    here, there = ([address.host, address.port] for address in (sam.address, store))
    return [
        {"name": "heads", "to": here, "first": "GET /v1/files HTTP/1.1\r\nHost: a\r\nX-A: ", "drip": "a", "reads": "all", "again": True},
        {"name": "json", "to": here, "first": json_head + '{"name":"', "drip": "a", "reads": "all"},
        {"name": "uploads", "to": here, "first": put_head, "drip": "a", "reads": "all"},
        {"name": "store uploads", "to": there, "first": store_put, "drip": "a", "reads": "all"},
        {"name": "readers", "to": here, "first": head(sam, "GET", f"/files/{large}?delivery=proxy"), "reads": "drip", "every": 1},
        {"name": "store readers", "to": there, "first": store_get, "reads": "drip", "every": 1},
        {"name": "idle", "to": here, "first": head(sam, "GET", f"/v1/files/{large}"), "reads": "all"},
        {"name": "mute", "to": here, "first": "", "reads": "all"}]


def regular(sam):
    small = sam.upload(SMALL, "small.bin", "application/octet-stream")["id"]
    asks = [(f"/files/{small}", 302), (f"/files/{small}?delivery=proxy", 200), (f"/v1/files/{small}/url", 200),
            (f"/v1/files/{small}", 200)]
    return {"host": sam.address.host, "port": sam.address.port, "clients": 100, "every": 0.5,
            "requests": [{"text": head(sam, "GET", target), "status": status} for target, status in asks]}


def p99(result):
    assert not result["errors"], result["errors"][:5]
    assert result["count"] > 500, result["count"]
    return result["took"][int(result["count"] * 0.99)]


def opened(slow, counts):
    for name, count in counts.items():
        slow.say("open", count, name)
    eventually(lambda: all(slow.say("report")["open"][name] >= count * 0.98 for name, count in counts.items()), 30, every=0.2)


def ended_in_time(slow, name, count, seconds, within):
    """All of them have ended, each at its deadline and not before."""
    report = eventually(lambda: (r := slow.say("report"))["open"][name] == 0 and r, within, every=0.5)
    ages = report["ended"][name]
    assert len(ages) >= count and report["refused"] == 0, (len(ages), report["refused"])
    assert seconds * 0.95 <= min(ages) and max(ages) <= seconds * 1.2, (name, min(ages), max(ages))
    return report


def of(counts, *names):
    return sum(counts[name] for name in names)


def crowd_and_clients(sam, counts, seconds, check_ends):
    pids = [sam.program.listener_pid(url) for url in (sam.url, sam.program.store_url)]

    def resident():
        return [resident_bytes(pid) for pid in pids]

    with Crowd("slow", {"kinds": kinds(sam)}) as slow, Crowd("regular", regular(sam)) as clients:
        clients.say("measure", 2)  # connects, fills caches
        before = p99(clients.say("measure", seconds))
        empty = resident()
        opened(slow, {name: counts[name] for name in RESTING})
        idle = resident()
        opened(slow, {name: count for name, count in counts.items() if name not in RESTING})
        times = []
        while len(times) < ROUNDS:
            times.append(p99(clients.say("measure", seconds)))
            if times[-1] <= 2 * before:
                break
        full = resident()
        print(f"p99 {before * 1e3:.1f} ms before, {[round(t * 1e3, 1) for t in times]} ms with them; MiB resident (gateway, store): "
              f"{[[n >> 20 for n in pair] for pair in (empty, idle, full)]}")
        slow.say("keep")
        check_ends(slow)
        after = p99(clients.say("measure", seconds))
        print(f"p99 {after * 1e3:.1f} ms after")
    assert idle[0] - empty[0] <= of(counts, *RESTING) * IDLE_BYTES + SLACK_BYTES
    by_gateway = of(counts, *RESTING, "heads") * IDLE_BYTES + of(counts, "json", "uploads", "readers") * TRANSFER_BYTES
    by_store = of(counts, "uploads", "readers", "store uploads", "store readers") * TRANSFER_BYTES
    assert full[0] - empty[0] <= by_gateway + SLACK_BYTES and full[1] - empty[1] <= by_store + SLACK_BYTES
    assert min(times) <= 2 * max(before, after), (before, times, after)


@pytest.mark.timeout(120)
def test_hundreds_of_slow_connections(sam):
    counts = {"heads": 200, "json": 60, "uploads": 70, "store uploads": 70, "readers": 100, "store readers": 100, "idle": 200, "mute": 100}
    crowd_and_clients(sam, counts, 4, lambda slow: ended_in_time(slow, "heads", counts["heads"], HEADER_SECONDS, 15))


@pytest.mark.parametrize("where", ["proxy", "store"])
def test_l3_slow_is_not_too_slow(patients, where):
    """8 KiB a second, where 1 is asked for."""
    patients[where].join(PROGRESS_SECONDS + 20)
    answer = patients[where].answer
    assert answer is not None and answer.status == 200 and answer.body == LARGE


@pytest.mark.timeout(300)
def test_nine_thousand_slow_connections(request, sam):
    if not request.config.getoption("--long"):
        pytest.skip("takes two minutes: --long")
    counts = {"heads": 2000, "json": 600, "uploads": 700, "store uploads": 700, "readers": 1000, "store readers": 1000, "idle": 2000,
              "mute": 1000}

    def check_ends(slow):
        ended_in_time(slow, "heads", counts["heads"], HEADER_SECONDS, 15)
        for name in ("json", "uploads", "store uploads", "readers", "store readers"):
            ended_in_time(slow, name, counts[name], PROGRESS_SECONDS, 40)
        for name in RESTING:
            ended_in_time(slow, name, counts[name], IDLE_SECONDS, 95)

    crowd_and_clients(sam, counts, 8, check_ends)


@pytest.mark.timeout(120)
def test_more_than_can_be_accepted(request, sam):
    """12,000 who want nothing and come again when they are sent away, where 10,000 are accepted: who works goes on working, and who
    comes anew is let in."""
    if not request.config.getoption("--long"):
        pytest.skip("takes half a minute: --long")
    mute = {"name": "mute", "to": [sam.address.host, sam.address.port], "first": "", "reads": "all", "again": True}
    with Crowd("slow", {"kinds": [mute]}) as slow, Crowd("regular", regular(sam)) as clients:
        clients.say("measure", 2)
        slow.say("open", 12_000, "mute")
        eventually(lambda: slow.say("report")["open"]["mute"] > 11_000, 30, every=0.5)
        result = clients.say("measure", 8)
        assert not result["errors"] and result["count"] > 1000, (result["count"], result["errors"][:5])
        began = time.monotonic()
        assert sam.get("/v1/files").status == 200
        assert time.monotonic() - began < 5
