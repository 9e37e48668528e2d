"""Where a bank transfer or a withdrawal may go next: the one place where such a status changes.

The database knows the same moves (triggers of the migrations) and refuses any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from kameng.errors import NotPossibleNow, ReasonMissing
from kameng.models import DepositEvent, OfflineDeposit, Withdrawal, WithdrawalEvent
from kameng.models import DepositStatus as D
from kameng.models import WithdrawalStatus as W
from users.models import User

DEPOSIT_MOVES: Mapping[D, frozenset[D]] = {
    D.ANNOUNCED: frozenset({D.SUBMITTED, D.CHECKED, D.CONFIRMED, D.REFUSED, D.CANCELLED}),
    D.SUBMITTED: frozenset({D.CORRECTION, D.CHECKED, D.CONFIRMED, D.REFUSED}),
    D.CORRECTION: frozenset({D.SUBMITTED, D.CHECKED, D.CONFIRMED, D.REFUSED, D.CANCELLED}),
    D.CHECKED: frozenset({D.SUBMITTED, D.CONFIRMED, D.REFUSED}),
    D.CONFIRMED: frozenset({D.REVERSED}),
    D.REFUSED: frozenset(),
    D.CANCELLED: frozenset(),
    D.REVERSED: frozenset(),
}


WITHDRAWAL_MOVES: Mapping[W, frozenset[W]] = {
    W.REQUESTED: frozenset({W.CHECKED, W.APPROVED, W.REFUSED, W.CANCELLED}),
    W.CHECKED: frozenset({W.APPROVED, W.REFUSED, W.CANCELLED}),
    W.APPROVED: frozenset({W.PAID, W.FAILED}),
    W.PAID: frozenset({W.RETURNED}),
    W.REFUSED: frozenset(),
    W.CANCELLED: frozenset(),
    W.FAILED: frozenset(),
    W.RETURNED: frozenset(),
}
Row = OfflineDeposit | Withdrawal


def must_allow(moves: Mapping[Any, frozenset[Any]], row: Row, to: Any) -> None:
    """Raises NotPossibleNow, saying where the row is: somebody else may have been faster."""
    if to not in moves[type(to)(row.status)]:
        raise NotPossibleNow(_no_more(row))


def _no_more(row: Row) -> str:
    return _("This isn't possible any more: %(number)s is “%(status)s”. Nothing was changed.") % {
        "number": row,
        "status": row.get_status_display(),
    }


def move_deposit(
    deposit: OfflineDeposit, to: D, *, actor: User, note: str = "", **changes: Any
) -> None:
    """Move a transfer whose row the caller holds, and write the step. Raises NotPossibleNow."""
    must_allow(DEPOSIT_MOVES, deposit, to)
    for name, value in {**changes, "status": to}.items():
        setattr(deposit, name, value)
    deposit.save(update_fields=["status", *changes])
    DepositEvent.objects.create(deposit=deposit, status=to, actor=actor, note=note)


def move_withdrawal(
    withdrawal: Withdrawal, to: W, *, actor: User, note: str = "", **changes: Any
) -> None:
    """Move a withdrawal whose row the caller holds, and write the step. Raises NotPossibleNow."""
    must_allow(WITHDRAWAL_MOVES, withdrawal, to)
    for name, value in {**changes, "status": to}.items():
        setattr(withdrawal, name, value)
    withdrawal.save(update_fields=["status", *changes])
    WithdrawalEvent.objects.create(withdrawal=withdrawal, status=to, actor=actor, note=note)


def given(reason: str) -> str:
    """Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(field="reason")
    return reason.strip()
