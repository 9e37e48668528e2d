"""Placing orders by program: what is bought, what is refused, and that refusals charge nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from catalog.models import SKU
from kameng.models import Agent
from ledger.services import balance
from orders.models import Order
from suppliers.models import Supplier
from tests import world
from tests.api.client import Program, code_of
from tests.api.conftest import program_of
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_is_charged(agent: Agent, cards: SKU) -> Iterator[None]:
    """For a test that ends in a refusal."""
    yield
    assert balance(agent.wallet_id) == Decimal(1000)
    assert not Order.objects.exists()
    assert world.books_are_clean()


def test_a_program_buys_codes_and_gets_them_at_once(
    program: Program, agent: Agent, cards: SKU
) -> None:
    response = program.order(sku=cards.code, quantity=2, max_unit_price="95.00")
    assert response.status_code == 201, response.content
    order = response.json()
    assert list(order) == [
        "order_no",
        "client_ref",
        "sku",
        "quantity",
        "unit_price",
        "total",
        "status",
        "delivered",
        "refunded",
        "account",
        "created_at",
        "finished_at",
        "timeline",
    ]
    assert order["sku"] == cards.code
    assert (order["quantity"], order["delivered"]) == (2, 2)
    assert (order["unit_price"], order["total"], order["refunded"]) == ("95.00", "190.00", "0.00")
    assert order["status"] == "completed"
    assert order["created_at"].endswith("+08:00")
    assert [row["code"] for row in order["timeline"]] == ["paid", "completed"]
    assert balance(agent.wallet_id) == Decimal(810)
    assert program.get(f"/api/v1/orders/{order['order_no']}").json() == order
    assert world.books_are_clean()


def test_a_program_tops_up_a_phone(program: Program, agent: Agent, topup: SKU) -> None:
    response = program.order(sku=topup.code, account={"phone": " +86 138 0000 0000"})
    assert response.status_code == 201, response.content
    order = response.json()
    assert (order["status"], order["account"]) == ("paid", {"phone": "13800000000"})
    assert (order["delivered"], order["finished_at"]) == (0, None)
    assert balance(agent.wallet_id) == Decimal(950)


def test_the_same_request_again_is_the_same_order(
    program: Program, agent: Agent, cards: SKU
) -> None:
    first = program.order(sku=cards.code, quantity=2)
    again = program.order(sku=cards.code, quantity=2)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert balance(agent.wallet_id) == Decimal(810)


def test_a_repeat_gets_its_order_whatever_has_changed_since(
    program: Program, agent: Agent, cards: SKU
) -> None:
    first = program.order(sku=cards.code, quantity=10)
    SKU.objects.update(is_on_sale=False, list_price=Decimal(500))
    cards.product.category.is_visible = False
    cards.product.category.save()
    again = program.order(sku=cards.code, quantity=10, max_unit_price="0.01")
    assert (again.status_code, again.json()) == (200, first.json())
    assert code_of(program.order(sku=cards.code, client_ref="r2")) == (404, "unknown_sku")


@pytest.mark.parametrize(
    "changes", [{"quantity": 3}, {"callback_url": "https://shop.example.com/done"}]
)
def test_the_same_reference_for_something_else_is_a_conflict(
    program: Program, agent: Agent, cards: SKU, changes: dict[str, Any]
) -> None:
    program.order(sku=cards.code, quantity=2)
    conflict = program.order(**{"sku": cards.code, "quantity": 2, **changes})
    assert code_of(conflict) == (409, "idempotency_conflict")
    assert balance(agent.wallet_id) == Decimal(810)


def test_two_agents_may_use_the_same_reference(
    program: Program, chain: list[Agent], cards: SKU
) -> None:
    world.pay_in(chain[1].wallet_id, "100")
    mine = program.order(sku=cards.code).json()
    theirs = program_of(chain[1]).order(sku=cards.code)
    assert theirs.status_code == 201
    assert theirs.json()["order_no"] != mine["order_no"]
    assert theirs.json()["unit_price"] == "90.00"


@pytest.mark.django_db(transaction=True)
def test_50_identical_requests_at_once_make_one_order(
    program: Program, agent: Agent, cards: SKU
) -> None:
    answers = in_threads(
        lambda _: Program(program.key_id, program.secret).order(sku=cards.code, quantity=2),
        range(50),
        threads=50,
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.json()["order_no"] for answer in answers}) == 1
    assert Order.objects.count() == 1
    assert balance(agent.wallet_id) == Decimal(810)
    assert world.books_are_clean()


@pytest.mark.django_db(transaction=True)
def test_of_50_copies_of_one_request_at_once_one_is_no_replay(program: Program, cards: SKU) -> None:
    body = b'{"sku":"%s","quantity":1,"client_ref":"r1"}' % cards.code.encode()
    headers = program.headers("POST", "/api/v1/orders", body)
    answers = in_threads(
        lambda _: Program(program.key_id, program.secret).post(
            "/api/v1/orders", body, headers=headers
        ),
        range(50),
        threads=50,
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [401] * 49


WRONG: dict[str, Sequence[object]] = {
    "quantity": (0, -1, 1.0, 1.5, "1", True, None, [1], {}, 10**30, 10_001, -(10**18)),
    "client_ref": ("", " ", "a b", "x" * 65, "汉字", "a\n", "a\u0000", 7, True, None, []),
    "max_unit_price": (95, 95.0, "95,00", "-1", "0", "1e5", "NaN", "Infinity", "１", "", True),
    "account": ("13800000000", [], 1, True, [["phone", "1"]]),
    "sku": (1, True, None, ["x"], {"code": "x"}),
    "callback_url": (
        "",
        "shop.example.com",
        "ftp://shop.example.com/",
        "javascript:alert(1)",
        "https://",
        "https://user:secret@shop.example.com/",
        "https://shop.example.com\\@127.0.0.1/",
        "https://shop.example.com/#x",
        "https://shop.example.com:0/",
        "https://shop.example.com:99999/",
        "https://shop.example.com/a b",
        "https://shop.example.com/a<b",
        'https://shop.example.com/"',
        "https://shop.example.com/%zz",
        "https://shop.example.com/?a[]=1",
        "HTTPS://shop.example.com/",
        "https://shop.example.com/\u0000",
        "https://例子.测试/",
        "https://169.254.169.254/latest/",
        "https://[fe80::1%25eth0]/",
        "https://[::ffff:169.254.169.254]/",
        "https://224.0.0.1/",
        "https://0.0.0.0/",
        "https://shop.example.com/" + "x" * 500,
        7,
        True,
        ["https://shop.example.com/"],
    ),
    "unknown": ("x",),
    "max_price": ("95.00",),
}


@pytest.mark.usefixtures("nothing_is_charged")
class TestRefusals:
    @pytest.mark.parametrize(
        "code", ["nope", "", " ", "x" * 61, "a\u0000b", "../..", "商品", "\ud800"]
    )
    def test_a_product_that_is_not_on_sale(self, program: Program, code: str) -> None:
        assert code_of(program.order(sku=code)) in ((404, "unknown_sku"), (422, "invalid"))

    def test_goods_off_sale(self, program: Program, cards: SKU) -> None:
        SKU.objects.update(is_on_sale=False)
        assert code_of(program.order(sku=cards.code)) == (404, "unknown_sku")

    def test_goods_in_a_hidden_category(self, program: Program, cards: SKU) -> None:
        cards.product.category.is_visible = False
        cards.product.category.save()
        assert code_of(program.order(sku=cards.code)) == (404, "unknown_sku")

    def test_more_than_the_wallet_holds(self, program: Program, cards: SKU) -> None:
        refused = program.order(sku=cards.code, quantity=11)
        assert code_of(refused) == (402, "insufficient_balance")

    def test_more_than_there_is(self, program: Program, cards: SKU, agent: Agent) -> None:
        world.pay_in(agent.wallet_id, "9000")
        assert code_of(program.order(sku=cards.code, quantity=21)) == (409, "out_of_stock")
        world.pay_in(agent.wallet_id, "-9000")

    def test_a_closed_supplier(self, program: Program, cards: SKU) -> None:
        Supplier.objects.update(is_open=False)
        assert code_of(program.order(sku=cards.code)) == (409, "out_of_stock")

    def test_a_price_above_the_limit(self, program: Program, cards: SKU) -> None:
        refused = program.order(sku=cards.code, max_unit_price="94.99")
        assert code_of(refused) == (409, "price_changed")

    @pytest.mark.parametrize("phone", ["12345", "", None, 13800000000, True, ["1"], {"a": 1}])
    def test_a_number_that_is_none(self, program: Program, topup: SKU, phone: object) -> None:
        refused = program.order(sku=topup.code, account={"phone": phone})
        assert code_of(refused) == (422, "invalid")
        assert list(refused.json()["errors"]) == ["account.phone"]

    def test_a_top_up_without_its_account(self, program: Program, topup: SKU) -> None:
        refused = program.order(sku=topup.code)
        assert code_of(refused) == (422, "invalid")
        assert list(refused.json()["errors"]) == ["account.phone"]

    def test_account_fields_that_the_product_does_not_have(
        self, program: Program, topup: SKU, cards: SKU
    ) -> None:
        extra = program.order(sku=topup.code, account={"phone": "13800000000", "a\u0000": "x"})
        assert list(extra.json()["errors"]) == ["account.a?"]
        assert code_of(program.order(sku=cards.code, account={"phone": "13800000000"})) == (
            422,
            "invalid",
        )

    @pytest.mark.parametrize(
        ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
    )
    def test_every_wrong_field_is_named(
        self, program: Program, cards: SKU, name: str, value: object
    ) -> None:
        given = {"sku": cards.code, "quantity": 1, "client_ref": "r1", name: value}
        refused = program.post("/api/v1/orders", given)
        assert code_of(refused) == (422, "invalid")
        assert list(refused.json()["errors"]) == [name]
        assert all(refused.json()["errors"][name])

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b"7",
            b'"text"',
            b"{}",
            b"\xff\xfe{}",
            b"\xef\xbb\xbf{}",
            b"[" * 60_000,
            b'{"a":' * 10_000,
            b'{"quantity": NaN}',
            b'{"quantity": 1e400}',
            b'{"quantity": ' + b"9" * 5000 + b"}",
            b'{"quantity": 1, "quantity": 2}',
            b"quantity=1&sku=x",
            b'{"sku": "\xe4"}',
            b"\x00",
        ],
        ids=range(18),
    )
    def test_a_body_that_is_no_order(self, program: Program, body: bytes) -> None:
        assert code_of(program.post("/api/v1/orders", body)) == (422, "invalid")

    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "x",
            "text/json",
        ],
    )
    def test_another_content_type(self, program: Program, content_type: str) -> None:
        refused = program.post("/api/v1/orders", {"sku": "x"}, content_type=content_type)
        assert code_of(refused) == (415, "unsupported_media_type")

    @pytest.mark.parametrize("size", [65_537, 3_000_000])
    def test_a_body_above_64_kib(self, program: Program, size: int) -> None:
        assert code_of(program.post("/api/v1/orders", b" " * size)) == (413, "too_large")

    def test_too_many_calls(self, program: Program, cards: SKU, settings: Settings) -> None:
        settings.API_WRITES_PER_MINUTE = 0
        refused = program.order(sku=cards.code)
        assert code_of(refused) == (429, "rate_limited")
        assert 1 <= int(refused["Retry-After"]) <= 60

    def test_redis_is_gone(self, program: Program, cards: SKU, settings: Settings) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        refused = program.order(sku=cards.code)
        assert code_of(refused) == (503, "unavailable")
        assert int(refused["Retry-After"]) > 0


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "application/json;charset=base64", "APPLICATION/JSON"],
)
def test_the_parameters_of_the_content_type_do_not_matter(
    program: Program, cards: SKU, content_type: str
) -> None:
    given = {"sku": cards.code, "quantity": 1, "client_ref": "r1"}
    assert program.post("/api/v1/orders", given, content_type=content_type).status_code == 201


def test_a_full_64_kib_is_read(program: Program, cards: SKU) -> None:
    body = b'{"sku":"%s","quantity":1,"client_ref":"r1"}' % cards.code.encode()
    assert program.post("/api/v1/orders", body.ljust(65_536)).status_code == 201
