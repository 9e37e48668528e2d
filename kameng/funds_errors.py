"""What can go wrong with deposits, bank accounts and withdrawals, in plain words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.errors import PersonError


class AmountInvalid(PersonError):
    code = "amount_invalid"
    message = _(
        "Enter an amount between ¥1 and ¥10,000,000 with at most two decimals. Nothing was changed."
    )


class BankClosed(PersonError):
    code = "bank_closed"
    status = 409
    message = _("We don't take transfers to this account at present. Choose another one.")


class TooManyOpen(PersonError):
    code = "too_many_open"
    status = 409
    message = _(
        "Five of your transfers are open already. Finish or cancel one before you begin another."
    )


class DayInvalid(PersonError):
    code = "day_invalid"
    message = _("Enter the day of the transfer: not in the future, and of the last 90 days.")


class ProofInvalid(PersonError):
    code = "proof_invalid"


class BankNumberUsed(PersonError):
    code = "bank_number_used"
    status = 409


class SamePerson(PersonError):
    code = "same_person"
    status = 403
    message = _(
        "You were the first to say so: above this amount a second person has to agree. Nothing was"
        " booked."
    )
