"""Official goods are on the shelf as long as a contract covers them, and not a day longer."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from catalog.authorisation import end_contract
from catalog.errors import UnknownSKU
from catalog.models import SKU, SupplierContract
from catalog.queries import sellable_skus, shelf
from kameng.models import FeedEntry
from kameng.services.feed import refresh_feed
from orders.models import Funding, OrderStatus
from orders.services import place_order
from orders.services.paying import cancel_unpaid, may_still_be_paid
from tests import world
from tests.kalegou import shop
from users.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku() -> SKU:
    sku = shop.make_cards(5)
    sku.product.is_official = True
    sku.product.save()
    return sku


def contract(sku: SKU, *, begins: int = -10, ends: int = 10) -> SupplierContract:
    return world.make_contract(sku.product, begins=begins, ends=ends)


def is_on_shelf(sku: SKU) -> bool:
    """As lists and orders see it: they must agree."""
    fresh = SKU.objects.select_related("product").get(pk=sku.pk)
    listed = sellable_skus().filter(pk=sku.pk).exists()
    assert listed == any(one.product == sku.product for one in shelf())
    buyer = shop.make_member("1000").user
    try:
        place_order(channel="retail", buyer=buyer, sku=fresh, quantity=1, client_ref="r")
    except UnknownSKU:
        assert not listed
        return False
    assert listed
    return True


@pytest.mark.parametrize(
    ("begins", "ends", "is_sold"), [(-10, 10, True), (0, 0, True), (1, 10, False), (-10, -1, False)]
)
def test_a_contract_counts_from_its_first_day_to_its_last(
    sku: SKU, begins: int, ends: int, is_sold: bool
) -> None:
    contract(sku, begins=begins, ends=ends)
    assert is_on_shelf(sku) is is_sold


def test_without_a_contract_official_goods_are_refused_to_agents_too(sku: SKU) -> None:
    agent = world.make_agent(balance="1000")
    fresh = SKU.objects.select_related("product").get(pk=sku.pk)
    with pytest.raises(UnknownSKU):
        place_order(channel="wholesale", buyer=agent.user, sku=fresh, quantity=1, client_ref="a")
    assert not is_on_shelf(sku)


def test_it_ends_with_its_last_day_by_the_shops_clock(sku: SKU) -> None:
    made = contract(sku)
    SupplierContract.objects.filter(pk=made.pk).update(
        valid_from=date(2026, 1, 1), valid_until=date(2026, 6, 30)
    )
    zone = ZoneInfo("Asia/Shanghai")
    with time_machine.travel(datetime(2026, 6, 30, 23, 59, tzinfo=zone), tick=False):
        assert sellable_skus().filter(pk=sku.pk).exists()
    with time_machine.travel(datetime(2026, 7, 1, 0, 0, tzinfo=zone), tick=False):
        assert not sellable_skus().filter(pk=sku.pk).exists()


def test_a_contract_on_one_sku_leaves_the_others_off(sku: SKU) -> None:
    other = SKU.objects.create(
        product=sku.product, code="other", kind="card", name="200元", face_value=200, list_price=200
    )
    single = contract(sku)
    single.products.clear()
    single.skus.add(sku)
    assert set(sellable_skus()) == {sku}
    assert [item.sku for product in shelf() for item in product.skus] == [sku]
    contract(other)
    assert set(sellable_skus()) == {sku, other}


def test_a_payment_that_comes_after_the_contract_goes_back(sku: SKU) -> None:
    made = contract(sku)
    order = place_order(
        channel="retail",
        buyer=None,
        guest_key="guest",
        sku=sku,
        quantity=1,
        client_ref="late",
        funding=Funding.GATEWAY,
    ).order
    cancelled = cancel_unpaid(order_id=order.pk)
    assert cancelled.status == OrderStatus.CANCELLED
    assert may_still_be_paid(cancelled)
    end_contract(contract=made, actor=None, reason="授权被收回")
    assert not may_still_be_paid(cancelled)


def test_agents_programs_hear_that_it_left_the_shelf(sku: SKU) -> None:
    made = contract(sku)
    refresh_feed(fresh_seconds=0)
    assert FeedEntry.objects.get(code=sku.code).digest
    end_contract(contract=made, actor=None, reason="授权被收回")
    refresh_feed(fresh_seconds=0)
    assert FeedEntry.objects.get(code=sku.code).digest == ""


def test_staff_enter_a_contract_and_end_it_with_a_reason(admin_client: Client, sku: SKU) -> None:
    world.stock_supplier()
    form = {
        "supplier_code": "stock",
        "party": "品牌方有限公司",
        "number": "SQ-2026-1",
        "scope": "线上零售",
        "valid_from": "2020-01-01",
        "valid_until": "2099-12-31",
    }
    add = reverse("admin:catalog_suppliercontract_add")
    assert "合同覆盖的商品" in admin_client.post(add, form).content.decode()
    early = {**form, "valid_until": "2019-12-31", "products": [sku.product_id]}
    assert "到期日不能早于生效日" in admin_client.post(add, early).content.decode()
    assert not SupplierContract.objects.exists()

    admin_client.post(add, form | {"products": [sku.product_id]})
    made = SupplierContract.objects.get()
    assert is_on_shelf(sku)
    entered = AuditLog.objects.get(action="contract.enter")
    assert sku.product.code in str(entered.details)

    end = reverse("admin:catalog_suppliercontract_end", args=[made.pk])
    admin_client.post(end, {"reason": ""})
    assert is_on_shelf(sku)
    admin_client.post(end, {"reason": "授权被收回"})
    assert not is_on_shelf(sku)
    assert AuditLog.objects.get(action="contract.end").reason == "授权被收回"
    listed = admin_client.get(reverse("admin:catalog_suppliercontract_changelist") + "?state=over")
    assert "SQ-2026-1" in listed.content.decode()
    missing = reverse("admin:catalog_product_changelist") + "?contract=missing"
    assert sku.product.code in admin_client.get(missing).content.decode()
