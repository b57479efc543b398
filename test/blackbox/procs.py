"""Starts and watches the program under test. Nothing is left running: every process is stopped by its id."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from wire import address_of

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 30


def binary():
    path = Path(os.environ.get("SIGNPOST_BINARY", ROOT / "build/release/signpost")).resolve()
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: run ./dev build, or set SIGNPOST_BINARY")
    return path


def sanitized():
    return b"__asan_init" in binary().read_bytes() or b"__tsan_init" in binary().read_bytes()


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def clean_environment(extra=None):
    """The caller's environment without any setting or credential that the program or a client would read."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SIGNPOST", "AWS_"))}
    kept.update(extra or {})
    return kept


def free_port():
    """A port that nobody listens on now. For programs that can't say which one they took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*arguments, env=None, timeout=30, stdin=None):
    """Runs the program to its end."""
    return subprocess.run([str(binary()), *map(str, arguments)], env=clean_environment(env), timeout=timeout,
                          input=stdin, capture_output=True, text=True, check=False)


class Program:
    """One `signpost serve` or `signpost store`, ready to be spoken to."""

    def __init__(self, directory, *arguments, env=None, name="signpost"):
        directory.mkdir(parents=True, exist_ok=True)
        self.log_path = directory / f"{name}-{time.monotonic_ns()}.log"
        self.out_path = self.log_path.with_suffix(".out")
        with open(self.log_path, "wb") as log, open(self.out_path, "wb") as out:
            self.process = subprocess.Popen(
                [str(binary()), *map(str, arguments), "--json"], stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                env=clean_environment(env), cwd=directory, start_new_session=True, preexec_fn=_die_with_parent)
        self.pid = self.process.pid
        try:
            self.ready = self._wait_ready()
        except BaseException:
            self.kill()
            raise

    def _wait_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            text = self.out_path.read_text()
            if "\n" in text:
                return json.loads(text.split("\n", 1)[0])
            if self.process.poll() is not None:
                raise RuntimeError(f"exit {self.process.returncode} before it was ready:\n{self.log()}")
            time.sleep(0.01)
        raise TimeoutError(f"not ready after {READY_SECONDS} s:\n{self.log()}")

    def log(self):
        return self.log_path.read_text(errors="replace") + self.out_path.read_text(errors="replace")

    @property
    def url(self):
        return self.ready["url"].rstrip("/")

    @property
    def store_url(self):
        return self.ready["store"].rstrip("/")

    def children(self):
        return children_of(self.pid)

    def everyone(self):
        return [self.pid, *self.children()]

    def listener_pid(self, url):
        """The process that holds the server's end of a connection to url."""
        return serving_pid(address_of(url), self.everyone())

    def stop(self, seconds=35):
        """SIGTERM; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running {seconds} s after SIGTERM:\n{self.log()[-4000:]}") from None

    def kill(self):
        """SIGKILL to the supervisor and to what it started."""
        for pid in self.everyone():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(10)


def children_of(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            found += [int(x) for x in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return found


def _port_of(hexadecimal):
    return int(hexadecimal.split(":")[1], 16)


def serving_pid(address, pids, seconds=5):
    """Which of the processes holds the server's end of a connection to this address. A connection that only the kernel
    has accepted belongs to nobody yet, so it sends half a request and looks until somebody has it."""
    deadline = time.monotonic() + seconds
    with socket.create_connection((address.host, address.port), timeout=seconds) as probe:
        probe.sendall(b"GET / HTTP/1.1\r\n")
        mine = probe.getsockname()[1]
        while time.monotonic() < deadline:
            inode = None
            for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
                parts = line.split()
                if _port_of(parts[1]) == address.port and _port_of(parts[2]) == mine:
                    inode = parts[9]
            for pid in pids:
                if inode and inode != "0" and f"socket:[{inode}]" in descriptors(pid):
                    return pid
            time.sleep(0.02)
    raise AssertionError(f"no process of {pids} answers at {address}")


def descriptors(pid):
    names = []
    try:
        for entry in os.listdir(f"/proc/{pid}/fd"):
            try:
                names.append(os.readlink(f"/proc/{pid}/fd/{entry}"))
            except FileNotFoundError:
                pass
    except (FileNotFoundError, ProcessLookupError):
        pass
    return names


def descriptor_count(program):
    return sum(len(descriptors(pid)) for pid in program.everyone())


def resident_bytes(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no VmRSS of {pid}")


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def eventually(check, seconds=5.0, every=0.05):
    """The first true value of check(), which is called until then; fails past the time."""
    deadline = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {check}")
        time.sleep(every)
