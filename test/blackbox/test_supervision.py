"""`signpost serve` as an operator meets it: it restarts what died, stops in good order, and says what is wrong with a configuration."""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import threading
import time

import pytest

import wire
from clients import SECRETS, Gateway, Store
from conftest import ADMIN_PASSWORD, STORE_KEY_ID, STORE_SECRET, app_token, running, serve, start_store, write_configuration
from procs import alive, binary, clean_environment, eventually, run
from samples import noise, png


@pytest.fixture
def program(tmp_path, rsa_key):
    with running(serve(tmp_path, config=write_configuration(tmp_path, [rsa_key]))) as started:
        yield started


def answers(url, path="/healthz", statuses=(200,)):
    try:
        return wire.fetch(url + path, timeout=2).status in statuses
    except (OSError, AssertionError, TimeoutError):
        return False


def test_two_processes(program):
    gateway, store = program.listener_pid(program.url), program.listener_pid(program.store_url)
    assert len({program.pid, gateway, store}) == 3, "gateway and store share a process"
    assert set(program.children()) == {gateway, store}


@pytest.mark.parametrize("victim", ["gateway", "store"])
def test_restarts_what_died(program, victim):
    caller = Gateway(program.url, program=program).bearing(app_token("ada"))
    file = caller.upload(png(), "a.png", "image/png")
    url = program.url if victim == "gateway" else program.store_url
    other = program.store_url if victim == "gateway" else program.url
    pid, kept = program.listener_pid(url), program.listener_pid(other)
    os.kill(pid, signal.SIGKILL)
    # the other one serves on
    assert answers(other, "/healthz" if victim == "store" else "/", (200, 403))
    eventually(lambda: answers(url, "/healthz" if victim == "gateway" else "/", (200, 403)), 10)
    new = program.listener_pid(url)
    assert new != pid and program.listener_pid(other) == kept and not alive(pid)
    assert caller.get(f"/files/{file['id']}?delivery=proxy").body == png()
    assert wire.fetch(caller.signed_url(file["id"])["url"]).body == png()
    assert caller.upload(png(seed=2), "b.png", "image/png")["state"] == "ready"


def test_both_die_again_and_again(program):
    caller = Gateway(program.url, program=program).bearing(app_token("ada"))
    for _ in range(3):
        for pid in program.children():
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: answers(program.url) and answers(program.store_url, "/", (403,)), 20)
        assert caller.upload(png(), "a.png", "image/png")["state"] == "ready"


def test_a_system_without_room_for_another_process_ends_nothing(program):
    pid = program.listener_pid(program.url)
    before = resource.prlimit(program.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (3, before[1]))
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: "the gateway cannot be started" in program.log(), 10)
    assert alive(program.pid) and answers(program.store_url, "/", (403,))
    resource.prlimit(program.pid, resource.RLIMIT_NOFILE, before)
    eventually(lambda: answers(program.url), 15)


def test_children_do_not_outlive_the_supervisor(tmp_path):
    program = serve(tmp_path)
    children = program.children()
    assert len(children) == 2
    os.kill(program.pid, signal.SIGKILL)
    program.process.wait(10)
    try:
        eventually(lambda: not any(alive(pid) for pid in children), 10)
    finally:
        for pid in filter(alive, children):
            os.kill(pid, signal.SIGKILL)
    with running(serve(tmp_path)) as again:  # and nothing is locked
        assert answers(again.url)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stops(tmp_path, number):
    program = serve(tmp_path)
    children = program.children()
    program.process.send_signal(number)
    assert program.process.wait(10) == 0
    assert not any(alive(pid) for pid in children)
    assert not answers(program.url)


def test_stops_in_good_order_before_it_is_ready(tmp_path):
    given = ["serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--store-listen", "127.0.0.1:0", "--json"]
    process = subprocess.Popen([binary(), *given], stdout=subprocess.PIPE, env=clean_environment())
    try:
        eventually(lambda: (tmp_path / "data/serve.lock").exists(), every=0.001)
        process.terminate()
        shown = process.communicate(timeout=20)[0]
        assert process.returncode == 0 and not shown
    finally:
        process.kill()
    with running(serve(tmp_path, env={"SIGNPOST_ADMIN_PASSWORD": ""})) as program:
        SECRETS.add(program.ready["admin_password"])


