"""Endpoints: never inside, secrets that change, pauses, tests, and what staff see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from catalog.models import SKU
from kameng.errors import EndpointInvalid, SecretChanging, TooManyEndpoints
from kameng.models import (
    Agent,
    Delivery,
    DeliveryAttempt,
    Endpoint,
    PauseReason,
    WebhookEvent,
)
from kameng.services.deliveries import deliver, sweep_deliveries
from kameng.services.endpoints import (
    delete_endpoint,
    pause_endpoint,
    resume_endpoint,
    rotate_secret,
    switch_secret_now,
)
from kameng.services.events import record_test
from suppliers.models import Supplier
from tests.api.hooks import buy, is_signed, kinds, listen
from tests.listeners import Listener
from tests.servers import resolve_to

pytestmark = pytest.mark.django_db


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
