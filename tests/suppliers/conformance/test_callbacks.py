"""A callback decides only what its protocol signs; anything else is at most a reason to ask."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlencode

import pytest

from suppliers.adapters.base import CallbackRefused, CallbackRequest, CallbackResult
from suppliers.outcomes import OutcomeKind
from tests.listeners import Received
from tests.suppliers.conformance.conftest import World


def as_request(received: Received, *, body: bytes | None = None, **headers: str) -> CallbackRequest:
    """As the web server hands it over."""
    body = received.body if body is None else body
    is_form = "form" in received.headers.get("content-type", "")
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return CallbackRequest(
        method="POST",
        query={},
        form=form if is_form else {},
        headers={**received.headers, **headers},
        body=body,
    )


def parsed(world: World, request: CallbackRequest, **changes: object) -> CallbackResult | None:
    try:
        return world.adapter(**changes).parse_callback(request)
    except CallbackRefused:
        return None


def swapped(body: bytes, old: str, new: str) -> bytes:
    """The body with one value exchanged, whatever its shape."""
    if body[:1] == b"{":
        return body.replace(json.dumps(old).encode(), json.dumps(new).encode())
    return urlencode(
        [(k, new if v == old else v) for k, v in parse_qsl(body.decode(), keep_blank_values=True)]
    ).encode()


def test_a_real_callback_is_about_its_order_and_may_come_again(world: World) -> None:
    request = world.topup("8000")
    world.adapter().submit(request)
    (received,) = world.called_back(request)

    results = [parsed(world, as_request(received)) for _ in range(2)]

    assert received.path == world.account.callback_path
    assert results[0] == results[1]
    assert results[0] is not None
    assert results[0].fulfilment_no == request.fulfilment_no
    if results[0].outcome is not None:
        assert results[0].outcome.kind is OutcomeKind.DELIVERED


def test_a_callback_of_a_failure_never_says_delivered(world: World) -> None:
    request = world.topup("0002")
    world.adapter().submit(request)
    (received,) = world.called_back(request)

    result = parsed(world, as_request(received))

    assert result is not None
    assert result.outcome is None or result.outcome.kind is OutcomeKind.REJECTED


def test_a_changed_callback_decides_nothing(world: World) -> None:
    failed, other = world.topup("0002"), world.topup("8000")
    world.adapter().submit(failed)
    (received,) = world.called_back(failed)
    body = received.body
    bodies = [
        body.replace(failed.fulfilment_no.encode(), other.fulfilment_no.encode()),
        swapped(body, "failed", "success"),
        swapped(body, "9", "1"),
        swapped(body, "FAILED", "SUCCESSFUL"),
        body.replace(b"DECLINED", b"COMPLETED"),
        body + b" ",
        body[:-1],
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 50_000,
        b"null",
    ]
    for changed in bodies:
        if changed == body:  # this protocol has no such word
            continue
        result = parsed(world, as_request(received, body=changed))
        assert result is None or result.outcome is None, changed[:80]


def test_a_callback_without_its_signature_decides_nothing(world: World) -> None:
    request = world.topup("8000")
    world.adapter().submit(request)
    (received,) = world.called_back(request)
    bare = {name: "" for name in received.headers if "signature" in name}
    unsigned = urlencode(
        [(k, v) for k, v in parse_qsl(received.body.decode()) if k != "sign"]
    ).encode()
    body = unsigned if b"sign=" in received.body else received.body

    result = parsed(world, as_request(received, body=body, **bare))

    assert result is None or result.outcome is None


def test_a_callback_of_another_supplier_of_the_protocol_decides_nothing(world: World) -> None:
    request = world.topup("8000")
    world.adapter().submit(request)
    (received,) = world.called_back(request)
    others = {name: value[::-1] for name, value in world.account.secrets.items()}

    result = parsed(world, as_request(received), secrets=others)

    assert result is None or result.outcome is None


def test_without_secrets_no_callback_decides(world: World) -> None:
    request = world.topup("8000")
    world.adapter().submit(request)
    (received,) = world.called_back(request)

    result = parsed(world, as_request(received), secrets={})

    assert result is None or result.outcome is None


@pytest.mark.parametrize("headers", [{}, {"x-reloadly-signature": "é"}])
def test_nonsense_is_refused(world: World, headers: dict[str, str]) -> None:
    for body in (b"", b"x", b"{}", b"sign=&orderid=", b"[]", b"\xff"):
        nonsense = CallbackRequest("POST", {}, {}, headers, body)
        with pytest.raises(CallbackRefused):
            world.adapter().parse_callback(nonsense)
