"""Workers that are behind aren't buried in hints: a queue that has its hints gets no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from orders.services import fulfil, place_order, sweep
from orders.services.hinting import queue_of
from orders.services.sweeping import BATCH, HINTS_A_SUPPLIER
from outbound.hints import waiting
from outbound.store import connection
from suppliers.models import Supplier
from tests import world

pytestmark = pytest.mark.django_db
QUEUES = (queue_of("remote"), "celery")


@pytest.fixture(autouse=True)
def _empty_queues() -> Iterator[None]:
    connection().delete(*QUEUES)
    yield
    connection().delete(*QUEUES)


def hints_of_a_sweep(capture: DjangoCaptureOnCommitCallbacks) -> int:
    with capture() as hints:
        sweep()
    return len(hints)


def test_a_suppliers_queue_is_filled_up_and_no_further(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    remote = Supplier.objects.create(code="remote", name="Remote", adapter="fulu")
    sku = world.make_sku("topup", list_price="50")
    world.make_offer(sku, remote, cost="45")
    agent = world.make_agent(balance="1000")
    for n in range(HINTS_A_SUPPLIER + 2):
        order = place_order(
            channel="wholesale",
            buyer=agent.user,
            sku=sku,
            quantity=1,
            client_ref=f"order-{n}",
            account={"phone": f"138000010{n:02d}"},
        ).order
        fulfil(order_id=order.pk)
    hinted = django_capture_on_commit_callbacks
    assert hints_of_a_sweep(hinted) == HINTS_A_SUPPLIER
    connection().lpush(queue_of("remote"), *["hint"] * (HINTS_A_SUPPLIER - 1))
    assert waiting(queue_of("remote")) == HINTS_A_SUPPLIER - 1
    assert hints_of_a_sweep(hinted) == 1
    connection().lpush(queue_of("remote"), "hint")
    assert hints_of_a_sweep(hinted) == 0


def test_orders_wait_for_the_hints_that_are_there(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    remote = Supplier.objects.create(code="remote", name="Remote", adapter="fulu")
    sku = world.make_sku("topup", list_price="50")
    world.make_offer(sku, remote, cost="45")
    order = place_order(
        channel="wholesale",
        buyer=world.make_agent(balance="100").user,
        sku=sku,
        quantity=1,
        client_ref="one",
        account={"phone": "13800001234"},
    ).order
    order.next_sweep_at = order.created_at
    order.save(update_fields=["next_sweep_at"])
    connection().lpush("celery", *["hint"] * BATCH)
    assert hints_of_a_sweep(django_capture_on_commit_callbacks) == 0
    connection().delete("celery")
    assert hints_of_a_sweep(django_capture_on_commit_callbacks) == 1
