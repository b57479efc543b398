"""SECURITY B1-B29 on the store: Signature Version 4 with something wrong, signed by code of these tests' own."""

import time
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest

import wire
from clients import s3_code
from sigv4 import UNSIGNED, Signer, ago, amz_date, join, now, sha256

pytestmark = pytest.mark.usefixtures("no_descriptors_lost")
KEY, OTHER, BODY = "signed/a", "signed/b", b"bytes of a"


@pytest.fixture(scope="module", autouse=True)
def objects(store):
    store.put(KEY, BODY)
    store.put(OTHER, b"bytes of b")


@pytest.fixture
def refuses(store):
    """refuses(send, statuses, code): what send() gets is refused, and no object came, went or changed."""
    def check(send, statuses, codes=None):
        heads = ("signed/new", KEY, OTHER)
        def state():
            return store.keys(), [(h.status, h.get("ETag")) for h in map(store.head, heads)]
        before = state()
        answer = send()
        assert answer is not None and answer.status in statuses, answer
        if answer.body:
            code = s3_code(answer)
            assert codes is None or code in codes, answer.text
            assert store.signer.secret_access_key not in answer.text
        assert state() == before, "a refused request changed something"
        return answer
    return check


def raw(store, method, target, fields, body=None):
    """Sends the fields as they stand, in their order, Host among them."""
    with wire.Connection(store.address) as connection:
        extra = [("Connection", "close")]
        if body is not None:
            extra.append(("Content-Length", str(len(body))))
        connection.send(wire.head(method, target, [*fields, *extra]) + (body or b""))
        return connection.response(method)


def signed_put(store, signer=None, path=None, headers=(), body=b"new", payload=None):
    path = path or store.path("signed/new")
    return (signer or store.signer).headers("PUT", store.host, path, (), headers, body, payload)


def put_new(store, fields, body=b"new", query=""):
    return raw(store, "PUT", store.path("signed/new") + query, fields, body)


def replaced(fields, name, value):
    return [(n, value if n == name else v) for n, v in fields]


