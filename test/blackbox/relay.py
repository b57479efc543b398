"""A store that fails on command: stands between the gateway and a real one."""

import socket
import threading

BUSY = (b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 99\r\nConnection: close\r\n\r\n"
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown</Code><Message>Later.</Message></Error>")


class Relay:
    """Modes: "pass"; "busy", each request gets S3's 503; "closed", each connection ends at once; "silent", nobody answers."""

    def __init__(self, target):
        self.target, self.mode = (target.host, target.port), "pass"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.open, self.lock = set(), threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def become(self, mode):
        self.mode = mode
        with self.lock:
            for one in self.open:
                _end(one)
            self.open.clear()

    def close(self):
        self.become("closed")
        _end(self.listener)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client, self.mode), daemon=True).start()

    def _keep(self, *sockets):
        with self.lock:
            self.open.update(sockets)

    def _serve(self, client, mode):
        self._keep(client)
        if mode == "closed":
            return _end(client)
        if mode == "busy":
            client.recv(65536)
            client.sendall(BUSY)
            return _end(client)
        if mode == "pass":
            server = socket.create_connection(self.target)
            self._keep(server)
            threading.Thread(target=_pump, args=(server, client), daemon=True).start()
            _pump(client, server)
        return None


def _end(one):
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    _end(sink)
