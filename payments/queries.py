"""Reads about payments."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise

from payments.models import Payment, PaymentStatus
from payments.registry import LABELS, open_gateways, sandbox_scan_address


@dataclass(frozen=True, slots=True)
class OpenCode:
    """A code that waits to be scanned, for components/scan.html."""

    payment: Payment
    gateway: str | Promise
    sandbox_address: str  # what a phone would open; "" where real money is taken

    @property
    def has_page(self) -> bool:
        """Whether it can be paid on the gateway's own page instead."""
        return self.payment.gateway == "alipay"


def gateways() -> list[tuple[str, str | Promise]]:
    """(code, label) of the payment methods that a person can choose."""
    return open_gateways()


def open_code(*, purpose: str, purpose_ref: str) -> OpenCode | None:
    """The newest code for this thing that can still be paid."""
    payment = (
        Payment.objects.filter(
            purpose=purpose,
            purpose_ref=purpose_ref,
            status=PaymentStatus.PENDING,
            expires_at__gt=timezone.now(),
        )
        .order_by("-pk")
        .first()
    )
    return code_of(payment) if payment else None


def code_of(payment: Payment) -> OpenCode | None:
    """The code of a payment that waits to be scanned; None when it is paid in another way."""
    is_over = payment.status != PaymentStatus.PENDING or payment.expires_at <= timezone.now()
    if is_over or not payment.code_text:
        return None
    label = LABELS.get(payment.gateway, payment.gateway)
    return OpenCode(payment, label, sandbox_scan_address(payment.gateway, payment.code_text))
