"""Where the bytes of `signpost get` and `put` go and come from, and what is left of a transfer that was broken off."""

import json
import os
import signal
import stat
import subprocess
import time
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from procs import binary, eventually
from test_client_cli import ann, root, server  # noqa: F401


def test_where_a_download_goes(ann, tmp_path):
    """A name as long as there can be; what is no file is written to, never replaced; a folder is none."""
    source = tmp_path / ("n" * 255)
    source.write_bytes(b"bytes")
    file_id = ann.json("put", source)["files"][0]["id"]
    assert ann.json("get", file_id)["path"] == source.name and (ann.home / source.name).read_bytes() == b"bytes"
    (ann.home / "folder").mkdir()
    for more in ([], ["--force"]):
        ann.refused(2, "folder", "get", file_id, "-o", "folder", *more)
    os.mkfifo(ann.home / "pipe")
    for more in ([], ["--force"]):
        reader = subprocess.Popen(["cat", ann.home / "pipe"], stdout=subprocess.PIPE)
        ann.done("get", file_id, "-o", "pipe", *more)
        assert reader.communicate(timeout=10)[0] == b"bytes" and stat.S_ISFIFO((ann.home / "pipe").stat().st_mode)
    ann.refused(1, "none/x: No such file", "get", file_id, "-o", "none/x")
    assert not list(ann.home.rglob("*.part-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_download_that_is_broken_off_leaves_nothing(ann, number):
    class Slow(BaseHTTPRequestHandler):
        def do_GET(self):
            answers = {"/v1/files/f": {"id": "f", "name": "f", "size": 10, "sha256": None},
                       "/v1/files/f/url": {"url": f"http://127.0.0.1:{self.server.server_port}/x", "method": "GET"}}
            body = b"half" if self.path == "/x" else json.dumps(answers[self.path]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(10 if self.path == "/x" else len(body)))
            self.end_headers()
            self.wfile.write(body)
            if self.path == "/x":
                eventually(lambda: process.poll() is not None, 20)

        def log_message(self, *_):
            pass
    slow = HTTPServer(("127.0.0.1", 0), Slow)
    Thread(target=slow.serve_forever, daemon=True).start()
    process = subprocess.Popen([binary(), "get", "f"], cwd=ann.home, stderr=subprocess.PIPE,
                               env={**ann.env, "SIGNPOST_SERVER": f"http://127.0.0.1:{slow.server_port}", "SIGNPOST_TOKEN": "t"})
    try:
        eventually(lambda: [one for one in ann.home.rglob("*.part-*") if one.stat().st_size == 4], 10)
        process.send_signal(number)
        assert process.wait(10) == -number and not process.stderr.read()
    finally:
        process.kill()
        slow.shutdown()
        process.stderr.close()
    assert [path.name for path in ann.home.iterdir()] == [".config"]


class Stalling(BaseHTTPRequestHandler):
    """A gateway, and its store in one, that answers where `server.answers` names the method once `server.goes_on` is set."""

    def do_POST(self):
        self.server.asked.append(self.command)
        self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 1000))
        if self.command in self.server.answers and self.server.goes_on.wait(20):
            upload = {"method": "PUT", "url": f"http://127.0.0.1:{self.server.server_port}/x", "headers": {}}
            body = json.dumps({"file": {"id": "f"}, "upload": upload}).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            self.server.over.wait(20)

    do_PUT = do_DELETE = do_POST

    def log_message(self, *_):
        pass


@pytest.fixture
def stalling():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stalling)
    server.daemon_threads = True
    server.asked, server.answers, server.goes_on, server.over = [], {"POST", "DELETE"}, Event(), Event()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


def putting(ann, tmp_path, stalling):
    source = tmp_path / "large.bin"
    source.write_bytes(bytes(8 << 20))
    return subprocess.Popen([binary(), "put", source], cwd=ann.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env={**ann.env, "SIGNPOST_SERVER": f"http://127.0.0.1:{stalling.server_port}", "SIGNPOST_TOKEN": "t"})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("begun", [True, False], ids=["while its bytes go", "while its entry is made"])
def test_an_upload_that_is_broken_off_leaves_no_entry(ann, tmp_path, stalling, number, begun):
    if begun:
        stalling.goes_on.set()
    with putting(ann, tmp_path, stalling) as process:
        try:
            eventually(lambda: stalling.asked == (["POST", "PUT"] if begun else ["POST"]), 10)
            process.send_signal(number)
            if not begun:
                time.sleep(0.3)
                stalling.goes_on.set()
            assert process.wait(10) == -number
            assert stalling.asked.count("DELETE") == 1 and process.stdout.read() == process.stderr.read() == b""
        finally:
            process.kill()


def test_a_second_signal_ends_an_upload_at_once(ann, tmp_path, stalling):
    stalling.answers, _ = {"POST"}, stalling.goes_on.set()
    with putting(ann, tmp_path, stalling) as process:
        try:
            eventually(lambda: stalling.asked == ["POST", "PUT"], 10)
            process.send_signal(signal.SIGINT)
            eventually(lambda: "DELETE" in stalling.asked, 10)
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            assert process.wait(5) == -signal.SIGINT
        finally:
            process.kill()


def test_what_names_nothing_is_no_name(ann, tmp_path):
    """An unset variable of a script, and a name that no JSON can hold."""
    source = tmp_path / os.fsdecode(b"bad\xff.txt")
    source.write_bytes(b"x")
    ann.refused(2, "--name", "put", source)
    assert ann.json("put", source, "--name", "good.txt")["files"][0]["name"] == "good.txt"
    for option in ("--id", "--album"):
        ann.refused(1, "empty", "put", source, "--name", "x", option, "")
    ann.refused(2, "--album", "ls", "--album", "")
