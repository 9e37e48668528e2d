"""Files as suppliers and spreadsheets really write them."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import pytest
import tablib
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from reconciliation import cells
from reconciliation.columns import Columns, Words
from reconciliation.matching import Role
from reconciliation.reading import Reading, Unreadable, read


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


WORDS = Words.of(
    charge="扣款, success", returned="退款", funding="加款", fee="手续费", ignored="失败"
)
PLAIN = """时间,类型,商户订单号,平台订单号,金额,余额
2026-11-24 10:00:00,扣款,F1,S1,-45.00,955.00
2026-11-24 10:00:01,退款,F2,S2,45.00,1000.00
"""


def reading(content: str | bytes, **options: object) -> Reading:
    said = {
        "name": "a.csv",
        "encoding": "",
        "columns": Columns(),
        "words": WORDS,
        "negative": Role.RETURN,
    }
    raw = content.encode() if isinstance(content, str) else content
    return read(raw, **(said | options))  # type: ignore[arg-type]


def told(found: Reading) -> list[tuple[str, str, str]]:
    return [(line.role.value, line.our_ref, str(line.amount)) for line in found.lines]


TEN = datetime.fromisoformat("2026-11-24 10:00:00")  # as a spreadsheet has it: without a zone
BOTH = [("charge", "F1", "45.0000"), ("return", "F2", "45.0000")]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_usual_encoding_is_told_by_the_file(codec: str) -> None:
    assert told(reading(PLAIN.encode(codec))) == BOTH


@pytest.mark.parametrize("mark", ["\t", ";", "|"])
def test_other_delimiters(mark: str) -> None:
    assert told(reading(PLAIN.replace(",", mark))) == BOTH


def test_lines_before_the_header_and_totals_after_it_are_the_file_s_own() -> None:
    wrapped = f"#账号:[2088]\n#起始日期,2026-11-24\n{PLAIN}#----\n合计,,,,0.00,\n"
    found = reading(wrapped)
    assert told(found) == BOTH
    assert [line.number for line in found.lines] == [4, 5]
    assert found.ignored_count == 2


def test_an_excel_sheet_with_numbers_and_times() -> None:
    data = tablib.Dataset(headers=["时间", "类型", "商户订单号", "金额"])
    data.append([TEN, "扣款", 20261124, 0.1 + 0.2])
    found = reading(data.export("xlsx"))
    assert told(found) == [("charge", "20261124", "0.3000")]


def test_a_long_number_that_excel_has_rounded_is_not_believed() -> None:
    data = tablib.Dataset(headers=["时间", "类型", "商户订单号", "金额"])
    data.append([TEN, "扣款", 20241122112233445566, 1])
    assert "rounded" in str(reading(data.export("xlsx")).bad[0].text)
    typed = reading(PLAIN.replace("F1", "2.0241122E+19"))
    assert [note.line for note in typed.bad] == [2]


@pytest.mark.parametrize(
    ("line", "about"),
    [
        ("2026-11-24 10:00:00,扣款,F1,S1,abc,", "isn't a number"),
        ("2026-11-24 10:00:00,扣款,F1,S1,,", "isn't a number"),
        ("2026-11-24 10:00:00,扣款,F1,S1,1.00001,", "isn't a number"),
        ("2026-11-24 10:00:00,扣款,F1,S1,NaN,", "isn't a number"),
        ("2026-11-24 10:00:00,扣款,F1,S1,1e30,", "isn't a number"),
        ("24 Nov,扣款,F1,S1,45,", "can't be read"),
        ("2026-11-24 10:00:00,赠送,F1,S1,45,", "nobody has said"),
        ("2026-11-24 10:00:00,扣款,,,45,", "neither our number nor theirs"),
        (f"2026-11-24 10:00:00,扣款,{'F' * 65},,45,", "longer than 64"),
        ("2026-11-24 10:00:00,扣款,F1,S1,45,x", "the balance"),
        ("2026-11-24", "nobody has said"),
    ],
)
def test_a_bad_line_is_named_by_its_number(line: str, about: str) -> None:
    found = reading(PLAIN + "\n" + line + "\n")
    assert [note.line for note in found.bad] == [5]  # the empty line counts, too
    assert about in str(found.bad[0].text)
    assert told(found) == BOTH


def test_a_cell_of_two_lines_doesn_t_shift_the_numbers() -> None:
    content = PLAIN.replace("S1", '"S1\nbis"') + "x,扣款,F1,S1,45,\n"
    found = reading(content)
    assert [note.line for note in found.bad] == [2, 5]


def test_failed_orders_and_zero_amounts_are_no_money() -> None:
    found = reading(PLAIN + "2026-11-24 11:00:00,失败,F3,S3,45,\n2026-11-24,扣款,F4,,0.00,\n")
    assert (told(found), found.ignored_count, found.bad) == (BOTH, 2, [])


def test_without_a_kind_the_sign_says_what_a_line_is() -> None:
    content = "时间,商户订单号,金额\n2026-11-24,F1,-45\n2026-11-24,F2,45\n"
    assert [line.role for line in reading(content).lines] == [Role.RETURN, Role.CHARGE]
    other = reading(content, negative=Role.CHARGE)
    assert [line.role for line in other.lines] == [Role.CHARGE, Role.RETURN]


def test_saved_columns_are_looked_for_and_the_file_s_are_named_when_they_lack() -> None:
    columns = Columns(our_ref="单号", amount="实付", at="日子")
    content = "日子,单号,实付,金额\n2026/11/24 08:30,F1,￥1,999.5,\n"
    with pytest.raises(Unreadable) as refused:
        reading(PLAIN, columns=columns)
    assert "单号" in str(refused.value)
    assert "商户订单号" in str(refused.value)
    quoted = content.replace("￥1,999.5", '"￥1,999.50"')
    assert told(reading(quoted, columns=columns)) == [("charge", "F1", "1999.5000")]


@pytest.mark.parametrize(
    ("content", "about"),
    [
        (b"", "columns are"),
        (b"a,b,c\n1,2,3\n", "columns are"),
        (b"PK\x03\x04 not a zip", "broken"),
        (b"\xd0\xcf\x11\xe0 old excel", ".xls"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00", ""),
        ("时间,金额".encode() + b"\x81\xff\xff", "encoding"),
    ],
)
def test_a_file_that_is_no_statement_is_refused_in_words(content: bytes, about: str) -> None:
    with pytest.raises(Unreadable) as refused:
        reading(content)
    assert about in str(refused.value)


def test_a_chosen_encoding_that_doesn_t_fit_names_the_line() -> None:
    with pytest.raises(Unreadable) as refused:
        reading(PLAIN.encode("gbk"), encoding="utf-8")
    assert "Line 1" in str(refused.value)


@given(amount=st.decimals(-(10**9), 10**9, places=4))
def test_an_amount_is_read_as_it_was_written(amount: Decimal) -> None:
    for written in (str(amount), f"{amount:,}", f"¥{amount}", f" {amount}元 "):
        assert cells.amount(written) == amount


@given(
    moment=st.datetimes(datetime.fromisoformat("2001-01-01"), datetime.fromisoformat("2099-01-01"))
)
def test_a_time_is_read_as_it_was_written(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    for pattern in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S"):
        assert cells.moment(moment.strftime(pattern)).replace(tzinfo=None) == moment


@given(content=st.binary(max_size=400))
def test_whatever_bytes_come_they_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert isinstance(reading(content), Reading)


def test_a_csv_field_that_is_far_too_long_is_refused_and_not_a_crash() -> None:
    with pytest.raises(Unreadable):
        reading(PLAIN + '"' + "x" * 200_000)


def test_many_lines_are_read_in_one_go() -> None:
    out = io.StringIO()
    out.write("时间,类型,商户订单号,金额\n")
    out.writelines(f"2026-11-24 10:00:00,扣款,F{n},45\n" for n in range(20_000))
    assert len(reading(out.getvalue()).lines) == 20_000
