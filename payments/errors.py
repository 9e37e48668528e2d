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
