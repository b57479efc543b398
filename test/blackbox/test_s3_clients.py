"""Other people's S3 clients, unchanged, against the store: boto3, the AWS CLI, curl, the AWS SDK for JavaScript."""

import hashlib
import html
import json
import shutil
import subprocess

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import wire
from clients import SECRETS, s3_code
from procs import ROOT, clean_environment
from samples import noise, png

SDK = ROOT / "test/sdk-js"
KEYS = ["plain.txt", "with space.txt", "a/b/c.txt", "ümlaut-日本.txt", "plus+and&amp=.txt", "percent%20literal.txt", "a//b", "..", "./x",
        "quote'(1)!*.txt", "semi;colon:at@.txt", "tilde~.txt", "hash#query?.txt", "trailing/", "\u00e9 \u0065\u0301", "x" * 1000, "new\nline",
        "[brackets]{}|^`\\"]


@pytest.fixture(scope="module")
def s3(store):
    return boto3.client("s3", endpoint_url=store.url, region_name="us-east-1", aws_access_key_id=store.signer.access_key_id,
                        aws_secret_access_key=store.signer.secret_access_key,
                        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1}))


def code_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_boto3_life(s3):
    data = noise(200_000)
    at = {"Bucket": "photos", "Key": "boto3/life"}
    put = s3.put_object(**at, Body=data, ContentType="image/png", Metadata={"camera": "x100"}, CacheControl="max-age=5",
                        ContentDisposition="inline", ContentLanguage="de", ContentEncoding="identity")
    head = s3.head_object(**at)
    assert head["ETag"] == put["ETag"] and head["ContentLength"] == len(data) and head["ContentType"] == "image/png"
    assert head["Metadata"] == {"camera": "x100"} and head["CacheControl"] == "max-age=5" and head["ContentLanguage"] == "de"
    got = s3.get_object(**at)
    assert got["Body"].read() == data and got["ETag"] == put["ETag"]
    assert s3.get_object(**at, Range="bytes=10-19")["Body"].read() == data[10:20]
    assert code_of(s3.get_object, **at, IfNoneMatch=put["ETag"])[1] == 304
    assert code_of(s3.get_object, **at, IfMatch='"no"') == ("PreconditionFailed", 412)
    s3.put_object(**at, Body=b"new")
    assert s3.get_object(**at)["Body"].read() == b"new" and s3.head_object(**at)["Metadata"] == {}
    s3.delete_object(**at)
    s3.delete_object(**at)  # deleting what is not there is done
    assert code_of(s3.get_object, **at) == ("NoSuchKey", 404)
    assert code_of(s3.head_object, **at)[1] == 404


@pytest.mark.parametrize("key", KEYS)
def test_boto3_keys(s3, store, key):
    body = key.encode() + b" body"
    s3.put_object(Bucket="photos", Key=key, Body=body)
    assert s3.get_object(Bucket="photos", Key=key)["Body"].read() == body
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": key}, ExpiresIn=60)
    assert wire.fetch(SECRETS.of_url(url)).body == body
    keys = store.keys()
    if keys is not None and "\n" not in key:
        assert key in keys
    s3.delete_object(Bucket="photos", Key=key)
    assert code_of(s3.head_object, Bucket="photos", Key=key)[1] == 404


def test_boto3_copy(s3):
    s3.put_object(Bucket="photos", Key="copy/a b+ü", Body=b"source", ContentType="text/csv", Metadata={"a": "b"})
    made = s3.copy_object(Bucket="photos", Key="copy/target", CopySource={"Bucket": "photos", "Key": "copy/a b+ü"})
    assert made["CopyObjectResult"]["ETag"]
    got = s3.get_object(Bucket="photos", Key="copy/target")
    assert got["Body"].read() == b"source" and got["ContentType"] == "text/csv" and got["Metadata"] == {"a": "b"}
    s3.copy_object(Bucket="photos", Key="copy/target", CopySource="photos/copy/target", MetadataDirective="REPLACE",
                   Metadata={"c": "d"}, ContentType="text/plain")
    assert s3.head_object(Bucket="photos", Key="copy/target")["Metadata"] == {"c": "d"}
    assert code_of(s3.copy_object, Bucket="photos", Key="copy/target", CopySource="photos/copy/target")[0] == "InvalidRequest"
    assert code_of(s3.copy_object, Bucket="photos", Key="copy/x", CopySource="photos/copy/none") == ("NoSuchKey", 404)
    assert code_of(s3.copy_object, Bucket="photos", Key="copy/x", CopySource="nobucket/copy/none")[1] == 404
    assert code_of(s3.copy_object, Bucket="photos", Key="copy/x", CopySource="photos/copy/target", CopySourceIfNoneMatch="*")[1] == 412


