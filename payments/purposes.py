"""What a payment is for (settings.PAYMENT_PURPOSES): where its money goes, what happens then."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from ledger import accounts
from payments.models import Payment, PaymentRefund
from users.models import User


@dataclass(frozen=True, slots=True)
class PayerWallet:
    """The wallet of whoever paid, by its name in the books."""

    scope: str
    owner: User


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
    def refund_changed(self, refund: PaymentRefund) -> None:
        """A refund of this payment has another status: `refund` says which, and how."""

    @abc.abstractmethod
    def payer_wallet(self, payment: Payment) -> PayerWallet | None:
        """The payer's wallet, where a refund can go instead; None for who has no account."""


class DepositPurpose(Purpose):
    """Money into a person's own wallet; `purpose_ref` is the wallet's scope."""

    def account_to_credit(self, payment: Payment) -> int | None:
        assert payment.payer is not None, f"deposit {payment.payment_no} has no payer"
        return accounts.wallet(payment.purpose_ref, payment.payer)

    def settled(self, payment: Payment) -> None:
        """Nothing more to do: the money is there."""

    def refund_changed(self, refund: PaymentRefund) -> None:
        """Only money paid twice goes back, and that never was in the wallet."""

    def payer_wallet(self, payment: Payment) -> PayerWallet | None:
        assert payment.payer is not None, f"deposit {payment.payment_no} has no payer"
        return PayerWallet(payment.purpose_ref, payment.payer)


@cache
def purpose(code: str) -> Purpose:
    """The purpose with this code."""
    implementation: type[Purpose] = import_string(settings.PAYMENT_PURPOSES[code])
    return implementation()
