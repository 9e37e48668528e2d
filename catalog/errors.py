"""Errors of the catalogue that a person can cause."""

from __future__ import annotations

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
