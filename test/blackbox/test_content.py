"""SECURITY I1-I9: files and names that would like to run in somebody's browser."""

import email.message
import re
from urllib.parse import unquote_to_bytes

import pytest

import wire
from clients import problem
from conftest import app_token
from samples import png

HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.fixture(scope="module")
def ivan(gateway):
    return gateway.bearing(app_token("ivan"))


def both_ways(caller, file_id, query=""):
    """The answer by proxy, and that of the store behind the redirect."""
    more = f"&{query}" if query else ""
    proxied = caller.get(f"/files/{file_id}?delivery=proxy{more}")
    redirect = caller.get(f"/files/{file_id}?delivery=redirect{more}")
    assert proxied.status == 200 and redirect.status == 302, (proxied, redirect)
    return proxied, wire.fetch(redirect.get("Location"))


@pytest.mark.parametrize("data,name,kind", [
    (HTML, "a.html", "text/html"), (HTML, "a.html", "text/html; charset=utf-8"), (SVG, "a.svg", "image/svg+xml"),
    (b"<?xml version='1.0'?><a/>", "a.xml", "text/xml"), (b"<a/>", "a.xml", "application/xml"), (HTML, "a.xhtml", "application/xhtml+xml"),
    (b"alert(1)", "a.js", "text/javascript"), (b"alert(1)", "a.js", "application/javascript"), (b"alert(1)", "a.mjs", "application/ecmascript"),
    (b"<a/>", "a.rss", "application/rss+xml"), (b"<a/>", "a.math", "application/mathml+xml"), (b"<x/>", "a.xsl", "text/xsl"),
    (HTML, "a.HTML", "TEXT/HTML"), (b"MIME", "a.mht", "message/rfc822"), (b"x", "a.swf", "application/x-shockwave-flash")])
def test_i1_i2_i3_active_types_are_attachments(ivan, data, name, kind):
    created = ivan.create(name, kind, len(data))
    assert ivan.put(created["upload"], data).status == 200
    assert ivan.complete(created["file"]["id"]).status == 200
    for query in ("", "disposition=inline"):
        proxied, stored = both_ways(ivan, created["file"]["id"], query)
        for answer in (proxied, stored):
            assert answer.body == data
            assert answer.get("Content-Disposition").startswith("attachment"), (query, answer)
        assert proxied.get("X-Content-Type-Options") == "nosniff"
        assert "sandbox" in proxied.get("Content-Security-Policy") and "default-src 'none'" in proxied.get("Content-Security-Policy")


def test_harmless_types_are_inline(ivan):
    for data, name, kind in [(png(), "a.png", "image/png"), (b"text", "a.txt", "text/plain"), (b"%PDF-1.4\n%%EOF", "a.pdf", "application/pdf")]:
        file = ivan.upload(data, name, kind)
        for answer in both_ways(ivan, file["id"]):
            assert answer.get("Content-Disposition").startswith("inline") and answer.get("Content-Type").startswith(kind)
    file = ivan.upload(b"PK\3\4", "a.zip", "application/zip")
    for answer in both_ways(ivan, file["id"]):
        assert answer.get("Content-Disposition").startswith("attachment")


def by_the_standard_library(value):
    # This parser takes the first of the two forms; RFC 6266 section 4.3 prefers the extended one.
    if "filename*=" in value:
        value = re.sub(r'filename="(\\.|[^"\\])*";?', "", value)
    message = email.message.Message()
    message["Content-Disposition"] = value
    return message.get_filename()


def by_rfc_6266(value):
    """A strict reader: every parameter once, filename* before filename."""
    token = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
    kind = re.match(rf"(inline|attachment)((?:\s*;\s*{token}=(?:\"(?:[^\"\\\x00-\x1f\x7f]|\\.)*\"|[^\s;\"]+))*)$", value)
    assert kind, f"not of RFC 6266's grammar: {value!r}"
    found = re.findall(rf"({token})=(\"(?:[^\"\\]|\\.)*\"|[^\s;\"]+)", kind[2])
    names = [name.lower() for name, _ in found]
    assert len(names) == len(set(names)) and set(names) <= {"filename", "filename*"}, value
    given = dict(zip(names, (text for _, text in found)))
    plain = given.get("filename")
    assert plain is None or plain.isascii()
    if "filename*" in given:
        charset, _, encoded = given["filename*"].split("'", 2)
        assert charset.upper() == "UTF-8"
        return unquote_to_bytes(encoded).decode("utf-8")
    return re.sub(r"\\(.)", r"\1", plain[1:-1]) if plain and plain.startswith('"') else plain


