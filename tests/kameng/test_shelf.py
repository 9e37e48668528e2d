"""Finding goods as an agent does: by any of their names, its own list, what it bought lately."""

from __future__ import annotations

import pytest
from django.urls import reverse

from catalog.services import save_product, save_sku
from kameng.buying_errors import TooManyFavourites
from kameng.models import Favourite
from kameng.queries.shelf import Wanted, look_through
from kameng.services import favourites
from kameng.services.favourites import add_favourite, move_favourite, remove_favourite
from ledger.services import balance
from orders.models import Order
from orders.services import place_order
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(chain):
    return chain[2]


def goods(name: str, brand: str = "", sku_name: str = "月卡", price: str = "100"):
    sku = world.make_sku(list_price=price)
    sku.product.name, sku.product.brand, sku.name = name, brand, sku_name
    sku.product.name_en = ""  # whatever language the test before has left
    save_product(sku.product)
    save_sku(sku)
    world.make_offer(sku, world.stock_supplier())
    return sku


def found(agent, **wanted) -> list[str]:
    rows, _bought = look_through(agent, Wanted(**wanted))
    return [row.ware.sku.code for row in rows]


def buy(agent, sku, quantity: int = 1, ref: str = "r") -> Order:
    return place_order(
        channel="wholesale", buyer=agent.user, sku=sku, quantity=quantity, client_ref=ref
    ).order


@pytest.mark.parametrize(
    "typed",
    ["腾讯视频", "tengxunshipin", "txsp", "TENCENT", "yueka", "视频 月卡", "腾讯 yk", "ｔｘｓｐ"],
)
def test_goods_are_found_by_name_pinyin_initials_brand_and_their_own_name(agent, typed) -> None:
    sku = goods("腾讯视频会员", "Tencent")
    goods("爱奇艺黄金会员", "iQIYI", "季卡")
    assert found(agent, search=typed) == [sku.code]


def test_an_amount_finds_its_own_sku_only(agent) -> None:
    fifty = goods("移动话费", sku_name="50元")
    hundred = world.make_sku(category=fifty.product.category)
    hundred.product, hundred.name = fifty.product, "100元"
    save_sku(hundred)
    world.make_offer(hundred, world.stock_supplier())
    assert found(agent, search="移动100") == [hundred.code]
    assert len(found(agent, search="ydhf")) == 2


def test_the_code_that_is_typed_comes_first(agent) -> None:
    first, exact = goods("点卡"), goods("点卡")
    first.product.summary = exact.code
    first.name = f"{exact.code}"
    save_sku(first)
    assert found(agent, search=exact.code) == [exact.code, first.code]


def test_goods_are_sorted_and_narrowed(agent) -> None:
    dear, cheap = goods("B", price="90"), goods("A", price="10")
    world.stock_cards(dear, 3)
    world.pay_in(agent.wallet_id, "1000")
    assert found(agent, sort="price") == [cheap.code, dear.code]
    assert found(agent, sort="-price") == [dear.code, cheap.code]
    assert found(agent, sort="name") == [cheap.code, dear.code]
    assert found(agent, is_in_stock=True) == [dear.code]
    buy(agent, dear)
    assert found(agent, sort="bought") == [dear.code, cheap.code]
    assert found(agent, listed="recent") == [dear.code]


def test_an_agents_list_keeps_its_own_order(agent, chain) -> None:
    one, two, three = goods("甲"), goods("乙"), goods("丙")
    for sku in (one, two, three, two):
        add_favourite(agent=agent, sku=sku)
    assert found(agent, listed="favourites") == [one.code, two.code, three.code]
    move_favourite(agent=agent, sku=three, way="up")
    move_favourite(agent=agent, sku=one, way="down")
    assert found(agent, listed="favourites") == [three.code, one.code, two.code]
    move_favourite(agent=agent, sku=two, way="top")
    move_favourite(agent=agent, sku=two, way="up")
    assert found(agent, listed="favourites") == [two.code, three.code, one.code]
    remove_favourite(agent=agent, sku=three)
    assert found(agent, listed="favourites") == [two.code, one.code]
    assert found(chain[1], listed="favourites") == []


def test_a_list_has_an_end(agent, monkeypatch) -> None:
    monkeypatch.setattr(favourites, "MOST", 1)
    add_favourite(agent=agent, sku=goods("甲"))
    with pytest.raises(TooManyFavourites):
        add_favourite(agent=agent, sku=goods("乙"))
    assert Favourite.objects.count() == 1


def test_the_page_stars_searches_live_and_leaves_as_a_file(browser, agent) -> None:
    portal = browser(agent)
    sku, other = goods("腾讯视频会员"), goods("别的")
    here = reverse("kameng:catalogue")
    star = reverse("kameng:favourite", args=[sku.code])
    answer = portal.post(star, {"do": "add", "back": f"{here}?q=txsp"})
    assert answer["Location"] == f"{here}?q=txsp"
    assert 'value="remove"' in portal.get(here).content.decode()
    assert portal.post(star, {"do": "add", "back": "//evil.example"})["Location"] == here
    live = portal.get(here, {"q": "txsp"}, headers={"HX-Request": "true", "HX-Target": "goods"})
    html = live.content.decode()
    assert sku.code in html
    assert other.code not in html
    assert "<html" not in html
    mine = portal.get(here, {"list": "favourites"}).content.decode()
    assert other.code not in mine
    file = portal.get(here, {"q": "txsp", "format": "csv"})
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert sku.code in lines[1]
    assert portal.post(star, {"do": "explode"}).status_code == 404
    assert portal.post(star, {"do": "remove"}, headers={"HX-Request": "true"}).status_code == 200
    assert not Favourite.objects.exists()


def test_an_earlier_order_again_is_one_press_from_its_payment(browser, agent, card) -> None:
    order = buy(agent, card, 2)
    portal = browser(agent)
    again = reverse("kameng:again", args=[order.order_no])
    html = portal.get(again).content.decode()
    assert "Confirm and pay ¥190.00" in html
    assert balance(agent.wallet_id) == 810
    buy(agent, card, 8, "s")
    short = portal.get(again)
    assert (short.status_code, Order.objects.count()) == (402, 2)
    assert "The balance is too low" in short.content.decode()
    card.is_on_sale = False
    card.save()
    assert portal.get(again)["Location"] == reverse("kameng:catalogue")
    stranger = world.make_agent()
    assert browser(stranger).get(again).status_code == 404