def test_own_signer_agrees_with_botocore(store):
    """The signer that these tests lean on is itself right: botocore says the same."""
    from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    credentials = Credentials(store.signer.access_key_id, store.signer.secret_access_key)
    path = "/photos/" + quote("a b/ü+~&=*'()!;:@$,.txt", safe="/-._~")
    query = AWSRequest("GET", f"{store.url}{path}?a=b%20c&d=")
    S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=77).add_auth(query)
    moment = query.context["timestamp"]
    signer = store.signer.but(moment=datetime.strptime(moment, "%Y%m%dT%H%M%SZ"))
    mine = signer.target("GET", store.host, "/photos/a b/ü+~&=*'()!;:@$,.txt",
                         [("a", "b c"), ("d", "")], expires=77)
    assert query.url.endswith(mine.rsplit("=", 1)[1]), (query.url, mine)
    header = AWSRequest("PUT", store.url + "/photos/x", data=b"abc", headers={"Host": store.host, "x-amz-meta-b": "c  d"})
    S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(header)
    moment = datetime.strptime(header.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    fields = dict(store.signer.but(moment=moment).headers("PUT", store.host, "/photos/x", (), [("x-amz-meta-b", "c  d")],
                                                          b"abc"))
    assert header.headers["Authorization"] == fields["Authorization"]


# The valid requests, without which every refusal below would prove nothing.

def test_a_right_signature_is_accepted(store):
    assert put_new(store, signed_put(store)).status == 200
    assert store.send("GET", store.presign("GET", "signed/new")).body == b"new"
    assert store.send("HEAD", store.presign("HEAD", "signed/new")).status == 200
    assert store.send("PUT", store.presign("PUT", "signed/new"), body=b"newer").status == 200
    assert store.send("DELETE", store.presign("DELETE", "signed/new")).status == 204
    assert store.head("signed/new").status == 404


@pytest.mark.parametrize("spaced", [", ", ",", ",   "])
def test_authorization_separators(store, spaced):
    fields = store.signer.headers("GET", store.host, store.path(KEY))
    fields = [(n, v.replace(", ", spaced) if n == "Authorization" else v) for n, v in fields]
    assert raw(store, "GET", store.path(KEY), fields).body == BODY


# B1-B14: the header form

def test_b1_unsigned_trailer_mode_still_needs_a_signature(store, refuses):
    fields = signed_put(store, headers=[("x-amz-decoded-content-length", "3"), ("x-amz-trailer", "x-amz-checksum-crc32")],
                        payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    authorization = fields[-1][1][:-64] + "0" * 64
    refuses(lambda: put_new(store, replaced(fields, "Authorization", authorization),
                            b"3\r\nnew\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"),
            {403}, {"SignatureDoesNotMatch"})


@pytest.mark.parametrize("more", [[], [("x-amz-meta-snowball-auto-extract", "true")]])
@pytest.mark.parametrize("query", ["", "&partNumber=1&uploadId=x"])
def test_b2_b3_credential_alone_is_no_signature(store, refuses, query, more):
    scope = quote(f"{store.signer.access_key_id}/{now():%Y%m%d}/us-east-1/s3/aws4_request", safe="")
    fields = [("Host", store.host), ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
              ("x-amz-decoded-content-length", "3"), *more]
    refuses(lambda: put_new(store, fields, b"3\r\nnew\r\n0\r\n\r\n", f"?X-Amz-Credential={scope}{query}"), {400, 403})


@pytest.mark.parametrize("good", ["header", "query", "both"])
def test_b4_two_mechanisms(store, refuses, good):
    pairs = store.signer.query("PUT", store.host, store.path("signed/new"))
    fields = store.signer.headers("PUT", store.host, store.path("signed/new"), pairs if good == "header" else (), body=b"new")
    if good == "header":
        pairs = [(n, "0" * 64 if n == "X-Amz-Signature" else v) for n, v in pairs]
        fields = store.signer.headers("PUT", store.host, store.path("signed/new"), pairs, body=b"new")
    if good == "query":
        fields = replaced(fields, "Authorization", fields[-1][1][:-64] + "0" * 64)
    target = join(store.path("signed/new"), pairs)
    refuses(lambda: raw(store, "PUT", target, fields, b"new"), {400}, {"InvalidArgument"})


@pytest.mark.parametrize("name", ["X-Amz-Signature", "x-amz-signature", "X-Amz-Algorithm", "X-Amz-Expires"])
def test_b5_query_authentication_parts_beside_the_header(store, refuses, name):
    refuses(lambda: put_new(store, signed_put(store), query=f"?{name}=x"), {400, 403})


def test_b6_two_authorization_fields(store, refuses):
    fields = signed_put(store)
    refuses(lambda: put_new(store, [*fields, fields[-1]]), {400})
    refuses(lambda: put_new(store, [*fields, ("authorization", "AWS4-HMAC-SHA256 x")]), {400})


@pytest.mark.parametrize("change", [
    {"scope_date": "20200101"}, {"scope_date": ""}, {"scope_date": "2026112"}, {"region": "eu-central-1"}, {"region": ""},
    {"service": "s3tables"}, {"service": "sts"}, {"service": "iam"}, {"service": "S3"}, {"terminator": ""},
    {"terminator": "aws4_requests"}, {"terminator": "aws4_request/x"}], ids=str)
def test_b7_credential_scope(store, refuses, change):
    signer = store.signer.but(**change)
    refuses(lambda: put_new(store, signed_put(store, signer)), {400, 403})
    target = signer.target("PUT", store.host, store.path("signed/new"))
    refuses(lambda: store.send("PUT", target, body=b"new"), {400, 403})


@pytest.mark.parametrize("value", [
    "AWS4-HMAC-SHA512 {rest}", "AWS4-ECDSA-P256-SHA256 {rest}", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256{rest}",
    "aws4-hmac-sha256 {rest}", "AWS {id}:c2lnbmF0dXJl", "Basic QUtJQTp4", "Bearer {id}", "", " ", "{rest}",
    "AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=", "AWS4-HMAC-SHA256 {rest}, {rest}",
    "AWS4-HMAC-SHA256 {rest},Extra=1"])
def test_b8_other_schemes(store, refuses, value):
    fields = signed_put(store)
    rest = fields[-1][1].split(" ", 1)[1]
    text = value.format(rest=rest, id=store.signer.access_key_id)
    refuses(lambda: put_new(store, replaced(fields, "Authorization", text)), {400, 403})
    refuses(lambda: raw(store, "GET", store.path(KEY), replaced(fields, "Authorization", text)), {400, 403})


@pytest.mark.parametrize("algorithm", ["AWS4-HMAC-SHA512", "AWS4-ECDSA-P256-SHA256", "AWS4-HMAC-SHA1", "", "none"])
def test_b8_other_algorithms_in_the_query(store, refuses, algorithm):
    target = store.presign("GET", KEY, signer=store.signer.but(algorithm=algorithm))
    refuses(lambda: store.send("GET", target), {400, 403})


def test_b8_version_2_query(store, refuses):
    refuses(lambda: store.send("GET", f"{store.path(KEY)}?AWSAccessKeyId={store.signer.access_key_id}"
                                      "&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D&Expires=4141889120"), {400, 403})


def test_unsigned_requests_are_refused(store, refuses):
    for method in ("GET", "HEAD", "DELETE", "PUT"):
        refuses(lambda m=method: store.send(m, store.path(KEY), body=b"x" if m == "PUT" else None), {403}, {"AccessDenied"})
    refuses(lambda: store.send("GET", "/"), {403}, {"AccessDenied"})
    refuses(lambda: store.send("GET", "/photos"), {403}, {"AccessDenied"})
    refuses(lambda: store.send("PUT", "/a-new-bucket", body=b""), {403}, {"AccessDenied"})


@pytest.mark.parametrize("names", [
    ["x-amz-content-sha256", "x-amz-date"], [], ["host"], ["host", "x-amz-date"], ["host", "x-amz-content-sha256"]], ids=str)
def test_b9_b17_what_must_be_signed(store, refuses, names):
    signer = store.signer.but(signed_headers=names)
    refuses(lambda: put_new(store, signed_put(store, signer)), {400, 403})


def test_a_signed_value_with_a_comma_is_not_two_fields(store, refuses):
    fields = signed_put(store, headers=[("x-amz-copy-source", f"/photos/{KEY},x")])
    at = next(i for i, (name, _) in enumerate(fields) if name == "x-amz-copy-source")
    split = [*fields[:at], ("x-amz-copy-source", f"/photos/{KEY}"), ("x-amz-copy-source", "x"), *fields[at + 1:]]
    refuses(lambda: put_new(store, split), {400}, {"InvalidArgument"})


def test_b9_query_without_host(store, refuses):
    for names in ([], ["range"]):
        target = store.presign("GET", KEY, signer=store.signer.but(signed_headers=names))
        refuses(lambda t=target: store.send("GET", t), {400, 403})


@pytest.mark.parametrize("names", [
    ["host", "x-absent", "x-amz-content-sha256", "x-amz-date"],
    ["host", "host", "x-amz-content-sha256", "x-amz-date"],
    ["x-amz-date", "host", "x-amz-content-sha256"],
    ["Host", "X-Amz-Content-Sha256", "X-Amz-Date"],
    ["host", "", "x-amz-content-sha256", "x-amz-date"],
    ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-date"],
    [" host", "x-amz-content-sha256", "x-amz-date"]], ids=str)
def test_b10_signed_headers(store, refuses, names):
    refuses(lambda: put_new(store, signed_put(store, store.signer.but(signed_headers=names))), {400, 403})


@pytest.mark.parametrize("change", [str.upper, lambda s: s[:-1], lambda s: s + "0", lambda s: "", lambda s: "g" * 64,
                                    lambda s: s[::-1], lambda s: " " * 64, lambda s: s[:32], lambda s: "0" * 64],
                         ids=["upper", "63", "65", "empty", "not-hex", "reversed", "spaces", "half", "zero"])
def test_b11_signatures(store, refuses, change):
    while True:  # a signature with a letter in it, or its upper case is the same
        fields = signed_put(store, headers=[("x-amz-meta-n", str(time.monotonic_ns()))])
        front, signature = fields[-1][1].rsplit("=", 1)
        if change(signature) != signature:
            break
    refuses(lambda: put_new(store, replaced(fields, "Authorization", f"{front}={change(signature)}")), {400, 403})
    target, _, signature = store.presign("PUT", "signed/new").rpartition("=")
    if change(signature) != signature:
        refuses(lambda: store.send("PUT", f"{target}={quote(change(signature))}", body=b"new"), {400, 403})


def test_b12_unknown_and_wrong(store, refuses):
    unknown = Signer("AKIAUNKNOWN000000000", store.signer.secret_access_key)
    wrong = Signer(store.signer.access_key_id, "not the secret")
    refuses(lambda: put_new(store, signed_put(store, unknown)), {403}, {"InvalidAccessKeyId"})
    refuses(lambda: put_new(store, signed_put(store, wrong)), {403}, {"SignatureDoesNotMatch"})
    refuses(lambda: store.send("GET", store.presign("GET", KEY, signer=unknown)), {403}, {"InvalidAccessKeyId"})
    answer = refuses(lambda: store.send("GET", store.presign("GET", KEY, signer=wrong)), {403}, {"SignatureDoesNotMatch"})
    right = store.signer.query("GET", store.host, store.path(KEY))[-1][1]
    assert right not in answer.text, "K6: the right signature stands in the answer"


@pytest.mark.parametrize("minutes,status", [(-16, 403), (16, 403), (-14, 200), (14, 200)])
def test_b13_skew(store, minutes, status):
    fields = store.signer.but(moment=now() + timedelta(minutes=minutes)).headers("GET", store.host, store.path(KEY))
    answer = raw(store, "GET", store.path(KEY), fields)
    assert answer.status == status, answer
    if status == 403:
        assert s3_code(answer) == "RequestTimeTooSkewed"


@pytest.mark.parametrize("value", ["20261399T999999Z", "", "0", "20261124T000000", "2026-11-24T00:00:00Z", "nan", "99999999T000000Z",
                                   "20260230T000000Z", "20261124T250000Z", "20261124t000000z", "-0261124T000000Z"])
def test_b14_dates(store, refuses, value):
    fields = [(n, value if n == "x-amz-date" else v) for n, v in signed_put(store)]
    refuses(lambda: put_new(store, fields), {400, 403})
    pairs = [(n, value if n == "X-Amz-Date" else v)
             for n, v in store.signer.query("PUT", store.host, store.path("signed/new"))]
    refuses(lambda: store.send("PUT", join(store.path("signed/new"), pairs), body=b"new"), {400, 403})


def test_b14_two_dates_or_none(store, refuses):
    fields = signed_put(store)
    refuses(lambda: put_new(store, [*fields, ("x-amz-date", amz_date(ago(minutes=1)))]), {400, 403})
    refuses(lambda: put_new(store, [f for f in fields if f[0] != "x-amz-date"]), {400, 403})


# B15-B18: fields that nobody signed

UNSIGNED_FIELDS = ["x-amz-tagging: a=b", "x-amz-acl: public-read", "x-amz-meta-a: b", "x-amz-website-redirect-location: /x",
                   "x-amz-server-side-encryption: AES256", "x-amz-storage-class: GLACIER", "x-amz-object-lock-mode: GOVERNANCE",
                   "x-amz-grant-read: id=1", "X-AMZ-ACL: private", "x-amz-checksum-crc32: AAAAAA==", "x-amz-security-token: x",
                   "x-amz-expected-bucket-owner: 1", "x-amz-metadata-directive: REPLACE", "x-amz-date: 20200101T000000Z"]


@pytest.mark.parametrize("source", ["/photos/signed/b", "photos/signed/b", "photos%2Fsigned%2Fb"])
def test_b15_unsigned_copy_source(store, refuses, source):
    target = store.presign("PUT", "signed/new")
    refuses(lambda: store.send("PUT", target, [("x-amz-copy-source", source)], b""), {403}, {"AccessDenied"})
    fields = signed_put(store, body=b"")
    refuses(lambda: put_new(store, [*fields, ("x-amz-copy-source", source)], b""), {403}, {"AccessDenied"})


@pytest.mark.parametrize("line", UNSIGNED_FIELDS)
def test_b16_b17_unsigned_fields(store, refuses, line):
    name, value = line.split(": ")
    target = store.presign("PUT", "signed/new")
    refuses(lambda: store.send("PUT", target, [(name, value)], b"new"), {400, 403})
    if name != "x-amz-date":
        # A token is refused before it is known to be unsigned: this store knows none.
        codes = {"AccessDenied", "InvalidToken"} if name == "x-amz-security-token" else {"AccessDenied"}
        refuses(lambda: put_new(store, [*signed_put(store), (name, value)]), {400, 403}, codes)


def test_b18_unsigned_field_on_get(store, refuses):
    target = store.presign("GET", KEY)
    for name in ("x-amz-expected-bucket-owner", "x-amz-checksum-mode", "x-amz-anything"):
        refuses(lambda n=name: store.send("GET", target, [(n, "1")]), {403}, {"AccessDenied"})


# B19-B29: the query form

@pytest.mark.parametrize("used", ["PUT", "DELETE", "POST", "HEAD", "PATCH"])
def test_b19_other_method(store, refuses, used):
    target = store.presign("GET", KEY)
    allowed = {403} if used in ("PUT", "DELETE", "HEAD") else {400, 403, 405, 501}
    refuses(lambda: store.send(used, target, body=b"new" if used in ("PUT", "POST", "PATCH") else None), allowed)


@pytest.mark.parametrize("path", ["signed/b", "signed/a/", "signed/A", "signed/a%00", "./signed/a", "/signed/a", "signed//a",
                                  "signed/./a", "signed/x/../a", "signed/a%20", "signed/a%0a", "signed%2Fa%2F", "signed"])
def test_b20_other_key(store, refuses, path):
    query = store.presign("GET", KEY).split("?")[1]
    refuses(lambda: store.send("GET", f"/{store.bucket}/{path}?{query}"), {400, 403})


def test_b20_the_same_key_in_other_encoding(store):
    """%2F and / are one, and so are %61 and a: the key is the decoded path."""
    query = store.presign("GET", KEY).split("?")[1]
    for path in ("signed%2Fa", "signed/%61", "%73igned/a"):
        assert store.send("GET", f"/{store.bucket}/{path}?{query}").body == BODY


def test_b20_other_bucket(store, refuses):
    assert store.call("PUT", "/other-bucket").status == 200
    query = store.presign("GET", KEY).split("?")[1]
    refuses(lambda: store.send("GET", f"/other-bucket/{KEY}?{query}"), {403})


@pytest.mark.parametrize("host", ["localhost:{port}", "photos.{host}", "127.0.0.1", "127.0.0.1:80", "evil.example"])
def test_b21_other_host(store, refuses, host):
    given = host.format(port=store.address.port, host=store.host)
    refuses(lambda: store.send("GET", store.presign("GET", KEY), host=given), {400, 403, 404})


@pytest.mark.parametrize("value", ["-1", "604801", "1000000000", "60.5", "60abc", "", "2147483648", "18446744073709551616",
                                   " 60", "+60", "0x3c", "1e2", "NaN", "6٠"])
def test_b22_expires(store, refuses, value):
    target = store.presign("GET", KEY, expires=value)
    refuses(lambda: store.send("GET", target), {400}, {"AuthorizationQueryParametersError"})


def test_b22_zero_is_over(store, refuses):
    refuses(lambda: store.send("GET", store.presign("GET", KEY, expires=0)), {403}, {"AccessDenied"})


def test_b22_bounds(store):
    assert store.send("GET", store.presign("GET", KEY, expires=604800)).status == 200
    assert store.send("GET", store.presign("GET", KEY, expires=60)).status == 200


def test_b23_expiry(store):
    nearly = store.presign("GET", KEY, signer=store.signer.but(moment=ago(seconds=175)), expires=180)
    assert store.send("GET", nearly).status == 200
    over = store.presign("GET", KEY, signer=store.signer.but(moment=ago(seconds=182)), expires=180)
    answer = store.send("GET", over)
    assert answer.status == 403 and s3_code(answer) == "AccessDenied", answer
    assert "Request has expired" in answer.text and "<Expires>" in answer.text and "<ServerTime>" in answer.text


def test_b23_a_url_dies_at_its_time(store):
    target = store.presign("GET", KEY, expires=2)
    assert store.send("GET", target).body == BODY
    time.sleep(3.1)
    assert store.send("GET", target).status == 403


def test_b24_long_life_outlives_the_skew_rule(store):
    old = store.presign("GET", KEY, signer=store.signer.but(moment=ago(minutes=20)), expires=604800)
    assert store.send("GET", old).status == 200
    week = store.presign("GET", KEY, signer=store.signer.but(moment=ago(days=6, hours=23)), expires=604800)
    assert store.send("GET", week).status == 200


@pytest.mark.parametrize("ahead", [timedelta(minutes=16), timedelta(days=1), timedelta(days=3650)], ids=str)
def test_b25_not_yet_valid(store, refuses, ahead):
    target = store.presign("GET", KEY, signer=store.signer.but(moment=now() + ahead))
    answer = refuses(lambda: store.send("GET", target), {403}, {"AccessDenied"})
    assert "not valid yet" in answer.text


@pytest.mark.parametrize("name", ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
                                  "X-Amz-Signature"])
@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_b26_doubled_parameters(store, refuses, name, same, first):
    target = store.presign("GET", KEY)
    value = dict(p.split("=", 1) for p in target.split("?")[1].split("&"))[name] if same else "1"
    path, query = target.split("?")
    doubled = f"{path}?{name}={value}&{query}" if first else f"{target}&{name}={value}"
    refuses(lambda: store.send("GET", doubled), {400})


@pytest.mark.parametrize("name", ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
                                  "X-Amz-Signature"])
