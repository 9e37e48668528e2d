"""The matching core's promises, whatever the lines and items are."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.matching import (
    OurItem,
    Role,
    Standing,
    TheirLine,
    Verdict,
    match,
    subject_of,
)

SUBJECTS = st.sampled_from(["f:1", "f:2", "f:3", "x:9", "fee:2026-11-24"])
AMOUNTS = st.decimals(-100, 100, places=4)


def lines() -> st.SearchStrategy[list[TheirLine]]:
    raw = st.lists(st.tuples(SUBJECTS, st.sampled_from(Role), AMOUNTS), max_size=12)
    return raw.map(lambda rows: [TheirLine(key, *row) for key, row in enumerate(rows)])


def items() -> st.SearchStrategy[list[OurItem]]:
    return st.lists(
        st.builds(OurItem, SUBJECTS, st.sampled_from(Standing), AMOUNTS),
        unique_by=lambda item: item.subject,
    )


ADJUSTMENTS = st.dictionaries(SUBJECTS, AMOUNTS, max_size=3)


@given(lines=lines(), items=items(), adjusted=ADJUSTMENTS)
def test_every_line_and_item_is_in_exactly_one_match_and_the_amounts_add_up(
    lines: list[TheirLine], items: list[OurItem], adjusted: dict[str, Decimal]
) -> None:
    matches = match(lines, items, adjusted)
    assert Counter(line.key for found in matches for line in found.lines) == Counter(
        line.key for line in lines
    )
    assert sorted(found.item.subject for found in matches if found.item) == sorted(
        item.subject for item in items
    )
    assert len({found.subject for found in matches}) == len(matches)
    assert sum(found.theirs for found in matches) == sum(line.amount for line in lines)
    ours = sum(item.amount for item in items) + sum(adjusted.values())
    assert sum(found.ours for found in matches) == ours


@given(lines=lines(), items=items(), adjusted=ADJUSTMENTS)
def test_agreed_means_equal_and_decided(
    lines: list[TheirLine], items: list[OurItem], adjusted: dict[str, Decimal]
) -> None:
    for found in match(lines, items, adjusted):
        is_open = found.item is not None and found.item.standing is Standing.OPEN
        agrees = found.difference == 0 and not (is_open and found.lines)
        assert (found.verdict is Verdict.AGREED) == agrees


@given(lines=lines(), items=items(), adjusted=ADJUSTMENTS)
def test_booking_the_difference_settles_it(
    lines: list[TheirLine], items: list[OurItem], adjusted: dict[str, Decimal]
) -> None:
    booked = dict(adjusted)
    for found in match(lines, items, adjusted):
        booked[found.subject] = booked.get(found.subject, Decimal(0)) + found.difference
    assert all(found.difference == 0 for found in match(lines, items, booked))


@given(lines=lines(), items=items())
def test_the_order_of_lines_doesn_t_matter(lines: list[TheirLine], items: list[OurItem]) -> None:
    def told(of: list[TheirLine]) -> list[tuple[object, ...]]:
        return [(m.subject, m.verdict, m.theirs, m.ours) for m in match(of, items)]

    assert told(lines) == told(lines[::-1])


CHARGE = TheirLine(1, "f:1", Role.CHARGE, Decimal(45))
AGAIN = TheirLine(2, "f:1", Role.CHARGE, Decimal(45))
BACK = TheirLine(3, "f:1", Role.RETURN, Decimal(-45))


@pytest.mark.parametrize(
    ("lines", "standing", "ours", "verdict"),
    [
        ([CHARGE], Standing.SETTLED, "45", Verdict.AGREED),
        ([CHARGE], Standing.SETTLED, "44.5", Verdict.AMOUNT_DIFFERS),
        ([CHARGE], Standing.FAILED, "0", Verdict.CHARGED_BUT_FAILED),
        ([CHARGE, BACK], Standing.FAILED, "0", Verdict.AGREED),
        ([CHARGE], Standing.OPEN, "0", Verdict.UNDECIDED),
        ([CHARGE, BACK], Standing.OPEN, "0", Verdict.UNDECIDED),
        ([], Standing.OPEN, "0", Verdict.AGREED),
        ([], Standing.SETTLED, "45", Verdict.NOT_THERE),
        ([CHARGE, BACK], Standing.SETTLED, "45", Verdict.NOT_THERE),
        ([CHARGE, AGAIN], Standing.SETTLED, "45", Verdict.TWICE),
        ([CHARGE, AGAIN, BACK], Standing.SETTLED, "45", Verdict.AGREED),
        ([CHARGE, AGAIN], Standing.SETTLED, "90", Verdict.AGREED),
    ],
)
def test_what_a_difference_is_called(
    lines: list[TheirLine], standing: Standing, ours: str, verdict: Verdict
) -> None:
    (found,) = match(lines, [OurItem("f:1", standing, Decimal(ours))])
    assert found.verdict is verdict


def test_our_number_names_the_subject_theirs_only_when_it_names_one() -> None:
    by_ours, by_theirs = {"F1": "f:F1"}, {"S1": ["f:F2"], "S2": ["f:F3", "f:F4"]}

    def name(our_ref: str, their_ref: str) -> str | None:
        return subject_of(our_ref, their_ref, by_ours=by_ours, by_theirs=by_theirs)

    assert name("F1", "S1") == "f:F1"
    assert name("F9", "S1") == "f:F2"
    assert name("", "S1") == "f:F2"
    assert name("", "S2") is None
    assert name("F9", "") is None


def test_one_of_our_things_twice_is_a_bug() -> None:
    twice = [OurItem("f:1", Standing.SETTLED, Decimal(1))] * 2
    with pytest.raises(ValueError, match="twice"):
        match([], twice)
