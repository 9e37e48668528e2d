"""Staff keep the catalogue in the admin."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from catalog.models import SKU, Product, StockLot
from catalog.queries import search_skus
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(world.make_user(is_staff=True, is_superuser=True))
    return client


def inline(prefix: str, *rows: dict[str, str], initial: int = 0) -> dict[str, str]:
    fields = {
        f"{prefix}-TOTAL_FORMS": str(len(rows)),
        f"{prefix}-INITIAL_FORMS": str(initial),
        f"{prefix}-MIN_NUM_FORMS": "0",
        f"{prefix}-MAX_NUM_FORMS": "1000",
    }
    for place, row in enumerate(rows):
        fields |= {f"{prefix}-{place}-{name}": value for name, value in row.items()}
    return fields


def product_fields(**changes: str) -> dict[str, str]:
    return {
        "category": str(world.make_category().pk),
        "code": "netease",
        "name": "网易一卡通",
        "name_en": "NetEase card",
        "kind": "card",
        "speed": "fast",
        "icon": "package",
        "tone": "neutral",
        "position": "0",
        "is_on_sale": "on",
    } | changes


SKU_ROW = {
    "code": "netease-100",
    "name": "100元",
    "face_value": "100",
    "list_price": "98.5",
    "min_quantity": "1",
    "max_quantity": "100",
    "is_on_sale": "on",
    "position": "0",
}
FIELD_ROW = {
    "name": "phone",
    "label": "手机号码",
    "kind": "mobile",
    "min_length": "11",
    "max_length": "11",
    "position": "0",
}


def test_a_new_product_with_its_sku_is_found_by_its_initials(staff: Client) -> None:
    fields = product_fields() | inline("skus", SKU_ROW) | inline("account_fields")
    response = staff.post(reverse("admin:catalog_product_add"), fields)
    assert response.status_code == 302, response.context["errors"]
    sku = search_skus("wyykt").get()
    assert (sku.code, sku.kind, sku.list_price) == ("netease-100", "card", Decimal("98.5"))


def test_a_new_top_up_sells_one_at_a_time_and_asks_for_its_account(staff: Client) -> None:
    fields = product_fields(kind="topup") | inline("skus", SKU_ROW)
    response = staff.post(
        reverse("admin:catalog_product_add"), fields | inline("account_fields", FIELD_ROW)
    )
    assert response.status_code == 302, response.context["errors"]
    sku = SKU.objects.get()
    assert (sku.kind, sku.max_quantity) == ("topup", 1)
    assert sku.product.account_fields.get().kind == "mobile"


@pytest.mark.parametrize("change", [{"list_price": "0"}, {"max_quantity": "0"}, {"code": "a b"}])
def test_an_impossible_sku_is_refused_beside_its_field(
    staff: Client, change: dict[str, str]
) -> None:
    fields = product_fields() | inline("skus", SKU_ROW | change) | inline("account_fields")
    response = staff.post(reverse("admin:catalog_product_add"), fields)
    assert response.status_code == 200
    assert response.context["errors"]
    assert not Product.objects.exists()


def test_the_sku_list_shows_stock_and_filters_by_it(staff: Client) -> None:
    full, low, empty = (world.make_sku() for _ in range(3))
    world.stock_cards(full, 1234)
    world.stock_cards(low, 3)
    page = reverse("admin:catalog_sku_changelist")

    def listed(stock: str) -> list[SKU]:
        return list(staff.get(page, {"stock": stock}).context["cl"].queryset)

    assert "1,234" in staff.get(page).content.decode()
    assert listed("none") == [empty]
    assert listed("low") == [low]
    assert set(listed("some")) == {full, low}


@pytest.mark.parametrize("model", ["category", "product", "sku", "stocklot"])
def test_lists_take_the_same_queries_with_one_row_and_with_thirty(
    staff: Client, model: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    page = reverse(f"admin:catalog_{model}_changelist")
    counts = []
    for rows in (1, 29):
        for _ in range(rows):
            world.stock_cards(world.make_sku(), 1)
        with django_assert_max_num_queries(20) as queries:
            assert staff.get(page).status_code == 200
        counts.append(len(queries))
    assert counts[1] <= counts[0]


def test_a_lot_can_be_looked_at_and_not_changed(staff: Client) -> None:
    world.stock_cards(world.make_sku(), 3)
    lot = StockLot.objects.get()
    page = reverse("admin:catalog_stocklot_change", args=[lot.pk])
    assert staff.get(page).status_code == 200
    assert staff.post(page, {"unit_cost": "0"}).status_code == 403


@pytest.mark.parametrize(
    "listing",
    ["ledger_account_changelist", "ledger_entry_changelist", "ledger_posting_changelist"],
)
def test_the_books_can_be_read_and_not_changed(staff: Client, listing: str) -> None:
    world.stock_cards(world.make_sku(), 3, unit_cost="80")
    response = staff.get(reverse(f"admin:{listing}"))
    assert response.status_code == 200
    assert "240" in response.content.decode() or listing == "ledger_entry_changelist"
    add = reverse(f"admin:{listing.replace('changelist', 'add')}")
    assert staff.get(add).status_code == 403
