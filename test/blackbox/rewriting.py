"""A proxy with a fault: it changes the head of each request before it passes it on."""

import socket
import threading


class Rewriting:
    """rewrite(head) gives the bytes of the head that are passed on. One request a connection, without a body."""

    def __init__(self, address, rewrite):
        self.address, self.rewrite = address, rewrite
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.authority = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                self._pass(client)

    def _pass(self, client):
        client.settimeout(10)
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(65536)
            if not piece:
                return
            head += piece
        with socket.create_connection((self.address.host, self.address.port), timeout=10) as server:
            server.sendall(self.rewrite(head).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            while piece := server.recv(65536):
                client.sendall(piece)
