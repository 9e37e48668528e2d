from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import SKU, Category, DeliveryKind, Product, StockLane, StockLot
from catalog.queries import (
    ShelfProduct,
    cards_left,
    search_skus,
    sellable_skus,
    shelf,
    stock_of,
    visible_categories,
)
from catalog.search_keys import MAX_LENGTH, search_key
from catalog.services import save_product
from catalog.stock import allocate
from tests import world

pytestmark = pytest.mark.django_db


def make_product(category: Category | None = None, **fields: object) -> Product:
    sku = world.make_sku("card", category=category)
    for name, value in fields.items():
        setattr(sku.product, name, value)
    return save_product(sku.product)


def codes(found: list[ShelfProduct]) -> list[str]:
    return [item.product.code for item in found]


def test_a_hidden_category_hides_what_is_below_it() -> None:
    top = world.make_category(is_visible=False)
    below = world.make_category(parent=top)
    shown = world.make_category()
    product, hidden = make_product(shown), make_product(below)
    assert visible_categories() == [shown]
    assert codes(shelf()) == [product.code]
    assert hidden.skus.get() not in sellable_skus()


def test_a_category_shows_what_is_in_its_subcategories_too() -> None:
    top = world.make_category()
    below = world.make_category(parent=top)
    product = make_product(below)
    make_product(world.make_category())
    top.refresh_from_db()
    assert codes(shelf(category=top)) == [product.code]


def test_what_is_off_sale_is_not_on_the_shelf() -> None:
    make_product(is_on_sale=False)
    bare = make_product()
    SKU.objects.filter(product=bare).update(is_on_sale=False)
    assert shelf() == []


@pytest.mark.parametrize("product_count", [1, 30])
def test_the_shelf_takes_three_queries_however_long_it_is(
    product_count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    category = world.make_category()
    for _ in range(product_count):
        make_product(category)
    with django_assert_num_queries(3):
        items = shelf(category=category)
        assert len([sku.sku.product.category.name for item in items for sku in item.skus])


def test_stock_counts_unsold_cards_that_are_good_today() -> None:
    sku, empty = world.make_sku(), world.make_sku()
    world.stock_cards(sku, 20)
    allocate(order_id=1, sku_id=sku.pk, quantity=3)
    lot = StockLot.objects.create(sku=sku, supplier_code="stock", unit_cost=1)
    today = timezone.localdate()
    for expires_on in (today, today + timedelta(days=1)):
        StockLane.objects.create(lot=lot, sku=sku, unit_cost=1, size=5, expires_on=expires_on)
    assert stock_of([sku.pk, empty.pk]) == {sku.pk: 22, empty.pk: 0}
    annotated = SKU.objects.annotate(left=cards_left()).get(pk=sku.pk)
    assert annotated.left == 22


def test_a_top_up_is_never_known_to_be_sold_out() -> None:
    world.make_sku("topup")
    world.make_sku("card")
    assert {item.product.kind: item.is_sold_out for item in shelf()} == {
        "topup": False,
        "card": True,
    }
    assert [item.product.kind for item in shelf(kind=DeliveryKind.TOPUP)] == ["topup"]


@pytest.mark.parametrize(
    "typed",
    [
        "腾讯视频",
        "视频",
        "tengxunshipin",
        "txsp",
        "Tencent",
        "tencent video",
        "TX-VIP",
        "ＴＸＳＰ",
        "企鹅",
    ],
)
def test_a_product_is_found_by_name_pinyin_initials_brand_and_code(typed: str) -> None:
    product = make_product(name="腾讯视频", name_en="Tencent Video", brand="企鹅", code="tx-vip")
    make_product(name="爱奇艺")
    assert codes(shelf(search=typed)) == [product.code]
    assert [sku.product for sku in search_skus(typed)] == [product]


def test_every_word_of_a_search_must_fit_the_product_or_its_sku() -> None:
    product = make_product(name="移动话费")
    SKU.objects.filter(product=product).update(name="100元", code="cmcc-100")
    other = make_product(name="移动流量")
    SKU.objects.filter(product=other).update(name="50元")
    assert codes(shelf(search="yidong 100")) == [product.code]
    assert codes(shelf(search="cmcc-100")) == [product.code]
    assert set(codes(shelf(search="移动"))) == {product.code, other.code}
    assert shelf(search="移动 200") == []


@pytest.mark.parametrize("typed", ["%", "_", "'", "\\", "x" * 5000, "a b c d e f g h", "  "])
def test_odd_searches_are_only_searches(typed: str) -> None:
    make_product(name="移动话费")
    shelf(search=typed)
    list(search_skus(typed))


def test_a_search_key_never_outgrows_its_column() -> None:
    assert len(search_key(names=["中国移动" * 100], codes=["x"])) == MAX_LENGTH


def test_top_ups_are_saved_as_one_at_a_time() -> None:
    from catalog.services import save_sku

    product = world.make_sku("topup").product
    sku = SKU(product=product, code="new", name="1", face_value=Decimal(1), list_price=Decimal(1))
    assert (save_sku(sku).max_quantity, sku.kind) == (1, "topup")
