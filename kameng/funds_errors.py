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


class DiligenceMissing(PersonError):
    code = "diligence_missing"
    status = 403
    message = _(
        "We don't know yet who stands behind this agent. Send the papers first: money goes to the"
        " verified legal person only."
    )


class DiligenceExpired(PersonError):
    code = "diligence_expired"
    status = 403
    message = _(
        "The papers of this agent have run out. Renew them first: until then no money can be"
        " withdrawn."
    )


class HolderDiffers(PersonError):
    code = "holder_differs"


class NumberInvalid(PersonError):
    code = "number_invalid"
    message = _("Enter the account number: 8 to 30 digits.")


class AccountKnown(PersonError):
    code = "account_known"
    status = 409
    message = _("This account is on your list already.")


class TooManyAccounts(PersonError):
    code = "too_many_accounts"
    status = 409
    message = _("There are three accounts already. Remove one first.")


class AccountInUse(PersonError):
    code = "account_in_use"
    status = 409
    message = _("A withdrawal to this account is on its way. Wait until it is paid or cancel it.")


class AccountNotUsable(PersonError):
    code = "account_not_usable"
    status = 409
    message = _("Choose a bank account that our staff have verified.")


class WithdrawalInvalid(PersonError):
    code = "amount_invalid"


class NotEnoughOwnMoney(PersonError):
    code = "not_enough_own_money"
    status = 402


class AboveDailyLimit(PersonError):
    code = "above_daily_limit"
    status = 409


class WithdrawalChanged(PersonError):
    code = "withdrawal_changed"
    status = 409
    message = _(
        "This withdrawal was asked for already, with another amount or account. Nothing was taken"
        " now: look at your withdrawals."
    )


class CreditLineInvalid(PersonError):
    code = "credit_line_invalid"


class CreditLineInUse(PersonError):
    code = "credit_line_in_use"
    status = 409
