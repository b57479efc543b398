"""The commands that speak to a gateway, where who answers is none."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from test_client_cli import PASSWORD, machine, server  # noqa: F401


def test_what_answers_200_and_is_no_gateway_has_done_nothing(machine, tmp_path):
    """Such as the page of a proxy or a wireless network that wants somebody to sign in: no command may say that it was done."""
    asked = []

    class Page(BaseHTTPRequestHandler):
        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.path))
            body = b"<html>Welcome</html>"
            self.send_response(200)
            self.send_header("Set-Cookie", "signpost_session=x")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PATCH = do_DELETE = answer

        def log_message(self, *_):
            pass
    page = HTTPServer(("127.0.0.1", 0), Page)
    Thread(target=page.serve_forever, daemon=True).start()
    file = tmp_path / "a.txt"
    file.write_text("text")
    of_page = ["--server", f"http://127.0.0.1:{page.server_port}"]
    try:
        machine.refused(1, "is no JSON", "login", *of_page, "--username", "ann", "--password-stdin", stdin=PASSWORD + "\n")
        assert not machine.file.exists(), "nothing is signed in"
        token = {"SIGNPOST_TOKEN": "t"}
        for command in (["token", "create", "x"], ["user", "disable", "ann"], ["put", file]):
            machine.refused(1, "is no JSON", *command, *of_page, **token)
        machine.refused(1, "is no JSON", "user", "add", "ann", "--password-stdin", *of_page, stdin=PASSWORD + "\n", **token)
    finally:
        page.shutdown()
    assert [method for method, _ in asked] == ["POST", "POST", "PATCH", "POST", "POST"], "and no entry is removed that nobody made"
