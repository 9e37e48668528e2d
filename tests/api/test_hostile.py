"""Requests that mean harm: each gets its stable code, and changes nothing."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from itertools import product
from urllib.parse import quote

import pytest

from catalog.models import SKU
from kameng.models import Agent, ApiKey, Batch
from kameng.services.api_keys import revoke_api_key
from kameng.services.endpoints import create_endpoint
from ledger.services import balance
from orders.models import Order
from tests import world
from tests.api.client import Program, code_of

pytestmark = pytest.mark.django_db
ORDERS = "/api/v1/orders"
INJECTED = (
    "' OR '1'='1",
    "1; DROP TABLE orders_order; --",
    "steam-100' UNION SELECT secret FROM kameng_apikey --",
    "%' ESCAPE '!",
    "{{7*7}}",
    "${jndi:ldap://x/a}",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "a\r\nX-Injected: 1",
    "\u202e001",
    "％00",
)


@pytest.fixture(autouse=True)
def nothing_changes(agent: Agent, cards: SKU) -> Iterator[None]:
    before = balance(agent.wallet_id), list(SKU.objects.values_list("code", "list_price"))
    yield
    assert (
        balance(agent.wallet_id),
        list(SKU.objects.values_list("code", "list_price")),
    ) == before
    assert not Order.objects.exists()
    assert not Batch.objects.exists()
    assert world.books_are_clean()


def order_of(cards: SKU, **changes: object) -> bytes:
    given = {"sku": cards.code, "quantity": 1, "client_ref": "r1", **changes}
    return json.dumps(given).encode()


Forge = Callable[[Program, bytes], dict[str, str]]
FORGED: dict[str, tuple[Forge, str]] = {
    "another secret": (
        lambda p, body: Program(p.key_id, "guessed").headers("POST", ORDERS, body),
        "bad_signature",
    ),
    "an empty secret": (
        lambda p, body: Program(p.key_id, "").headers("POST", ORDERS, body),
        "bad_signature",
    ),
    "of another body": (lambda p, body: p.headers("POST", ORDERS, body + b" "), "bad_signature"),
    "of another path": (
        lambda p, body: p.headers("POST", "/api/v1/batches", body),
        "bad_signature",
    ),
    "of another method": (lambda p, body: p.headers("PUT", ORDERS, body), "bad_signature"),
    "only zeros": (
        lambda p, body: p.headers("POST", ORDERS, body) | {"X-Signature": "0" * 64},
        "bad_signature",
    ),
    "cut short": (
        lambda p, body: {k: v[:63] for k, v in p.headers("POST", ORDERS, body).items()},
        "bad_signature",
    ),
    "lines moved into the nonce": (
        lambda p, body: p.headers("POST", ORDERS, body, nonce="n" * 16 + "\n" + "0" * 20),
        "bad_signature",
    ),
    "a day old": (
        lambda p, body: p.headers("POST", ORDERS, body, timestamp=str(int(time.time()) - 86400)),
        "stale_timestamp",
    ),
    "of tomorrow": (
        lambda p, body: p.headers("POST", ORDERS, body, timestamp=str(int(time.time()) + 86400)),
        "stale_timestamp",
    ),
    "in milliseconds": (
        lambda p, body: p.headers("POST", ORDERS, body, timestamp=str(int(time.time() * 1000))),
        "bad_signature",
    ),
    "at a time in other digits": (
        lambda p, body: p.headers("POST", ORDERS, body, timestamp="١٧٦٤٠٠٠٠٠٠"),
        "bad_signature",
    ),
    "unsigned": (lambda p, body: {}, "bad_signature"),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_and_stale(program: Program, cards: SKU, name: str) -> None:
    forge, code = FORGED[name]
    body = order_of(cards)
    headers = forge(program, body) or {"X-Api-Key": program.key_id}
    assert code_of(program.post(ORDERS, body, headers=headers)) == (401, code)


def test_signed_with_a_key_that_has_ended(program: Program, agent: Agent, cards: SKU) -> None:
    revoke_api_key(key=ApiKey.objects.get(key_id=program.key_id), actor=agent.user, reason="leaked")
    assert code_of(program.post(ORDERS, order_of(cards))) == (401, "bad_signature")


def test_a_webhooks_secret_opens_nothing(agent: Agent, cards: SKU) -> None:
    endpoint, secret = create_endpoint(
        agent=agent, actor=agent.user, url="http://127.0.0.1:9/", events=["order.finished"]
    )
    stranger = Program(endpoint.key_id, secret)
    assert code_of(stranger.post(ORDERS, order_of(cards))) == (401, "bad_signature")


def test_injected_into_an_order(program: Program, cards: SKU) -> None:
    names = ("sku", "client_ref", "max_unit_price", "callback_url", "account", "")
    for text, name in product(INJECTED, names):
        sent = {"phone": text} if name == "account" else text
        refused = program.post(ORDERS, order_of(cards, **{name or text: sent}))
        wanted = (404, "unknown_sku") if name == "sku" else (422, "invalid")
        assert code_of(refused) == wanted, (name, text)
        assert "X-Injected" not in refused.headers
        line = json.loads(order_of(cards, **{name or text: sent}))
        batch = program.post("/api/v1/batches", {"batch_ref": text, "orders": [line]})
        assert code_of(batch) == (422, "invalid")


QUERIES = {
    "/api/v1/products": ("kind", "category", "cursor", "limit"),
    ORDERS: ("client_ref", "status", "cursor"),
    "/api/v1/statement": ("from", "to", "cursor"),
    "/api/v1/changes": ("cursor",),
}


def test_injected_into_a_path_or_query(program: Program) -> None:
    for sent in (quote(text, safe="") for text in INJECTED):
        for path in ("products/{}", "orders/{}", "orders/{}/cards", "batches/{}", "account/{}"):
            assert code_of(program.get("/api/v1/" + path.format(sent)))[0] == 404
        for path, names in QUERIES.items():
            for name in names:
                refused = program.get(f"{path}?{name}={sent}")
                assert code_of(refused) == (422, "invalid")
                assert list(refused.json()["errors"]) == [name]
        assert program.get(f"/api/v1/products?q={sent}").json()["results"] == []


def test_a_limit_in_a_strange_spelling(program: Program) -> None:
    for limit in ("１", "1.0", "1_0", "+1", " 1", "1e1", "0x1", "-1", "0", "201", "9" * 30):
        refused = program.get(f"/api/v1/products?limit={quote(limit)}")
        assert code_of(refused) == (422, "invalid")
        assert list(refused.json()["errors"]) == ["limit"]


def test_a_parameter_that_comes_twice(program: Program) -> None:
    """Whoever stands between us might have looked at the other one."""
    for query in ("status=paid&status=failed", "limit=1&limit=1", "status=&status=paid"):
        refused = program.get(f"{ORDERS}?{query}")
        assert code_of(refused) == (422, "invalid")
        assert list(refused.json()["errors"]) == [query.partition("=")[0]]


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


AMBIGUOUS = (
    nested(17),
    nested(900),
    nested(30_000),
    "1e400",
    "-1e400",
    "NaN",
    '"1", "phone": "2"',
    '{"a": 1, "a": 1}',
    "9" * 5000,
)


def test_json_that_could_be_read_in_two_ways_or_has_no_end(program: Program, cards: SKU) -> None:
    for phone in AMBIGUOUS:
        body = order_of(cards, account={"phone": 0}).replace(b"0}", phone.encode() + b"}")
        assert phone.encode() in body
        assert code_of(program.post(ORDERS, body)) == (422, "invalid")
        batch = b'{"batch_ref":"b","orders":[' + body + b"]}"
        assert code_of(program.post("/api/v1/batches", batch)) == (422, "invalid")


def test_characters_that_are_none_in_a_batch(program: Program, cards: SKU) -> None:
    """Lines wait in the database: what it can't hold must not get that far."""
    for text, shown in (("a\u0000b", "a?b"), ("\u0000", "?"), ("\ud800", "?")):
        for account, name in (
            ({"phone": text}, "phone"),
            ({text: "1"}, shown),
            ({"phone": [text]}, "phone"),
        ):
            line = json.loads(order_of(cards, account=account))
            refused = program.post("/api/v1/batches", {"batch_ref": "b", "orders": [line]})
            assert code_of(refused) == (422, "invalid")
            assert list(refused.json()["errors"]) == [f"orders[0].account.{name}"]


def test_a_packed_body_is_never_unpacked(program: Program, cards: SKU) -> None:
    bomb = gzip.compress(b" " * 30_000_000 + order_of(cards))
    assert len(bomb) < 64 * 1024
    for coding in ("gzip", "deflate", "br", "GZIP", "identity, gzip", "x"):
        refused = program.post(ORDERS, bomb, HTTP_CONTENT_ENCODING=coding)
        assert code_of(refused) == (415, "unsupported_media_type")
    assert code_of(program.post(ORDERS, bomb)) == (422, "invalid")  # said to be plain


def test_headers_that_other_servers_believe(program: Program) -> None:
    """A read stays a read, whatever else it says of itself."""
    for name in ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_METHOD_OVERRIDE", "HTTP_X_ORIGINAL_URL"):
        answer = program.get(ORDERS, **{name: "POST"})
        assert answer.json() == {"results": [], "next": None}


def test_another_method(program: Program, cards: SKU) -> None:
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        body = b"" if method in ("OPTIONS", "TRACE") else order_of(cards)
        refused = program.send(method, ORDERS, body)
        assert code_of(refused) == (405, "method_not_allowed")
        assert {"GET", "POST"} <= set(refused["Allow"].split(", ")) <= {"GET", "HEAD", "POST"}
