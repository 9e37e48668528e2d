"""Telling an agent's endpoints what happens: with what happened, in order, for a day, and kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from catalog.models import SKU
from kameng.errors import EndpointInvalid, SecretChanging, TooManyEndpoints
from kameng.models import (
    Agent,
    ContractPrice,
    Delivery,
    DeliveryAttempt,
    Endpoint,
    EventKind,
    OrderCallback,
    PauseReason,
    TierPrice,
    WebhookEvent,
)
from kameng.services import deliveries, sending, watching
from kameng.services.callbacks import resend_callback
from kameng.services.deliveries import deliver, forget_old, resend, sweep_deliveries
from kameng.services.endpoints import (
    CHOSEN_EVENTS,
    create_endpoint,
    delete_endpoint,
    pause_endpoint,
    resume_endpoint,
    rotate_secret,
    switch_secret_now,
)
from kameng.services.events import record_test
from kameng.services.watching import compare_prices, set_balance_threshold, sweep_balances
from orders.models import Order
from orders.services import apply_outcome, place_order
from suppliers.models import Supplier
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.api.client import Program, sign
from tests.api.test_callbacks import HASTY, raw_server, resolve_to
from tests.listeners import Listener, Received, listening
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[Listener]:
    """The agent's own web server."""
    with listening() as listener:
        yield listener


@pytest.fixture
def hinted(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, tasks_at_once: None
) -> DjangoCaptureOnCommitCallbacks:
    return django_capture_on_commit_callbacks


def listen(agent: Agent, url: str, *events: EventKind, **fields: Any) -> tuple[Endpoint, str]:
    return create_endpoint(
        agent=agent, actor=agent.user, url=url, events=events or CHOSEN_EVENTS, **fields
    )


@pytest.fixture
def endpoint(agent: Agent, shop: Listener) -> Endpoint:
    return listen(agent, f"{shop.base_url}/hook")[0]


def buy(agent: Agent, sku: SKU, ref: str = "r1", **fields: Any) -> Order:
    return place_order(
        channel="wholesale",
        buyer=agent.user,
        sku=sku,
        quantity=1,
        client_ref=ref,
        **fields,
    ).order


def told(shop: Listener) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in shop.received]


def kinds(shop: Listener) -> list[str]:
    return [one["event"] for one in told(shop)]


def is_signed(received: Received, secret: str, header: str = "x-signature") -> bool:
    return received.headers.get(header) == sign(
        secret,
        "POST",
        received.path,
        received.headers["x-timestamp"],
        received.headers["x-nonce"],
        received.body,
    )


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

    def test_statements_do_not_grow_with_the_shelf(
        self, agent: Agent, skus: list[SKU], endpoint: Endpoint
    ) -> None:
        def statements() -> int:
            with CaptureQueriesContext(connection) as queries:
                compare_prices()
            return len(queries)

        few = statements()
        for _ in range(10):
            world.make_sku(list_price="100")
        compare_prices()
        assert statements() == few


