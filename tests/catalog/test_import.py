from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog import card_files
from catalog.checks import run as run_checks
from catalog.errors import ImportRefused
from catalog.imports import ImportReport, import_cards
from catalog.models import SKU, Card, StockLane, StockLot
from catalog.queries import stock_of
from catalog.sealing import unseal_card
from ledger import accounts
from ledger.models import Entry
from ledger.services import balance
from suppliers.models import Offer, Supplier
from suppliers.services import buy_stock
from tests import world
from tests.threads import in_threads
from users.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku() -> SKU:
    return world.make_sku("card")


def take_in(
    sku: SKU,
    content: str,
    *,
    unit_cost: str = "90",
    skip_bad: bool = False,
) -> ImportReport:
    return import_cards(
        sku=sku,
        source=io.BytesIO(content.encode()),
        supplier_code="acme",
        unit_cost=Decimal(unit_cost),
        skip_bad=skip_bad,
        source_name="cards.csv",
    )


def stored() -> set[tuple[str, str]]:
    opened = (unseal_card(card.sealed, card.fingerprint) for card in Card.objects.all())
    return {(card.number, card.secret) for card in opened}


def many(count: int, tag: str = "") -> str:
    return "".join(f"N{tag}{i},S{tag}{i}\n" for i in range(count))


def test_cards_of_a_file_are_in_stock_sealed(sku: SKU) -> None:
    report = take_in(sku, "N1,S1\nN2,S2\n")
    assert report.imported_count == 2
    assert stored() == {("N1", "S1"), ("N2", "S2")}
    assert stock_of([sku.pk]) == {sku.pk: 2}
    assert not any(b"S1" in bytes(card.sealed) for card in Card.objects.all())


def test_an_import_books_its_cost_and_says_who_did_it(sku: SKU) -> None:
    staff = world.make_user(is_staff=True)
    import_cards(
        sku=sku,
        source=io.BytesIO(many(3).encode()),
        supplier_code="acme",
        unit_cost=Decimal("90.1234"),
        actor=staff,
    )
    assert balance(accounts.inventory()) == Decimal("-270.3702")
    assert balance(accounts.supplier("acme")) == Decimal("270.3702")
    record = AuditLog.objects.get()
    assert (record.actor, record.action) == (staff, "stock.import")
    assert record.target == f"sku:{sku.code}"


def test_free_cards_need_no_journal_entry(sku: SKU) -> None:
    take_in(sku, many(1), unit_cost="0")
    assert not Entry.objects.exists()
    assert stock_of([sku.pk]) == {sku.pk: 1}


def test_duplicates_are_told_by_line_and_skipped(sku: SKU) -> None:
    take_in(sku, "N1,S1\n")
    report = take_in(sku, "N2,S2\nN1,S1\nN3,S3\nN2,S2\n")
    assert report.imported_count == 2
    assert [(note.line, str(note.text)) for note in report.duplicates] == [
        (2, "this card is in stock already, or was sold before"),
        (4, "this card is in the file already"),
    ]
    assert stored() == {("N1", "S1"), ("N2", "S2"), ("N3", "S3")}


def test_a_duplicate_of_an_earlier_batch_of_the_same_file_is_found(
    sku: SKU, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_files, "BLOCK_BYTES", 64)
    report = take_in(sku, many(100) + "N7,S7\n" + many(3, "x") + "N8,S8\n")
    assert [(note.line, str(note.text)) for note in report.duplicates] == [
        (101, "this card is in the file already"),
        (105, "this card is in the file already"),
    ]
    assert report.imported_count == 103
    assert not [result for result in run_checks() if result.problems]


def test_a_card_is_a_duplicate_even_of_another_sku(sku: SKU) -> None:
    take_in(sku, "N1,S1\n")
    report = take_in(world.make_sku("card"), "N1,S1\nN2,S2\n")
    assert (report.imported_count, report.duplicate_count) == (1, 1)


def test_the_same_file_again_changes_nothing(sku: SKU) -> None:
    take_in(sku, many(50))
    before = (StockLot.objects.count(), Entry.objects.count(), AuditLog.objects.count())
    report = take_in(sku, many(50))
    assert (report.lot, report.imported_count, report.duplicate_count) == (None, 0, 50)
    assert (StockLot.objects.count(), Entry.objects.count(), AuditLog.objects.count()) == before


def test_one_bad_line_refuses_the_whole_file(sku: SKU) -> None:
    with pytest.raises(ImportRefused) as refused:
        take_in(sku, many(20) + "broken\n" + "N,\n" + many(20, "b"))
    assert [note.line for note in refused.value.notes] == [21, 22]
    assert refused.value.bad_count == 2
    assert not Card.objects.exists()
    assert not StockLot.objects.exists()
    assert not Entry.objects.exists()


def test_with_skip_bad_the_good_lines_come_in(sku: SKU) -> None:
    report = take_in(sku, many(20) + "broken\n" + many(20, "b"), skip_bad=True)
    assert (report.imported_count, report.bad_count) == (40, 1)
    assert [note.line for note in report.bad] == [21]


