"""Only the shop's own words count."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_shop import ORDER
from kameng_client import CallbackRefused, verify_callback
from kameng_client.signing import signed_headers

PATH = "/kameng/finished?shop=7"
BODY = json.dumps(ORDER).encode()
SECRETS = {"ak_1": "one", "ak_2": "two"}


def told(key_id: str = "ak_1", secret: str = "one", body: bytes = BODY) -> dict[str, Any]:
    headers = signed_headers(
        key_id=key_id, secret=secret, method="POST", path_and_query=PATH, body=body
    )
    return {"path_and_query": PATH, "headers": headers, "body": body, "secrets": SECRETS}


def test_it_reads_the_order() -> None:
    assert verify_callback(**told()).status == "completed"


def test_any_of_ones_keys_may_have_signed() -> None:
    assert verify_callback(**told("ak_2", "two")).order_no == ORDER["order_no"]


def test_names_of_headers_come_in_any_case() -> None:
    call = told()
    call["headers"] = {name.upper(): value for name, value in call["headers"].items()}
    assert verify_callback(**call)


@pytest.mark.parametrize(
    "change",
    [
        {"body": BODY.replace(b"completed", b"failed   ")},
        {"path_and_query": "/kameng/finished?shop=8"},
        {"method": "PUT"},
        {"secrets": {"ak_1": "other"}},
        {"secrets": {}},
        {"secrets": {"ak_1": ""}},
        {"headers": {}},
        {"is_new": lambda nonce: False},
        {"now": lambda: 0.0},
    ],
    ids=[
        "body",
        "path",
        "method",
        "other secret",
        "no secrets",
        "empty secret",
        "no headers",
        "nonce known",
        "old",
    ],
)
def test_it_refuses_what_is_forged_or_old(change: dict[str, Any]) -> None:
    with pytest.raises(CallbackRefused):
        verify_callback(**{**told(), **change})


def test_a_key_that_nobody_has_is_refused_whatever_it_signs_with() -> None:
    for secret in ("", "no such key"):
        with pytest.raises(CallbackRefused):
            verify_callback(**told("ak_9", secret))


@pytest.mark.parametrize("body", [b"[]", b"{}", b"\xff", b'{"order_no":"1"}'])
def test_a_signed_body_that_is_no_order_is_refused(body: bytes) -> None:
    with pytest.raises(CallbackRefused):
        verify_callback(**told(body=body))
