"""Other people's clients and their upload forms against the store: boto3 with requests and curl, the AWS SDK for
JavaScript."""

import json
import subprocess

import boto3
import pytest
import requests
from botocore.config import Config

from conftest import STORE_KEY_ID, STORE_SECRET
from procs import ROOT, clean_environment
from samples import noise

DATA = b"bytes of the file"


@pytest.fixture(scope="module", autouse=True)
def clean(store):
    yield
    for key in [k for k in store.keys() if k.startswith("form/")]:
        store.delete(key)


@pytest.fixture(scope="module")
def s3(store):
    return boto3.client("s3", endpoint_url=store.url, region_name="us-east-1", aws_access_key_id=STORE_KEY_ID,
                        aws_secret_access_key=STORE_SECRET, config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))


def test_boto3_and_requests(store, s3):
    fields = {"Content-Type": "image/png", "success_action_status": "201", "x-amz-meta-k": "é"}
    made = s3.generate_presigned_post("photos", "form/${filename}", Fields=fields, ExpiresIn=60,
                                      Conditions=[{n: v} for n, v in fields.items()] + [["content-length-range", 1, 100]])
    assert made["url"] == f"{store.url}/photos"
    answer = requests.post(made["url"], data=made["fields"], files={"file": ("b c é.png", DATA, "image/png")}, timeout=10)
    assert answer.status_code == 201, answer.text
    assert "<Key>form/b c é.png</Key>" in answer.content.decode()
    got = store.get("form/b c é.png")
    assert got.body == DATA and got.get("Content-Type") == "image/png"
    refused = requests.post(made["url"], data=made["fields"], files={"file": ("b.png", DATA * 10)}, timeout=10)
    assert refused.status_code == 400 and "<Code>EntityTooLarge</Code>" in refused.text


def test_boto3_signature_version_2_is_told_what_to_do(store):
    old = boto3.client("s3", endpoint_url=store.url, region_name="us-east-1", aws_access_key_id=STORE_KEY_ID,
                       aws_secret_access_key=STORE_SECRET, config=Config(signature_version="s3"))
    made = old.generate_presigned_post("photos", "form/a")
    answer = requests.post(made["url"], data=made["fields"], files={"file": DATA}, timeout=10)
    assert answer.status_code == 400 and "signature_version=&apos;s3v4&apos;" in answer.text.replace("'", "&apos;")


def test_curl(store, s3, tmp_path):
    made = s3.generate_presigned_post("photos", "form/curl.bin", ExpiresIn=60)
    source = tmp_path / "big file.bin"
    source.write_bytes(noise(3_000_000))  # curl asks with Expect: 100-continue
    given = [x for n, v in made["fields"].items() for x in ("--form-string", f"{n}={v}")]
    done = subprocess.run(["curl", "-sS", "-w", "%{http_code}", *given, "-F", f"file=@{source}", made["url"]],
                          capture_output=True, text=True, timeout=30, check=False, env=clean_environment())
    assert done.stdout == "204", done
    assert store.get("form/curl.bin").body == source.read_bytes()


def test_aws_sdk_for_javascript(store):
    job = {"endpoint": store.url, "region": "us-east-1", "access_key_id": STORE_KEY_ID, "secret_access_key": STORE_SECRET,
           "bucket": "photos", "key": "form/js ${filename}", "job": "post"}
    done = subprocess.run(["node", "smoke.mjs"], cwd=ROOT / "test/sdk-js", input=json.dumps(job), capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert answers["good"]["status"] == 201 and "<Key>form/js a b.txt</Key>" in answers["good"]["body"]
    assert answers["too_large"]["status"] == 400 and "EntityTooLarge" in answers["too_large"]["body"]
    assert answers["other_type"]["status"] == 403 and "Policy Condition failed" in answers["other_type"]["body"]
    assert store.get("form/js a b.txt").body == b"bytes of the SDK"