def test_missing_parameters(store, refuses, name):
    pairs = [(n, v) for n, v in store.signer.query("GET", store.host, store.path(KEY)) if n != name]
    refuses(lambda: store.send("GET", join(store.path(KEY), pairs)), {400}, {"AuthorizationQueryParametersError"})


@pytest.mark.parametrize("added", ["versionId=null", "acl", "acl=", "uploads", "partNumber=1&uploadId=x", "x-id=GetObject",
                                   "response-content-type=text/html", "response-content-disposition=inline", "tagging", "a=b", "=",
                                   "X-Amz-Security-Token=x", "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"])
def test_b27_added_parameters(store, refuses, added):
    # a session token is a credential of its own, and an unknown one is 400 InvalidToken
    allowed = {400, 403} if "Token" in added or added == "=" else {403}
    refuses(lambda: store.send("GET", f"{store.presign('GET', KEY)}&{added}"), allowed)
    path, query = store.presign("GET", KEY).split("?")
    refuses(lambda: store.send("GET", f"{path}?{added}&{query}"), allowed)


def test_b27_removed_or_changed_parameters(store, refuses):
    target = store.presign("GET", KEY, [("response-content-type", "text/plain"), ("x-signpost-ticket", "t")])
    assert store.send("GET", target).get("Content-Type") == "text/plain"
    refuses(lambda: store.send("GET", target.replace("response-content-type=text%2Fplain&", "")), {403})
    refuses(lambda: store.send("GET", target.replace("text%2Fplain", "text%2Fhtml")), {403})
    refuses(lambda: store.send("GET", target.replace("x-signpost-ticket=t", "x-signpost-ticket=u")), {403})


