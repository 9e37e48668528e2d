"""Versions of the commission rules: exceptions for categories and SKUs, what the database keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from catalog.models import Category
from kameng.models import Commission, CommissionPolicy, GenerationRate, PolicyOverride
from kameng.price_rules import policy_for, pricing_for_order
from kameng.terms import Terms
from orders.services import place_order
from tests import world

pytestmark = pytest.mark.django_db


def policy(*, days: int = 1, generations: int = 2) -> CommissionPolicy:
    made = CommissionPolicy.objects.create(
        effective_from=timezone.now() + timedelta(days=days), max_generations=generations
    )
    GenerationRate.objects.create(policy=made, generation=1, rate=Decimal("0.01"))
    return made


@pytest.mark.django_db(transaction=True)
def test_a_policy_made_first_thing_in_a_transaction_takes_its_rates() -> None:
    with transaction.atomic():
        made = CommissionPolicy.objects.create(effective_from=timezone.now() - timedelta(hours=1))
        GenerationRate.objects.create(policy=made, generation=1, rate=Decimal("0.01"))
        PolicyOverride.objects.create(policy=made, sku=world.make_sku(), rate_1=Decimal("0.02"))
    refused: list[Callable[[], object]] = [
        lambda: GenerationRate.objects.create(policy=made, generation=2, rate=Decimal("0.01")),
        lambda: made.generation_rates.all().delete(),
        lambda: made.overrides.update(rate_1=0),
        lambda: PolicyOverride.objects.create(policy=made, category=world.make_category()),
    ]
    for attempt in refused:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    assert made.generation_rates.get().rate == Decimal("0.01")


def test_the_most_specific_exception_counts() -> None:
    sku = world.make_sku()
    near = sku.product.category
    far = world.make_category()
    near.move_to(far, "last-child")
    made = policy()
    assert policy_for(made.pk, sku.pk).generation_rates == (Decimal("0.01"), Decimal(0))
    PolicyOverride.objects.create(
        policy=made, category=Category.objects.get(pk=far.pk), rate_1=Decimal("0.03")
    )
    assert policy_for(made.pk, sku.pk).generation_rates[0] == Decimal("0.03")
    PolicyOverride.objects.create(
        policy=made, category=Category.objects.get(pk=near.pk), rate_2=Decimal("0.04")
    )
    assert policy_for(made.pk, sku.pk).generation_rates == (Decimal(0), Decimal("0.04"))
    PolicyOverride.objects.create(
        policy=made, sku=sku, level_difference_share=Decimal("0.5"), rate_1=Decimal("0.05")
    )
    found = policy_for(made.pk, sku.pk)
    assert (found.level_difference_share, found.generation_rates[0]) == (
        Decimal("0.5"),
        Decimal("0.05"),
    )
    assert policy_for(made.pk, world.make_sku().pk).override_id is None


def test_an_order_keeps_the_exception_that_paid_it() -> None:
    sku = world.make_sku(list_price="100")
    world.price_tiers(sku, "88", "90", "95")
    world.stock_cards(sku, 5, unit_cost="70")
    chain = world.make_chain("0", "0", "1000")
    made = policy(days=-1)  # all in one transaction
    other = PolicyOverride.objects.create(
        policy=made, sku=sku, level_difference_share=Decimal("0.5"), rate_1=Decimal("0.02")
    )
    order = place_order(
        channel="wholesale", buyer=chain[2].user, sku=sku, quantity=1, client_ref="a"
    ).order
    kept = Terms.of(order).policy
    assert kept is not None
    assert (kept.policy_id, kept.override_id) == (made.pk, other.pk)
    row = Commission.objects.get(agent=chain[1])
    assert (row.level_difference, row.generation_share) == (Decimal("2.5"), Decimal("1.9"))
    pricing = pricing_for_order(user_id=chain[2].user_id, sku_id=world.make_sku().pk)
    assert pricing is not None
    assert pricing.policy is not None
    assert pricing.policy.override_id is None
    assert world.books_are_clean()


def test_the_database_keeps_exceptions_lawful() -> None:
    sku, category = world.make_sku(), world.make_category()
    two, three = policy(), policy(days=2, generations=3)
    PolicyOverride.objects.create(policy=three, sku=sku, rate_3=Decimal("0.01"))
    refused: list[dict[str, object]] = [
        {"policy": two, "sku": sku, "rate_3": Decimal("0.01")},  # deeper than its policy
        {"policy": two, "sku": sku, "category": category},  # of two things
        {"policy": two},  # of nothing
        {"policy": two, "sku": sku, "rate_1": Decimal("1.1")},
        {"policy": three, "sku": sku},  # twice
    ]
    for fields in refused:
        with pytest.raises(DatabaseError), transaction.atomic():
            PolicyOverride.objects.create(**fields)
    with pytest.raises(DatabaseError), transaction.atomic():
        CommissionPolicy.objects.create(
            effective_from=timezone.now() + timedelta(days=3), max_generations=4
        )
    # A policy can't be made shallower than its exceptions either.
    with pytest.raises(DatabaseError), transaction.atomic():
        CommissionPolicy.objects.filter(pk=three.pk).update(max_generations=2)