def test_stop_finishes_what_is_in_flight(tmp_path, rsa_key):
    """A download under way when SIGTERM comes is delivered whole; new connections are not taken; exit 0."""
    program = serve(tmp_path, config=write_configuration(tmp_path, [rsa_key]))
    try:
        caller = Gateway(program.url, program=program).bearing(app_token("ada"))
        data = noise(30_000_000)
        file = caller.upload(data, "n.bin", "application/octet-stream")
        flows = [(caller.address, f"/files/{file['id']}?delivery=proxy", caller.headers),
                 (wire.address_of(program.store_url), wire.target_of(caller.signed_url(file["id"])["url"]), [])]
        connections = []
        for address, target, headers in flows:
            connection = wire.Connection(address)
            connection.send(wire.head("GET", target, [("Host", address.authority), *headers]))
            connection.buffer += connection.socket.recv(1000)
            connections.append(connection)
        program.process.send_signal(signal.SIGTERM)
        eventually(lambda: not answers(program.url), 5)
        assert program.process.poll() is None, "stopped with downloads under way"
        for connection in connections:
            answer = connection.response()
            assert answer.status == 200 and answer.body == data
            connection.close()
        assert program.process.wait(15) == 0
    finally:
        program.kill()


def test_an_access_log_that_is_a_pipe(tmp_path, rsa_key):
    """Without its reader there is no start, and none that waits; the reader sees its end with the program's."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    config = write_configuration(tmp_path, [rsa_key], f'[log]\naccess = "{pipe}"\n')
    refused = run("serve", "--config", config, "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--store-listen", "127.0.0.1:0")
    assert refused.returncode == 2 and re.search(r"log\.access: .*pipe: nobody reads", refused.stderr), refused
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        with running(serve(tmp_path, config=config)) as program:
            assert answers(program.url, "/healthz?first")
            os.kill(program.listener_pid(program.url), signal.SIGKILL)
            eventually(lambda: answers(program.url, "/readyz"), 15)
        lines = [json.loads(line)["path"] for line in reader.communicate(timeout=10)[0].splitlines()]
    assert "/healthz" in lines and "/readyz" in lines, lines


@pytest.mark.parametrize("files,warned", [("http://files.example.com:9000", True), ("http://content.example.com", False)])
def test_files_that_share_the_pages_cookies_are_warned_of(tmp_path, rsa_key, files, warned):
    config = write_configuration(tmp_path, [rsa_key])
    with running(serve(tmp_path, "--public-url", "https://files.example.com", "--store-public-url", files, config=config)) as program:
        assert ("cookies" in program.log()) == warned, program.log()


def test_second_instance_on_the_same_data(program, tmp_path):
    arguments = ["serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--store-listen", "127.0.0.1:0", "--json"]
    done = run(*arguments)
    assert done.returncode == 2 and str(tmp_path / "data") in done.stderr and done.stdout == "", done
    store = run("store", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--json")
    assert store.returncode != 0 or "ready" not in store.stdout
    assert answers(program.url)


def test_second_store_on_the_same_data(store):
    data = store.program.log_path.parent / "data"
    done = run("store", "--data", data, "--listen", "127.0.0.1:0", "--json")
    assert done.returncode == 2 and done.stderr, done
    assert store.head("x").status == 404


def test_port_in_use(program, tmp_path):
    done = run("serve", "--data", tmp_path / "other", "--listen", wire.address_of(program.url).authority, "--store-listen", "127.0.0.1:0")
    assert done.returncode in (1, 2) and wire.address_of(program.url).authority in done.stderr, done


def test_first_start_prints_the_password_once(tmp_path):
    program = serve(tmp_path, env={"SIGNPOST_ADMIN_PASSWORD": ""})
    with running(program):
        printed = program.ready.get("admin_password") or printed_password(program)
        SECRETS.add(printed)
        assert len(printed) >= 12
        assert Gateway(program.url).login("admin", printed).status == 200
    again = serve(tmp_path, env={"SIGNPOST_ADMIN_PASSWORD": ""})
    with running(again):
        assert printed not in again.log()
        assert Gateway(again.url).login("admin", printed).status == 200


@pytest.mark.parametrize("form", [[], ["--json"]], ids=str)
@pytest.mark.parametrize("output", ["full", "closed"])
def test_a_password_that_could_not_be_shown_is_none(tmp_path, form, output):
    """The next start makes one that can, and nothing of the output lands in a file of ours."""
    given = ["serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--store-listen", "127.0.0.1:0", *form]
    redirect = ">/dev/full" if output == "full" else ">&-"
    done = subprocess.run(["sh", "-c", f'exec "$@" {redirect}', "sh", binary(), *given], env=clean_environment(), capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1 and "standard output" in done.stderr, done
    assert re.fullmatch(r"\d+\n", (tmp_path / "data/serve.lock").read_text())
    with running(serve(tmp_path, env={"SIGNPOST_ADMIN_PASSWORD": ""})) as program:
        SECRETS.add(program.ready["admin_password"])
        assert Gateway(program.url).login("admin", program.ready["admin_password"]).status == 200


def test_a_start_without_standard_error_writes_its_log_nowhere(tmp_path):
    given = ["serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--store-listen", "127.0.0.1:0", "--json"]
    process = subprocess.Popen(["sh", "-c", 'exec "$@" 2>&-', "sh", binary(), *given], stdout=subprocess.PIPE, env=clean_environment({"SIGNPOST_ADMIN_PASSWORD": ADMIN_PASSWORD}))
    try:
        assert json.loads(process.stdout.readline())["url"]
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
    assert re.fullmatch(r"\d+\n", (tmp_path / "data/serve.lock").read_text())


@pytest.mark.parametrize("identity, secret, word", [
    ("a/b", STORE_SECRET, "ACCESS_KEY_ID"), ("a b", STORE_SECRET, "ACCESS_KEY_ID"), ("a,b", STORE_SECRET, "ACCESS_KEY_ID"), ("a\nb", STORE_SECRET, "ACCESS_KEY_ID"),
    ("A" * 129, STORE_SECRET, "ACCESS_KEY_ID"), ("\u00e9", STORE_SECRET, "ACCESS_KEY_ID"), ("AK", "x" * 500 + "yz" * 300, "SECRET_ACCESS_KEY"),
    ("AK", STORE_SECRET + "\n", "SECRET_ACCESS_KEY"), ("AK", b"\xff\xfe" + STORE_SECRET.encode(), "SECRET_ACCESS_KEY")])
def test_a_root_key_that_no_client_could_use(tmp_path, identity, secret, word):
    """Nor could it be read back from its file, which would keep the store from starting for ever."""
    done = run("store", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--json",
               env={"SIGNPOST_STORE_ACCESS_KEY_ID": identity, "SIGNPOST_STORE_SECRET_ACCESS_KEY": secret})
    assert done.returncode == 2 and f"SIGNPOST_STORE_{word} is no" in done.stderr and not done.stdout, done
    assert not (tmp_path / "data").exists()


def printed_password(program):
    found = re.search(r"password[^\n]*?[:\s]\s*(\S{12,})\s*$", program.log(), re.M | re.I)
    assert found, program.log()
    return found[1]


def test_everything_is_there_after_a_restart(tmp_path, rsa_key):
    config = write_configuration(tmp_path, [rsa_key])
    token = app_token("ada")
    with running(serve(tmp_path, config=config)) as program:
        caller = Gateway(program.url).bearing(token)
        file = caller.upload(png(), "a.png", "image/png", metadata={"a": "b"})
        pending = caller.create("b.png", "image/png", len(png()))["file"]
        session = Gateway(program.url).login("admin", ADMIN_PASSWORD).get("Set-Cookie").split(";")[0]
    with running(serve(tmp_path, config=config)) as program:
        caller = Gateway(program.url).bearing(token)
        assert caller.get(f"/v1/files/{file['id']}").json() == file
        assert caller.get(f"/v1/files/{pending['id']}").json()["state"] == "pending"
        assert caller.get(f"/files/{file['id']}?delivery=proxy").body == png()
        assert Gateway(program.url).with_cookie(session).get("/v1/session").status == 200


def test_store_generates_a_key(tmp_path):
    with running(start_store(tmp_path, env={})) as program:
        identity, secret = program.ready["access_key_id"], program.ready["secret_access_key"]
        SECRETS.add(secret)
        assert len(secret) >= 32
        store = Store(program.url, identity, secret).create_bucket()
        store.put("a", b"b")
    with running(start_store(tmp_path, env={})) as program:
        assert "secret_access_key" not in program.ready and secret not in program.log()
        assert Store(program.url, identity, secret).get("a").body == b"b"


# Configuration and command line

BROKEN = """[server]
listen = 8080
colour = "red"
threads = -1

