"""What a person chose, on its way from the product page to the checkout: sealed in the address.

The seal holds the reference and the guest's key, so that pressing twice, going back or loading
again can only ever make one order. It holds no price: that is asked anew on every page.

An address gets sent around, so the sealed key opens nothing by itself: a guest's draft is theirs
only while their session knows its key (kalegou.visitors). Whoever else comes with the address gets
a draft of their own, `afresh`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

from django.core import signing

_SALT = "kalegou.draft"
# A page left open longer shows today's price anyway; the limit is for copied links.
MAX_AGE_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Draft:
    """One SKU × quantity for an account; `carrier` is kept with the number (remember_number).

    `repeats` is the number of the order that this is once more, to tell what has changed since.
    """

    sku_code: str
    quantity: int
    account: dict[str, str] = field(default_factory=dict)
    carrier: str | None = None
    client_ref: str = field(default_factory=lambda: secrets.token_hex(16))
    # A guest's order belongs to this key, made for this one order: a copied address opens no other.
    guest_key: str = field(default_factory=lambda: secrets.token_hex(16))
    repeats: str = ""

    def afresh(self) -> Draft:
        """The same choice for somebody else: another reference, another key."""
        return replace(self, client_ref=secrets.token_hex(16), guest_key=secrets.token_hex(16))

    def seal(self) -> str:
        content = [
            self.sku_code,
            self.quantity,
            self.account,
            self.carrier,
            self.client_ref,
            self.guest_key,
            self.repeats,
        ]
        return signing.dumps(content, salt=_SALT, compress=True)

    @classmethod
    def open(cls, sealed: str) -> Draft | None:
        """The draft; None when the seal is broken or old."""
        try:
            content = signing.loads(sealed, salt=_SALT, max_age=MAX_AGE_SECONDS)
        except signing.BadSignature:
            return None
        return cls(*content)
