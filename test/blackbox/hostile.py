"""The two listeners as an attacker sees them: for each, a request that would change something if it were let
through, and a second one, complete and valid, to hide behind it."""

import json

import wire
from wire import Connection


class Target:
    """name, address; `unsafe` = (method, path, fields, body) that would create something; `probe` = (path, fields) of a
    GET that answers 200; `smuggled`: the bytes of a request that would delete the canary."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        self.host = address.authority

    def unsafe(self):
        raise NotImplementedError

    def probe(self):
        raise NotImplementedError

    def smuggled(self):
        raise NotImplementedError

    def state(self):
        """Everything that the attack could have changed."""
        raise NotImplementedError

    def program(self):
        raise NotImplementedError

    def follow_up(self):
        """A valid request that closes the connection after it."""
        path, fields = self.probe()
        return wire.head("GET", path, [("Host", self.host), *fields, ("Connection", "close")])

    def check_alive(self):
        path, fields = self.probe()
        answer = wire.request(self.address, "GET", path, fields)
        assert answer.status == 200, answer


class GatewayTarget(Target):
    def __init__(self, alice):
        super().__init__("gateway", alice.address)
        self.alice = alice
        self.canary = alice.create("canary.txt", "text/plain", 6)["file"]["id"]
        self.document = json.dumps({"name": "smuggled.txt", "content_type": "text/plain", "size": 1}).encode()

    def unsafe(self):
        return "POST", "/v1/files", [*self.alice.headers, ("Content-Type", "application/json")], self.document

    def probe(self):
        return "/v1/files", self.alice.headers

    def smuggled(self):
        fields = [("Host", self.host), *self.alice.headers, ("Content-Length", "0")]
        return wire.head("DELETE", f"/v1/files/{self.canary}", fields)

    def state(self):
        return self.alice.ids()

    def program(self):
        return self.alice.program


class StoreTarget(Target):
    def __init__(self, store):
        super().__init__("store", store.address)
        self.store = store
        self.canary = "hostile/canary"
        store.put(self.canary, b"canary")

    def unsafe(self):
        return "PUT", self.store.presign("PUT", "hostile/smuggled"), [], b"smuggled bytes"

    def probe(self):
        return self.store.presign("GET", self.canary), []

    def smuggled(self):
        fields = [("Host", self.host), ("Content-Length", "0")]
        return wire.head("DELETE", self.store.presign("DELETE", self.canary), fields)

    def state(self):
        heads = [self.store.head(key) for key in (self.canary, "hostile/smuggled")]
        return self.store.keys(), [(h.status, h.get("ETag")) for h in heads]

    def program(self):
        return self.store.program


def refused(target, data, statuses, half_close=False):
    """Sends hostile bytes and a valid request after them, and checks that the first is refused, that nothing else is
    answered on that connection, that nothing changed, and that the server serves on."""
    before = target.state()
    with Connection(target.address) as connection:
        connection.send(data + target.follow_up())
        if half_close:
            connection.half_close()
        answers, closed = connection.drain()
    assert answers, f"closed without an answer (reset: {connection.reset})"
    assert answers[0].status in statuses, answers[0]
    assert len(answers) == 1, f"answered again after a refusal: {answers[1]}"
    assert closed, "the connection stays open after a refusal"
    assert not answers[0].interim, "100 Continue before a refusal"
    target.check_alive()
    assert target.state() == before, "a refused request changed something"
    return answers[0]
