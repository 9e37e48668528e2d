"""Telling a program that its order has ended: signed, once, again until it hears, never inside."""

from __future__ import annotations

import json
import socket
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from catalog.models import SKU
from config.checks import callbacks_stay_outside
from kameng.api.openapi import document
from kameng.models import Agent, ApiKey, OrderCallback
from kameng.services.api_keys import revoke_api_key
from kameng.services.callbacks import send_callback, sweep_callbacks
from orders.models import Order
from orders.services import apply_outcome
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.api.client import Program, code_of, sign
from tests.api.conftest import program_of
from tests.api.schemas import must_be_as_told
from tests.listeners import Listener, Received
from tests.servers import resolve_to
from tests.threads import in_threads


def finish(order: Order, kind: OutcomeKind) -> None:
    fulfilment = world.begin(order)
    assert fulfilment is not None
    apply_outcome(fulfilment_id=fulfilment.pk, outcome=Outcome(kind), source="query")


def the_callback() -> OrderCallback:
    return OrderCallback.objects.get()


def is_signed_with(program: Program, received: Received) -> bool:
    headers = received.headers
    return headers["x-api-key"] == program.key_id and headers["x-signature"] == sign(
        program.secret,
        "POST",
        received.path,
        headers["x-timestamp"],
        headers["x-nonce"],
        received.body,
    )


@pytest.mark.django_db
class TestTelling:
    def test_codes_in_stock_are_told_at_once(
        self, program: Program, cards: SKU, shop: Listener, hinted: Any
    ) -> None:
        with hinted(execute=True):
            order = program.order(sku=cards.code, callback_url=f"{shop.base_url}/done?shop=7")
        assert order.status_code == 201
        (received,) = shop.received
        assert received.path == "/done?shop=7"
        assert json.loads(received.body) == order.json() | {
            "timeline": json.loads(received.body)["timeline"]
        }
        assert is_signed_with(program, received)
        assert received.headers["content-type"] == "application/json"
        made = document("en")
        callback = made["paths"]["/api/v1/orders"]["post"]["callbacks"]["order_finished"]
        (told,) = callback.values()
        must_be_as_told(made, told["post"], received.headers, json.loads(received.body))
        assert the_callback().delivered_at is not None
        assert (the_callback().attempts, the_callback().last_status) == (1, 200)

    def test_no_code_is_in_it(
        self, program: Program, cards: SKU, shop: Listener, hinted: Any
    ) -> None:
        with hinted(execute=True):
            order_no = program.order(sku=cards.code, callback_url=f"{shop.base_url}/done").json()[
                "order_no"
            ]
        cards_told = program.get(f"/api/v1/orders/{order_no}/cards").json()["cards"]
        assert cards_told[0]["secret"].encode() not in shop.received[0].body

    @pytest.mark.parametrize(
        ("kind", "status", "refunded"),
        [
            (OutcomeKind.DELIVERED, "completed", "0.00"),
            (OutcomeKind.REJECTED, "failed", "50.00"),
        ],
    )
    def test_a_top_up_is_told_when_it_ends_and_not_before(
        self,
        program: Program,
        topup: SKU,
        shop: Listener,
        hinted: Any,
        kind: OutcomeKind,
        status: str,
        refunded: str,
    ) -> None:
        program.order(
            sku=topup.code,
            account={"phone": "13800000000"},
            callback_url=f"{shop.base_url}/done",
        )
        assert the_callback().next_attempt_at is None
        with hinted(execute=True):
            finish(Order.objects.get(), kind)
        (received,) = shop.received
        told = json.loads(received.body)
        assert (told["status"], told["refunded"]) == (status, refunded)
        assert told["finished_at"]
        assert is_signed_with(program, received)

    def test_who_asked_for_nothing_is_not_told(
        self, program: Program, cards: SKU, topup: SKU, hinted: Any
    ) -> None:
        with hinted(execute=True):
            program.order(sku=cards.code)
            program.order(sku=topup.code, client_ref="r2", account={"phone": "13800000000"})
            finish(Order.objects.get(client_ref="r2"), OutcomeKind.DELIVERED)
        assert not OrderCallback.objects.exists()

    def test_a_repeat_asks_for_no_second_callback(
        self, program: Program, cards: SKU, shop: Listener, hinted: Any
    ) -> None:
        url = f"{shop.base_url}/done"
        with hinted(execute=True):
            first = program.order(sku=cards.code, callback_url=url)
        with hinted(execute=True):
            again = program.order(sku=cards.code, callback_url=url)
        assert (first.status_code, again.status_code) == (201, 200)
        assert len(shop.received) == 1

    def test_a_refused_order_tells_nobody(
        self, program: Program, cards: SKU, shop: Listener, hinted: Any
    ) -> None:
        with hinted(execute=True):
            refused = program.order(
                sku=cards.code, quantity=11, callback_url=f"{shop.base_url}/done"
            )
        assert code_of(refused) == (402, "insufficient_balance")
        assert not OrderCallback.objects.exists()
        assert shop.received == []


