"""The examples of examples/, run as their READMEs say, each against a Signpost with their configuration; and those of README.md."""

import http.cookiejar
import json
import os
import re
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import samples
import tokens
from clients import SECRETS, Gateway
from conftest import ADMIN_PASSWORD, running, serve
from procs import ROOT, Program, clean_environment, eventually, free_port

EXAMPLES = ROOT / "examples"
SECRET = "an example's secret, which nobody else shall know"
LINES_AT_MOST = 60


def token(user):
    return tokens.hs256(SECRET.encode(), tokens.claims(user, iss="https://app.example.com/"))


@pytest.fixture(scope="module")
def signpost(work):
    directory = work / "examples"
    directory.mkdir()
    config = shutil.copy(EXAMPLES / "signpost.toml", directory)
    (directory / "app.secret").write_text(SECRET)
    SECRETS.add(SECRET)
    with running(serve(directory, config=config)) as program:
        yield program


@contextmanager
def app(*command, directory, signpost, **environment):
    """The example's server on a port of its own; its URL."""
    port = free_port()
    env = clean_environment({"PORT": str(port), "SIGNPOST_URL": signpost.url, "APP_SECRET": SECRET, **environment})
    with subprocess.Popen([str(part).replace("PORT", str(port)) for part in command], cwd=directory, env=env,
                          stdout=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            eventually(lambda: process.poll() is not None or answers(url), 30)
            assert process.poll() is None, f"{command} ended with {process.returncode}"
            yield url
        finally:
            process.terminate()


def answers(url):
    try:
        urllib.request.urlopen(url, timeout=1).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


class Browser:
    """Keeps cookies and follows redirects, as one does."""

    def __init__(self, url):
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def ask(self, path, document=None, headers=None):
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(self.url + path, body, {"Content-Type": "application/json", **(headers or {})})
        try:
            with self.opener.open(request, timeout=10) as answer:
                return answer.status, answer.read(), answer.url
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.url


def put(upload, body):
    request = urllib.request.Request(upload["url"], body, upload["headers"], method=upload["method"])
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def upload_by_hand(signpost, user, body, content_type="image/png"):
    """A file of the user's, uploaded past the example."""
    gateway = Gateway(signpost.url).bearing(token(user))
    made = gateway.call("POST", "/v1/files", json_body={"name": "a.png", "content_type": content_type, "size": len(body)})
    assert made.status == 201, made
    put(made.json()["upload"], body)
    file_id = made.json()["file"]["id"]
    done = gateway.call("POST", f"/v1/files/{file_id}/complete", json_body={})
    assert done.status == 200, done
    return file_id


def upload_and_look(url, body, signpost):
    """What the pages of the Express and the Flask app do."""
    alice, mallory = Browser(url), Browser(url)
    assert alice.ask("/login", {"user": "alice"})[0] == 204
    status, text, _ = alice.ask("/photos", {"name": "a.png", "type": "image/png", "size": len(body)})
    assert status == 201, text
    answer = json.loads(text)
    put(answer["upload"], body)
    file_id = answer["file"]["id"]
    status, text, _ = alice.ask(f"/photos/{file_id}/complete", {})
    assert status == 200 and json.loads(text)["file"]["state"] == "ready", text
    status, content, where = alice.ask(f"/photos/{file_id}")
    assert (status, content) == (200, body)
    assert where.startswith(signpost.store_url), "the bytes came from the store"
    assert mallory.ask(f"/photos/{file_id}")[0] == 401
    assert mallory.ask("/login", {"user": "mallory"})[0] == 204
    assert mallory.ask(f"/photos/{file_id}")[0] == 404
    return alice, file_id


def test_curl(signpost, tmp_path):
    picture = tmp_path / "picture.png"
    picture.write_bytes(samples.png())
    env = clean_environment({"SIGNPOST_URL": signpost.url, "TOKEN": token("alice")})
    done = subprocess.run([EXAMPLES / "curl/roundtrip.sh", picture], env=env, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done
    assert "is ready" in done.stdout and "the copy is the same" in done.stdout, done.stdout
    assert done.stdout.rstrip().endswith("four seconds later: 403"), done.stdout


def test_express(signpost, tmp_path):
    directory = shutil.copytree(EXAMPLES / "express", tmp_path / "express", ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=directory, check=True, timeout=120)
    with app("node", "server.mjs", directory=directory, signpost=signpost) as url:
        upload_and_look(url, samples.png(), signpost)


def test_python(signpost):
    command = ["/usr/bin/python3", "-m", "flask", "--app", "app", "run", "--port", "PORT"]
    with app(*command, directory=EXAMPLES / "python", signpost=signpost, PYTHONDONTWRITEBYTECODE="1") as url:
        alice, file_id = upload_and_look(url, samples.png(), signpost)
        status, page, _ = alice.ask("/photos")
        assert status == 200 and f'<img src="/photos/{file_id}"'.encode() in page


def test_java(signpost):
    body = samples.png()
    file_id = upload_by_hand(signpost, "jane", body)
    with app("java", "Backend.java", directory=EXAMPLES / "java", signpost=signpost) as url:
        browser = Browser(url)
        status, text, _ = browser.ask(f"/images/{file_id}", headers={"X-Demo-User": "jane"})
        assert status == 200, text
        with urllib.request.urlopen(json.loads(text)["url"], timeout=10) as answer:
            assert answer.read() == body
        assert browser.ask(f"/images/{file_id}", headers={"X-Demo-User": "mallory"})[0] == 404


class Rails(BaseHTTPRequestHandler):
    """An app with sessions of its own: sid=NAME is NAME's."""

    def do_GET(self):
        name = (self.headers.get("Cookie") or "").removeprefix("sid=")
        self.send_response(204 if name else 401)
        if name:
            self.send_header("X-Auth-Request-User", name)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def nginx(directory, configuration, **replaced):
    """The example's nginx, with every address of it replaced."""
    text = (EXAMPLES / "nginx" / configuration).read_text()
    for old, new in {"127.0.0.1:8088": f"127.0.0.1:{free_port()}", **replaced}.items():
        assert old in text, old
        text = text.replace(old, new)
        if old.endswith(":8088"):
            url = f"http://{new}"
    conf = directory / configuration
    conf.write_text(f"daemon off; master_process off; pid {directory}/pid; error_log stderr; events {{}}\n"
                    f"http {{ access_log off; client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;\n{text}}}\n")
    with subprocess.Popen(["/usr/sbin/nginx", "-c", conf, "-p", directory], stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: process.poll() is not None or answers(url), 30)
            assert process.poll() is None, f"nginx ended with {process.returncode}"
            yield url
        finally:
            process.terminate()


def test_nginx(work, tmp_path):
    backend = ThreadingHTTPServer(("127.0.0.1", 0), Rails)
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    rails = f"127.0.0.1:{backend.server_address[1]}"
    (tmp_path / "app").mkdir()
    served = tmp_path / "app" / "a.txt"
    served.write_text("before")
    with nginx(tmp_path, "before.conf", **{"127.0.0.1:3000": rails, "/srv/app/files": str(tmp_path / "app")}) as url:
        assert Browser(url).ask("/files/a.txt")[0] == 401
        assert Browser(url).ask("/files/a.txt", headers={"Cookie": "sid=alice"})[:2] == (200, b"before")
    directory = work / "nginx-example"
    directory.mkdir()
    config = directory / "signpost.toml"
    front = free_port()
    config.write_text((EXAMPLES / "nginx/signpost.toml").read_text()
                      .replace("localhost:8088", f"localhost:{front}").replace("127.0.0.1:3000", rails))
    gateway = f"127.0.0.1:{free_port()}"
    started = Program(directory, "serve", "--config", config, "--data", directory / "data", "--listen", gateway,
                      "--store-listen", "127.0.0.1:0", name="serve")
    with running(started) as program:
        with nginx(tmp_path, "after.conf", **{"127.0.0.1:8088": f"127.0.0.1:{front}", "127.0.0.1:3000": rails,
                                              "127.0.0.1:8080": gateway}):
            front_door = f"http://localhost:{front}"
            alice = Gateway(front_door, [("Cookie", "sid=alice"), ("Origin", front_door)])
            file = alice.upload(b"after", "a.txt", "text/plain")
            path = f"/files/{file['id']}"
            status, body, where = Browser(front_door).ask(path, headers={"Cookie": "sid=alice"})
            assert (status, body) == (200, b"after") and where.startswith(program.store_url)
            assert Browser(front_door).ask(path, headers={"Cookie": "sid=mallory"})[0] == 404
            assert Browser(front_door).ask(path)[0] == 401
    backend.shutdown()
    backend.server_close()


def test_short_and_each_with_its_readme():
    folders = [one for one in EXAMPLES.iterdir() if one.is_dir()]
    assert len(folders) >= 5
    listed = (EXAMPLES / "README.md").read_text()
    for folder in folders:
        assert (folder / "README.md").is_file(), folder
        assert f"]({folder.name})" in listed, folder
        for file in folder.rglob("*"):
            if "node_modules" in file.parts or file.name == "package-lock.json" or not file.is_file():
                continue
            assert len(file.read_text().splitlines()) <= LINES_AT_MOST, file


def readme(language):
    """The one block of README.md in that language."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return block


def test_the_readmes_curls(served, tmp_path):
    """A file up and down again, and its URL refused when it has expired."""
    picture = b"\xff\xd8\xff\xe0" + samples.noise(1000)
    (tmp_path / "cat.jpg").write_bytes(picture)
    script = readme("sh").replace("http://localhost:8080", served.url)
    assert served.url in script
    done = subprocess.run(["bash", "-eu"], input=script, cwd=tmp_path, env=clean_environment({"PASSWORD": ADMIN_PASSWORD}), text=True,
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done
    assert (tmp_path / "copy.jpg").read_bytes() == picture
    assert done.stdout.endswith("403\n") and "<Message>Request has expired</Message>" in done.stdout, done
    for line in (tmp_path / "jar").read_text().splitlines():
        if "session" in line:
            SECRETS.add(line.split("\t")[-1])


def test_the_readmes_configuration(tmp_path):
    """A setting that is not there, or has another form, would end the start."""
    config = tmp_path / "signpost.toml"
    config.write_text(readme("toml"))
    with running(serve(tmp_path, config=config)) as program:
        assert program.url == "https://files.example.com"
