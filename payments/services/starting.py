"""Asking a person for money: the payment row first, then the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from outbound.numbers import new_number
from payments import registry
from payments.errors import AmountInvalid, GatewayRefused, GatewayUnavailable
from payments.gateways.base import PaymentRequest, Scene, StartKind
from payments.models import Payment, PaymentStatus
from users.models import User

PAYMENT_WINDOW = timedelta(minutes=15)
FIRST_QUERY_AFTER = timedelta(seconds=20)
DEPOSIT_MIN, DEPOSIT_MAX = Decimal(1), Decimal(50_000)


@dataclass(frozen=True, slots=True)
class PayerAt:
    """Where whoever pays is: the kind of screen, and its address in the network."""

    scene: Scene = Scene.PAGE
    address: str = "127.0.0.1"


SOMEWHERE = PayerAt()


def start(
    *,
    purpose: str,
    purpose_ref: str,
    payer: User | None,
    amount: Decimal,
    gateway: str,
    subject: str,
    return_path: str,
    expires_at: datetime | None = None,
    payer_at: PayerAt = SOMEWHERE,
) -> Payment:
    """Open a payment of `amount` (CNY, whole fen) with a gateway; return where the person pays.

    The row is committed before the call, so that money can never arrive for a payment that we
    don't know: call it outside a transaction. An open payment for the same thing through the same
    gateway and in the same scene is used again. Raises GatewayUnavailable or GatewayRefused:
    nothing was charged.
    """
    client = registry.gateway(gateway)
    payment = _open_payment(purpose, purpose_ref, gateway, amount, payer_at.scene)
    if payment is None:
        payment = Payment.objects.create(
            payment_no=new_number("P"),
            purpose=purpose,
            purpose_ref=purpose_ref,
            payer=payer,
            gateway=gateway,
            amount=amount,
            subject=subject[:120],
            scene=payer_at.scene,
            return_path=return_path,
            expires_at=expires_at or timezone.now() + PAYMENT_WINDOW,
            next_query_at=timezone.now() + FIRST_QUERY_AFTER,
        )
    answer = client.start(
        PaymentRequest(
            payment_no=payment.payment_no,
            amount=payment.amount,
            subject=payment.subject,
            return_url=settings.BASE_URL + payment.return_path,
            notify_url=settings.BASE_URL + reverse("payments:callback", args=[gateway]),
            expires_at=payment.expires_at,
            language=get_language() or settings.LANGUAGE_CODE,
            scene=payer_at.scene,
            payer_address=payer_at.address,
        )
    )
    if answer.kind == StartKind.REFUSED:
        raise GatewayRefused
    if answer.kind == StartKind.UNAVAILABLE:
        raise GatewayUnavailable
    payment.redirect_url = answer.redirect_url
    payment.code_text = answer.code_text
    payment.save(update_fields=["redirect_url", "code_text"])
    return payment


def start_deposit(
    *,
    payer: User,
    wallet_scope: str,
    amount: Decimal,
    gateway: str,
    return_path: str,
    payer_at: PayerAt = SOMEWHERE,
) -> Payment:
    """Open a deposit into a person's own wallet (`wallet_scope`: "wholesale" or "retail").

    Raises AmountInvalid outside ¥1–¥50,000 or with more than two decimals, and what `start` raises.
    """
    if not DEPOSIT_MIN <= amount <= DEPOSIT_MAX or amount != amount.quantize(Decimal("0.01")):
        raise AmountInvalid(field="amount")
    return start(
        purpose="deposit",
        purpose_ref=wallet_scope,
        payer=payer,
        amount=amount,
        gateway=gateway,
        subject=_("Wallet deposit"),
        return_path=return_path,
        payer_at=payer_at,
    )


def _open_payment(
    purpose: str, ref: str, gateway: str, amount: Decimal, scene: Scene
) -> Payment | None:
    if purpose == "deposit":  # two deposits are two deposits
        return None
    return (
        Payment.objects.filter(
            purpose=purpose,
            purpose_ref=ref,
            gateway=gateway,
            scene=scene,
            amount=amount,
            status=PaymentStatus.PENDING,
            expires_at__gt=timezone.now() + timedelta(seconds=30),
        )
        .order_by("-pk")
        .first()
    )
