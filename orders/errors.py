"""Errors of ordering that a person can cause."""

from __future__ import annotations

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from users.errors import PersonError


class QuantityInvalid(PersonError):
    code = "invalid"
    status = 422


class ClientRefInvalid(PersonError):
    code = "invalid"
    status = 422
    message = _("A client reference is 1 to 64 letters, digits, '-', '_', '.' or ':'.")


class IdempotencyConflict(PersonError):
    code = "idempotency_conflict"
    status = 409
    message = _(
        "This reference was already used for another order. Nothing was charged:"
        " use a new reference."
    )


class PriceChanged(PersonError):
    code = "price_changed"
    status = 409
    message = _(
        "The price has changed. Nothing was charged: look at the new price and order again."
    )


class SupplierClosed(PersonError):
    code = "out_of_stock"
    status = 409
    message = _(
        "This product is under maintenance and can't be delivered right now."
        " Nothing was charged: please try again later."
    )


class QuantityUndeliverable(PersonError):
    code = "out_of_stock"
    status = 409
    message = _(
        "This quantity can't be delivered right now. Nothing was charged:"
        " please try another quantity."
    )


class NotDecidable(PersonError):
    code = "invalid"
    status = 409


class NotRefundable(PersonError):
    code = "invalid"
    status = 422
    message = _("This amount can't be refunded on this order.")

    @classmethod
    def beyond(cls, most: Decimal) -> NotRefundable:
        if not most:
            return cls(_("Nothing of this order can be refunded. No money moved."), field="amount")
        return cls(
            _(
                "Between ¥0.01 and ¥%(most)s of this order can be refunded, in whole fen. No money"
                " moved."
            )
            % {"most": f"{most:.2f}"},
            field="amount",
            most=most,
        )


class NotReplaceable(PersonError):
    code = "invalid"
    status = 409
    message = _(
        "This can't be replaced: the order wasn't delivered, its money went back already, or these"
        " codes were replaced before. Nothing was changed."
    )


class SupplierClaimRefused(PersonError):
    code = "invalid"
    status = 409
    message = _("This claim has been answered already. Nothing was booked.")


class SupplierClaimInvalid(PersonError):
    code = "invalid"

    @classmethod
    def beyond(cls, most: Decimal) -> SupplierClaimInvalid:
        return cls(
            _("At most ¥%(most)s can be claimed here. Nothing was booked.")
            % {"most": f"{most:.4f}"},
            field="amount",
        )


class NotCancellable(PersonError):
    code = "invalid"
    status = 409
    message = _("This order can't be cancelled any more.")


class NotPayable(PersonError):
    code = "invalid"
    status = 409
    message = _("This order needs no payment any more.")


class LimitExceeded(PersonError):
    """`details`: `period` (single, daily, monthly) and its `limit` (CNY)."""

    code = "limit_exceeded"
    status = 403

    @classmethod
    def of(cls, period: str, limit: Decimal) -> LimitExceeded:
        return cls(_BEYOND[period] % {"limit": f"{limit:,.2f}"}, period=period, limit=limit)


_BEYOND: dict[str, str | Promise] = {
    "single": _(
        "One order may come to ¥%(limit)s at most. Nothing was charged: order less at a time, or"
        " ask customer service for a higher limit."
    ),
    "daily": _(
        "With this order you would go beyond your limit of ¥%(limit)s a day. Nothing was charged:"
        " order less, or tomorrow, or ask customer service for a higher limit."
    ),
    "monthly": _(
        "With this order you would go beyond your limit of ¥%(limit)s a month. Nothing was"
        " charged: order less, or next month, or ask customer service for a higher limit."
    ),
}
