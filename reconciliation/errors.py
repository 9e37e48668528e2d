"""What staff can get wrong when they reconcile."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reconciliation.reading import LineNote
from users.errors import PersonError


class StatementRefused(PersonError):
    """Nothing was imported. `notes` are the first bad lines, `bad_count` counts all of them."""

    def __init__(
        self,
        message: str | Promise,
        *,
        field: str = "file",
        notes: Sequence[LineNote] = (),
        bad_count: int = 0,
    ) -> None:
        self.notes = tuple(notes)
        self.bad_count = bad_count
        super().__init__(message, field=field)


class FiguresChanged(PersonError):
    code = "figures_changed"
    status = 409
    message = _(
        "This difference has changed since you opened it, or a colleague settled it. Nothing was"
        " booked: look at it again."
    )


class NotPossible(PersonError):
    code = "invalid"
    status = 409
    message = _("This can't be done for this difference. Nothing was booked.")


class ReasonMissing(PersonError):
    code = "invalid"
    message = _("Say why: the reason is kept in the audit log.")


class EntryUnfit(PersonError):
    code = "invalid"
    message = _(
        "There is no journal entry with this reference that moved exactly this amount on this"
        " account and isn't counted already."
    )


class NotReversible(PersonError):
    code = "invalid"
    status = 409
    message = _("This can't be taken back here. Nothing was booked.")


class StatementInUse(PersonError):
    code = "invalid"
    status = 409
    message = _(
        "Differences of this file are settled already: take those resolutions back first. Nothing"
        " was changed."
    )
