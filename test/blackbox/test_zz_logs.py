"""SECURITY K4, after everything else: the shared programs' logs hold nothing that opens anything. Named to run last."""

import re

from clients import SECRETS
from conftest import LOGS, app_token


def test_no_secret_in_a_log(served, store, gateway, alice):
    # so that the test means something when it runs alone
    bad = alice.create("secret.txt", "text/plain", 3)["upload"]["url"]
    gateway.get("/v1/files", [("Authorization", f"Bearer {app_token('zoe')}")])
    gateway.get(f"/x?{bad.split('?')[1]}&token=0123456789abcdef")
    assert len(SECRETS) > 3
    for program in LOGS:
        log = program.log()
        assert log, "no log at all: then this test proves nothing"
        found = [secret for secret in SECRETS if len(secret) >= 8 and secret in log]
        assert not found, f"{len(found)} secrets in {program.log_path}: {found[:3]}"
        assert not re.search(r"X-Amz-Signature=[0-9a-f]{16}", log, re.I)
        assert not re.search(r"Bearer [A-Za-z0-9_-]{20}", log)
        assert not re.search(r"eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}", log), "a token"


def test_log_lines_are_single(served):
    """A control character that a client sends is escaped, so that no line can be forged."""
    log = served.log()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", log)


def test_no_secret_on_a_command_line(served, store):
    for pid in [*served.everyone(), *store.program.everyone()]:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            line = file.read().decode()
        assert not [secret for secret in SECRETS if len(secret) >= 8 and secret in line]


def test_nothing_crashed(served, store):
    """The same processes still run that started, and no log names an error of the program's own."""
    for program in (served, store.program):
        assert program.process.poll() is None
        log = program.log()
        for word in ("AddressSanitizer", "ThreadSanitizer", "runtime error:", "terminate called", "Segmentation", "internal_error",
                     "restarting", "restarted"):
            assert word not in log, f"{word} in {program.log_path}"
