"""Credentials as AWS tools find them, seen through the URLs that `signpost presign` makes. The services of a cloud are
not here, so small servers speak their protocols."""

import json
import re
import stat
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
import wire
from clients import Gateway
from conftest import ADMIN_PASSWORD, STORE_KEY_ID, STORE_SECRET, running, serve, session_cookie
from procs import eventually, run

TOKEN = "imds/token+=="


def rfc3339(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def soon(seconds=3600):
    return rfc3339(datetime.now(timezone.utc) + timedelta(seconds=seconds))


class Fake(ThreadingHTTPServer):
    """Notes each request as (method, path, fields, body), and answers as `reply` says: (status, text)."""

    def __init__(self, reply):
        self.seen = []

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                request = (self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                self.server.seen.append(request)
                status, text = reply(*request)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_PUT = do_POST = answer

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def faked(reply):
    with Fake(reply) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def document(key, token="session", end=None, **more):
    return json.dumps({"AccessKeyId": key, "SecretAccessKey": "secret", "Token": token, "Expiration": end or soon(),
                       **more})


def instance(end=None, keys=("ASIAIMDS",)):
    """A metadata service, version 2: nothing without a token, and a token by PUT alone."""
    given = iter([*keys] + [keys[-1]] * 10000)

    def reply(method, path, fields, _):
        if path == "/latest/api/token":
            good = method == "PUT" and fields.get("x-aws-ec2-metadata-token-ttl-seconds") == "21600"
            return (200, TOKEN) if good else (400, "")
        if method != "GET" or fields.get("x-aws-ec2-metadata-token") != TOKEN:
            return 401, ""
        if path == "/latest/meta-data/iam/security-credentials/":
            return 200, "signpost-role"
        if path == "/latest/meta-data/iam/security-credentials/signpost-role":
            return 200, document(next(given), end=end() if end else None, Code="Success")
        return 404, ""
    return reply


@pytest.fixture
def home(tmp_path):
    (tmp_path / ".aws").mkdir()
    return tmp_path


def presigned(home, *arguments, **env):
    return run("presign", "get", "s3://photos/k", *arguments, env={"HOME": str(home), **env})


def signer(done):
    """The access key and the token that stand in the URL."""
    assert done.returncode == 0, done.stderr
    query = parse_qs(done.stdout.strip().split("?", 1)[1])
    return query["X-Amz-Credential"][0].split("/")[0], query.get("X-Amz-Security-Token", [None])[0]


def refused(done, *says):
    assert done.returncode == 1 and done.stdout == "", done
    for text in says:
        assert text in done.stderr
    return done.stderr


def test_profiles(home):
    (home / ".aws/credentials").write_text(
        "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n\n"
        "[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\naws_session_token = t/+=\n")
    (home / ".aws/config").write_text("[profile work]\nregion = eu-north-1\ns3 =\n  addressing_style = path\n")
    assert signer(presigned(home)) == ("AKIADEFAULT", None)
    done = presigned(home, AWS_PROFILE="work")
    assert signer(done) == ("AKIAWORK", "t/+=")
    assert done.stdout.startswith("https://s3.eu-north-1.amazonaws.com/photos/k?")
    environment = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"}
    assert signer(presigned(home, AWS_PROFILE="work", **environment)) == ("AKIAENV", None)
    assert signer(presigned(home, "--profile", "work", **environment)) == ("AKIAWORK", "t/+=")
    refused(presigned(home, "--profile", "absent"), "there is no profile 'absent'", str(home / ".aws/credentials"))
    elsewhere = home / "elsewhere"
    elsewhere.write_text("[default]\naws_access_key_id=AKIAELSE\naws_secret_access_key=s\n")
    assert signer(presigned(home, AWS_SHARED_CREDENTIALS_FILE=str(elsewhere)))[0] == "AKIAELSE"


def test_what_only_the_aws_cli_can_do_is_handed_to_it(home):
    (home / ".aws/config").write_text("[profile r]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n")
    refused(presigned(home, "--profile", "r"), "credential_process = aws configure export-credentials --profile r")


def test_a_program_gives_them(home):
    tool = home / "my tool"
    tool.write_text("#!/bin/sh\n[ \"$1\" = 'a b' ] || exit 3\n"
                    f"echo '{document('ASIATOOL', SessionToken='of the tool')}'\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    (home / ".aws/config").write_text(f"[default]\ncredential_process = \"{tool}\" 'a b'\n"
                                      f"[profile bad]\ncredential_process = \"{tool}\" c\n"
                                      "[profile gone]\ncredential_process = /nonexistent/tool\n")
    assert signer(presigned(home)) == ("ASIATOOL", "of the tool")
    refused(presigned(home, "--profile", "bad"), "failed; run it by hand")
    refused(presigned(home, "--profile", "gone"), "cannot be started: No such file")


def test_a_container_gives_them(home):
    def reply(method, path, fields, _):
        if (method, path, fields.get("authorization")) == ("GET", "/creds?id=1", "Bearer of-file"):
            return 200, document("ASIACONTAINER")
        return 403, ""

    (home / "token").write_text("Bearer of-file\n")
    with faked(reply) as server:
        where = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/creds?id=1"}
        file = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(home / "token")}
        assert signer(presigned(home, **where, **file)) == ("ASIACONTAINER", "session")
        said = refused(presigned(home, **where, AWS_CONTAINER_AUTHORIZATION_TOKEN="no"), "answered 403", "TOKEN")
        assert "of-file" not in said
    refused(presigned(home, AWS_CONTAINER_CREDENTIALS_FULL_URI="http://example.com/x"), "without TLS")


def test_the_instance_gives_them(home):
    with faked(instance()) as server:
        env = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url}
        assert signer(presigned(home, **env)) == ("ASIAIMDS", "session")
        assert [method for method, *_ in server.seen] == ["PUT", "GET", "GET"]
        refused(presigned(home, AWS_EC2_METADATA_DISABLED="true", **env), "aws configure")
    with faked(lambda *_: (403, "")) as server:
        refused(presigned(home, AWS_EC2_METADATA_SERVICE_ENDPOINT=server.url), "answers 403 for a token", "hop")


