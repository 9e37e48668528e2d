from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F

from catalog.demo import load_catalogue
from catalog.models import SKU, Category, DeliveryKind, Product, StockLot
from catalog.queries import shelf, stock_of
from ledger.checking import run_all
from suppliers.demo import load_suppliers
from suppliers.models import Offer, Supplier

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo_goods() -> None:
    load_catalogue()
    load_suppliers()


@pytest.mark.usefixtures("demo_goods")
def test_the_demo_goods_are_what_the_contract_says() -> None:
    shown = {item.product.category.code for item in shelf()}
    assert len(shown) >= 12
    faces = {10, 20, 30, 50, 100, 200, 300, 500}
    for carrier in ("cmcc", "cucc", "ctcc"):
        assert (
            set(
                SKU.objects.filter(code__in=[f"{carrier}-{face}" for face in faces]).values_list(
                    "face_value", flat=True
                )
            )
            == faces
        )
    assert SKU.objects.filter(product__speed="slow").count() >= 3
    cards = list(SKU.objects.filter(kind=DeliveryKind.CARD).values_list("pk", flat=True))
    counts = sorted(stock_of(cards).values())
    assert counts[0] == 0
    assert 0 < counts[1] < 10
    assert counts[len(counts) // 2] >= 100
    assert Product.objects.filter(is_on_sale=False).count() == 1
    assert not SKU.objects.filter(name_en="").exists()


@pytest.mark.usefixtures("demo_goods")
def test_every_demo_top_up_has_both_suppliers_and_a_margin() -> None:
    topups = SKU.objects.filter(kind=DeliveryKind.TOPUP)
    for code in ("fulu-a", "fulu-b"):
        assert Offer.objects.filter(supplier__code=code).count() == topups.count()
    assert not Offer.objects.filter(cost__gte=F("sku__list_price")).exists()
    phone = Offer.objects.filter(sku__code="cmcc-100").order_by("priority")
    codes = [offer.supplier.code for offer in phone if offer.is_open]
    assert codes == ["fulu-a", "fulu-b", "dtone"], "a third choice changes no behaviour"
    assert [offer.supplier.code for offer in phone if not offer.is_open] == ["juhe"]
    assert all(96 <= offer.cost <= 97.7 for offer in phone)


@pytest.mark.usefixtures("demo_goods")
def test_loading_the_demo_goods_again_changes_nothing() -> None:
    models: list[Any] = [Category, Product, SKU, StockLot, Supplier, Offer]
    before = [model.objects.count() for model in models]
    load_catalogue()
    load_suppliers()
    assert [model.objects.count() for model in models] == before


@pytest.mark.usefixtures("demo_goods")
def test_the_books_of_the_demo_stock_are_clean() -> None:
    assert not [result for result in run_all() if result.problems]
