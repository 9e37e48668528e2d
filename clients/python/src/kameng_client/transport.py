"""How a request gets there. The usual way is httpx; a program with rules of its own for outgoing
calls (limits, circuit breaker, recording) gives the client a transport of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from kameng_client.errors import NoAnswer

MAX_ANSWER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One signed request. `may_order`: the shop may begin to deliver something because of it."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    may_order: bool


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer; its repr hides the body, which may hold codes."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Transport(Protocol):
    def send(self, request: Request) -> Response:
        """Send once, follow no redirect; raise NoAnswer without a complete answer."""

    def close(self) -> None: ...


class HttpxTransport:
    """httpx with limits on everything: time to connect, time to answer, size of the answer."""

    def __init__(
        self,
        *,
        timeout_seconds: float = 15.0,
        connect_timeout_seconds: float = 5.0,
        client: httpx.Client | None = None,
    ) -> None:
        self._client = client or httpx.Client(
            timeout=httpx.Timeout(timeout_seconds, connect=connect_timeout_seconds),
            follow_redirects=False,
        )

    def send(self, request: Request) -> Response:
        try:
            with self._client.stream(
                request.method,
                request.url,
                headers=dict(request.headers),
                content=request.body or None,
            ) as response:
                body = bytearray()
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > MAX_ANSWER_BYTES:
                        raise NoAnswer("broken")
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Response(response.status_code, headers, bytes(body))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise NoAnswer("unreachable") from None
        except httpx.TimeoutException:
            raise NoAnswer("timeout") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise NoAnswer("broken") from None

    def close(self) -> None:
        self._client.close()