@pytest.mark.parametrize("name", ["X-Amz-Signature", "X-Amz-Credential", "X-Amz-Algorithm", "X-Amz-Expires"])
def test_b28_other_case_of_names(store, refuses, name):
    refuses(lambda: store.send("GET", store.presign("GET", KEY).replace(f"{name}=", f"{name.lower()}=")), {400, 403})


def test_b28_all_lower_case(store, refuses):
    path, query = store.presign("GET", KEY).split("?")
    lower = "&".join(p.split("=")[0].lower() + "=" + p.split("=")[1] for p in query.split("&"))
    refuses(lambda: store.send("GET", f"{path}?{lower}"), {400, 403})


@pytest.mark.parametrize("value,codes", [
    (sha256(b"another body"), {"XAmzContentSHA256Mismatch"}), ("unsigned-payload", {"InvalidArgument"}),
    ("", None), ("0" * 63, None), ("G" * 64, None), (sha256(b"new").upper(), None), ("STREAMING-NONSENSE", None)])
def test_b29_payload_hash(store, refuses, value, codes):
    fields = signed_put(store, payload=value)
    refuses(lambda: put_new(store, fields), {400}, codes)


def test_b29_missing_payload_hash(store, refuses):
    fields = [("Host", store.host), ("x-amz-date", amz_date(now()))]
    signer = store.signer.but(signed_headers=["host", "x-amz-date"])
    signed = signer.headers("PUT", store.host, store.path("signed/new"), (), fields[1:], b"new")
    fields = [f for f in signed if f[0] != "x-amz-content-sha256"]
    refuses(lambda: put_new(store, fields), {400}, {"InvalidRequest"})


