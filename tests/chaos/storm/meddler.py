"""The bad network between suppliers and us: callbacks come late, twice, out of order, forged."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode

import httpx

DELIVERY_SECONDS = 60.0
RETRY_SECONDS = 0.3
OF_THE_HOP = ("host", "connection", "content-length", "accept-encoding")


class Meddler:
    """Takes every callback from the suppliers and passes it on as the seed says."""

    def __init__(self, seed: int, shop_url: str) -> None:
        self.did: Counter[str] = Counter()
        self.base_url = ""
        self._seed = seed
        self._shop_url = shop_url
        self._count = 0
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(32)
        self._http = httpx.Client(trust_env=False, timeout=20)

    def take(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """One callback; what becomes of it happens in other threads."""
        with self._lock:
            self._count += 1
            chance = random.Random(f"{self._seed} {self._count}")
        kept = {name: value for name, value in headers.items() if name.lower() not in OF_THE_HOP}
        call = _Call(path, body, kept)
        fate = chance.choices(
            ("passed on", "duplicated", "delayed", "reordered", "forged"), (40, 20, 15, 10, 15)
        )[0]
        self.did[fate] += 1
        if fate == "duplicated":
            for _ in range(chance.randint(2, 4)):
                self._pool.submit(self._deliver, call, 0.0)
        elif fate == "forged":
            self._pool.submit(self._forge, call, chance)
            self._pool.submit(self._deliver, call, chance.uniform(0.1, 1))
        else:
            longest = {"passed on": 0.0, "delayed": 2.0, "reordered": 5.0}[fate]
            self._pool.submit(self._deliver, call, chance.uniform(longest / 2, longest))

    def finish(self) -> None:
        """Everything that was taken has been delivered."""
        self._pool.shutdown()
        self._http.close()

    def _deliver(self, call: _Call, wait_seconds: float) -> None:
        """As a supplier would: again until it is answered."""
        time.sleep(wait_seconds)  # this is the network's delay, and what the storm is about
        deadline = time.monotonic() + DELIVERY_SECONDS
        while time.monotonic() < deadline:
            try:
                if self._post(call) < 500:
                    return
            except httpx.TransportError:
                pass
            time.sleep(RETRY_SECONDS)
        self.did["never delivered"] += 1

    def _forge(self, call: _Call, chance: random.Random) -> None:
        for forged in (_turned_around(call), _signed_by_nobody(call, chance)):
            try:
                self.did[f"forged one answered {self._post(forged)}"] += 1
            except httpx.TransportError:
                self.did["forged one not answered"] += 1

    def _post(self, call: _Call) -> int:
        url = self._shop_url + call.path
        return self._http.post(url, content=call.body, headers=call.headers).status_code


class _Call:
    """What a supplier sent, with the headers: some protocols sign there."""

    def __init__(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        self.path = path
        self.body = body
        self.headers = headers


def _turned_around(call: _Call) -> _Call:
    """The other ending under the same signature."""
    body = call.body
    for good in (b"success", b"completed"):
        if good in body:
            return _Call(call.path, body.replace(good, b"failed"), call.headers)
    return _Call(call.path, body.replace(b"failed", b"success"), call.headers)


def _signed_by_nobody(call: _Call, chance: random.Random) -> _Call:
    fields = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    fields["sign"] = f"{chance.getrandbits(128):032x}"
    return _Call(call.path, urlencode(fields).encode(), call.headers)


@contextmanager
def meddling(seed: int, shop_url: str) -> Iterator[Meddler]:
    meddler = Meddler(seed, shop_url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            meddler.take(self.path, body, dict(self.headers.items()))
            self.send_response(200)
            self.send_header("Content-Length", "7")
            self.end_headers()
            self.wfile.write(b"success")

        def log_message(self, format: str, *args: object) -> None:
            """Too many to print."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    meddler.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield meddler
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        meddler.finish()
