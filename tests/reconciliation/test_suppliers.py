"""A supplier's statement against our books: what differs, and every way to settle it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from ledger import accounts
from ledger import services as ledger
from ledger.models import Entry, EntryKind
from ledger.services import Line, balance
from orders.services import answer_supplier_claim, apply_outcome, claim_from_supplier
from reconciliation.errors import (
    EntryUnfit,
    FiguresChanged,
    NotPossible,
    NotReversible,
    ReasonMissing,
    StatementInUse,
    StatementRefused,
)
from reconciliation.models import (
    Difference,
    Resolution,
    ResolutionKind,
    Statement,
    StatementDay,
    StatementLine,
)
from reconciliation.services import compare_open, take_back, withdraw_statement
from suppliers.outcomes import Outcome, OutcomeKind
from tests import world
from tests.reconciliation.desk import Desk, settle_difference, today
from tests.threads import in_threads
from users.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_both_sides_know_alike_agrees(desk: Desk) -> None:
    desk.says("扣款", desk.attempt(), "-45")
    failed = desk.attempt(OutcomeKind.REJECTED)
    desk.says("扣款", failed, "-45")
    desk.says("退款", failed, "45")
    report = desk.imports()
    assert (report.new_count, report.open_count) == (3, 0)
    assert desk.differences() == {}
    day = StatementDay.objects.get()
    assert (day.line_count, day.agreed_count, day.open_count) == (3, 2, 0)
    assert day.line_total == Decimal(45)
    assert world.books_are_clean()


def test_what_a_supplier_grants_of_a_claim_agrees_with_its_statement(desk: Desk) -> None:
    attempt = desk.attempt()
    claim = claim_from_supplier(
        order=attempt.order,
        supplier=desk.supplier,
        amount=Decimal(45),
        reason="号码没到账",
        actor=desk.agent.user,
        request_ref="c1",
    )
    answer_supplier_claim(claim=claim, granted=Decimal(30), answer="赔", actor=desk.agent.user)
    desk.says("扣款", attempt, "-45")
    desk.says("退款", attempt, "30")
    assert desk.imports().open_count == 0
    assert desk.differences() == {}
    assert world.books_are_clean()


def test_every_kind_of_difference_is_found_once_and_by_its_name(desk: Desk) -> None:
    desk.says("扣款", desk.attempt(OutcomeKind.REJECTED), "-45")
    desk.attempt()  # delivered, and they have nothing
    desk.says("扣款", desk.attempt(), "-46.50")
    desk.says("扣款", desk.attempt(None), "-45")
    twice = desk.attempt()
    desk.says("扣款", twice, "-45")
    desk.says("扣款", twice, "-45")
    desk.says("扣款", "F000NOTOURS", "-12")
    desk.says("加款", "", "1000")
    desk.says("手续费", "", "-0.30")
    desk.imports()
    assert desk.differences() == {
        "charged_but_failed": Decimal(45),
        "not_there": Decimal(-45),
        "amount_differs": Decimal("1.5"),
        "undecided": Decimal(45),
        "twice": Decimal(45),
        "not_ours": Decimal(12),
        "funding": Decimal(-1000),
        "fee": Decimal("0.30"),
    }
    assert world.books_are_clean()


def test_their_number_finds_the_attempt_when_ours_is_missing(desk: Desk) -> None:
    found = desk.attempt()
    desk.says("扣款", "", "-45", their_ref=found.supplier_order_no)
    desk.imports()
    assert desk.differences() == {}


def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    desk.says("扣款", desk.attempt(OutcomeKind.REJECTED), "-45")
    desk.imports()
    before = list(Difference.objects.values()), list(StatementDay.objects.values())
    report = desk.imports()
    assert (report.statement, report.new_count, report.open_count) == (None, 0, 1)
    assert (list(Difference.objects.values()), list(StatementDay.objects.values())) == before
    assert Statement.objects.count() == 1


def test_an_overlapping_file_adds_only_what_is_new(desk: Desk) -> None:
    yesterday = today() - timedelta(days=1)
    desk.says("扣款", "FX1", "-1", day=yesterday)
    desk.says("扣款", "FX2", "-2")
    desk.imports(first_day=yesterday)
    desk.says("扣款", "FX3", "-3")
    desk.lines = desk.lines[1:]  # today only, one more line
    assert desk.imports().new_count == 1
    assert StatementLine.objects.count() == 3
    assert Difference.objects.count() == 3


def test_two_lines_that_are_the_same_to_the_letter_are_two_charges(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.says("扣款", attempt, "-45", their_ref="T-same")
    desk.says("扣款", attempt, "-45", their_ref="T-same")
    for _ in range(2):
        desk.imports()
    assert StatementLine.objects.count() == 2
    assert desk.differences() == {"twice": Decimal(45)}


def test_bad_lines_are_named_and_nothing_is_imported_unless_they_may_be_left_out(
    desk: Desk,
) -> None:
    desk.says("扣款", desk.attempt(), "-45")
    desk.says("扣款", "F2", "abc")
    desk.says("扣款", "F3", "-1", day=today() - timedelta(days=9))
    with pytest.raises(StatementRefused) as refused:
        desk.imports()
    assert [note.line for note in refused.value.notes] == [3, 4]
    assert not StatementLine.objects.exists()
    report = desk.imports(skip_bad=True)
    assert (report.new_count, report.bad_count) == (1, 2)


@pytest.mark.parametrize("shift", [(1, 1), (1, 0), (-40, 0)])
def test_days_that_can_t_be_are_refused(desk: Desk, shift: tuple[int, int]) -> None:
    first, last = (today() + timedelta(days=days) for days in shift)
    with pytest.raises(StatementRefused) as refused:
        desk.imports(first_day=first, last_day=last)
    assert refused.value.field == "last_day"


def test_a_return_of_the_next_day_settles_the_difference_by_itself(desk: Desk) -> None:
    yesterday = today() - timedelta(days=1)
    failed = desk.attempt(OutcomeKind.REJECTED)
    desk.says("扣款", failed, "-45", day=yesterday)
    desk.imports(first_day=yesterday, last_day=yesterday)
    assert desk.differences() == {"charged_but_failed": Decimal(45)}
    desk.lines = []
    desk.says("退款", failed, "45")
    desk.imports()
    assert desk.differences() == {}
    assert Difference.objects.get().state == "settled"


def test_what_our_side_learns_later_is_found_by_the_task_and_by_the_same_file(desk: Desk) -> None:
    failed = desk.attempt(OutcomeKind.REJECTED)
    desk.says("扣款", failed, "-45")
    desk.says("退款", failed, "45")
    stranger = desk.attempt()
    desk.says("扣款", "", "-45", their_ref="S-unknown")
    desk.imports()
    assert desk.differences() == {"not_ours": Decimal(45), "not_there": Decimal(-45)}
    # A late success, and the supplier's number of the other one, become known.
    apply_outcome(
        fulfilment_id=failed.pk, outcome=Outcome(OutcomeKind.DELIVERED), source="callback"
    )
    stranger.supplier_order_no = "S-unknown"
    stranger.save()
    compare_open()
    assert desk.differences() == {"not_there": Decimal(-45)}
    assert Difference.objects.get(state="open").about == failed.fulfilment_no
    assert desk.imports().statement is None
    assert desk.differences() == {"not_there": Decimal(-45)}
    assert StatementDay.objects.get().open_count == 1


# --- resolutions --------------------------------------------------------------------------------


def test_their_cost_is_accepted_as_ours(desk: Desk) -> None:
    desk.says("扣款", desk.attempt(), "-46.50")
    desk.imports()
    resolution = desk.settles("amount_differs", ResolutionKind.ACCEPT)
    assert desk.account == Decimal("46.50")
    assert balance(accounts.cost("wholesale")) == Decimal("-46.50")
    assert (desk.differences(), Difference.objects.get().state) == ({}, "settled")
    assert AuditLog.objects.get(action="reconcile.accept").reason == "asked them"
    assert world.books_are_clean()
    take_back(resolution=resolution, reason="they were wrong", actor=None)
    assert desk.account == Decimal(45)
    assert desk.differences() == {"amount_differs": Decimal("1.5")}
    assert world.books_are_clean()


def test_a_claim_stands_until_they_pay_it(desk: Desk) -> None:
    yesterday = today() - timedelta(days=1)
    failed = desk.attempt(OutcomeKind.REJECTED)
    desk.says("扣款", failed, "-45", day=yesterday)
    desk.imports(first_day=yesterday, last_day=yesterday)
    desk.settles("charged_but_failed", ResolutionKind.CLAIM)
    assert balance(accounts.supplier_claim("remote")) == Decimal(-45)
    desk.lines = []
    desk.says("退款", failed, "45")
    desk.imports()
    assert desk.differences() == {"charged_but_failed": Decimal(-45)}
    desk.settles("charged_but_failed", ResolutionKind.CLAIM_PAID)
    assert balance(accounts.supplier_claim("remote")) == 0
    assert desk.account == 0
    assert world.books_are_clean()


def test_what_can_t_be_had_back_is_written_off(desk: Desk) -> None:
    desk.says("扣款", "F000NOTOURS", "-12")
    desk.imports()
    desk.settles("not_ours", ResolutionKind.WRITE_OFF)
    assert balance(accounts.supplier_loss("remote")) == Decimal(-12)
    assert desk.differences() == {}
    assert world.books_are_clean()


def test_an_undecided_attempt_is_decided_by_the_statement_through_the_one_door(desk: Desk) -> None:
    unknown = desk.attempt(OutcomeKind.UNKNOWN)
    desk.says("扣款", unknown, "-44.80", their_ref="T-77")
    desk.imports()
    resolution = desk.settles("undecided", ResolutionKind.DELIVERED)
    unknown.refresh_from_db()
    assert (unknown.status, unknown.cost) == ("succeeded", Decimal("44.80"))
    assert unknown.evidence.filter(source="statement").exists()
    assert unknown.order.events.filter(code="completed").exists()
    assert desk.differences() == {}
    with pytest.raises(NotReversible):
        take_back(resolution=resolution, reason="oops", actor=None)
    assert world.books_are_clean()


def test_an_undecided_attempt_that_they_gave_back_has_failed_and_the_buyer_is_refunded(
    desk: Desk,
) -> None:
    before = balance(desk.agent.wallet_id)
    unknown = desk.attempt(OutcomeKind.UNKNOWN)
    desk.says("扣款", unknown, "-45")
    desk.says("退款", unknown, "45")
    desk.imports()
    desk.settles("undecided", ResolutionKind.FAILED)
    unknown.refresh_from_db()
    assert unknown.status == "failed"
    assert balance(desk.agent.wallet_id) == before
    assert desk.differences() == {}


def test_taken_as_failed_what_they_charged_is_still_to_settle(desk: Desk) -> None:
    unknown = desk.attempt(OutcomeKind.UNKNOWN)
    desk.says("扣款", unknown, "-45")
    desk.imports()
    desk.settles("undecided", ResolutionKind.FAILED)
    assert desk.differences() == {"charged_but_failed": Decimal(45)}


def test_a_late_success_is_booked_as_the_engine_books_it(desk: Desk) -> None:
    failed = desk.attempt(OutcomeKind.REJECTED)
    desk.says("扣款", failed, "-45")
    desk.imports()
    desk.settles("charged_but_failed", ResolutionKind.DELIVERED)
    failed.refresh_from_db()
    assert failed.late_success_at is not None
    assert balance(accounts.supplier_loss("remote")) == Decimal(-45)
    assert desk.differences() == {}
    assert world.books_are_clean()


def test_cards_that_never_came_can_t_be_taken_as_delivered(desk: Desk) -> None:
    desk.says("扣款", desk.card_attempt(), "-15")
    desk.imports()
    with pytest.raises(NotPossible):
        desk.settles("undecided", ResolutionKind.DELIVERED)
    assert not Resolution.objects.exists()


def test_what_is_left_as_it_is_comes_back_when_the_figures_change(desk: Desk) -> None:
    delivered = desk.attempt()
    desk.imports()
    resolution = desk.settles("not_there", ResolutionKind.LEAVE)
    assert (desk.differences(), Difference.objects.get().state) == ({}, "left")
    desk.says("扣款", delivered, "-44")
    desk.imports()
    assert desk.differences() == {"amount_differs": Decimal(-1)}
    take_back(resolution=resolution, reason="look again", actor=None)
    assert desk.account == Decimal(45)


def test_a_payment_to_the_supplier_is_booked_over_the_bank(desk: Desk) -> None:
    desk.says("加款", "", "1000")
    desk.imports()
    desk.settles("funding", ResolutionKind.BANK)
    assert (desk.account, balance(accounts.bank())) == (Decimal(-1000), Decimal(-9000))
    assert world.books_are_clean()


def test_a_payment_that_is_in_the_books_already_counts_once(desk: Desk) -> None:
    ledger.post(
        reference="transfer-1",
        kind=EntryKind.ADJUSTMENT,
        lines=[
            Line(accounts.supplier("remote"), Decimal(-1000)),
            Line(accounts.bank(), Decimal(1000)),
        ],
    )
    desk.says("加款", "", "1000", their_ref="IN-1")
    desk.says("加款", "", "1000", their_ref="IN-2")
    desk.imports()
    first, second = Difference.objects.order_by("subject")
    for reference in ("", "nothing", desk.attempt().order.order_no):
        with pytest.raises(EntryUnfit):
            settle_difference(first, ResolutionKind.BOOKED, entry_reference=reference)
    settle_difference(first, ResolutionKind.BOOKED, entry_reference="transfer-1")
    with pytest.raises(EntryUnfit):
        settle_difference(second, ResolutionKind.BOOKED, entry_reference="transfer-1")
    assert Entry.objects.filter(kind="reconciliation").count() == 0
    assert [row.state for row in Difference.objects.order_by("subject")] == ["settled", "open"]
    assert world.books_are_clean()


def test_a_reason_is_needed_and_stale_figures_book_nothing(desk: Desk) -> None:
    failed = desk.attempt(OutcomeKind.REJECTED)
    desk.says("扣款", failed, "-45")
    desk.imports()
    with pytest.raises(ReasonMissing):
        desk.settles("charged_but_failed", ResolutionKind.CLAIM, reason="  ")
    with pytest.raises(FiguresChanged):
        desk.settles("charged_but_failed", ResolutionKind.CLAIM, seen=Decimal(44))
    # Meanwhile the supplier itself says that it was delivered: nothing is left to settle.
    stale = Difference.objects.get()
    answer = Outcome(OutcomeKind.DELIVERED)
    apply_outcome(fulfilment_id=failed.pk, outcome=answer, source="callback")
    with pytest.raises(FiguresChanged):
        settle_difference(stale, ResolutionKind.CLAIM)
    assert not Resolution.objects.exists()
    assert world.books_are_clean()


def test_the_same_request_twice_is_one_resolution(desk: Desk) -> None:
    desk.says("扣款", "F000NOTOURS", "-12")
    desk.imports()
    difference = Difference.objects.get()
    for _ in range(2):
        settle_difference(difference, ResolutionKind.CLAIM, request_ref="once")
    assert Resolution.objects.count() == 1
    assert balance(accounts.supplier_claim("remote")) == Decimal(-12)


@pytest.mark.django_db(transaction=True)
def test_colleagues_and_imports_at_once_settle_it_once(desk: Desk) -> None:
    desk.says("扣款", "F000NOTOURS", "-12")
    desk.imports()
    difference = Difference.objects.get()
    desk.says("扣款", "F000OTHER", "-1")

    def act(number: int) -> str:
        if number % 4 == 0:
            return f"imported {desk.imports().new_count}"
        try:
            settle_difference(difference, ResolutionKind.WRITE_OFF)
        except FiguresChanged:
            return "too late"
        return "settled"

    done = in_threads(act, range(12), threads=6)
    assert done.count("settled") == 1
    assert sorted(text for text in done if "imported" in text) == [
        "imported 0", "imported 0", "imported 1",
    ]  # fmt: skip
    assert balance(accounts.supplier_loss("remote")) == Decimal(-12)
    assert world.books_are_clean()


def test_a_file_is_withdrawn_as_if_it_had_not_come(desk: Desk) -> None:
    desk.attempt()
    desk.says("扣款", "F000NOTOURS", "-12")
    statement = desk.imports().statement
    assert statement is not None
    resolution = desk.settles("not_ours", ResolutionKind.CLAIM)
    with pytest.raises(StatementInUse):
        withdraw_statement(statement=statement, actor=None, reason="wrong file")
    take_back(resolution=resolution, reason="wrong file", actor=None)
    withdraw_statement(statement=statement, actor=None, reason="wrong file")
    assert not StatementLine.objects.exists()
    assert not StatementDay.objects.exists()
    assert desk.differences() == {}
    assert world.books_are_clean()


# --- balances -----------------------------------------------------------------------------------


def test_both_balances_of_a_day_agree(desk: Desk) -> None:
    desk.says("加款", "", "1000", balance="1000.00")
    desk.says("扣款", desk.attempt(), "-45", balance="955.00")
    desk.imports()
    desk.settles("funding", ResolutionKind.BANK)
    day = StatementDay.objects.get()
    assert (day.stated_balance, day.our_balance) == (Decimal(955), Decimal(955))
    assert desk.differences() == {}


def test_open_differences_explain_a_balance_that_differs(desk: Desk) -> None:
    desk.says("加款", "", "1000", balance="1000.00")
    desk.says("扣款", desk.attempt(OutcomeKind.REJECTED), "-45", balance="955.00")
    desk.imports()
    day = StatementDay.objects.get()
    assert (day.stated_balance, day.our_balance) == (Decimal(955), Decimal(0))
    assert day.open_amount == Decimal(955)
    assert "balance" not in desk.differences()


def test_what_nothing_explains_is_a_difference_of_its_own_on_the_day_it_appears(
    desk: Desk,
) -> None:
    yesterday = today() - timedelta(days=1)
    desk.imports(first_day=yesterday, last_day=yesterday, closing_balance=Decimal(1000))
    assert desk.differences() == {"balance": Decimal(-1000)}
    desk.says("扣款", desk.attempt(), "-45", balance="955.00")
    desk.imports()
    assert desk.differences() == {"balance": Decimal(-1000)}  # today adds nothing of its own
    resolution = desk.settles("balance", ResolutionKind.BANK)
    days = StatementDay.objects.order_by("day")
    assert [day.our_balance for day in days] == [Decimal(1000), Decimal(955)]
    assert desk.differences() == {}
    assert world.books_are_clean()
    take_back(resolution=resolution, reason="wrong account", actor=None)
    assert desk.differences() == {"balance": Decimal(-1000)}


def test_what_they_charged_before_midnight_and_we_booked_after_it_is_timing(desk: Desk) -> None:
    yesterday = today() - timedelta(days=1)
    attempt = desk.attempt()  # booked today
    desk.says("扣款", attempt, "-45", day=yesterday, balance="-45")
    desk.imports(first_day=yesterday, last_day=yesterday)
    day = StatementDay.objects.get()
    assert (day.stated_balance, day.our_balance) == (Decimal(-45), Decimal(0))
    assert day.timing == Decimal(-45)
    assert desk.differences() == {}


def test_a_statement_in_another_currency_is_compared_in_ours(desk: Desk) -> None:
    desk.supplier.options = {"cny_rate": "7.2"}
    desk.supplier.save()
    desk.says("加款", "", "100", balance="100.00")
    desk.says("扣款", desk.attempt(), "-6.25", balance="93.75")
    desk.imports()
    assert desk.differences() == {"funding": Decimal(-720)}
    desk.settles("funding", ResolutionKind.BANK)
    day = StatementDay.objects.get()
    assert (day.stated_balance, day.our_balance) == (Decimal(675), Decimal(675))
