"""The agent's own prices in the portal: the list, its files, the history, what it adds below."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kameng.models import (
    ChangeSource,
    ContractPrice,
    DownlineMarkup,
    PriceChange,
    PriceKind,
    TierPrice,
)
from kameng.price_items import PriceItem
from kameng.price_rules import price_list
from kameng.queries.price_history import own_history
from kameng.services.price_changes import change_prices
from kameng.services.settling import hold_settlements, settle_due_commissions
from orders.services import place_order
from tests import world

pytestmark = pytest.mark.django_db


def paid(agent, sku) -> Decimal:
    return price_list(agent, [sku.pk])[sku.pk].price


def text_of(response) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode()
    found: str = response.content.decode()
    return found


def test_the_price_list_shows_price_margin_and_rule_and_leaves_as_a_file(
    browser, chain, card
) -> None:
    dear = world.make_sku(list_price="200", category=card.product.category)
    ContractPrice.objects.create(
        agent=chain[2],
        sku=dear,
        price=Decimal("150"),
        valid_from=timezone.now() - timedelta(days=1),
        valid_until=timezone.now() + timedelta(days=9),
    )
    client = browser(chain[2])
    shown = text_of(client.get(reverse("kameng:prices"), {"sort": "-margin"}))
    assert shown.index(dear.code) < shown.index(card.code)
    assert "+¥50.00" in shown
    assert "25.0%" in shown
    assert "Your contract price." in shown
    assert f"until {timezone.localtime(timezone.now() + timedelta(days=9)):%Y-%m-%d}" in shown
    assert "The price of your tier" in shown
    file = text_of(client.get(reverse("kameng:prices"), {"q": card.code, "format": "csv"}))
    assert card.code in file
    assert dear.code not in file
    assert ",100.00,95.00,5.00,5.00," in file
    empty = text_of(client.get(reverse("kameng:prices"), {"q": "no such thing"}))
    assert "Nothing found" in empty


def test_the_history_of_a_price_is_replayed_from_every_change(browser, chain, card) -> None:
    now = timezone.now()
    type(chain[0]).objects.update(approved_at=now - timedelta(days=50))
    chain[2].refresh_from_db()
    PriceChange.objects.bulk_create(  # the history of before this test
        [
            PriceChange(
                at=now - timedelta(days=days),
                kind=PriceKind.TIER_PRICE,
                row_id=TierPrice.objects.get(sku=card, tier=chain[2].tier).pk,
                sku=card,
                tier=chain[2].tier,
                old_value=old,
                new_value=new,
            )
            for days, old, new in ((30, Decimal(97), Decimal(96)), (10, Decimal(96), None))
        ]
    )
    ContractPrice.objects.create(
        agent=chain[2],
        sku=card,
        price=Decimal(92),
        valid_from=now - timedelta(days=5),
        valid_until=now - timedelta(days=3),
    )
    changes = own_history(chain[2], card).changes
    prices = [(one.price, one.before) for one in changes]
    assert [price for price, _before in prices][-3:] == [Decimal(100), Decimal(96), Decimal(97)]
    shown = text_of(browser(chain[2]).get(reverse("kameng:price_history", args=[card.code])))
    assert "Every change of your price" in shown
    assert "¥96.00" in shown
    missing = browser(chain[2]).get(reverse("kameng:price_history", args=["nothing"]))
    assert missing.status_code == 404


def test_an_upline_sees_what_a_markup_does_then_sets_it_and_takes_it_away(
    browser, chain, card
) -> None:
    client, address = browser(chain[1]), reverse("kameng:markups")
    said = {"scope": "sku", "sku": card.code, "percent": "3"}
    shown = client.post(address, said)
    assert "¥92.70" in text_of(shown)
    assert "now ¥95.00" in text_of(shown)
    assert not DownlineMarkup.objects.exists()
    client.post(address, {**said, "save": "1"})
    assert paid(chain[2], card) == Decimal("92.70")
    markup = DownlineMarkup.objects.get()
    assert PriceChange.objects.get(kind=PriceKind.MARKUP).actor == chain[1].user
    assert (
        browser(chain[0]).post(reverse("kameng:remove_markup", args=[markup.pk])).status_code == 404
    )  # another's
    client.post(reverse("kameng:remove_markup", args=[markup.pk]))
    assert paid(chain[2], card) == 95


def test_a_markup_that_breaks_a_rule_is_refused_with_the_figures(browser, chain, card) -> None:
    client, address = browser(chain[0]), reverse("kameng:markups")
    refused = client.post(address, {"scope": "all", "percent": "9", "save": "1"})
    assert refused.status_code == 409
    assert "¥95.92" in text_of(refused)
    assert 'value="9"' in text_of(refused)
    assert client.post(address, {"scope": "category", "percent": "101"}).status_code == 422
    assert not DownlineMarkup.objects.exists()


def test_commissions_with_months_settlements_files_and_a_hold(browser, chain, card) -> None:
    world.make_policy("0.01", hours=0)
    order = place_order(
        channel="wholesale", buyer=chain[2].user, sku=card, quantity=2, client_ref="a"
    ).order
    settle_due_commissions(until=timezone.now() + timedelta(seconds=1))
    world.refund(order, Decimal(95))
    client = browser(chain[1])
    shown = text_of(client.get(reverse("kameng:commissions"), {"q": order.order_no}))
    assert "¥11.9000 earned, ¥5.9500 taken back, ¥5.9500 kept" in shown
    assert order.order_no in shown
    assert "Nothing was earned there" in text_of(
        client.get(reverse("kameng:commissions"), {"q": "x1"})
    )
    months = text_of(client.get(reverse("kameng:commission_months")))
    assert "¥5.9500" in months
    assert "¥11.9000" in text_of(client.get(reverse("kameng:settlements")))
    file = text_of(client.get(reverse("kameng:commissions"), {"format": "csv"}))
    assert order.order_no in file
    hold_settlements(agent=chain[1], actor=world.make_user(is_staff=True), reason="papers expired")
    assert "papers expired" in text_of(client.get(reverse("kameng:commissions")))


def test_lists_take_as_many_statements_for_many_rows_as_for_one(
    browser, chain, card, django_assert_max_num_queries
) -> None:
    for _more in range(30):
        world.make_sku(list_price="50", category=card.product.category)
    change_prices(
        items=[
            PriceItem(
                kind=PriceKind.MARKUP,
                value=Decimal("0.01"),
                agent_id=chain[1].pk,
                category_id=card.product.category_id,
            )
        ],
        actor=None,
        reason="test",
        source=ChangeSource.FORM,
    )
    client = browser(chain[2])
    client.get(reverse("kameng:prices"))
    with django_assert_max_num_queries(12):
        client.get(reverse("kameng:prices"))
    with django_assert_max_num_queries(18):
        client.get(reverse("kameng:price_history", args=[card.code]))