def test_a_million_bad_lines_are_counted_and_a_hundred_kept(sku: SKU) -> None:
    with pytest.raises(ImportRefused) as refused:
        take_in(sku, many(1) + "N,S,never\n" * 5000)
    assert refused.value.bad_count == 5000
    assert len(refused.value.notes) == 100


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "holds no cards"), ("\n\n", "holds no cards"), ("number,secret\n", "holds no cards")],
)
def test_a_file_without_cards_is_refused(sku: SKU, content: str, said: str) -> None:
    with pytest.raises(ImportRefused, match=said):
        take_in(sku, content)


def test_nothing_good_left_is_refused_even_with_skip_bad(sku: SKU) -> None:
    with pytest.raises(ImportRefused, match="no line holds a good card"):
        take_in(sku, "N,\nM,\n", skip_bad=True)


def test_a_top_up_has_no_cards(sku: SKU) -> None:
    with pytest.raises(ImportRefused, match="charged directly"):
        take_in(world.make_sku("topup"), many(1))


@pytest.mark.parametrize("cost", ["-1", "NaN", "Infinity", "0.00001", "10000000"])
def test_an_impossible_cost_is_refused(sku: SKU, cost: str) -> None:
    with pytest.raises(ImportRefused, match="unit cost"):
        take_in(sku, many(1), unit_cost=cost)
    assert not Card.objects.exists()


def test_each_expiry_date_has_lanes_of_its_own(sku: SKU) -> None:
    soon, later = (timezone.localdate() + timedelta(days=days) for days in (10, 20))
    rows = [f"N{i},S{i},{('', soon, later)[i % 3]}\n" for i in range(300)]
    take_in(sku, "".join(rows))
    lanes = StockLane.objects.filter(sku=sku)
    assert {lane.expires_on for lane in lanes} == {None, soon, later}
    for expires_on in (None, soon, later):
        cards = Card.objects.filter(lane__expires_on=expires_on)
        numbers = {int(unseal_card(c.sealed, c.fingerprint).number[1:]) % 3 for c in cards}
        assert (cards.count(), len(numbers)) == (100, 1)
    assert not [result for result in run_checks() if result.problems]


def test_many_cards_are_dealt_onto_eight_lanes(sku: SKU) -> None:
    report = take_in(sku, many(1000))
    assert report.lot is not None
    assert StockLane.objects.filter(lot=report.lot).count() == 8
    assert not [result for result in run_checks() if result.problems]


def test_buying_stock_makes_local_stock_offer_the_sku(sku: SKU) -> None:
    stock = world.stock_supplier()
    Supplier.objects.create(code="acme", name="Acme", adapter="fulu")
    for cost in ("90", "91"):
        buy_stock(
            sku=sku,
            source=io.BytesIO(many(5, cost).encode()),
            supplier_code="acme",
            unit_cost=Decimal(cost),
        )
    offer = Offer.objects.get(sku=sku)
    assert (offer.supplier, offer.cost) == (stock, Decimal(91))
    assert balance(accounts.supplier("acme")) == Decimal(905)


@pytest.mark.django_db(transaction=True)
def test_the_same_file_imported_twice_at_once_comes_in_once() -> None:
    sku = world.make_sku("card")
    reports = in_threads(lambda _: take_in(sku, many(3000)), range(3), threads=3)
    assert sorted(report.imported_count for report in reports) == [0, 0, 3000]
    assert stock_of([sku.pk]) == {sku.pk: 3000}
    assert not [result for result in run_checks() if result.problems]


def deliver_during(batch: int, deliver: Callable[[], None]) -> Callable[[int, int], None]:
    """A progress callback that lets something else happen after some batches."""
    calls = iter(range(1000))

    def on_progress(_bytes: int, _lines: int) -> None:
        if next(calls) == batch:
            deliver()

    return on_progress


@pytest.mark.django_db(transaction=True)
def test_a_card_that_a_supplier_delivers_meanwhile_is_a_duplicate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from catalog.receiving import receive_cards

    monkeypatch.setattr(card_files, "BLOCK_BYTES", 4096)
    sku, other = world.make_sku("card"), world.make_sku("card")

    def deliver() -> None:
        in_threads(
            lambda card: receive_cards(
                order_id=1,
                sku_id=other.pk,
                supplier_code="fulu-a",
                total_cost=Decimal(1),
                cards=[card],
            ),
            [("N1900", "S1900", None)],
        )

    report = import_cards(
        sku=sku,
        source=io.BytesIO(many(2000).encode()),
        supplier_code="acme",
        unit_cost=Decimal(1),
        on_progress=deliver_during(0, deliver),
    )
    assert (report.imported_count, report.duplicate_count) == (1999, 1)
    assert report.duplicates[0].line == 1901
    assert not [result for result in run_checks() if result.problems]
