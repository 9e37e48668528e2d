"""Loading the price rules from the database: the right rows, in a constant number of statements."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Category
from kameng.channel import WholesaleChannel
from kameng.models import ContractPrice, DownlineMarkup, TierDiscount
from kameng.price_rules import price_list
from kameng.pricing import PriceRule
from orders.channels import Quote
from orders.models import Funding
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain():
    return world.make_chain("0", "0", "0")


@pytest.fixture
def sku():
    return world.make_sku(list_price="100")


def quoted(agent, sku) -> tuple[Decimal, str]:
    quote = price_list(agent, [sku.pk])[sku.pk]
    return quote.price, quote.own.rule


def contract(agent, sku, price: str, *, days: tuple[int, int | None] = (-1, None)) -> ContractPrice:
    now = timezone.now()
    start, end = days
    return ContractPrice.objects.create(
        agent=agent,
        sku=sku,
        price=Decimal(price),
        valid_from=now + timedelta(days=start),
        valid_until=now + timedelta(days=end) if end is not None else None,
    )


def test_without_any_rule_the_list_price_counts(chain, sku) -> None:
    assert quoted(chain[2], sku) == (Decimal("100"), PriceRule.LIST)


def test_the_nearest_category_with_a_discount_counts(chain, sku) -> None:
    tier, category = chain[2].tier, sku.product.category
    above = world.make_category()
    category.move_to(above, "last-child")
    TierDiscount.objects.create(tier=tier, category=above, rate=Decimal("0.9"))
    assert quoted(chain[2], sku) == (Decimal("90"), PriceRule.TIER_DISCOUNT)
    TierDiscount.objects.create(
        tier=tier, category=Category.objects.get(pk=category.pk), rate=Decimal("0.95")
    )
    assert quoted(chain[2], sku) == (Decimal("95"), PriceRule.TIER_DISCOUNT)


def test_a_discount_of_a_sister_category_or_another_tier_does_not_count(chain, sku) -> None:
    TierDiscount.objects.create(
        tier=chain[2].tier, category=world.make_category(), rate=Decimal("0.5")
    )
    TierDiscount.objects.create(
        tier=chain[1].tier, category=sku.product.category, rate=Decimal("0.5")
    )
    assert quoted(chain[2], sku) == (Decimal("100"), PriceRule.LIST)


def test_a_contract_price_counts_only_between_its_dates(chain, sku) -> None:
    world.price_tiers(sku, "88", "90", "95")
    contract(chain[2], sku, "70", days=(-9, -1))
    contract(chain[2], sku, "60", days=(2, None))
    assert quoted(chain[2], sku) == (Decimal("95"), PriceRule.TIER_PRICE)
    contract(chain[2], sku, "80", days=(-1, 1))
    assert quoted(chain[2], sku) == (Decimal("80"), PriceRule.CONTRACT)


def test_two_contract_prices_at_the_same_time_are_refused_by_the_database(chain, sku) -> None:
    contract(chain[2], sku, "80", days=(-1, 5))
    with pytest.raises(IntegrityError), transaction.atomic():
        contract(chain[2], sku, "70", days=(3, None))


def test_a_markup_for_the_sku_goes_before_one_for_everything(chain, sku) -> None:
    world.price_tiers(sku, "88", "90", "95")
    DownlineMarkup.objects.create(upline=chain[1], sku=None, rate=Decimal("0.1"))
    assert quoted(chain[2], sku) == (Decimal("99"), PriceRule.MARKUP)
    DownlineMarkup.objects.create(upline=chain[1], sku=sku, rate=Decimal("0.02"))
    assert quoted(chain[2], sku) == (Decimal("91.80"), PriceRule.MARKUP)
    assert quoted(chain[1], sku) == (Decimal("90"), PriceRule.TIER_PRICE)


def test_a_markup_reaches_the_direct_downline_only_by_its_prices(chain, sku) -> None:
    world.price_tiers(sku, "88", "90", "95")
    DownlineMarkup.objects.create(upline=chain[0], sku=None, rate=Decimal("0.1"))
    DownlineMarkup.objects.create(upline=chain[1], sku=None, rate=Decimal("0.05"))
    assert quoted(chain[1], sku)[0] == Decimal("96.80")
    assert quoted(chain[2], sku)[0] == Decimal("101.64")


def test_a_list_of_thirty_takes_as_many_statements_as_a_list_of_one(
    chain, django_assert_num_queries
) -> None:
    skus = [world.make_sku(list_price="100") for _ in range(30)]
    for count in (1, 30):
        with django_assert_num_queries(1):
            assert len(price_list(chain[2], [sku.pk for sku in skus[:count]])) == count


def test_an_order_is_quoted_in_one_statement_and_keeps_its_terms(
    chain, sku, django_assert_num_queries
) -> None:
    world.price_tiers(sku, "88", "90", "95")
    policy = world.make_policy("0.003", "0.001")

    def ask() -> Quote:
        return WholesaleChannel().quote(
            buyer=chain[2].user, sku=sku, quantity=1, funding=Funding.WALLET
        )

    ask()  # a process remembers a version of the policy
    with django_assert_num_queries(1):
        quote = ask()
    assert (quote.unit_price, quote.rule) == (Decimal("95"), "tier_price")
    assert quote.wallet_id == chain[2].wallet_id
    assert quote.terms["agent"] == chain[2].pk
    assert quote.terms["policy"]["id"] == policy.pk
    assert [(u["agent"], Decimal(u["price"])) for u in quote.terms["uplines"]] == [
        (chain[1].pk, Decimal("90")),
        (chain[0].pk, Decimal("88")),
    ]


def test_terms_reach_as_many_generations_as_the_policy_pays(sku) -> None:
    deep = world.make_chain("0", "0", "0", "0", "0")
    world.make_policy("0.01", "0.01", "0.01")
    quote = WholesaleChannel().quote(
        buyer=deep[4].user, sku=sku, quantity=1, funding=Funding.WALLET
    )
    assert [u["agent"] for u in quote.terms["uplines"]] == [deep[3].pk, deep[2].pk, deep[1].pk]
