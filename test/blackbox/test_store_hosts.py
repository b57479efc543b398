"""The store under other names: virtual-host style, another region, HTTPS."""

import hashlib
import io
import subprocess
import warnings
from xml.etree import ElementTree

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import wire
from clients import Store, s3_code
from conftest import STORE_KEY_ID, STORE_SECRET, running, start_store
from procs import run
from samples import noise


@pytest.fixture(scope="module")
def hosted(tmp_path_factory):
    with running(start_store(tmp_path_factory.mktemp("hosted"), "--domain", "S3.example.test", "--region", "eu-test-1")) as program:
        yield Store(program.url, STORE_KEY_ID, STORE_SECRET)


def call(store, method, host, path, pairs=(), body=b"", headers=(), region="eu-test-1"):
    host = f"{host}:{store.address.port}"
    fields = store.signer.but(region=region).headers(method, host, path, pairs, headers, body)
    target = path.replace(" ", "%20") + ("?" + "&".join(f"{n}={v}" for n, v in pairs) if pairs else "")
    return wire.request(store.address, method, target, [(n, v) for n, v in fields if n != "Host"], body if method in ("PUT", "POST") else None, host=host)


def test_virtual_host_style(hosted):
    assert call(hosted, "PUT", "photos.s3.example.test", "/").status == 200
    assert call(hosted, "PUT", "photos.s3.example.test", "/a//b", body=b"hosted").status == 200
    assert call(hosted, "GET", "PHOTOS.s3.EXAMPLE.test", "/a//b").body == b"hosted"  # no difference in a host's name
    assert call(hosted, "GET", "s3.example.test", "/photos/a//b").body == b"hosted"  # path style beside it
    assert call(hosted, "GET", "127.0.0.1", "/photos/a//b").body == b"hosted"
    assert b"<Key>a//b</Key>" in call(hosted, "GET", "photos.s3.example.test", "/", [("list-type", "2")]).body
    # Never guessed from a name that is not below the domain.
    assert call(hosted, "GET", "photos.other.test", "/a//b").status in (400, 403, 404)
    assert call(hosted, "GET", "photoss3.example.test", "/photos/a//b").body == b"hosted"
    dotted = call(hosted, "PUT", "dotted.name.s3.example.test", "/")
    assert dotted.status == 200 and b"dotted.name" in call(hosted, "GET", "s3.example.test", "/").body
    wrong = call(hosted, "PUT", "Upper_case.s3.example.test", "/")
    assert wrong.status == 400 and s3_code(wrong) == "InvalidBucketName"


def test_virtual_host_style_presigned(hosted):
    host = f"photos.s3.example.test:{hosted.address.port}"
    signer = hosted.signer.but(region="eu-test-1")
    call(hosted, "PUT", "photos.s3.example.test", "/")
    put = wire.request(hosted.address, "PUT", signer.target("PUT", host, "/signed"), (), b"x", host=host)
    assert put.status == 200
    url = signer.target("GET", host, "/signed")
    assert wire.request(hosted.address, "GET", url, host=host).body == b"x"
    moved = wire.request(hosted.address, "GET", "/photos" + url, host=hosted.host)
    assert moved.status == 403 and s3_code(moved) == "SignatureDoesNotMatch"  # B21


@pytest.mark.parametrize("host, path", [("photos.s3.example.test", "/made/of parts"), ("s3.example.test", "/photos/made/of parts")])
def test_the_location_of_an_upload_is_where_the_object_is(hosted, host, path):
    call(hosted, "PUT", "s3.example.test", "/photos")
    made = call(hosted, "POST", host, path, [("uploads", "")])
    upload = ElementTree.fromstring(made.body).findtext("{*}UploadId")
    part = call(hosted, "PUT", host, path, [("partNumber", "1"), ("uploadId", upload)], b"x")
    listed = f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{part.get('ETag')}</ETag></Part></CompleteMultipartUpload>"
    done = call(hosted, "POST", host, path, [("uploadId", upload)], listed.encode())
    location = ElementTree.fromstring(done.body).findtext("{*}Location")
    assert location == f"http://{host}:{hosted.address.port}{path}".replace(" ", "%20")