NAMES = [('a"; filename="b.exe', 'a"; filename="b.exe'), ("a;b.txt", "a;b.txt"), ("a%0d%0ab.txt", "a%0d%0ab.txt"), ("plain.txt", "plain.txt"),
         ("a b  c.txt", "a b  c.txt"), ("é.txt", "é.txt"), ("日本.txt", "日本.txt"), ("smile😀.txt", "smile😀.txt"), ("a'b.txt", "a'b.txt"),
         ("100%.txt", "100%.txt"), ("a,b.txt", "a,b.txt"), ("=?utf-8?q?x?=.txt", None), ("e\u0301.txt", "e\u0301.txt")]


@pytest.mark.parametrize("name,wanted", NAMES)
def test_i5_i8_names_in_headers(ivan, name, wanted):
    file = ivan.upload(b"text", name, "text/plain")
    for answer in both_ways(ivan, file["id"]):
        value = answer.get("Content-Disposition")
        assert value.isascii(), "RFC 8187 encodes what is not ASCII"
        read = by_rfc_6266(value)
        assert wanted is None or read == wanted, (name, value)
        assert by_the_standard_library(value) is not None
        if "\\" not in name and '"' not in name and wanted is not None:
            assert by_the_standard_library(value) == wanted
    assert file["name"] == name


@pytest.mark.parametrize("name,wanted", [
    ("a/b.txt", "b.txt"), ("../../etc/passwd", "passwd"), ("a\\b.txt", "b.txt"), ("C:\\x\\y.txt", "y.txt"), (".", None), ("..", None),
    ("invoice\u202egpj.exe", "invoicegpj.exe"), ("a\u200bb.txt", "ab.txt"), ("a\u2066b\u2069.txt", "ab.txt"), ("x" * 300 + ".jpeg", None),
    ("é" * 200 + ".jpeg", None), ("a/", None), (" a.txt ", "a.txt")])
def test_i6_i7_names_are_made_safe(ivan, name, wanted):
    answer = ivan.call("POST", "/v1/files", json_body={"name": name, "content_type": "text/plain", "size": 1})
    if answer.status == 400:
        problem(answer, 400)
        return
    assert answer.status == 201, answer
    kept = answer.json()["file"]["name"]
    assert kept and len(kept.encode()) <= 255 and not set(kept) & set("/\\\u202e\u200b\u2066\u2069") and kept not in (".", "..")
    assert wanted is None or kept == wanted
    if name.endswith(".jpeg"):
        assert kept.endswith(".jpeg"), "the extension is lost"


@pytest.mark.parametrize("name", ["CON", "nul.txt", "COM1", "aux"])
def test_i6_device_names(ivan, name):
    answer = ivan.call("POST", "/v1/files", json_body={"name": name, "content_type": "text/plain", "size": 1})
    assert answer.status in (201, 400), answer
    if answer.status == 201:
        assert answer.json()["file"]["name"].lower().split(".")[0] not in ("con", "nul", "com1", "aux")


def test_i9_name_that_is_not_utf8(ivan):
    for body in (b'{"name":"\xff.txt","content_type":"text/plain","size":1}', b'{"name":"\xed\xa0\x80.txt","content_type":"text/plain","size":1}'):
        problem(ivan.call("POST", "/v1/files", body, [("Content-Type", "application/json")]), 400)


def test_empty_name(ivan):
    problem(ivan.call("POST", "/v1/files", json_body={"name": "", "content_type": "text/plain", "size": 1}), 400)


@pytest.mark.parametrize("query", ["filename=a%0d%0aX:y", "filename=%ff", "filename=a%00b", "filename=a%22;x=%22b", "filename=../../x"])
def test_i5_file_name_of_a_url(ivan, query):
    file = ivan.upload(b"text", "a.txt", "text/plain")
    answer = ivan.get(f"/v1/files/{file['id']}/url?disposition=attachment&{query}")
    assert answer.status in (200, 400), answer
    if answer.status == 200:
        fetched = wire.fetch(answer.json()["url"])
        assert fetched.status == 200 and fetched.get("X") is None
        assert "/" not in by_rfc_6266(fetched.get("Content-Disposition"))


def test_store_never_shows_bytes_without_the_pinned_type(ivan):
    """I4: the redirect's parameters are signed; without them there is no right to the bytes."""
    file = ivan.upload(png(), "a.png", "image/png")
    url = ivan.signed_url(file["id"])["url"]
    path, query = url.split("?")
    kept = "&".join(p for p in query.split("&") if not p.startswith("response-"))
    assert wire.fetch(f"{path}?{kept}").status == 403
    assert wire.fetch(path).status == 403
