"""Errors of paying that a person can cause or meet."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.errors import PersonError


class GatewayUnavailable(PersonError):
    code = "gateway_unavailable"
    status = 503
    message = _(
        "The payment service doesn't answer right now. Nothing was charged: try again in a moment."
    )


class GatewayRefused(PersonError):
    code = "gateway_refused"
    status = 422
    message = _("The payment service refused this payment. Nothing was charged.")


class AmountInvalid(PersonError):
    code = "invalid"
    status = 422
    message = _("Enter an amount between ¥1 and ¥50,000, with at most two decimals.")


class UnknownGateway(PersonError):
    code = "invalid"
    status = 422
    message = _("Choose one of the payment methods.")


class RefundSettled(PersonError):
    code = "refund_settled"
    status = 409
    message = _("This refund no longer waits for you: it was settled meanwhile. Nothing moved.")


class AmountDiffers(PersonError):
    code = "invalid"
    status = 422


class TransferInvalid(PersonError):
    code = "invalid"
    status = 422
    message = _("Enter the reference of the bank transfer, up to 64 characters.")


class NoWallet(PersonError):
    code = "no_wallet"
    status = 409
    message = _("Whoever paid this has no account here, and so no wallet. Nothing moved.")


class ReasonNeeded(PersonError):
    code = "invalid"
    status = 422
    message = _("Say why: the reason is kept in the audit log.")
