"""Lists: filters, search, empty states, and the same number of queries for 1 row and for 30."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import SKU
from catalog.services import save_product
from kalegou.models import Member
from kalegou.services import remember_number
from orders.models import Funding
from orders.services import place_order
from tests import world
from tests.kalegou import shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku() -> SKU:
    return shop.make_cards(60, list_price="10", cost="8")


@pytest.fixture
def member() -> Member:
    return shop.make_member("5000")


def buy(member: Member, sku: SKU, count: int, *, start: int = 0) -> None:
    for ref in range(start, start + count):
        place_order(channel="retail", buyer=member.user, sku=sku, quantity=1, client_ref=f"r{ref}")


@pytest.mark.parametrize(
    "path",
    [
        "/kalegou/orders/",
        "/kalegou/account/",
        "/kalegou/account/wallet/",
        "/kalegou/account/points/",
    ],
)
def test_thirty_orders_cost_no_more_queries_than_one(
    client, member, sku, path, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    shop.log_in(client, member)
    client.get(path)
    buy(member, sku, 1)
    remember_number(member=member, phone=shop.MOBILE_NUMBER)
    with django_assert_max_num_queries(12) as first:
        client.get(path)
    buy(member, sku, 29, start=1)
    for last in range(10, 39):
        remember_number(member=member, phone=f"138000000{last}")
    with django_assert_num_queries(len(first)):
        client.get(path)


def test_thirty_goods_cost_no_more_queries_than_one(
    client, sku, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    for path in ("/", "/kalegou/products/", "/kalegou/products/?q=商品"):
        with django_assert_max_num_queries(10) as first:
            client.get(path)
        for _ in range(29 if path == "/" else 1):
            world.make_sku("card", category=sku.product.category)
        with django_assert_num_queries(len(first)):
            client.get(path)


def test_orders_are_filtered_and_paged(client, member, sku) -> None:
    buy(member, sku, 25)
    place_order(
        channel="retail",
        buyer=member.user,
        sku=sku,
        quantity=1,
        client_ref="waiting",
        funding=Funding.GATEWAY,
    )
    shop.log_in(client, member)

    def count(query: str) -> int:
        return client.get(f"/kalegou/orders/{query}").content.decode().count("list-link")

    assert count("") == 20
    assert count("?page=2") == 6
    assert count("?show=unpaid") == 1
    assert count("?show=done&page=2") == 5
    assert count("?show=refunded") == 0


@pytest.mark.parametrize(
    "query", ["?page=x", "?page=99999", "?show=nonsense", "?q=%00", "?q=" + "a" * 3000, "?show=%27"]
)
def test_nonsense_in_the_address_is_forgiven(client, member, sku, query) -> None:
    buy(member, sku, 1)
    assert shop.log_in(client, member).get(f"/kalegou/orders/{query}").status_code == 200


def test_orders_are_found_by_number_and_by_name(client, member, sku) -> None:
    buy(member, sku, 2)
    number = member.user.orders.first().order_no
    shop.log_in(client, member)
    assert client.get("/kalegou/orders/", {"q": number}).content.decode().count("list-link") == 1
    name = sku.product.name
    assert client.get("/kalegou/orders/", {"q": name}).content.decode().count("list-link") == 2
    assert client.get("/kalegou/orders/", {"q": "无此物"}).content.decode().count("list-link") == 0


def test_nobody_sees_the_orders_of_others(member, sku) -> None:
    buy(member, sku, 1)
    for visitor in (Client(), shop.log_in(Client(), shop.make_member())):
        assert "list-link" not in visitor.get("/kalegou/orders/").content.decode()


def test_goods_are_found_by_chinese_pinyin_and_initials(client, sku) -> None:
    sku.product.name = "移动话费"
    save_product(sku.product)
    for word in ("移动", "yidong", "ydhf", "YDHF", " 话费 "):
        page = client.get("/kalegou/products/", {"q": word}).content.decode()
        assert f"/kalegou/products/{sku.product.code}/" in page
    assert sku.product.code not in client.get("/kalegou/products/", {"q": "zzz"}).content.decode()


def test_search_as_one_types_gets_the_shelf_alone(client, sku) -> None:
    part = client.get("/kalegou/products/", headers={"HX-Request": "true", "HX-Target": "shelf"})
    assert b"<html" not in part.content
    assert sku.product.code in part.content.decode()


def test_a_category_that_doesnt_exist_is_404(client) -> None:
    assert client.get("/kalegou/products/", {"category": "nope"}).status_code == 404


def test_hostile_text_is_only_ever_text(client, sku) -> None:
    sku.product.name = "<img src=x onerror=alert(1)>" + "长" * 60
    save_product(sku.product)
    for path in ("/", "/kalegou/products/", f"/kalegou/products/{sku.product.code}/"):
        assert b"<img src=x" not in client.get(path).content
    assert b"<b>x" not in client.get("/kalegou/products/", {"q": "<b>x"}).content


@pytest.mark.parametrize(
    "path", ["/kalegou/account/", "/kalegou/account/wallet/", "/kalegou/account/points/"]
)
def test_account_pages_ask_to_log_in_and_lead_back(client, path) -> None:
    assert client.get(path).headers["Location"] == f"/account/login/?next={path}"
