"""Secrets, card codes and the keys in addresses never reach a log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from structlog.stdlib import ProcessorFormatter

from config.logs import HIDDEN, hide_queries, hide_secrets, logging_config
from config.urls import urlpatterns as site
from orders.models import Order
from tests.kalegou import shop


@pytest.mark.parametrize(
    "key",
    ["password", "api_secret", "X-Api-Key".lower().replace("-", "_"), "card_pwd", "access_token"],
)
def test_a_secret_is_hidden_by_its_key_at_any_depth(key: str) -> None:
    event = hide_secrets(None, "info", {"event": "x", "outer": [{"inner": {key: "hunter2"}}]})
    assert "hunter2" not in str(event)
    assert HIDDEN in str(event)


def test_what_is_no_secret_stays_readable() -> None:
    event = hide_secrets(None, "info", {"event": "outcome", "order_no": "260101", "status": "paid"})
    assert event == {"event": "outcome", "order_no": "260101", "status": "paid"}


Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What production would write, line by line."""
    structured = logging_config(level="INFO", as_json=True)["formatters"]["structured"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=structured["foreign_pre_chain"], processors=structured["processors"]
        )
    )
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/kalegou/orders/X/", "/kalegou/checkout/", "/no/such/page/"])
def test_the_key_in_an_address_never_reaches_the_log(client, lines, address) -> None:
    client.get(address, {"key": "SECRET", "draft": "SECRET"})
    found = lines()
    assert {f"GET {address}"} == {line["request"] for line in found if "request" in line}
    assert "SECRET" not in json.dumps(found)


@pytest.mark.django_db
def test_a_page_that_fails_tells_no_key_either(lines, settings) -> None:
    settings.ROOT_URLCONF = __name__
    Client(raise_request_exception=False).get("/failing/", {"key": "SECRET"})
    found = lines()
    assert any("deliberate" in line.get("exception", "") for line in found)
    assert "SECRET" not in json.dumps(found)


def test_other_lines_with_an_address_lose_its_query(lines) -> None:
    logging.getLogger("django.server").info('"GET %s HTTP/1.1" %s', "/x/?key=SECRET&a=b", 200)
    logging.getLogger("x").warning("could not fetch https://h.example/p?sign=SECRET: refused")
    text = json.dumps([hide_queries(None, "", {"event": "/x/?key=SECRET"}), *lines()])
    assert "SECRET" not in text
    assert "refused" in text
    assert "Really? a=b" in hide_queries(None, "", {"event": "Really? a=b"})["event"]


@pytest.mark.django_db
def test_every_line_of_a_request_names_it_and_its_order(client, lines) -> None:
    order = shop.buy_cards(shop.log_in(client, shop.make_member("100")), shop.make_cards(1))
    assert Order.objects.get() == order
    last = next(line for line in reversed(lines()) if line["event"] == "request_finished")
    assert last["order_no"] == order.order_no
    assert len({line["request_id"] for line in lines() if line["event"] == "request_started"}) == 2


def _fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(f"deliberate, at {request.get_full_path()}")


urlpatterns = [path("failing/", _fail), *site]
