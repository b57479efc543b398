#!/usr/bin/python3
"""./dev bench delivery: what a download costs the gateway, by proxy and by redirect, beside nginx's proxy_pass in front of the
same store. Prints Markdown for the README. The figures to trust are the ratios between rows of one run."""

import argparse
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "test/blackbox")]

import tokens  # noqa: E402
import wire  # noqa: E402
from clients import Gateway, Store  # noqa: E402
from procs import Program, children_of, clean_environment, eventually  # noqa: E402
from relay import Wire  # noqa: E402
from samples import noise  # noqa: E402

SECRET = b"an HS256 secret for the bench, of more than 32 bytes"
KEY_ID, KEY = "AKIABENCHDELIVERY001", "a secret access key for the bench alone"
BUCKET = "bench"
SIZES = {"1 KiB": 1 << 10, "64 KiB": 64 << 10, "1 MiB": 1 << 20}
ROUND_TRIP = 0.050
CLIENT_RATE = 20e6 / 8  # bytes a second

CONFIGURATION = """
[store]
kind = "s3"
endpoint = "http://{endpoint}"
public_endpoint = "http://{public}"
region = "us-east-1"
bucket = "{bucket}"
path_style = true
access_key_id = "{key_id}"
secret_access_key = "{key}"

[[auth.jwt]]
name = "app"
issuer = "{issuer}"
audience = "{audience}"
algorithms = ["HS256"]
secret = "{secret}"
"""

NGINX = """
daemon off;
worker_processes 2;
pid {directory}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/f;
  uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
  upstream store {{ server {upstream}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port} reuseport;
    keepalive_requests 1000000;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host {host};
{locations}
  }}
}}
"""


def cpu_seconds(pids):
    """CPU time of all threads of these processes (/proc/PID/task/TID/schedstat, in nanoseconds)."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


@dataclass
class Way:
    """One way to a file: who answers, and what is asked of it."""
    name: str
    address: wire.Address
    pids: list
    targets: dict  # size name -> target
    headers: list


def start_gateway(stack, directory, endpoint, public):
    directory.mkdir(parents=True)
    config = directory / "signpost.toml"
    config.write_text(CONFIGURATION.format(endpoint=endpoint, public=public, bucket=BUCKET, key_id=KEY_ID, key=KEY,
                                           issuer=tokens.ISSUER, audience=tokens.AUDIENCE, secret=SECRET.decode()))
    program = Program(directory, "serve", "--config", config, "--data", directory / "data", "--listen", "127.0.0.1:0",
                      env={"SIGNPOST_ADMIN_PASSWORD": "a password for the bench"})
    stack.callback(program.stop)
    caller = Gateway(program.url, program=program).bearing(tokens.hs256(SECRET, tokens.claims("bench")))
    files = {name: caller.upload(noise(size), f"{size}.bin", "application/octet-stream")["id"] for name, size in SIZES.items()}
    return program, caller, files


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start_nginx(stack, directory, store, upstream):
    """nginx with one pre-signed upstream URL for each file: it needs no key, as the gateway's own proxying needs none more."""
    directory.mkdir(parents=True)
    port = free_port()
    locations = []
    for name, size in SIZES.items():
        store.put(f"nginx/{size}", noise(size))
        target = store.presign("GET", f"nginx/{size}", expires=3600)
        locations.append(f"    location = /{size} {{ proxy_pass http://store{target}; }}")
    (directory / "nginx.conf").write_text(NGINX.format(directory=directory, upstream=upstream, port=port, host=store.host,
                                                       locations="\n".join(locations)))
    binary = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    process = subprocess.Popen([binary, "-c", directory / "nginx.conf", "-p", directory], stderr=subprocess.DEVNULL,
                               env=clean_environment())

    def stop():
        process.terminate()
        process.wait(10)
    stack.callback(stop)
    address = wire.Address("127.0.0.1", port)
    eventually(lambda: process.poll() is None and reachable(address), 10)
    return address, [process.pid, *children_of(process.pid)]


def reachable(address):
    try:
        return wire.request(address, "GET", "/1024", timeout=2).status == 200
    except (OSError, AssertionError):
        return False


def wrk(way, size, seconds):
    """Downloads by wrk: (count, CPU seconds of the way's processes)."""
    headers = [option for name, value in way.headers for option in ("-H", f"{name}: {value}")]
    url = f"http://{way.address.authority}{way.targets[size]}"
    before = cpu_seconds(way.pids)
    done = subprocess.run(["wrk", "-t1", "-c16", f"-d{seconds}s", "--timeout", "10s", *headers, url], capture_output=True, text=True,
                          timeout=seconds + 30, check=True)
    used = cpu_seconds(way.pids) - before
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"{way.name}, {size}: {done.stdout}")
    return int(re.search(r"(\d+) requests in", done.stdout)[1]), used


