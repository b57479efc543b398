"""SECURITY L beside test_slow_connections.py: few descriptors, handshakes that never end, lengths that are only said, uploads that break
off, long lists."""

import resource
import socket
import ssl
import struct
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest

import wire
from clients import Gateway, problem
from conftest import app_token, running, serve, write_configuration
from procs import descriptor_count, eventually, resident_bytes, sanitized
from samples import png

DATA = png(seed=41)


@pytest.fixture(scope="module")
def vera(gateway):
    return gateway.bearing(app_token("vera"))


@pytest.mark.skipif(sanitized(), reason="a sanitizer needs descriptors of its own, to look at memory")
def test_l12_out_of_descriptors(work, rsa_key):
    """1,000 clients that want nothing, at a program that may have 128 open files: it neither spins nor dies, who wants something is
    served, and when they go it is itself again."""
    directory = work / "few"
    directory.mkdir()
    with running(serve(directory, config=write_configuration(directory, [rsa_key]))) as program:
        gate = Gateway(program.url, program=program)
        caller = gate.bearing(app_token("few"))
        photo = caller.upload(DATA, "a.png", "image/png")["id"]
        pid, before = program.listener_pid(program.url), descriptor_count(program)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (128, 128))
        crowd = []
        for _ in range(1000):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex((gate.address.host, gate.address.port))
            crowd.append(one)
        time.sleep(1)
        used = cpu_seconds(pid)
        time.sleep(3)
        assert cpu_seconds(pid) - used < 0.2 * 3, "spins"
        eventually(lambda: answers(caller, f"/files/{photo}?delivery=proxy"), 5)
        for one in crowd:
            one.close()
        eventually(lambda: answers(caller, f"/files/{photo}?delivery=proxy"), 5)
        eventually(lambda: descriptor_count(program) <= before + 24, 20)
        assert program.log().count("\n") < 400, "a line for each failed accept"


def answers(caller, target):
    try:
        return caller.get(target, timeout=1).status == 200
    except (OSError, AssertionError):
        return False


def gateway_pid(program):
    return next(pid for pid in program.children() if b"gateway-process" in Path(f"/proc/{pid}/cmdline").read_bytes())


def cpu_seconds(pid):
    parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / 100


@pytest.mark.timeout(120)
def test_l4_tls_and_its_handshakes(work, rsa_key):
    """One that is never finished ends at its deadline; slow ones are in nobody's way; old versions and bytes that are no TLS end."""
    directory = work / "tls-own"
    directory.mkdir()
    certificate, key = directory / "cert.pem", directory / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    env = {"SIGNPOST__SERVER__TLS_CERTIFICATE": str(certificate), "SIGNPOST__SERVER__TLS_KEY": str(key)}
    with running(serve(directory, config=write_configuration(directory, [rsa_key]), env=env)) as program:
        address = wire.address_of(program.url)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

        def get(target, tls=context):
            with socket.create_connection((address.host, address.port), timeout=10) as plain, tls.wrap_socket(plain) as secure:
                secure.sendall(wire.head("GET", target, [("Host", address.authority), ("Connection", "close")]))
                return secure.recv(4096)
        assert get("/healthz").startswith(b"HTTP/1.1 200")
        pid = gateway_pid(program)
        before = resident_bytes(pid)
        silent = [socket.create_connection((address.host, address.port)) for _ in range(300)]
        opened = time.monotonic()
        for index, one in enumerate(silent):
            one.sendall([b"", b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"][index % 3])
        began = time.monotonic()
        assert get("/healthz").startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 2
        if not sanitized():  # which keeps what was freed
            assert resident_bytes(pid) - before < 300 * 128 * 1024
        for one in silent:
            one.settimeout(max(0.1, opened + 12.5 - time.monotonic()))
            assert one.recv(100) == b""
            one.close()
        assert time.monotonic() - opened >= 9.5
        for rubbish in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"a" * 70000, b"\0" * 100):
            with socket.create_connection((address.host, address.port), timeout=12) as one:
                one.sendall(rubbish)
                assert b"200" not in ended(one)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError):
            get("/healthz", old)
        assert get("/healthz").startswith(b"HTTP/1.1 200")


def ended(one):
    """What comes until the other side ends it."""
    data = b""
    try:
        while piece := one.recv(4096):
            data += piece
    except ConnectionResetError:
        pass
    return data


