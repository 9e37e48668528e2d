"""A program that docks to the open API, as somebody who only has the contract would write it."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

PROBLEM = "application/problem+json"


def sign(
    secret: str, method: str, path_and_query: str, timestamp: str, nonce: str, body: bytes
) -> str:
    """Written from the contract, not from our code: the two must agree."""
    text = f"{method}\n{path_and_query}\n{timestamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()


@dataclass(slots=True)
class Program:
    """Signs and sends. What a call is given by name replaces what is signed or sent."""

    key_id: str
    secret: str
    http: Client = field(default_factory=Client)

    def headers(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        timestamp: str | None = None,
        nonce: str | None = None,
    ) -> dict[str, str]:
        timestamp = timestamp or str(int(time.time()))
        nonce = nonce or secrets.token_hex(16)
        return {
            "X-Api-Key": self.key_id,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": sign(self.secret, method, path, timestamp, nonce, body),
        }

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
        **extra: Any,
    ) -> Any:
        return self.http.generic(
            method,
            path,
            body,
            content_type=content_type if body else "",
            headers=headers or self.headers(method, path, body),
            # As gunicorn hands it over; the test client would keep it to itself.
            **{"RAW_URI": path, **extra},
        )

    def get(self, path: str, **extra: Any) -> Any:
        return self.send("GET", path, **extra)

    def post(self, path: str, data: object, **extra: Any) -> Any:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        return self.send("POST", path, body, **extra)

    def order(self, **changes: Any) -> Any:
        """POST an order; None leaves a member out."""
        given = {"quantity": 1, "client_ref": "r1", **changes}
        return self.post(
            "/api/v1/orders", {name: value for name, value in given.items() if value is not None}
        )


def code_of(response: Any) -> tuple[int, str]:
    """(status, code) of a problem, after checking that it is one, complete and consistent."""
    assert response["Content-Type"] == PROBLEM, response.content
    told = response.json()
    assert set(told) <= {"type", "title", "status", "detail", "code", "errors"}, told
    assert told["status"] == response.status_code
    assert told["type"] == f"/api/docs/#{told['code']}"
    assert told["title"]
    assert told["detail"]
    return told["status"], told["code"]
