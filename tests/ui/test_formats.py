"""Money, times and numbers as people read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from django.utils.datastructures import MultiValueDict

from ui import formats
from ui.widgets import PhoneInput

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1284.5"), "¥1,284.50"),
        ("0.005", "¥0.01"),
        (Decimal("-98.5"), "−¥98.50"),
        (Decimal("-0.001"), "¥0.00"),
        (0, "¥0.00"),
        (None, "—"),
        ("", "—"),
        ("three", "—"),
        (Decimal("NaN"), "—"),
    ],
)
def test_money_is_grouped_rounded_half_up_and_never_minus_zero(value: object, text: str) -> None:
    assert formats.money(value) == text


def test_commissions_show_all_their_places() -> None:
    assert formats.money(Decimal("0.1234"), 4) == "¥0.1234"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13826507719", "138 2650 7719"),
        ("10086", "10086"),
        ("73826507719", "73826507719"),
        ("player@example.com", "player@example.com"),
        (None, ""),
    ],
)
def test_only_a_mobile_number_is_grouped(text: str | None, shown: str) -> None:
    assert formats.phone(text) == shown


def test_a_masked_number_hides_its_middle() -> None:
    assert formats.masked_phone("13826507719") == "138 **** 7719"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (dt.datetime(2026, 11, 24, 0, 5, tzinfo=SHANGHAI), "00:05"),
        (dt.datetime(2026, 11, 23, 15, 59, tzinfo=dt.UTC), "Yesterday 23:59"),
        (dt.datetime(2026, 1, 2, 3, 4, tzinfo=SHANGHAI), "01-02 03:04"),
        (dt.datetime(2025, 11, 24, 9, 30, tzinfo=SHANGHAI), "2025-11-24 09:30"),
    ],
)
def test_a_moment_is_as_short_as_it_can_be(moment: dt.datetime, text: str) -> None:
    with translation.override("en"):
        assert formats.moment(moment, now=NOW) == text


def test_the_phone_widget_hands_over_digits_and_gives_back_what_was_typed() -> None:
    widget = PhoneInput()
    typed = {"phone": " 138 2650 7719 "}
    assert widget.value_from_datadict(typed, MultiValueDict(), "phone") == "13826507719"
    assert widget.format_value("1382650") == "138 2650"
    assert widget.format_value("138x2650") == "138x2650"
