#!/usr/bin/python3
"""./dev bench gateway: the CPU time of one authenticated, authorised, signed redirect beside nginx's constant one, a constant
one of our own server, and Node.js back ends that do the same; a big catalog beside a small one; proxied bytes beside nginx's
proxy_pass. Prints a table and each target's ratio. The figures to trust are the ratios between rows of one run."""

import argparse
import base64
import json
import os
import platform
import random
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "test/blackbox")]

import load  # noqa: E402
import tokens  # noqa: E402
import wire  # noqa: E402
from clients import Gateway, Store  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: E402
from load import Way, pin  # noqa: E402
from procs import Program, children_of, clean_environment, eventually  # noqa: E402

SECRET = b"an HS256 secret for the bench, of more than 32 bytes"
KEY_ID, KEY = "AKIABENCHGATEWAY0001", "a secret access key for the bench alone"
ADMIN_PASSWORD = "a password for the bench"
BUCKET = "bench"
FEW, MANY = 10_000, 1_000_000
MANY_CACHE = "512MiB"  # what a gateway of so many files would be given
OWNERS = ["user:app:bench", "user:rs:bench", "user:es:bench", "user:local:admin"]  # of file N: the N % 4th
BIG = {"1 MiB": 1 << 20, "1 GiB": 1 << 30}

CONFIGURATION = """
[server]
threads = 1

[store]
kind = "s3"
endpoint = "http://{endpoint}"
region = "us-east-1"
bucket = "{bucket}"
path_style = true
access_key_id = "{key_id}"
secret_access_key = "{key}"

[catalog]
cache = "{cache}"

[[auth.jwt]]
name = "app"
issuer = "{issuer}"
audience = "{audience}"
algorithms = ["HS256"]
secret = "{secret}"

[[auth.jwt]]
name = "rs"
issuer = "https://rs.example.com/"
audience = "{audience}"
algorithms = ["RS256"]
jwks_file = "{directory}/rs.jwks"

[[auth.jwt]]
name = "es"
issuer = "https://es.example.com/"
audience = "{audience}"
algorithms = ["ES256"]
jwks_file = "{directory}/es.jwks"
"""

NGINX = """
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/f;
  uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
  upstream store {{ server {host}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port} reuseport;
    keepalive_requests 100000000;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host {host};
    proxy_max_temp_file_size 0;
    location = /constant {{ return 302 {location}; }}
{locations}
  }}
}}
"""


