"""An agent's program that doesn't give up: the same reference again until there is an answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.sandboxes import wait_until

PATIENCE_SECONDS = 40


@dataclass(frozen=True, slots=True)
class Program:
    """One agent's key. Safe in many threads."""

    base_url: str
    username: str
    key_id: str
    secret: str = field(repr=False)
    http: httpx.Client = field(compare=False, repr=False)

    def call(self, method: str, path: str, content: object = None) -> Any:
        """The answer's JSON; asks again, signed anew, while the server is down."""
        answers: list[httpx.Response] = []

        def is_answered() -> bool:
            try:
                answer = self._send(method, path, content)
            except httpx.TransportError:
                return False
            answers.append(answer)
            return answer.status_code < 500

        wait_until(is_answered, seconds=PATIENCE_SECONDS)
        assert answers[-1].status_code in (200, 201), answers[-1].text
        return answers[-1].json()

    def ask(self, method: str, path: str, content: object = None) -> httpx.Response | None:
        """One signed request; None when no answer came."""
        try:
            return self._send(method, path, content)
        except httpx.TransportError:
            return None

    def _send(self, method: str, path: str, content: object) -> httpx.Response:
        body = b"" if content is None else json.dumps(content).encode()
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        text = "\n".join((method, path, stamp, nonce, hashlib.sha256(body).hexdigest()))
        headers = {
            "X-Api-Key": self.key_id,
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Signature": hmac.new(self.secret.encode(), text.encode(), "sha256").hexdigest(),
            "Content-Type": "application/json",
        }
        return self.http.request(method, self.base_url + path, content=body, headers=headers)
