"""Errors of the ledger that a person can cause."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.errors import PersonError


class InsufficientBalance(PersonError):
    code = "insufficient_balance"
    status = 402
    message = _("The balance is too low. Nothing was charged: top up the balance and try again.")