def test_boto3_checksums_and_errors(s3):
    at = {"Bucket": "photos", "Key": "sum"}
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        s3.put_object(**at, Body=b"abc", ChecksumAlgorithm=algorithm)
        assert s3.get_object(**at, ChecksumMode="ENABLED")["Body"].read() == b"abc"
    assert code_of(s3.put_object, **at, Body=b"abc", ChecksumSHA256="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")[0] == "BadDigest"
    assert code_of(s3.put_object, **at, Body=b"abc", ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==")[0] == "BadDigest"
    assert code_of(s3.put_object, **at, Body=b"abc", ContentMD5="x")[0] == "InvalidDigest"
    assert s3.get_object(**at)["Body"].read() == b"abc"
    assert code_of(s3.put_object, Bucket="photos", Key="k" * 1025, Body=b"") == ("KeyTooLongError", 400)
    assert code_of(s3.put_object, Bucket="no-such-bucket", Key="k", Body=b"") == ("NoSuchBucket", 404)
    assert code_of(s3.put_object, **at, Body=b"", Metadata={"a": "b" * 2100}) == ("MetadataTooLarge", 400)


def test_boto3_buckets(s3):
    s3.create_bucket(Bucket="made-by-boto3")
    s3.create_bucket(Bucket="made-by-boto3")  # 200 in us-east-1 for its owner
    rules = {"CORSRules": [{"AllowedOrigins": ["https://a.example"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"],
                            "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}]}
    s3.put_bucket_cors(Bucket="made-by-boto3", CORSConfiguration=rules)
    for name in ("UPPER", "a", "a..b", "192.168.1.1", "-a-b", "a_b_c"):
        answer = None
        try:
            s3.create_bucket(Bucket=name)
        except ClientError as error:
            answer = error.response["Error"]["Code"]
        except Exception as error:  # botocore refuses some by itself
            assert "nvalid bucket name" in str(error)
            continue
        assert answer == "InvalidBucketName", name


def test_boto3_list(s3):
    for i in range(5):
        s3.put_object(Bucket="photos", Key=f"listed/{i}", Body=b"x" * i)
    try:
        page = s3.list_objects_v2(Bucket="photos", Prefix="listed/", MaxKeys=3)
    except ClientError as error:  # a call that is not there yet says so
        assert error.response["Error"]["Code"] == "NotImplemented"
        return
    assert [c["Key"] for c in page["Contents"]] == ["listed/0", "listed/1", "listed/2"] and page["IsTruncated"]
    rest = s3.list_objects_v2(Bucket="photos", Prefix="listed/", ContinuationToken=page["NextContinuationToken"])
    assert [c["Size"] for c in rest["Contents"]] == [3, 4]


def test_boto3_presigned(s3):
    at = {"Bucket": "photos", "Key": "presigned/boto3.txt"}
    def sign(operation, method=None, **more):
        return SECRETS.of_url(s3.generate_presigned_url(operation, Params={**at, **more}, ExpiresIn=60, HttpMethod=method))
    put = sign("put_object", ContentType="text/plain", Metadata={"a": "b"})
    headers = [("Content-Type", "text/plain"), ("x-amz-meta-a", "b")]
    assert wire.fetch(put, "PUT", headers[:1], b"data").status == 403
    assert wire.fetch(put, "PUT", [("Content-Type", "text/html"), headers[1]], b"data").status == 403
    assert wire.fetch(put, "PUT", headers, b"data").status == 200
    got = wire.fetch(sign("get_object", ResponseContentType="text/csv", ResponseContentDisposition='attachment; filename="ü.csv"'))
    assert got.body == b"data" and got.get("Content-Type") == "text/csv"
    assert wire.fetch(sign("head_object"), "HEAD").get("x-amz-meta-a") == "b"
    assert wire.fetch(sign("delete_object"), "DELETE").status == 204
    gone = wire.fetch(sign("get_object"))
    assert gone.status == 404 and s3_code(gone) == "NoSuchKey"


VERSION_4_HOW = ["AWS4-HMAC-SHA256", "config=Config(signature_version='s3v4')", "aws configure set default.s3.signature_version s3v4"]


def test_boto3_is_told_how_to_sign_with_version_4(store):
    def client(version):
        return boto3.client("s3", endpoint_url=store.url, region_name="us-east-1", aws_access_key_id=store.signer.access_key_id,
                            aws_secret_access_key=store.signer.secret_access_key, config=Config(signature_version=version))
    url = client("s3").generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "x"})
    assert "AWSAccessKeyId=" in url and "Signature=" in url
    answer = wire.fetch(url)
    assert answer.status == 400 and s3_code(answer) == "InvalidRequest"
    assert all(part in html.unescape(answer.body.decode()) for part in VERSION_4_HOW)
    with pytest.raises(ClientError) as refused:
        client("s3").list_objects_v2(Bucket="photos")
    error = refused.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400 and error["Error"]["Code"] == "InvalidRequest"
    assert all(part in error["Error"]["Message"] for part in VERSION_4_HOW)
    # What the answer says works.
    assert client("s3v4").list_objects_v2(Bucket="photos")["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.fixture(scope="module")
def aws(store, work):
    environment = clean_environment({
        "AWS_ACCESS_KEY_ID": store.signer.access_key_id, "AWS_SECRET_ACCESS_KEY": store.signer.secret_access_key,
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": str(work / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(work / "none"), "HOME": str(work), "AWS_PAGER": ""})
    environment["PATH"] = "/usr/bin:/bin"  # Debian's own, with Debian's Python

    def call(*arguments, check=True):
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", store.url, *map(str, arguments)], env=environment, timeout=50,
                              capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, done.stderr
        return done
    return call


def test_aws_cli(aws, store, tmp_path):
    data = png(seed=8) + noise(50_000)
    source, back = tmp_path / "sent file.png", tmp_path / "back.png"
    source.write_bytes(data)
    aws("s3", "cp", source, "s3://photos/cli/sent file.png")
    assert store.head("cli/sent file.png").get("Content-Type") == "image/png"
    aws("s3", "cp", "s3://photos/cli/sent file.png", back)
    assert back.read_bytes() == data


def test_aws_cli_api(aws, store, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"by s3api")
    put = json.loads(aws("s3api", "put-object", "--bucket", "photos", "--key", "cli/api", "--body", tmp_path / "a.txt").stdout)
    got = json.loads(aws("s3api", "get-object", "--bucket", "photos", "--key", "cli/api", tmp_path / "b.txt").stdout)
    assert put["ETag"] == got["ETag"] and (tmp_path / "b.txt").read_bytes() == b"by s3api"
    missing = aws("s3api", "get-object", "--bucket", "photos", "--key", "cli/none", tmp_path / "c", check=False)
    assert missing.returncode != 0 and "NoSuchKey" in missing.stderr
    assert store.get("cli/api").body == b"by s3api"


def curl(*arguments):
    done = subprocess.run(["/usr/bin/curl", "-sS", "--max-time", "20", "-w", "\n%{http_code}", *map(str, arguments)], timeout=30,
                          capture_output=True, env=clean_environment(), check=False)
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


def test_curl_signs_by_itself(store, tmp_path):
    """Debian's curl 7.88 sends no x-amz-content-sha256 of its own, which S3 asks for."""
    sign = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", f"{store.signer.access_key_id}:{store.signer.secret_access_key}"]
    (tmp_path / "a.txt").write_bytes(b"by curl")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    sent = "-H", f"x-amz-content-sha256: {hashlib.sha256(b'by curl').hexdigest()}"
    status, body = curl(*sign, *sent, "-X", "PUT", "--data-binary", f"@{tmp_path / 'a.txt'}", f"{store.url}/photos/curl/a.txt")
    assert status == 200, body
    status, body = curl(*sign, "-H", f"x-amz-content-sha256: {empty}", f"{store.url}/photos/curl/a.txt")
    assert (status, body) == (200, b"by curl")
    status, body = curl(*sign[:3], f"{store.signer.access_key_id}:wrong", "-H", f"x-amz-content-sha256: {empty}",
                        f"{store.url}/photos/curl/a.txt")
    assert status == 403 and b"SignatureDoesNotMatch" in body


def test_curl_with_urls(store, tmp_path):
    (tmp_path / "b.bin").write_bytes(noise(300_000))
    status, body = curl("-T", tmp_path / "b.bin", store.url + store.presign("PUT", "curl/b.bin"))  # sends Expect: 100-continue
    assert status == 200, body
    status, body = curl(store.url + store.presign("GET", "curl/b.bin"))
    assert status == 200 and body == noise(300_000)
    status, body = curl("-T", tmp_path / "b.bin", store.url + store.presign("GET", "curl/b.bin"))
    assert status == 403, body


@pytest.fixture(scope="module")
def sdk(store):
    if not (SDK / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=SDK, check=True, timeout=120)

    def do(job, key, script="smoke.mjs"):
        given = {"endpoint": store.url, "region": "us-east-1", "access_key_id": store.signer.access_key_id,
                 "secret_access_key": store.signer.secret_access_key, "bucket": "photos", "key": key, "job": job}
        done = subprocess.run([shutil.which("node"), script], cwd=SDK, input=json.dumps(given), capture_output=True, text=True,
                              timeout=50, env=clean_environment({"NODE_NO_WARNINGS": "1"}), check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return do


def test_sdk_js_urls(sdk, store):
    urls = sdk("presign", "js/a b+ü.txt")
    for url in urls.values():
        SECRETS.of_url(url)
    assert wire.fetch(urls["put"], "PUT", [("Content-Type", "text/html")], b"from the SDK").status == 403
    assert wire.fetch(urls["put"], "PUT", [("Content-Type", "text/plain")], b"from the SDK").status == 200
    assert wire.fetch(urls["get"]).body == b"from the SDK"
    named = wire.fetch(urls["get_named"])
    assert named.get("Content-Type") == "text/csv" and named.get("Content-Disposition") == 'attachment; filename="a b.csv"'
    assert wire.fetch(urls["head"], "HEAD").get("Content-Length") == "12"
    # The SDK's default hoists the checksum of an empty body into the query: information only (ADR of the s3server)
    default = wire.fetch(urls["put_default"], "PUT", (), b"by the default")
    assert default.status in (200, 400), default
    if default.status == 400:
        assert s3_code(default) == "BadDigest"
    stored = store.head("js/a b+ü.txt")  # the other x-amz-* fields that it hoists are the object's
    assert stored.get("x-amz-meta-a") == "b c" and stored.get("x-amz-tagging-count") == "2", stored
    assert wire.fetch(urls["delete"], "DELETE").status == 204
    assert store.head("js/a b+ü.txt").status == 404


def test_sdk_js_life(sdk):
    done = sdk("life", "js/life ü.txt")
    assert done["text"] == done["copy"] == "bytes of the SDK for JavaScript" and done["part"] == "bytes"
    assert done["size"] == 31 and done["content_type"] == "text/plain" and done["metadata"] == {"a": "b"} and done["gone"] == "NotFound"


def test_sdk_js_streams(sdk):
    """Streams come as aws-chunked bodies with a checksum in the trailer, on plain HTTP too."""
    for algorithm, done in sdk("stream", "js/stream").items():
        assert done["payload"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER" and done["trailer"] == f"x-amz-checksum-{algorithm.lower()}"
        assert done["same"] and done["put"] and done["put"] == done["get"] and done["encoding"] in (None, ""), (algorithm, done)


def test_lib_storage(sdk, store):
    done = sdk("libStorage", "js/lib-storage", "clients.mjs")
    assert done["same"] and done["progress"] == done["size"] and done["type"] == "video/mp4" and done["etag"].endswith('-3"'), done
    assert store.get("js/lib-storage-small").body == b"small" and store.head("js/lib-storage").get("x-amz-tagging-count") == "1"
    assert done["stopped"] == "AbortError" and store.head("js/lib-storage-aborted").status == 404
    uploads = store.call("GET", "/photos", [("uploads", ""), ("prefix", "js/")])
    assert "<Upload>" not in uploads.text, uploads.text


def test_minio_js(sdk):
    done = sdk("minio", "js/minio ü", "clients.mjs")
    assert done["same"] and done["streamed"] and done["part"] and done["type"] == "image/png" and done["a"] == "b", done
    assert done["tags"] == [{"Key": "by", "Value": "minio"}] and done["copied"] == done["size"] and done["fetched"] == "small"
    assert done["listed"] == ["js/minio ü", "js/minio ü-small", "js/minio ü-stream"] and done["left"] == []
    assert done["exists"] == [True, False] and done["gone"] == "NotFound"


def test_aws4fetch(sdk):
    assert sdk("aws4fetch", "js/aws4fetch.txt", "clients.mjs") == {
        "put": 200, "text": "by aws4fetch", "bare": "by aws4fetch", "listed": True, "gone": 204, "after": 404}


def test_aws_cli_sync_and_multipart(aws, store, tmp_path):
    source, back = tmp_path / "tree", tmp_path / "back"
    (source / "deep/er").mkdir(parents=True)
    (source / "large.bin").write_bytes(noise(20 << 20))  # above 8 MiB it goes in parts
    for i in range(20):
        (source / f"deep/file {i}.txt").write_bytes(noise(100 + i))
    (source / "deep/er/ü.txt").write_bytes(b"")
    aws("s3", "sync", source, "s3://photos/cli/tree")
    assert store.head("cli/tree/large.bin").get("ETag").endswith('-3"')
    assert aws("s3", "sync", source, "s3://photos/cli/tree").stdout.strip() == ""  # nothing left to do
    (source / "deep/file 3.txt").unlink()
    (source / "deep/new").write_bytes(b"new")
    done = aws("s3", "sync", "--no-progress", "--delete", source, "s3://photos/cli/tree").stdout
    assert "deep/new" in done and "delete: s3://photos/cli/tree/deep/file 3.txt" in done and done.count("\n") == 2, done
    aws("s3", "sync", "s3://photos/cli/tree", back)
    files = lambda root: {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    assert files(back) == files(source)
    aws("s3", "cp", "s3://photos/cli/tree/large.bin", "s3://photos/cli/copied.bin")  # UploadPartCopy
    assert store.get("cli/copied.bin").body == noise(20 << 20)
    assert "21 " not in aws("s3", "ls", "--recursive", "--summarize", "s3://photos/cli/tree/").stdout.split("Total Objects:")[1]
    aws("s3", "rm", "--recursive", "s3://photos/cli/tree")
    assert not [k for k in store.keys() if k.startswith("cli/tree")]


def test_s3cmd(store, tmp_path):
    signer = store.signer
    config = tmp_path / "s3cfg"
    config.write_text(f"[default]\naccess_key = {signer.access_key_id}\nsecret_key = {signer.secret_access_key}\nuse_https = False\n"
                      f"host_base = {store.host}\nhost_bucket = {store.host}\nbucket_location = us-east-1\n")

    def s3cmd(*arguments, status=0):
        done = subprocess.run(["/usr/bin/s3cmd", "-c", config, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                              env=clean_environment({"HOME": str(tmp_path)}), check=False)
        assert done.returncode == status, (done.stdout, done.stderr)
        return done.stdout
    (tmp_path / "small ü.txt").write_bytes(b"by s3cmd")
    (tmp_path / "large.bin").write_bytes(noise(33 << 20))
    s3cmd("mb", "s3://made-by-s3cmd")
    s3cmd("put", tmp_path / "small ü.txt", "s3://made-by-s3cmd/dir/small ü.txt")
    s3cmd("put", "--multipart-chunk-size-mb=15", tmp_path / "large.bin", "s3://made-by-s3cmd/large.bin")
    s3cmd("get", "s3://made-by-s3cmd/dir/small ü.txt", tmp_path / "back.txt")
    s3cmd("get", "s3://made-by-s3cmd/large.bin", tmp_path / "back.bin")
    assert (tmp_path / "back.txt").read_bytes() == b"by s3cmd" and (tmp_path / "back.bin").read_bytes() == noise(33 << 20)
    assert "s3://made-by-s3cmd/large.bin" in s3cmd("ls", "s3://made-by-s3cmd") and "DIR" in s3cmd("ls", "s3://made-by-s3cmd")
    s3cmd("cp", "s3://made-by-s3cmd/dir/small ü.txt", "s3://made-by-s3cmd/copy.txt")
    s3cmd("mv", "s3://made-by-s3cmd/copy.txt", "s3://made-by-s3cmd/moved.txt")
    assert "MD5" in s3cmd("info", "s3://made-by-s3cmd/moved.txt")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/a").write_bytes(b"a")
    s3cmd("sync", f"{tmp_path}/tree/", "s3://made-by-s3cmd/tree/")
    s3cmd("del", "--recursive", "--force", "s3://made-by-s3cmd/")
    s3cmd("rb", "s3://made-by-s3cmd")
    s3cmd("ls", "s3://made-by-s3cmd", status=12)  # it is not there


def test_rclone(store, tmp_path):
    signer, url = store.signer, store.url
    environment = clean_environment({
        "RCLONE_CONFIG": str(tmp_path / "none.conf"), "RCLONE_CONFIG_S_TYPE": "s3", "RCLONE_CONFIG_S_PROVIDER": "Other",
        "RCLONE_CONFIG_S_ACCESS_KEY_ID": signer.access_key_id, "RCLONE_CONFIG_S_SECRET_ACCESS_KEY": signer.secret_access_key,
        "RCLONE_CONFIG_S_ENDPOINT": url, "RCLONE_CONFIG_S_REGION": "us-east-1", "HOME": str(tmp_path)})

    def rclone(*arguments, status=0):
        done = subprocess.run(["/usr/bin/rclone", "--retries", "1", *map(str, arguments)], capture_output=True, timeout=120,
                              env=environment, check=False)
        assert done.returncode == status, done.stderr.decode()
        return done.stdout
    source = tmp_path / "source"
    (source / "sub dir").mkdir(parents=True)
    (source / "100MiB.bin").write_bytes(noise(100 << 20))
    (source / "sub dir/ü + &.txt").write_bytes(b"small")
    (source / "empty").write_bytes(b"")
    chunked = ["--s3-chunk-size", "16M", "--s3-upload-cutoff", "20M"]
    rclone("mkdir", "s:made-by-rclone")
    rclone("copy", *chunked, source, "s:made-by-rclone/tree")
    rclone("check", source, "s:made-by-rclone/tree")
    rclone("check", "--download", source, "s:made-by-rclone/tree")
    assert rclone("cat", "--offset", 12_345_678, "--count", 5000, "s:made-by-rclone/tree/100MiB.bin") == noise(100 << 20)[12_345_678:12_350_678]
    (source / "empty").write_bytes(b"no more")
    rclone("check", source, "s:made-by-rclone/tree", status=1)
    rclone("sync", *chunked, source, "s:made-by-rclone/tree")
    rclone("copy", "--s3-copy-cutoff", "30M", "--s3-chunk-size", "16M", "s:made-by-rclone/tree", "s:made-by-rclone/copy")  # UploadPartCopy
    rclone("check", "s:made-by-rclone/tree", "s:made-by-rclone/copy")
    listed = json.loads(rclone("lsjson", "-R", "--files-only", "s:made-by-rclone/copy"))
    assert sorted(f["Path"] for f in listed) == ["100MiB.bin", "empty", "sub dir/ü + &.txt"]
    rclone("purge", "s:made-by-rclone")
    assert b"made-by-rclone" not in rclone("lsd", "s:")