def test_b29_the_hash_is_signed(store, refuses):
    fields = replaced(signed_put(store), "x-amz-content-sha256", sha256(b"other"))
    refuses(lambda: put_new(store, fields, b"other"), {400, 403})
    fields = replaced(signed_put(store), "x-amz-content-sha256", UNSIGNED)
    refuses(lambda: put_new(store, fields, b"other"), {400, 403})


@pytest.mark.parametrize("method, query, more", [
    ("DELETE", "", []), ("POST", "uploads", []), ("PUT", "", [("x-amz-copy-source", f"/photos/{OTHER}")]), ("GET", "", []), ("DELETE", "tagging", [])])
def test_b29_the_body_of_what_takes_none(store, refuses, method, query, more):
    """Nothing is made of it, but another one than was signed is another request."""
    def call(payload, body):
        pairs = [(query, "")] if query else []
        fields = store.signer.headers(method, store.host, store.path(KEY), pairs, more, payload=payload)
        return raw(store, method, store.path(KEY) + ("?" + query if query else ""), fields, body)
    for body in (b"x", b"x" * 70_000):
        for signed in (sha256(b""), sha256(b"other")):
            refuses(lambda: call(signed, body), {400}, {"XAmzContentSHA256Mismatch"})
    if method == "GET":
        assert call(sha256(b"right"), b"right").status == 200


def test_a_body_shorter_than_said(store, refuses):
    """The client goes away in the middle: no object."""
    def cut():
        with wire.Connection(store.address) as connection:
            connection.send(wire.head("PUT", store.presign("PUT", "signed/new"),
                                      [("Host", store.host), ("Content-Length", "1000")]) + b"x" * 999)
            connection.half_close()
            return connection.response(timeout=5) or wire.Response(400, [])
    refuses(cut, {400, 408})
