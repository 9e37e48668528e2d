from __future__ import annotations

import pytest
from django.utils import translation

from catalog.models import Carrier
from catalog.phone_numbers import recognise


@pytest.mark.parametrize(
    ("typed", "carrier", "place"),
    [
        ("138 2650 7719", Carrier.MOBILE, "广东 深圳"),
        ("+86 186-0755-3321", Carrier.UNICOM, "广东 深圳"),
        ("19910204466", Carrier.TELECOM, "北京"),
        ("19212345678", Carrier.BROADNET, "重庆"),
    ],
)
def test_carrier_and_place_are_known_offline(typed: str, carrier: Carrier, place: str) -> None:
    info = recognise(typed)
    assert info is not None
    with translation.override("zh-hans"):
        assert (info.carrier, info.place, info.is_virtual) == (carrier, place, False)


@pytest.mark.parametrize(
    ("typed", "network"),
    [
        ("16512345678", Carrier.MOBILE),
        ("16712345678", Carrier.UNICOM),
        ("17112345678", Carrier.UNICOM),
        ("16212345678", Carrier.TELECOM),
    ],
)
def test_a_virtual_operator_is_told_with_the_network_it_rents(typed: str, network: Carrier) -> None:
    info = recognise(typed)
    assert info is not None
    assert (info.carrier, info.is_virtual) == (network, True)


def test_a_number_newer_than_the_table_has_a_carrier_by_its_range() -> None:
    info = recognise("19000000001")
    assert info is not None
    assert (info.carrier, info.place) == (Carrier.TELECOM, "")


@pytest.mark.parametrize("typed", ["", "110", "12345678901", "1382650771", "138265077199", "abc"])
def test_what_is_no_mobile_number_is_not_recognised(typed: str) -> None:
    assert recognise(typed) is None


def test_places_are_named_in_the_readers_language() -> None:
    info = recognise("13826507719")
    assert info is not None
    with translation.override("zh-hans"):
        assert info.place == "广东 深圳"
    with translation.override("en"):
        assert info.place == "Guangdong Shenzhen"
