"""Mainland mobile numbers: one spelling."""

from __future__ import annotations

import re
import unicodedata

_MOBILE = re.compile(r"^1[3-9]\d{9}$", re.ASCII)
_NOISE = re.compile(r"[\s\-.\u2010-\u2015\u2212()]")


def normalise_mobile(text: str) -> str | None:
    """The 11 digits of a mainland mobile number typed with spaces, dashes or +86; else None.

    Full-width digits count as digits, and the invisible direction marks that address books copy
    along with a number are dropped.
    """
    plain = unicodedata.normalize("NFKC", text)
    digits = _NOISE.sub("", "".join(c for c in plain if unicodedata.category(c) != "Cf"))
    for prefix in ("+86", "0086"):
        digits = digits.removeprefix(prefix)
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    return digits if _MOBILE.match(digits) else None
