"""A gate before an instance: what comes while it is shut goes through when it opens.

Not by stopping the instance itself: a web server that stood still closes the kept connections on
which somebody has written meanwhile, and the request is gone with them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


class Gate:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._opened = threading.Event()
        self._opened.set()

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Whoever calls meanwhile waits, and has gone when the answer comes."""
        self._opened.clear()
        try:
            yield
        finally:
            self._opened.set()

    def wait(self) -> None:
        self._opened.wait()


@contextmanager
def gate_before(base_url: str) -> Iterator[Gate]:
    """A gate to the instance at `base_url`; it stands open at first."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._pass()

        def do_POST(self) -> None:
            self._pass()

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in ("host", "connection", "accept-encoding")
            }
            gate.wait()
            self.close_connection = True
            with suppress(httpx.TransportError, OSError):  # nobody there, or the caller has gone
                answer = http.request(
                    self.command, base_url + self.path, content=body, headers=headers
                )
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers.get("content-type", ""))
                self.send_header("Content-Length", str(len(answer.content)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with httpx.Client(
        trust_env=False, timeout=30, limits=httpx.Limits(max_keepalive_connections=0)
    ) as http:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        gate = Gate(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield gate
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
