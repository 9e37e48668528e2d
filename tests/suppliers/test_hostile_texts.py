"""Whatever a supplier writes, its answer is stored and the order goes on."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from ledger.services import balance
from orders.models import FulfilmentStatus
from orders.services import place_order
from suppliers.adapters.base import CallbackRefused, CallbackResult, SupplierProduct
from suppliers.models import Supplier
from suppliers.outcomes import DeliveredCard
from suppliers.services import set_secrets
from tests import world
from tests.listeners import listening

HOSTILE = "a\x00b\ud800 c" + "长" * 1000


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("tasks_at_once")
def test_an_answer_with_what_no_database_takes_is_kept_as_unknown() -> None:
    agent = world.make_agent(balance="100")
    with listening() as server:
        said = {"code": 9999, "message": HOSTILE, "result": HOSTILE, "sign": HOSTILE}
        server.answer = lambda request: (200, json.dumps(said).encode())
        supplier = Supplier.objects.create(
            code="hostile", name="Hostile", adapter="fulu", base_url=server.base_url
        )
        secrets = {"app_key": "key", "app_secret": "0123456789abcdef"}
        set_secrets(supplier=supplier, secrets=secrets, actor=None)
        sku = world.make_sku("topup", list_price="50")
        world.make_offer(sku, supplier, cost="45")
        order = place_order(
            channel="wholesale",
            buyer=agent.user,
            sku=sku,
            quantity=1,
            client_ref="one",
            account={"phone": "13800138000"},
        ).order

    (attempt,) = order.fulfilments.all()
    assert attempt.status == FulfilmentStatus.UNKNOWN
    assert attempt.message.startswith("ab? c长")
    assert attempt.evidence.filter(source="submit").count() == 1
    assert balance(agent.wallet_id) == Decimal(50)


def test_a_code_that_can_not_be_kept_is_none_and_is_not_quoted() -> None:
    with pytest.raises(ValueError, match="can't be stored") as caught:
        DeliveredCard("N1", "SECRET\x00")
    assert "SECRET" not in str(caught.value)


def test_a_price_list_can_be_stored() -> None:
    product = SupplierProduct(HOSTILE, HOSTILE, "topup", Decimal(1))
    assert "\x00" not in product.ref + product.name
    product.name.encode()


@pytest.mark.parametrize("number", ["a b", "a\x00", "x" * 65, "é", "a\n"])
def test_a_callback_about_what_is_no_number_of_ours_is_refused(number: str) -> None:
    with pytest.raises(CallbackRefused):
        CallbackResult(fulfilment_no=number, outcome=None)
