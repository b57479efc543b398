"""The commands that speak to a gateway: signing in, accounts, tokens, sessions, files. Run as a user runs them, with a terminal of
its own where they ask for something."""

import hashlib
import json
import os
import pty
import select
import stat
import subprocess
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from clients import SECRETS, Gateway
from conftest import ADMIN_PASSWORD, running, serve, write_configuration
from procs import binary, clean_environment
from samples import noise

PASSWORD = "a password of nobody else"
COMMANDS = ["login", "logout", "user add", "user list", "user disable", "user enable", "user admin", "user password", "token create",
            "token list", "token revoke", "session list", "session end", "put", "get", "ls", "rm", "url"]
NUMBERS = iter(range(10_000))


@pytest.fixture(scope="module")
def server(tmp_path_factory, rsa_key):
    directory = tmp_path_factory.mktemp("cli")  # another one for each file that has this fixture
    with running(serve(directory, config=write_configuration(directory, [rsa_key]))) as program:
        yield Gateway(program.url, program=program)


class Machine:
    """One user of one machine: a home, and the commands in it."""

    def __init__(self, home, server, **env):
        home.mkdir(parents=True, exist_ok=True)
        self.home, self.server = home, server
        self.env = clean_environment({"HOME": str(home), "XDG_CONFIG_HOME": "", **env})

    def run(self, *arguments, stdin="", **env):
        return subprocess.run([str(binary()), *map(str, arguments)], env={**self.env, **env}, input=stdin, capture_output=True, text=True,
                              timeout=60, cwd=self.home, check=False, start_new_session=True)

    def done(self, *arguments, **more):
        done = self.run(*arguments, **more)
        assert done.returncode == 0, (arguments, done)
        return done.stdout

    def json(self, *arguments, **more):
        return json.loads(self.done(*arguments, "--json", **more))

    def refused(self, status, word, *arguments, **more):
        done = self.run(*arguments, **more)
        assert done.returncode == status and not done.stdout, (arguments, done)
        assert word in done.stderr and done.stderr.startswith("signpost: "), done.stderr
        return done.stderr

    def login(self, username="admin", password=ADMIN_PASSWORD):
        self.done("login", "--server", self.server.url, "--username", username, "--password-stdin", stdin=password + "\n")
        SECRETS.add(self.saved()["cookie"])
        return self

    @property
    def file(self):
        return self.home / ".config/signpost/login.json"

    def saved(self):
        return json.loads(self.file.read_text())


@pytest.fixture
def machine(tmp_path, server):
    return Machine(tmp_path / "home", server)


@pytest.fixture(scope="module")
def root(work, server):
    return Machine(work / "home-of-root", server).login()


@pytest.fixture
def ann(tmp_path, server, root):
    """A signed-in user, who is no admin."""
    name = f"ann-{next(NUMBERS)}"
    root.done("user", "add", name, "--password-stdin", stdin=PASSWORD + "\n")
    machine = Machine(tmp_path / "ann", server).login(name, PASSWORD)
    machine.name = name
    return machine