class TestTryingAgain:
    def test_with_growing_gaps_until_it_is_understood(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        answers = iter([500, 404, 302, 204])
        shop.answer = lambda request: (next(answers), b"")
        shop.answer_headers["Location"] = f"{shop.base_url}/elsewhere"
        with hinted(execute=True):
            buy(agent, cards)
        waits = []
        for _ in range(3):
            delivery = Delivery.objects.get()
            assert delivery.next_attempt_at is not None
            waits.append(round((delivery.next_attempt_at - timezone.now()).total_seconds()))
            with hinted(execute=True):
                assert sweep_deliveries() == 0
            with time_machine.travel(delivery.next_attempt_at + timedelta(seconds=1)):
                with hinted(execute=True):
                    assert sweep_deliveries() == 1
                Delivery.objects.exclude(next_attempt_at=None).update(
                    next_attempt_at=timezone.now() + timedelta(seconds=waits[-1])
                )
            Endpoint.objects.update(quiet_until=None)
        assert waits[0] == 10
        delivery.refresh_from_db()
        assert (delivery.attempts, delivery.last_status) == (4, 204)
        assert delivery.delivered_at is not None
        assert len(shop.received) == 4
        assert len({one.body for one in shop.received}) == 1
        assert len({one.headers["x-nonce"] for one in shop.received}) == 4
        assert DeliveryAttempt.objects.count() == 4

    def test_for_a_day_then_it_is_given_up(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        shop.answer = lambda request: (503, b"")
        began = timezone.now()
        with hinted(execute=True):
            buy(agent, cards)
        tried_at = [began]
        for _ in range(60):
            delivery = Delivery.objects.get()
            if delivery.next_attempt_at is None:
                break
            endpoint.refresh_from_db()
            assert endpoint.quiet_until is not None
            now = max(delivery.next_attempt_at, endpoint.quiet_until)
            with time_machine.travel(now, tick=False), hinted(execute=True):
                sweep_deliveries()
            tried_at.append(now)
        assert delivery.given_up_at is not None
        assert timedelta(hours=22) < tried_at[-1] - began <= timedelta(hours=24)
        assert delivery.attempts == len(shop.received) < 40

    def test_a_lost_attempt_is_due_again(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        """As when a worker is killed while it sends."""
        buy(agent, cards)
        delivery = Delivery.objects.get()
        assert deliveries._lease(delivery.pk) is not None
        assert sweep_deliveries() == 0
        with time_machine.travel(timezone.now() + timedelta(seconds=31)), hinted(execute=True):
            assert sweep_deliveries() == 1
        assert len(shop.received) == 1


class TestOrder:
    def test_a_later_event_of_an_order_waits_for_the_earlier_one(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        shop.answer = lambda request: (500, b"")
        with hinted(execute=True):
            order = buy(agent, cards)
        with hinted(execute=True):
            world.refund(order, Decimal("10.00"))
        Endpoint.objects.update(quiet_until=None)
        later = Delivery.objects.order_by("pk").last()
        assert later is not None
        deliver(delivery_id=later.pk)
        assert kinds(shop) == ["order.finished"]
        shop.answer = lambda request: (200, b"")
        Delivery.objects.update(next_attempt_at=timezone.now())
        with hinted(execute=True):
            sweep_deliveries()
        assert kinds(shop) == ["order.finished", "order.finished", "order.refunded"]

    def test_other_orders_do_not_wait_for_it(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        """An event that the program can't digest holds up its own order only."""
        with hinted(execute=True):
            bad = buy(agent, cards, "bad")
            shop.answer = lambda one: (500 if bad.order_no.encode() in one.body else 200, b"")
        Endpoint.objects.update(quiet_until=None)
        with hinted(execute=True):
            buy(agent, cards, "good")
        assert Delivery.objects.waiting().count() == 1
        assert Delivery.objects.exclude(delivered_at=None).count() == 1

    def test_a_dead_endpoint_does_not_hold_up_another(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        dead, _ = listen(agent, "http://127.0.0.1:9/nobody")
        with hinted(execute=True):
            for n in range(5):
                buy(agent, cards, f"r{n}")
        assert len(shop.received) == 5
        dead.refresh_from_db()
        assert dead.failures == 1  # quiet since: four more deliveries cost nothing
        assert DeliveryAttempt.objects.filter(delivery__endpoint=dead).count() == 1
        with hinted(execute=True):
            assert sweep_deliveries() == 0


@pytest.mark.django_db(transaction=True)
def test_ten_workers_with_the_same_hint_send_it_once(
    agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener
) -> None:
    buy(agent, cards)
    delivery = Delivery.objects.get()
    in_threads(lambda _: deliver(delivery_id=delivery.pk), range(10))
    assert len(shop.received) == 1
    assert Delivery.objects.get().attempts == 1


class TestEndpoints:
    def test_the_secret_is_sealed(self, agent: Agent, shop: Listener) -> None:
        endpoint, secret = listen(agent, f"{shop.base_url}/hook")
        assert secret.startswith("whsec_")
        assert secret.encode() not in bytes(endpoint.sealed_secret)

    @pytest.mark.parametrize(
        "url",
        [
            "http://shop.example.com/",
            "https://127.0.0.1/",
            "https://169.254.169.254/",
            "https://[fd00::1]/",
            "ftp://shop.example.com/",
            "shop",
        ],
    )
    def test_an_address_inside_is_refused(self, agent: Agent, settings: Settings, url: str) -> None:
        settings.ALLOW_PRIVATE_CALLBACKS = False
        with pytest.raises(EndpointInvalid) as refused:
            listen(agent, url)
        assert refused.value.field == "url"

    def test_a_name_that_leads_inside_is_refused_when_it_is_called(
        self, agent: Agent, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.ALLOW_PRIVATE_CALLBACKS = False
        endpoint, _ = listen(agent, "https://shop.example.com/hook")
        resolve_to(monkeypatch, "10.1.2.3")
        deliver(delivery_id=record_test(endpoint).pk)
        assert Delivery.objects.get().last_error == "refused_address"

    def test_there_are_at_most_ten(self, agent: Agent, shop: Listener) -> None:
        for n in range(10):
            listen(agent, f"{shop.base_url}/{n}")
        with pytest.raises(TooManyEndpoints):
            listen(agent, f"{shop.base_url}/11")

    def test_while_a_secret_is_replaced_both_sign(
        self, agent: Agent, cards: SKU, shop: Listener, hinted: Any
    ) -> None:
        endpoint, old = listen(agent, f"{shop.base_url}/hook")
        new = rotate_secret(endpoint=endpoint, actor=agent.user, overlap=timedelta(hours=24))
        with pytest.raises(SecretChanging):
            rotate_secret(endpoint=endpoint, actor=agent.user, overlap=timedelta(hours=24))
        with hinted(execute=True):
            buy(agent, cards)
        assert is_signed(shop.received[0], old)
        assert is_signed(shop.received[0], new, "x-signature-next")
        switch_secret_now(endpoint=endpoint, actor=agent.user)
        with hinted(execute=True):
            buy(agent, cards, "r2")
        assert is_signed(shop.received[1], new)
        assert "x-signature-next" not in shop.received[1].headers

    def test_the_new_secret_takes_over_by_itself(
        self, agent: Agent, cards: SKU, shop: Listener, hinted: Any
    ) -> None:
        endpoint, _ = listen(agent, f"{shop.base_url}/hook")
        new = rotate_secret(endpoint=endpoint, actor=agent.user, overlap=timedelta(hours=1))
        with time_machine.travel(timezone.now() + timedelta(hours=2)), hinted(execute=True):
            buy(agent, cards)
        assert is_signed(shop.received[0], new)

    def test_what_happens_during_a_pause_is_told_after_it(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        pause_endpoint(endpoint=endpoint, actor=agent.user)
        with hinted(execute=True):
            buy(agent, cards)
            sweep_deliveries()
        assert shop.received == []
        resume_endpoint(endpoint=endpoint, actor=agent.user)
        with hinted(execute=True):
            sweep_deliveries()
        assert kinds(shop) == ["order.finished"]

    def test_a_long_pause_gives_up_visibly(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        pause_endpoint(endpoint=endpoint, actor=agent.user)
        buy(agent, cards)
        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            sweep_deliveries()
        assert Delivery.objects.get().given_up_at is not None

    def test_days_of_failure_pause_it(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        shop.answer = lambda request: (500, b"")
        for days in (0, 2, 3.1):
            with (
                time_machine.travel(timezone.now() + timedelta(days=days)),
                hinted(execute=True),
            ):
                buy(agent, cards, f"day{days}")
        endpoint.refresh_from_db()
        assert endpoint.pause_reason == PauseReason.FAILING
        assert DeliveryAttempt.objects.count() == 3

    def test_a_test_goes_out_even_while_it_is_paused(
        self, agent: Agent, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        pause_endpoint(endpoint=endpoint, actor=agent.user)
        with hinted(execute=True):
            record_test(endpoint)
        assert kinds(shop) == ["test"]

    def test_a_test_is_tried_once(self, agent: Agent, endpoint: Endpoint, shop: Listener) -> None:
        shop.answer = lambda request: (500, b"")
        delivery = record_test(endpoint)
        deliver(delivery_id=delivery.pk)
        delivery.refresh_from_db()
        assert delivery.given_up_at is not None

    def test_after_deletion_nothing_is_sent(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        buy(agent, cards)
        delete_endpoint(endpoint=endpoint, actor=agent.user)
        with hinted(execute=True):
            buy(agent, cards, "r2")
            sweep_deliveries()
        assert shop.received == []
        assert Delivery.objects.get().last_error == "deleted"

    def test_an_endpoint_of_the_sandbox_hears_of_play_orders_only(
        self, agent: Agent, cards: SKU, shop: Listener, hinted: Any
    ) -> None:
        Supplier.objects.create(code="practice-a", name="练习", adapter="fulu", is_sandbox=True)
        listen(agent, f"{shop.base_url}/play", is_sandbox=True)
        with hinted(execute=True):
            buy(agent, cards)
        assert shop.received == []
        assert not WebhookEvent.objects.exists()


class TestLog:
    def test_request_and_answer_are_kept_without_secrets(
        self, agent: Agent, cards: SKU, shop: Listener, hinted: Any
    ) -> None:
        _endpoint, secret = listen(agent, f"{shop.base_url}/hook")
        page = f"<h1>Oops</h1> db_password=hunter2 token: abcdef {secret}".encode() + b"x" * 5000
        shop.answer = lambda request: (500, page)
        with hinted(execute=True):
            order = buy(agent, cards)
        attempt = DeliveryAttempt.objects.get()
        assert attempt.status == 500
        assert attempt.duration_ms >= 0
        assert order.order_no in attempt.body
        assert attempt.headers["X-Signature"] == shop.received[0].headers["x-signature"]
        assert attempt.answer.startswith("<h1>Oops</h1> db_password=••• token: ••• •••")
        assert 1900 < len(attempt.answer) <= 2048
        assert secret not in attempt.answer

    def test_a_body_in_drops_counts_by_its_status_and_holds_nobody_up(
        self, agent: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sending, "LIMITS", HASTY)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
        with raw_server([head] + [b"x"] * 200, pause_seconds=0.05) as url:
            endpoint, _ = listen(agent, url)
            deliver(delivery_id=record_test(endpoint).pk)
        assert Delivery.objects.get().delivered_at is not None
        attempt = DeliveryAttempt.objects.get()
        assert attempt.duration_ms < 3000
        assert set(attempt.answer) == {"x"}

    def test_sent_again_by_hand(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        with hinted(execute=True):
            buy(agent, cards)
        with hinted(execute=True):
            resend(delivery=Delivery.objects.get())
        assert len(shop.received) == 2
        assert shop.received[0].body == shop.received[1].body
        assert Delivery.objects.get().attempts == 2

    def test_what_was_given_up_has_another_day(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        buy(agent, cards)
        shop.answer = lambda request: (500, b"")
        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            sweep_deliveries()
            assert Delivery.objects.get().given_up_at is not None
            with hinted(execute=True):
                resend(delivery=Delivery.objects.get())
        delivery = Delivery.objects.get()
        assert delivery.given_up_at is None
        assert delivery.next_attempt_at is not None

    def test_callbacks_of_orders_stand_in_the_same_log(
        self, program: Program, cards: SKU, shop: Listener, hinted: Any
    ) -> None:
        shop.answer = lambda request: (200, b'{"ok":true,"token":"s3cr3t"}')
        with hinted(execute=True):
            program.order(sku=cards.code, callback_url=f"{shop.base_url}/done")
        attempt = DeliveryAttempt.objects.get()
        assert attempt.callback == OrderCallback.objects.get()
        assert attempt.answer == '{"ok":true,"token":"•••"}'
        with hinted(execute=True):
            resend_callback(callback=OrderCallback.objects.get())
        assert len(shop.received) == 2
        assert OrderCallback.objects.get().delivered_at is not None

    def test_it_is_forgotten_after_a_month(
        self, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
    ) -> None:
        with hinted(execute=True):
            buy(agent, cards)
        assert forget_old() == 0
        with time_machine.travel(timezone.now() + timedelta(days=31)):
            assert forget_old() == 3
        assert not WebhookEvent.objects.exists()


def test_staff_see_who_fails_and_what_did_not_arrive(
    admin_client: Client, agent: Agent, cards: SKU, endpoint: Endpoint, shop: Listener, hinted: Any
) -> None:
    shop.answer = lambda request: (500, b"")
    with hinted(execute=True):
        order = buy(agent, cards)
    for page, found in (
        ("endpoint/?health=failing", shop.base_url),
        (f"endpoint/{endpoint.pk}/change/", endpoint.key_id),
        (f"delivery/?told=due&q={order.order_no}", order.order_no),
        (f"delivery/{Delivery.objects.get().pk}/change/", order.order_no),
    ):
        shown = admin_client.get(f"/admin/kameng/{page}")
        assert shown.status_code == 200
        assert found in shown.content.decode()
    secrets_shown = admin_client.get(f"/admin/kameng/endpoint/{endpoint.pk}/change/")
    assert "sealed" not in secrets_shown.content.decode()
