"""Which price an agent pays: the rules in their order, without a database."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kameng.pricing import AgentRules, PriceContext, PriceRule, explain, resolve_price

MASTER, LEVEL1, LEVEL2 = 1, 2, 3


def price(*path: AgentRules, list_price: str = "100") -> tuple[Decimal, PriceRule]:
    quote = resolve_price(PriceContext(Decimal(list_price), path))
    return quote.price, quote.own.rule


def rules(agent_id: int = LEVEL2, /, **given_rules: str) -> AgentRules:
    return AgentRules(agent_id, **{name: Decimal(value) for name, value in given_rules.items()})


EVERYTHING = {
    "contract_price": "80",
    "markup_rate": "0.1",
    "tier_price": "95",
    "discount_rate": "0.97",
}


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ([], (Decimal("80"), PriceRule.CONTRACT)),
        (["contract_price"], (Decimal("99"), PriceRule.MARKUP)),
        (["contract_price", "markup_rate"], (Decimal("95"), PriceRule.TIER_PRICE)),
        (
            ["contract_price", "markup_rate", "tier_price"],
            (Decimal("97"), PriceRule.TIER_DISCOUNT),
        ),
        (list(EVERYTHING), (Decimal("100"), PriceRule.LIST)),
    ],
)
def test_the_first_rule_that_exists_gives_the_price(missing, expected) -> None:
    own = rules(**{name: value for name, value in EVERYTHING.items() if name not in missing})
    assert price(own, rules(LEVEL1, tier_price="90")) == expected


def test_a_markup_stands_on_the_uplines_own_price_which_may_be_marked_up_itself() -> None:
    quote = resolve_price(
        PriceContext(
            Decimal("100"),
            [
                rules(LEVEL2, markup_rate="0.02"),
                rules(LEVEL1, markup_rate="0.05"),
                rules(MASTER, contract_price="80"),
            ],
        )
    )
    assert quote.price == Decimal("85.68")
    assert [upline.price for upline in quote.uplines] == [Decimal("84.00"), Decimal("80.00")]


def test_a_root_agent_has_no_upline_whose_markup_could_count() -> None:
    assert price(rules(MASTER, markup_rate="0.5", tier_price="90")) == (
        Decimal("90"),
        PriceRule.TIER_PRICE,
    )


@pytest.mark.parametrize(
    ("list_price", "rate", "expected"),
    [("99.85", "0.9", "89.87"), ("0.05", "0.1", "0.01"), ("0.01", "0.01", "0.01")],
)
def test_prices_are_whole_fen_half_up_and_never_nothing(list_price, rate, expected) -> None:
    assert price(rules(discount_rate=rate), list_price=list_price)[0] == Decimal(expected)


def test_every_rule_explains_itself() -> None:
    for missing in range(len(EVERYTHING) + 1):
        own = rules(**dict(list(EVERYTHING.items())[missing:]))
        quote = resolve_price(PriceContext(Decimal("100"), [own, rules(LEVEL1, tier_price="90")]))
        with translation.override("en"):
            assert len(explain(quote, tier="Level 2")) > 10


amounts = st.decimals(Decimal("0.01"), Decimal("10000"), places=4)
rates = st.decimals(Decimal("0.0001"), Decimal("1"), places=4)
agents = st.builds(
    AgentRules,
    agent_id=st.integers(1, 9),
    contract_price=st.none() | amounts,
    markup_rate=st.none() | rates,
    tier_price=st.none() | amounts,
    discount_rate=st.none() | rates,
)


@given(amounts, st.lists(agents, min_size=1, max_size=6))
def test_whatever_the_rules_the_price_is_payable(list_price, path) -> None:
    quote = resolve_price(PriceContext(list_price, path))
    for own in (quote.own, *quote.uplines):
        assert own.price >= Decimal("0.01")
        assert own.price == own.price.quantize(Decimal("0.01"))
    assert len(quote.uplines) == len(path) - 1


@given(amounts, st.lists(agents, min_size=2, max_size=6))
def test_a_markup_never_sells_below_the_uplines_own_price(list_price, path) -> None:
    quote = resolve_price(PriceContext(list_price, path))
    if quote.own.rule == PriceRule.MARKUP:
        assert quote.price >= quote.uplines[0].price


@given(amounts, st.lists(agents, min_size=2, max_size=6))
def test_an_uplines_own_price_is_what_it_would_be_quoted_itself(list_price, path) -> None:
    quote = resolve_price(PriceContext(list_price, path))
    assert quote.uplines[0] == resolve_price(PriceContext(list_price, path[1:])).own
