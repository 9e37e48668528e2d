"""Who waits for something that is sold out is told once when it is back."""

from __future__ import annotations

import pytest

from catalog.models import SKU
from catalog.services import save_product
from kalegou.errors import NothingToWaitFor, TooManyWishes
from kalegou.models import Member, RestockWish
from kalegou.services import restocking
from kalegou.services.restocking import forget_wish, tell_of_restock, wish_for
from tests import world
from tests.kalegou import shop
from users.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return shop.make_member()


@pytest.fixture
def sold_out() -> SKU:
    sku = world.make_sku("card", list_price="50")
    save_product(sku.product)
    world.make_offer(sku, world.stock_supplier(), cost="40")
    return sku


def test_one_is_told_once_when_it_is_back(client, member: Member, sold_out: SKU) -> None:
    client.cookies["django_language"] = "en"
    page = f"/kalegou/products/{sold_out.product.code}/"
    assert "Log in, and we tell you" in client.get(page).content.decode()
    shop.log_in(client, member)
    for _twice in range(2):
        client.post(page + "wish/", {"sku": sold_out.code})
    assert RestockWish.objects.count() == 1
    assert "tell you as soon as" in shop.text_of(client.get(page).content)
    assert tell_of_restock() == 0

    world.stock_cards(sold_out, 3, unit_cost="40")
    assert tell_of_restock() == 1
    assert tell_of_restock() == 0
    notice = Notice.objects.get(user=member.user)
    assert (notice.kind, notice.facts["code"]) == ("retail.back_in_stock", sold_out.product.code)


def test_one_can_stop_waiting(client, member: Member, sold_out: SKU) -> None:
    shop.log_in(client, member)
    wish = f"/kalegou/products/{sold_out.product.code}/wish/"
    client.post(wish, {"sku": sold_out.code})
    client.post(wish, {"sku": sold_out.code, "forget": "1"})
    assert not RestockWish.objects.exists()
    forget_wish(user=member.user, sku=sold_out)
    assert client.post(wish, {"sku": "nope"}).status_code == 404


def test_what_is_there_needs_no_waiting_and_the_list_has_an_end(
    member: Member, sold_out: SKU, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NothingToWaitFor):
        wish_for(user=member.user, sku=shop.make_cards(1))
    monkeypatch.setattr(restocking, "MOST_WISHES", 0)
    with pytest.raises(TooManyWishes):
        wish_for(user=member.user, sku=sold_out)
    assert not RestockWish.objects.exists()
