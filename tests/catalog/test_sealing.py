from __future__ import annotations

import base64
import hashlib
import hmac
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from catalog import sealing
from catalog.sealing import SealBroken, fingerprint, seal, seal_card, seal_cards, unseal_card

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def new_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


@given(text, text)
def test_a_card_comes_back_as_it_was_sealed(number: str, secret: str) -> None:
    mark = fingerprint(number, secret)
    card = unseal_card(seal_card(number, secret, mark), mark)
    assert (card.number, card.secret) == (number, secret)


def test_the_code_can_not_be_read_in_what_is_stored() -> None:
    mark = fingerprint("NUMBER-1", "SECRET-1")
    stored = mark + seal_card("NUMBER-1", "SECRET-1", mark)
    assert b"NUMBER-1" not in stored
    assert b"SECRET-1" not in stored


def test_sealing_twice_never_gives_the_same_bytes() -> None:
    assert seal(b"code", context=b"row") != seal(b"code", context=b"row")


def test_a_ciphertext_moved_to_another_row_stays_shut() -> None:
    first, second = fingerprint("1", "a"), fingerprint("2", "b")
    moved = seal_card("1", "a", first)
    with pytest.raises(SealBroken):
        unseal_card(moved, second)


@pytest.mark.parametrize("place", [0, 5, 20, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    mark = fingerprint("1", "a")
    sealed = bytearray(seal_card("1", "a", mark))
    sealed[place] ^= 1
    with pytest.raises(SealBroken):
        unseal_card(bytes(sealed), mark)


@pytest.mark.parametrize("length", [0, 3, 10, 20])
def test_a_value_cut_short_is_noticed(length: int) -> None:
    with pytest.raises(SealBroken):
        unseal_card(seal_card("1", "a", b"m")[:length], b"m")


def test_every_key_of_the_ring_unseals_and_the_first_one_seals(settings: Settings) -> None:
    old, new = new_key(), new_key()
    settings.CARD_KEYS = [old]
    under_old = seal(b"code", context=b"row")
    settings.CARD_KEYS = [new, old]
    under_new = seal(b"code", context=b"row")
    assert sealing.unseal(under_old, context=b"row") == b"code"
    settings.CARD_KEYS = [new]
    assert sealing.unseal(under_new, context=b"row") == b"code"
    with pytest.raises(SealBroken):
        sealing.unseal(under_old, context=b"row")


def test_an_open_card_does_not_show_itself_in_a_log() -> None:
    mark = fingerprint("NUMBER-1", "SECRET-1")
    shown = repr(unseal_card(seal_card("NUMBER-1", "SECRET-1", mark), mark))
    assert "NUMBER-1" not in shown
    assert "SECRET-1" not in shown


@given(text, text)
def test_the_fingerprint_is_an_hmac_of_both_parts(number: str, secret: str) -> None:
    from django.conf import settings

    message = len(number.encode()).to_bytes(2, "big") + number.encode() + secret.encode()
    expected = hmac.digest(settings.CARD_FINGERPRINT_KEY.encode(), message, "sha256")[:16]
    assert fingerprint(number, secret) == expected


def test_a_long_fingerprint_key_works_as_hmac_says(settings: Settings) -> None:
    settings.CARD_FINGERPRINT_KEY = "k" * 100
    expected = hmac.new(b"k" * 100, b"\x00\x01ab", hashlib.sha256).digest()[:16]
    assert fingerprint("a", "b") == expected


def test_parts_can_not_be_shifted_into_each_other() -> None:
    assert fingerprint("12", "3") != fingerprint("1", "23")


def test_fingerprints_depend_on_the_key(settings: Settings) -> None:
    before = fingerprint("1", "a")
    settings.CARD_FINGERPRINT_KEY = new_key()
    assert fingerprint("1", "a") != before


def test_a_batch_is_sealed_like_single_cards() -> None:
    cards = [(f"N{i}", f"S{i}") for i in range(100)]
    sealed = seal_cards(cards)
    assert [mark for mark, _ in sealed] == [fingerprint(*card) for card in cards]
    opened = [unseal_card(value, mark) for mark, value in sealed]
    assert [(card.number, card.secret) for card in opened] == cards
    assert len({value[4:16] for _, value in sealed}) == 100, "no nonce twice"