def test_l6_a_length_is_no_memory(gateway, vera):
    """Content-Length of terabytes, then silence: nothing is set aside for it."""
    pid = gateway.program.listener_pid(gateway.url)
    pending = vera.create("big.bin", "application/octet-stream", 5 << 30)["file"]["id"]
    before = resident_bytes(pid)
    connections = []
    for target, length in [(f"/v1/files/{pending}/content", 5 << 30), (f"/v1/files/{pending}/content", 5 << 40), ("/v1/files", 1 << 20), ("/v1/files", 1 << 40)] * 20:
        connection = wire.Connection(gateway.address)
        connection.send(wire.head("PUT" if "content" in target else "POST", target, [
            ("Host", gateway.address.authority), *vera.headers, ("Content-Type", "application/json" if target == "/v1/files" else "application/octet-stream"),
            ("Content-Length", str(length))]))
        connections.append((connection, length))
    time.sleep(0.5)
    assert resident_bytes(pid) - before < 80 * 320 * 1024
    for connection, length in connections:
        if length in (5 << 40, 1 << 40):  # refused by its head alone
            assert connection.response().status in (400, 413)
        connection.close()


def test_l13_uploads_that_break_off_leave_nothing(served, vera, store):
    """At every 64 KiB, by an end and by a reset, at the store and by proxy: no object, and no file on the disk."""
    mib, step = 1 << 20, 64 << 10
    ids = [vera.create("a.bin", "application/octet-stream", mib)["file"]["id"] for _ in range(2)]
    where = {store.program.log_path.parent / "data": [], served.log_path.parent / "data": []}
    before = {folder: stored_files(folder) for folder in where}
    for number, sent in enumerate(range(0, mib, step)):
        heads = [(store.address, wire.head("PUT", store.presign("PUT", f"broken/{number}"), [
                     ("Host", store.host), ("Content-Length", str(mib))])),
                 (vera.address, wire.head("PUT", f"/v1/files/{ids[number % 2]}/content", [
                     ("Host", vera.address.authority), *vera.headers, ("Content-Length", str(mib))]))]
        for address, head in heads:
            with wire.Connection(address) as connection:
                connection.send(head + b"a" * sent)
                if number % 2:
                    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    for folder, files in before.items():
        eventually(lambda folder=folder, files=files: stored_files(folder) == files, 20)
    assert not [key for key in store.keys() if key.startswith("broken/")]
    for file_id in ids:
        assert vera.get(f"/v1/files/{file_id}").json()["state"] == "pending"
        problem(vera.complete(file_id), 409)


def stored_files(folder):
    """Every file but the databases' own."""
    return {str(path) for path in folder.rglob("*") if path.is_file() and ".db" not in path.name}


@pytest.mark.timeout(900)
def test_l11_long_lists_while_others_write(store, request):
    """Every key that was there all the time is listed exactly once, whatever comes and goes beside it, and a list costs no memory that grows
    with the bucket."""
    count = 100_000 if request.config.getoption("--long") else 3_000
    assert store.call("PUT", "/l11-bucket").status == 200
    stable = [f"k/{i:06}" for i in range(0, 2 * count, 2)]

    def put(key):
        assert store.call("PUT", f"/l11-bucket/{key}", body=b"x").status == 200
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, stable, chunksize=100))
    stop = threading.Event()

    def come_and_go(number):
        while not stop.is_set():
            for i in range(number, 2 * count, 97):
                key = f"/l11-bucket/k/{i * 2 + 1:06}"
                store.call("PUT", key, body=b"y")
                store.call("DELETE", key)
                if stop.is_set():
                    return
    before = resident_bytes(store.program.pid)
    writers = [threading.Thread(target=come_and_go, args=(n,), daemon=True) for n in range(3)]
    for writer in writers:
        writer.start()
    try:
        for query, size in (([("list-type", "2")], 1000), ([("list-type", "2")], 193), ([], 1000), ([("versions", "")], 777)):
            listed = list(pages(store, query, size))
            assert len(set(listed)) == len(listed), "a key was listed twice"
            assert [key for key in listed if int(key[2:]) % 2 == 0] == stable
    finally:
        stop.set()
        for writer in writers:
            writer.join(30)
    if not sanitized():
        assert resident_bytes(store.program.pid) < before + (32 << 20)


def pages(store, query, size):
    """The keys of the whole bucket, a page after the other."""
    more = []
    while True:
        answer = store.call("GET", "/l11-bucket", [*query, ("max-keys", str(size)), *more])
        assert answer.status == 200, answer
        root = ElementTree.fromstring(answer.body)
        found = [e.findtext("{*}Key") for e in root if e.tag.rpartition("}")[2] in ("Contents", "Version")]
        yield from found
        if root.findtext("{*}IsTruncated") == "false":
            return
        if query == [("list-type", "2")]:
            more = [("continuation-token", root.findtext("{*}NextContinuationToken"))]
        elif query:
            more = [("key-marker", root.findtext("{*}NextKeyMarker")), ("version-id-marker", root.findtext("{*}NextVersionIdMarker") or "null")]
        else:
            more = [("marker", root.findtext("{*}NextMarker") or found[-1])]
