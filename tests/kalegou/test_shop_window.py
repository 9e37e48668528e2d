"""The front page, search as one types, and what a product's page tells."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import SKU
from catalog.services import save_category, save_product
from kalegou.models import Scene, SceneIcon
from kalegou.services.measuring import measure
from orders.services import place_order
from tests import world
from tests.kalegou import shop

pytestmark = pytest.mark.django_db


def goods(name: str, *, brand: str = "", category: str = "视频会员", count: int = 3) -> SKU:
    sku = world.make_sku("card", list_price="30", category=world.make_category(name=category))
    sku.product.name, sku.product.name_en, sku.product.brand = name, "", brand
    save_product(sku.product)
    if count:
        world.stock_cards(sku, count, unit_cost="20")
    else:
        world.make_offer(sku, world.stock_supplier(), cost="20")
    return sku


def bought(sku: SKU, client: Client | None = None, times: int = 1) -> None:
    member = shop.make_member("1000")
    for turn in range(times):
        place_order(channel="retail", buyer=member.user, sku=sku, quantity=1, client_ref=f"r{turn}")
    if client:
        shop.log_in(client, member)


def proposed(client: Client, typed: str) -> str:
    return shop.text_of(client.get("/kalegou/search/", {"q": typed}).content)


@pytest.mark.parametrize(
    "typed", ["腾讯", "tengxun", "TXSP", "ｔｘｓｐ", "企鹅", "qie", "shipin", "视频 腾讯"]
)
def test_search_proposes_by_name_pinyin_initials_brand_and_kind(client, typed: str) -> None:
    goods("腾讯视频", brand="企鹅")
    goods("爱奇艺", category="别的")
    found = proposed(client, typed)
    assert "腾讯视频" in found
    assert "爱奇艺" not in found
    assert "腾讯视频" in client.get("/kalegou/products/", {"q": typed}).content.decode()


@pytest.mark.parametrize("typed", ["", "  ", "\x00", "'\"<b>", "x" * 5000, "%", "_", "\\"])
def test_search_forgives_nonsense(client, typed: str) -> None:
    goods("腾讯视频")
    assert "腾讯视频" not in proposed(client, typed)
    assert client.get("/kalegou/products/", {"q": typed}).status_code == 200


def test_what_begins_with_the_word_comes_first_and_then_the_best_sold(client) -> None:
    goods("游戏音乐卡")
    seldom, often = goods("音乐会员"), goods("音乐月卡")
    bought(often, times=2)
    bought(seldom)
    measure(rest=False)
    found = proposed(client, "音乐")
    assert found.index("音乐月卡") < found.index("音乐会员") < found.index("游戏音乐卡")


def test_a_renamed_category_is_found_by_its_new_name(client) -> None:
    category = goods("腾讯视频", category="视频").product.category
    category.name = "影视"
    assert save_category(category) == 1
    assert "腾讯视频" in proposed(client, "yingshi")


def test_scenes_hold_what_staff_put_there_with_everything_below(client) -> None:
    inside, below, outside = goods("英雄卡"), goods("点券卡"), goods("咖啡券")
    below.product.category.parent = inside.product.category
    below.product.category.save()
    scene = Scene.objects.create(code="games", name="游戏玩乐", icon=SceneIcon.GAMES)
    scene.categories.add(inside.product.category)
    hidden = Scene.objects.create(code="life", name="生活场景", icon="life", is_visible=False)
    hidden.categories.add(outside.product.category)

    home = client.get("/").content.decode()
    assert "游戏玩乐" in home
    assert "生活场景" not in home
    listed = client.get("/kalegou/products/?scene=games").content.decode()
    assert "英雄卡" in listed
    assert "点券卡" in listed
    assert "咖啡券" not in listed
    assert client.get("/kalegou/products/?scene=life").status_code == 404


def test_home_shows_what_people_and_what_i_buy(client) -> None:
    mine, best, never = goods("我的卡", count=9), goods("爆款卡", count=9), goods("冷门卡")
    bought(best, times=4)
    bought(mine, client, times=2)
    measure(rest=False)
    home = shop.text_of(client.get("/").content)
    assert "您常买的" in home
    assert "买过 2 次 我的卡" in home
    popular = home.partition("大家常买")[2]
    assert popular.index("爆款卡") < popular.index("我的卡") < popular.index("冷门卡")
    assert never.product.name in popular


def test_home_costs_the_same_with_thirty_products(
    client, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    scene = Scene.objects.create(code="games", name="游戏", icon=SceneIcon.GAMES)
    scene.categories.add(goods("第一").product.category)
    bought(goods("买过的"), client)
    client.get("/")
    with django_assert_max_num_queries(26) as first:
        client.get("/")
    for number in range(30):
        scene.categories.add(goods(f"商品{number}").product.category)
    with django_assert_num_queries(len(first)):
        client.get("/")


def test_the_list_has_pages_an_order_and_official_goods_alone(client) -> None:
    for number in range(25):
        last = goods(f"商品{number:02}")
    bought(last)
    measure(rest=False)
    first = client.get("/kalegou/products/").content.decode()
    assert "商品00" in first
    assert "商品24" not in first
    assert "商品24" in client.get("/kalegou/products/?page=2").content.decode()
    assert "商品24" in client.get("/kalegou/products/?sort=sold").content.decode()
    nothing = client.get("/kalegou/products/?official=1").content.decode()
    assert "商品00" not in nothing


def test_a_product_tells_its_contract_or_that_there_is_none(client) -> None:
    sku = goods("腾讯视频")
    page = f"/kalegou/products/{sku.product.code}/"
    text = shop.text_of(client.get(page).content)
    assert "非官方渠道" in text
    assert "没有授权合同" in text
    sku.product.is_official = True
    sku.product.save()
    assert client.get(page).status_code == 404
    contract = world.make_contract(sku.product)
    text = shop.text_of(client.get(page).content)
    assert "非官方渠道" not in text
    told = ("官方授权", contract.party, contract.number, "线上零售", str(contract.valid_until))
    for shown in told:
        assert shown in text


def test_stock_and_measured_time_follow_the_choice(client) -> None:
    client.cookies["django_language"] = "en"
    sku = goods("腾讯视频", count=30)
    other = SKU.objects.create(
        product=sku.product, code="year", kind="card", name="年卡", face_value=90, list_price=90
    )
    world.stock_cards(other, 2, unit_cost="20")
    page = f"/kalegou/products/{sku.product.code}/"
    assert "No orders yet in the last 30 days" in shop.text_of(client.get(page).content)
    bought(sku)
    measure(rest=False)
    text = shop.text_of(client.get(page).content)
    assert "In stock" in text
    assert "1 order of exactly this" in text
    part = shop.text_of(client.get(page + "total/", {"sku": "year", "quantity": "1"}).content)
    assert "Only 2 left" in part
    assert "Nobody has bought exactly this" in part


def test_recommended_goods_are_alike_and_can_be_had(client) -> None:
    sku = goods("腾讯视频", brand="企鹅")
    same_brand = goods("企鹅音乐", brand="企鹅", category="音乐")
    goods("企鹅阅读", brand="企鹅", category="电子书", count=0)
    goods("咖啡券", category="饮品")
    text = shop.text_of(client.get(f"/kalegou/products/{sku.product.code}/").content)
    also = text.partition("看了又看")[2]
    assert same_brand.product.name in also
    assert "企鹅阅读" not in also
    assert "咖啡券" not in also
