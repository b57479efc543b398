"""kill -9 of the gateway and of the store, at random, during 200 uploads: no upload that was acknowledged is lost, and none comes back
as something else. Acknowledged means: the client has read the 200 of `complete`."""

import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import wire
from clients import Gateway, digest
from conftest import app_token, running, serve, write_configuration
from procs import eventually
from samples import noise

UPLOADS, CLIENTS = 200, 6


class Killer(threading.Thread):
    """Kills a random child of the supervisor, or both, after random pauses, until told to stop."""

    def __init__(self, program, seed):
        super().__init__(daemon=True)
        self.program, self.random, self.over, self.kills = program, random.Random(seed), threading.Event(), 0

    def run(self):
        # The first at once, for the uploads are quick; then with pauses in which something gets done. Not
        # without end: what dies young again and again is started again ever later.
        while not self.over.wait(self.random.uniform(0.15, 0.4) if self.kills else 0.05):
            children = self.program.children()
            if not children or self.kills >= 12:
                continue
            victims = children if self.random.random() < 0.3 else [self.random.choice(children)]
            for pid in victims:
                try:
                    os.kill(pid, signal.SIGKILL)
                    self.kills += 1
                except ProcessLookupError:
                    pass


def persistently(step, until):
    """Repeats what fails because a process was killed; what step() returns otherwise. None past the time."""
    while time.monotonic() < until:
        try:
            answer = step()
            if answer.status < 500:
                return answer
        except (OSError, AssertionError, TimeoutError):
            pass
        time.sleep(0.05)
    return None


def upload(caller, number, until):
    """(id, sha256) where the upload was acknowledged, else None. Never calls a 4xx that no kill explains a success."""
    data = noise(random.Random(number).randint(1, 120_000), seed=number)
    body = {"name": f"{number}.bin", "content_type": "application/octet-stream", "size": len(data), "sha256": digest(data)}
    for _ in range(20):
        made = persistently(lambda: caller.call("POST", "/v1/files", json_body=body, timeout=8), until)
        if made is None:
            return None
        assert made.status == 201, made
        document = made.json()
        stored = persistently(lambda: wire.fetch(document["upload"]["url"], "PUT", document["upload"]["headers"].items(), data,
                                                 timeout=8), until)
        if stored is None:
            return None
        assert stored.status in (200, 412), stored  # 412: an earlier try was stored, though its answer was lost
        done = persistently(lambda: caller.call("POST", f"/v1/files/{document['file']['id']}/complete", json_body={}, timeout=8), until)
        if done is None:
            return None
        if done.status == 200:
            assert done.json()["file"]["state"] == "ready"
            return document["file"]["id"], digest(data)
        # the store had said yes to these bytes: completion may never find them missing or different
        raise AssertionError(f"stored bytes were lost: {done}")
    return None


def verify(caller, acknowledged):
    for file_id, wanted in acknowledged:
        entry = caller.get(f"/v1/files/{file_id}")
        assert entry.status == 200 and entry.json()["state"] == "ready", (file_id, entry)
        answer = wire.fetch(caller.get(f"/files/{file_id}").get("Location"))
        assert answer.status == 200 and digest(answer.body) == wanted, f"{file_id} is lost or changed: {answer.status}"


@pytest.mark.timeout(180)
def test_no_acknowledged_upload_is_lost(tmp_path, rsa_key, request):
    rounds = 5 if request.config.getoption("--long") else 1
    config = write_configuration(tmp_path, [rsa_key])
    acknowledged, kills = [], 0
    for turn in range(rounds):
        with running(serve(tmp_path, config=config)) as program:
            caller = Gateway(program.url).bearing(app_token("kim"))
            killer = Killer(program, seed=turn)
            killer.start()
            until = time.monotonic() + 100
            with ThreadPoolExecutor(CLIENTS) as pool:
                results = list(pool.map(lambda n: upload(caller, n, until), range(turn * UPLOADS, (turn + 1) * UPLOADS)))
            killer.over.set()
            killer.join()
            kills += killer.kills
            acknowledged += [r for r in results if r]
            assert len([r for r in results if r]) == UPLOADS, f"only {len([r for r in results if r])} of {UPLOADS} within the time"
            eventually(lambda: len(program.children()) == 2 and healthy(program), 15)
            verify(caller, acknowledged)
    assert kills >= 5, f"only {kills} kills: this proves little"
    with running(serve(tmp_path, config=config)) as program:
        caller = Gateway(program.url).bearing(app_token("kim"))
        verify(caller, acknowledged)
        # and of what was never acknowledged nothing is shown as ready with bytes that are not there
        for file_id in caller.ids():
            entry = caller.get(f"/v1/files/{file_id}").json()
            if entry["state"] == "ready":
                answer = caller.get(f"/files/{file_id}?delivery=proxy")
                assert answer.status == 200 and digest(answer.body) == entry["sha256"]


def healthy(program):
    try:
        return wire.fetch(program.url + "/readyz", timeout=2).status == 200
    except (OSError, AssertionError, TimeoutError):
        return False