def measure_cpu(ways, seconds):
    """{(way, size): (CPU seconds a download, downloads a second)}, two rounds each, the better one."""
    found = {}
    for size in SIZES:
        for _ in range(2):
            for way in ways:
                started = time.monotonic()
                count, used = wrk(way, size, seconds)
                row = used / count, count / (time.monotonic() - started)
                key = way.name, size
                found[key] = min(found.get(key, row), row)
    return found


class Client:
    """A client that keeps its connections, or does not. A download is whole when its last byte is read."""

    def __init__(self, keep):
        self.keep, self.connections = keep, {}

    def ask(self, address, target, headers, host):
        connection = self.connections.get(address) or wire.Connection(address, 20)
        connection.send(wire.head("GET", target, [("Host", host), *headers]))
        answer = connection.response()
        if self.keep:
            self.connections[address] = connection
        else:
            connection.close()
        return answer

    def close(self):
        for connection in self.connections.values():
            connection.close()

    def download(self, way, size, via):
        """Through the relay `via` to the way's server, and on to wherever a redirect points."""
        answer = self.ask(via, way.targets[size], way.headers, way.address.authority)
        if answer.status == 302:
            url = answer.get("Location")
            place = wire.address_of(url)
            answer = self.ask(place, wire.target_of(url), [], place.authority)
        if answer.status != 200 or len(answer.body) != SIZES[size]:
            raise RuntimeError(f"{way.name}, {size}: {answer.status}, {len(answer.body)} bytes")


def timed(way, size, via, keep, count, wires, held):
    """Median seconds to the last byte, and the gateway's connection-seconds of one download."""
    client = Client(keep)
    for _ in range(2 if keep else 0):
        client.download(way, size, via)
    for one in wires:
        one.reset()
    times = []
    for _ in range(count):
        started = time.monotonic()
        client.download(way, size, via)
        times.append(time.monotonic() - started)
    time.sleep(ROUND_TRIP * 2)  # what is still on its way
    client.close()
    return statistics.median(times), sum(one.held.value for one in held) / count


def crossing(way, size, via, wires, count=8):
    """Bytes that crossed the way's server on both of its hops, for one download."""
    client = Client(True)
    client.download(way, size, via)
    for one in wires:
        one.reset()
    for _ in range(count):
        client.download(way, size, via)
    time.sleep(0.05)
    client.close()
    return sum(one.bytes.value for one in wires) / count


def kib(count):
    return f"{count / 1024:,.1f} KiB"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def run(seconds, directory):
    result = {}
    with ExitStack() as stack:
        environment = {"SIGNPOST_STORE_ACCESS_KEY_ID": KEY_ID, "SIGNPOST_STORE_SECRET_ACCESS_KEY": KEY}
        program = Program(directory / "store", "store", "--data", directory / "store/data", "--listen", "127.0.0.1:0", env=environment)
        stack.callback(program.stop)
        store = Store(program.url, KEY_ID, KEY, BUCKET, program).create_bucket()
        result["cpu"] = cpu_part(stack, directory, store, seconds)
    with ExitStack() as stack:
        program = Program(directory / "store", "store", "--data", directory / "store/data", "--listen", "127.0.0.1:0", env=environment)
        stack.callback(program.stop)
        store = Store(program.url, KEY_ID, KEY, BUCKET, program)
        result.update(wire_part(stack, directory, store))
    return result


def gateway_ways(program, files, caller, pids):
    address = wire.address_of(program.url)
    return [Way(f"Signpost, {mode}", address, pids, {n: f"/files/{i}?delivery={mode}" for n, i in files.items()}, caller.headers)
            for mode in ("redirect", "proxy")]


def cpu_part(stack, directory, store, seconds):
    program, caller, files = start_gateway(stack, directory / "direct", store.host, store.host)
    ways = gateway_ways(program, files, caller, [program.listener_pid(program.url)])
    address, pids = start_nginx(stack, directory / "nginx", store, store.host)
    ways.append(Way("nginx, proxy_pass", address, pids, {n: f"/{s}" for n, s in SIZES.items()}, []))
    return measure_cpu(ways, seconds)