class EcKey:
    def __init__(self, kid="es-1"):
        self.key, self.kid = ec.generate_private_key(ec.SECP256R1()), kid
        numbers = self.key.public_key().public_numbers()
        self.jwk = {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
                    "x": tokens.b64(numbers.x.to_bytes(32, "big")), "y": tokens.b64(numbers.y.to_bytes(32, "big"))}

    def es256(self, payload):
        def sign(text):
            r, s = utils.decode_dss_signature(self.key.sign(text, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return tokens.assemble({"alg": "ES256", "typ": "JWT", "kid": self.kid}, payload, sign)


def object_key(number):
    return f"objects/{number}/" + base64.b32encode(random.Random(number).randbytes(20)).decode().lower()


def fill_catalog(path, count, extra=()):
    """Entries of files that the store need not have: a redirect does not ask it."""
    columns = "id, name, content_type, size, state, owner, created_by, metadata, created_at, updated_at, bucket, key, etag"
    insert = f"INSERT INTO file({columns}) VALUES(?,?,?,?,'ready',?,?,x'',1700000000,1700000000,'{BUCKET}',?,?)"
    rows = ((f"file-{i}", f"picture {i}.jpg", "image/jpeg", 123456, OWNERS[i % 4], OWNERS[i % 4], object_key(i), "0" * 32)
            for i in range(count))
    with closing(sqlite3.connect(path)) as catalog, catalog:
        catalog.executemany(insert, rows)
        catalog.executemany(insert, extra)


def start_gateway(stack, directory, host, keys, count, extra=(), cache="64MiB"):
    """A gateway whose catalog has `count` files: started once for its schema, then again."""
    directory.mkdir(parents=True)
    for name, key in keys.items():
        (directory / f"{name}.jwks").write_text(json.dumps({"keys": [key.jwk]}))
    config = directory / "signpost.toml"
    config.write_text(CONFIGURATION.format(endpoint=host, bucket=BUCKET, key_id=KEY_ID, key=KEY, directory=directory,
                                           issuer=tokens.ISSUER, audience=tokens.AUDIENCE, secret=SECRET.decode(), cache=cache))
    given = ["serve", "--config", config, "--data", directory / "data", "--listen", "127.0.0.1:0"]
    environment = {"SIGNPOST_ADMIN_PASSWORD": ADMIN_PASSWORD}
    Program(directory, *given, env=environment).stop()
    fill_catalog(directory / "data/signpost.db", count, extra)
    program = Program(directory, *given, env=environment)
    stack.callback(program.stop)
    pid = program.listener_pid(program.url)
    pin([pid], load.SERVER_CORE)
    return program, pid


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


def gateway_ways(program, pid, keys, label, count):
    address = wire.address_of(program.url)
    cookie = Gateway(program.url, program=program).login("admin", ADMIN_PASSWORD).get("Set-Cookie").split(";")[0]
    hs = tokens.hs256(SECRET, tokens.claims("bench"))
    rs = keys["rs"].rs256(tokens.claims("bench", iss="https://rs.example.com/"))
    es = keys["es"].es256(tokens.claims("bench", iss="https://es.example.com/"))
    headers = {"HS256": bearer(hs), "RS256": bearer(rs), "ES256": bearer(es), "cookie": [("Cookie", cookie)]}
    return {kind: Way(f"Signpost, {kind}, {label}", address, [pid], "/files/file-", fields, files=count, first=first)
            for first, (kind, fields) in enumerate(headers.items())}


def start_constant(stack):
    """A constant answer of net::Server."""
    process = subprocess.Popen([ROOT / "build/release/bench/bench_constant_server"], stdout=subprocess.PIPE, text=True)
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)
    address = wire.address_of("http://" + process.stdout.readline().strip())
    pin([process.pid], load.SERVER_CORE)
    return Way("our server, constant 302", address, [process.pid], "/")


def start_node(stack, name, script, endpoint):
    environment = clean_environment({
        "BENCH_SECRET": SECRET.decode(), "BENCH_ISSUER": tokens.ISSUER, "BENCH_AUDIENCE": tokens.AUDIENCE, "BENCH_FILES": str(FEW),
        "BENCH_ENDPOINT": f"http://{endpoint}", "BENCH_KEY_ID": KEY_ID, "BENCH_KEY": KEY, "BENCH_BUCKET": BUCKET,
        "NODE_ENV": "production"})
    process = subprocess.Popen(["node", HERE / "peers" / script], stdout=subprocess.PIPE, text=True, env=environment)
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)
    address = wire.Address("127.0.0.1", int(process.stdout.readline()))
    pin([process.pid], load.SERVER_CORE)
    return Way(name, address, [process.pid], "/files/file-", bearer(tokens.hs256(SECRET, {**tokens.claims("bench")})), files=FEW)


def start_nginx(stack, directory, store, objects):
    directory.mkdir(parents=True)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    locations = "\n".join(f"    location = /{size} {{ proxy_pass http://store{store.presign('GET', key, expires=86400)}; }}"
                          for size, key in objects.items())
    (directory / "nginx.conf").write_text(NGINX.format(directory=directory, port=port, host=store.host, locations=locations,
                                                       location=f"http://{store.host}/{BUCKET}/" + "x" * 470))
    binary = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    process = subprocess.Popen([binary, "-c", directory / "nginx.conf", "-p", directory], stderr=subprocess.DEVNULL, env=clean_environment())
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)
    address = wire.Address("127.0.0.1", port)

    def up():
        with socket.socket() as one:
            return process.poll() is None and one.connect_ex(("127.0.0.1", port)) == 0
    eventually(up, 10)
    pids = [process.pid, *children_of(process.pid)]
    pin(pids, load.SERVER_CORE)
    return address, pids


def start_store(stack, directory):
    program = Program(directory, "store", "--data", directory / "data", "--listen", "127.0.0.1:0",
                      env={"SIGNPOST_STORE_ACCESS_KEY_ID": KEY_ID, "SIGNPOST_STORE_SECRET_ACCESS_KEY": KEY})
    stack.callback(program.stop)
    return Store(program.url, KEY_ID, KEY, BUCKET, program).create_bucket()


