"""What a payment is for (settings.PAYMENT_PURPOSES): where its money goes, what happens then."""

from __future__ import annotations

import abc
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from ledger import accounts
from payments.models import Payment, PaymentRefund


class Purpose(abc.ABC):
    """One reason to pay. Called inside the settling transaction, with the payment locked."""

    @abc.abstractmethod
    def account_to_credit(self, payment: Payment) -> int | None:
        """The ledger account that the money goes into; None when it can't be accepted any more.

        Locks whatever the decision depends on.
        """

    @abc.abstractmethod
    def settled(self, payment: Payment) -> None:
        """The money is in that account: go on."""

    @abc.abstractmethod
    def refund_confirmed(self, refund: PaymentRefund) -> None:
        """The gateway confirmed a refund of this payment."""


class DepositPurpose(Purpose):
    """Money into a person's own wallet; `purpose_ref` is the wallet's scope."""

    def account_to_credit(self, payment: Payment) -> int | None:
        assert payment.payer is not None, f"deposit {payment.payment_no} has no payer"
        return accounts.wallet(payment.purpose_ref, payment.payer)

    def settled(self, payment: Payment) -> None:
        """Nothing more to do: the money is there."""

    def refund_confirmed(self, refund: PaymentRefund) -> None:
        """Only money paid twice goes back, and that never was in the wallet."""


@cache
def purpose(code: str) -> Purpose:
    """The purpose with this code."""
    implementation: type[Purpose] = import_string(settings.PAYMENT_PURPOSES[code])
    return implementation()