@pytest.mark.django_db
class TestTryingAgain:
    @pytest.fixture
    def due(self, program: Program, cards: SKU, shop: Listener) -> OrderCallback:
        program.order(sku=cards.code, callback_url=f"{shop.base_url}/done")
        return the_callback()

    def test_until_the_program_has_understood(
        self, program: Program, due: OrderCallback, shop: Listener, hinted: Any
    ) -> None:
        answers = iter([500, 404, 302, 204])
        shop.answer_headers["Location"] = f"{shop.base_url}/elsewhere"
        shop.answer = lambda request: (next(answers), b"")
        waits = []
        for _ in range(4):
            moment = timezone.now()
            with time_machine.travel(moment, tick=False), hinted(execute=True):
                sweep_callbacks()
            now = the_callback()
            if now.next_attempt_at:
                waits.append(round((now.next_attempt_at - moment).total_seconds()))
                OrderCallback.objects.update(next_attempt_at=timezone.now())
        assert waits == [10, 30, 60]
        assert (now.attempts, now.last_status, now.next_attempt_at) == (4, 204, None)
        assert now.delivered_at is not None
        assert [received.path for received in shop.received] == ["/done"] * 4
        assert all(is_signed_with(program, received) for received in shop.received)
        assert len({received.headers["x-nonce"] for received in shop.received}) == 4
        with hinted(execute=True):
            assert sweep_callbacks() == 0

    def test_for_a_day_and_then_no_more(
        self, due: OrderCallback, shop: Listener, hinted: Any
    ) -> None:
        shop.answer = lambda request: (503, b"")
        finished_at = due.order.finished_at
        assert finished_at is not None
        tried_at = []
        now = timezone.now()
        for _ in range(60):
            with time_machine.travel(now, tick=False):
                with hinted(execute=True):
                    sweep_callbacks()
                tried_at.append(now)
                following = the_callback().next_attempt_at
                if following is None:
                    break
                now = following
        assert the_callback().delivered_at is None
        assert timedelta(hours=23) < tried_at[-1] - finished_at <= timedelta(hours=24)
        assert len(tried_at) == len(shop.received) == the_callback().attempts < 40

    def test_nothing_listens(self, program: Program, cards: SKU, hinted: Any) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{closed.getsockname()[1]}/done"
            with hinted(execute=True):
                program.order(sku=cards.code, callback_url=url)
        told = the_callback()
        assert (told.last_status, told.last_error) == (None, "unreachable")
        assert told.next_attempt_at is not None

    def test_a_lost_attempt_is_due_again(
        self, due: OrderCallback, shop: Listener, hinted: Any
    ) -> None:
        """As when a worker is killed while it sends."""
        OrderCallback.objects.update(
            attempts=1, next_attempt_at=timezone.now() + timedelta(seconds=30)
        )
        with hinted(execute=True):
            assert sweep_callbacks() == 0
        with time_machine.travel(timezone.now() + timedelta(seconds=31)), hinted(execute=True):
            assert sweep_callbacks() == 1
        assert len(shop.received) == 1

    def test_a_late_hint_does_nothing(self, due: OrderCallback, shop: Listener) -> None:
        send_callback(callback_id=due.pk, attempt=0)
        send_callback(callback_id=due.pk, attempt=0)
        assert len(shop.received) == 1

    def test_signs_with_another_key_once_the_first_is_revoked(
        self, program: Program, agent: Agent, due: OrderCallback, shop: Listener
    ) -> None:
        successor = program_of(agent)
        revoke_api_key(
            key=ApiKey.objects.get(key_id=program.key_id), actor=agent.user, reason="leaked"
        )
        send_callback(callback_id=due.pk, attempt=0)
        assert is_signed_with(successor, shop.received[0])

    def test_says_nothing_without_a_key(
        self, program: Program, agent: Agent, due: OrderCallback, shop: Listener
    ) -> None:
        revoke_api_key(
            key=ApiKey.objects.get(key_id=program.key_id), actor=agent.user, reason="leaked"
        )
        send_callback(callback_id=due.pk, attempt=0)
        assert shop.received == []
        assert the_callback().last_error == "no_key"


