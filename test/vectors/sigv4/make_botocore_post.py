"""Writes botocore_post.txt: the forms for browsers' uploads that botocore signs.

  python3 make_botocore_post.py > botocore_post.txt

The format is in README.md; the clock stands still.
"""
import sys
from unittest import mock

import botocore
import botocore.auth
import botocore.signers
from make_botocore import ACCESS_KEY, KEYS, NOW, SECRET, TOKEN, StoppedClock, client, emit

LOCAL, AWS = "http://127.0.0.1:9000", "https://s3.eu-central-1.amazonaws.com"


def post(key, endpoint=LOCAL, style="path", region="us-east-1", token="", expires=180, fields=(), prefixes=(),
         lengths=None):
    conditions = [{name: value} for name, value in fields]
    conditions += [["starts-with", "$" + name, value] for name, value in prefixes]
    if lengths:
        conditions.append(["content-length-range", *lengths])
    made = client(endpoint, style, region, token).generate_presigned_post(
        "photos", key, Fields=dict(fields), Conditions=conditions, ExpiresIn=expires)
    limits = {"least": lengths[0], "most": lengths[1]} if lengths else {}
    emit("post", endpoint=endpoint, style=style, region=region, access_key=ACCESS_KEY, secret=SECRET, token=token,
         bucket="photos", key=key, field=list(fields), starts_with=list(prefixes), **limits,
         date=NOW.strftime("%Y%m%dT%H%M%SZ"), expires=expires, url=made["url"], form=list(made["fields"].items()))


def main():
    for key in KEYS:
        post(key)
    post("a", AWS, "virtual", "eu-central-1")
    post("user/eric/${filename}", lengths=(1, 1048576), prefixes=[("Content-Type", "image/")])
    post("${filename}", AWS, "virtual", "eu-central-1", expires=604800)
    post("a", token=TOKEN)
    post("a", "http://[::1]:9000", fields=[("success_action_status", "201"), ("x-amz-meta-k", "é😀\"\\/"),
                                           ("Content-Type", "text/html; charset=utf-8"), ("acl", "private")])
    # A name that would add a condition, were the document put together from pieces of text.
    post('x"]],"conditions":[["eq","$key","pwn', fields=[('x-amz-meta-"}', '"},{"key":"')])


if __name__ == "__main__":
    sys.stdout.write("# Made by make_botocore_post.py with botocore " + botocore.__version__ + ". Do not edit.\n\n")
    with mock.patch.object(botocore.auth.datetime, "datetime", StoppedClock), \
            mock.patch.object(botocore.signers.datetime, "datetime", StoppedClock):
        main()
