"""A shop that answers from a list, behind the client's real httpx transport."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from kameng_client import Client, HttpxTransport, Retries

ORDER = {
    "order_no": "26112408160087654321",
    "client_ref": "mine-1",
    "sku": "mobile-50",
    "quantity": 1,
    "unit_price": "49.00",
    "total": "49.00",
    "status": "completed",
    "delivered": 1,
    "refunded": "0.00",
    "account": {"phone": "13800000000"},
    "created_at": "2026-11-24T08:16:00.010000+08:00",
    "finished_at": "2026-11-24T08:16:03+08:00",
    "timeline": [
        {
            "at": "2026-11-24T08:16:00+08:00",
            "status": "paid",
            "code": "paid",
            "text": "已付款",
        }
    ],
}


def problem(
    code: str,
    status: int,
    headers: dict[str, str] | None = None,
    *,
    told_status: int = 0,
    **more: Any,
) -> httpx.Response:
    return httpx.Response(
        status,
        headers={"Content-Type": "application/problem+json", **(headers or {})},
        content=json.dumps(
            {"type": f"/api/docs/#{code}", "title": code, "status": told_status or status,
             "detail": "No.", "code": code, **more}
        ),
    )  # fmt: skip


def answer(document: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=document)


@dataclass
class Shop:
    """`says` are the answers in turn: a response, or an exception of httpx."""

    says: list[httpx.Response | Exception]
    asked: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def client(self, *, attempts: int = 4) -> Client:
        def handle(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            said = self.says.pop(0)
            if isinstance(said, Exception):
                raise said
            return said

        transport = HttpxTransport(client=httpx.Client(transport=httpx.MockTransport(handle)))
        return Client(
            "https://shop.example/",
            key_id="ak_1",
            secret="secret",
            transport=transport,
            retries=Retries(attempts=attempts, sleep=self.waits.append),
        )


def order(client: Client, **changes: Any) -> Callable[[], Any]:
    given = {"sku": "mobile-50", "client_ref": "mine-1", "account": {"phone": "13800000000"}}
    return lambda: client.place_order(**{**given, **changes})