def put_big(store, directory):
    """{size name: key} of objects in the store, and catalog rows that name them."""
    keys, rows = {}, []
    for name, size in BIG.items():
        key = f"big/{size}"
        path = directory / "big.bin"
        with open(path, "wb") as file:
            for _ in range(size >> 20):
                file.write(os.urandom(1 << 20))
        url = f"http://{store.host}{store.presign('PUT', key, expires=3600)}"
        subprocess.run(["curl", "-sS", "--fail", "-T", path, url], check=True, stdout=subprocess.DEVNULL)
        path.unlink()
        keys[str(size)] = key
        rows.append((f"big-{size}", f"{size}.bin", "application/octet-stream", size, OWNERS[0], OWNERS[0], key,
                     store.head(key).get("ETag").strip('"')))
    return keys, rows


def download_cost(address, pids, target, headers, size, count):
    """CPU microseconds of `pids` for one download on a kept connection, read and thrown away."""
    options = [option for name, value in headers for option in ("-H", f"{name}: {value}")]
    urls = [argument for _ in range(count) for argument in ("-o", "/dev/null", f"http://{address.authority}{target}")]
    before = load.cpu_seconds(pids)
    done = subprocess.run(["taskset", "-c", str(load.CLIENT_CORE), "curl", "-sS", "--fail", "-w", "%{size_download}\n", *options, *urls],
                          capture_output=True, text=True, check=True)
    used = load.cpu_seconds(pids) - before
    if [int(line) for line in done.stdout.split()] != [size] * count:
        raise RuntimeError(f"{target}: {done.stdout[:200]}")
    return used / count * 1e6


def measure_downloads(ours, theirs, headers, rounds):
    """{size name: (our CPU microseconds a download, nginx's)}. A server is its address and its processes."""
    found = {}
    for name, size in BIG.items():
        count = 200 if size < 1 << 25 else 1
        pairs = [(download_cost(*ours, f"/files/big-{size}?delivery=proxy", headers, size, count),
                  download_cost(*theirs, f"/{size}", [], size, count)) for _ in range(rounds)]
        found[name] = tuple(statistics.median(column) for column in zip(*pairs))
    return found


ARRIVED = memoryview(bytearray(4 << 20))  # an answer as it came: kept, so that no time goes into the client's own memory


def receive(connection):
    """Reads one answer with a Content-Length into ARRIVED, to its last byte; how long it is."""
    got, size = 0, len(ARRIVED)
    while got < size:
        read = connection.socket.recv_into(ARRIVED[got:])
        if read == 0:
            raise RuntimeError("the server closed within its answer")
        got += read
        head, end, _ = bytes(ARRIVED[:min(got, 4096)]).partition(b"\r\n\r\n")
        if end:
            size = len(head) + len(end) + int(re.search(rb"\r\nContent-Length: (\d+)", head)[1])
    return got


def ask_batch(connection, way, numbers):
    """Seconds from the request of `POST /v1/urls` to the last byte of its answer, for these of the caller's files, which must all
    have a URL. What the answer says is read when the clock has stopped."""
    body = json.dumps({"ids": [f"file-{4 * number + way.first}" for number in numbers]}).encode()
    message = wire.head("POST", "/v1/urls", [("Host", way.address.authority), *way.headers, ("Content-Type", "application/json"),
                                             ("Content-Length", str(len(body)))]) + body
    started = time.perf_counter()
    connection.send(message)
    length = receive(connection)
    taken = time.perf_counter() - started
    connection.buffer = bytes(ARRIVED[:length])
    answer = connection.response()
    urls = json.loads(answer.body)["urls"] if answer.status == 200 else []
    if len(urls) != len(numbers) or not all("url" in one for one in urls):
        raise RuntimeError(f"POST /v1/urls: {answer.status} {answer.body[:300]}")
    return taken