def wire_part(stack, directory, store):
    upstream = Wire((store.address.host, store.address.port), gateway_is_server=False)
    stack.callback(upstream.stop)
    content = Wire((store.address.host, store.address.port), gateway_is_server=True)
    stack.callback(content.stop)
    program, caller, files = start_gateway(stack, directory / "relayed", upstream.authority, content.authority)
    ways = gateway_ways(program, files, caller, [])
    front = Wire((ways[0].address.host, ways[0].address.port), gateway_is_server=True)
    stack.callback(front.stop)
    nginx_upstream = Wire((store.address.host, store.address.port), gateway_is_server=False)
    stack.callback(nginx_upstream.stop)
    address, _ = start_nginx(stack, directory / "nginx-relayed", store, nginx_upstream.authority)
    nginx = Way("nginx, proxy_pass", address, [], {n: f"/{s}" for n, s in SIZES.items()}, [])
    nginx_front = Wire((address.host, address.port), gateway_is_server=True)
    stack.callback(nginx_front.stop)
    hops = [(ways[0], front, upstream), (ways[1], front, upstream), (nginx, nginx_front, nginx_upstream)]
    every = [front, upstream, content, nginx_front, nginx_upstream]

    def via(one):
        return wire.Address("127.0.0.1", one.port)
    found = {"bytes": {}, "far": {}, "near": {}, "slow": {}}
    for way, hop, up in hops:
        for size in SIZES:
            found["bytes"][way.name, size] = crossing(way, size, via(hop), [hop, up])
    for one in every:
        one.round_trip.value = ROUND_TRIP
    for size in SIZES:
        for way, hop, up in hops:
            for keep in (False, True):
                found["far"][way.name, size, keep] = timed(way, size, via(hop), keep, 7, every, [hop, up])
    upstream.round_trip.value = nginx_upstream.round_trip.value = 0  # the gateway stands beside the store
    for way, hop, up in hops:
        for keep in (False, True):
            found["near"][way.name, "1 KiB", keep] = timed(way, "1 KiB", via(hop), keep, 7, every, [hop, up])
    for one in (front, content, nginx_front):
        one.rate.value = CLIENT_RATE
    for way, hop, up in hops:
        found["slow"][way.name, "1 MiB", True] = timed(way, "1 MiB", via(hop), True, 4, every, [hop, up])
    return found


def report(result):
    names = list(dict.fromkeys(name for name, _ in result["cpu"]))
    out = ["**What one download costs the server that the client asked** (16 connections, no added delay)", ""]
    out.append(table(["", *(f"CPU, {s}" for s in SIZES), *(f"bytes across it, {s}" for s in SIZES)],
                     [[name, *(f"{result['cpu'][name, s][0] * 1e6:,.0f} µs" for s in SIZES),
                       *(kib(result["bytes"][name, s]) for s in SIZES)] for name in names]))
    out += ["", f"**With {ROUND_TRIP * 1000:.0f} ms added to each hop** (client to gateway, client to store, gateway to store): time to the last "
                "byte, and the time that the gateway's connections are held by it", ""]
    out.append(table(["", *(f"{s}, new connections" for s in SIZES), *(f"{s}, kept connections" for s in SIZES),
                            *(f"held, {s}" for s in SIZES)],
                     [[name, *(f"{result['far'][name, s, False][0] * 1000:.0f} ms" for s in SIZES),
                       *(f"{result['far'][name, s, True][0] * 1000:.0f} ms" for s in SIZES),
                       *(f"{result['far'][name, s, True][1] * 1000:.0f} ms" for s in SIZES)] for name in names]))
    out += ["", "**Where the proxy wins, and where it loses**: the gateway stands beside the store, only clients are "
                f"{ROUND_TRIP * 1000:.0f} ms away", ""]
    out.append(table(["", "1 KiB, new connections", "1 KiB, kept connections", "1 MiB to a client of 20 Mbit/s", "gateway held by that"],
                     [[name, *(f"{result['near'][name, '1 KiB', k][0] * 1000:.0f} ms" for k in (False, True)),
                       *(f"{v * 1000:.0f} ms" for v in result["slow"][name, "1 MiB", True])] for name in names]))
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    out += ["", f"{os.cpu_count()} cores of {cpu}, Linux {platform.release()}, {time.strftime('%Y-%m-%d', time.gmtime())}; nginx and both ways in "
                "one run of `./dev bench delivery`. Compare rows, not machines."]
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=int, default=2, help="of each round of load")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="signpost-bench-"))
    try:
        result = run(options.seconds, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if options.json:
        print(json.dumps({part: {" / ".join(map(str, key)): value for key, value in rows.items()} for part, rows in result.items()}))
    else:
        print(report(result))


if __name__ == "__main__":
    main()
