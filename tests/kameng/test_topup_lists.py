"""Lists of numbers as people make them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Carrier
from kameng.topup_lists import as_text, read_list

N = "13826507719"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("typed", "amount", "note"),
    [
        (N, None, ""),
        (f"  {N}  ", None, ""),
        ("138 2650 7719", None, ""),
        ("138-2650-7719", None, ""),
        ("+86 138 2650 7719", None, ""),
        ("+8613826507719,50", "50", ""),
        ("8613826507719,50", "50", ""),
        ("１３８２６５０７７１９，５０，张三", "50", "张三"),
        (f"{N},50元,张三", "50", "张三"),
        (f"{N},¥50.00,张三", "50.00", "张三"),
        (f"{N};100;a;b", "100", "a b"),
        (f"{N}\t30", "30", ""),
        ("138 2650 7719 50 张三", "50", "张三"),
        (f"{N} 张三", None, "张三"),
        (f"{N},,张三", None, "张三"),
        (f"{N},张三", None, "张三"),
        (f'"{N}","50"', "50", ""),
        (f"'{N},50", "50", ""),
        (f"\u202d{N}\u202c", None, ""),
        (f"{N}、50", "50", ""),
    ],
)
def test_a_line_is_understood_as_people_write_it(typed, amount, note) -> None:
    read = read_list(typed)
    assert read.bad == []
    (entry,) = read.entries
    assert (entry.number, entry.note) == (N, note)
    assert entry.amount == (Decimal(amount) if amount else None)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1382650771", "too short"),
        ("138265077190", "too long"),
        ("12826507719", "starts with 13 to 19"),
        ("abc", "not a mobile number"),
        (",50", "There is no number"),
        ("1.38E+10,50", "shortened this number"),
        ("1.3826507719E10", "shortened this number"),
        (f"{N},50x,abc", "amount can't be read"),
        (f"{N},1.234,abc", "amount can't be read"),
    ],
)
def test_a_bad_line_is_named_with_its_reason(typed, told) -> None:
    read = read_list(f"{N}\n\n{typed}")
    assert [entry.line for entry in read.entries] == [1]
    (bad,) = read.bad
    assert bad.line == 3
    assert told in str(bad.reason)


def test_headings_say_where_the_columns_are() -> None:
    read = read_list(
        f"姓名,充值金额,手机号码,运营商\n张三,50,{N},移动\n李四,,{N},China Unicom\n王五,50,{N},x"
    )
    first, second = read.entries
    assert (first.line, first.note, first.amount) == (2, "张三", Decimal(50))
    assert first.carrier == Carrier.MOBILE
    assert (second.amount, second.carrier) == (None, Carrier.UNICOM)
    assert [(bad.line, str(bad.reason)) for bad in read.bad] == [
        (4, "This carrier isn't known."),
    ]


def test_rows_of_a_file_keep_their_line_numbers() -> None:
    read = read_list(as_text([["号码", "金额"], [], [N, "50"], ["x"]]))
    assert [entry.line for entry in read.entries] == [3]
    assert [bad.line for bad in read.bad] == [4]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_nothing_that_is_pasted_breaks_it(text) -> None:
    read = read_list(text)
    assert all(len(entry.number) == 11 and entry.number.isdigit() for entry in read.entries)
    assert read.count <= len(text.splitlines())
