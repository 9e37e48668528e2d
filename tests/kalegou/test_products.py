"""A product's page: what can be chosen, what is refused before the checkout."""

from __future__ import annotations

import pytest

from catalog.models import SKU, AccountField, Carrier
from catalog.services import save_product
from orders.models import Order
from tests import world
from tests.kalegou import shop

pytestmark = pytest.mark.django_db


def page_of(sku: SKU) -> str:
    return f"/kalegou/products/{sku.product.code}/"


@pytest.fixture
def cards() -> SKU:
    return shop.make_cards(3, list_price="50")


@pytest.fixture
def game() -> SKU:
    sku = world.make_sku("topup", list_price="30")
    AccountField.objects.all().delete()
    AccountField.objects.create(
        product=sku.product,
        name="account",
        label="QQ号",
        kind="digits",
        min_length=5,
        max_length=12,
    )
    AccountField.objects.create(
        product=sku.product, name="server", label="服务器", kind="text", min_length=2, max_length=20
    )
    save_product(sku.product)
    world.make_offer(sku, shop.any_supplier(), cost="20")
    return sku


def test_the_label_tells_official_goods_from_others(client, cards) -> None:
    client.cookies["django_language"] = "en"
    told = "Not an official channel"
    assert told in client.get(page_of(cards)).content.decode()
    cards.product.is_official = True
    cards.product.save()
    world.make_contract(cards.product)
    assert told not in client.get(page_of(cards)).content.decode()


def test_a_phone_topup_is_sold_on_the_topup_page(client) -> None:
    (sku,) = shop.make_carrier(Carrier.UNICOM, 50)
    address = client.get(page_of(sku)).headers["Location"]
    assert address == "/kalegou/topup/?carrier=unicom&speed=fast"


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "x", "99999999999", "", "４", "1e3"])
def test_a_wrong_quantity_is_refused_beside_the_field(client, cards, quantity) -> None:
    if quantity == "４":  # a full-width digit is a digit: refused only because 3 are left
        quantity = "4"
    answer = client.post(page_of(cards), {"sku": cards.code, "quantity": quantity})
    assert answer.status_code in (200, 422)
    assert not Order.objects.exists()


def test_more_than_are_left_is_refused_with_the_number_left(client, cards) -> None:
    answer = client.post(page_of(cards), {"sku": cards.code, "quantity": "4"})
    assert answer.status_code == 422
    assert "3" in shop.text_of(answer.content)


def test_the_total_follows_the_quantity(client, cards) -> None:
    part = client.get(page_of(cards) + "total/", {"sku": cards.code, "quantity": "3"})
    assert "150 .00" in shop.text_of(part.content)


@pytest.mark.parametrize("query", ["?quantity=x", "?quantity=-5", "?sku=%00&quantity=" + "9" * 500])
def test_the_total_forgives_nonsense(client, cards, query) -> None:
    assert client.get(page_of(cards) + "total/" + query).status_code == 200


def test_account_fields_are_checked_one_by_one_and_kept(client, game) -> None:
    answer = client.post(
        page_of(game),
        {"sku": game.code, "account-account": "12a45", "account-server": "<b>一区</b>"},
    )
    content = answer.content.decode()
    assert 'id="id_account-account_error"' in content
    assert 'value="12a45"' in content
    assert "&lt;b&gt;一区" in content
    assert 'id="id_account-server_error"' not in content


@pytest.mark.parametrize("server", ["", "x", "长" * 21, "一\x07区", "一\n区", "a" * 100_000])
def test_a_hostile_account_is_refused(client, game, server) -> None:
    answer = client.post(
        page_of(game), {"sku": game.code, "account-account": "123456", "account-server": server}
    )
    assert 'id="id_account-server_error"' in answer.content.decode()


def test_a_good_account_goes_to_the_checkout_and_is_shown_there(client, game) -> None:
    answer = client.post(
        page_of(game),
        {"sku": game.code, "account-account": " 123456 ", "account-server": "一区"},
        follow=True,
    )
    text = shop.text_of(answer.content)
    assert "123456" in text
    assert "一区" in text


def test_a_sku_of_another_product_is_refused(client, cards, game) -> None:
    answer = client.post(page_of(cards), {"sku": game.code, "quantity": "1"})
    assert answer.status_code == 200
    assert "error-summary" in answer.content.decode()


@pytest.mark.parametrize("code", ["nope", "x" * 300])
def test_a_product_that_isnt_on_sale_is_404(client, code) -> None:
    assert client.get(f"/kalegou/products/{code}/").status_code == 404
