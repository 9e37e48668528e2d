"""What a card file may look like. No database."""

from __future__ import annotations

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import card_files
from catalog.card_files import read_cards
from catalog.errors import ImportRefused

TODAY = date(2026, 11, 24)
Row = tuple[str, str, date | None]


def read(content: bytes | str) -> tuple[list[Row], list[tuple[int, str]]]:
    """The good cards, and the bad lines with what is said of them."""
    raw = content.encode() if isinstance(content, str) else content
    cards: list[Row] = []
    bad: list[tuple[int, str]] = []
    for batch in read_cards(io.BytesIO(raw), today=TODAY):
        cards += [(card.number, card.secret, card.expires_on) for card in batch.cards]
        bad += [(note.line, str(note.text)) for note in batch.bad]
    return cards, bad


@pytest.mark.parametrize(
    "line",
    ["N1,S1", "N1\tS1", "N1----S1", "N1;S1", "N1|S1", "N1 S1", "N1，S1", ' "N1", "S1" ', "N1  S1"],
)
def test_each_common_separator_is_understood(line: str) -> None:
    assert read(f"{line}\n{line}\n") == ([("N1", "S1", None)] * 2, [])


def test_a_file_of_secrets_alone_is_understood() -> None:
    assert read("AAAA-1\nBBBB-2\n") == ([("", "AAAA-1", None), ("", "BBBB-2", None)], [])


def test_a_line_of_two_columns_among_secrets_alone_is_noticed() -> None:
    _, bad = read("AAAA-1\nBBBB-2\nNUM,CCCC-3\n")
    assert [line for line, _ in bad] == [3]


def test_windows_line_ends_blank_lines_and_a_missing_last_line_end() -> None:
    cards, bad = read("N1,S1\r\n\r\n   \r\nN2,S2")
    assert [card[:2] for card in cards] == [("N1", "S1"), ("N2", "S2")]
    assert bad == []


@pytest.mark.parametrize(
    "header", ["number,secret,expires", "卡号,密码,有效期", '"Card No","PIN","Valid until"']
)
def test_a_header_line_is_no_card(header: str) -> None:
    cards, bad = read(f"{header}\nN1,S1,2027-01-02\n")
    assert cards == [("N1", "S1", date(2027, 1, 2))]
    assert bad == []


def test_a_byte_order_mark_is_no_part_of_the_first_number() -> None:
    assert read(b"\xef\xbb\xbfN1,S1\n")[0] == [("N1", "S1", None)]


def test_gbk_is_read_like_utf_8() -> None:
    content = "卡号,密码\n甲001,口令1\nA2,S2\n"
    assert read(content.encode("gbk")) == read(content)
    assert read(content)[0] == [("甲001", "口令1", None), ("A2", "S2", None)]


def test_chinese_that_comes_late_in_a_gbk_file_is_read() -> None:
    ascii_part = b"N1,S1\n" * 60_000
    cards, bad = read(ascii_part + "甲,口令\n".encode("gbk"))
    assert cards[-1] == ("甲", "口令", None)
    assert bad == []


@pytest.mark.parametrize(
    "written",
    ["2027-03-05", "2027/3/5", "2027.03.05", "2027年3月5日", "20270305", "2027-03-05 23:59:59"],
)
def test_expiry_dates_as_people_write_them(written: str) -> None:
    assert read(f"N1,S1,{written}\n") == ([("N1", "S1", date(2027, 3, 5))], [])


def test_an_empty_expiry_means_that_the_card_never_expires() -> None:
    assert read("N1,S1,\n") == ([("N1", "S1", None)], [])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("lonely", "separator between number and secret is missing"),
        ("N9,", "secret is missing"),
        (",,", "secret is missing"),
        ("N9,S9,2027-01-01,more", "more columns"),
        ("N9,S9,tomorrow", "isn't a date"),
        ("N9,S9,2027-02-30", "isn't a date"),
        ("N9,S9,2026-11-24", "has expired"),
        ("N9,S9,2020-01-01", "has expired"),
        ('N9,"S9', "quotation mark"),
        ("N9,S\x079", "can't be printed"),
        ("N9," + "S" * 600, "too long"),
        ("N" * 300 + ",S9", "too long"),
        ("N" * 20_000, "separator between number and secret is missing"),
    ],
)
def test_a_bad_line_is_told_by_its_number_and_never_quoted(line: str, said: str) -> None:
    cards, bad = read(f"N1,S1\nN2,S2\nN3,S3\n{line}\nN5,S5\n")
    assert [card[0] for card in cards] == ["N1", "N2", "N3", "N5"]
    [(number, text)] = bad
    assert number == 4
    assert said in text
    assert "9" not in text.replace("2027-12-31", "")


def test_lines_that_are_no_text_are_told() -> None:
    cards, bad = read("甲,1\n".encode() + b"N2,\xff\xff\n" + b"N3,S3\n" + "乙,4\n".encode())
    assert [card[0] for card in cards] == ["甲", "N3", "乙"]
    assert bad == [(2, "this can't be read as text")]


@pytest.mark.parametrize("content", ["N1,S1\n".encode("utf-16"), b"\x7fELF\0\0\0\x01"])
def test_what_is_no_text_file_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(ImportRefused, match="isn't a text file"):
        read(content)


def test_a_giant_line_takes_no_memory_and_is_one_bad_line() -> None:
    content = b"N1,S1\n" + b"x" * (3 * card_files.BLOCK_BYTES) + b"\nN3,S3\n"
    cards, bad = read(content)
    assert [card[0] for card in cards] == ["N1", "N3"]
    assert [line for line, _ in bad] == [2]


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=300),
    st.integers(1, 64),
)
def test_blocks_of_any_size_give_the_same_cards(numbers: list[int], block_bytes: int) -> None:
    content = "".join(f"N{number},S{number}\n" for number in numbers).encode()
    saved = card_files.BLOCK_BYTES
    try:
        card_files.BLOCK_BYTES = block_bytes
        cards, bad = read(content)
    finally:
        card_files.BLOCK_BYTES = saved
    assert bad == []
    assert [card[:2] for card in cards] == [(f"N{number}", f"S{number}") for number in numbers]
