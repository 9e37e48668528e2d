"""Errors of the catalogue that a person can cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from users.errors import PersonError


class UnknownSKU(PersonError):
    code = "unknown_sku"
    status = 404
    message = _("There is no such product on sale.")


class OutOfStock(PersonError):
    code = "out_of_stock"
    status = 409
    message = _("Sold out for now. Nothing was charged: choose another product or come back later.")


class AccountInvalid(PersonError):
    """The account to be charged is missing or wrong: `errors` says what, per field."""

    message = _("Please check the account to be charged.")

    def __init__(self, errors: Mapping[str, str | Promise]) -> None:
        self.errors = dict(errors)
        super().__init__(field=next(iter(self.errors), None))


@dataclass(frozen=True, slots=True)
class LineNote:
    """What is said of one line of an import file. It never quotes the line: that's a secret."""

    line: int
    text: str | Promise


class ImportRefused(PersonError):
    """Nothing was imported. `notes` are the first bad lines; `bad_count` counts all of them."""

    def __init__(
        self, message: str | Promise, *, notes: Sequence[LineNote] = (), bad_count: int = 0
    ) -> None:
        self.notes = tuple(notes)
        self.bad_count = bad_count
        super().__init__(message)


class CardNotInStock(PersonError):
    message = _(
        "There is no card with this number and secret in the stock of this SKU. Mind blanks and"
        " capital letters."
    )


class CardSold(PersonError):
    status = 409
    message = _(
        "This card has left the stock already: it was sold or withdrawn. A sold one is refunded on"
        " its order."
    )
