"""What uplines earn on a sale: arithmetic, without a database."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kameng.commissions import MAX_GENERATIONS, Path, Policy, Upline, shares, taken_back
from orders.channels import Sale


def policy(*rates: str, share: str = "1", generations: int = 2) -> Policy:
    return Policy(1, Decimal(share), generations, 72, tuple(Decimal(rate) for rate in rates))


def path(paid: str, *own_prices: str) -> Path:
    return Path(
        Decimal(paid), [Upline(i, Decimal(price)) for i, price in enumerate(own_prices, start=1)]
    )


def earned(sale: Sale, path_: Path, policy_: Policy) -> list[Decimal]:
    return [share.amount for share in shares(sale, path_, policy_)]


TWO = Sale(quantity=2, amount=Decimal("190"), cost=Decimal("160"))


def test_an_upline_earns_the_gap_between_what_was_paid_below_it_and_its_own_price() -> None:
    assert earned(TWO, path("95", "90", "88"), policy()) == [Decimal("10"), Decimal("4")]


def test_a_gap_is_measured_from_the_lowest_price_below_never_twice() -> None:
    # The middle agent pays more than its downline: nothing for it, and the top's gap starts at 95.
    assert earned(TWO, path("95", "97", "90"), policy()) == [Decimal("0"), Decimal("10")]


def test_the_policy_decides_how_much_of_the_gap_goes_up() -> None:
    assert earned(TWO, path("95", "90"), policy(share="0.5")) == [Decimal("5")]


def test_a_generation_rate_is_a_share_of_the_amount_rounded_down() -> None:
    sale = Sale(1, Decimal("0.99"), Decimal("0"))
    (share,) = shares(sale, path("0.99", "0.99"), policy("0.0033"))
    assert (share.level_difference, share.generation_share) == (Decimal("0"), Decimal("0.0032"))


def test_nobody_earns_beyond_the_policys_generations() -> None:
    assert len(earned(TWO, path("95", "90", "88", "86", "80"), policy(generations=2))) == 2


def test_three_generations_are_the_most_whatever_a_policy_says() -> None:
    far = policy("0.01", "0.01", "0.01", "0.01", generations=9)
    assert len(earned(TWO, path("95", "95", "95", "95", "95"), far)) == MAX_GENERATIONS


def test_what_exceeds_the_margin_is_cut_from_the_furthest_upline_and_flagged() -> None:
    near, far = shares(Sale(2, Decimal("190"), Decimal("179")), path("95", "90", "88"), policy())
    assert (near.amount, near.was_capped) == (Decimal("10"), False)
    assert (far.amount, far.was_capped, far.level_difference) == (Decimal("1"), True, Decimal("4"))


def test_a_sale_without_margin_pays_nobody() -> None:
    for cost in ("190", "200"):
        cut = shares(Sale(2, Decimal("190"), Decimal(cost)), path("95", "90", "88"), policy("0.01"))
        assert [share.amount for share in cut] == [Decimal("0"), Decimal("0")]
        assert all(share.was_capped for share in cut)


money = st.decimals(Decimal("0.01"), Decimal("5000"), places=2)
rates = st.decimals(Decimal("0"), Decimal("1"), places=4)
policies = st.builds(
    Policy,
    policy_id=st.just(1),
    level_difference_share=rates,
    max_generations=st.integers(0, 3),
    after_sale_hours=st.just(72),
    generation_rates=st.lists(rates, max_size=3).map(tuple),
)


@given(money, st.integers(1, 50), money, st.lists(money, max_size=6), policies)
def test_shares_stay_within_the_margin_whatever_the_prices(
    paid, quantity, cost, own, rules
) -> None:
    sale = Sale(quantity, paid * quantity, cost * quantity)
    uplines = [Upline(i, price) for i, price in enumerate(own, start=1)]
    result = shares(sale, Path(paid, uplines), rules)
    total = sum((share.amount for share in result), Decimal(0))
    assert 0 <= total <= max(sale.amount - sale.cost, Decimal(0))
    assert all(share.amount == share.amount.quantize(Decimal("0.0001")) for share in result)
    assert all(share.amount >= 0 for share in result)
    # Cut from the furthest inward: once one is cut, everybody further up gets nothing.
    amounts = [share.amount for share in result]
    capped = [share.was_capped for share in result]
    if True in capped:
        beyond = capped.index(True) + 1
        assert not any(amounts[beyond:])


@given(money, st.lists(money, min_size=1, max_size=3), policies)
def test_level_differences_add_up_to_at_most_the_whole_gap(paid, own, rules) -> None:
    uplines = [Upline(i, price) for i, price in enumerate(own, start=1)]
    result = shares(Sale(1, paid, Decimal(0)), Path(paid, uplines), rules)
    assert sum(share.level_difference for share in result) <= max(paid - min(own), Decimal(0))


@given(
    st.decimals(Decimal("0.0001"), Decimal("999"), places=4),
    st.lists(st.integers(1, 999), min_size=1),
)
def test_refunding_everything_in_parts_takes_back_exactly_what_was_earned(amount, parts) -> None:
    kept, left = Decimal(sum(parts)), amount
    for part in parts:
        back = taken_back(left, refunded=Decimal(part), kept=kept)
        assert 0 <= back <= left
        left -= back
        kept -= part
    assert left == 0
