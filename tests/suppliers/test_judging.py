"""When a supplier is paused and what a trial came to: pure rules, also with made-up histories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.health.forecast import lasts_hours, spend_per_hour
from suppliers.health.judging import Attempt, TrialResult, judge, judge_trial
from suppliers.health.pausing import LONGEST_WAIT, wait_before_trial
from suppliers.models import HealthRule, PauseCause

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RULE = HealthRule()


def delivered(count: int = 1) -> list[Attempt]:
    return [Attempt(NOW, is_delivered=True, target=f"ok{i}") for i in range(count)]


def failed(count: int = 1, target: str = "") -> list[Attempt]:
    return [Attempt(NOW, is_failed=True, target=target or f"bad{i}") for i in range(count)]


def unknown(count: int = 1) -> list[Attempt]:
    return [Attempt(NOW, was_unknown=True, target=f"u{i}") for i in range(count)]


def silent(count: int = 1, *, is_sent: bool = True) -> list[Attempt]:
    return [
        Attempt(NOW, got_no_answer=True, was_unknown=is_sent, is_sent=is_sent) for i in range(count)
    ]


@pytest.mark.parametrize(
    ("attempts", "cause"),
    [
        ([], None),
        (delivered(20), None),
        (failed(4), None),  # too few to prove anything
        (failed(5) + delivered(5), PauseCause.FAILURES),
        (failed(5) + delivered(6), None),  # not half of them
        (failed(20, target="13800000000"), None),  # one wrong number, tried again and again
        (unknown(4), None),
        (unknown(5) + delivered(11), PauseCause.UNKNOWN),
        (unknown(5) + delivered(12), None),
        (silent(3), None),
        (silent(4), PauseCause.SILENCE),
        (silent(4, is_sent=False), PauseCause.SILENCE),  # not even a connection
        (silent(3) + delivered() + silent(9), PauseCause.UNKNOWN),  # it answers, but not well
    ],
)
def test_a_burst_needs_a_count_and_a_share(
    attempts: list[Attempt], cause: PauseCause | None
) -> None:
    verdict = judge(attempts, RULE)
    assert (verdict.cause if verdict else None) == cause


@pytest.mark.parametrize(
    ("balance", "needed", "is_exhausted"),
    [("4.99", "5", True), ("5", "5", False), (None, "5", False), ("0", None, False)],
)
def test_a_balance_that_pays_for_nothing_is_exhausted(
    balance: str | None, needed: str | None, is_exhausted: bool
) -> None:
    verdict = judge(
        delivered(9),
        RULE,
        balance=Decimal(balance) if balance else None,
        needed=Decimal(needed) if needed else None,
    )
    assert (verdict is not None) is is_exhausted


attempt = st.builds(
    Attempt,
    st.just(NOW),
    is_delivered=st.booleans(),
    is_failed=st.just(False),
    was_unknown=st.just(False),
    target=st.sampled_from(["", "a", "b"]),
)


@given(st.lists(attempt, max_size=60))
def test_a_supplier_that_never_fails_is_never_paused(attempts: list[Attempt]) -> None:
    assert judge(attempts, RULE) is None


@given(st.integers(5, 50), st.integers(0, 100))
def test_more_deliveries_never_make_a_pause_likelier(bad: int, good: int) -> None:
    if judge(failed(bad) + delivered(good), RULE) is None:
        assert judge(failed(bad) + delivered(good + 1), RULE) is None


def test_a_trial_reopens_when_all_were_delivered_and_shuts_when_one_was_not() -> None:
    for bad in (failed(), unknown(), silent()):
        assert judge_trial(bad + delivered(9), RULE, slots_left=0, now=NOW) is TrialResult.SHUT
    assert judge_trial(delivered(3), RULE, slots_left=0, now=NOW) is TrialResult.REOPEN
    assert judge_trial(delivered(2), RULE, slots_left=1, now=NOW) is TrialResult.WAIT
    assert judge_trial([], RULE, slots_left=3, now=NOW) is TrialResult.WAIT


def test_a_trial_of_slow_orders_lets_more_through_after_a_while() -> None:
    slow = [Attempt(NOW - timedelta(minutes=29)) for _ in range(3)]
    assert judge_trial(slow, RULE, slots_left=0, now=NOW) is TrialResult.WAIT
    later = NOW + timedelta(minutes=1)
    assert judge_trial(slow, RULE, slots_left=0, now=later) is TrialResult.MORE
    assert judge_trial(slow, RULE, slots_left=1, now=later) is TrialResult.WAIT


def test_each_failed_trial_doubles_the_wait_up_to_two_hours() -> None:
    waits = [wait_before_trial(RULE, failed_trials=n) for n in range(20)]
    assert waits[:4] == [timedelta(minutes=m) for m in (5, 10, 20, 40)]
    assert waits[-1] == LONGEST_WAIT
    assert waits == sorted(waits)
    slow = HealthRule(retry_minutes=600)
    assert wait_before_trial(slow, failed_trials=3) == timedelta(hours=10)


@pytest.mark.parametrize(
    ("day", "week", "seen", "expected"),
    [
        ("240", "240", 24, "10"),  # its first day
        ("240", "1680", 168, "10"),
        ("24", "1680", 168, "10"),  # a quiet Sunday doesn't make it look rich
        ("480", "840", 168, "20"),  # a busy day counts at once
        ("50", "50", 5, "10"),  # there for five hours
        ("5", "5", 0.01, "5"),  # never by less than an hour
        ("0", "0", 168, "0"),
    ],
)
def test_the_spend_is_the_greater_pace_of_day_and_week(
    day: str, week: str, seen: float, expected: str
) -> None:
    found = spend_per_hour(day=Decimal(day), week=Decimal(week), seen_hours=seen)
    assert found == Decimal(expected)


def test_a_balance_lasts_as_long_as_it_is_spent() -> None:
    assert lasts_hours(Decimal(100), Decimal(10)) == 10
    assert lasts_hours(Decimal(-5), Decimal(10)) == 0
    assert lasts_hours(Decimal(100), Decimal(0)) is None
    assert lasts_hours(None, Decimal(10)) is None
