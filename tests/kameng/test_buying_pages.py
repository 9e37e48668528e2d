"""Buying in the browser: what the agent sees, what is charged, and every refusal."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from kameng.forms.buying import new_client_ref
from kameng.models import TierPrice
from kameng.services.agents import suspend_agent
from ledger.services import balance
from orders.models import Order
from suppliers.models import Supplier
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(chain):
    return chain[2]


@pytest.fixture
def portal(browser, agent):
    return browser(agent)


def address(name: str, sku) -> str:
    return reverse(f"kameng:{name}", args=[sku.product.code])


def order_form(sku, quantity: object = 2, **more: object) -> dict[str, object]:
    return {"sku": sku.code, "quantity": quantity, "client_ref": new_client_ref(), **more}


def confirmed(sku, quantity: object = 2, price: str = "95.00", **more: object) -> dict[str, object]:
    return order_form(sku, quantity, unit_price=price, **more)


def nothing_happened(agent) -> bool:
    return balance(agent.wallet_id) == Decimal(1000) and not Order.objects.exists()


def test_a_stranger_gets_a_welcome_and_sees_no_price(browser, card) -> None:
    stranger = browser(None)
    assert "Virtual goods at agent prices" in stranger.get("/kameng/").content.decode()
    for name in ("catalogue", "orders", "funds", "commissions", "downline", "invite"):
        answer = stranger.get(reverse(f"kameng:{name}"))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("users:login"))


def test_somebody_who_is_no_agent_yet_is_led_to_apply_and_sees_no_price(browser, card) -> None:
    person = browser(None)
    person.force_login(world.make_user(), backend="users.backends.PhoneOrUsernameBackend")
    answer = person.get(reverse("kameng:catalogue"), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("kameng:apply")
    assert "95.00" not in answer.content.decode()
    assert person.post(address("buy", card), confirmed(card)).status_code == 302
    assert not Order.objects.exists()


def test_the_catalogue_shows_the_agents_own_price_beside_the_list_price(portal, card) -> None:
    html = portal.get(reverse("kameng:catalogue")).content.decode()
    assert "¥95.00" in html
    assert "¥100.00" in html
    assert "The price of your tier" in html


def test_the_catalogue_finds_by_text_and_says_when_there_is_nothing(portal, card) -> None:
    found = portal.get(reverse("kameng:catalogue"), {"q": card.code}).content.decode()
    assert card.code in found
    nothing = portal.get(reverse("kameng:catalogue"), {"q": "no-such-goods"}).content.decode()
    assert "Nothing found" in nothing


def test_a_product_is_found_by_its_own_code_and_by_a_skus(portal, card) -> None:
    assert portal.get(address("product", card)).status_code == 200
    assert portal.get(reverse("kameng:product", args=[card.code])).status_code == 200
    assert portal.get(reverse("kameng:product", args=["nothing"])).status_code == 404


def test_the_first_press_shows_what_will_be_charged_and_charges_nothing(
    portal, agent, card
) -> None:
    html = portal.post(address("review", card), order_form(card)).content.decode()
    assert "Confirm and pay ¥190.00" in html
    assert "¥810.00" in html
    assert nothing_happened(agent)


def test_the_second_press_buys_and_leads_to_the_order(portal, agent, card) -> None:
    answer = portal.post(address("buy", card), confirmed(card))
    order = Order.objects.get()
    assert answer["Location"] == reverse("kameng:order", args=[order.order_no])
    assert (order.status, order.total) == ("completed", Decimal(190))
    assert balance(agent.wallet_id) == Decimal(810)
    assert world.books_are_clean()


def test_pressing_twice_or_reloading_makes_one_order(portal, agent, card) -> None:
    form = confirmed(card)
    first = portal.post(address("buy", card), form)
    again = portal.post(address("buy", card), form, follow=True)
    assert again.redirect_chain[0][0] == first["Location"]
    assert "Nothing was charged again" in again.content.decode()
    assert Order.objects.count() == 1
    assert balance(agent.wallet_id) == Decimal(810)


def test_a_used_form_with_another_quantity_is_refused_and_renewed(portal, agent, card) -> None:
    form = confirmed(card)
    portal.post(address("buy", card), form)
    answer = portal.post(address("buy", card), form | {"quantity": 3})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "already used for another order" in html
    fresh = re.search(r'name="client_ref" value="([^"]+)"', html)
    assert fresh
    assert fresh[1] != form["client_ref"]
    assert Order.objects.count() == 1


@pytest.mark.parametrize("press", ["review", "buy"])
@pytest.mark.parametrize(
    ("quantity", "told"),
    [
        ("0", "Choose a quantity between 1 and 10000."),
        ("-5", "Choose a quantity between 1 and 10000."),
        ("10001", "Choose a quantity between 1 and 10000."),
        ("abc", "Enter a whole number."),
        ("1.5", "Enter a whole number."),
        ("9" * 400, "Choose a quantity between"),
        ("", "This field is required."),
        ("<script>alert(1)</script>", "Enter a whole number."),
    ],
)
def test_a_bad_quantity_is_told_beside_the_field_and_kept(
    portal, agent, card, press, quantity, told
) -> None:
    answer = portal.post(address(press, card), confirmed(card, quantity))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert told in html
    assert "<script>alert" not in html
    if quantity and len(quantity) < 10 and quantity.isalnum():
        assert f'value="{quantity}"' in html
    assert nothing_happened(agent)


@pytest.mark.parametrize("press", ["review", "buy"])
def test_more_than_the_stock_is_told_before_money_moves(portal, agent, card, press) -> None:
    world.pay_in(agent.wallet_id, "9000")
    answer = portal.post(address(press, card), confirmed(card, 21))
    assert answer.status_code == 409
    assert "Sold out for now. Nothing was charged" in answer.content.decode()
    assert balance(agent.wallet_id) == Decimal(10000)
    assert not Order.objects.exists()


@pytest.mark.parametrize("press", ["review", "buy"])
def test_a_low_balance_is_told_and_leads_to_the_deposit(portal, agent, card, press) -> None:
    answer = portal.post(address(press, card), confirmed(card, 11))
    html = answer.content.decode()
    assert answer.status_code == 402
    assert "The balance is too low. Nothing was charged" in html
    assert reverse("kameng:deposit") in html
    assert nothing_happened(agent)


@pytest.mark.parametrize("press", ["review", "buy"])
def test_a_closed_supplier_is_told_before_money_moves(portal, agent, card, press) -> None:
    Supplier.objects.update(is_open=False)
    answer = portal.post(address(press, card), confirmed(card))
    assert answer.status_code == 409
    assert "under maintenance" in answer.content.decode()
    assert nothing_happened(agent)


def test_a_price_that_rose_since_the_confirmation_asks_again(portal, agent, card) -> None:
    TierPrice.objects.filter(sku=card, tier=agent.tier).update(price=Decimal("96"))
    answer = portal.post(address("buy", card), confirmed(card, price="95.00"))
    assert answer.status_code == 409
    assert "The price has changed. Nothing was charged" in answer.content.decode()
    assert nothing_happened(agent)


@pytest.mark.parametrize("price", [None, "", "free", "NaN", "1e999999"])
def test_without_a_seen_price_the_confirmation_is_shown_again(portal, agent, card, price) -> None:
    form = order_form(card) | ({} if price is None else {"unit_price": price})
    answer = portal.post(address("buy", card), form)
    if price == "1e999999":  # a price limit so high that it limits nothing
        assert Order.objects.get().unit_price == Decimal(95)
    else:
        assert "Confirm and pay" in answer.content.decode()
        assert nothing_happened(agent)


@pytest.mark.parametrize("ref", ["", "x", "web-" + "Z" * 32, "' OR 1=1 --"])
def test_a_made_up_reference_is_refused(portal, agent, card, ref) -> None:
    answer = portal.post(address("buy", card), confirmed(card) | {"client_ref": ref})
    assert answer.status_code == 422
    assert nothing_happened(agent)


def test_a_sku_of_another_product_is_refused(portal, agent, card) -> None:
    other = world.make_sku()
    answer = portal.post(address("buy", card), confirmed(card) | {"sku": other.code})
    assert answer.status_code == 422
    assert "aren&#x27;t sold any more" in answer.content.decode()
    assert nothing_happened(agent)


def test_a_suspended_agent_reads_why_and_can_buy_nothing(portal, agent, card) -> None:
    staff = world.make_user(is_staff=True)
    suspend_agent(agent=agent, actor=staff, reason="Documents expired.")
    for answer in (
        portal.get(reverse("kameng:catalogue")),
        portal.get(address("product", card)),
        portal.post(address("buy", card), confirmed(card)),
        portal.get(reverse("kameng:deposit")),
        portal.get(reverse("kameng:invite")),
    ):
        assert answer.status_code == 403
        assert "Documents expired." in answer.content.decode()
    for name in ("home", "orders", "funds", "commissions", "downline"):
        assert portal.get(reverse(f"kameng:{name}")).status_code == 200
    assert nothing_happened(agent)


def topup_form(sku, phone: str, **more: object) -> dict[str, object]:
    return {
        "sku": sku.code,
        "account_phone": phone,
        "client_ref": new_client_ref(),
        "unit_price": "9.80",
        **more,
    }


@pytest.fixture
def topup(chain):
    sku = world.make_sku("topup", list_price="10")
    world.price_tiers(sku, "9.70", "9.75", "9.80")
    supplier = Supplier.objects.create(code="far", name="远方", adapter="fulu")
    world.make_offer(sku, supplier, cost="9.60")
    return sku


@pytest.mark.parametrize(
    "phone", ["", "12345", "23800138000", "1380013800a", "<b>13800138000</b>", "1" * 300, "１３８"]
)
def test_a_wrong_number_is_told_beside_the_field_and_kept(portal, agent, topup, phone) -> None:
    answer = portal.post(address("review", topup), topup_form(topup, phone))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "This is not a mainland mobile number" in html or "This is needed" in html
    assert "<b>138" not in html
    assert nothing_happened(agent)


def test_a_number_is_forgiven_its_spaces_and_shown_large_to_confirm(portal, agent, topup) -> None:
    answer = portal.post(address("review", topup), topup_form(topup, "+86 138 0013 8000"))
    assert "Confirm and pay ¥9.80" in answer.content.decode()
    portal.post(address("buy", topup), topup_form(topup, "+86 138 0013 8000"))
    assert Order.objects.get().account == {"phone": "13800138000"}
    assert balance(agent.wallet_id) == Decimal("990.20")


def test_the_total_follows_what_is_typed(portal, card) -> None:
    ask = {"sku": card.code, "quantity": "3", "client_ref": ""}
    html = portal.get(address("quote", card), ask).content.decode()
    assert "285" in html
    assert "¥715.00" in html
    unfinished = portal.get(address("quote", card), ask | {"quantity": "x"})
    assert unfinished.status_code == 200
