"""Reads about payments."""

from __future__ import annotations

from django.utils.functional import Promise

from payments.models import Payment, PaymentStatus
from payments.registry import open_gateways


def gateways() -> list[tuple[str, str | Promise]]:
    """(code, label) of the payment methods that a person can choose."""
    return open_gateways()


def latest_payment(*, purpose: str, purpose_ref: str) -> Payment | None:
    return Payment.objects.filter(purpose=purpose, purpose_ref=purpose_ref).order_by("-pk").first()


def has_settled(*, purpose: str, purpose_ref: str) -> bool:
    return Payment.objects.filter(
        purpose=purpose, purpose_ref=purpose_ref, status=PaymentStatus.SETTLED
    ).exists()