def test_a_silent_instance_costs_a_second(home):
    with faked(lambda *_: time.sleep(4) or (200, "")) as server:
        began = time.monotonic()
        refused(presigned(home, AWS_EC2_METADATA_SERVICE_ENDPOINT=server.url), "does not answer")
        assert time.monotonic() - began < 3


def test_a_web_identity_gives_them(home):
    (home / "token").write_text("ey.J+w.t\n")

    def reply(method, path, _, body):
        form = {k: v[0] for k, v in parse_qs(body).items()}
        if form.get("WebIdentityToken") != "ey.J+w.t":
            return 400, ("<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>No good</Message></Error>"
                         "</ErrorResponse>")
        assert (method, path, form["Action"], form["Version"]) == ("POST", "/", "AssumeRoleWithWebIdentity", "2011-06-15")
        assert (form["RoleArn"], form["RoleSessionName"]) == ("arn:aws:iam::1:role/r", "signpost")
        return 200, ("<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                     "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAWEB</AccessKeyId>"
                     "<SecretAccessKey>s</SecretAccessKey><SessionToken>of sts</SessionToken>"
                     f"<Expiration>{soon()}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
                     "</AssumeRoleWithWebIdentityResponse>")

    env = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(home / "token"), "AWS_ROLE_ARN": "arn:aws:iam::1:role/r"}
    with faked(reply) as server:
        assert signer(presigned(home, AWS_ENDPOINT_URL_STS=server.url, **env)) == ("ASIAWEB", "of sts")
        (home / "token").write_text("other")
        refused(presigned(home, AWS_ENDPOINT_URL_STS=server.url, **env), "InvalidIdentityToken: No good")
    refused(presigned(home, AWS_ENDPOINT_URL_STS="http://sts.example.com", **env), "must be https")
    refused(presigned(home, AWS_ENDPOINT_URL_STS=server.url, **{**env, "AWS_WEB_IDENTITY_TOKEN_FILE": "/no"}),
            "cannot be read")


def test_their_end_is_told(home):
    end = soon(60)
    env = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
    done = presigned(home, "--json", AWS_CREDENTIAL_EXPIRATION=end, **env)
    assert json.loads(done.stdout)["expires_at"] == end
    assert f"the URL ends at {end}" in done.stderr
    refused(presigned(home, AWS_CREDENTIAL_EXPIRATION=soon(-60), **env), "ended at")


def test_the_gateway_gets_new_ones_and_signs_no_url_beyond_their_end(tmp_path, store):
    """The store knows one access key; the instance gives it with an end that moves."""
    ends = []

    def end():
        ends.append(datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=8))
        return rfc3339(ends[-1])

    def reply(*request):
        status, text = inner(*request)
        if not text.startswith("{"):
            return status, text
        return status, json.dumps({**json.loads(text), "SecretAccessKey": STORE_SECRET, "Token": ""})

    inner = instance(end=end, keys=(STORE_KEY_ID,))
    config = tmp_path / "signpost.toml"
    config.write_text(f'[store]\nkind = "s3"\nendpoint = "{store.url}"\nregion = "us-east-1"\nbucket = "photos"\n'
                      "path_style = true\n")
    with faked(reply) as server:
        env = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url, "HOME": str(tmp_path)}
        with running(serve(tmp_path / "serve", config=config, env=env)) as program:
            gateway = Gateway(program.url)
            cookie = session_cookie(gateway.login("admin", ADMIN_PASSWORD))
            admin = gateway.with_cookie(cookie, ("Origin", gateway.url))
            file = admin.upload(b"hello", "a.txt", "text/plain")
            first = len(ends)
            url = admin.signed_url(file["id"], "?expires_in=1h")
            assert url["expires_at"] <= rfc3339(ends[-1])
            life, date = (re.search(rf"X-Amz-{name}=(\w+)", url["url"])[1] for name in ("Expires", "Date"))
            signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
            assert rfc3339(signed_at + timedelta(seconds=int(life))) == url["expires_at"]
            # New ones come before the old ones end, and URLs then live longer; the client sees no gap.
            eventually(lambda: len(ends) > first + 1, 15)
            later = admin.signed_url(file["id"], "?expires_in=1h")
            assert url["expires_at"] < later["expires_at"] <= rfc3339(ends[-1])
            assert wire.fetch(later["url"], "GET").body == b"hello"
            log = program.log()
            assert "new credentials for the store" in log and STORE_SECRET not in log
