"""What an agent's endpoints are told: orders, the balance, prices and the shelf."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import SKU, Category
from kameng.api.openapi import document
from kameng.models import (
    Agent,
    ContractPrice,
    DownlineMarkup,
    Endpoint,
    EventKind,
    PriceWatch,
    TierDiscount,
    TierPrice,
    WebhookEvent,
)
from kameng.price_rules import price_list
from kameng.pricing import PriceQuote
from kameng.services import watching
from kameng.services.events import record_test
from kameng.services.watching import compare_prices, set_balance_threshold, sweep_balances
from orders.services import apply_outcome
from suppliers.models import Supplier
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.api.hooks import buy, is_signed, kinds, listen, told
from tests.api.schemas import must_be_as_told
from tests.listeners import Listener

pytestmark = pytest.mark.django_db


class TestWhatIsTold:
    def test_an_order_that_ends_signed_like_the_api(
        self, agent: Agent, cards: SKU, shop: Listener, hinted: Any
    ) -> None:
        endpoint, secret = listen(agent, f"{shop.base_url}/hook?shop=7")
        with hinted(execute=True):
            order = buy(agent, cards)
        (received,) = shop.received
        assert received.path == "/hook?shop=7"
        assert is_signed(received, secret)
        assert received.headers["x-api-key"] == endpoint.key_id
        (event,) = told(shop)
        assert event["event"] == "order.finished"
        assert event["id"] == received.headers["x-webhook-id"] == str(WebhookEvent.objects.get())
        assert event["data"]["order"]["order_no"] == order.order_no
        assert event["data"]["order"]["status"] == "completed"

    def test_a_failed_order_and_its_refund_in_that_order(
        self, agent: Agent, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        sku = world.make_sku("topup", list_price="50")
        far = Supplier.objects.create(code="far", name="远方", adapter="fulu")
        world.make_offer(sku, far, cost="45")
        with hinted(execute=True):
            order = buy(agent, sku, account={"phone": "13800000000"})
        assert shop.received == []
        with hinted(execute=True):
            fulfilment = world.begin(order)
            assert fulfilment is not None
            outcome = Outcome(OutcomeKind.REJECTED)
            apply_outcome(fulfilment_id=fulfilment.pk, outcome=outcome, source="query")
        assert kinds(shop) == ["order.finished", "order.refunded"]
        finished, refunded = (event["data"] for event in told(shop))
        assert finished["order"]["status"] == "failed"
        assert refunded["refund"] == {"amount": "50.00", "reason": "not_delivered"}

    def test_a_refund_after_the_sale(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        with hinted(execute=True):
            order = buy(agent, cards)
        with hinted(execute=True):
            world.refund(order, Decimal("10.00"))
        assert kinds(shop) == ["order.finished", "order.refunded"]
        data = told(shop)[1]["data"]
        assert data["refund"]["amount"] == "10.00"
        assert data["order"]["refunded"] == "10.00"

    def test_only_what_was_chosen(
        self, agent: Agent, cards: SKU, shop: Listener, hinted: Any
    ) -> None:
        listen(agent, f"{shop.base_url}/hook", EventKind.ORDER_REFUNDED)
        with hinted(execute=True):
            world.refund(buy(agent, cards), Decimal("10.00"))
        assert kinds(shop) == ["order.refunded"]

    def test_nothing_of_an_order_that_was_rolled_back(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        with hinted(execute=True), transaction.atomic():
            buy(agent, cards)
            assert WebhookEvent.objects.exists()
            transaction.set_rollback(True)
        assert not WebhookEvent.objects.exists()
        assert shop.received == []

    def test_nothing_of_others(
        self, chain: list[Agent], cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        world.pay_in(chain[1].wallet_id, "1000")
        with hinted(execute=True):
            buy(chain[1], cards)
        assert shop.received == []

    def test_an_agent_without_endpoints_asks_nothing_more(self, agent: Agent, cards: SKU) -> None:
        """tests/orders/test_statement_count.py counts; here: nothing is even looked for."""
        with CaptureQueriesContext(connection) as queries:
            buy(agent, cards)
        texts = [query["sql"] for query in queries.captured_queries]
        assert not [text for text in texts if "kameng_delivery" in text or "_event" in text]
        assert not WebhookEvent.objects.exists()


class TestBalance:
    def test_a_purchase_that_crosses_the_threshold_tells_once(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        set_balance_threshold(agent=agent, threshold=Decimal(850), actor=agent.user)
        with hinted(execute=True):
            for n in range(3):
                buy(agent, cards, f"r{n}")
        low = [event for event in told(shop) if event["event"] == "balance.low"]
        assert [event["data"] for event in low] == [
            {"balance": "810.00", "threshold": "850.00", "currency": "CNY"}
        ]

    def test_again_after_it_was_well_in_between(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        set_balance_threshold(agent=agent, threshold=Decimal(950), actor=agent.user)
        with hinted(execute=True):
            buy(agent, cards)
        world.pay_in(agent.wallet_id, "100")
        assert sweep_balances() == 1
        with hinted(execute=True):
            buy(agent, cards, "r2")
        assert kinds(shop).count("balance.low") == 2

    def test_what_is_low_already_is_told_when_the_threshold_is_set(
        self, agent: Agent, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        with hinted(execute=True):
            set_balance_threshold(agent=agent, threshold=Decimal(5000), actor=agent.user)
            assert sweep_balances() == 0
        assert kinds(shop) == ["balance.low"]


class TestPrices:
    @pytest.fixture
    def skus(self, chain: list[Agent]) -> list[SKU]:
        return [world.make_sku(list_price="100") for _ in range(4)]

    def test_many_changes_are_one_event(
        self, agent: Agent, skus: list[SKU], endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        TierPrice.objects.bulk_create(
            TierPrice(sku=sku, tier=agent.tier, price=Decimal("91.50")) for sku in skus[:3]
        )
        with hinted(execute=True):
            assert compare_prices() == 1
            assert compare_prices() == 1
        (event,) = told(shop)
        assert event["event"] == "price.changed"
        assert [item["code"] for item in event["data"]["products"]] == [s.code for s in skus[:3]]
        assert event["data"]["products"][0] == {
            "code": skus[0].code,
            "name": f"{skus[0].product.name} {skus[0].name}",
            "price": "91.50",
            "old_price": "100.00",
        }

    def test_thousands_are_told_in_parts(
        self,
        agent: Agent,
        skus: list[SKU],
        endpoint: Endpoint,
        shop: Listener,
        hinted: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(watching, "ITEMS_PER_EVENT", 3)
        SKU.objects.update(list_price=Decimal(99))
        with hinted(execute=True):
            compare_prices()
        assert [len(event["data"]["products"]) for event in told(shop)] == [3, 1]

    def test_a_contract_that_begins_by_itself(
        self, agent: Agent, skus: list[SKU], endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        begins = timezone.now() - timedelta(hours=1)
        with hinted(execute=True):
            compare_prices()
        ContractPrice.objects.create(agent=agent, sku=skus[0], price=Decimal(80), valid_from=begins)
        with hinted(execute=True):
            compare_prices()
        ((item,),) = (event["data"]["products"] for event in told(shop))
        assert (item["old_price"], item["price"]) == ("100.00", "80.00")

    def test_goods_leave_the_shelf_and_come_back(
        self, agent: Agent, skus: list[SKU], endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        for is_on_sale in (False, True):
            SKU.objects.filter(pk=skus[0].pk).update(is_on_sale=is_on_sale)
            with hinted(execute=True):
                compare_prices()
        assert kinds(shop) == ["product.off_shelf", "product.on_shelf"]
        assert "price" not in told(shop)[0]["data"]["products"][0]
        assert told(shop)[1]["data"]["products"][0]["price"] == "100.00"

    def test_nobody_listens_nothing_is_compared(
        self, agent: Agent, skus: list[SKU], shop: Listener
    ) -> None:
        listen(agent, f"{shop.base_url}/hook", EventKind.ORDER_FINISHED)
        assert compare_prices() == 0

    def test_comparing_at_once_tells_once(
        self, agent: Agent, skus: list[SKU], endpoint: Endpoint
    ) -> None:
        SKU.objects.filter(pk=skus[0].pk).update(list_price=Decimal(90))
        compare_prices()
        compare_prices()
        assert WebhookEvent.objects.count() == 1

    def test_what_is_remembered_is_what_there_is_whatever_changed(
        self, chain: list[Agent], agent: Agent, skus: list[SKU], endpoint: Endpoint
    ) -> None:
        """Only what the feed names is compared: it must name everything."""
        category = skus[0].product.category
        causes: list[Callable[[], object]] = [
            lambda: SKU.objects.filter(pk=skus[0].pk).update(list_price=Decimal(99)),
            lambda: TierPrice.objects.create(sku=skus[1], tier=agent.tier, price=Decimal(91)),
            lambda: TierDiscount.objects.create(
                category=category, tier=agent.tier, rate=Decimal("0.9")
            ),
            lambda: ContractPrice.objects.create(
                agent=agent,
                sku=skus[2],
                price=Decimal(80),
                valid_from=timezone.now() - timedelta(hours=1),
            ),
            lambda: Agent.objects.filter(pk=agent.pk).update(tier=chain[1].tier),
            lambda: DownlineMarkup.objects.create(upline=chain[1], rate=Decimal("0.05")),
            lambda: DownlineMarkup.objects.create(
                upline=chain[1], sku=skus[3], rate=Decimal("0.10")
            ),
            lambda: Category.objects.filter(pk=category.pk).update(is_visible=False),
            lambda: Category.objects.filter(pk=category.pk).update(is_visible=True),
            lambda: SKU.objects.filter(pk=skus[3].pk).update(is_on_sale=False),
            lambda: SKU.objects.filter(pk=skus[3].pk).update(code="renamed", is_on_sale=True),
        ]
        compare_prices()
        for cause in causes:
            before = watching.prices_of(agent)
            cause()
            agent.refresh_from_db()
            now = watching.prices_of(agent)
            assert now != before
            compare_prices()
            assert PriceWatch.objects.get(agent=agent).told == now

    def test_what_is_as_it_was_is_not_looked_at(
        self, agent: Agent, skus: list[SKU], endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compare_prices()
        looked_at: list[int] = []
        real = price_list

        def watched(agent: Agent, ids: Collection[int]) -> Mapping[int, PriceQuote]:
            looked_at.extend(ids)
            return real(agent, ids)

        monkeypatch.setattr(watching, "price_list", watched)
        compare_prices()
        assert looked_at == []
        SKU.objects.filter(pk=skus[0].pk).update(list_price=Decimal(99))
        compare_prices()
        assert looked_at == [skus[0].pk]

    def test_statements_do_not_grow_with_the_shelf(
        self, agent: Agent, skus: list[SKU], endpoint: Endpoint
    ) -> None:
        def statements() -> int:
            with CaptureQueriesContext(connection) as queries:
                compare_prices()
            return len(queries)

        compare_prices()
        few = statements()
        for _ in range(10):
            world.make_sku(list_price="100")
        compare_prices()
        assert statements() == few


def test_every_event_is_what_the_schema_says(
    agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
) -> None:
    set_balance_threshold(agent=agent, threshold=Decimal(950), actor=agent.user)
    with hinted(execute=True):
        world.refund(buy(agent, cards), Decimal("10.00"))
        record_test(endpoint)
    for changes in ({"price": Decimal(94)}, {}, {}):
        if changes:
            TierPrice.objects.filter(sku=cards, tier=agent.tier).update(**changes)
        else:
            SKU.objects.filter(pk=cards.pk).update(is_on_sale=Q(is_on_sale=False))
        with hinted(execute=True):
            compare_prices()
    made = document("en")
    for received in shop.received:
        event = json.loads(received.body)
        operation = made["webhooks"][event["event"]]["post"]
        must_be_as_told(made, operation, received.headers, event)
    assert set(kinds(shop)) == set(EventKind.values)
