"""The arithmetic of points, growth and prices holds for any amounts."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kalegou.points import (
    LevelStep,
    earning,
    growth_for,
    level_at,
    points_for,
    taking_back,
)
from kalegou.pricing import LIST_PRICE, MEMBER_LEVEL, retail_price

money = st.decimals(min_value=0, max_value=100_000, places=2)
multipliers = st.decimals(min_value=0, max_value=10, places=2)
rates = st.decimals(min_value="0.0001", max_value=1, places=4)
prices = st.decimals(min_value="0.0001", max_value=100_000, places=4)


@given(total=money, multiplier=multipliers, data=st.data())
def test_any_series_of_refunds_takes_back_exactly_what_the_refunded_money_had_earned(
    total: Decimal, multiplier: Decimal, data: st.DataObject
) -> None:
    kept, points = total, points_for(total, multiplier)
    for _ in range(data.draw(st.integers(0, 5))):
        after = kept - data.draw(st.decimals(min_value=0, max_value=kept, places=2))
        points -= points_for(kept, multiplier) - points_for(after, multiplier)
        kept = after
        assert points == points_for(kept, multiplier)
    points -= points_for(kept, multiplier) - points_for(Decimal(0), multiplier)
    assert points == 0


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["earn", "take back", "spend"]), st.integers(1, 500)), max_size=30
    )
)
def test_the_balance_never_goes_below_zero_and_what_is_owed_is_the_rest(
    steps: list[tuple[str, int]],
) -> None:
    balance = owed = due = spent = 0
    for step, amount in steps:
        if step == "spend":
            amount = min(amount, balance)
            balance, spent = balance - amount, spent + amount
            continue
        change = (
            earning(amount, owed=owed) if step == "earn" else taking_back(amount, balance=balance)
        )
        balance += change.posted
        owed += change.posted - change.due
        due += change.due
        assert balance >= 0
        assert owed >= 0
        assert balance - owed == due - spent


@given(kept=money)
def test_growth_is_one_for_each_whole_yuan(kept: Decimal) -> None:
    assert growth_for(kept) <= kept < growth_for(kept) + 1


@given(price=prices, rate=rates)
def test_a_member_pays_whole_fen_never_nothing_and_never_more_than_listed(
    price: Decimal, rate: Decimal
) -> None:
    listed, member = retail_price(price), retail_price(price, rate)
    assert Decimal("0.01") <= member.amount <= listed.amount
    assert member.amount == member.amount.quantize(Decimal("0.01"))
    assert listed.rule == LIST_PRICE
    assert member.rule == (LIST_PRICE if rate == 1 else MEMBER_LEVEL)


def test_half_a_fen_is_rounded_up() -> None:
    assert retail_price(Decimal("98.90"), Decimal("0.995")).amount == Decimal("98.41")
    assert retail_price(Decimal("1.25"), Decimal("0.98")).amount == Decimal("1.23")


@given(starts=st.sets(st.integers(0, 10_000), min_size=1), growth=st.integers(-100, 12_000))
def test_the_level_is_the_highest_reached_and_the_lowest_for_everybody_else(
    starts: set[int], growth: int
) -> None:
    found = level_at([LevelStep(start, start) for start in starts], growth).min_growth
    reached = [start for start in starts if start <= growth]
    assert found == (max(reached) if reached else min(starts))