def on_a_terminal(machine, arguments, answers, **env):
    """Runs the command on a terminal of its own and types each answer when it is asked for: (exit status, all that was shown)."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(machine.home)
        os.execve(str(binary()), [str(binary()), *arguments], {**machine.env, **env})
    shown, left, deadline = b"", list(answers), time.monotonic() + 30
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if left and shown.rstrip(b" ").endswith(b":"):
            time.sleep(0.1)  # until the echo is off, as a person takes
            os.write(terminal, left.pop(0).encode() + b"\n")
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert not left, (left, shown)
    return status, shown.decode()


# Help and mistakes


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches(machine, command):
    text = machine.done(*command.split(), "--help")
    assert "Example" in text and f"signpost {command}" in text and "--json" in text
    assert max(map(len, text.splitlines())) <= 130
    for option in ("--password ", "--password="):
        assert option not in text, "a password is never an argument"


@pytest.mark.parametrize("arguments", [
    ["user"], ["user", "add"], ["user", "add", "a", "b"], ["user", "destroy", "x"], ["token"], ["token", "create"], ["token", "revoke"], ["put"],
    ["get"], ["login", "extra"], ["login", "--password", "x"], ["user", "add", "ann", "--password", "x"], ["ls", "--no-such"], ["session", "end"]],
    ids=" ".join)
def test_a_wrong_command_line_is_2(machine, arguments):
    done = machine.run(*arguments)
    assert done.returncode == 2 and not done.stdout and done.stderr, done


@pytest.mark.parametrize("server_url", ["ftp://x", "localhost", "http://", "http://a b", "http://u:p@host", "http://host/path", "http://host:99999"])
def test_what_is_no_server_is_2(machine, server_url):
    machine.refused(2, "is no server", "ls", "--server", server_url)


def test_without_a_server_the_remedy_is_named(machine):
    for command in (["ls"], ["user", "list"], ["token", "list"]):
        machine.refused(2, "signpost login", *command)


def test_signed_in_nowhere(machine, server):
    machine.refused(1, "signpost login", "ls", "--server", server.url)
    machine.refused(1, "SIGNPOST_TOKEN is good no longer", "ls", SIGNPOST_SERVER=server.url, SIGNPOST_TOKEN="sgn_wrong")
    machine.refused(2, "no token", "ls", SIGNPOST_SERVER=server.url, SIGNPOST_TOKEN="a\nX-Evil: 1")


def test_a_server_that_is_not_there_or_is_another(machine, server):
    machine.refused(1, "cannot be reached", "ls", "--server", "http://127.0.0.1:1", SIGNPOST_TOKEN="x")
    store = server.program.store_url
    machine.refused(1, "Signpost gateway", "ls", "--server", store, SIGNPOST_TOKEN="x")


# Signing in


def test_login_and_logout(machine, server):
    document = machine.json("login", "--server", server.url, "--username", "admin", "--password-stdin", stdin=ADMIN_PASSWORD + "\n")
    assert document["server"] == server.url and document["principal"] == "user:local:admin" and document["admin"] is True
    assert stat.S_IMODE(machine.file.stat().st_mode) == 0o600 and stat.S_IMODE(machine.file.parent.stat().st_mode) == 0o700
    assert [f.name for f in machine.file.parent.iterdir()] == ["login.json"]
    cookie = machine.saved()["cookie"]
    SECRETS.add(cookie)
    assert ADMIN_PASSWORD not in machine.file.read_text()
    session = server.with_cookie(f"{machine.saved()['cookie_name']}={cookie}")
    assert session.get("/v1/session").status == 200
    assert machine.json("ls") is not None
    assert machine.json("logout") == {"server": server.url}
    assert not machine.file.exists() and session.get("/v1/session").status == 401
    assert machine.json("logout") == {"server": None}
    machine.refused(2, "signpost login", "ls")


def test_login_asks_without_echo(machine, server):
    status, shown = on_a_terminal(machine, ["login", "--server", server.url], ["admin", ADMIN_PASSWORD])
    assert status == 0 and "Signed in" in shown, shown
    assert ADMIN_PASSWORD not in shown and f"Password of admin at {server.url}" in shown
    SECRETS.add(machine.saved()["cookie"])
    status, shown = on_a_terminal(machine, ["login", "--server", server.url, "--username", "admin"], ["wrong password"])
    assert status == 1 and "wrong" in shown
    status, shown = on_a_terminal(machine, ["login", "--server", server.url, "--username", "admin"], ["\x03"])
    assert status == 2 and "given up" in shown


def test_login_without_a_terminal_says_what_to_do(machine, server):
    machine.refused(2, "--password-stdin", "login", "--server", server.url, "--username", "admin")
    machine.refused(2, "--username", "login", "--server", server.url, "--password-stdin", stdin="x\n")
    machine.refused(2, "ended", "login", "--server", server.url, "--username", "admin", "--password-stdin")
    machine.refused(2, "empty", "login", "--server", server.url, "--username", "admin", "--password-stdin", stdin="\n")
    machine.refused(2, "1024", "login", "--server", server.url, "--username", "admin", "--password-stdin", stdin="x" * 5000)
    machine.refused(1, "wrong", "login", "--server", server.url, "--username", "admin", "--password-stdin", stdin="wrong password\n")
    assert not machine.file.exists()


def test_a_second_login_ends_the_first_session(machine, server):
    machine.login()
    first = server.with_cookie(f"{machine.saved()['cookie_name']}={machine.saved()['cookie']}")
    machine.login()
    assert first.get("/v1/session").status == 401 and machine.json("ls") is not None


def test_the_session_goes_to_its_server_alone(machine, server):
    machine.login()
    seen = []

    class Thief(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers))
            self.send_response(302)
            self.send_header("Location", server.url + "/v1/files")
            self.end_headers()

        def log_message(self, *_):
            pass
    thief = HTTPServer(("127.0.0.1", 0), Thief)
    Thread(target=thief.serve_forever, daemon=True).start()
    try:
        machine.refused(1, "Signpost gateway", "ls", "--server", f"http://127.0.0.1:{thief.server_port}")
    finally:
        thief.shutdown()
    assert len(seen) == 1 and not {"cookie", "authorization"} & {name.lower() for name in seen[0]}, "no redirect is followed"


def test_a_file_that_others_may_read_is_refused(machine):
    machine.login()
    machine.file.chmod(0o644)
    machine.refused(2, "chmod 600", "ls")
    machine.file.chmod(0o600)
    machine.file.write_text("{}")
    machine.refused(2, "none of ours", "ls")
    machine.file.unlink()


def test_xdg_config_home(machine, server, tmp_path):
    place = tmp_path / "xdg"
    machine.done("login", "--server", server.url, "--username", "admin", "--password-stdin", stdin=ADMIN_PASSWORD + "\n", XDG_CONFIG_HOME=str(place))
    saved = place / "signpost/login.json"
    SECRETS.add(json.loads(saved.read_text())["cookie"])
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600 and not machine.file.exists()
    machine.done("logout", XDG_CONFIG_HOME=str(place))


# Accounts


def test_users(root, server, tmp_path):
    name = f"bob-{next(NUMBERS)}"
    made = root.json("user", "add", name, "--password-stdin", stdin=PASSWORD + "\n")
    assert made["username"] == name and made["admin"] is False
    assert root.refused(1, "already", "user", "add", name.upper(), "--password-stdin", stdin=PASSWORD + "\n")
    root.refused(1, "shorter", "user", "add", "short", "--password-stdin", stdin="1234567\n")
    for action in ("add", "password"):
        for no_name in ("b b", "x" * 65, "\u00e9", "a/b"):
            root.refused(2, "username", "user", action, no_name, "--password-stdin", stdin=PASSWORD + "\n")
    listed = {one["username"]: one for one in root.json("user", "list")["items"]}
    assert listed["admin"]["admin"] is True and listed[name]["disabled"] is False
    bob = Machine(tmp_path / "bob", server).login(name, PASSWORD)
    assert root.done("user", "disable", name) == f"{name} is disabled\n"
    assert [line for line in root.done("user", "list").splitlines() if line.startswith(name) and "disabled" in line]
    bob.refused(1, "signpost login", "ls")
    assert root.done("user", "enable", name) == f"{name} may sign in\n"
    bob.login(name, PASSWORD)
    assert root.json("user", "admin", name)["admin"] is True
    assert name in bob.done("user", "list")
    assert root.json("user", "admin", name, "--revoke")["admin"] is False
    bob.refused(1, "admin", "user", "list")
    root.refused(1, "last_admin", "user", "disable", "admin")
    root.refused(1, "404", "user", "disable", "nobody-there")


def test_passwords(root, ann, server):
    new = PASSWORD + " 2"
    ann.refused(1, "wrong_password", "user", "password", "--password-stdin", stdin=f"not it at all\n{new}\n")
    ann.refused(2, "ended", "user", "password", "--password-stdin", stdin=f"{PASSWORD}\n")
    before = ann.saved()["cookie"]
    ann.done("user", "password", "--password-stdin", stdin=f"{PASSWORD}\n{new}\n")
    assert ann.saved()["cookie"] != before, "the other sessions have ended, and this one goes on as a new one"
    SECRETS.add(ann.saved()["cookie"])
    assert len(ann.json("session", "list")["items"]) == 1
    assert ann.login(ann.name, new).json("ls") is not None
    root.done("user", "password", ann.name, "--password-stdin", stdin=PASSWORD + "\n")
    ann.refused(1, "signpost login", "ls")
    ann.login(ann.name, PASSWORD)
    token = ann.json("token", "create", "t", "--scope", "read")["token"]
    SECRETS.add(token)
    machine = Machine(ann.home.parent / "other", server)
    machine.refused(1, "", "user", "password", "--password-stdin", stdin=f"{PASSWORD}\n{new}\n", SIGNPOST_SERVER=server.url, SIGNPOST_TOKEN=token)


def test_new_passwords_are_asked_twice_without_echo(root, ann):
    new = PASSWORD + " 3"
    status, shown = on_a_terminal(ann, ["user", "password"], [PASSWORD, new, new])
    assert status == 0 and new not in shown and PASSWORD not in shown.replace(new, ""), shown
    SECRETS.add(ann.saved()["cookie"])
    ann.login(ann.name, new)
    status, shown = on_a_terminal(root, ["user", "add", "typo"], [new, PASSWORD])
    assert status == 2 and "differ" in shown
    assert "typo" not in [one["username"] for one in root.json("user", "list")["items"]]


def test_no_password_is_asked_for_a_name_that_nobody_can_have(root):
    for action in ("add", "password"):
        status, shown = on_a_terminal(root, ["user", action, "a b"], [])
        assert status == 2 and "'a b' is no username" in shown and "assword" not in shown, shown


def test_no_secret_stands_in_the_arguments_or_on_the_way(root, ann, tmp_path):
    """What other users of the machine can see of a running command."""
    reader, writer = os.pipe()
    process = subprocess.Popen([str(binary()), "user", "password", "--password-stdin"], env=ann.env, stdin=reader, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    try:
        time.sleep(0.5)
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            seen = file.read()
        os.write(writer, f"{PASSWORD}\n{PASSWORD} 9\n".encode())
        os.close(writer)
        assert process.wait(30) == 0, process.stderr.read()
    finally:
        process.kill()
        os.close(reader)
        process.stderr.close()
    assert PASSWORD.encode() not in seen
    SECRETS.add(ann.saved()["cookie"])


def test_tokens(ann, server, tmp_path):
    shown = ann.run("token", "create", "build server", "--scope", "read", "--scope", "write", "--expires-in", "12h")
    token = shown.stdout.strip()
    SECRETS.add(token)
    assert shown.returncode == 0 and token.startswith("sgn_") and shown.stdout == token + "\n" and "not shown again" in shown.stderr
    listed = ann.json("token", "list")["items"]
    assert [one["name"] for one in listed] == ["build server"] and listed[0]["scopes"] == ["read", "write"]
    assert token not in ann.done("token", "list") and "build server" in ann.done("token", "list")
    script = Machine(tmp_path / "script", server, SIGNPOST_SERVER=server.url, SIGNPOST_TOKEN=token)
    assert script.json("ls") == {"items": []}
    script.refused(1, "insufficient_scope", "token", "create", "more", "--scope", "share")
    ann.refused(1, "scope", "token", "create", "x", "--scope", "root")
    ann.refused(1, "expires_in", "token", "create", "x", "--expires-in", "soon")
    assert ann.json("token", "revoke", listed[0]["id"]) == {"revoked": [listed[0]["id"]]}
    script.refused(1, "SIGNPOST_TOKEN is good no longer", "ls")
    ann.refused(1, "404", "token", "revoke", listed[0]["id"])


def test_a_token_makes_no_admin(root, server, tmp_path):
    token = root.json("token", "create", "t", "--scope", "read", "--scope", "write", "--scope", "admin")["token"]
    SECRETS.add(token)
    script = Machine(tmp_path / "script", server, SIGNPOST_SERVER=server.url, SIGNPOST_TOKEN=token)
    name = f"made-{next(NUMBERS)}"
    script.done("user", "add", name, "--password-stdin", stdin=PASSWORD + "\n")
    script.refused(1, "unset SIGNPOST_TOKEN", "user", "admin", name)


def test_sessions(root, ann, server, tmp_path):
    other = Machine(tmp_path / "other", server).login(ann.name, PASSWORD)
    listed = ann.json("session", "list")["items"]
    assert [one["user_agent"] for one in listed] == ["signpost", "signpost"]
    assert "this one" in ann.done("session", "list") and "127.0.0.1" in ann.done("session", "list")
    lost = next(one["id"] for one in listed if not one["current"])
    assert ann.json("session", "end", lost) == {"ended": [lost]}
    other.refused(1, "signpost login", "ls")
    mine = root.json("session", "list", "--principal", f"user:local:{ann.name}")["items"]
    assert len(mine) == 1
    ann.refused(1, "404", "session", "list", "--principal", "user:local:admin")


# Files


def test_files_from_put_to_rm(ann, tmp_path):
    data = noise(300_000, seed=5)
    source = tmp_path / "a file ü.bin"
    source.write_bytes(data)
    file = ann.json("put", source)["files"][0]
    assert file["name"] == "a file ü.bin" and file["state"] == "ready" and file["sha256"] == hashlib.sha256(data).hexdigest()
    assert [one["id"] for one in ann.json("ls", "-q", "file ü")["items"]] == [file["id"]]
    assert "293.0 KiB" in ann.done("ls") and "a file ü.bin" in ann.done("ls")
    assert ann.json("ls", "--content-type", "image/*")["items"] == []
    ann.done("get", file["id"])
    assert (ann.home / "a file ü.bin").read_bytes() == data
    ann.refused(1, "--force", "get", file["id"])
    (ann.home / "a file ü.bin").write_bytes(b"old")
    assert ann.json("get", file["id"], "--force")["path"] == "a file ü.bin"
    assert (ann.home / "a file ü.bin").read_bytes() == data
    raw = subprocess.run([str(binary()), "get", file["id"], "-o", "-"], env=ann.env, capture_output=True, timeout=30, check=True)
    assert raw.stdout == data and not raw.stderr
    url = ann.done("url", file["id"], "--expires-in", "1m").strip()
    SECRETS.of_url(url)
    assert subprocess.run(["curl", "-sf", url], capture_output=True, timeout=30, check=True).stdout == data
    assert "attachment" in ann.json("url", file["id"], "--download")["url"]
    assert ann.json("rm", file["id"]) == {"removed": [file["id"]]}
    ann.refused(1, "404", "get", file["id"], "-o", "gone")
    assert not (ann.home / "gone").exists() and not list(ann.home.glob("*.part-*"))


def test_several_files_and_none(ann, tmp_path):
    paths = []
    for i, data in enumerate([b"", b"one", noise(70_000, seed=6)]):
        paths.append(tmp_path / f"{i}.bin")
        paths[-1].write_bytes(data)
    files = ann.json("put", *paths)["files"]
    assert [one["size"] for one in files] == [0, 3, 70_000]
    ann.refused(2, "one FILE", "put", *paths, "--name", "x")
    ann.refused(1, "No such file", "put", tmp_path / "missing")
    ann.refused(2, "regular", "put", tmp_path)
    text = tmp_path / "no.png"
    text.write_bytes(b"not a picture at all")
    ann.refused(1, "type_mismatch", "put", text)
    assert len(ann.json("ls")["items"]) == 3, "what failed leaves no entry"
    ann.done("rm", *[one["id"] for one in files])
    assert ann.json("put", text, "--content-type", "text/plain", "--id", f"own-{ann.name}")["files"][0]["id"] == f"own-{ann.name}"


@pytest.mark.parametrize("name,expected", [("../../evil", "evil"), (".bashrc", "_bashrc"), ("a/b", "b"), ("x\u202egnp.exe", None)])
def test_a_servers_name_stays_in_this_folder(ann, server, name, expected):
    """As a server that lies would send it: the real one sanitises names already."""
    file_id, data = "f1", b"bytes"

    class Liar(BaseHTTPRequestHandler):
        def do_GET(self):
            answers = {f"/v1/files/{file_id}": {"id": file_id, "name": name, "size": len(data), "sha256": None},
                       f"/v1/files/{file_id}/url": {"url": f"http://127.0.0.1:{self.server.server_port}/bytes", "method": "GET"}}
            body = data if self.path == "/bytes" else json.dumps(answers[self.path]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            assert self.path != "/bytes" or not self.headers.get("Authorization"), "the store gets no credential"

        def log_message(self, *_):
            pass
    liar = HTTPServer(("127.0.0.1", 0), Liar)
    Thread(target=liar.serve_forever, daemon=True).start()
    try:
        before = set(ann.home.parent.rglob("*"))
        done = ann.run("get", file_id, SIGNPOST_SERVER=f"http://127.0.0.1:{liar.server_port}", SIGNPOST_TOKEN="t")
    finally:
        liar.shutdown()
    assert done.returncode == 0, done
    made = set(ann.home.parent.rglob("*")) - before
    assert len(made) == 1
    path = made.pop()
    assert path.parent == ann.home and path.read_bytes() == data and "\u202e" not in path.name
    assert expected is None or path.name == expected


def test_wrong_bytes_are_no_file(ann):
    class Liar(BaseHTTPRequestHandler):
        def do_GET(self):
            answers = {"/v1/files/f": {"id": "f", "name": "f", "size": 5, "sha256": hashlib.sha256(b"bytes").hexdigest()},
                       "/v1/files/f/url": {"url": f"http://127.0.0.1:{self.server.server_port}/x", "method": "GET"}}
            body = b"bytez" if self.path == "/x" else json.dumps(answers[self.path]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    liar = HTTPServer(("127.0.0.1", 0), Liar)
    Thread(target=liar.serve_forever, daemon=True).start()
    try:
        ann.refused(1, "SHA-256", "get", "f", SIGNPOST_SERVER=f"http://127.0.0.1:{liar.server_port}", SIGNPOST_TOKEN="t")
    finally:
        liar.shutdown()
    assert not list(ann.home.glob("f*"))


def test_progress_is_for_a_terminal(ann, tmp_path):
    source = tmp_path / "big.bin"
    source.write_bytes(noise(1 << 20, seed=8) * 200)
    quiet = ann.run("put", source)
    assert quiet.returncode == 0 and not quiet.stderr and "\r" not in quiet.stdout
    status, shown = on_a_terminal(ann, ["put", str(source)], [])
    assert status == 0 and "%" in shown and "MiB/s" in shown, shown
    status, shown = on_a_terminal(ann, ["put", str(source), "--json"], [])
    assert status == 0 and "%" not in shown and json.loads(shown)["files"]


def test_a_name_cannot_command_the_terminal(ann, tmp_path):
    source = tmp_path / "x.bin"
    source.write_bytes(b"x")
    token = ann.json("token", "create", "\u202egnp \u200bx <img>")
    SECRETS.add(token["token"])
    shown = ann.done("token", "list")
    assert "\u202e" not in shown and "\u200b" not in shown and "?gnp ?x <img>" in shown
