"""The signing library alone: built and installed without the rest of Signpost, and used by other people's programs,
the examples of examples/sigv4, whose output is botocore's."""

import hashlib
import os
import re
import shutil
import subprocess
from datetime import datetime
from unittest import mock
from urllib.parse import urlsplit

import pytest

from procs import ROOT, clean_environment

os.environ["BOTO_DISABLE_CRT"] = "true"

import botocore.auth
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

EXAMPLES = ROOT / "examples/sigv4"
PROGRAMS = ["presign_get", "verify_request", "upload_in_chunks"]
LINES_BELOW = 40
ACCESS_KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW = "20261124T040506Z"
KEYS = ["summer/beach day.jpg", "a+b", "a//b", "../a", "100%", "日本語/😀.png", "a&b=c?d#e", "~*'()"]
CHUNK_BYTES = 64 * 1024

pytestmark = pytest.mark.timeout(600)


def command(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{words}:\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """Where the library is installed: built alone, by the system's own compiler."""
    build, target = tmp_path_factory.mktemp("build"), tmp_path_factory.mktemp("prefix")
    configured = command("cmake", "-S", ROOT, "-B", build, "-DSIGNPOST_ONLY_SIGV4=ON", "-DCMAKE_CXX_COMPILER=g++",
                         "-DCMAKE_INSTALL_LIBDIR=lib")
    assert "Boost" not in configured and "npm" not in configured
    command("cmake", "--build", build, "-j2")
    command("cmake", "--install", build, "--prefix", target)
    return target


@pytest.fixture(scope="module", params=["find_package", "pkg-config"])
def programs(prefix, request, tmp_path_factory):
    """The examples, built against what is installed, without a warning."""
    directory = shutil.copytree(EXAMPLES, tmp_path_factory.mktemp(request.param) / "examples")
    env = clean_environment({"PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"), "CXXFLAGS": "-Wall -Wextra -Werror"})
    if request.param == "pkg-config":
        command("make", "CXX=g++", cwd=directory, env=env)
        return directory
    command("cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_CXX_COMPILER=g++",
            cwd=directory, env=env)
    command("cmake", "--build", "build", cwd=directory, env=env)
    return directory / "build"