[delivery]
mode = "teleport"
expires_in = "3 fortnights"

[nonsense]
a = 1

[[auth.jwt]]
name = "app"
issuer = "https://auth.example.com/"
audience = "files"
algorithms = ["none"]
secret = "short"
"""
LINES = {2: "listen", 3: "colour", 4: "threads", 7: "mode", 8: "expires_in", 10: "nonsense"}


def start_with(tmp_path, text, *arguments, env=None):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    return run("serve", "--config", path, "--data", tmp_path / "data", *arguments, env=env)


def test_every_mistake_is_named_with_its_line(tmp_path):
    done = start_with(tmp_path, BROKEN)
    assert done.returncode == 2 and done.stdout == "", done
    for line, word in LINES.items():
        assert re.search(rf"bad\.toml:{line}\b[^\n]*{word}", done.stderr), (line, word, done.stderr)
    assert "none" in done.stderr and "short" not in done.stderr.replace("shorter", ""), "a secret is repeated"
    assert not (tmp_path / "data").exists(), "a refused configuration made a data directory"


@pytest.mark.parametrize("text", ["[server", "server.listen = ", "a = \"\xff", "[server]\nlisten = \"x\"\nlisten = \"y\"", "[server]\n[server]"])
def test_not_toml(tmp_path, text):
    done = start_with(tmp_path, text)
    assert done.returncode == 2 and re.search(r"bad\.toml:\d", done.stderr), done


@pytest.mark.parametrize("text", [
    'server = 1', '[server]\nlisten = "nonsense"', '[server]\nlisten = "127.0.0.1:99999"', '[server]\npublic_url = "ftp://x"',
    '[server]\npublic_url = "https://x/path"', '[server]\nallowed_origins = ["https://a.example/path"]', '[server]\nallowed_origins = "*"',
    '[store]\nkind = "floppy"', '[store]\nkind = "s3"', '[uploads]\nmax_file_size = "-1"', '[delivery]\nexpires_in = "8d"',
    '[server]\ntls_certificate = "none.pem"', '[log]\naccess = "."', '[[auth.jwt]]\nname = "a"', '[[auth.jwt]]\nname="a"\nissuer="i"\naudience="b"\nalgorithms=["HS256"]\nsecret="short"',
    '[[auth.jwt]]\nname="a"\nissuer="i"\naudience="b"\nalgorithms=["RS256"]\njwks_file="missing.json"',
    '[[auth.jwt]]\nname="local"\nissuer="i"\naudience="b"\nalgorithms=["HS256"]\nsecret="' + "x" * 40 + '"'])
def test_bad_values(tmp_path, text):
    done = start_with(tmp_path, text)
    assert done.returncode == 2 and done.stderr and done.stdout == "", done
    assert "x" * 40 not in done.stderr


@pytest.mark.parametrize("text", [
    "[store]\nkind = 's3'\naccess_key_id = 'A'\nsecret_access_key_file = '{}'", "[[auth.jwt]]\nname='a'\nissuer='i'\naudience='b'\nalgorithms=['HS256']\nsecret_file='{}'",
    "[[auth.jwt]]\nname='a'\nissuer='i'\naudience='b'\nalgorithms=['RS256']\njwks_file='{}'"])
@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n", b"x" * (2 << 20), "pipe", "folder", None])
def test_a_file_that_is_no_secret(tmp_path, text, content):
    """Named at once, and never waited for."""
    path = tmp_path / "secret"
    if content == "pipe":
        os.mkfifo(path)
    elif content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    done = start_with(tmp_path, text.format("secret"))
    assert done.returncode == 2 and str(path) in done.stderr and "_file" in done.stderr, done


@pytest.mark.parametrize("text, reason", [
    ("[store]\nkind = 's3'\naccess_key_id = 'A'", "only of use together"), ("[store]\nkind = 's3'\nsecret_access_key = 3", "must be a text"),
    ("[store]\nkind = 's3'\nsecret_access_key = ''", "empty"),
    ("[server]\nlisten = '0.0.0.0:0'\npublic_url = 'https://a.example'\n[store]\nkind = 's3'\naccess_key_id = 'A'\nsecret_access_key = 'minioadmin'", "well-known")])
def test_what_is_wrong_with_a_secret_is_told(tmp_path, text, reason):
    done = start_with(tmp_path, text)
    assert done.returncode == 2 and reason in done.stderr and "store.secret_access_key" in done.stderr and "***" not in done.stderr and "minioadmin" not in done.stderr, done
    named = start_with(tmp_path, "[store]\nkind = 's3'\naccess_key_id = 'A'", env={"SIGNPOST__STORE__SECRET_ACCESS_KEY__0": "x"})
    assert "***" not in named.stderr and "SIGNPOST__STORE__SECRET_ACCESS_KEY" in named.stderr, named


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A folder with cert.pem and key.pem, an RSA key, an EC key of nobody, and key.pem with a pass phrase."""
    folder = tmp_path_factory.mktemp("tls")
    for words in (["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost"],
                  ["genpkey", "-algorithm", "RSA", "-out", "rsa.pem"], ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "other.pem"],
                  ["ec", "-in", "key.pem", "-aes128", "-passout", "pass:secret", "-out", "locked.pem"]):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)
    return folder


