"""How sure a match is, and why: pure rules, also with made-up names."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.adapters.base import SupplierProduct
from suppliers.pricelists.matching import (
    PROPOSED_FROM,
    Line,
    Ware,
    best_matches,
    match,
    similarity,
)
from suppliers.pricelists.reading import ListRefused, read_list


def line(name: str, value: str | None = None, kind: str = "topup") -> Line:
    return Line(name, kind, Decimal(value) if value else None)


def ware(name: str, value: str, kind: str = "topup", sku_id: int = 1) -> Ware:
    return Ware(sku_id, (name,), kind, Decimal(value))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (line("腾讯视频VIP会员月卡", "30"), ware("腾讯视频VIP会员 月卡", "30")),
        (line("Ｑ币　１０个", "10"), ware("Q币直充 10个", "10")),
        (line("STEAM 充值卡 100元", "100", "card"), ware("Steam充值卡 100元", "100", "card")),
        (line("爱奇艺黄金会员 (月卡)", None), ware("爱奇艺黄金会员 月卡", "25")),
        (line("QQ音乐豪华绿钻 一个月", "18"), ware("QQ音乐豪华绿钻 月卡", "18")),
    ],
)
def test_the_same_goods_are_recognised(theirs: Line, ours: Ware) -> None:
    found = match(theirs, ours)
    assert found.score >= PROPOSED_FROM, found.reasons
    assert found.score == max(0, min(100, sum(reason.points for reason in found.reasons)))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (line("腾讯视频VIP会员年卡", "30"), ware("腾讯视频VIP会员 月卡", "30")),  # another period
        (line("Q币 100个", "100"), ware("Q币直充 10个", "10")),  # another value
        (line("优酷VIP会员月卡", "30", "card"), ware("优酷VIP会员 月卡", "30")),  # a code
        (line("京东E卡 100元", "100", "card"), ware("Steam充值卡 100元", "100", "card")),
        (line("原神 创世结晶300", None), ware("原神 创世结晶 980", "98")),  # other figures
        (line("", None), ware("Steam", "10")),
    ],
)
def test_other_goods_are_not_taken_for_ours(theirs: Line, ours: Ware) -> None:
    assert match(theirs, ours).score < PROPOSED_FROM


names = st.text(alphabet="腾讯视频QQ币月卡年10元 aB", max_size=12)


@given(names, names)
def test_likeness_is_symmetric_and_between_nothing_and_the_same(one: str, other: str) -> None:
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other) <= 1
    assert similarity(one, one) in (0, 1)


@given(st.lists(names, max_size=6), st.lists(names, max_size=6))
def test_each_line_and_each_sku_is_proposed_once(theirs: list[str], ours: list[str]) -> None:
    found = best_matches(
        [(key, line(name, "10")) for key, name in enumerate(theirs)],
        [ware(name, "10", sku_id=key) for key, name in enumerate(ours)],
    )
    assert len({key for key, _ in found}) == len({one.sku_id for _, one in found}) == len(found)
    assert all(PROPOSED_FROM <= one.score <= 100 for _, one in found)


def test_the_surest_line_gets_the_sku() -> None:
    (best,) = best_matches(
        [(1, line("腾讯视频会员月卡", "30")), (2, line("腾讯视频VIP会员月卡", "30"))],
        [ware("腾讯视频VIP会员 月卡", "30", sku_id=7)],
    )
    assert (best[0], best[1].sku_id) == (2, 7)


# --- believing a list ------------------------------------------------------------------------


def product(ref: str, **changes: object) -> SupplierProduct:
    fields = {"ref": ref, "name": f"商品{ref}", "kind": "card", "cost": Decimal(9)}
    return SupplierProduct(**fields | changes)  # type: ignore[arg-type]


def test_a_list_that_lacks_more_than_half_is_not_believed() -> None:
    known = [str(n) for n in range(10)]
    half = read_list([product(ref) for ref in known[:5]], known=known)
    assert len(half.lines) == 5
    for short in (known[:4], []):
        with pytest.raises(ListRefused) as refused:
            read_list([product(ref) for ref in short], known=known)
        assert refused.value.problem == "shrunk"
        whole = read_list([product(ref) for ref in short], known=known, takes_shorter=True)
        assert len(whole.lines) == len(short)


def test_a_list_that_contradicts_itself_is_not_believed() -> None:
    assert len(read_list([product("a"), product("a")], known=[]).lines) == 1
    with pytest.raises(ListRefused) as refused:
        read_list([product("a"), product("a", cost=Decimal(8))], known=[])
    assert (refused.value.problem, refused.value.facts) == ("contradictory", {"ref": "a"})


@pytest.mark.parametrize(
    "changes",
    [
        {"cost": Decimal(0)},
        {"cost": Decimal(-1)},
        {"cost": Decimal("NaN")},
        {"cost": Decimal("Infinity")},
        {"cost": Decimal("0.00001")},
        {"cost": Decimal(10_000_000)},
        {"name": " "},
        {"kind": "voucher"},
        {"face_value": Decimal("-1")},
        {"min_quantity": 0},
        {"min_quantity": 5, "max_quantity": 4},
        {"stock": -1},
    ],
)
def test_a_line_that_can_not_be_true_is_neither_taken_nor_gone(changes: dict[str, object]) -> None:
    found = read_list([product("a", **changes), product("b")], known=["a", "b"])
    assert set(found.lines) == {"b"}
    assert (found.unreadable, found.unreadable_count) == (frozenset("a"), 1)
