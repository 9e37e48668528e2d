"""On the way to an endpoint: again for a day, in order, once, and in the log."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from catalog.models import SKU
from kameng.models import (
    Agent,
    Delivery,
    DeliveryAttempt,
    Endpoint,
    OrderCallback,
    WebhookEvent,
)
from kameng.services import deliveries, sending
from kameng.services.callbacks import resend_callback
from kameng.services.deliveries import deliver, forget_old, resend, sweep_deliveries
from kameng.services.events import record_test
from tests import world
from tests.api.client import Program
from tests.api.hooks import buy, kinds, listen
from tests.listeners import Listener
from tests.servers import HASTY, raw_server
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


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