@pytest.mark.django_db(transaction=True)
def test_ten_workers_with_the_same_hint_send_it_once(
    program: Program, cards: SKU, shop: Listener
) -> None:
    program.order(sku=cards.code, callback_url=f"{shop.base_url}/done")
    due = the_callback()
    in_threads(lambda _: send_callback(callback_id=due.pk, attempt=0), range(10))
    assert len(shop.received) == 1
    assert the_callback().attempts == 1


@pytest.mark.django_db
class TestNeverInside:
    """In production nothing on this machine or its network is called."""

    @pytest.fixture(autouse=True)
    def _production(self, settings: Settings) -> None:
        settings.ALLOW_PRIVATE_CALLBACKS = False

    @pytest.mark.parametrize(
        "url",
        [
            "http://shop.example.com/",
            "https://127.0.0.1/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://shop.localhost/",
            "https://10.0.0.1/",
            "https://192.168.1.1/",
            "https://172.16.0.1/",
            "https://100.64.0.1/",
            "https://169.254.169.254/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fec0::1]/",
            "https://[::127.0.0.1]/",
            "https://[::ffff:0:127.0.0.1]/",
            "https://[64:ff9b:1::7f00:1]/",
            "https://[3fff::1]/",
            "https://192.0.0.8/",
            "https://192.88.99.1/",
        ],
    )
    def test_such_an_address_is_refused_with_the_order(
        self, program: Program, cards: SKU, url: str
    ) -> None:
        refused = program.order(sku=cards.code, callback_url=url)
        assert code_of(refused) == (422, "invalid")
        assert list(refused.json()["errors"]) == ["callback_url"]
        assert not Order.objects.exists()

    def test_a_public_one_is_taken(self, program: Program, cards: SKU) -> None:
        for n, url in enumerate(("https://shop.example.com:8443/done?x=1", "https://1.1.1.1/")):
            answer = program.order(sku=cards.code, client_ref=f"r{n}", callback_url=url)
            assert answer.status_code == 201, answer.content

    @pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0"])
    def test_a_disguised_one_is_seen_through_when_it_is_called(
        self, program: Program, cards: SKU, hinted: Any, host: str
    ) -> None:
        with hinted(execute=True):
            answer = program.order(sku=cards.code, callback_url=f"https://{host}/done")
        assert answer.status_code in (201, 422)
        if answer.status_code == 201:
            assert the_callback().last_error == "refused_address"

    def test_a_name_that_leads_inside_is_seen_through_when_it_is_called(
        self, program: Program, cards: SKU, hinted: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resolve_to(monkeypatch, "10.1.2.3")
        with hinted(execute=True):
            program.order(sku=cards.code, callback_url="https://shop.example.com/done")
        told = the_callback()
        assert told.last_error == "refused_address"
        assert told.next_attempt_at is not None


def test_a_deployment_must_not_let_callbacks_inside(settings: Settings) -> None:
    for is_allowed, problems in ((True, ["config.E003"]), (False, [])):
        settings.ALLOW_PRIVATE_CALLBACKS = is_allowed
        assert [found.id for found in callbacks_stay_outside()] == problems
