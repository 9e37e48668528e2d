"""Where a bank transfer or a withdrawal may go next: the one place where such a status changes.

The database knows the same moves (triggers of the migrations) and refuses any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from kameng.errors import NotPossibleNow, ReasonMissing
from kameng.models import DepositEvent, OfflineDeposit
from kameng.models import DepositStatus as D
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


def must_allow(moves: Mapping[Any, frozenset[Any]], row: OfflineDeposit, to: Any) -> None:
    """Raises NotPossibleNow, saying where the row is: somebody else may have been faster."""
    if to not in moves[type(to)(row.status)]:
        raise NotPossibleNow(_no_more(row))


def _no_more(row: OfflineDeposit) -> str:
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


def given(reason: str) -> str:
    """Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(field="reason")
    return reason.strip()
