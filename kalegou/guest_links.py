"""The link by which a guest follows an order: signed, so that it can't be guessed."""

from __future__ import annotations

from django.core.signing import BadSignature, Signer
from django.urls import reverse

KEY = "key"
_SALT = "kalegou.guest-order"


def guest_path(order_no: str) -> str:
    """The path of an order's page with the key that opens it to whoever holds it."""
    signature = Signer(salt=_SALT).signature(order_no)
    return f"{reverse('kalegou:order', args=[order_no])}?{KEY}={signature}"


def opens(order_no: str, key: str) -> bool:
    """Whether this key belongs to this order."""
    try:
        Signer(salt=_SALT).unsign(f"{order_no}:{key}")
    except BadSignature:
        return False
    return True
