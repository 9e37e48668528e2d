"""Reading by program: account, products, orders, codes, statement, and paging through them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from catalog.models import SKU, Category
from kameng.models import Agent, ApiKey
from ledger.models import Account
from orders.models import Order
from orders.services import place_order, refund_order
from suppliers.models import Supplier
from tests import world
from tests.api.client import Program, code_of
from tests.api.conftest import program_of
from users.models import AuditLog

pytestmark = pytest.mark.django_db


def pages(program: Program, path: str) -> list[list[dict[str, Any]]]:
    """Every page of a list, as a program reads it."""
    found: list[list[dict[str, Any]]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = program.get(f"{path}&cursor={cursor}")
        assert answer.status_code == 200, answer.content
        found.append(answer.json()["results"])
        cursor = answer.json()["next"]
        assert len(found) < 50
    return found


def flat(rows: list[list[dict[str, Any]]], name: str) -> list[Any]:
    return [row[name] for page in rows for row in page]


class TestAccount:
    def test_shows_who_it_is_and_what_can_be_spent(self, program: Program, agent: Agent) -> None:
        Account.objects.filter(pk=agent.wallet_id).update(floor=Decimal("-500"))
        assert program.get("/api/v1/account").json() == {
            "username": agent.user.username,
            "tier": "tier2",
            "status": "active",
            "balance": "1000.00",
            "currency": "CNY",
            "limits": {
                "credit_line": "500.00",
                "single": None,
                "daily": None,
                "monthly": None,
                "spent_today": "0.00",
                "spent_this_month": "0.00",
                "reads_per_minute": 600,
                "writes_per_minute": 300,
            },
        }

    def test_shows_its_limits_and_what_counts_for_them(
        self, program: Program, agent: Agent, cards: SKU
    ) -> None:
        program.order(sku=cards.code)
        Agent.objects.filter(pk=agent.pk).update(own_single_limit=300, own_daily_limit=190)
        for _ in range(2):
            limits = program.get("/api/v1/account").json()["limits"]
            assert (limits["single"], limits["daily"], limits["monthly"]) == (
                "300.00",
                "190.00",
                None,
            )
            assert (limits["spent_today"], limits["spent_this_month"]) == ("95.00", "95.00")
        program.order(sku=cards.code, client_ref="two")
        assert program.get("/api/v1/account").json()["limits"]["spent_today"] == "190.00"

    def test_an_order_beyond_a_limit_is_refused_and_charges_nothing(
        self, program: Program, agent: Agent, cards: SKU
    ) -> None:
        Agent.objects.filter(pk=agent.pk).update(own_single_limit=100, own_daily_limit=150)
        refusals = [program.order(sku=cards.code, quantity=2)]
        assert program.order(sku=cards.code, client_ref="within").status_code == 201
        refusals.append(program.order(sku=cards.code, client_ref="beyond"))
        for refusal in refusals:
            assert refusal.status_code == 403
            assert refusal.headers["Content-Type"] == "application/problem+json"
            assert refusal.json()["code"] == "limit_exceeded"
        assert "100.00" in refusals[0].json()["detail"]
        assert "150.00" in refusals[1].json()["detail"]
        assert program.get("/api/v1/account").json()["balance"] == "905.00"
        assert Order.objects.count() == 1

    def test_amounts_keep_their_ten_thousandths(self, program: Program, agent: Agent) -> None:
        world.pay_in(agent.wallet_id, "0.0125")
        assert program.get("/api/v1/account").json()["balance"] == "1000.0125"
        world.pay_in(agent.wallet_id, "0.0075")
        assert program.get("/api/v1/account").json()["balance"] == "1000.02"


class TestProducts:
    def test_show_the_agents_own_price_and_the_stock(self, chain: list[Agent], cards: SKU) -> None:
        prices = [
            program_of(agent).get("/api/v1/products").json()["results"][0]["price"]
            for agent in chain
        ]
        assert prices == ["88.00", "90.00", "95.00"]

    def test_one_of_them(self, program: Program, cards: SKU) -> None:
        assert program.get(f"/api/v1/products/{cards.code}").json() == {
            "code": cards.code,
            "name": f"{cards.product.name} 100元",
            "kind": "card",
            "face_value": "100.00",
            "price": "95.00",
            "stock": 20,
            "min_quantity": 1,
            "max_quantity": 10_000,
            "account_fields": [],
        }

    def test_a_top_up_tells_what_it_needs_and_has_no_stock(self, program: Program) -> None:
        sku = world.make_sku("topup", list_price="50")
        told = program.get(f"/api/v1/products/{sku.code}").json()
        assert told["stock"] is None
        assert told["account_fields"] == [
            {
                "name": "phone",
                "kind": "mobile",
                "min_length": 1,
                "max_length": 11,
                "label": "手机号码",
            }
        ]

    @pytest.mark.parametrize("code", ["nope", "%00", "%E5%95%86", "a%2Fb", "%FF", "a" * 500])
    def test_an_unknown_one(self, program: Program, code: str) -> None:
        assert code_of(program.get(f"/api/v1/products/{code}"))[0] == 404

    def test_what_is_off_sale_is_not_there(self, program: Program, cards: SKU) -> None:
        cards.product.is_on_sale = False
        cards.product.save()
        assert program.get("/api/v1/products").json()["results"] == []
        assert code_of(program.get(f"/api/v1/products/{cards.code}")) == (404, "unknown_sku")

    def test_are_found_by_kind_category_and_words(self, program: Program, cards: SKU) -> None:
        parent = world.make_category(code="games")
        child = Category.objects.create(code="steam", name="Steam", parent=parent)
        game = world.make_sku(category=child)
        topup = world.make_sku("topup")
        for query, codes in (
            ("kind=topup", [topup.code]),
            ("kind=card", [cards.code, game.code]),
            ("category=games", [game.code]),
            ("category=games&kind=topup", []),
            (f"q={game.code}", [game.code]),
            ("kind=&category=&q=&cursor=", [cards.code, game.code, topup.code]),
        ):
            answer = program.get(f"/api/v1/products?{query}")
            assert [row["code"] for row in answer.json()["results"]] == codes, query

    def test_come_in_pages_that_do_not_shift(self, program: Program) -> None:
        codes = [world.make_sku().code for _ in range(7)]
        found = pages(program, "/api/v1/products?limit=3")
        assert [len(page) for page in found] == [3, 3, 1]
        assert flat(found, "code") == codes

    def test_an_exact_page_has_no_next(self, program: Program) -> None:
        for _ in range(3):
            world.make_sku()
        assert program.get("/api/v1/products?limit=3").json()["next"] is None

    def test_take_the_same_statements_for_1_and_for_30(
        self, program: Program, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        program.get("/api/v1/account")  # the key's last use is told
        for count in (1, 30):
            while SKU.objects.count() < count:
                world.stock_cards(world.make_sku(), 1)
            with django_assert_num_queries(5):  # key, SKUs, account fields, prices, stock
                answer = program.get("/api/v1/products")
            assert len(answer.json()["results"]) == count


class TestOrders:
    def test_come_newest_first_in_pages(self, program: Program, cards: SKU) -> None:
        refs = [f"r{n}" for n in range(7)]
        for ref in refs:
            program.order(sku=cards.code, client_ref=ref)
        found = pages(program, "/api/v1/orders?limit=3")
        assert flat(found, "client_ref") == refs[::-1]

    def test_new_ones_do_not_disturb_a_reader(self, program: Program, cards: SKU) -> None:
        for n in range(4):
            program.order(sku=cards.code, client_ref=f"r{n}")
        first = program.get("/api/v1/orders?limit=2").json()
        program.order(sku=cards.code, client_ref="new")
        second = program.get(f"/api/v1/orders?limit=2&cursor={first['next']}").json()
        assert [row["client_ref"] for row in second["results"]] == ["r1", "r0"]

    def test_are_found_by_reference_and_status(self, program: Program, cards: SKU) -> None:
        for n in range(3):
            program.order(sku=cards.code, client_ref=f"r{n}")
        for query, refs in (
            ("client_ref=r1", ["r1"]),
            ("client_ref=nope", []),
            ("client_ref=%00", None),
            ("status=completed", ["r2", "r1", "r0"]),
            ("status=paid", []),
            ("status=completed&client_ref=r2", ["r2"]),
        ):
            answer = program.get(f"/api/v1/orders?{query}")
            if refs is None:
                assert code_of(answer) == (422, "invalid")
            else:
                assert [row["client_ref"] for row in answer.json()["results"]] == refs, query

    def test_of_others_do_not_exist(self, program: Program, chain: list[Agent], cards: SKU) -> None:
        order_no = program.order(sku=cards.code).json()["order_no"]
        other = program_of(chain[1])
        for path in ("", "/cards"):
            theirs = other.get(f"/api/v1/orders/{order_no}{path}")
            none = other.get(f"/api/v1/orders/00000000000000000000{path}")
            assert code_of(theirs) == (404, "unknown_order")
            assert theirs.json() == none.json()
        assert other.get("/api/v1/orders").json()["results"] == []

    def test_of_the_same_person_in_the_shop_are_not_here(
        self, program: Program, agent: Agent, cards: SKU
    ) -> None:
        place_order(
            channel="retail",
            buyer=agent.user,
            sku=cards,
            quantity=1,
            client_ref="shop",
            funding="gateway",  # type: ignore[arg-type]
        )
        assert program.get("/api/v1/orders").json()["results"] == []

    @pytest.mark.parametrize("order_no", ["%00", "%20", "a%2Fb", "x" * 500, "%FF", "1 OR 1=1"])
    def test_with_a_hostile_number_do_not_exist(self, program: Program, order_no: str) -> None:
        order_no = order_no.replace(" ", "%20")
        assert code_of(program.get(f"/api/v1/orders/{order_no}"))[0] == 404

    def test_take_the_same_statements_for_1_and_for_30(
        self,
        program: Program,
        agent: Agent,
        cards: SKU,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        world.pay_in(agent.wallet_id, "9000")
        world.stock_cards(cards, 20)
        for count in (1, 30):
            while (made := Order.objects.count()) < count:
                program.order(sku=cards.code, client_ref=f"r{made}")
            with django_assert_num_queries(3):  # key, orders with their SKUs, timelines
                answer = program.get("/api/v1/orders")
            assert len(answer.json()["results"]) == count


class TestCodes:
    def test_are_handed_over_and_every_reading_is_recorded(
        self, program: Program, agent: Agent, cards: SKU
    ) -> None:
        order_no = program.order(sku=cards.code, quantity=3).json()["order_no"]
        for _ in range(2):
            found = program.get(f"/api/v1/orders/{order_no}/cards").json()["cards"]
            assert len({(card["number"], card["secret"]) for card in found}) == 3
            assert {card["expires"] for card in found} == {None}
        records = AuditLog.objects.filter(action="reveal_codes", target=f"order:{order_no}")
        assert [record.actor for record in records] == [agent.user] * 2
        assert program.key_id in records[0].details["how"]
        assert not any(card["secret"] in str(records[0].details) for card in found)

    def test_of_an_order_under_way_are_not_there_yet(
        self, program: Program, chain: list[Agent]
    ) -> None:
        sku = world.make_sku(list_price="50")
        far = Supplier.objects.create(code="far", name="远方", adapter="fulu")
        world.make_offer(sku, far, cost="45")
        order_no = program.order(sku=sku.code).json()["order_no"]
        refused = program.get(f"/api/v1/orders/{order_no}/cards")
        assert code_of(refused) == (409, "not_delivered")
        assert not AuditLog.objects.filter(action="reveal_codes").exists()


class TestStatement:
    def test_runs_from_the_first_line_to_the_balance(
        self, program: Program, agent: Agent, cards: SKU
    ) -> None:
        order_no = program.order(sku=cards.code, quantity=2).json()["order_no"]
        refund_order(
            order=Order.objects.get(),
            amount=Decimal(95),
            quantity=1,
            reason="bad code",
            request_ref="t1",
            actor=agent.user,
        )
        lines = program.get("/api/v1/statement").json()["results"]
        assert [(line["kind"], line["amount"], line["balance"]) for line in lines] == [
            ("deposit", "1000.00", "1000.00"),
            ("order_placed", "-190.00", "810.00"),
            ("order_refunded", "95.00", "905.00"),
        ]
        assert lines[1]["memo"] == order_no
        assert len({line["reference"] for line in lines}) == 3

    def test_comes_in_pages(self, program: Program, cards: SKU) -> None:
        for n in range(6):
            program.order(sku=cards.code, client_ref=f"r{n}")
        found = pages(program, "/api/v1/statement?limit=2")
        assert [len(page) for page in found] == [2, 2, 2, 1]
        assert flat(found, "balance")[-1] == program.get("/api/v1/account").json()["balance"]

    def test_of_a_time_or_a_day(self, program: Program, agent: Agent) -> None:
        at = program.get("/api/v1/statement").json()["results"][0]["at"]
        day = at[:10]
        for query, count in (
            (f"from={day}&to={day}", 1),
            (f"from={at.replace('+', '%2B')}", 1),
            (f"from={at}", 1),  # a + that nobody encoded
            (f"to={at.replace('+', '%2B')}", 0),
            ("to=2020-01-01", 0),
            ("from=2099-12-31", 0),
            ("from=2020-01-01T00:00:00Z", 1),
        ):
            found = program.get(f"/api/v1/statement?{query}")
            assert len(found.json()["results"]) == count, query

    @pytest.mark.parametrize(
        "moment",
        [
            "yesterday",
            "2026-13-01",
            "2026-11-24T08:00:00",
            "9999-12-31",
            "9999-12-31T23:59:59-23:59",
            "0001-01-01T00:00:00%2B23:59",
            "1",
            "%00",
            "2026-02-30",
        ],
    )
    def test_of_no_time_at_all(self, program: Program, moment: str) -> None:
        refused = program.get(f"/api/v1/statement?to={moment}")
        assert code_of(refused) == (422, "invalid")
        assert list(refused.json()["errors"]) == ["to"]

    def test_takes_the_same_statements_for_1_and_for_30(
        self, program: Program, agent: Agent, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        program.get("/api/v1/account")
        for count in (1, 30):
            for _ in range(count - 1):
                world.pay_in(agent.wallet_id, "1")
            with django_assert_num_queries(2):
                answer = program.get("/api/v1/statement")
            assert len(answer.json()["results"]) == count


@pytest.mark.parametrize("path", ["products", "orders", "statement"])
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("cursor=rubbish", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=MTA:1w2YpB:x", "cursor"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=1e2", "limit"),
        ("page=2", "page"),
        ("%00=1", "?"),
    ],
)
def test_wrong_parameters_are_named(program: Program, path: str, query: str, name: str) -> None:
    refused = program.get(f"/api/v1/{path}?{query}")
    assert code_of(refused) == (422, "invalid")
    assert list(refused.json()["errors"]) == [name]


@pytest.mark.parametrize(
    ("path", "query", "name"),
    [
        ("products", "kind=food", "kind"),
        ("products", "category=nope", "category"),
        ("products", "q=%00", "q"),
        ("products", "q=" + "x" * 101, "q"),
        ("orders", "status=done", "status"),
    ],
)
def test_wrong_filters_are_named(program: Program, path: str, query: str, name: str) -> None:
    refused = program.get(f"/api/v1/{path}?{query}")
    assert code_of(refused) == (422, "invalid")
    assert list(refused.json()["errors"]) == [name]


def test_a_cursor_is_only_good_for_its_own_list(program: Program) -> None:
    for _ in range(2):
        world.make_sku()
    cursor = program.get("/api/v1/products?limit=1").json()["next"]
    refused = program.get(f"/api/v1/orders?cursor={cursor}")
    assert list(refused.json()["errors"]) == ["cursor"]


def test_calls_are_counted_per_key_and_kind(
    program: Program, agent: Agent, cards: SKU, settings: Settings
) -> None:
    settings.API_READS_PER_MINUTE = 3
    left = [program.get("/api/v1/account")["RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = program.get("/api/v1/account")
    assert code_of(refused) == (429, "rate_limited")
    assert refused["Retry-After"] == refused["RateLimit-Reset"]
    assert refused["RateLimit-Policy"] == '"read";q=3;w=60'
    assert refused["RateLimit"].startswith('"read";r=0;t=')
    assert program.order(sku=cards.code).status_code == 201
    assert program_of(agent).get("/api/v1/account").status_code == 200


def test_refused_signatures_use_up_nobodys_calls(program: Program) -> None:
    for _ in range(3):
        Program(program.key_id, "wrong").get("/api/v1/account")
    assert program.get("/api/v1/account")["RateLimit-Remaining"] == "599"


def test_reads_are_refused_without_redis(program: Program, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    refused = program.get("/api/v1/account")
    assert code_of(refused) == (503, "unavailable")
    assert int(refused["Retry-After"]) > 0


def test_nothing_is_kept_by_caches(program: Program) -> None:
    for response in (program.get("/api/v1/account"), program.get("/api/v1/nope")):
        assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["nope", "v1", "v1/", "v1/account/", "v1/orders/1/cards/x", "v2/account", "docs/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_addresses_that_do_not_exist_are_problems_too(
    program: Program, path: str, method: str
) -> None:
    assert code_of(program.send(method, f"/api/{path}")) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/v1/account", {"GET", "HEAD"}),
        ("DELETE", "/api/v1/orders", {"GET", "HEAD", "POST"}),
        ("PUT", "/api/v1/orders/1", {"GET", "HEAD"}),
        ("OPTIONS", "/api/v1/products", {"GET", "HEAD"}),
        ("PATCH", "/api/v1/statement", {"GET", "HEAD"}),
        ("POST", "/api/schema/", {"GET", "HEAD"}),
        ("DELETE", "/api/docs/", {"GET", "HEAD"}),
    ],
)
def test_methods_that_do_not_exist_are_problems_too(
    program: Program, method: str, path: str, allowed: set[str]
) -> None:
    refused = program.send(method, path)
    assert code_of(refused) == (405, "method_not_allowed")
    assert set(refused["Allow"].split(", ")) == allowed


def test_a_crash_is_a_problem_too_and_tells_nothing(program: Program, agent: Agent) -> None:
    ApiKey.objects.update(sealed_secret=b"moved here from another row")
    refused = program.get("/api/v1/account")
    assert code_of(refused) == (500, "internal_error")
    assert "seal" not in refused.content.decode().lower()


def test_what_the_client_accepts_does_not_matter(program: Program) -> None:
    for accept in ("text/html", "application/xml", "*/*;q=0", "rubbish"):
        answer = program.get("/api/v1/account", HTTP_ACCEPT=accept)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_people_get_their_language(program: Program) -> None:
    told = {
        language: program.get("/api/v1/orders/1", HTTP_ACCEPT_LANGUAGE=language).json()
        for language in ("en", "zh-hans")
    }
    assert told["en"]["detail"] == "You have no order with this number."
    assert told["en"]["code"] == told["zh-hans"]["code"]
    assert program.get("/api/v1/account")["Content-Language"] == "zh-hans"
