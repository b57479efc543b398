#!/usr/bin/python3
"""Writes botocore.txt: what botocore signs for requests with difficult names.

Run with Debian's python3-botocore:  /usr/bin/python3 make_botocore.py > botocore.txt
The format is in README.md. Nothing is random and the clock stands still, so a second run with the
same botocore writes the same file.
"""

import datetime
import hashlib
import os
from unittest import mock
from urllib.parse import unquote_to_bytes, urlsplit

# Where python3-awscrt is installed botocore lets it sign, and it puts X-Amz-SignedHeaders before
# X-Amz-Expires. The signature is the same; the vectors are botocore's own order.
os.environ["BOTO_DISABLE_CRT"] = "true"

import botocore
import botocore.auth
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzEBYaDH+/token==with+every/kind=of~char.-_"
AUTH = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
        "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Signature")
NOW = datetime.datetime(2026, 11, 24, 4, 5, 6)

KEYS = [
    "test.txt", "photos/2026/11/24/beach.jpg", "a b c.jpg", " leading and trailing ", "a+b.txt",
    "a%2Fb", "%", "%41", "100%", "a//b", "//a", "a//", "./a", "a/./b", "../a", "a/../b", "a/..",
    "..", ".", "*", "!", "'()", "wow!*'().txt", "~tilde_under-dash.dot", "a&b=c", "a=b", "a?b",
    "a#b", "a;b", "a:b", "a@b", "a,b", "a$b", "[a]", "{a}", "<a>", "a\\b", "a^b", "a`b", "a|b",
    'a"b', "tab\there", "new\nline", "é", "e\u0301", "日本語/写真.jpg", "ሴ", "😀/🏳️‍🌈.png",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "\u00a0nbsp", "\u007f", "x" * 1024, "é" * 512, "😀" * 256, "a/" * 512,
    "X-Amz-Signature=0", "?X-Amz-Expires=1",
]


