"""Errors around suppliers that a person can cause."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from users.errors import PersonError


class UnknownSupplier(PersonError):
    code = "unknown_supplier"
    status = 404
    message = _("There is no such supplier.")


class NoStockSupplier(PersonError):
    code = "no_stock_supplier"
    status = 409
    message = _(
        "Nothing was imported: cards can't be sold before there is a supplier with the protocol"
        " “stock”. Add one, then import again."
    )


class ReasonNeeded(PersonError):
    message = _("Say why: the reason is kept in the audit log.")


class ReceiverInvalid(PersonError):
    """Who is told of alerts can't be saved so; `field` says where."""


class NotPaused(PersonError):
    code = "not_paused"
    status = 409
    message = _("This supplier isn't paused any more. Nothing was changed.")


class ProposalDecided(PersonError):
    code = "decided"
    status = 409
    message = _(
        "Some of these are decided already, or outdated. Nothing was changed: choose again."
    )


class ProposalOutdated(PersonError):
    code = "outdated"
    status = 409
