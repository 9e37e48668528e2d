"""An amount that isn't in the grid: checked, priced, and charged by the supplier as one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from catalog.models import SKU, Carrier
from catalog.services import save_sku
from orders.models import Order
from orders.services import apply_outcome
from orders.services.sending import submit_request
from suppliers.adapters.fulu import _order_content
from suppliers.models import Offer
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.kalegou import shop

pytestmark = pytest.mark.django_db
PARTS = "/kalegou/topup/amounts/"


@pytest.fixture
def other() -> SKU:
    """¥5 to ¥500 in steps of ¥5, at ¥4.97 each; the offer takes 60 of them at most."""
    shop.make_carrier(Carrier.MOBILE, 50, 100)
    product = SKU.objects.get(code="mobile-fast-50").product
    sku = save_sku(
        SKU(
            product=product,
            code="mobile-fast-any",
            name="自选金额",
            face_value=Decimal(5),
            list_price=Decimal("4.97"),
            max_quantity=100,
            is_any_amount=True,
        )
    )
    world.make_offer(sku, shop.any_supplier(), cost="4.8", max_quantity=60)
    return sku


def typed(sku: SKU, amount: str) -> dict[str, str]:
    return {
        "phone": shop.MOBILE_NUMBER,
        "for_number": shop.MOBILE_NUMBER,
        "carrier": "mobile",
        "speed": "fast",
        "sku": sku.code,
        "other": amount,
    }


def test_it_is_priced_bought_and_charged_as_one(client, other) -> None:
    member = shop.make_member("100")
    shop.log_in(client, member)
    assert "¥54.67" in shop.text_of(client.get(PARTS, typed(other, "５５元")).content)
    checkout = client.post("/kalegou/topup/", typed(other, "55")).headers["Location"]
    assert "¥55.00" in client.get(checkout).content.decode()
    client.post(checkout, {"payment": "wallet"})
    order = Order.objects.get()
    assert (order.quantity, order.total) == (11, Decimal("54.67"))
    attempt = world.begin(order)
    assert attempt is not None
    _method, content = _order_content(submit_request(attempt))
    assert content["charge_value"] == 55
    apply_outcome(
        fulfilment_id=attempt.pk, outcome=Outcome(OutcomeKind.DELIVERED), source="callback"
    )
    order.refresh_from_db()
    assert (order.status, order.delivered_quantity, order.cost) == (
        "completed",
        11,
        Decimal("52.8"),
    )
    assert world.books_are_clean()


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("57", "5 的整数倍"),
        ("305", "超出可充范围"),  # above what the offer takes
        ("0", "请输入金额"),
        ("-5", "请输入金额"),
        ("", "请输入金额"),
        ("1e3", "超出可充范围"),
        ("NaN", "请输入金额"),
        ("<b>5", "请输入金额"),
    ],
)
def test_what_cant_be_had_is_said_and_kept(client, other, amount, said) -> None:
    answer = client.post("/kalegou/topup/", typed(other, amount))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert said in text
    assert "amount-problem" in text
    assert not Order.objects.exists()


def test_it_isnt_split_between_two_suppliers(client, other) -> None:
    Offer.objects.filter(sku=other).update(max_quantity=10)
    world.make_offer(other, world.stock_supplier(), cost="4.8", max_quantity=1)
    member = shop.make_member("100")
    shop.log_in(client, member)
    checkout = client.post("/kalegou/topup/", typed(other, "50")).headers["Location"]
    Offer.objects.filter(sku=other).update(max_quantity=9)
    client.post(checkout, {"payment": "wallet"})
    assert not Order.objects.exists()


def test_only_a_phone_topup_can_be_of_any_amount(other) -> None:
    goods = world.make_sku("topup")
    goods.is_any_amount = True
    with pytest.raises(ValidationError):
        goods.clean()
    with pytest.raises(IntegrityError):
        SKU.objects.filter(code="mobile-fast-50").update(max_quantity=2)