class StoppedClock(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return NOW


def escape(text):
    return "".join("\\x%02x" % ord(c) if ord(c) < 0x20 or c == "\\" else c for c in text)


def emit(kind, **values):
    print(kind)
    for name, value in values.items():
        if isinstance(value, list):
            for pair in value:
                print("\t".join([name, escape(pair[0]), escape(pair[1])]))
        else:
            print("\t".join([name, escape(str(value))]))
    print()


def own_query(url):
    """The parameters of the URL that are not the signature's, in order, decoded."""
    query = urlsplit(url).query
    pairs = [p.partition("=") for p in query.split("&")] if query else []
    decode = lambda s: unquote_to_bytes(s).decode()
    return [(decode(n), decode(v)) for n, _, v in pairs if n not in AUTH]


def client(endpoint, style, region, token):
    session = botocore.session.Session()
    return session.create_client(
        "s3", region_name=region, endpoint_url=endpoint, aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET, aws_session_token=token or None,
        config=Config(signature_version="s3v4",
                      s3={"addressing_style": "path" if style == "path" else "virtual"}))


METHODS = {"get_object": "GET", "put_object": "PUT", "head_object": "HEAD", "delete_object": "DELETE",
           "upload_part": "PUT", "list_objects_v2": "GET", "create_bucket": "PUT",
           "create_multipart_upload": "POST", "get_object_acl": "GET", "list_buckets": "GET"}


def presigned(operation, params, endpoint, style, region="us-east-1", token="", expires=180,
              headers=()):
    url = client(endpoint, style, region, token).generate_presigned_url(
        operation, Params=params, ExpiresIn=expires)
    emit("presign", endpoint=endpoint, style=style, region=region, access_key=ACCESS_KEY,
         secret=SECRET, token=token, method=METHODS[operation], bucket=params.get("Bucket", ""),
         key=params.get("Key", ""), query=own_query(url), field=list(headers),
         date=NOW.strftime("%Y%m%dT%H%M%SZ"), expires=expires, url=url)


def header_signed(method, path, query, headers, body, region="us-east-1", token="",
                  host="127.0.0.1:9000"):
    """Signs with S3SigV4Auth; `path` and `query` are as on the wire."""
    url = "http://" + host + path + ("?" + query if query else "")
    request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
    botocore.auth.S3SigV4Auth(Credentials(ACCESS_KEY, SECRET, token or None), "s3",
                              region).add_auth(request)
    sent = [("Host", host)] + list(request.headers.items())
    emit("header", region=region, access_key=ACCESS_KEY, secret=SECRET, token=token, method=method,
         path=path, wire_query=query, field=sent, date=NOW.strftime("%Y%m%dT%H%M%SZ"),
         payload=hashlib.sha256(body).hexdigest())


def main():
    aws, local = "https://s3.eu-central-1.amazonaws.com", "http://127.0.0.1:9000"
    for key in KEYS:
        presigned("get_object", {"Bucket": "photos", "Key": key}, local, "path")
        presigned("get_object", {"Bucket": "photos", "Key": key}, aws, "virtual", "eu-central-1")
    bucket_key = {"Bucket": "photos", "Key": "a b+c/é.jpg"}
    for operation in ("put_object", "head_object", "delete_object", "get_object_acl",
                      "create_multipart_upload"):
        presigned(operation, bucket_key, local, "path", expires=604800)
    presigned("list_buckets", {}, local, "path")
    presigned("list_objects_v2", {"Bucket": "photos", "Prefix": "a b/+&=?é", "Delimiter": "/",
                                  "MaxKeys": 7}, local, "path")
    presigned("list_objects_v2", {"Bucket": "photos"}, aws, "virtual", "eu-central-1")
    presigned("create_bucket", {"Bucket": "photos"}, local, "path")
    presigned("upload_part", dict(bucket_key, PartNumber=3, UploadId="2~abc/+=~id"), local, "path")
    presigned("get_object", dict(bucket_key, VersionId="null"), aws, "virtual", "eu-central-1")
    presigned("get_object", dict(
        bucket_key, ResponseContentType="text/plain; charset=utf-8",
        ResponseContentDisposition="attachment; filename=\"a b.txt\"; filename*=UTF-8''%C3%A9.txt",
        ResponseCacheControl="private, max-age=60"), local, "path", token=TOKEN)
    presigned("get_object", bucket_key, local, "path", token=TOKEN)
    # Fields that the sender must send: botocore signs them because they are headers.
    presigned("put_object", dict(bucket_key, ContentType="image/jpeg"), local, "path",
              headers=[("Content-Type", "image/jpeg")])
    presigned("put_object", dict(bucket_key, ContentType="image/jpeg", ContentLength=12345,
                                 ContentMD5="XrY7u+Ae7tCTyyK7j1rNww==", ACL="private",
                                 Metadata={"title": "two  spaces", "a": "b"}), local, "path",
              headers=[("Content-Type", "image/jpeg"), ("Content-Length", "12345"),
                       ("Content-MD5", "XrY7u+Ae7tCTyyK7j1rNww=="), ("x-amz-acl", "private"),
                       ("x-amz-meta-title", "two  spaces"), ("x-amz-meta-a", "b")])
    presigned("put_object", dict(bucket_key, ChecksumSHA256="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
              local, "path", token=TOKEN,
              headers=[("x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")])
    # Ports and addresses.
    for endpoint in ("https://files.example.com:443", "http://files.example.com:80",
                     "https://files.example.com:8443", "http://[::1]:9000", "http://localhost"):
        presigned("get_object", bucket_key, endpoint, "path")

    header_signed("GET", "/photos/a%20b", "", [], b"")
    header_signed("GET", "/photos", "list-type=2&prefix=a%20b%2F&delimiter=%2F", [], b"")
    header_signed("GET", "/photos", "acl", [], b"")
    header_signed("PUT", "/photos/a%2Bb/%C3%A9//../x", "", [
        ("Content-Type", "text/plain"), ("x-amz-meta-note", "  many   spaces  "),
        ("x-amz-acl", "private")], b"hello")
    header_signed("DELETE", "/photos/a", "versionId=null", [], b"", token=TOKEN)
    header_signed("GET", "/photos/a", "", [("Date", "Fri, 24 May 2013 00:00:00 GMT")], b"")


if __name__ == "__main__":
    print("# Made by make_botocore.py with botocore " + botocore.__version__ + ". Do not edit.\n")
    with mock.patch.object(botocore.auth.datetime, "datetime", StoppedClock):
        main()
