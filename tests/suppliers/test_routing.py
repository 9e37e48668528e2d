"""Routing decisions: pure, so what they must never do is tried with thousands of worlds."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.maintenance import SHOP_ZONE, Window, closed_until
from suppliers.routing import Candidate, Decision, Wanted, decide
from suppliers.scoring import SCORED, Rule

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=SHOP_ZONE)
ALL_DAY = Window(starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=1))
LATER = Window(daily_from=time(13), daily_until=time(14))
PRICE = Decimal(100)

money = st.decimals(1, 200, places=2)
offers = st.lists(
    st.builds(
        Candidate,
        offer_id=st.just(0),
        supplier_id=st.integers(1, 4),
        supplier_code=st.sampled_from("abcd"),
        protocol=st.sampled_from(["fulu", "fulu", "stock"]),
        cost=money,
        priority=st.integers(1, 3),
        min_quantity=st.integers(1, 4),
        max_quantity=st.integers(4, 12),
        is_open=st.booleans(),
        supplier_is_open=st.sampled_from([True, True, False]),
        carriers=st.sampled_from([(), (), ("mobile",), ("unicom", "telecom")]),
        provinces=st.sampled_from([(), (), ("广东",)]),
        allows_loss=st.sampled_from([False, False, True]),
        success_rate=st.none() | st.decimals(0, 1, places=4),
        p50_seconds=st.none() | st.floats(0, 100),
        balance=st.none() | st.decimals(-10, 3000, places=2),
        windows=st.sampled_from([(), (), (LATER,), (ALL_DAY,)]),
        is_paused=st.sampled_from([False, False, True]),
        trial_slots=st.integers(0, 1),
        stopped=st.sampled_from(["", "", "", "cost"]),
        stock=st.integers(0, 12),
        affordable_stock=st.integers(0, 12),
    ),
    max_size=6,
).map(
    lambda found: [
        replaced(
            one,
            offer_id=place,
            affordable_stock=min(one.affordable_stock or 0, one.stock or 0),
        )
        for place, one in enumerate(found, start=1)
    ]
)
rules = st.builds(
    Rule,
    mode=st.sampled_from(["ordered", SCORED]),
    may_split=st.booleans(),
    weight_priority=st.integers(0, 50),
    weight_cost=st.integers(1, 50),
    weight_success=st.integers(0, 50),
    weight_speed=st.integers(0, 50),
    weight_balance=st.integers(0, 50),
)
wishes = st.builds(
    Wanted,
    quantity=st.integers(1, 20),
    unit_price=money,
    carrier=st.sampled_from(["", "mobile", "unicom"]),
    province=st.sampled_from(["", "广东", "北京"]),
)


def replaced(offer: Candidate, **changes: Any) -> Candidate:
    return replace(offer, **changes)


@given(wishes, offers, rules, st.sets(st.integers(1, 6)))
def test_a_decision_is_all_or_nothing_and_never_what_is_forbidden(
    wanted: Wanted, found: list[Candidate], rule: Rule, tried: set[int]
) -> None:
    decision = decide(wanted, found, rule, now=NOW, tried=tried)
    total = sum(part.quantity for part in decision.parts)
    assert total in (0, wanted.quantity)
    assert rule.may_split or len(decision.parts) <= 1
    assert len({part.offer.offer_id for part in decision.parts}) == len(decision.parts)
    for part in decision.parts:
        offer = part.offer
        assert offer.is_open
        assert offer.supplier_is_open
        assert not offer.is_paused or offer.is_on_trial
        assert not offer.stopped
        assert offer.offer_id not in tried
        assert closed_until(offer.windows, NOW) is None
        assert offer.min_quantity <= part.quantity <= offer.max_quantity
        assert not (wanted.carrier and offer.carriers) or wanted.carrier in offer.carriers
        assert not (wanted.province and offer.provinces) or wanted.province in offer.provinces
        if offer.is_local:
            sellable = offer.stock if offer.allows_loss else offer.affordable_stock
            assert sellable is not None
            assert part.quantity <= sellable
        else:
            assert offer.cost <= wanted.unit_price or offer.allows_loss
            assert offer.balance is None or part.quantity * offer.cost <= offer.balance


@given(wishes, offers, rules, st.randoms())
def test_the_order_in_which_offers_were_loaded_makes_no_difference(
    wanted: Wanted, found: list[Candidate], rule: Rule, chance: random.Random
) -> None:
    shuffled = found[:]
    chance.shuffle(shuffled)
    assert decide(wanted, shuffled, rule, now=NOW) == decide(wanted, found, rule, now=NOW)


@given(wishes, offers, rules)
def test_every_offer_has_one_verdict_that_can_be_stored(
    wanted: Wanted, found: list[Candidate], rule: Rule
) -> None:
    decision = decide(wanted, found, rule, now=NOW)
    assert sorted(verdict.offer_id for verdict in decision.verdicts) == [o.offer_id for o in found]
    chosen = [verdict for verdict in decision.verdicts if verdict.reason == "chosen"]
    assert [(v.offer_id, v.quantity) for v in chosen] == [
        (part.offer.offer_id, part.quantity) for part in decision.parts
    ]
    assert all(row["reason"] for row in decision.as_data())


def offer(offer_id: int, **changes: Any) -> Candidate:
    return replaced(
        Candidate(offer_id, offer_id, f"s{offer_id}", "fulu", Decimal(90), priority=offer_id),
        **changes,
    )


def reasons(decision: Decision) -> dict[int, str]:
    return {verdict.offer_id: verdict.reason for verdict in decision.verdicts}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_open": False}, "offer_closed"),
        ({"supplier_is_open": False}, "supplier_closed"),
        ({"is_paused": True}, "paused"),
        ({"stopped": "cost"}, "stopped"),
        ({"windows": (ALL_DAY,)}, "maintenance"),
        ({"carriers": ("unicom",)}, "carrier"),
        ({"provinces": ("北京",)}, "province"),
        ({"cost": Decimal("100.0001")}, "below_cost"),
        ({"min_quantity": 5}, "quantity_too_small"),
        ({"balance": Decimal(10)}, "balance_low"),
        ({"protocol": "stock", "stock": 0, "affordable_stock": 0}, "stock_short"),
        ({"protocol": "stock", "stock": 9, "affordable_stock": 0}, "below_cost"),
        ({"priority": 9}, "others_first"),
    ],
)
def test_an_offer_is_passed_over_and_says_why(changes: dict[str, Any], reason: str) -> None:
    wanted = Wanted(2, PRICE, carrier="mobile", province="广东")
    decision = decide(wanted, [offer(1, **changes), offer(2)], Rule(), now=NOW)
    assert reasons(decision) == {1: reason, 2: "chosen"}


def test_an_offer_that_failed_this_order_is_not_tried_again() -> None:
    decision = decide(Wanted(1, PRICE), [offer(1), offer(2)], Rule(), now=NOW, tried={1})
    assert reasons(decision) == {1: "failed_before", 2: "chosen"}


def test_what_is_not_known_of_a_number_is_not_held_against_an_offer() -> None:
    limited = offer(1, carriers=("mobile",), provinces=("广东",))
    assert decide(Wanted(1, PRICE), [limited], Rule(), now=NOW).parts


def test_ten_cards_are_six_of_stock_and_four_of_a_supplier() -> None:
    stock = offer(1, protocol="stock", stock=6, affordable_stock=6)
    decision = decide(Wanted(10, PRICE), [stock, offer(2)], Rule(), now=NOW)
    assert [(part.offer.offer_id, part.quantity) for part in decision.parts] == [(1, 6), (2, 4)]


def test_a_quantity_is_not_split_when_the_rule_says_so() -> None:
    stock = offer(1, protocol="stock", stock=6, affordable_stock=6)
    decision = decide(Wanted(10, PRICE), [stock, offer(2)], Rule(may_split=False), now=NOW)
    assert reasons(decision) == {1: "stock_short", 2: "chosen"}


def test_a_sale_below_cost_needs_to_be_allowed() -> None:
    dear = offer(1, cost=Decimal(120))
    assert not decide(Wanted(1, PRICE), [dear], Rule(), now=NOW).parts
    assert decide(Wanted(1, PRICE), [replaced(dear, allows_loss=True)], Rule(), now=NOW).parts


def scored(**weights: int) -> Rule:
    named: dict[str, Any] = {f"weight_{name}": weight for name, weight in weights.items()}
    return Rule(mode=SCORED, **named)


CHEAP = offer(1, cost=Decimal(80), success_rate=Decimal("0.5"), p50_seconds=60.0)
GOOD = offer(2, cost=Decimal(95), success_rate=Decimal("0.99"), p50_seconds=2.0)
RICH = offer(3, cost=Decimal(96), balance=Decimal(100_000), success_rate=Decimal("0.6"))
POOR = offer(4, cost=Decimal(96), balance=Decimal(100), success_rate=Decimal("0.6"))


@pytest.mark.parametrize(
    ("rule", "found", "chosen"),
    [
        (scored(cost=1), [CHEAP, GOOD], 1),
        (scored(success=1), [CHEAP, GOOD], 2),
        (scored(speed=1), [CHEAP, GOOD], 2),
        (scored(balance=1), [POOR, RICH], 3),
        (scored(priority=1), [GOOD, CHEAP], 1),
        (scored(cost=90, success=10), [CHEAP, GOOD], 1),
        (scored(cost=10, success=90), [CHEAP, GOOD], 2),
    ],
)
def test_a_score_weighs_what_staff_say(rule: Rule, found: list[Candidate], chosen: int) -> None:
    decision = decide(Wanted(1, PRICE), found, rule, now=NOW)
    assert [part.offer.offer_id for part in decision.parts] == [chosen]
    assert all("score" in row for row in decision.as_data())


def test_equal_scores_go_by_priority_then_cost() -> None:
    twins = [offer(1, priority=5), offer(2, priority=5), offer(3, priority=4)]
    decision = decide(Wanted(1, PRICE), twins, scored(cost=1), now=NOW)
    assert decision.parts[0].offer.offer_id == 3