@pytest.mark.parametrize("key, word", [("rsa.pem", "TLS key"), ("other.pem", "TLS key"), ("locked.pem", "pass phrase"), ("cert.pem", "TLS key"), ("none.pem", "No such file")])
@pytest.mark.parametrize("command", ["serve", "store"])
def test_a_tls_key_that_does_not_do(tmp_path, tls, command, key, word):
    """Or it would be ready, and every connection fail."""
    if command == "serve":
        done = start_with(tmp_path, f"[server]\ntls_certificate = '{tls}/cert.pem'\ntls_key = '{tls}/{key}'\n", "--listen", "127.0.0.1:0", "--store-listen", "127.0.0.1:0")
    else:
        done = run("store", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--tls-certificate", tls / "cert.pem", "--tls-key", tls / key)
    assert done.returncode == 2 and word in done.stderr and key in done.stderr and not done.stdout, done
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_is_a_file_systems_root(tmp_path):
    (tmp_path / "data/lost+found").mkdir(parents=True, mode=0o700)
    (tmp_path / "data").chmod(0o700)
    with running(serve(tmp_path)) as program:
        assert answers(program.url)


def test_a_limit_of_files_fails_a_write_and_no_process(tmp_path):
    limits = tmp_path / "limits"
    limits.mkdir()
    with running(start_store(limits)) as program:
        resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))
        store = Store(program.url, STORE_KEY_ID, STORE_SECRET).create_bucket()
        assert store.call("PUT", store.path("long"), body=noise(9 << 20)).status in (500, 503, 507)
        store.put("short", b"x")
        assert store.get("short").body == b"x" and store.head("long").status == 404