def warm(way):
    """Asks once for each of the caller's files, as some hours of work would have."""
    with closing(wire.Connection(way.address, 20)) as connection:
        for first in range(0, way.files // 4, 1000):
            ask_batch(connection, way, range(first, first + 1000))


def ask_batches(way, count=300, size=1000):
    """Seconds of `POST /v1/urls` with `size` ids each."""
    with closing(wire.Connection(way.address, 20)) as connection:
        return [ask_batch(connection, way, [random.randrange(way.files // 4) for _ in range(size)]) for _ in range(count)]


def percentile(times, percent):
    return sorted(times)[len(times) * percent // 100]


def measure_batches(way, rounds):
    """(p50, p99) in milliseconds, each the median of rounds. Client and server share one core: on a virtual machine one in some hundred
    times to wake another core, which is done twice here, takes some milliseconds."""
    pin([os.getpid()], load.SERVER_CORE)
    found = [ask_batches(way) for _ in range(rounds)]
    return tuple(statistics.median(percentile(times, percent) for times in found) * 1e3 for percent in (50, 99))


def run(options, directory):
    with ExitStack() as stack:
        store = start_store(stack, directory / "store")
        keys = {"rs": tokens.RsaKey("rs-1"), "es": EcKey()}
        big, rows = put_big(store, directory)
        address, nginx_pids = start_nginx(stack, directory / "nginx", store, big)
        program, pid = start_gateway(stack, directory / "few", store.host, keys, FEW, rows)
        ways = {"nginx": Way("nginx, constant 302", address, nginx_pids, "/constant"), "constant": start_constant(stack)}
        ways.update(gateway_ways(program, pid, keys, f"{FEW:,} files", FEW))
        if not options.ours_alone:
            program_many, pid_many = start_gateway(stack, directory / "many", store.host, keys, MANY, cache=MANY_CACHE)
            ways["many"] = gateway_ways(program_many, pid_many, keys, f"{MANY:,} files", MANY)["HS256"]
            warm(ways["many"])
            ways["minio"] = start_node(stack, "node http, minio-js, jsonwebtoken", "http_minio.mjs", store.host)
            ways["aws"] = start_node(stack, "fastify, @aws-sdk, jsonwebtoken", "fastify_aws.mjs", store.host)
        load.measure(list(ways.values()), options.rounds, options.seconds, directory)
        ours, headers = (ways["HS256"].address, [pid]), ways["HS256"].headers
        downloads = {} if options.ours_alone else measure_downloads(ours, (address, nginx_pids), headers, options.rounds)
        return ways, downloads, measure_batches(ways["HS256"], options.rounds)


def targets(ways, downloads, batches):
    """(what, figure, at most or at least, bound)."""
    def ratio(name, other):
        return ways[name].ratio_to(ways[other])
    rows = [("Signpost HS256 : nginx's constant 302", ratio("HS256", "nginx"), "<=", 1.6),
            ("Signpost HS256 : our server's constant 302", ratio("HS256", "constant"), "", None),
            ("RS256 : HS256, repeated token", ratio("RS256", "HS256"), "<=", 1.2),
            ("ES256 : HS256, repeated token", ratio("ES256", "HS256"), "<=", 1.2),
            ("session cookie : HS256", ratio("cookie", "HS256"), "", None)]
    if "many" in ways:
        rows += [(f"{MANY:,} : {FEW:,} files", ratio("many", "HS256"), "<=", 1.2),
                 ("node + minio-js : Signpost HS256", ratio("minio", "HS256"), ">=", 10),
                 ("fastify + @aws-sdk : Signpost HS256", ratio("aws", "HS256"), ">=", 10)]
    rows += [(f"proxied {name} : nginx's proxy_pass", ours / theirs, "<=", 1.2) for name, (ours, theirs) in downloads.items()]
    return rows + [("POST /v1/urls of 1,000 ids, p50 in ms", batches[0], "", None), ("... p99 in ms", batches[1], "<=", 5)]


def report(network, ways, downloads, rows):
    out = ["| CPU time of one answer | median | least - most |", "|---|---:|---:|"]
    out += [f"| {way.name} | {way.cost:,.2f} µs | {min(way.micros):,.2f} - {max(way.micros):,.2f} |" for way in ways.values()]
    for name, (ours, theirs) in downloads.items():
        out += [f"| Signpost, {name} proxied | {ours:,.0f} µs | |", f"| nginx, {name} by proxy_pass | {theirs:,.0f} µs | |"]
    out += ["", "| ratio | measured | target | |", "|---|---:|---:|---|"]
    for what, figure, relation, bound in rows:
        met = "" if bound is None else "met" if (figure <= bound if relation == "<=" else figure >= bound) else "missed"
        out.append(f"| {what} | {figure:.2f} | {relation} {bound or ''} | {met} |")
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    out += ["", f"One thread each, 64 connections kept, {os.cpu_count()} cores of {model}, Linux {platform.release()}, TCP's congestion control {network}, "
                f"{time.strftime('%Y-%m-%d', time.gmtime())}; one run of `./dev bench gateway`. Compare rows, not machines."]
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=int, default=2, help="of each round of load")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ours-alone", action="store_true", help="only Signpost, nginx and our constant answer: quick")
    options = parser.parse_args()
    network = load.enter_own_network()
    directory = Path(tempfile.mkdtemp(prefix="signpost-bench-"))
    try:
        ways, downloads, batches = run(options, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(report(network, ways, downloads, targets(ways, downloads, batches)))


if __name__ == "__main__":
    main()