def run(program, *arguments, stdin=b"", token=""):
    env = clean_environment({"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                             "AWS_SESSION_TOKEN": token})
    done = subprocess.run([program, *arguments], env=env, input=stdin, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done
    return done.stdout


class StoppedClock(datetime):
    @classmethod
    def utcnow(cls):
        return cls.strptime(NOW, "%Y%m%dT%H%M%SZ")


@pytest.fixture(autouse=True)
def stopped_clock():
    # botocore's own signer, also where the C one (python3-awscrt) is installed: that one orders its query otherwise.
    own = {"s3v4": botocore.auth.S3SigV4Auth, "s3v4-query": botocore.auth.S3SigV4QueryAuth}
    with mock.patch.dict(botocore.auth.AUTH_TYPE_MAPS, own), \
            mock.patch.object(botocore.auth.datetime, "datetime", StoppedClock):
        yield


def botocore_url(key, token=None, operation="get_object"):
    client = botocore.session.Session().create_client(
        "s3", region_name="eu-central-1", endpoint_url="https://s3.eu-central-1.amazonaws.com",
        aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET, aws_session_token=token,
        config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
    return client.generate_presigned_url(operation, Params={"Bucket": "photos", "Key": key}, ExpiresIn=180)


def test_the_examples_are_short():
    for source in EXAMPLES.glob("*.cpp"):
        assert len(source.read_text().splitlines()) < LINES_BELOW, source
    assert sorted(source.stem for source in EXAMPLES.glob("*.cpp")) == sorted(PROGRAMS)


def test_presign_get(programs):
    for key in KEYS:
        assert run(programs / "presign_get", "photos", key, NOW).decode() == botocore_url(key) + "\n"
    url = run(programs / "presign_get", "photos", "a", NOW, token="a+token/==").decode()
    assert url == botocore_url("a", token="a+token/==") + "\n"


def test_the_page_shows_botocores_url():
    page = (ROOT / "docs/how-a-url-is-signed.md").read_text()
    assert botocore_url("summer/beach day.jpg") in page.splitlines()


def test_verify_request(programs):
    def verify(url, now=NOW, method="GET"):
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return run(programs / "verify_request", method, target, now, stdin=f"Host: {parts.netloc}\n".encode()).decode()

    for key in KEYS:
        assert verify(botocore_url(key)) == f"signed by {ACCESS_KEY}\n"
    url = botocore_url("a")
    assert verify(url, now="20261124T040805Z") == f"signed by {ACCESS_KEY}\n"
    assert verify(url, now="20261124T040806Z") == "AccessDenied: Request has expired\n"
    assert verify(url.replace("/a?", "/b?")).startswith("SignatureDoesNotMatch: ")
    assert verify(url, method="PUT").startswith("SignatureDoesNotMatch: ")
    assert verify(url.replace(ACCESS_KEY, "AKIAI44QH8DHBEXAMPLE")).startswith("InvalidAccessKeyId: ")
    assert verify(url.partition("?")[0]) == "anonymous\n"


def test_verify_request_signed_in_its_header(programs):
    request = AWSRequest(method="GET", url="https://photos.s3.eu-central-1.amazonaws.com/a%20b?acl", data=b"")
    botocore.auth.S3SigV4Auth(Credentials(ACCESS_KEY, SECRET), "s3", "eu-central-1").add_auth(request)
    fields = f"Host: photos.s3.eu-central-1.amazonaws.com\n{request.headers}".replace("\n\n", "\n").encode()
    assert run(programs / "verify_request", "GET", "/a%20b?acl", NOW, stdin=fields) == f"signed by {ACCESS_KEY}\n".encode()
    other = run(programs / "verify_request", "GET", "/a%20b?policy", NOW, stdin=fields)
    assert other.startswith(b"SignatureDoesNotMatch: ")


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 65 * 1024, 3 * CHUNK_BYTES + 5])
def test_upload_in_chunks(programs, size):
    content = bytes(i % 251 for i in range(size))
    sent = run(programs / "upload_in_chunks", "examplebucket", "chunk Object.txt", NOW, stdin=content)
    head, _, body = sent.partition(b"\r\n\r\n")
    request_line, *lines = head.decode().split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines)
    assert request_line == "PUT /examplebucket/chunk%20Object.txt HTTP/1.1"
    assert int(fields["Content-Length"]) == len(body)

    signed = {name: fields[name] for name in
              ("content-encoding", "x-amz-content-sha256", "x-amz-decoded-content-length")}
    request = AWSRequest(method="PUT", url="https://s3.amazonaws.com/examplebucket/chunk%20Object.txt", headers=signed)
    auth = botocore.auth.S3SigV4Auth(Credentials(ACCESS_KEY, SECRET), "s3", "us-east-1")
    # botocore would put the hash of a body here, which it has no kind of its own for.
    with mock.patch.object(auth, "payload", lambda _: signed["x-amz-content-sha256"]):
        auth.add_auth(request)
    assert fields["Authorization"] == request.headers["Authorization"]
    assert chunks_of(body, fields["Authorization"][-64:], auth, request) == content


def chunks_of(body, signature, auth, request):
    """The data of a signed aws-chunked body, each signature botocore's for the string to sign of Amazon's document."""
    data = b""
    while True:
        line, _, body = body.partition(b"\r\n")
        size, claimed = re.fullmatch(rb"([0-9a-f]+);chunk-signature=([0-9a-f]{64})", line).groups()
        chunk, end, body = body[:int(size, 16)], body[int(size, 16):][:2], body[int(size, 16) + 2:]
        text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", NOW, auth.credential_scope(request), signature,
                          hashlib.sha256(b"").hexdigest(), hashlib.sha256(chunk).hexdigest()])
        signature = auth.signature(text, request)
        assert claimed.decode() == signature and end == b"\r\n"
        data += chunk
        if not chunk:
            assert body == b""
            return data


def test_every_header_stands_alone(prefix, tmp_path):
    include = prefix / "include"
    headers = sorted(path.relative_to(include) for path in include.rglob("*.hpp"))
    assert len(headers) > 20
    for header in headers:
        source = tmp_path / "one.cpp"
        source.write_text(f"#include <{header}>\nint main() {{}}\n")
        command("g++", "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{include}", source)
        assert "Internal to" not in (include / header).read_text()


def test_needs_no_more_than_libcrypto(programs):
    needed = re.findall(r"\[(lib[^\]]+)\]", command("readelf", "-d", programs / "presign_get"))
    assert {name.split(".")[0] for name in needed} <= {"libcrypto", "libstdc++", "libm", "libgcc_s", "libc"}


def test_a_version_that_is_not_there_is_refused(prefix, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES CXX)\nfind_package(signpost-sigv4 99 REQUIRED)\n")
    done = subprocess.run(["cmake", "-S", tmp_path, "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={prefix}"],
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0 and 'compatible with requested version "99"' in done.stderr


def test_the_whole_tree_installs_the_same(prefix, tmp_path):
    build = ROOT / "build/release"
    if not (build / "src/libsignpost-sigv4.a").is_file():
        pytest.skip("build/release is not built: another preset is tested")
    command("cmake", "--install", build, "--component", "sigv4", "--prefix", tmp_path)
    names = {str(path.relative_to(prefix)) for path in prefix.rglob("*")}
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")} == names


def test_reference(prefix):
    """Every public declaration is documented: `./dev docs` makes no warning."""
    command("tools/reference.sh", cwd=ROOT)
    assert "Verifier" in (ROOT / "build/docs/sigv4/classsignpost_1_1sigv4_1_1Verifier.html").read_text()
