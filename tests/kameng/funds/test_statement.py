"""The statement: every day in its place, sums that meet the balance, a link for each movement."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from kameng.queries.statement import Wanted, month_of, statement_of
from ledger.models import Posting
from ledger.services import balance
from tests import world
from tests.kameng.funds import desk
from tests.kameng.funds.test_bank_deposit_pages import as_user

pytestmark = pytest.mark.django_db


def moved(agent, amount: str, at: datetime) -> Posting:
    """A movement of another time: entries can't be changed, so past their triggers."""
    world.pay_in(agent.wallet_id, amount)
    posting = Posting.objects.filter(account_id=agent.wallet_id).latest("pk")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE ledger_entry SET created_at = %s WHERE id = %s", [at, posting.entry_id]
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    return posting


def local(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> datetime:
    here = timezone.get_default_timezone()
    return datetime(year, month, day, hour, minute, second, tzinfo=here)


@pytest.fixture
def owner():
    return world.make_agent()


def test_days_and_months_take_what_is_theirs_and_meet_the_balance(owner) -> None:
    times = [
        (local(2026, 8, 31, 23, 59, 59), "100"),
        (local(2026, 9, 1, 0, 0, 0), "50"),
        (local(2026, 9, 1, 0, 0, 20), "-30"),
        (local(2026, 9, 1, 0, 0, 10), "7"),  # its transaction waited for the one before
        (local(2026, 9, 30, 23, 59, 59), "-2"),
        (local(2026, 10, 1, 0, 0, 0), "5"),
    ]
    for at, amount in times:
        moved(owner, amount, at)
    september = month_of(owner, date(2026, 9, 1), with_days=True)
    assert (september.opening, september.came, september.went, september.closing) == (
        Decimal(100),
        Decimal(57),
        Decimal(-32),
        Decimal(125),
    )
    assert [(day.on.day, day.closing) for day in september.days] == [
        (1, Decimal(127)),
        (30, Decimal(125)),
    ]
    assert month_of(owner, date(2026, 10, 1)).closing == balance(owner.wallet_id)
    assert month_of(owner, date(2026, 7, 1)).closing == Decimal(0)
    first = statement_of(owner, Wanted(since=date(2026, 9, 1), until=date(2026, 9, 1)))
    assert sorted(posting.amount for posting in first) == [-30, 7, 50]


def test_a_day_is_found_among_many(owner) -> None:
    start = local(2026, 1, 1, 12)
    for day in range(40):
        moved(owner, "1", start + timedelta(days=day))
    for day in (0, 1, 17, 39):
        on = (start + timedelta(days=day)).date()
        (posting,) = statement_of(owner, Wanted(since=on, until=on))
        assert posting.balance_after == day + 1
    assert not statement_of(owner, Wanted(since=date(2027, 1, 1)))


def test_a_search_by_kind_or_number_and_its_link(agent, staff) -> None:
    account = desk.verified_account(agent, staff)
    withdrawal = desk.asked(agent, account, "200")
    deposit = desk.declared(agent, "300")
    desk.confirm(deposit, staff)
    browser = as_user(agent.user)
    page = browser.get("/kameng/funds/?kind=withdrawal").content.decode()
    assert f"/kameng/funds/withdrawals/{withdrawal.withdrawal_no}/" in page
    assert deposit.deposit_no not in page
    found = browser.get(f"/kameng/funds/?q={deposit.deposit_no}").content.decode()
    assert f"/kameng/funds/bank/{deposit.deposit_no}/" in found
    assert withdrawal.withdrawal_no not in found
    empty = browser.get("/kameng/funds/?q=nothing-like-it").content.decode()
    assert "Nothing fits this search." in empty
    csv = b"".join(browser.get("/kameng/funds/?format=csv&kind=deposit")).decode()
    assert deposit.deposit_no in csv
    assert withdrawal.withdrawal_no not in csv
    today = timezone.localdate()
    month = browser.get(f"/kameng/funds/{today.year}/{today.month}/").content.decode()
    assert withdrawal.withdrawal_no in month
    assert "¥1,100.00" in month  # what is left
    assert browser.get("/kameng/funds/2026/13/").status_code == 404


def test_pages_follow_each_other_without_counting(owner) -> None:
    for _n in range(35):
        world.pay_in(owner.wallet_id, "1")
    browser = as_user(owner.user)
    first = browser.get("/kameng/funds/")
    after = first.context["next"]
    assert len(first.context["rows"]) == 30
    second = browser.get(f"/kameng/funds/?after={after}")
    assert [row.posting.balance_after for row in second.context["rows"]] == [5, 4, 3, 2, 1]
    assert second.context["next"] == 0
