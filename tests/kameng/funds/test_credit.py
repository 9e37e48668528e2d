"""Credit lines: the wallet's floor, until a day, and what happens when one ends while in use."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kameng.errors import ReasonMissing
from kameng.funds_errors import CreditLineInUse, CreditLineInvalid
from kameng.models import CreditLine
from kameng.services.funds.credit import end_credit_lines, set_credit_line
from ledger.errors import InsufficientBalance
from ledger.models import Account
from ledger.services import available, balance
from tests import world
from tests.kameng.funds.test_bank_deposit_pages import as_user
from users.models import AuditLog, Notice

pytestmark = pytest.mark.django_db


def give(agent, staff, amount: str, **said) -> None:
    set_credit_line(
        agent=agent,
        amount=Decimal(amount),
        actor=staff,
        reason="good customer",
        **{"until_on": None, **said},
    )


def spend(agent, amount: str) -> bool:
    try:
        with transaction.atomic():
            world.pay_in(agent.wallet_id, f"-{amount}")
    except InsufficientBalance:
        return False
    return True


def test_a_line_can_be_spent_and_not_a_fen_more(agent, staff) -> None:
    give(agent, staff, "500")
    assert available(agent.wallet_id) == Decimal(1500)
    assert spend(agent, "1500")
    assert not spend(agent, "0.01")
    assert Notice.objects.get().kind == "wholesale.credit_line_set"
    record = AuditLog.objects.get(action="set_credit_line")
    assert (record.reason, record.details["after"]) == ("good customer", "500")
    assert world.books_are_clean()


def test_what_is_wrong_is_refused(agent, staff) -> None:
    with pytest.raises(ReasonMissing):
        set_credit_line(agent=agent, amount=Decimal(5), until_on=None, actor=staff, reason=" ")
    for amount in ("-1", "0.005"):
        with pytest.raises(CreditLineInvalid):
            give(agent, staff, amount)
    with pytest.raises(CreditLineInvalid):
        give(agent, staff, "5", until_on=timezone.localdate() - timedelta(days=1))
    assert not CreditLine.objects.exists()


def test_a_line_in_use_is_lowered_only_by_who_means_it(agent, staff) -> None:
    give(agent, staff, "500")
    spend(agent, "1300")
    with pytest.raises(CreditLineInUse, match="300"):
        give(agent, staff, "100")
    assert available(agent.wallet_id) == Decimal(200)
    give(agent, staff, "100", stops_buying=True)
    assert available(agent.wallet_id) == Decimal(0)
    assert world.books_are_clean()


def test_a_line_ends_by_itself_and_the_floor_climbs_with_every_deposit(
    agent, staff, time_machine
) -> None:
    give(agent, staff, "500", until_on=timezone.localdate())
    spend(agent, "1300")
    assert end_credit_lines() == 0
    time_machine.move_to(timezone.now() + timedelta(days=1))
    assert end_credit_lines() == 1
    assert end_credit_lines() == 0
    assert balance(agent.wallet_id) == Decimal(-300)
    assert not spend(agent, "0.01")
    world.pay_in(agent.wallet_id, "100")
    assert not spend(agent, "0.01")  # what was paid in can't be spent below zero again
    assert world.books_are_clean()
    page = as_user(agent.user).get("/kameng/funds/").content.decode()
    assert "Pay in ¥200.00 to buy again" in page
    world.pay_in(agent.wallet_id, "250")
    assert available(agent.wallet_id) == Decimal(50)
    assert spend(agent, "50")
    assert not spend(agent, "0.01")
    wallet = Account.objects.get(pk=agent.wallet_id)
    assert (wallet.floor, wallet.climbs_to) == (Decimal(0), None)
    assert Notice.objects.filter(kind="wholesale.credit_line_ended").count() == 1
    assert world.books_are_clean()


def test_staff_set_a_line_on_the_agents_page(agent, staff) -> None:
    admin = as_user(staff)
    address = reverse("admin:kameng_agent_credit", args=[agent.pk])
    asked = admin.get(address)
    assert asked.status_code == 200
    wrong = admin.post(address, {"amount": "800", "reason": ""})
    assert 'value="800"' in wrong.content.decode()
    assert admin.post(address, {"amount": "800", "reason": "grows"}).status_code == 302
    assert available(agent.wallet_id) == Decimal(1800)
    shown = as_user(agent.user).get("/kameng/funds/").content.decode()
    assert "credit line ¥800.00" in shown
