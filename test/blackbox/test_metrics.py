"""/metrics, request ids and the access log, as who runs the gateway sees them."""

import json
import re

import pytest

from clients import Gateway, problem
from conftest import app_token, running, serve, write_configuration
from procs import eventually

SAMPLE = re.compile(r'([a-z_]+)(?:\{(.*)\})? ([0-9.e+-]+)')
PROXY = "198.51.100.7"


@pytest.fixture(scope="module")
def gate(work, rsa_key):
    directory = work / "metrics"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], '[log]\naccess = "access.jsonl"\n')
    with running(serve(directory, config=config)) as program:
        yield Gateway(program.url, program=program)


@pytest.fixture(scope="module")
def log(work):
    path = work / "metrics" / "access.jsonl"

    def lines():
        return [json.loads(line) for line in path.read_text().splitlines()]
    return lines


def samples(gate):
    answer = gate.get("/metrics")
    assert answer.status == 200 and answer.get("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    out, typed = {}, set()
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE "):
            assert line.split()[2] not in typed, "described twice"
            typed.add(line.split()[2])
        elif not line.startswith("# "):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            labels = labels or ""
            assert (name, labels) not in out, line
            assert re.sub("_(bucket|sum|count)$", "", name) in typed or name in typed, line
            out[name, labels] = float(value)
    return out


def test_requests_are_counted_by_route(gate):
    def counted(found, what="requests_total", more=',status="2xx"'):
        return found.get((f"signpost_http_{what}", f'method="GET",route="/v1/files/{{id}}"{more}'), 0)

    alice = gate.bearing(app_token("alice"))
    file = alice.upload(b"text", "a.txt", "text/plain")
    before = samples(gate)
    for _ in range(7):
        assert alice.get(f"/v1/files/{file['id']}").status == 200
    problem(alice.get("/v1/files/nothing"), 404)
    after = samples(gate)
    assert counted(after) - counted(before) == 7
    assert counted(after, more=',status="4xx"') - counted(before, more=',status="4xx"') == 1
    buckets = [value for (name, labels), value in after.items()
               if name.endswith("_bucket") and 'route="/v1/files/{id}"' in labels and 'method="GET"' in labels]
    assert buckets == sorted(buckets)
    assert buckets[-1] == counted(after, "request_duration_seconds_count", "")
    assert counted(after, "request_duration_seconds_sum", "") > 0
    assert counted(after, "response_body_bytes_total", "") > 7 * 100
    assert after["signpost_http_requests_in_flight", ""] == 1, "this one"
    assert after["process_resident_memory_bytes", ""] > 1e6 and after["process_open_fds", ""] > 5


def test_labels_are_bounded(gate):
    """What a client makes up is no label."""
    count = len(samples(gate))
    for n in range(50):
        gate.get(f"/nothing/of/this/kind/{n}")
        gate.call("X" * (n + 1), "/v1/files")
    assert len(samples(gate)) <= count + 40
    assert "kind" not in gate.get("/metrics").body.decode()


@pytest.mark.parametrize("fields", [[("X-Forwarded-For", "127.0.0.1")], [("Forwarded", "for=127.0.0.1")], [("Via", "1.1 x")],
                                    [("X-Real-IP", "127.0.0.1")]])
def test_not_through_a_proxy(gate, fields):
    problem(gate.get("/metrics", fields), 404)


def test_not_by_a_name_that_leads_here(gate):
    """A page of another site, whose name was bound to this address."""
    problem(gate.get("/metrics", host="evil.example"), 404)
    assert gate.get("/metrics", host="127.0.0.1:1").status == 200


def test_only_whom_the_configuration_names(work, rsa_key):
    directory = work / "metrics-of-another"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key], '[metrics]\nallowed_addresses = ["192.0.2.1"]\n')
    with running(serve(directory, config=config)) as program:
        problem(Gateway(program.url, program=program).get("/metrics"), 404)


def test_each_answer_has_its_id(gate):
    ids = [gate.get(path).get("X-Request-Id") for path in ["/healthz", "/v1/files", "/nothing", "/", "/files/x"] * 20]
    ids.append(gate.get("/v1/files", [("X-Request-Id", "chosen")]).get("X-Request-Id"))
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids), "a stranger chooses none"
    assert len(set(ids)) == len(ids)


def test_a_trusted_proxy_names_the_request(work, rsa_key):
    directory = work / "request-ids"
    directory.mkdir()
    config = write_configuration(directory, [rsa_key])
    env = {"SIGNPOST__SERVER__TRUSTED_PROXIES__0": "127.0.0.1/32"}
    with running(serve(directory, config=config, env=env)) as program:
        proxied = Gateway(program.url, program=program)

        def named(value):
            return proxied.get("/v1/session", [("X-Request-Id", value)]).get("X-Request-Id")
        assert named("abc-1.2_3") == "abc-1.2_3"
        for bad in ("", "a" * 65, 'a"b', "a b", "a,b"):
            assert re.fullmatch("[0-9a-f]{32}", named(bad)), bad
        remote = proxied.get("/metrics", [("X-Forwarded-For", PROXY)])
        problem(remote, 404)
        assert proxied.get("/metrics", [("X-Forwarded-For", "127.0.0.1")]).status == 200


def test_a_line_a_request_and_nothing_that_opens_anything(gate, log):
    token = app_token("lara")
    lara = gate.bearing(token)
    file = lara.upload(b"text", "a.txt", "text/plain")
    answer = lara.get(f"/files/{file['id']}?disposition=attachment",
                      [("User-Agent", 'a"b\\ Bearer ' + token), ("Cookie", "sid=hush-hush")])
    assert answer.status == 302
    wanted = answer.get("X-Request-Id")
    eventually(lambda: any(line["request_id"] == wanted for line in log()), 10)
    line = next(line for line in log() if line["request_id"] == wanted)
    assert line["method"] == "GET" and line["route"] == "/files/{id}" and line["path"] == f"/files/{file['id']}"
    assert line["status"] == 302 and line["principal"] == "user:app:lara" and line["client"] == "127.0.0.1"
    assert line["bytes"] == 0 and line["duration_us"] > 0
    whole = json.dumps(log())
    for secret in (token, token.split(".")[2], "hush-hush", "disposition", "X-Amz"):
        assert secret not in whole, secret


def test_no_line_can_be_forged(gate, log):
    bad = gate.get("/files/%0a%7B%22forged%22:1%7D", [("User-Agent", "x\xff\ty")])
    assert re.fullmatch("[0-9a-f]{32}", gate.get("/v1/files", [("User-Agent", "\x7f")]).get("X-Request-Id")), "refused, and yet named"
    wanted = bad.get("X-Request-Id")
    eventually(lambda: any(line["request_id"] == wanted for line in log()), 10)
    assert all("forged" not in line for line in log())
