"""Commissions of real orders: accrued, voided, clawed back, settled."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from kameng.checks import run
from kameng.models import Agent, Commission, CommissionPolicy, CommissionStatus, GenerationRate
from kameng.services.agents import reinstate_agent, suspend_agent
from kameng.services.commissions import accrue_commissions
from kameng.services.settling import settle_commissions, settle_due_commissions
from kameng.tasks import settle_due_commissions as settle_task
from ledger.models import Entry
from ledger.services import balance
from orders.channels import Sale
from orders.services import place_order
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain():
    return world.make_chain("0", "0", "10000")


@pytest.fixture
def sku():
    sku = world.make_sku(list_price="100")
    world.price_tiers(sku, "88", "90", "95")
    world.stock_cards(sku, 40, unit_cost="70")
    return sku


@pytest.fixture(autouse=True)
def policy():
    return world.make_policy("0.01", "0.005")


def buy(agent, sku, quantity: int = 2, ref: str = "r1"):
    return place_order(
        channel="wholesale", buyer=agent.user, sku=sku, quantity=quantity, client_ref=ref
    ).order


def refund(order, amount: str) -> None:
    world.refund(order, Decimal(amount))


def payable(agent) -> Decimal:
    return balance(agent.commission_payable_id)


def later(hours: int = 73):
    return time_machine.travel(timezone.now() + timedelta(hours=hours), tick=True)


def settle(agent) -> Decimal:
    return settle_commissions(agent=agent, until=timezone.now())


def test_a_commission_is_pending_until_the_after_sale_window_closes(chain, sku) -> None:
    buy(chain[2], sku)
    assert settle(chain[1]) == 0
    with later():
        assert settle(chain[1]) == Decimal("11.9")
    assert balance(chain[1].wallet_id) == Decimal("11.9")
    assert payable(chain[1]) == 0
    assert world.books_are_clean()


def test_settling_twice_pays_once(chain, sku) -> None:
    buy(chain[2], sku)
    with later():
        settle(chain[1])
        assert settle(chain[1]) == 0
    assert balance(chain[1].wallet_id) == Decimal("11.9")


def test_the_batch_settles_every_agent_and_leaves_a_reference_on_each_row(chain, sku) -> None:
    buy(chain[2], sku, ref="a")
    buy(chain[2], sku, ref="b")
    with later():
        assert settle_due_commissions() == Decimal("33.7")
        settle_task()
    rows = Commission.objects.filter(agent=chain[1])
    assert {row.status for row in rows} == {CommissionStatus.SETTLED}
    (reference,) = {row.settlement_reference for row in rows}
    assert Entry.objects.get(reference=reference).kind == "commission_settled"
    assert world.books_are_clean()


def test_completing_an_order_reads_nothing_for_its_commissions(
    chain, sku, django_assert_num_queries, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # the keys of accounts are remembered
        order = buy(chain[2], sku)
    with django_assert_num_queries(0):
        accrue_commissions(order=order, sale=Sale(2, Decimal("190"), Decimal("140")))


def test_prices_and_tree_of_the_order_count_not_those_of_today(chain, sku) -> None:
    order = buy(chain[2], sku)
    world.make_tier(0)
    sku.tier_prices.update(price=Decimal("95"))
    assert order.terms["uplines"][0]["price"] == "90.00"
    assert Commission.objects.get(agent=chain[1]).level_difference == Decimal("10")


def test_a_refund_voids_a_pending_commission_in_proportion(chain, sku) -> None:
    order = buy(chain[2], sku)
    refund(order, "95")
    row = Commission.objects.get(agent=chain[1])
    assert (row.kept, row.status) == (Decimal("5.95"), CommissionStatus.PENDING)
    assert payable(chain[1]) == Decimal("5.95")
    refund(order, "95")
    row.refresh_from_db()
    assert (row.kept, row.status) == (Decimal(0), CommissionStatus.VOID)
    assert payable(chain[1]) == 0
    assert world.books_are_clean()


def test_a_refund_after_settlement_is_owed_and_netted_from_the_next_one(chain, sku) -> None:
    first = buy(chain[2], sku, ref="a")
    with later():
        settle(chain[1])
        refund(first, "190")
        assert payable(chain[1]) == Decimal("-11.9")
        assert balance(chain[1].wallet_id) == Decimal("11.9")
        assert world.books_are_clean()
        buy(chain[2], sku, 6, ref="b")
    with later(200):
        assert settle(chain[1]) == Decimal("35.7") - Decimal("11.9")
    assert balance(chain[1].wallet_id) == Decimal("35.7")
    assert payable(chain[1]) == 0
    assert world.books_are_clean()


def test_while_more_is_owed_than_due_nothing_moves(chain, sku) -> None:
    first = buy(chain[2], sku, 4, ref="a")
    with later():
        settle(chain[1])
        refund(first, "380")
        buy(chain[2], sku, 1, ref="b")
    with later(200):
        assert settle(chain[1]) == 0
    assert Commission.objects.get(order__client_ref="b", agent=chain[1]).status == "pending"
    assert payable(chain[1]) == Decimal("5.95") - Decimal("23.8")
    assert world.books_are_clean()


def test_a_suspended_agent_earns_and_is_paid_once_it_is_reinstated(chain, sku) -> None:
    staff = world.make_user(is_staff=True)
    suspend_agent(agent=chain[1], actor=staff, reason="documents expired")
    buy(chain[2], sku)
    with later():
        assert settle_due_commissions() == Decimal("4.95")
        assert settle(chain[1]) == 0
        assert payable(chain[1]) == Decimal("11.9")
        reinstate_agent(agent=chain[1], actor=staff, reason="documents renewed")
        assert settle_due_commissions() == Decimal("11.9")
    assert world.books_are_clean()


def test_shares_beyond_the_margin_are_cut_and_flagged_in_the_row(chain) -> None:
    thin = world.make_sku(list_price="100")
    world.price_tiers(thin, "88", "90", "95")
    world.stock_cards(thin, 5, unit_cost="94")
    buy(chain[2], thin, 1)
    (row,) = Commission.objects.all()
    assert (row.agent_id, row.amount, row.was_capped) == (chain[1].pk, Decimal("1"), True)
    assert world.books_are_clean()


def test_a_master_who_buys_pays_no_commission_to_anyone(chain, sku) -> None:
    world.pay_in(chain[0].wallet_id, "500")
    buy(chain[0], sku)
    assert not Commission.objects.exists()


def test_joining_and_inviting_pay_nothing(chain) -> None:
    world.make_agent(upline=chain[1])
    assert not Commission.objects.exists()


def test_a_policy_in_force_can_not_be_changed_not_even_its_rates(policy) -> None:
    future = CommissionPolicy.objects.create(effective_from=timezone.now() + timedelta(days=9))
    future.level_difference_share = Decimal("0.5")
    future.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        CommissionPolicy.objects.filter(pk=policy.pk).update(level_difference_share=Decimal("0.5"))
    with pytest.raises(DatabaseError), transaction.atomic():
        policy.delete()


def test_a_fourth_generation_is_refused_by_the_database(policy) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        GenerationRate.objects.create(policy=policy, generation=4, rate=Decimal("0.01"))
    with pytest.raises(DatabaseError), transaction.atomic():
        CommissionPolicy.objects.create(
            effective_from=timezone.now() + timedelta(days=1), max_generations=4
        )


def test_check_ledger_names_an_agent_whose_commissions_do_not_add_up(chain, sku) -> None:
    buy(chain[2], sku)
    Commission.objects.filter(agent=chain[1]).update(reversed_amount=Decimal("1"))
    problems = [problem for result in run() for problem in result.problems]
    assert any(f"agent {chain[1].pk}" in problem for problem in problems)


def test_check_ledger_names_an_agent_whose_stored_path_is_wrong(chain) -> None:
    Agent.objects.filter(pk=chain[2].pk).update(upline_ids=[chain[0].pk])
    problems = [problem for result in run() for problem in result.problems]
    assert any(f"agent {chain[2].pk}" in problem for problem in problems)