def test_another_region(hosted):
    wrong = call(hosted, "GET", "127.0.0.1", "/", region="us-east-1")
    assert wrong.status == 400 and s3_code(wrong) == "AuthorizationHeaderMalformed" and "<Region>eu-test-1</Region>" in wrong.text
    assert wrong.get("x-amz-bucket-region") == "eu-test-1"
    headed = call(hosted, "HEAD", "127.0.0.1", "/photos", region="us-east-1")  # no document tells an SDK where to ask again
    assert headed.status == 400 and headed.get("x-amz-bucket-region") == "eu-test-1"
    answer = call(hosted, "PUT", "127.0.0.1", "/in-region", body=b"<CreateBucketConfiguration><LocationConstraint>eu-test-1"
                  b"</LocationConstraint></CreateBucketConfiguration>")
    assert answer.status == 200, answer
    assert "eu-test-1" in call(hosted, "GET", "127.0.0.1", "/in-region", [("location", "")]).text
    other = call(hosted, "PUT", "127.0.0.1", "/elsewhere", body=b"<CreateBucketConfiguration><LocationConstraint>us-west-2"
                 b"</LocationConstraint></CreateBucketConfiguration>")
    assert other.status == 400 and s3_code(other) == "IllegalLocationConstraintException"


@pytest.fixture(scope="module")
def https(tmp_path_factory):
    directory = tmp_path_factory.mktemp("https")
    certificate, key = directory / "cert.pem", directory / "key.pem"
    subprocess.run(["/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                    certificate, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    with running(start_store(directory, "--tls-certificate", certificate, "--tls-key", key)) as program:
        assert program.url.startswith("https://")
        yield boto3.client("s3", endpoint_url=program.url, region_name="us-east-1", aws_access_key_id=STORE_KEY_ID,
                           aws_secret_access_key=STORE_SECRET, verify=str(certificate),
                           config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1}))


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
@pytest.mark.parametrize("size", [0, 1, 100_000, 3_000_000])
def test_boto3_sends_trailers_over_https(https, algorithm, size):
    https.create_bucket(Bucket="secure")
    sent, data = {}, noise(size)
    watch = lambda request, **_: sent.update({name.lower(): value for name, value in request.headers.items()})
    https.meta.events.register("before-send.s3.PutObject", watch)
    try:
        https.put_object(Bucket="secure", Key="trailer", Body=io.BytesIO(data), ChecksumAlgorithm=algorithm)
    finally:
        https.meta.events.unregister("before-send.s3.PutObject", watch)
    assert sent["x-amz-content-sha256"] in (b"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), sent
    got = https.get_object(Bucket="secure", Key="trailer", ChecksumMode="ENABLED")
    assert got["Body"].read() == data and got["ETag"] == f'"{hashlib.md5(data).hexdigest()}"' and got[f"Checksum{algorithm}"]
    assert "ContentEncoding" not in got


def test_multipart_over_https(https, tmp_path):
    https.create_bucket(Bucket="secure")
    (tmp_path / "large").write_bytes(noise(20 << 20))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        https.upload_file(str(tmp_path / "large"), "secure", "large", ExtraArgs={"ChecksumAlgorithm": "CRC32"})
        https.download_file("secure", "large", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == noise(20 << 20)
    with pytest.raises(ClientError):
        https.head_object(Bucket="secure", Key="none")


def test_a_certificate_needs_its_key(tmp_path):
    done = run("store", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--tls-certificate", tmp_path / "none.pem")
    assert done.returncode == 2 and "--tls-key" in done.stderr
    done = run("store", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--tls-certificate", tmp_path / "none.pem", "--tls-key",
               tmp_path / "none.key")
    assert done.returncode in (1, 2) and "none.pem" in done.stderr