def test_bad_environment(tmp_path):
    done = start_with(tmp_path, "", env={"SIGNPOST__SERVER__COLOUR": "red", "SIGNPOST__DELIVERY__EXPIRES_IN": "soon"})
    assert done.returncode == 2 and "SIGNPOST__SERVER__COLOUR" in done.stderr and "SIGNPOST__DELIVERY__EXPIRES_IN" in done.stderr, done


def test_environment_counts(tmp_path, rsa_key):
    with running(serve(tmp_path, config=write_configuration(tmp_path, [rsa_key]), env={"SIGNPOST__DELIVERY__MODE": "proxy"})) as program:
        caller = Gateway(program.url).bearing(app_token("ada"))
        file = caller.upload(png(), "a.png", "image/png")
        assert caller.get(f"/files/{file['id']}").body == png()


@pytest.mark.parametrize("arguments", [
    ["--listen", "0.0.0.0:0"], ["--store-listen", "0.0.0.0:0"], ["--listen", "[::]:0"], ["--listen", "0.0.0.0:0", "--public-url", "https://a.example"],
    ["--listen", "0.0.0.0:0", "--public-url", "https://files.example.com"],
    ["--listen", "0.0.0.0:0", "--store-public-url", "https://content.example.com"]], ids=str)
def test_r1_open_bind_needs_public_urls(tmp_path, arguments):
    given = ["serve", "--data", tmp_path / "data", *arguments]
    if "--listen" not in arguments:
        given += ["--listen", "127.0.0.1:0"]
    if "--store-listen" not in arguments:
        given += ["--store-listen", "127.0.0.1:0"]
    done = run(*given, env={"SIGNPOST_ADMIN_PASSWORD": ADMIN_PASSWORD})
    assert done.returncode == 2 and "public" in done.stderr, done


@pytest.mark.parametrize("arguments", [["nonsense"], [], ["serve", "--nonsense"], ["serve", "--listen"], ["serve", "--config", "/none.toml"],
                                       ["serve", "--config", ""], ["serve", "--data", ""], ["check", "--config", ""], ["store", "--data", "", "--listen", "127.0.0.1:0"],
                                       ["store"], ["store", "--data"], ["serve", "extra"], ["version", "--nonsense"]], ids=str)
def test_wrong_command_line(tmp_path, arguments):
    done = run(*arguments)
    assert done.returncode == 2 and done.stderr and done.stdout == "", done


def test_help():
    for arguments in (["--help"], ["serve", "--help"], ["store", "--help"], ["version", "--help"]):
        done = run(*arguments)
        assert done.returncode == 0 and "signpost" in done.stdout and done.stderr == "", done
    assert "serve" in run("--help").stdout and "--listen" in run("serve", "--help").stdout


def test_version():
    done = run("version")
    assert done.returncode == 0 and re.search(r"\d+\.\d+\.\d+", done.stdout), done
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", json.loads(run("version", "--json").stdout)["version"])


def test_data_that_is_not_ours(tmp_path):
    """A directory with somebody else's files is not turned into a data directory."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.txt").write_text("years of work")
    done = run("store", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--json", timeout=10)
    assert done.returncode in (1, 2) and done.stderr, done
    assert sorted(p.name for p in (tmp_path / "data").iterdir()) == ["thesis.txt"]


def test_data_directory_is_private(program, tmp_path):
    for path in [tmp_path / "data", *(tmp_path / "data").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0 or path.is_socket(), f"{path} is open to others"


def test_stop_while_clients_hang(tmp_path):
    """Idle and half-open connections do not hold a stop."""
    program = serve(tmp_path)
    sockets = []
    for url in (program.url, program.store_url):
        address = wire.address_of(url)
        for data in (b"", b"GET / HTTP/1.1\r\nHo"):
            for _ in range(20):
                one = socket.create_connection((address.host, address.port))
                one.sendall(data)
                sockets.append(one)
    started = time.monotonic()
    assert program.stop(20) == 0
    assert time.monotonic() - started < 15
    for one in sockets:
        one.close()


def test_many_starts_at_once(tmp_path):
    """Of several that start on the same data, exactly one runs."""
    outcomes = []

    def start():
        done = run("store", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--json", timeout=20)
        outcomes.append(done.returncode)
    with running(start_store(tmp_path)) as program:
        threads = [threading.Thread(target=start) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes == [2] * 4 and program.process.poll() is None


def test_binary_is_one_file():
    assert binary().is_file() and os.access(binary(), os.X_OK)
